"""Shares with their uncertainty, the order that a score gives, the agreement of two people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

Z95: Final = 1.959964
"""Standard deviations within which 95 % of a normal distribution lie."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Return the share, 0 to 1; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """Return the Wilson interval of 95 %; of nothing it is everything."""
        n = self.whole
        if not n:
            return 0.0, 1.0
        p, z2 = self.part / n, Z95**2
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Hits:
    """How well a yes or no meets the truth.

    Attributes:
        right: Said yes, and it is so.
        said: Said yes.
        true: It is so.
    """

    right: int
    said: int
    true: int

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> Hits:
        """Return the hits of pairs: what was said, what is true."""
        held = list(pairs)
        return cls(
            right=sum(said and true for said, true in held),
            said=sum(said for said, _ in held),
            true=sum(true for _, true in held),
        )

    @property
    def precision(self) -> Share:
        """Return, of what was said, the share that is right."""
        return Share(self.right, self.said)

    @property
    def recall(self) -> Share:
        """Return, of what is true, the share that was said."""
        return Share(self.right, self.true)


def area_under_curve(scored: Collection[tuple[float, bool]]) -> float | None:
    """Return how often a true one has a higher score than a false one; ties count half.

    None without a true one or without a false one.
    """
    trues = Counter(score for score, true in scored if true)
    falses = Counter(score for score, true in scored if not true)
    pairs = trues.total() * falses.total()
    if not pairs:
        return None
    won, below = 0.0, 0
    for score in sorted({*trues, *falses}):
        won += trues[score] * (below + falses[score] / 2)
        below += falses[score]
    return won / pairs


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The precision where the score finds enough.

    Attributes:
        wanted: The recall that is reached at least.
        score: The highest threshold that reaches it.
    """

    wanted: float
    score: float
    hits: Hits


def precision_at_recall(
    scored: Collection[tuple[float, bool]], wanted: Sequence[float]
) -> list[CurvePoint]:
    """Return a point for each recall, at the highest threshold that reaches it."""
    points: list[CurvePoint] = []
    for recall in wanted:
        for score in sorted({score for score, _ in scored}, reverse=True):
            hits = Hits.of((each >= score, true) for each, true in scored)
            if hits.true and hits.right >= recall * hits.true:
                points.append(CurvePoint(recall, score, hits))
                break
    return points


def kappa(pairs: Collection[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa of what two people said; None if chance alone makes them agree."""
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    total = len(pairs)
    chance = sum(first[word] * second[word] for word in first)
    if not total or chance == total * total:
        return None
    agreed = sum(a == b for a, b in pairs) * total
    return (agreed - chance) / (total * total - chance)
