"""`evidence.html`: the page to be signed before a contract is renewed."""

from __future__ import annotations

from itertools import islice
from typing import Final, TextIO

from agent.report.columns import Column
from agent.report.evidence import EvidencePack, EvidenceTable, Row, localize_cell
from agent.report.html import render
from agent.report.summary import headline
from agent.text import Text

ROWS: Final = 100
"""Rows of a table on the page; its CSV file has all."""
EXPORTS: Final = ("what", "format", "links", "accounts", "logs", "proof", "deletion")
"""The entries of the checklist for leaving a service: `evidence.export_<name>`."""


def write_page(file: TextIO, pack: EvidencePack, text: Text) -> None:
    """Write the page."""

    def tell(key: str, **values: object) -> str:
        return text.say(f"evidence.{key}", **values)

    render.render(
        file,
        "evidence.html.j2",
        text,
        cover=pack.info,
        answers=pack.answers,
        numbers=pack.numbers,
        verdict=headline(pack.numbers, text),
        chapters=[_TableView(chapter, text) for chapter in pack.tables],
        files=pack.files,
        exports=EXPORTS,
        tell=tell,
    )


class _TableView:
    """A table as the page shows it: its first rows, in words."""

    def __init__(self, chapter: EvidenceTable, text: Text) -> None:
        self._text = text
        self.name = chapter.name
        self.title = chapter.title
        self.kind = chapter.columns.removeprefix("evidence_")
        self.columns = [c for c in chapter.columns_of_table if c.name not in _LEFT_OUT]
        found = chapter.rows()
        self.rows = [self._row(row) for row in islice(found, ROWS)]
        self.more = sum(1 for _ in found)

    def head(self, column: Column) -> str:
        return column.ja if self._text.language == "ja" else column.en

    def _row(self, row: Row) -> list[str]:
        return [_shorten(column, localize_cell(column, row[column.name], self._text))
                for column in self.columns]  # fmt: skip


_LEFT_OUT: Final = frozenset({"finding_id", "rules", "service"})


def _shorten(column: Column, value: str) -> str:
    """Return a value shortened for print: a time becomes its day."""
    return value[:10] if column.type == "time" and value[:4].isdecimal() else value
