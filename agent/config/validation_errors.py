"""Turn pydantic's validation errors into messages: its own are English and name its types.

An error that a settings model raises has the key of its message as type (`sdk.not_https`). The
types of pydantic have messages below `[wrong]`. An unknown type keeps pydantic's text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError

from connectors.sdk.message import Message, say

_TABLE: Final = ("dict_type", "model_type", "model_attributes_type")
_LIST: Final = ("list_type", "tuple_type", "set_type", "frozen_set_type")
_WHOLE: Final = ("int_type", "int_from_float", "int_parsing")
_DAY: Final = ("date_type", "date_parsing", "date_from_datetime_parsing")
_ERROR_TYPE_NAMES: Final = {
    **dict.fromkeys(_TABLE, "table"),
    **dict.fromkeys(_LIST, "list"),
    **dict.fromkeys(_WHOLE, "whole"),
    **dict.fromkeys(_DAY, "day"),
    "string_type": "text",
    "float_type": "number",
    "bool_type": "flag",
    "literal_error": "choice",
    "enum": "choice",
    "string_too_short": "short",
    "too_short": "short",
    "string_pattern_mismatch": "pattern",
}
KNOWN_ERROR_TYPES: Final = frozenset(
    {
        *_ERROR_TYPE_NAMES.values(),
        "greater_than",
        "greater_than_equal",
        "less_than",
        "less_than_equal",
        "domain",
        "matches_everything",
        "matches_nothing",
        "public_suffix",
        "regex",
        "twice",
        "unknown_name",
        "unknown_name_near",
        "waives_everything",
    }
)
"""The error types that have a message below `[wrong]`."""


def validation_messages(
    error: ValidationError, model: type[BaseModel], file: object, where: str = ""
) -> Iterator[Message]:
    """Yield a message for each error in a table of a file; `where` is the name of the table."""
    for found in _errors(error):
        path = found["loc"]
        key = ".".join(str(part) for part in (where, *path) if part != "")
        if found["type"] == "missing":
            yield say("config.missing", key=key, file=file)
        elif found["type"] == "extra_forbidden":
            near = get_close_matches(str(path[-1]), list(_keys_at(model, path[:-1])), n=1)
            if near:
                yield say("config.unknown_near", key=key, file=file, near=near[0])
            else:
                yield say("config.unknown", key=key, file=file)
        else:
            yield _message(found, f"{file}: {key}")


def option_messages(error: ValidationError) -> Iterator[Message]:
    """Yield a message for each error in the options of a command."""
    for found in _errors(error):
        yield _message(found, "--" + "-".join(map(str, found["loc"])).replace("_", "-"))


def value_messages(error: ValidationError, table: str) -> Iterator[Message]:
    """Yield a message for each error in values that are to be written into a table."""
    for found in _errors(error):
        yield _message(found, ".".join(map(str, (table, *found["loc"]))))


def _errors(error: ValidationError) -> Iterable[Mapping[str, Any]]:
    """Return the errors without their input, which may be a secret."""
    return error.errors(include_input=False, include_url=False)


def _message(found: Mapping[str, Any], location: str) -> Message:
    kind, values = found["type"], dict(found.get("ctx", {}))
    if "." in kind:
        return say(kind, place=location, **values)
    name = _ERROR_TYPE_NAMES.get(kind, kind)
    if name not in KNOWN_ERROR_TYPES:
        return say("wrong.other", place=location, detail=found["msg"].removeprefix("Value error, "))
    if name == "choice":
        values["expected"] = values["expected"].replace(" or ", ", ")
    return say(f"wrong.{name}", place=location, **values)


def _keys_at(kind: Any, path: Sequence[int | str]) -> Iterable[str]:
    """Return the known keys at a path through nested tables, lists and dictionaries."""
    for step in path:
        fields = getattr(kind, "model_fields", None)
        if fields is not None:
            kind = fields[step].annotation if step in fields else None
        elif get_origin(kind) is not None:
            kind = get_args(kind)[-1]
    return list(getattr(kind, "model_fields", ()))
