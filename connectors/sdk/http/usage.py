"""Count requests, and limit the requests and the time of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from connectors.sdk.errors import QuotaExhausted
from connectors.sdk.message import say


@dataclass(slots=True)
class UsageMeter:
    """The counts of one tenant or one scope.

    Attributes:
        calls: Requests sent, throttled ones and retries included.
        units: Their cost in the vendor's unit, where a rate limit knows it.
        refused: Responses that asked for a slower pace.
        throttled_seconds: Seconds of waiting because of rate limits, pauses and retries.
    """

    calls: int = 0
    units: float = 0.0
    refused: int = 0
    throttled_seconds: float = 0.0


_scope_meter: ContextVar[UsageMeter | None] = ContextVar("meter", default=None)
_lock = threading.Lock()


@contextmanager
def metered(meter: UsageMeter) -> Generator[UsageMeter]:
    """Also count in this meter what the `with` body sends, its thread pool included."""
    token = _scope_meter.set(meter)
    try:
        yield meter
    finally:
        _scope_meter.reset(token)


def count(
    total: UsageMeter,
    *,
    calls: int = 0,
    units: float = 0.0,
    refused: int = 0,
    throttled_seconds: float = 0.0,
) -> None:
    """Add to the meter of a tenant and to that of the scope that is being read."""
    with _lock:
        for meter in (total, _scope_meter.get()):
            if meter is not None:
                meter.calls += calls
                meter.units += units
                meter.refused += refused
                meter.throttled_seconds += throttled_seconds


class Budget:
    """The requests and seconds that a run may use, shared by all tenants."""

    def __init__(
        self,
        *,
        calls: int | None = None,
        seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = calls
        self._clock = clock
        self._until = None if seconds is None else clock() + seconds

    def check_wait(self, seconds: float) -> None:
        """Raise `QuotaExhausted` if so many seconds of waiting would exceed the time of the run."""
        if self._until is not None and self._clock() + seconds >= self._until:
            raise QuotaExhausted(say("sdk.minutes_spent"), hint=say("sdk.resume_later"))

    def take_call(self) -> None:
        """Take one request from the budget.

        Raise `QuotaExhausted` if the requests or the time of the run are used up.
        """
        self.check_wait(0.0)
        with _lock:
            if self._calls is None:
                return
            if self._calls <= 0:
                raise QuotaExhausted(say("sdk.calls_spent"), hint=say("sdk.resume_later"))
            self._calls -= 1
