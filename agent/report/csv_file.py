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

REPLACEMENT = "〓"
"""Replaces a character that the encoding cannot represent; the usual sign in Japanese print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """Size and hash of a complete file, for the manifest.

    Attributes:
        rows: The number of rows; None for files without rows.
        lost: The number of characters that the encoding could not represent.
    """

    sha256: str
    bytes: int
    rows: int | None = None
    lost: int = 0


def write_csv(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    *,
    encoding: str = "utf-8-sig",
    headers: Sequence[str] | None = None,
) -> FileDigest:
    """Write a CSV file and return its size and hash; one row is in memory at a time.

    The file has a BOM, because Excel on Japanese Windows reads a file without one as cp932, and
    CRLF line ends as in RFC 4180. Raise `OSError` if it cannot be written; then there is no file.

    Args:
        rows: Rows with all of the columns.
        encoding: `utf-8-sig` or `cp932`.
        headers: Headers instead of the names of the columns.
    """
    count = lost = 0
    with atomic_write(path, encoding=encoding) as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(headers or columns)
        for row in rows:
            cells = [escape_formula(row[column]) for column in columns]
            if encoding == "cp932":
                fits = [encode_cp932(cell) for cell in cells]
                cells, lost = [cell for cell, _ in fits], lost + sum(n for _, n in fits)
            writer.writerow(cells)
            count += 1
    return replace(hash_file(path, rows=count), lost=lost)


def hash_file(path: Path, *, rows: int | None = None) -> FileDigest:
    """Return size and hash of a file on the disk. Raise `OSError` if it cannot be read."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileDigest(sha256=digest.hexdigest(), bytes=file.tell(), rows=rows)


_MAY_BE_FORMULA = re.compile(r"\A\W|[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FORMULA = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff]*"  # Excel and some importers skip these
    r"(?:[=+\-@＝＋－＠﹢﹣﹦﹫−]|(?<=[\t\r\n\0]))"
)
_BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def escape_formula(cell: str) -> str:
    """Return a cell that starts no formula and ends no line: names are chosen by outsiders.

    A formula gets a leading apostrophe, a line break becomes ⏎, another control character a space.
    Other cells are unchanged.
    """
    if not _MAY_BE_FORMULA.search(cell):
        return cell
    shown = _CONTROL.sub(" ", _BREAK.sub("⏎", cell))
    return f"'{shown}" if _FORMULA.match(cell) else shown


_CP932_EQUIVALENTS = str.maketrans(
    "〜‖−—¢£¬⏎", "～∥－―￠￡￢↓"
)  # look the same; only the second is in cp932


def encode_cp932(cell: str) -> tuple[str, int]:
    """Return a cell that cp932 can encode, and how many of its characters were replaced."""
    normalized = unicodedata.normalize("NFC", cell).translate(_CP932_EQUIVALENTS)
    try:
        normalized.encode("cp932")
    except UnicodeEncodeError:
        signs = [sign if _is_in_cp932(sign) else REPLACEMENT for sign in normalized]
        return "".join(signs), sum(new != old for new, old in zip(signs, normalized, strict=True))
    return normalized, 0


def _is_in_cp932(sign: str) -> bool:
    try:
        sign.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True
