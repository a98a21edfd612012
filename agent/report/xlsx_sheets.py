"""The sheets of `report.xlsx`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agent.classify.model import Severity
from agent.report.columns import Column, csv_tables, headers
from agent.report.statistics import RunStatistics, SeverityCounts
from agent.report.summary import headline
from agent.report.xlsx import Cell, Sheet
from agent.text import Text
from agent.text.findings import rule_text

CsvRow = Mapping[str, str]
LEVELS = tuple(sorted(Severity, reverse=True))


def report_sheets(
    numbers: RunStatistics, findings: Iterable[CsvRow], coverage: Iterable[CsvRow], text: Text
) -> Iterator[Sheet]:
    """Yield the sheets: summary, findings, owners, domains, coverage, rules."""
    yield Sheet(
        title=text.say("report.workbook.summary"),
        headers=(text.say("report.workbook.what"), text.say("report.workbook.count")),
        rows=_summary(numbers, text),
    )
    yield _table("findings", findings, text)
    yield _severity_sheet("owners", numbers.owners, text)
    yield _severity_sheet("domains", numbers.domains, text)
    yield _table("coverage", coverage, text)
    yield Sheet(
        title=text.say("report.workbook.rules"),
        headers=[text.say(f"report.workbook.{name}") for name in ("rule", "title", "count")],
        rows=[(rule, rule_text(text, rule, "title"), n) for rule, n in numbers.rules.items()],
    )


def _summary(numbers: RunStatistics, text: Text) -> Iterator[tuple[Cell, Cell]]:
    for sentence in headline(numbers, text):
        yield sentence, ""
    for level in LEVELS:
        yield text.say(f"report.severity.{level.word}"), numbers.severities.get(level, 0)
    for state, count in numbers.states.items():
        yield text.say(f"report.state.{state}"), count


def _table(name: str, rows: Iterable[CsvRow], text: Text) -> Sheet:
    columns = csv_tables()[name]
    return Sheet(
        title=text.say(f"report.workbook.{name}"),
        headers=headers(name, text.language),
        rows=([_cell(column, row[column.name]) for column in columns] for row in rows),
    )


def _cell(column: Column, value: str) -> Cell:
    return int(value) if column.type == "integer" and value.isdecimal() else value


def _severity_sheet(name: str, table: Mapping[str, SeverityCounts], text: Text) -> Sheet:
    levels = [text.say(f"report.severity.{level.word}") for level in LEVELS]
    ordered = sorted(table.items(), key=lambda entry: worst_first(entry[1]))
    return Sheet(
        title=text.say(f"report.workbook.{name}"),
        headers=[text.say("report.workbook.what"), text.say("report.workbook.count"), *levels],
        rows=[
            (who, grades.total(), *(grades[level] for level in LEVELS)) for who, grades in ordered
        ],
    )


def worst_first(grades: SeverityCounts) -> tuple[int, ...]:
    """Return a sort key: most critical findings first, then most high ones."""
    return tuple(-grades[level] for level in LEVELS)
