"""The laws of listings, for every listing of every service in the table."""

from pathlib import Path

import pytest

from .listings import ListingLab, ListingRow, edits, grants_of, told
from .loss_rows import LISTINGS

ROWS = pytest.mark.parametrize("row", LISTINGS, ids=lambda row: row.loss.service)


@pytest.mark.slow
@ROWS
def test_a_listing_that_is_spoilt_or_does_not_end_is_never_complete(
    row: ListingRow, tmp_path: Path
) -> None:
    lab = ListingLab(row, tmp_path)
    found: list[str] = []
    with lab.harness.open() as opened:
        row.loss.prepare(opened)
        calm = lab.read(opened)
        for path in list(lab.pages):
            for name, edit in edits(row):
                now = lab.spoilt(opened, path, edit)
                where = f"{name} in {path.partition('/v1.0')[2] or path}"
                if now.records_differ(calm) and not told(calm, now):
                    found.append(f"{where}: nothing is said")
                if now.calls > 3 * calm.calls + 100:
                    found.append(f"{where}: {now.calls} calls")
    assert found == []
    assert len(lab.pages) > 3


@pytest.mark.slow
@ROWS
def test_a_listing_that_is_shorter_than_it_says_is_not_complete(
    row: ListingRow, tmp_path: Path
) -> None:
    lab = ListingLab(row, tmp_path)
    with lab.harness.open() as opened:
        row.loss.prepare(opened)
        calm = lab.read(opened)
        counted = [path for path in lab.pages if row.counted(path)]
        silent = [
            path
            for path in counted
            if not told(
                calm,
                lab.spoilt(
                    opened,
                    path,
                    lambda _a, body, _n: body | {row.count: len(body[row.members]) + 5},
                ),
            )
        ]
    assert silent == []
    assert bool(counted) == bool(row.count)


@pytest.mark.slow
@ROWS
def test_a_word_that_nobody_knows_hides_nothing(row: ListingRow, tmp_path: Path) -> None:
    """What is open stays open or becomes unknown; what is not read is said."""
    lab = ListingLab(row, tmp_path)
    found: list[str] = []
    with lab.harness.open() as opened:
        row.loss.prepare(opened)
        calm = lab.read(opened)
        before = grants_of(calm)
        for end, words in row.unknown:
            for path in [path for path in lab.pages if path.endswith(end)]:
                now = lab.spoilt(
                    opened,
                    path,
                    lambda _a, body, _n, words=words: (
                        body | {row.members: [one | words for one in body[row.members]]}
                    ),
                )
                after = grants_of(now)
                found += [
                    f"{words} in {path}: {key} was {audience}"
                    for key, audience in before.items()
                    if audience != "named_internal"
                    and after.get(key) not in {audience, "unknown"}
                    and not told(calm, now)
                ]
    assert found == []
