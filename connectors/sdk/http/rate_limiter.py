"""A rate limiter that stays below a known quota: throttled requests count against it, too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import inf

import requests

from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.message import say

DAY = 24 * 3600.0  # seconds


class RateLimiter:
    """A token bucket that all threads of a tenant share.

    Attributes:
        cost: Returns the cost of a request in units; for a batch the sum of its parts.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        cost: Callable[[requests.PreparedRequest], float],
        per_day: float = inf,
        burst: float = 6.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cost = cost
        self._seconds_per_unit = 60.0 / per_minute
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._paid_until = clock() - burst
        self._per_day = per_day
        self._day_ends = clock() + DAY
        self._left = per_day

    def acquire(self, units: float) -> float:
        """Take units and return the seconds to wait before the request may be sent.

        Raise `QuotaExhausted` if the units of the day are used up.
        """
        with self._lock:
            now = self._clock()
            if now >= self._day_ends:
                self._left, self._day_ends = self._per_day, now + DAY
            if units > self._left:
                raise QuotaExhausted(say("sdk.day_spent"), hint=say("sdk.resume_later"))
            self._left -= units
            start = max(self._paid_until, now - self._burst)
            self._paid_until = start + units * self._seconds_per_unit
            return max(0.0, self._paid_until - now)
