"""`report.html`: the page that an administrator gives to a director."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TextIO

from agent.classify.finding import Kept
from agent.report.csv import Written
from agent.report.highlights import Highlights
from agent.report.html import page
from agent.report.html.charts import Line, lines, segments
from agent.report.numbers import STATES, Numbers, UnreadScope
from agent.report.rows import fix_of, reasons_of, rule_text, unknowns_of
from agent.report.summary import JudgedBy, verdict
from agent.report.titles import translated
from agent.report.wording import points_of
from agent.report.workbook import LEVELS
from agent.text import Text
from connectors.sdk.message import Message
from connectors.sdk.records import Audience

CARDS: Final = 12
AT_FIRST: Final = 100
"""Rows of the long table that are visible at first."""
PEOPLE: Final = 25
SCOPES: Final = 200
"""Rows of the tables of scopes; `coverage.csv` has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The data about the report itself."""

    organization: str
    run_id: str
    begun: datetime
    ended: datetime
    version: str
    configuration: str
    policy: JudgedBy
    redacted: bool = False
    files: Mapping[str, Written] = field(default_factory=dict[str, Written])


def write(
    file: TextIO, occasion: Occasion, numbers: Numbers, highlights: Highlights, text: Text
) -> None:
    """Write the page."""
    speaker = _Speaker(text)
    page.write(
        file,
        "report.html.j2",
        text,
        occasion=occasion,
        numbers=numbers,
        highlights=highlights,
        cards=[kept for kept in highlights.standing[:CARDS] if kept.finding.score is not None],
        verdict=verdict(numbers, text),
        bar=segments(numbers.severities, max(1, numbers.standing)),
        levels=LEVELS,
        states=STATES,
        services=lines(numbers.services),
        audiences=_by_width(lines(numbers.audiences)),
        owners=lines(numbers.owners, PEOPLE),
        domains=lines(numbers.domains, PEOPLE),
        unread=_first(numbers.unread, text),
        blind=_first(numbers.blind, text),
        people=PEOPLE,
        at_first=AT_FIRST,
        speaker=speaker,
    )


class _Speaker:
    """The sentences of findings; a missing one is shown as its key: a report never fails."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def reasons(self, kept: Kept) -> list[str]:
        return reasons_of(kept.finding, self._text)

    def fix(self, kept: Kept) -> str:
        return fix_of(kept.finding, self._text)

    def points(self, kept: Kept) -> str:
        return points_of(kept.finding, self._text)

    def unknowns(self, kept: Kept) -> list[str]:
        return unknowns_of(kept.finding, self._text)

    def rule(self, rule: str) -> str:
        return rule_text(self._text, rule, "title")

    def audience(self, name: str) -> str:
        return self._text.of(Message(f"report.audience.{name}"))

    def access(self, name: str) -> str:
        return self._text.of(Message(f"report.access.{name}"))

    def service(self, name: str) -> str:
        return self._text.of(Message(f"{name}.name"))


def _by_width(table: Sequence[Line]) -> list[Line]:
    """Return the rows with the widest audience first."""
    order: dict[str, int] = {
        audience: rank for rank, audience in enumerate(reversed(tuple(Audience)))
    }
    return sorted(table, key=lambda line: order.get(line.name, len(order)))


def _first(scopes: Sequence[UnreadScope], text: Text) -> Sequence[UnreadScope]:
    return [translated(scope, text) for scope in scopes[:SCOPES]]
