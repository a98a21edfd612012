"""`report.html`: the page that an administrator gives to a director."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TextIO

from agent.classify.finding import TrackedFinding
from agent.report.csv_file import FileDigest
from agent.report.html import render
from agent.report.html.charts import ChartRow, bar_segments, chart_rows
from agent.report.statistics import STATES, RunStatistics, UnreadScope
from agent.report.summary import PolicyHashes, headline
from agent.report.titles import translated
from agent.report.top_findings import TopFindings
from agent.report.xlsx_sheets import LEVELS
from agent.text import Text
from agent.text.findings import finding_fix, finding_reasons, finding_unknowns, rule_text
from agent.text.localize import localize_points
from connectors.sdk.message import Message
from connectors.sdk.records import Audience

MAX_CARDS: Final = 12
INITIAL_ROWS: Final = 100
"""Rows of the long table that are visible at first."""
MAX_PEOPLE: Final = 25
MAX_SCOPES: Final = 200
"""Rows of the tables of scopes; `coverage.csv` has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext:
    """The data about the report itself."""

    organization: str
    run_id: str
    begun: datetime
    ended: datetime
    version: str
    configuration: str
    policy: PolicyHashes
    redacted: bool = False
    files: Mapping[str, FileDigest] = field(default_factory=dict[str, FileDigest])


def write_page(
    file: TextIO,
    context: ReportContext,
    numbers: RunStatistics,
    top_findings: TopFindings,
    text: Text,
) -> None:
    """Write the page."""
    speaker = _FindingText(text)
    render.render(
        file,
        "report.html.j2",
        text,
        occasion=context,
        numbers=numbers,
        highlights=top_findings,
        cards=[
            kept for kept in top_findings.standing[:MAX_CARDS] if kept.finding.score is not None
        ],
        verdict=headline(numbers, text),
        bar=bar_segments(numbers.severities, max(1, numbers.standing)),
        levels=LEVELS,
        states=STATES,
        services=chart_rows(numbers.services),
        audiences=_by_width(chart_rows(numbers.audiences)),
        owners=chart_rows(numbers.owners, MAX_PEOPLE),
        domains=chart_rows(numbers.domains, MAX_PEOPLE),
        unread=_first(numbers.unread, text),
        blind=_first(numbers.blind, text),
        people=MAX_PEOPLE,
        at_first=INITIAL_ROWS,
        speaker=speaker,
    )


class _FindingText:
    """The sentences of findings; a missing one is shown as its key: a report never fails."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def reasons(self, kept: TrackedFinding) -> list[str]:
        return finding_reasons(kept.finding, self._text)

    def fix(self, kept: TrackedFinding) -> str:
        return finding_fix(kept.finding, self._text)

    def points(self, kept: TrackedFinding) -> str:
        return localize_points(kept.finding, self._text)

    def unknowns(self, kept: TrackedFinding) -> list[str]:
        return finding_unknowns(kept.finding, self._text)

    def rule(self, rule: str) -> str:
        return rule_text(self._text, rule, "title")

    def audience(self, name: str) -> str:
        return self._text.render(Message(f"report.audience.{name}"))

    def access(self, name: str) -> str:
        return self._text.render(Message(f"report.access.{name}"))

    def service(self, name: str) -> str:
        return self._text.render(Message(f"{name}.name"))


def _by_width(table: Sequence[ChartRow]) -> list[ChartRow]:
    """Return the rows with the widest audience first."""
    order: dict[str, int] = {
        audience: rank for rank, audience in enumerate(reversed(tuple(Audience)))
    }
    return sorted(table, key=lambda line: order.get(line.name, len(order)))


def _first(scopes: Sequence[UnreadScope], text: Text) -> Sequence[UnreadScope]:
    return [translated(scope, text) for scope in scopes[:MAX_SCOPES]]
