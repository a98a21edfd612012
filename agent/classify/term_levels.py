"""Conclude a level from terms in the name of an item and in its folders."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from agent.classify.model import SensitivityLevel
from agent.classify.rule_input import CONTAINER_KINDS, GROUP_KINDS
from agent.classify.terms import Lexicon, NormalizedName, normalize_name
from connectors.sdk.records import Item

CACHE_SIZE: Final = 4_096  # entries of each cache: names and folders
_OTHER: Final = "?"  # an extension that neither raises nor lowers
_FOLDER_KINDS = CONTAINER_KINDS | GROUP_KINDS


class TermLevel(NamedTuple):
    """The level of one name, its terms, and the levels that a softener has taken off.

    Attributes:
        in_folders: True if the terms are in the folders.
    """

    level: SensitivityLevel
    terms: tuple[str, ...] = ()
    softened: int = 0
    in_folders: bool = False


def level_from_terms(item: Item, path: str, known: Lexicon) -> TermLevel:
    """Return the level of an item by its name; by its folders if that is higher.

    Args:
        path: The path of the item, its own name included.
    """
    is_folder = item.kind in _FOLDER_KINDS
    own = (_folder_hint if is_folder else _file_hint)(known, item.name)
    around = _folders_hint(known, path.removesuffix(item.name).rstrip("/"))
    level = _lowered(around.level, own.softened) if own.softened else around.level
    if own.level >= level:
        return own._replace(in_folders=is_folder)
    return TermLevel(level, around.terms, in_folders=True)


def _file_hint(known: Lexicon, name: str) -> TermLevel:
    said = normalize_name(name)
    extension = _extension(said)
    kind = extension if not extension or extension in known.extensions else _OTHER
    return _hint_of_file_terms(known, *known.relevant_part(said), kind)


@lru_cache(maxsize=CACHE_SIZE)
def _hint_of_file_terms(known: Lexicon, text: str, words: str, kind: str) -> TermLevel:
    said = NormalizedName(text, words)
    if not known.any_term.any(said):
        return TermLevel(SensitivityLevel.NONE)
    softened = _softening(known, said)
    level, terms = _highest_level(known, said, office=not kind or kind in known.office)
    if softened or level is SensitivityLevel.NONE:
        return TermLevel(_lowered(level, softened), terms, softened)
    if kind in known.tables and known.lists.any(said):
        return TermLevel(SensitivityLevel(min(SensitivityLevel.S3, level + 1)), terms)
    if kind in known.lowering and known.pictured.isdisjoint(terms):
        return TermLevel(_lowered(level, 1), terms)
    return TermLevel(level, terms)


def _folder_hint(known: Lexicon, name: str) -> TermLevel:
    """Return the hint of a folder: S1 at most, as its content is mixed, but S3 stays S3."""
    return _hint_of_folder_terms(known, *known.relevant_part(normalize_name(name)))


@lru_cache(maxsize=CACHE_SIZE)
def _hint_of_folder_terms(known: Lexicon, text: str, words: str) -> TermLevel:
    said = NormalizedName(text, words)
    level, terms = _highest_level(known, said, office=False)
    softened = _softening(known, said)
    level = _lowered(level, softened)
    return TermLevel(
        level if level is SensitivityLevel.S3 else min(level, SensitivityLevel.S1), terms, softened
    )


@lru_cache(maxsize=CACHE_SIZE)
def _folders_hint(known: Lexicon, path: str) -> TermLevel:
    """Return the hint of the folder with the highest level in a path."""
    return max((_folder_hint(known, name) for name in path.split("/")), key=lambda h: h.level)


def _highest_level(
    known: Lexicon, said: NormalizedName, *, office: bool
) -> tuple[SensitivityLevel, tuple[str, ...]]:
    """Return the highest level in a name with its terms."""
    said = NormalizedName(known.collisions.sub(" ", said.text), said.words)
    if office and (terms := known.office_only.found(said)):
        return SensitivityLevel.S3, terms
    for level, of_level in known.levels:
        if terms := of_level.found(said):
            return level, terms
    return SensitivityLevel.NONE, ()


def _softening(known: Lexicon, said: NormalizedName) -> int:
    return next((by for by, terms in known.softeners if terms.any(said)), 0)


def _lowered(level: SensitivityLevel, by: int) -> SensitivityLevel:
    return SensitivityLevel(max(SensitivityLevel.NONE, level - by))


def _extension(said: NormalizedName) -> str:
    stem, dot, extension = said.text.rpartition(".")
    short = dot and stem and len(extension) <= 6 and extension.isascii() and extension.isalnum()
    return extension if short else ""
