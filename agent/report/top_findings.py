"""The findings that the report page shows; the files have all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from agent.classify.finding import TrackedFinding
from agent.report.statistics import is_open, never_expires

MAX_FINDINGS: Final = 2_000
MAX_RESOLVED: Final = 200


@dataclass(slots=True)
class TopFindings:
    """Lists of findings, the worst first, each limited in length."""

    standing: list[TrackedFinding] = field(default_factory=list[TrackedFinding])
    endless: list[TrackedFinding] = field(default_factory=list[TrackedFinding])
    resolved: list[TrackedFinding] = field(default_factory=list[TrackedFinding])
    waived: list[TrackedFinding] = field(default_factory=list[TrackedFinding])

    def add(self, kept: TrackedFinding) -> None:
        """Add a finding to the lists where there is room."""
        if not is_open(kept):
            _insert(self.resolved if kept.state == "resolved" else self.waived, kept, MAX_RESOLVED)
            return
        _insert(self.standing, kept, MAX_FINDINGS)
        if never_expires(kept.finding):
            _insert(self.endless, kept, MAX_RESOLVED)


def _insert(findings: list[TrackedFinding], kept: TrackedFinding, most: int) -> None:
    if len(findings) < most:
        findings.append(kept)
