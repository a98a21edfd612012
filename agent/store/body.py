"""Bodies: what is kept as JSON beside the columns that the store itself asks for."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import orjson


def packed(value: object) -> str:
    """As JSON, records as objects. Half a letter is legal in JSON, and orjson refuses it."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=asdict)


def unpacked(body: str) -> Any:
    """What `packed` was given; tuples come back as lists."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)
