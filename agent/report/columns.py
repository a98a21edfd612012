"""The columns of the CSV files, read from `columns.json`.

Columns are only appended, so that programs may read them by position. The files have the names of
the columns as header; headers in words are for reports.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a file.

    Attributes:
        name: Its name in the file.
        type: `text`, `word` (of a closed list), `integer`, `number`, `boolean`, `time` (ISO 8601
            with offset) or `list` (joined by "; "). Any of them may be empty or "unknown".
        en: The header in English; `ja` in Japanese.
        since: The version of the schema that added it.
    """

    name: str
    type: str
    en: str
    ja: str
    since: str


@cache
def csv_tables() -> dict[str, tuple[Column, ...]]:
    """Return the columns of every file by its name without suffix."""
    return {
        name: tuple(Column(**column) for column in columns)
        for name, columns in _contract()["tables"].items()
    }


@cache
def column_names(table: str) -> tuple[str, ...]:
    """Return the names of the columns of a file."""
    return tuple(column.name for column in csv_tables()[table])


@cache
def headers(table: str, language: str) -> tuple[str, ...]:
    """Return the headers of a file in words, in `en` or `ja`."""
    return tuple(column.ja if language == "ja" else column.en for column in csv_tables()[table])


@cache
def schema_version() -> str:
    """Return the version of the schema, which every file has in its first column."""
    return _contract()["schema_version"]


@cache
def _contract() -> dict[str, Any]:
    return json.loads((files("agent.report") / "columns.json").read_text(encoding="utf-8"))
