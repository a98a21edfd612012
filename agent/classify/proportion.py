"""A proportion of a small number of cases, with the interval that it is certain to."""

from __future__ import annotations

from math import sqrt
from typing import Final, NamedTuple

_Z: Final = 1.959963984540054  # 95 % of a normal distribution lie within so many deviations


class Proportion(NamedTuple):
    """`part` of `whole` cases."""

    part: int
    whole: int

    @property
    def share(self) -> float:
        """Return the share, 0 to 1. Raise `ZeroDivisionError` if there are no cases."""
        return self.part / self.whole

    @property
    def interval(self) -> tuple[float, float]:
        """Return the Wilson interval of 95 %; that of no cases is 0 to 1."""
        if not self.whole:
            return 0.0, 1.0
        spread = _Z * _Z / self.whole
        middle = (self.share + spread / 2) / (1 + spread)
        half = sqrt(spread * self.share * (1 - self.share) + spread * spread / 4) / (1 + spread)
        return max(0.0, middle - half), min(1.0, middle + half)
