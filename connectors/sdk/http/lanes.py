"""Many small calls inside one big scope, side by side, in order."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Lanes:
    """A bounded number of threads that all scopes of a tenant share."""

    def __init__(self, count: int = 8) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="lane")

    def map(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """The answers in the order of the items; at most `count` are asked ahead.

        An error ends the map at its place; what was asked beyond it is given up. The calls count
        for the scope that asked.
        """
        waiting: deque[Future[B]] = deque()
        source = iter(items)
        try:
            for item in itertools.islice(source, self._count):
                waiting.append(self._pool.submit(copy_context().run, function, item))
            while waiting:
                answer = waiting.popleft().result()
                for item in itertools.islice(source, 1):
                    waiting.append(self._pool.submit(copy_context().run, function, item))
                yield answer
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        """Give up what has not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)
