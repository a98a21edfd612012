"""Conclude the sensitivity of an item from its kind of data, its name and its folders."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from agent.classify.model import Confidence, Sensitivity, SensitivityLevel
from agent.classify.rule_input import CONTAINER_KINDS, GROUP_KINDS
from agent.classify.terms import Lexicon, NormalizedName, compile_lexicon, normalize_name
from connectors.sdk.records import Item

NOTHING: Final = Sensitivity()
DECLARED: Final = Sensitivity(
    level=SensitivityLevel.PUBLIC, source="policy", confidence=Confidence.HIGH
)

CACHE_SIZE: Final = 4_096  # entries of each cache: names and folders
_OTHER: Final = "?"  # an extension that neither raises nor lowers
_FOLDER_KINDS = CONTAINER_KINDS | GROUP_KINDS


class _Hint(NamedTuple):
    """The level of one name, its terms, and the levels that a softener has taken off."""

    level: SensitivityLevel
    terms: tuple[str, ...] = ()
    softened: int = 0


def sensitivity_from_names(item: Item, path: str, known: Lexicon | None = None) -> Sensitivity:
    """Return the sensitivity of an item.

    Kinds of data that a schema declares (a person, a mail address, a date of birth) are personal
    data and outrank the name; the name outranks the folders.

    Args:
        path: The path of the item, its own name included.
        known: The terms; None for the built-in ones.
    """
    if item.data:
        return Sensitivity(
            level=SensitivityLevel.S3,
            source="object_type",
            terms=item.data,
            confidence=Confidence.HIGH,
        )
    known = known or compile_lexicon()
    is_folder = item.kind in _FOLDER_KINDS
    own = (_folder_hint if is_folder else _file_hint)(known, item.name)
    around = _folders_hint(known, path.removesuffix(item.name).rstrip("/"))
    level = _lowered(around.level, own.softened) if own.softened else around.level
    if own.level >= level:
        source = "folder" if is_folder else "name"
        return (
            NOTHING if own.level is SensitivityLevel.NONE else _sensitivity(own, own.level, source)
        )
    return _sensitivity(around, level, "folder")


@lru_cache(maxsize=CACHE_SIZE)
def _sensitivity(hint: _Hint, level: SensitivityLevel, source: str) -> Sensitivity:
    return Sensitivity(level=level, source=source, terms=hint.terms)


def _file_hint(known: Lexicon, name: str) -> _Hint:
    said = normalize_name(name)
    extension = _extension(said)
    kind = extension if not extension or extension in known.extensions else _OTHER
    return _hint_of_file_terms(known, *known.relevant_part(said), kind)


@lru_cache(maxsize=CACHE_SIZE)
def _hint_of_file_terms(known: Lexicon, text: str, words: str, kind: str) -> _Hint:
    said = NormalizedName(text, words)
    if not known.any_term.any(said):
        return _Hint(SensitivityLevel.NONE)
    softened = _softening(known, said)
    level, terms = _highest_level(known, said, office=not kind or kind in known.office)
    if softened or level is SensitivityLevel.NONE:
        return _Hint(_lowered(level, softened), terms, softened)
    if kind in known.tables and known.lists.any(said):
        return _Hint(SensitivityLevel(min(SensitivityLevel.S3, level + 1)), terms)
    if kind in known.lowering and known.pictured.isdisjoint(terms):
        return _Hint(_lowered(level, 1), terms)
    return _Hint(level, terms)


def _folder_hint(known: Lexicon, name: str) -> _Hint:
    """Return the hint of a folder: S1 at most, as its content is mixed, but S3 stays S3."""
    return _hint_of_folder_terms(known, *known.relevant_part(normalize_name(name)))


@lru_cache(maxsize=CACHE_SIZE)
def _hint_of_folder_terms(known: Lexicon, text: str, words: str) -> _Hint:
    said = NormalizedName(text, words)
    level, terms = _highest_level(known, said, office=False)
    softened = _softening(known, said)
    level = _lowered(level, softened)
    return _Hint(
        level if level is SensitivityLevel.S3 else min(level, SensitivityLevel.S1), terms, softened
    )


@lru_cache(maxsize=CACHE_SIZE)
def _folders_hint(known: Lexicon, path: str) -> _Hint:
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
