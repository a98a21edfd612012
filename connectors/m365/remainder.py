"""How long the rest of a library will take, told where its reading had to stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil

from connectors.m365.place import Place
from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.message import say


class Remainder:
    """Of one full reading. The share that is left is that of the library's bytes: Graph tells no
    count of items. The pace is that of this run, its waiting and the other libraries included."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._begun = now()
        self._from: Place | None = None
        self._at: Place | None = None

    def reached(self, place: Place) -> None:
        """All before this place has been read."""
        self._from = self._from or place
        self._at = place

    def after(self, spent: QuotaExhausted) -> QuotaExhausted:
        """The same error with a hint that says how long; as it is where nothing tells."""
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
