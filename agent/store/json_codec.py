"""Encode values as JSON text for columns that SQL does not look into."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import orjson

_SURROGATES = re.compile("[\ud800-\udfff]")


def dumps(value: object) -> str:
    """Return the value as JSON; dataclasses become objects, lone surrogates become U+FFFD."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return _SURROGATES.sub("\ufffd", json.dumps(value, ensure_ascii=False, default=asdict))


def loads(body: str) -> Any:
    """Return the value of a JSON text; tuples come back as lists, dataclasses as dictionaries."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def getter_of(names: Sequence[str]) -> Callable[[object], tuple[Any, ...]]:
    """Return a function from a record to these fields of it, in this order.

    It is compiled, as `dataclass` compiles its methods: `attrgetter` takes twice as long.
    """
    fields = ", ".join(f"record.{name}" for name in names)
    return eval(f"lambda record: ({fields},)")  # noqa: S307 -- names of fields, none from outside
