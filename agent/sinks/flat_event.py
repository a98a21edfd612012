"""Flatten an OCSF event into columns: one list for flat JSON, Sentinel, CEF and the docs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from importlib.resources import files
from typing import Any, Final, Literal

from agent.events import Event
from agent.sinks.config import EventFormat

Kind = Literal["text", "time", "integer", "boolean", "list", "table"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the flat form, as `columns.json` has it.

    Attributes:
        name: In snake case.
        kind: The type of its values.
        place: The path of the value in the OCSF event; of a list the first entry is taken.
        meaning: What it says, for the docs.
    """

    name: str
    kind: Kind
    place: str
    meaning: str

    @property
    def pascal(self) -> str:
        """The name in Pascal case, as Sentinel has it: `FindingId`."""
        return "".join(word.capitalize() for word in self.name.split("_"))


COLUMNS: Final = tuple(
    Column(**entry)
    for entry in json.loads(files("agent.sinks").joinpath("columns.json").read_text("utf-8"))
)


def flatten(event: Event) -> dict[str, Any]:
    """Return the columns that have a value in this event, in the order of `COLUMNS`."""
    found = ((column, _at(event, column.place)) for column in COLUMNS)
    return {column.name: _plain(column.kind, value) for column, value in found if value is not None}


def to_json(event: Event, event_format: EventFormat) -> str:
    """Return the event as one line of JSON.

    Lone surrogates, which UTF-8 cannot encode, become `?`; Unicode line separators are escaped.
    """
    text = json.dumps(_FORMS[event_format](event), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode().translate(_LINE_SEPARATORS)


_FORMS: Final[Mapping[EventFormat, Callable[[Event], Mapping[str, Any]]]] = {
    "ocsf": dict,
    "flat": flatten,
}
_LINE_SEPARATORS: Final = {
    0x85: "\\u0085",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}  # some readers end lines here


def _at(event: Event, path: str) -> Any:
    return reduce(_below, path.split("."), event)


def _below(value: Any, name: str) -> Any:
    """Return the value under a key; of a list, that of its first entry; None if there is none."""
    match value:
        case [first, *_] | first:
            found: Any = first
    return found.get(name) if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]


def _plain(kind: Kind, value: Any) -> Any:
    match kind:
        case "time":
            return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
        case "text":
            return str(value)
        case "list":
            return [entry["uid"] if isinstance(entry, Mapping) else str(entry) for entry in value]
        case _:
            return value
