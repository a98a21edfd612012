"""Encode three-state values and times as text of the store, and decode them.

A time is ISO 8601 in UTC to the second; a flag is "true" or "false"; unknown is "unknown".
"""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.sdk.records import UNKNOWN, Unknown

UNSAID = "unknown"


def stamp(moment: datetime) -> str:
    """Return a time as stored text: ISO 8601 in UTC, to the second, with offset."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds")


def moment_of(text: str) -> datetime:
    """Return the time of a stored text.

    Raise `ValueError` if the text is no time.
    """
    return datetime.fromisoformat(text)


def told(value: datetime | bool | int | str | Unknown) -> str:
    """Return a value or unknown as stored text."""
    if value is UNKNOWN or isinstance(value, Unknown):
        return UNSAID
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def maybe(value: datetime | bool | int | str | Unknown | None) -> str | None:
    """Return a value, unknown or None as stored text."""
    return None if value is None else told(value)


def time_of(text: str) -> datetime | Unknown:
    """Return a time or unknown from stored text."""
    return UNKNOWN if text == UNSAID else datetime.fromisoformat(text)


def maybe_time_of(text: str | None) -> datetime | Unknown | None:
    """Return a time, unknown or None from stored text."""
    return None if text is None else time_of(text)


def flag_of(text: str) -> bool | Unknown:
    """Return a flag or unknown from stored text."""
    return UNKNOWN if text == UNSAID else text == "true"


def number_of(text: str | None) -> int | Unknown | None:
    """Return a number, unknown or None from stored text."""
    return None if text is None else UNKNOWN if text == UNSAID else int(text)


def string_of(text: str) -> str | Unknown:
    """Return a text or unknown from stored text."""
    return UNKNOWN if text == UNSAID else text


def maybe_string_of(text: str | None) -> str | Unknown | None:
    """Return a text, unknown or None from stored text."""
    return None if text is None else string_of(text)
