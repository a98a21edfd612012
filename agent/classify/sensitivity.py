"""Conclude the sensitivity of an item from its kinds of data, its name and its folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from agent.classify.model import (
    QUARTERS,
    SCORED_LEVELS,
    Confidence,
    Sensitivity,
    SensitivityLevel,
)
from agent.classify.name_features import ReadName
from agent.classify.name_model import NameModel
from agent.classify.name_signs import name_signs
from agent.classify.term_levels import TermLevel, level_from_terms
from agent.classify.terms import Lexicon, OwnTerms, normalize_name
from connectors.sdk.records import Item

CACHE_SIZE: Final = 4_096  # names with their folders
_TOPICS_OF_DATA: Final = (
    ("credential", "credentials"),
    ("health", "health"),
    ("special_care", "health"),
    ("income", "pay_hr"),
)
_PERSON_ONLY: Final = frozenset({"person"})
_KEPT: Final = {
    SensitivityLevel.PUBLIC: 2,
    SensitivityLevel.NONE: 2,
    SensitivityLevel.S1: 1,
    SensitivityLevel.S2: 3,
    SensitivityLevel.S3: 3,
}
"""Quarters that a declared level keeps; the name gets the rest."""


def shares_of(level: SensitivityLevel) -> tuple[int, ...]:
    """Return the shares of a level that is certain."""
    return tuple(QUARTERS if other is level else 0 for other in SCORED_LEVELS)


DECLARED: Final = Sensitivity(
    level=SensitivityLevel.PUBLIC,
    source="policy",
    confidence=Confidence.HIGH,
    shares=shares_of(SensitivityLevel.PUBLIC),
)


@dataclass(frozen=True, eq=False)
class NameReader:
    """Reads names: with the terms of the configuration, the model, and the built-in terms.

    Attributes:
        own: The terms of `[policy.terms]`; they outrank the model.
        model: None reads by terms alone.
        cached: What was read, at most `CACHE_SIZE` names.
    """

    terms: Lexicon
    own: OwnTerms
    model: NameModel | None
    cached: dict[tuple[ReadName, str, str], Sensitivity] = field(
        default_factory=dict[tuple[ReadName, str, str], Sensitivity]
    )

    def read(self, item: Item, path: str) -> Sensitivity:
        """Return the sensitivity of an item without a label that says it.

        Kinds of data that a schema declares (a mail address, a date of birth) outrank the name.

        Args:
            path: The path of the item, its own name included.
        """
        if item.data:
            return _sensitivity_of_data(item.data)
        folders = path.removesuffix(item.name).rstrip("/")
        if self.model is None:
            said = _sensitivity_of_terms(level_from_terms(item, path, self.terms))
            signs = name_signs(ReadName.of(item.name))
            return replace(said, signs=signs) if signs else said
        key = ReadName.of(self.own.without_ignored(item.name)), folders, item.kind
        known = self.cached.get(key)
        if known is None:
            if len(self.cached) >= CACHE_SIZE:
                self.cached.clear()
            known = self.cached[key] = self._read(item, path, key[0], folders, self.model)
        return known

    def _read(
        self, item: Item, path: str, name: ReadName, folders: str, model: NameModel
    ) -> Sensitivity:
        said = normalize_name(item.name)
        level, terms = self.own.level(said, normalize_name(folders))
        if terms:
            return Sensitivity(
                level=level,
                source="name",
                terms=terms,
                confidence=Confidence.HIGH,
                shares=shares_of(level),
                signs=name_signs(name),
            )
        reading = model.read(name, folders, item.kind)
        built_in = level_from_terms(item, path, self.terms)
        shares = _leaning(reading.shares, built_in.level)
        if self.own.softens(said):
            shares = _lowered(shares)
        level = SCORED_LEVELS[shares.index(max(shares))]
        terms = built_in.terms if built_in.level is level else ()
        if not terms and level >= SensitivityLevel.S1:
            terms = model.decisive(name, folders, item.kind, level)
        return Sensitivity(
            level=level,
            source=_source(level, terms, name),
            terms=terms,
            confidence=_confidence(shares),
            shares=shares,
            topic=reading.topic,
            signs=name_signs(name),
        )


def with_doubt(declared: Sensitivity, read: Sensitivity) -> Sensitivity:
    """Return what a label or the configuration declares, with the doubt that the name casts on it.

    The level is the declared one. A label for S2 or S3 is hardly doubted, one for less is doubted
    by a name that says more, and so is a declaration as public.
    """
    keep = _KEPT[declared.level]
    mixed = [
        keep * own + (QUARTERS - keep) * other
        for own, other in zip(declared.shares, read.shares, strict=True)
    ]
    return replace(
        declared, shares=_in_quarters(mixed, QUARTERS), topic=read.topic, signs=read.signs
    )


@lru_cache(64)
def _sensitivity_of_data(data: tuple[str, ...]) -> Sensitivity:
    only_names = _PERSON_ONLY.issuperset(data)
    half = QUARTERS // 2
    return Sensitivity(
        level=SensitivityLevel.S3,
        source="object_type",
        terms=data,
        confidence=Confidence.MEDIUM if only_names else Confidence.HIGH,
        shares=(0, 0, half, 0, QUARTERS - half) if only_names else shares_of(SensitivityLevel.S3),
        topic=next((topic for kind, topic in _TOPICS_OF_DATA if kind in data), "customer"),
    )


@lru_cache(CACHE_SIZE)
def _sensitivity_of_terms(said: TermLevel) -> Sensitivity:
    """Return the sensitivity where terms alone are read."""
    if said.level is SensitivityLevel.NONE:
        return Sensitivity()
    return Sensitivity(
        level=said.level,
        source="folder" if said.in_folders else "name",
        terms=said.terms,
        shares=shares_of(said.level),
    )


def _leaning(shares: tuple[int, ...], level: SensitivityLevel) -> tuple[int, ...]:
    """Return the shares with a quarter moved to the level of built-in terms, from S2 on."""
    place = SCORED_LEVELS.index(level)
    if level < SensitivityLevel.S2 or shares[place] == QUARTERS:
        return shares
    moved = list(shares)
    moved[max((i for i in range(len(moved)) if i != place), key=moved.__getitem__)] -= 1
    moved[place] += 1
    return tuple(moved)


def _lowered(shares: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shares two levels lower, as a softener says; NONE is the end."""
    public, none, s1, s2, s3 = shares
    return public, none + s1 + s2, s3, 0, 0


def _in_quarters(parts: Sequence[int], total: int) -> tuple[int, ...]:
    """Return parts divided by `total`, rounded so that their sum stays whole."""
    whole = [part // total for part in parts]
    by_rest = sorted(range(len(parts)), key=lambda i: (-(parts[i] % total), -i))
    for place in by_rest[: sum(parts) // total - sum(whole)]:
        whole[place] += 1
    return tuple(whole)


def _confidence(shares: tuple[int, ...]) -> Confidence:
    return Confidence.MEDIUM if max(shares) >= QUARTERS - 1 else Confidence.LOW


def _source(level: SensitivityLevel, terms: tuple[str, ...], name: ReadName) -> str:
    """Return where the level comes from: the name, unless its words are in the folders alone."""
    if level is SensitivityLevel.NONE:
        return ""
    in_name = not terms or any(term in name.text for term in terms)
    return "name" if in_name else "folder"
