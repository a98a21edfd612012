"""Going just below a known quota costs less than bouncing off it: refused calls are charged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import requests


class Pace:
    """A leaky bucket that all threads of a tenant share.

    `per_minute` units run out evenly; at most `burst` seconds' worth may go at once. `price`
    says what a request costs, a batch as the sum of its parts.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        price: Callable[[requests.PreparedRequest], float],
        burst: float = 6.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.price = price
        self._seconds_per_unit = 60.0 / per_minute
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._paid_until = clock() - burst

    def reserve(self, units: float) -> float:
        """Take a place in the line; the seconds to wait before going."""
        with self._lock:
            now = self._clock()
            start = max(self._paid_until, now - self._burst)
            self._paid_until = start + units * self._seconds_per_unit
            return max(0.0, self._paid_until - now)
