"""The throttling of the demo tenant. Each part of a batch counts, and so do refused requests."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from threading import Lock

from connectors.m365.demo.errors import error_response
from connectors.sdk.local_server import Request, Response


class RateLimit:
    """A limit of units in a window of seconds; `cost` returns the cost of a request."""

    def __init__(
        self, units: int, seconds: int, cost: Callable[[Request], int], clock: Callable[[], float]
    ) -> None:
        self.units_requested = 0
        self.units_refused = 0
        self._units = units
        self._seconds = seconds
        self._cost = cost
        self._clock = clock
        self._window = self._left = -1
        self._guard = Lock()

    def refuse(self, request: Request) -> Response | None:
        """Return the response 429 where the limit is exceeded, else None."""
        cost = self._cost(request)
        with self._guard:
            now = self._clock()
            window = int(now // self._seconds)
            if window != self._window:
                self._window, self._left = window, self._units
            self.units_requested += cost
            self._left -= cost
            if self._left >= 0 or not cost:
                return None
            self.units_refused += cost
            wait = ceil((window + 1) * self._seconds - now)
        return error_response(429, "activityLimitReached", **{"Retry-After": str(wait)})


def resource_units(request: Request) -> int:
    """Return the resource units of a request; 0 for the directory and Teams."""
    path = request.path.removeprefix("/v1.0")
    if not path.startswith(("/sites", "/drives")):
        return 0
    if path.endswith("/permissions"):
        return 5
    if path.endswith("/delta"):
        return 1 if "token" in request.query else 2
    return 2 if path.endswith(("/drives", "/sites", "/getAllSites")) else 1


def permission_lists(request: Request) -> int:
    """Return 1 for a permission list, in case it is one of the "Specific Sharing APIs"."""
    return int(request.path.endswith("/permissions"))
