"""An estimate of the remaining time of a library scan that a quota stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil

from connectors.m365.cursor import LibraryCursor
from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.message import say


class RemainingTime:
    """The remaining time of one full scan.

    It is proportional to the bytes of the library that were not read yet, because Graph gives the
    size of a library and no count of its items. The speed is that of this run, with its pauses and
    with the other libraries that are read at the same time.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/driveitem (read 2026-08-15)
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._started = now()
        self._first: LibraryCursor | None = None
        self._last: LibraryCursor | None = None

    def update(self, position: LibraryCursor) -> None:
        """Note that everything before this cursor was read."""
        self._first = self._first or position
        self._last = position

    def with_hint(self, spent: QuotaExhausted) -> QuotaExhausted:
        """Return the error with a hint about the remaining minutes and permission lists.

        Return the error as it is where nothing was read yet, or the scan is a delta.
        """
        if self._first is None or self._last is None or not self._last.full:
            return spent
        read = self._last.read_bytes - self._first.read_bytes
        left = self._last.all_bytes - self._last.read_bytes
        if read <= 0 or left <= 0:
            return spent
        minutes = (self._now() - self._started).total_seconds() / 60
        hint = say(
            "m365.rest_hint",
            minutes=ceil(minutes * left / read),
            lists=ceil(self._last.own * left / self._last.read_bytes),
        )
        return QuotaExhausted(spent.message, hint=hint)
