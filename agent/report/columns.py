"""The contract of the CSV files, read from `columns.json`.

Columns are only ever appended: whoever reads these files by position must not wake up to
another meaning. Headers in words are for reports; the files carry the names themselves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name in the file, what it holds, its headers, and the schema it came with.

    `type` is `text` `word` (of a closed list) `integer` `number` `boolean` `time` (ISO 8601 with
    offset) or `list` (joined by "; "). Any of them may be empty, or "unknown".
    """

    name: str
    type: str
    en: str
    ja: str
    since: str


@cache
def tables() -> dict[str, tuple[Column, ...]]:
    """File name without its suffix -> columns, in their order."""
    return {
        name: tuple(Column(**column) for column in columns)
        for name, columns in _contract()["tables"].items()
    }


@cache
def names(table: str) -> tuple[str, ...]:
    """The names of a table's columns, in their order."""
    return tuple(column.name for column in tables()[table])


@cache
def heads(table: str, language: str) -> tuple[str, ...]:
    """The headers of a table's columns for people, in `en` or `ja`."""
    return tuple(column.ja if language == "ja" else column.en for column in tables()[table])


@cache
def schema_version() -> str:
    """The version that stands in every first column."""
    return _contract()["schema_version"]


@cache
def _contract() -> dict[str, Any]:
    return json.loads((files("agent.report") / "columns.json").read_text(encoding="utf-8"))
