"""A share of few cases is said with what it is certain to."""

import pytest

from agent.classify.proportion import Proportion


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (0, 0, 0.0, 1.0),  # nothing is known
        (0, 5, 0.0, 0.4345),
        (5, 5, 0.5655, 1.0),
        (4, 5, 0.3755, 0.9638),
        (10, 20, 0.2993, 0.7007),
        (81, 100, 0.7222, 0.8749),
    ],
)
def test_a_share_has_its_wilson_interval(part: int, whole: int, low: float, high: float) -> None:
    assert Proportion(part, whole).interval == pytest.approx((low, high), abs=1e-4)


def test_the_share_is_within_its_interval() -> None:
    for whole in range(1, 40):
        for part in range(whole + 1):
            low, high = Proportion(part, whole).interval
            assert 0 <= low <= part / whole <= high + 1e-12 <= 1 + 1e-12
