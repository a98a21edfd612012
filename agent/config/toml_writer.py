"""Write a configuration as TOML: every key with its description; unset keys are comments."""

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
"""Returns the description of a key in the reader's language."""


def write_table(
    name: str,
    model: type[BaseModel],
    values: Mapping[str, Any],
    describe: Describe,
    *,
    active: bool = True,
    without: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """Yield the lines of a table with all its keys.

    Args:
        name: The dotted name of the table.
        model: The settings, whose fields are the keys.
        values: The values of the keys that are set. The others are comments with their defaults.
        describe: Returns the description of a key.
        active: False makes the whole table a comment.
        without: Keys to leave out, because they have tables of their own.
    """
    yield from ("", f"[{name}]" if active else f"# [{name}]")
    for key, field in model.model_fields.items():
        if key in without:
            continue
        yield from write_comment(describe(key, field))
        line = write_key(key, values[key] if key in values else default_value(field))
        yield line if active and key in values else f"# {line}"


def default_value(field: FieldInfo) -> Any:
    """Return the value that holds if the key is not set; empty if it has none."""
    default: Any = field.get_default(call_default_factory=True)
    return "" if default is None or field.is_required() else default


def write_key(key: str, value: Any) -> str:
    """Return a key and its value as one line of TOML."""
    if isinstance(value, list | tuple | dict):
        return f"{key} = {json.dumps(value, ensure_ascii=False)}"  # words, or an empty table
    return tomli_w.dumps({key: value}).strip()


def write_comment(text: str) -> Iterator[str]:
    """Yield a text as comment lines of at most `WIDTH` columns; a Japanese character takes two."""
    for line in textwrap.wrap(text, WIDTH if text.isascii() else WIDTH // 2):
        yield f"# {line}"
