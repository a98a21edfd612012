"""The findings that the report page shows; the files have all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from agent.classify.finding import Kept
from agent.report.numbers import is_endless, stands

MOST: Final = 2_000
FEW: Final = 200


@dataclass(slots=True)
class Highlights:
    """Lists of findings, the worst first, each limited in length."""

    standing: list[Kept] = field(default_factory=list[Kept])
    endless: list[Kept] = field(default_factory=list[Kept])
    resolved: list[Kept] = field(default_factory=list[Kept])
    waived: list[Kept] = field(default_factory=list[Kept])

    def add(self, kept: Kept) -> None:
        """Add a finding to the lists where there is room."""
        if not stands(kept):
            _put(self.resolved if kept.state == "resolved" else self.waived, kept, FEW)
            return
        _put(self.standing, kept, MOST)
        if is_endless(kept.finding):
            _put(self.endless, kept, FEW)


def _put(shelf: list[Kept], kept: Kept, most: int) -> None:
    if len(shelf) < most:
        shelf.append(kept)
