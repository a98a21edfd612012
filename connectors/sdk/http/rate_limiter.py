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
MAX_USERS = 4096  # users whose use is remembered


def nobody(_: requests.PreparedRequest) -> str:
    """Return no user: only the quota of the tenant counts."""
    return ""


class RateLimiter:
    """A token bucket that all threads of a tenant share, and one for each user that it acts as.

    Attributes:
        cost: Returns the cost of a request in units; for a batch the sum of its parts.
        user_of: Returns whose quota a request counts against besides that of the tenant, as a key
            of any form; empty for nobody's.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        cost: Callable[[requests.PreparedRequest], float],
        per_day: float = inf,
        user_of: Callable[[requests.PreparedRequest], str] = nobody,
        per_user: float = inf,
        burst: float = 6.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cost = cost
        self.user_of = user_of
        self._seconds_per_unit = 60.0 / per_minute
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._paid_until = clock() - burst
        self._per_day = per_day
        self._day_ends = clock() + DAY
        self._left = per_day
        self._seconds_per_user_unit = 60.0 / per_user
        self._users: dict[str, float] = {}

    def acquire(self, units: float, user: str = "") -> float:
        """Take units and return the seconds to wait before the request may be sent.

        Args:
            units: The cost of the request.
            user: What `user_of` returned for it.

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
            return max(0.0, self._paid_until - now, self._acquire_user(units, user, now))

    def _acquire_user(self, units: float, user: str, now: float) -> float:
        if not user:
            return 0.0
        if len(self._users) >= MAX_USERS:  # those who owe nothing are as good as new
            self._users = {u: t for u, t in self._users.items() if t > now - self._burst}
        start = max(self._users.get(user, 0.0), now - self._burst)
        self._users[user] = paid_until = start + units * self._seconds_per_user_unit
        return max(0.0, paid_until - now)
