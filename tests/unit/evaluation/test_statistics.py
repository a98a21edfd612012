"""Shares, intervals, the area under the curve and kappa, against values worked out by hand."""

import pytest

from tests.evaluation.statistics import (
    Hits,
    Share,
    area_under_curve,
    kappa,
    precision_at_recall,
)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        pytest.param(8, 10, 0.4902, 0.9433, id="a share within"),
        pytest.param(0, 10, 0.0, 0.2775, id="none of ten may still be a quarter"),
        pytest.param(10, 10, 0.7225, 1.0, id="ten of ten may still be three quarters"),
        pytest.param(1, 2, 0.0945, 0.9055, id="one of two says little"),
        pytest.param(0, 0, 0.0, 1.0, id="of nothing, nothing is known"),
    ],
)
def test_a_share_has_its_wilson_interval(part: int, whole: int, low: float, high: float) -> None:
    assert Share(part, whole).interval == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_there_is_no_share() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 4).value == 0.0
    assert Hits.of([]).precision.value is None


def test_precision_is_of_what_was_said_and_recall_of_what_is_true() -> None:
    hits = Hits.of([(True, True), (True, False), (False, True), (False, True), (False, False)])
    assert (hits.right, hits.said, hits.true) == (1, 2, 3)
    assert hits.precision.value == pytest.approx(1 / 2)
    assert hits.recall.value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("trues", "falses", "area"),
    [
        pytest.param([3, 4], [1, 2], 1.0, id="in perfect order"),
        pytest.param([1, 2], [3, 4], 0.0, id="upside down"),
        pytest.param([5, 5], [5, 5], 0.5, id="ties count half"),
        pytest.param([1, 3], [2], 0.5, id="one above, one below"),
        pytest.param([10, 5, 10, 5, 5], [10, 5], 0.45, id="4.5 of 10 pairs"),
        pytest.param([-1, 9], [-1], 0.75, id="without a score is below all, and a tie"),
        pytest.param([1], [], None, id="no false one"),
        pytest.param([], [1], None, id="no true one"),
    ],
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(
    trues: list[float], falses: list[float], area: float | None
) -> None:
    scored = [*((s, True) for s in trues), *((s, False) for s in falses)]
    assert area_under_curve(scored) == area


def test_a_recall_is_reached_at_the_highest_threshold_that_does() -> None:
    scored = [(9, True), (8, False), (7, True), (7, False), (3, True), (1, True), (0, False)]
    points = precision_at_recall(scored, [0.25, 0.5, 0.75, 1.0])
    assert [(p.score, p.hits.right, p.hits.said) for p in points] == [
        (9, 1, 1),
        (7, 2, 4),  # what ties with the threshold is found as well, right or not
        (3, 3, 5),
        (1, 4, 6),
    ]
    assert precision_at_recall([(1, False)], [0.5]) == []


@pytest.mark.parametrize(
    ("pairs", "value"),
    [
        pytest.param(
            [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15,
            0.4,
            id="35 of 50, 25 by chance",
        ),
        pytest.param([("y", "y"), ("n", "n")], 1.0, id="one mind"),
        pytest.param([("y", "n"), ("n", "y")], -1.0, id="opposite"),
        pytest.param([("y", "y")], None, id="chance alone would do"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_kappa_is_the_agreement_beyond_chance(
    pairs: list[tuple[str, str]], value: float | None
) -> None:
    assert kappa(pairs) == (None if value is None else pytest.approx(value))
