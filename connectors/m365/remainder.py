"""An estimate of the remaining time of a library scan that a quota stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil

from connectors.m365.place import Place
from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.message import say


class Remainder:
    """The remaining time of one full scan.

    It is proportional to the bytes of the library that were not read yet, because Graph gives the
    size of a library and no count of its items. The speed is that of this run, with its pauses and
    with the other libraries that are read at the same time.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/driveitem (read 2026-08-15)
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._begun = now()
        self._from: Place | None = None
        self._at: Place | None = None

    def reached(self, place: Place) -> None:
        """Note that everything before this cursor was read."""
        self._from = self._from or place
        self._at = place

    def after(self, spent: QuotaExhausted) -> QuotaExhausted:
        """Return the error with a hint about the remaining minutes and permission lists.

        Return the error as it is where nothing was read yet, or the scan is a delta.
        """
        if self._from is None or self._at is None or not self._at.full:
            return spent
        read = self._at.read_bytes - self._from.read_bytes
        left = self._at.all_bytes - self._at.read_bytes
        if read <= 0 or left <= 0:
            return spent
        minutes = (self._now() - self._begun).total_seconds() / 60
        hint = say(
            "m365.rest_hint",
            minutes=ceil(minutes * left / read),
            lists=ceil(self._at.own * left / self._at.read_bytes),
        )
        return QuotaExhausted(spent.message, hint=hint)
