"""The throttling of the demo tenant. Each part of a batch counts, and so do refused requests."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from threading import Lock

from connectors.m365.demo.refusals import refusal
from connectors.sdk.loopback import Request, Response


class Limit:
    """A limit of units in a window of seconds; `price` returns the cost of a request."""

    def __init__(
        self, most: int, seconds: int, price: Callable[[Request], int], clock: Callable[[], float]
    ) -> None:
        self.asked = 0
        self.refused = 0
        self._most = most
        self._seconds = seconds
        self._price = price
        self._clock = clock
        self._window = self._left = -1
        self._guard = Lock()

    def refusal(self, request: Request) -> Response | None:
        """Return the response 429 where the limit is exceeded, else None."""
        price = self._price(request)
        with self._guard:
            now = self._clock()
            window = int(now // self._seconds)
            if window != self._window:
                self._window, self._left = window, self._most
            self.asked += price
            self._left -= price
            if self._left >= 0 or not price:
                return None
            self.refused += price
            wait = ceil((window + 1) * self._seconds - now)
        return refusal(429, "activityLimitReached", **{"Retry-After": str(wait)})


def units(request: Request) -> int:
    """Return the resource units of a request; 0 for the directory and Teams."""
    path = request.path.removeprefix("/v1.0")
    if not path.startswith(("/sites", "/drives")):
        return 0
    if path.endswith("/permissions"):
        return 5
    if path.endswith("/delta"):
        return 1 if "token" in request.query else 2
    return 2 if path.endswith(("/drives", "/sites", "/getAllSites")) else 1


def lists(request: Request) -> int:
    """Return 1 for a permission list, in case it is one of the "Specific Sharing APIs"."""
    return int(request.path.endswith("/permissions"))
