"""Three-state values and times as text, and back."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.sdk.records import UNKNOWN, Unknown

UNSAID = "unknown"


def stamp(moment: datetime) -> str:
    """A time as the store and the files write it: UTC, to the second, with offset."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds")


def moment_of(text: str) -> datetime:
    """The time that `stamp` wrote."""
    return datetime.fromisoformat(text)


def told(value: datetime | bool | int | str | Unknown) -> str:
    """A value that is there or unknown."""
    if value is UNKNOWN or isinstance(value, Unknown):
        return UNSAID
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def maybe(value: datetime | bool | int | str | Unknown | None) -> str | None:
    """A value that is there, unknown or none."""
    return None if value is None else told(value)


def time_of(text: str) -> datetime | Unknown:
    """A time that is there or unknown."""
    return UNKNOWN if text == UNSAID else datetime.fromisoformat(text)


def maybe_time_of(text: str | None) -> datetime | Unknown | None:
    """A time that is there, unknown or none."""
    return None if text is None else time_of(text)


def flag_of(text: str) -> bool | Unknown:
    """A yes, a no, or unknown."""
    return UNKNOWN if text == UNSAID else text == "true"


def number_of(text: str | None) -> int | Unknown | None:
    """A number that is there, unknown or none."""
    return None if text is None else UNKNOWN if text == UNSAID else int(text)


def string_of(text: str) -> str | Unknown:
    """A word that is there or unknown."""
    return UNKNOWN if text == UNSAID else text


def maybe_string_of(text: str | None) -> str | Unknown | None:
    """A word that is there, unknown or none."""
    return None if text is None else string_of(text)
