"""A cache of access tokens, one for each subject, fetched once for all threads."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MAX_SUBJECTS = 1024  # subjects in the cache
REFRESH_MARGIN = 120.0  # seconds before its end at which a token is replaced


class TokenCache:
    """A cache of the results of `fetch(subject)`: a token and its lifetime in seconds."""

    def __init__(
        self,
        fetch: Callable[[str], tuple[str, float]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._cache: dict[str, tuple[str, float]] = {}
        self._locks: OrderedDict[str, threading.Lock] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, subject: str = "") -> str:
        """Return a valid token, fetching one if needed. Raise whatever `fetch` raises."""
        with self._lock_of(subject):
            token, until = self._cache.get(subject, ("", 0.0))
            if not token or self._clock() >= until:
                token, life = self._fetch(subject)
                self._cache[subject] = (token, self._clock() + max(life - REFRESH_MARGIN, life / 2))
            return token

    def invalidate(self, token: str, subject: str = "") -> None:
        """Remove a token that the vendor refused, so that the next call fetches another."""
        with self._lock_of(subject):
            if self._cache.get(subject, ("", 0.0))[0] == token:
                del self._cache[subject]

    def _lock_of(self, subject: str) -> threading.Lock:
        with self._guard:
            lock = self._locks.setdefault(subject, threading.Lock())
            self._locks.move_to_end(subject)
            if len(self._locks) > MAX_SUBJECTS:  # of many thousand users only the last are scanned
                oldest, _ = self._locks.popitem(last=False)
                self._cache.pop(oldest, None)
            return lock
