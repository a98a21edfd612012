"""Write CSV files that appear complete or not at all, and that Excel cannot run formulas from."""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.files import atomic_write

LOST = "〓"
"""Replaces a character that the encoding cannot represent; the usual sign in Japanese print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Size and hash of a complete file, for the manifest.

    Attributes:
        rows: The number of rows; None for files without rows.
        lost: The number of characters that the encoding could not represent.
    """

    sha256: str
    bytes: int
    rows: int | None = None
    lost: int = 0


def write(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    *,
    encoding: str = "utf-8-sig",
    heads: Sequence[str] | None = None,
) -> Written:
    """Write a CSV file and return its size and hash; one row is in memory at a time.

    The file has a BOM, because Excel on Japanese Windows reads a file without one as cp932, and
    CRLF line ends as in RFC 4180. Raise `OSError` if it cannot be written; then there is no file.

    Args:
        rows: Rows with all of the columns.
        encoding: `utf-8-sig` or `cp932`.
        heads: Headers instead of the names of the columns.
    """
    count = lost = 0
    with atomic_write(path, encoding=encoding) as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(heads or columns)
        for row in rows:
            cells = [defused(row[column]) for column in columns]
            if encoding == "cp932":
                fits = [fitted(cell) for cell in cells]
                cells, lost = [cell for cell, _ in fits], lost + sum(n for _, n in fits)
            writer.writerow(cells)
            count += 1
    return replace(weighed(path, rows=count), lost=lost)


def weighed(path: Path, *, rows: int | None = None) -> Written:
    """Return size and hash of a file on the disk. Raise `OSError` if it cannot be read."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Written(sha256=digest.hexdigest(), bytes=file.tell(), rows=rows)


_SUSPECT = re.compile(r"\A\W|[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FORMULA = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff]*"  # Excel and some importers skip these
    r"(?:[=+\-@＝＋－＠﹢﹣﹦﹫−]|(?<=[\t\r\n\0]))"
)
_BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def defused(cell: str) -> str:
    """Return a cell that starts no formula and ends no line: names are chosen by outsiders.

    A formula gets a leading apostrophe, a line break becomes ⏎, another control character a space.
    Other cells are unchanged.
    """
    if not _SUSPECT.search(cell):
        return cell
    shown = _CONTROL.sub(" ", _BREAK.sub("⏎", cell))
    return f"'{shown}" if _FORMULA.match(cell) else shown


_TWINS = str.maketrans("〜‖−—¢£¬⏎", "～∥－―￠￡￢↓")  # look the same; only the second is in cp932


def fitted(cell: str) -> tuple[str, int]:
    """Return a cell that cp932 can encode, and how many of its characters were replaced."""
    told = unicodedata.normalize("NFC", cell).translate(_TWINS)
    try:
        told.encode("cp932")
    except UnicodeEncodeError:
        signs = [sign if _holds(sign) else LOST for sign in told]
        return "".join(signs), sum(new != old for new, old in zip(signs, told, strict=True))
    return told, 0


def _holds(sign: str) -> bool:
    try:
        sign.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True
