"""Bodies: what is kept as JSON beside the columns that the store itself asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import orjson

_HALF = re.compile("[\ud800-\udfff]")


def packed(value: object) -> str:
    """As JSON, records as objects; half a letter, which no database takes, becomes a sign."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return _HALF.sub("\ufffd", json.dumps(value, ensure_ascii=False, default=asdict))


def unpacked(body: str) -> Any:
    """What `packed` was given; tuples come back as lists."""
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
