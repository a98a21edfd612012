"""The sheets of `report.xlsx`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agent.classify.model import Severity
from agent.report.columns import Column, heads, tables
from agent.report.numbers import Grades, Numbers
from agent.report.rows import rule_text
from agent.report.summary import verdict
from agent.report.xlsx import Cell, Sheet
from agent.text import Text

Row = Mapping[str, str]
LEVELS = tuple(sorted(Severity, reverse=True))


def sheets(
    numbers: Numbers, findings: Iterable[Row], coverage: Iterable[Row], text: Text
) -> Iterator[Sheet]:
    """Yield the sheets: summary, findings, owners, domains, coverage, rules."""
    yield Sheet(
        title=text.say("report.workbook.summary"),
        heads=(text.say("report.workbook.what"), text.say("report.workbook.count")),
        rows=_summary(numbers, text),
    )
    yield _table("findings", findings, text)
    yield _graded("owners", numbers.owners, text)
    yield _graded("domains", numbers.domains, text)
    yield _table("coverage", coverage, text)
    yield Sheet(
        title=text.say("report.workbook.rules"),
        heads=[text.say(f"report.workbook.{name}") for name in ("rule", "title", "count")],
        rows=[(rule, rule_text(text, rule, "title"), n) for rule, n in numbers.rules.items()],
    )


def _summary(numbers: Numbers, text: Text) -> Iterator[tuple[Cell, Cell]]:
    for sentence in verdict(numbers, text):
        yield sentence, ""
    for level in LEVELS:
        yield text.say(f"report.severity.{level.word}"), numbers.severities.get(level, 0)
    for state, count in numbers.states.items():
        yield text.say(f"report.state.{state}"), count


def _table(name: str, rows: Iterable[Row], text: Text) -> Sheet:
    columns = tables()[name]
    return Sheet(
        title=text.say(f"report.workbook.{name}"),
        heads=heads(name, text.language),
        rows=([_cell(column, row[column.name]) for column in columns] for row in rows),
    )


def _cell(column: Column, value: str) -> Cell:
    return int(value) if column.type == "integer" and value.isdecimal() else value


def _graded(name: str, table: Mapping[str, Grades], text: Text) -> Sheet:
    levels = [text.say(f"report.severity.{level.word}") for level in LEVELS]
    ordered = sorted(table.items(), key=lambda entry: worst_first(entry[1]))
    return Sheet(
        title=text.say(f"report.workbook.{name}"),
        heads=[text.say("report.workbook.what"), text.say("report.workbook.count"), *levels],
        rows=[
            (who, grades.total(), *(grades[level] for level in LEVELS)) for who, grades in ordered
        ],
    )


def worst_first(grades: Grades) -> tuple[int, ...]:
    """Return a sort key: most critical findings first, then most high ones."""
    return tuple(-grades[level] for level in LEVELS)
