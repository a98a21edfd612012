"""A thread pool for many small calls of one scope, with results in order."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


class OrderedThreadPool:
    """A bounded number of threads, shared by all scopes of a tenant."""

    def __init__(self, count: int = 8) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="lane")

    def map(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Yield the results in the order of the items; at most `count` calls run ahead.

        The first error is raised at its position, and calls beyond it are cancelled. Requests count
        for the scope of the caller.
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
        """Cancel the calls that have not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)
