"""The findings that a page shows; the files hold all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from agent.classify.finding import Kept
from agent.report.numbers import is_endless, stands

MOST: Final = 2_000
FEW: Final = 200


@dataclass(slots=True)
class Highlights:
    """Filled in the same pass as the numbers, the worst first, never more than fits in memory.

    Attributes:
        standing: What somebody still has to do something about, up to `MOST`.
        endless: Links of them that never expire, up to `FEW`; so the two below.
        resolved: What was shut since the run before.
        waived: What somebody accepted.
    """

    standing: list[Kept] = field(default_factory=list[Kept])
    endless: list[Kept] = field(default_factory=list[Kept])
    resolved: list[Kept] = field(default_factory=list[Kept])
    waived: list[Kept] = field(default_factory=list[Kept])

    def add(self, kept: Kept) -> None:
        """Keep a finding while there is room on its shelf."""
        if not stands(kept):
            _put(self.resolved if kept.state == "resolved" else self.waived, kept, FEW)
            return
        _put(self.standing, kept, MOST)
        if is_endless(kept.finding):
            _put(self.endless, kept, FEW)


def _put(shelf: list[Kept], kept: Kept, most: int) -> None:
    if len(shelf) < most:
        shelf.append(kept)
