"""Check a folder of the corpus before it is read, so that a broken line is named.

`tests/evaluation/corpus.py` reads what passes here.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from connectors.sdk.records import Access, Audience, GrantCause
from tests.evaluation.corpus import ACTS, read_policy

EXPOSURES: Final = "exposures.jsonl"
NAMES: Final = "names.jsonl"
LEVELS: Final = ("public", "none", "s1", "s2", "s3")
_NOT_STATED: Final = (Audience.EXT_ALLOWLISTED, Audience.EXT_CONSUMER, Audience.UNKNOWN)
"""What the policy concludes, or nobody labels."""
_AUDIENCES: Final = tuple(a.value for a in Audience if a not in _NOT_STATED)


class BrokenFolder(Exception):
    """A folder lacks a file, or a line of it is broken."""

    def __init__(self, file: Path, what: str, line: int = 0) -> None:
        place = f"{file}:{line}" if line else f"{file}"
        super().__init__(f"{place}: {what}.")


Check = tuple[Callable[[Any], bool], str]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_day(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _one_of(words: Collection[str]) -> Check:
    return lambda value: isinstance(value, str) and value in words, f"one of {', '.join(words)}"


def _or(check: Check, *others: object) -> Check:
    accepts, named = check
    said = " or ".join([named, *(json.dumps(other) for other in others)])
    return lambda value: any(value is o or value == o for o in others) or accepts(value), said


_TEXT: Final[Check] = (_is_text, "a text")
_FILLED: Final[Check] = (_is_filled, "a text that is not empty")
_COUNT: Final[Check] = (_is_count, "a count")
_BOOL: Final[Check] = (lambda value: isinstance(value, bool), "true or false")
_DAY: Final[Check] = (_is_day, "a day like 2026-11-29")
_TEXTS: Final[Check] = (
    lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "a list of texts",
)

_EXPOSURE: Final[Mapping[str, Check]] = {
    "id": _FILLED,
    "service": _FILLED,
    "item_kind": _FILLED,
    "item_name": _TEXT,
    "item_path": _TEXT,
    "owner": _TEXT,
    "owner_state": _one_of(("active", "departed", "unknown")),
    "audience": _one_of(_AUDIENCES),
    "access": _one_of([access.value for access in Access]),
    "principals": _TEXTS,
    "principal_count": _or(_COUNT, None),
    "via_group": _TEXT,
    "expires_at": _or(_DAY, "unknown", None),
    "password": _or(_BOOL, "unknown"),
    "views": _or(_COUNT, "unknown", None),
    "grant_created_at": _or(_DAY, "unknown", None),
    "item_created_at": _or(_DAY, "unknown", None),
    "item_modified_at": _or(_DAY, "unknown", None),
    "last_activity": _or(_DAY, "unknown", None),
    "reach": _or(_COUNT, "unknown", None),
    "label": _TEXT,
    "inherited": _BOOL,
    "data": _TEXTS,
    "cause": _or(_one_of([cause.value for cause in GrantCause]), ""),
    "site_live": _or(_BOOL, None),
}
_NAME: Final[Mapping[str, Check]] = {
    "id": _FILLED,
    "path": _TEXT,
    "name": _TEXT,
    "kind": _FILLED,
}
_ACT_LABEL: Final[Mapping[str, Check]] = {"id": _FILLED, "act": _one_of(ACTS)}
_NAME_LABEL: Final[Mapping[str, Check]] = {
    "id": _FILLED,
    "level": _one_of(LEVELS),
    "topic": _FILLED,
}


def check_exposures(folder: Path) -> None:
    """Check the configuration, the exposures, and the labels that are there.

    Raises:
        BrokenFolder: A file is missing, or a line is broken.
    """
    check_policy(folder)
    ids = _check_lines(folder / EXPOSURES, _EXPOSURE)
    for number in (1, 2):
        _check_labels(folder / f"labels-{number}.csv", _ACT_LABEL, ids, EXPOSURES)


def check_names(folder: Path) -> None:
    """Check the configuration, the names and the labels that are there.

    Raises:
        BrokenFolder: A file is missing, or a line is broken.
    """
    check_policy(folder)
    ids = _check_lines(folder / NAMES, _NAME)
    for number in (1, 2):
        _check_labels(folder / f"name-labels-{number}.csv", _NAME_LABEL, ids, NAMES)


def check_policy(folder: Path) -> None:
    """Check the configuration.

    Raises:
        BrokenFolder: It is missing or no configuration.
    """
    file = folder / "config.toml"
    _text(file)
    try:
        read_policy(folder)
    except tomllib.TOMLDecodeError as error:
        raise BrokenFolder(file, f"no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise BrokenFolder(file, f"{key}: {first['msg']}") from None


def json_lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file, each with the number of its line; empty lines are none.

    Raises:
        BrokenFolder: The file is missing, or a line holds no object.
    """
    for number, line in enumerate(_text(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise BrokenFolder(file, f"no JSON: {error.msg}", number) from None
        if not isinstance(value, dict):
            raise BrokenFolder(file, "no JSON object", number)
        yield number, value


def _check_lines(file: Path, fields: Mapping[str, Check]) -> dict[str, int]:
    """Check each line; return the ids with their lines."""
    ids: dict[str, int] = {}
    for number, line in json_lines(file):
        _check_fields(file, number, line, fields)
        if line["id"] in ids:
            raise BrokenFolder(file, f"{line['id']} is in line {ids[line['id']]} already", number)
        ids[line["id"]] = number
    return ids


def _check_fields(
    file: Path, number: int, line: Mapping[str, Any], fields: Mapping[str, Check]
) -> None:
    for field, (accepts, named) in fields.items():
        if field not in line:
            raise BrokenFolder(file, f"there is no {field}", number)
        if not accepts(line[field]):
            said = json.dumps(line[field], ensure_ascii=False)
            raise BrokenFolder(file, f"{field} is {said}, not {named}", number)


def _check_labels(
    file: Path, fields: Mapping[str, Check], ids: Mapping[str, int], labelled: str
) -> None:
    """Check that every id has one label, if there is a file."""
    if not file.exists():
        return
    reader = csv.DictReader(io.StringIO(_text(file), newline=""), strict=True)
    try:
        found = _ids_of_labels(file, reader, fields)
    except csv.Error as error:
        raise BrokenFolder(file, f"no CSV: {error}", reader.reader.line_num) from None
    for name, number in found.items():
        if name not in ids:
            raise BrokenFolder(file, f"{name} is not in {labelled}", number)
    for name, number in ids.items():
        if name not in found:
            labels = file.name
            raise BrokenFolder(file.with_name(labelled), f"{name} is not in {labels}", number)


def _ids_of_labels(
    file: Path, reader: csv.DictReader[str], fields: Mapping[str, Check]
) -> dict[str, int]:
    """Check each label; return the ids with their lines."""
    if missing := {*fields} - {*(reader.fieldnames or ())}:
        raise BrokenFolder(file, f"there is no column {', '.join(sorted(missing))}", 1)
    ids: dict[str, int] = {}
    for row in reader:
        _check_fields(file, reader.line_num, row, fields)
        if row["id"] in ids:
            earlier = ids[row["id"]]
            raise BrokenFolder(file, f"{row['id']} is in line {earlier} already", reader.line_num)
        ids[row["id"]] = reader.line_num
    return ids


def _text(file: Path) -> str:
    if not file.is_file():
        raise BrokenFolder(file, "there is no such file")
    content = file.read_bytes()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenFolder(file, "no UTF-8", line) from None
