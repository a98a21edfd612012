"""Cells are chosen by outsiders: none runs, none breaks a line, none is lost."""

from __future__ import annotations

import csv
import io
import re
import stat
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.files import atomic_write
from agent.report.csv_file import encode_cp932, escape_formula, write_csv

FORMULA = "=+-@\t\r\n\0＝＋－＠"
NASTY = st.text(
    st.sampled_from(FORMULA + " \u3000\u00a0\ufeff\u200b\"',;|%cmd\x0b\x0c\x85\u2028\x1b'⏎")
    | st.characters()
)


def written(tmp_path, cells):
    path = tmp_path / "x.csv"
    write_csv(path, ("name", "other"), ({"name": cell, "other": "x"} for cell in cells))
    return path.read_bytes()


def read_back(raw):
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def shown(text):
    text = re.sub("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", "⏎", text)
    return "".join(
        " " if unicodedata.category(c) == "Cc" else "?" if unicodedata.category(c) == "Cs" else c
        for c in text
    )


@given(NASTY)
def test_no_cell_begins_a_formula(text):
    cell = escape_formula(text)
    assert not cell.startswith(tuple(FORMULA))
    first = cell.lstrip(" \u3000\u00a0\ufeff\u200b")[:1]
    assert not first or unicodedata.normalize("NFKC", first) not in "=+-@"


@given(st.lists(NASTY, max_size=5))
def test_every_record_is_one_line_and_can_be_read_back(tmp_path_factory, cells):
    raw = written(tmp_path_factory.mktemp("csv"), cells)
    assert len(raw.decode("utf-8-sig").splitlines()) == raw.count(b"\r\n") == len(cells) + 1
    rows = read_back(raw)[1:]
    assert [len(row) for row in rows] == [2] * len(cells)
    for (cell, _), text in zip(rows, cells, strict=True):
        assert cell in (shown(text), "'" + shown(text))


@given(NASTY)
def test_cp932_holds_every_cell_and_begins_no_formula(text):
    cell, lost = encode_cp932(escape_formula(text))
    assert cell.encode("cp932").decode("cp932") == cell
    assert lost <= cell.count("〓")
    assert not cell.startswith(tuple(FORMULA))


@pytest.mark.parametrize(
    ("name", "told", "lost"),
    [
        ("顧客名簿①.xlsx", "顧客名簿①.xlsx", 0),
        ("か\u3099〜", "が～", 0),  # a decomposed name of macOS, a wave dash
        ("𠮷野家😀", "〓野家〓", 2),
    ],
)
def test_cp932_keeps_what_it_can(name, told, lost):
    assert encode_cp932(name) == (told, lost)


@pytest.mark.parametrize("sign", FORMULA)
@pytest.mark.parametrize("before", ["", " ", "\u3000", "\u200b"])
def test_each_sign_is_guarded_also_after_spaces(sign, before):
    assert escape_formula(f"{before}{sign}HYPERLINK(1)").startswith("'")


@pytest.mark.parametrize(
    "plain", ["", "名簿.xlsx", "a=b", "_x", "'quoted'", "（社外秘）計画", "😀"]
)
def test_a_harmless_cell_stays_as_it_was(plain):
    assert escape_formula(plain) == plain


def test_the_file_has_a_bom_and_crlf(tmp_path):
    raw = written(tmp_path, ["顧客"])
    assert raw == "\ufeffname,other\r\n顧客,x\r\n".encode()


def test_rows_are_taken_one_by_one_and_counted(tmp_path):
    path = tmp_path / "x.csv"
    sizes = []

    def rows():
        for number in range(30_000):
            yield {"n": str(number)}
            if number % 10_000 == 0:
                sizes.append((tmp_path / "x.csv.part").stat().st_size)

    done = write_csv(path, ("n",), rows())
    assert done.rows == 30_000
    assert done.bytes == path.stat().st_size
    assert sizes == sorted(set(sizes))  # the file grew while the rows came


def test_a_run_that_dies_leaves_no_file_and_keeps_the_old_one(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("old")

    def rows():
        yield {"n": "1"}
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_csv(path, ("n",), rows())
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_nobody_else_may_read_it_even_where_a_leftover_was_open(tmp_path):
    leftover = tmp_path / "x.csv.part"
    leftover.write_text("from a crash")
    leftover.chmod(0o666)
    with atomic_write(tmp_path / "x.csv") as file:
        file.write("secret")
    assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) == 0o600
