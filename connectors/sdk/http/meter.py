"""What the way out has cost, and how much it may cost."""

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
class Meter:
    """Counts of one tenant or one scope.

    Attributes:
        calls: Requests sent, refused ones and repeats included.
        units: What they cost in the vendor's own units, where a pace knows the price.
        refused: Answers that said "slow down".
        waited: Seconds in which requests stood still because of pace or pause.
    """

    calls: int = 0
    units: float = 0.0
    refused: int = 0
    waited: float = 0.0


_here: ContextVar[Meter | None] = ContextVar("meter", default=None)
_lock = threading.Lock()


@contextmanager
def metered(meter: Meter) -> Generator[Meter]:
    """Count into this meter, too, whatever is sent from here (lanes of a map included)."""
    token = _here.set(meter)
    try:
        yield meter
    finally:
        _here.reset(token)


def count(
    total: Meter, *, calls: int = 0, units: float = 0.0, refused: int = 0, waited: float = 0.0
) -> None:
    """Add to the total of a tenant and to the meter of the scope that is being read."""
    with _lock:
        for meter in (total, _here.get()):
            if meter is not None:
                meter.calls += calls
                meter.units += units
                meter.refused += refused
                meter.waited += waited


class Budget:
    """How many calls and seconds a run may spend; shared by all its tenants."""

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

    def afford(self, seconds: float) -> None:
        """Whether so long a wait would end within the run. Raises `QuotaExhausted` if not."""
        if self._until is not None and self._clock() + seconds >= self._until:
            raise QuotaExhausted(say("sdk.minutes_spent"), hint=say("sdk.resume_later"))

    def spend(self) -> None:
        """Take one call. Raises `QuotaExhausted` when nothing is left."""
        self.afford(0.0)
        with _lock:
            if self._calls is None:
                return
            if self._calls <= 0:
                raise QuotaExhausted(say("sdk.calls_spent"), hint=say("sdk.resume_later"))
            self._calls -= 1
