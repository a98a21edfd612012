"""A linear model of names: which level and which topic a name and its folders speak of.

Its weights are whole numbers, trained offline from labelled names (`tools/train_name_model.py`).
A result takes additions, one square root and one division, so it is the same on every system.
"""

from __future__ import annotations

import re
from base64 import b85decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from importlib.resources import files
from math import exp, sqrt
from struct import unpack as unpack_bytes
from typing import Final, NamedTuple

from agent.classify.model import QUARTERS, SCORED_LEVELS, SensitivityLevel
from agent.classify.name_features import (
    NAME_LENGTHS,
    NEAR_FOLDERS,
    ReadName,
    normalize,
    path_features,
    rest_of_features,
    word_features,
)

FORMAT: Final = "tojimari name model 1"
"""The first line of the file."""
FILE: Final = "name_model.txt"

OFFSET: Final = 128  # added to each weight, so that a packed one has no negative part
_NO_WEIGHT: Final = bytes([OFFSET])
_BYTES: Final = 4  # of a class in a packed sum: room for every name
_CACHE_SIZE: Final = 4_096  # paths
_RUNS = re.compile(r"[a-z]{2,}|[^\x00-\x7f]{2,}")
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
    features: int


@dataclass(frozen=True, eq=False)
class NameModel:
    """The weights of the model.

    Attributes:
        classes: The words of `SCORED_LEVELS`, then the topics.
        scale: What a weight of 1 is worth, in the logarithm of odds.
        intercepts: Of each class, in the same unit.
        body: A line for each feature: it, a tab, its weights in base 85.
        version: A hash of the file.
    """

    classes: tuple[str, ...]
    scale: float
    intercepts: tuple[float, ...]
    body: str
    version: str = ""

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """Return the packed weights of every feature."""
        lines = (line.rpartition("\t") for line in self.body.split("\n") if line)
        size = len(self.classes)
        return {
            feature: pack(b85decode(encoded).ljust(size, _NO_WEIGHT))
            for feature, _, encoded in lines
        }

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
        own, around = self._sum_of_name(name, kind), _sum_of_path(self, path)
        count = own.features + around.features
        factor = self.scale / sqrt(count) if count else 0.0
        middle = OFFSET * count
        sums = unpack(own.packed + around.packed, len(self.classes))
        return tuple(
            [
                intercept + factor * (total - middle)
                for intercept, total in zip(self.intercepts, sums, strict=True)
            ]
        )

    def decisive(
        self, name: ReadName, path: str, kind: str, level: SensitivityLevel
    ) -> tuple[str, ...]:
        """Return the words that speak most for a level, the strongest first.

        Those of the name; those of the folders where none of the name does.
        """
        del kind
        own = name.text.removesuffix(f" {name.extension} ") if name.extension else name.text
        for text in (own, *map(normalize, reversed(path.split("/")[-NEAR_FOLDERS:]))):
            strength: dict[str, float] = {}
            for run in _RUNS.findall(text):
                strength |= _strengths_in(self, run, level)
            if shown := tuple(_strongest_apart(strength)):
                return shown
        return ()

    def _strength(self, word: str, level: SensitivityLevel) -> float:
        """Return how much more the parts of a word speak for a level than for the others."""
        place, size, total = SCORED_LEVELS.index(level), len(SCORED_LEVELS), 0.0
        parts = {
            word[start:end]
            for start in range(len(word))
            for end in range(start + 2, min(len(word), start + NAME_LENGTHS[-1]) + 1)
        }
        for part in (*parts, f"={word}"):
            packed = self.weights.get(part)
            if packed is not None:
                weights = unpack(packed, len(self.classes))[:size]
                total += weights[place] - (sum(weights) - weights[place]) / (size - 1)
        return total

    def _sum_of_name(self, name: ReadName, kind: str) -> _Sum:
        """Return the sum of the features of a name: most of its words were summed before."""
        sums = [_sum_of_word(self, word) for word in name.text.split()]
        sums.append(self._sum(rest_of_features(name, kind)))
        return _Sum(sum([one.packed for one in sums]), sum([one.features for one in sums]))

    def _sum(self, features: Iterable[str]) -> _Sum:
        found = list(filter(None, map(self.weights.get, features)))
        return _Sum(sum(found), len(found))


@lru_cache(_CACHE_SIZE)
def _sum_of_word(model: NameModel, word: str) -> _Sum:
    return model._sum(word_features(word))  # pyright: ignore[reportPrivateUsage]


@lru_cache(_CACHE_SIZE)
def _sum_of_path(model: NameModel, path: str) -> _Sum:
    return model._sum(path_features(path))  # pyright: ignore[reportPrivateUsage]


@lru_cache(_CACHE_SIZE)
def _strengths_in(model: NameModel, run: str, level: SensitivityLevel) -> Mapping[str, float]:
    """Return how much a Latin word, or each part of 2 to 5 signs of others, speaks for a level."""
    return {
        word: model._strength(word, level)  # pyright: ignore[reportPrivateUsage]
        for word in ((run,) if run.isascii() else _parts(run))
    }


def _parts(run: str) -> Iterator[str]:
    for length in range(2, NAME_LENGTHS[-1] + 1):
        for start in range(len(run) - length + 1):
            yield run[start : start + length]


def _strongest_apart(strength: Mapping[str, float]) -> Iterator[str]:
    """Yield the strongest words, none a part of one that was yielded before."""
    shown: list[str] = []
    for text in sorted(strength, key=lambda text: (-strength[text], text)):
        if strength[text] <= 0 or len(shown) == _SHOWN:
            return
        if not any(set(text) & set(other) for other in shown):
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


def pack(weights: bytes) -> int:
    """Return the bytes of a feature, one for each class, as one number that can be summed."""
    wide = bytearray(_BYTES * len(weights))
    wide[::_BYTES] = weights
    return int.from_bytes(wide, "little")


def unpack(packed: int, classes: int) -> tuple[int, ...]:
    """Return the sum of each class."""
    return unpack_bytes(f"<{classes}I", packed.to_bytes(_BYTES * classes, "little"))


@cache
def load_name_model() -> NameModel:
    """Read the model that is part of the program."""
    return parse_name_model(files("agent.classify").joinpath(FILE).read_text(encoding="utf-8"))


def parse_name_model(text: str) -> NameModel:
    """Return the model of a file. Its weights are parsed when the first name is read.

    Raises:
        ValueError: It is not a file of this format.
    """
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    if first != FORMAT:
        raise ValueError(f"not a {FORMAT}")
    said = {key: rest.split() for key, _, rest in (line.partition(" ") for line in lines)}
    return NameModel(
        classes=tuple(said["classes"]),
        scale=float(said["scale"][0]),
        intercepts=tuple(map(float, said["intercepts"])),
        body=body,
        version=blake2b(text.encode(), digest_size=8).hexdigest(),
    )
