"""The evidence pack for a contract renewal: its figures and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.report.columns import Column, heads, tables
from agent.report.csv import Written
from agent.report.numbers import Numbers
from agent.report.summary import JudgedBy
from agent.report.wording import word
from agent.report.xlsx import Cell, Sheet
from agent.text import Text

Row = Mapping[str, str]
Rows = Callable[[], Iterator[Row]]

_WORDS: Mapping[str, str] = {  # column -> the prefix of its message keys
    "severity": "report.severity", "audience": "report.audience", "access": "report.access",
    "state": "evidence.state", "standing": "evidence.standing", "why": "evidence.why",
    "in_force": "evidence.in_force", "outcome": "waive.is", "turn": "evidence.turn",
    "result": "evidence.result", "password": "evidence.password", "status": "evidence.status",
    "kind": "evidence.kind",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A table of the pack: a CSV file, a sheet, and the first rows on the page.

    Attributes:
        name: The name of the file without suffix (`04-organisations`).
        columns: The name of its columns in `columns.json`; `evidence.<columns>` is its title.
        rows: Returns the rows.
        title: The title of one of several tables with the same columns.
    """

    name: str
    columns: str
    rows: Rows
    title: str = ""

    @property
    def heads(self) -> tuple[Column, ...]:
        """Return the columns."""
        return tables()[self.columns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The figures of the first page.

    Attributes:
        organisations: External organizations with access; `people` likewise.
        uncontracted: Organizations without contract; None, as `ended`, without a contract register.
        opened: Findings since the baseline; None, as the following ones, without a baseline.
    """

    organisations: int
    people: int
    items: int
    public: int
    dormant: int
    pending: int
    uncontracted: int | None
    ended: int | None
    waived: int
    lapsed: int
    opened: int | None = None
    widened: int | None = None
    shut: int | None = None
    not_compared: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The data about the pack itself; `baseline` is empty without one."""

    organization: str
    tenants: tuple[str, ...]
    begun: datetime
    ended: datetime
    made: datetime
    operator: str
    version: str
    configuration: str
    policy: JudgedBy
    baseline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The whole pack; `files` are the files with their hashes."""

    cover: Cover
    numbers: Numbers
    answers: Answers
    chapters: tuple[Chapter, ...]
    files: Mapping[str, Written] = field(default_factory=dict[str, Written])


def spoken(column: Column, value: str, text: Text) -> str:
    """Return a cell for readers: words of closed lists in their language, other text unchanged."""
    place = _WORDS.get(column.name)
    if place is None or not value:
        return text.say("evidence.unknown") if value == "unknown" else value
    return word(place, value, text)


def sheets(chapters: tuple[Chapter, ...], text: Text) -> Iterator[Sheet]:
    """Yield a sheet for each table."""
    for chapter in chapters:
        yield Sheet(
            title=(chapter.title or chapter.name)[:31],
            heads=heads(chapter.columns, text.language),
            rows=_cells(chapter, text),
        )


def _cells(chapter: Chapter, text: Text) -> Iterator[list[Cell]]:
    for row in chapter.rows():
        yield [
            int(row[c.name])
            if c.type == "integer" and row[c.name].isdecimal()
            else spoken(c, row[c.name], text)
            for c in chapter.heads
        ]
