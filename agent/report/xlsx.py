"""A workbook that no cell of can become a formula. Needs the extra `tojimari[xlsx]`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from agent.files import PRIVATE_MODE
from agent.report.run_folder import EXCEL_MAX_ROWS
from agent.text.terminal_safe import terminal_safe

Cell = str | int
MAX_TITLE: Final = 32_767
"""The highest number of characters in a cell of Excel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet; its rows are taken one by one. Above `max_rows` rows it goes on in another."""

    title: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def write_workbook(path: Path, sheets: Iterable[Sheet], *, max_rows: int = EXCEL_MAX_ROWS) -> None:
    """Write all sheets or nothing; what waits for the end lies beside the file, not in memory."""
    part = path.with_name(path.name + ".part")
    try:
        with TemporaryDirectory(dir=path.parent, prefix=path.name) as rest:
            _book(part, sheets, rest, max_rows)
        part.chmod(PRIVATE_MODE)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _book(part: Path, sheets: Iterable[Sheet], rest: str, most: int) -> None:
    import xlsxwriter

    book: Any = xlsxwriter.Workbook(
        str(part),
        {
            "constant_memory": True,
            "tmpdir": rest,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    bold = book.add_format({"bold": True, "bottom": 1})
    try:
        for sheet in sheets:
            _fill(book, sheet, bold, most)
    finally:
        book.close()


def _fill(book: Any, sheet: Sheet, bold: Any, most: int) -> None:
    left = iter(sheet.rows)
    for number in count(1):
        page = book.add_worksheet(sheet.title if number == 1 else f"{sheet.title} {number}")
        page.freeze_panes(1, 0)
        for column, head in enumerate(sheet.headers):
            page.set_column(column, column, 18)
            page.write_string(0, column, head, bold)
        last = 0
        for last, row in enumerate(islice(left, most), 1):
            for column, cell in enumerate(row):
                _put(page, last, column, cell)
        page.autofilter(0, 0, max(last, 1), len(sheet.headers) - 1)
        if (over := next(left, None)) is None:
            return
        left = chain([over], left)


def _put(page: Any, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell, int):
        page.write_number(row, column, cell)
    else:
        page.write_string(row, column, terminal_safe(cell)[:MAX_TITLE])
