"""Encode three-state values and times as text of the store, and decode them.

A time is ISO 8601 in UTC to the second; a flag is "true" or "false"; unknown is "unknown".
"""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.sdk.records import UNKNOWN, Unknown

UNKNOWN_TEXT = "unknown"


def format_time(moment: datetime) -> str:
    """Return a time as stored text: ISO 8601 in UTC, to the second, with offset."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds")


def parse_time(text: str) -> datetime:
    """Return the time of a stored text.

    Raise `ValueError` if the text is no time.
    """
    return datetime.fromisoformat(text)


def encode(value: datetime | bool | int | str | Unknown) -> str:
    """Return a value or unknown as stored text."""
    if value is UNKNOWN or isinstance(value, Unknown):
        return UNKNOWN_TEXT
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def encode_optional(value: datetime | bool | int | str | Unknown | None) -> str | None:
    """Return a value, unknown or None as stored text."""
    return None if value is None else encode(value)


def decode_time(text: str) -> datetime | Unknown:
    """Return a time or unknown from stored text."""
    return UNKNOWN if text == UNKNOWN_TEXT else datetime.fromisoformat(text)


def decode_optional_time(text: str | None) -> datetime | Unknown | None:
    """Return a time, unknown or None from stored text."""
    return None if text is None else decode_time(text)


def decode_flag(text: str) -> bool | Unknown:
    """Return a flag or unknown from stored text."""
    return UNKNOWN if text == UNKNOWN_TEXT else text == "true"


def decode_number(text: str | None) -> int | Unknown | None:
    """Return a number, unknown or None from stored text."""
    return None if text is None else UNKNOWN if text == UNKNOWN_TEXT else int(text)


def decode_text(text: str) -> str | Unknown:
    """Return a text or unknown from stored text."""
    return UNKNOWN if text == UNKNOWN_TEXT else text


def decode_optional_text(text: str | None) -> str | Unknown | None:
    """Return a text, unknown or None from stored text."""
    return None if text is None else decode_text(text)
