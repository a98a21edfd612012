"""Bars for tables of counts. The counts are always shown as text, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.classify.model import Severity
from agent.report.statistics import SeverityCounts
from agent.report.xlsx_sheets import LEVELS, worst_first


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a bar; start and width are percentages."""

    word: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """A row of a table of counts, with its bar."""

    name: str
    total: int
    grades: SeverityCounts
    segments: tuple[Segment, ...]


def bar_segments(grades: Mapping[Severity, int], whole: int) -> tuple[Segment, ...]:
    """Return the bar of the severities, the worst first.

    Args:
        whole: The count that is as long as the whole bar.
    """
    return tuple(_segments(grades, whole))


def _segments(grades: Mapping[Severity, int], whole: int) -> Iterator[Segment]:
    start = 0.0
    for level in LEVELS:
        if count := grades.get(level, 0):
            width = round(100 * count / whole, 2)
            yield Segment(word=level.word, count=count, start=round(start, 2), width=width)
            start += width


def chart_rows(table: Mapping[str, SeverityCounts], most: int | None = None) -> list[ChartRow]:
    """Return the rows of a table, the worst first; the longest bar has the full width.

    Args:
        most: The highest number of rows; None for all.
    """
    longest = max((grades.total() for grades in table.values()), default=1)
    ordered = sorted(table.items(), key=lambda entry: (worst_first(entry[1]), entry[0]))
    return [
        ChartRow(
            name=name, total=grades.total(), grades=grades, segments=bar_segments(grades, longest)
        )
        for name, grades in ordered[:most]
    ]
