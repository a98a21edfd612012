"""A configuration as text: every key with what it means, those that are set standing active."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import tomli_w
from pydantic import BaseModel
from pydantic.fields import FieldInfo

WIDTH = 96
Describe = Callable[[str, FieldInfo], str]
"""What a key means, in the reader's language."""


def table(
    name: str,
    model: type[BaseModel],
    values: Mapping[str, Any],
    describe: Describe,
    *,
    active: bool = True,
    without: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """A table with all its keys; what has no value shows its default behind a `#`.

    `active` False puts the whole table behind `#`; `without` are keys with tables of their own.
    """
    yield from ("", f"[{name}]" if active else f"# [{name}]")
    for key, field in model.model_fields.items():
        if key in without:
            continue
        yield from comment(describe(key, field))
        line = written(key, values[key] if key in values else default_of(field))
        yield line if active and key in values else f"# {line}"


def default_of(field: FieldInfo) -> Any:
    """What holds when the key is not written."""
    default: Any = field.get_default(call_default_factory=True)
    return "" if default is None or field.is_required() else default


def written(key: str, value: Any) -> str:
    """One key on one line."""
    if isinstance(value, list | tuple | dict):
        return f"{key} = {json.dumps(value, ensure_ascii=False)}"  # words, or an empty table
    return tomli_w.dumps({key: value}).strip()


def comment(text: str) -> Iterator[str]:
    """A sentence behind `#`, in lines of a readable width."""
    for line in textwrap.wrap(text, WIDTH if text.isascii() else WIDTH // 2):
        yield f"# {line}"
