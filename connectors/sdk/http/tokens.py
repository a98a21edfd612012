"""Bearer tokens, one for each subject, fetched once however many threads ask."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

HELD = 1024  # subjects
EARLY = 120.0  # seconds: a token that dies on the way is a 401


class Tokens:
    """A cache over `fetch(subject) -> (token, seconds it lives)`."""

    def __init__(
        self,
        fetch: Callable[[str], tuple[str, float]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._held: dict[str, tuple[str, float]] = {}
        self._locks: OrderedDict[str, threading.Lock] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, subject: str = "") -> str:
        """A live token; raises what `fetch` raises."""
        with self._lock_of(subject):
            token, until = self._held.get(subject, ("", 0.0))
            if not token or self._clock() >= until:
                token, life = self._fetch(subject)
                self._held[subject] = (token, self._clock() + max(life - EARLY, life / 2))
            return token

    def drop(self, token: str, subject: str = "") -> None:
        """The vendor refused this token: the next `get` fetches another."""
        with self._lock_of(subject):
            if self._held.get(subject, ("", 0.0))[0] == token:
                del self._held[subject]

    def _lock_of(self, subject: str) -> threading.Lock:
        with self._guard:
            lock = self._locks.setdefault(subject, threading.Lock())
            self._locks.move_to_end(subject)
            if len(self._locks) > HELD:  # of many thousand users only the last ones are being read
                oldest, _ = self._locks.popitem(last=False)
                self._held.pop(oldest, None)
            return lock
