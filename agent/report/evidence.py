"""The evidence pack for a contract renewal: its figures and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.report.columns import Column, csv_tables, headers
from agent.report.csv_file import FileDigest
from agent.report.statistics import RunStatistics
from agent.report.summary import PolicyHashes
from agent.report.xlsx import Cell, Sheet
from agent.text import Text
from agent.text.localize import localize_word

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
class EvidenceTable:
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
    def columns_of_table(self) -> tuple[Column, ...]:
        """Return the columns."""
        return csv_tables()[self.columns]


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
class PackInfo:
    """The data about the pack itself; `baseline` is empty without one."""

    organization: str
    tenants: tuple[str, ...]
    begun: datetime
    ended: datetime
    made: datetime
    operator: str
    version: str
    configuration: str
    policy: PolicyHashes
    baseline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePack:
    """The whole pack; `files` are the files with their hashes."""

    info: PackInfo
    numbers: RunStatistics
    answers: Answers
    tables: tuple[EvidenceTable, ...]
    files: Mapping[str, FileDigest] = field(default_factory=dict[str, FileDigest])


def localize_cell(column: Column, value: str, text: Text) -> str:
    """Return a cell for readers: words of closed lists in their language, other text unchanged."""
    prefix = _WORDS.get(column.name)
    if prefix is None or not value:
        return text.say("evidence.unknown") if value == "unknown" else value
    return localize_word(prefix, value, text)


def evidence_sheets(tables: tuple[EvidenceTable, ...], text: Text) -> Iterator[Sheet]:
    """Yield a sheet for each table."""
    for chapter in tables:
        yield Sheet(
            title=(chapter.title or chapter.name)[:31],
            headers=headers(chapter.columns, text.language),
            rows=_cells(chapter, text),
        )


def _cells(table: EvidenceTable, text: Text) -> Iterator[list[Cell]]:
    for row in table.rows():
        yield [
            int(row[c.name])
            if c.type == "integer" and row[c.name].isdecimal()
            else localize_cell(c, row[c.name], text)
            for c in table.columns_of_table
        ]
