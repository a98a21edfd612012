"""What judgements are worth against the labels: of exposures, of rules, of names.

Exposures are counted where both labellers agree whether to act (`LabelledExposure.must_act`),
urgent ones where both agree whether to close it today (`must_shut`). With one file of labels, one
person decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from agent.classify.model import SensitivityLevel, Severity
from connectors.sdk.records import Audience
from tests.evaluation.corpus import ACTS
from tests.evaluation.judgements import Judgement, NameJudgement
from tests.evaluation.statistics import (
    CurvePoint,
    Hits,
    Share,
    area_under_curve,
    kappa,
    precision_at_recall,
)

BANDS: Final = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)
RECALLS: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
OPEN: Final = (Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE)
"""What "open to anyone" means, the rule that everything is compared with."""

T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Measure:
    """How well exposures are judged.

    Attributes:
        lines: All of them.
        agreed: Those on which both agree whether to act.
        act: High or critical against acting this week.
        urgent: Critical against closing it today.
        area: How often an exposure to act on has a higher score than one that is none.
        below_medium: Exposures that both would close today, judged below medium.
    """

    lines: int
    agreed: int
    act: Hits
    urgent: Hits
    area: float | None
    below_medium: int


def measure(judgements: Sequence[Judgement]) -> Measure:
    """Return how well exposures are judged."""
    agreed = [(each, act) for each in judgements if (act := each.of.must_act) is not None]
    shut = [(each, act) for each in judgements if (act := each.of.must_shut) is not None]
    return Measure(
        lines=len(judgements),
        agreed=len(agreed),
        act=Hits.of((each.flagged, act) for each, act in agreed),
        urgent=Hits.of((each.urgent, act) for each, act in shut),
        area=area_under_curve([(each.rank, act) for each, act in agreed]),
        below_medium=sum(act and each.severity < Severity.MEDIUM for each, act in shut),
    )


def open_to_anyone(judgements: Iterable[Judgement]) -> Hits:
    """Return how well "open to anyone" would do as the only rule."""
    return Hits.of((each.audience in OPEN, act) for each, act in _agreed(judgements))


def curve(judgements: Iterable[Judgement]) -> list[CurvePoint]:
    """Return the precision of the score at rising recall."""
    scored = [(each.rank, act) for each, act in _agreed(judgements)]
    return precision_at_recall(scored, RECALLS)


def acted_by_band(judgements: Iterable[Judgement]) -> dict[Severity, Share]:
    """Return the share of each band that both would act on."""
    acts: dict[Severity, list[bool]] = {band: [] for band in BANDS}
    for each, act in _agreed(judgements):
        acts[each.severity].append(act)
    return {band: Share(sum(said), len(said)) for band, said in acts.items()}


def confusion(judgements: Iterable[Judgement]) -> dict[Severity, dict[str, float]]:
    """Return how often each act was named in each band; a labeller of two counts half."""
    counts: dict[Severity, dict[str, float]] = {band: dict.fromkeys(ACTS, 0.0) for band in BANDS}
    for each in judgements:
        for act in each.of.acts:
            counts[each.severity][act] += 1 / len(each.of.acts)
    return counts


def hits_by_rule(judgements: Iterable[Judgement]) -> dict[str, Hits]:
    """Return how well each rule that matches would do alone, by its id."""
    agreed = list(_agreed(judgements))
    rules = sorted({rule for each, _ in agreed for rule in each.rules})
    return {rule: Hits.of((rule in each.rules, act) for each, act in agreed) for rule in rules}


def wrong(judgements: Iterable[Judgement]) -> tuple[list[Judgement], list[Judgement]]:
    """Return the exposures that are missed, and those that are judged high without reason."""
    agreed = list(_agreed(judgements))
    return (
        [each for each, act in agreed if act and not each.flagged],
        [each for each, act in agreed if each.flagged and not act],
    )


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Return items by a key, in the order in which the keys come."""
    groups: dict[K, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)


def labelled(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return those that have a label."""
    return [each for each in judgements if each.of.acts]


def _agreed(judgements: Iterable[Judgement]) -> Iterable[tuple[Judgement, bool]]:
    return ((each, act) for each in judgements if (act := each.of.must_act) is not None)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two labellers agree: on how many of how many, and beyond chance."""

    share: Share
    kappa: float | None


def agreement(said: Iterable[Sequence[str]]) -> Agreement:
    """Return the agreement of two labellers, where both said something."""
    pairs = [(both[0], both[1]) for both in said if len(both) == 2]
    return Agreement(Share(sum(a == b for a, b in pairs), len(pairs)), kappa(pairs))


STEPS: Final[Mapping[str, int]] = {"public": 0, "none": 0, "s1": 1, "s2": 2, "s3": 3}
"""How far levels are apart: nothing is lost between public and none."""


@dataclass(frozen=True, slots=True)
class NameMeasure:
    """How well names are read, where both labellers give the same level.

    Attributes:
        exact: The same level.
        near: At most one of `STEPS` apart.
        s3: S3 against S3.
        topic: The same topic, where both labellers give the same.
    """

    names: int
    exact: Share
    near: Share
    s3: Hits
    topic: Share


def measure_names(judgements: Sequence[NameJudgement]) -> NameMeasure:
    """Return how well names are read."""
    levels = [(e.level.word, e.of.levels[0]) for e in judgements if len({*e.of.levels}) == 1]
    topics = [(e.topic, e.of.topics[0]) for e in judgements if len({*e.of.topics}) == 1]
    s3 = SensitivityLevel.S3.word
    return NameMeasure(
        names=len(judgements),
        exact=Share(sum(said == true for said, true in levels), len(levels)),
        near=Share(sum(abs(STEPS[a] - STEPS[b]) <= 1 for a, b in levels), len(levels)),
        s3=Hits.of((said == s3, true == s3) for said, true in levels),
        topic=Share(sum(said == true for said, true in topics), len(topics)),
    )
