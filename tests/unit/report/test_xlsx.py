"""A workbook in which nothing runs, however a file was named."""

from __future__ import annotations

import stat
import sys
from collections import Counter
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.classify.model import Severity
from agent.report import xlsx_sheets
from agent.report.columns import column_names
from agent.report.csv_rows import finding_row
from agent.report.statistics import RunStatistics
from agent.report.xlsx import MAX_TITLE, Sheet, write_workbook
from agent.text import Text
from agent.text.terminal_safe import terminal_safe

from .conftest import kept

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(folder, *sheets, **options):
    path = folder / "report.xlsx"
    write_workbook(path, sheets, **options)
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        return [
            ElementTree.fromstring(archive.read(name))
            for name in sorted(archive.namelist())
            if name.startswith("xl/worksheets/sheet")
        ]


def texts(page):
    return ["".join(cell.itertext()) for cell in page.iter(f"{SPACE}is")]


@settings(max_examples=40)
@given(st.lists(st.text(st.sampled_from("=+-@＝\t\n\x00\x1b'\"<&") | st.characters()), max_size=4))
def test_no_cell_is_a_formula_or_a_link_and_the_file_stays_whole(tmp_path_factory, cells):
    folder = tmp_path_factory.mktemp("xlsx")
    sheet = Sheet(title="x", headers=("a",), rows=[(cell,) for cell in (*cells, "=1+1")])
    (page,) = written(folder, sheet)
    assert not [*page.iter(f"{SPACE}f"), *page.iter(f"{SPACE}hyperlink")]
    assert texts(page)[1:] == [*map(terminal_safe, cells), "=1+1"]


def test_numbers_are_numbers_and_long_cells_are_cut(tmp_path):
    (page,) = written(tmp_path, Sheet(title="x", headers=("a", "b"), rows=[(7, "x" * 40_000)]))
    assert [cell.text for cell in page.iter(f"{SPACE}v")] == ["7"]
    assert max(map(len, texts(page))) == MAX_TITLE


def test_what_is_too_long_for_a_sheet_goes_on_in_another(tmp_path):
    pages = written(tmp_path, Sheet(title="x", headers=("a",), rows=[("r",)] * 5), max_rows=2)
    assert [texts(page).count("r") for page in pages] == [2, 2, 1]


def test_a_run_that_dies_leaves_nothing(tmp_path):
    def rows():
        yield ("x",)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_workbook(tmp_path / "report.xlsx", [Sheet(title="x", headers=("a",), rows=rows())])
    assert not [*tmp_path.iterdir()]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_nobody_else_may_read_it(tmp_path):
    written(tmp_path, Sheet(title="x", headers=("a",), rows=[]))
    assert stat.S_IMODE((tmp_path / "report.xlsx").stat().st_mode) == 0o600


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_sheets_hold_what_the_files_hold(tmp_path, language, spoken):
    numbers = RunStatistics(
        doors=1,
        severities={Severity.HIGH: 1},
        states={"new": 1},
        owners={"sato": Counter({Severity.LOW: 9}), "ito": Counter({Severity.CRITICAL: 1})},
        rules={"LINK-001": 1},
    )
    coverage = dict.fromkeys(column_names("coverage"), "")
    row = finding_row(kept(), "run", spoken)
    sheets = list(xlsx_sheets.report_sheets(numbers, [row], [coverage], Text(language)))
    assert [len(sheet.title) <= 31 for sheet in sheets] == [True] * 6
    pages = written(tmp_path, *sheets)
    assert "customers.xlsx" in texts(pages[1])
    assert texts(pages[2]).index("ito") < texts(pages[2]).index("sato")  # the worst first
