"""The findings that the report page shows; the files have all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from agent.classify.finding import TrackedFinding
from agent.report.numbers import is_endless, stands

MOST: Final = 2_000
FEW: Final = 200


@dataclass(slots=True)
class Highlights:
    """Lists of findings, the worst first, each limited in length."""

    standing: list[TrackedFinding] = field(default_factory=list[TrackedFinding])
    endless: list[TrackedFinding] = field(default_factory=list[TrackedFinding])
    resolved: list[TrackedFinding] = field(default_factory=list[TrackedFinding])
    waived: list[TrackedFinding] = field(default_factory=list[TrackedFinding])

    def add(self, kept: TrackedFinding) -> None:
        """Add a finding to the lists where there is room."""
        if not stands(kept):
            _put(self.resolved if kept.state == "resolved" else self.waived, kept, FEW)
            return
        _put(self.standing, kept, MOST)
        if is_endless(kept.finding):
            _put(self.endless, kept, FEW)


def _put(shelf: list[TrackedFinding], kept: TrackedFinding, most: int) -> None:
    if len(shelf) < most:
        shelf.append(kept)
