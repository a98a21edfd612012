"""Conclude the sensitivity of an item from its kind of data, its name and its folders."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from agent.classify.lexicon import Lexicon, Normal, lexicon, normal
from agent.classify.model import Confidence, Level, Sensitivity
from agent.classify.view import CONTAINERS, PLACES
from connectors.sdk.records import Item

NOTHING: Final = Sensitivity()
DECLARED: Final = Sensitivity(level=Level.PUBLIC, source="policy", confidence=Confidence.HIGH)

REMEMBERED: Final = 4_096  # entries of each cache: names and folders
_OTHER: Final = "?"  # an extension that neither raises nor lowers
_FOLDER_KINDS = CONTAINERS | PLACES


class _Hint(NamedTuple):
    """The level of one name, its terms, and the levels that a softener has taken off."""

    level: Level
    terms: tuple[str, ...] = ()
    softened: int = 0


def sensitivity_of(item: Item, path: str, known: Lexicon | None = None) -> Sensitivity:
    """Return the sensitivity of an item.

    Kinds of data that a schema declares (a person, a mail address, a date of birth) are personal
    data and outrank the name; the name outranks the folders.

    Args:
        path: The path of the item, its own name included.
        known: The terms; None for the built-in ones.
    """
    if item.data:
        return Sensitivity(
            level=Level.S3, source="object_type", terms=item.data, confidence=Confidence.HIGH
        )
    known = known or lexicon()
    is_folder = item.kind in _FOLDER_KINDS
    own = (_folder_hint if is_folder else _file_hint)(known, item.name)
    around = _folders_hint(known, path.removesuffix(item.name).rstrip("/"))
    level = _lowered(around.level, own.softened) if own.softened else around.level
    if own.level >= level:
        source = "folder" if is_folder else "name"
        return NOTHING if own.level is Level.NONE else _named(own, own.level, source)
    return _named(around, level, "folder")


@lru_cache(maxsize=REMEMBERED)
def _named(hint: _Hint, level: Level, source: str) -> Sensitivity:
    return Sensitivity(level=level, source=source, terms=hint.terms)


def _file_hint(known: Lexicon, name: str) -> _Hint:
    said = normal(name)
    extension = _extension(said)
    kind = extension if not extension or extension in known.extensions else _OTHER
    return _gist_of_file_hint(known, *known.gist(said), kind)


@lru_cache(maxsize=REMEMBERED)
def _gist_of_file_hint(known: Lexicon, text: str, words: str, kind: str) -> _Hint:
    said = Normal(text, words)
    if not known.telling.any(said):
        return _Hint(Level.NONE)
    softened = _softened(known, said)
    level, terms = _found(known, said, office=not kind or kind in known.office)
    if softened or level is Level.NONE:
        return _Hint(_lowered(level, softened), terms, softened)
    if kind in known.tables and known.lists.any(said):
        return _Hint(Level(min(Level.S3, level + 1)), terms)
    if kind in known.lowering and known.pictured.isdisjoint(terms):
        return _Hint(_lowered(level, 1), terms)
    return _Hint(level, terms)


def _folder_hint(known: Lexicon, name: str) -> _Hint:
    """Return the hint of a folder: S1 at most, as its content is mixed, but S3 stays S3."""
    return _gist_of_folder_hint(known, *known.gist(normal(name)))


@lru_cache(maxsize=REMEMBERED)
def _gist_of_folder_hint(known: Lexicon, text: str, words: str) -> _Hint:
    said = Normal(text, words)
    level, terms = _found(known, said, office=False)
    softened = _softened(known, said)
    level = _lowered(level, softened)
    return _Hint(level if level is Level.S3 else min(level, Level.S1), terms, softened)


@lru_cache(maxsize=REMEMBERED)
def _folders_hint(known: Lexicon, path: str) -> _Hint:
    """Return the hint of the folder with the highest level in a path."""
    return max((_folder_hint(known, name) for name in path.split("/")), key=lambda h: h.level)


def _found(known: Lexicon, said: Normal, *, office: bool) -> tuple[Level, tuple[str, ...]]:
    """Return the highest level in a name with its terms."""
    said = Normal(known.collisions.sub(" ", said.text), said.words)
    if office and (terms := known.office_only.found(said)):
        return Level.S3, terms
    for level, of_level in known.levels:
        if terms := of_level.found(said):
            return level, terms
    return Level.NONE, ()


def _softened(known: Lexicon, said: Normal) -> int:
    return next((by for by, terms in known.softeners if terms.any(said)), 0)


def _lowered(level: Level, by: int) -> Level:
    return Level(max(Level.NONE, level - by))


def _extension(said: Normal) -> str:
    stem, dot, extension = said.text.rpartition(".")
    short = dot and stem and len(extension) <= 6 and extension.isascii() and extension.isalnum()
    return extension if short else ""
