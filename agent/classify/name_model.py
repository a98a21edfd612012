"""A linear model of names: which level and which topic a name and its folders speak of.

Its weights are whole numbers, trained offline from labelled names (`tools/train_name_model.py`).
A result takes additions, one square root and one division, so it is the same on every system.
"""

from __future__ import annotations

from base64 import b85decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from math import exp, sqrt
from typing import Final, NamedTuple

from agent.classify.model import QUARTERS, SCORED_LEVELS, SensitivityLevel
from agent.classify.name_features import ReadName, name_features, path_features

FORMAT: Final = "tojimari name model 1"
"""The first line of the file."""
FILE: Final = "name_model.txt"

OFFSET: Final = 128  # added to each weight, so that a packed one has no negative part
_FIELD: Final = 20  # bits of a class in a packed sum: room for some 4,000 features
_MASK: Final = (1 << _FIELD) - 1
_CACHE_SIZE: Final = 4_096  # paths
_SHOWN: Final = 3  # substrings that are named as decisive


class NameReading(NamedTuple):
    """What the model reads in a name.

    Attributes:
        shares: How likely each of `SCORED_LEVELS` is, in quarters.
        topic: One of `NameModel.topics`.
    """

    level: SensitivityLevel
    shares: tuple[int, ...]
    topic: str


class _Sum(NamedTuple):
    """The packed sum of the weights of known features, and their number."""

    packed: int
    count: int


@dataclass(frozen=True, eq=False)
class NameModel:
    """The weights of the model.

    Attributes:
        classes: The words of `SCORED_LEVELS`, then the topics.
        scale: What a weight of 1 is worth, in the logarithm of odds.
        intercepts: Of each class, in the same unit.
        weights: Feature -> the packed weights of all classes.
    """

    classes: tuple[str, ...]
    scale: float
    intercepts: tuple[float, ...]
    weights: Mapping[str, int]

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the topics."""
        return self.classes[len(SCORED_LEVELS) :]

    def read(self, name: ReadName, path: str, kind: str) -> NameReading:
        """Return what a name says.

        Args:
            path: The folders of the item, without its name.
        """
        scores = self.scores(name, path, kind)
        levels, topics = scores[: len(SCORED_LEVELS)], scores[len(SCORED_LEVELS) :]
        return NameReading(
            level=SCORED_LEVELS[levels.index(max(levels))],
            shares=_quarters(levels),
            topic=self.topics[topics.index(max(topics))],
        )

    def scores(self, name: ReadName, path: str, kind: str) -> tuple[float, ...]:
        """Return the score of each class, in the logarithm of odds."""
        own, around = self._sum(name_features(name, kind)), _sum_of_path(self, path)
        count, packed = own.count + around.count, own.packed + around.packed
        factor = self.scale / sqrt(count) if count else 0.0
        middle = OFFSET * count
        return tuple(
            intercept + factor * ((packed >> shift & _MASK) - middle)
            for intercept, shift in zip(self.intercepts, self._shifts, strict=True)
        )

    def decisive(
        self, name: ReadName, path: str, kind: str, level: SensitivityLevel
    ) -> tuple[str, ...]:
        """Return the substrings that speak most for a level, the strongest first."""
        place = SCORED_LEVELS.index(level)
        shift, others = self._shifts[place], [s for s in self._shifts[: len(SCORED_LEVELS)]]
        others.remove(shift)
        strength: dict[str, float] = {}
        for feature in (*name_features(name, kind), *path_features(path)):
            packed, text = self.weights.get(feature), feature.lstrip("=/").strip()
            if packed is None or feature[0] in ".@" or len(text) < 2:
                continue
            rest = sum(packed >> s & _MASK for s in others) / len(others)
            strength[text] = strength.get(text, 0.0) + (packed >> shift & _MASK) - rest
        return tuple(_longest_apart(strength))

    @property
    def _shifts(self) -> range:
        return range(0, _FIELD * len(self.classes), _FIELD)

    def _sum(self, features: Iterable[str]) -> _Sum:
        weights = self.weights
        found = [weights[feature] for feature in features if feature in weights]
        return _Sum(sum(found), len(found))


@lru_cache(_CACHE_SIZE)
def _sum_of_path(model: NameModel, path: str) -> _Sum:
    return model._sum(path_features(path))  # pyright: ignore[reportPrivateUsage]


def _longest_apart(strength: Mapping[str, float]) -> Iterable[str]:
    """Yield the strongest substrings, none a part of one that was yielded before."""
    shown: list[str] = []
    for text in sorted(strength, key=lambda text: (-strength[text], text)):
        if strength[text] <= 0 or len(shown) == _SHOWN:
            return
        if not any(text in other or other in text for other in shown):
            shown.append(text)
            yield text


def _quarters(scores: Sequence[float]) -> tuple[int, ...]:
    """Return the likelihood of each score in quarters; the largest remainders are rounded up."""
    top = max(scores)
    odds = [exp(round(score - top, 6)) for score in scores]
    total = sum(odds)
    parts = [QUARTERS * odd / total for odd in odds]
    whole = [int(part) for part in parts]
    by_rest = sorted(range(len(parts)), key=lambda i: (whole[i] - parts[i], -i))
    for place in by_rest[: QUARTERS - sum(whole)]:
        whole[place] += 1
    return tuple(whole)


def pack(weights: Sequence[int]) -> int:
    """Return the weights of a feature, each from -128 to 127, in one number."""
    return sum((weight + OFFSET) << (_FIELD * place) for place, weight in enumerate(weights))


@cache
def load_name_model() -> NameModel:
    """Read the model that is part of the program."""
    return parse_name_model(files("agent.classify").joinpath(FILE).read_text(encoding="utf-8"))


def parse_name_model(text: str) -> NameModel:
    """Return the model of a file.

    Raises:
        ValueError: It is not a file of this format.
    """
    lines = iter(text.split("\n"))
    if next(lines, "") != FORMAT:
        raise ValueError(f"not a {FORMAT}")
    head = {
        key: rest.split()
        for key, _, rest in (line.partition(" ") for line in lines_until_empty(lines))
        if key != "#"
    }
    weights: dict[str, int] = {}
    for line in lines:
        feature, tab, encoded = line.rpartition("\t")
        if tab:
            weights[feature] = sum(
                byte << (_FIELD * place) for place, byte in enumerate(b85decode(encoded))
            )
    return NameModel(
        classes=tuple(head["classes"]),
        scale=float(head["scale"][0]),
        intercepts=tuple(map(float, head["intercepts"])),
        weights=weights,
    )


def lines_until_empty(lines: Iterable[str]) -> Iterable[str]:
    """Yield lines up to the first empty one."""
    for line in lines:
        if not line:
            return
        yield line
