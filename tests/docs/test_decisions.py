"""The decision records are numbered without gaps, complete in their form, and all in the index."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests.docs.pages import DOCS

FOLDER = DOCS / "adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
STATUS = r"(?:proposed|accepted|superseded by \[\d{4}\]\([^)]+\))"
HEAD = re.compile(
    rf"# (\d+)\. (.+)\n\n\* Date: (\d{{4}}-\d\d-\d\d)\n\* Status: ({STATUS})\n\n(?=\S)"
)
ROW = re.compile(
    r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \| (\S+) \| (.+?) \| *(\d*) *\|$", re.MULTILINE
)


def head(record: Path) -> tuple[str, ...]:
    found = HEAD.match(record.read_text(encoding="utf-8"))
    assert found is not None, f"{record.name}: number and title, date, status"
    return found.groups()


def test_the_numbers_run_from_one_without_a_gap() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert sorted(FOLDER.iterdir()) == sorted([*RECORDS, FOLDER / "README.md"])


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_record_has_its_number_a_date_a_status_and_alternatives(record: Path) -> None:
    number, _, day, _ = head(record)
    assert int(number) == int(record.name[:4])
    date.fromisoformat(day)
    assert re.search(r"\n## Alternatives\n\n\S", record.read_text(encoding="utf-8"))


def test_the_index_has_every_record_as_it_is() -> None:
    rows = ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
    listed = [(number, file, *said) for number, file, *said, _ in rows]
    assert listed == [(r.name[:4], r.name, *head(r)[1:]) for r in RECORDS]


def test_an_old_number_leads_to_one_record() -> None:
    rows = ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
    olds = [int(old) for *_, old in rows if old]
    assert olds == sorted(set(olds))
    assert len(olds) == 27
