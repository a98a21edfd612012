"""Work in processes of their own, beside the one that uses what comes of it."""

from __future__ import annotations

import gc
import pickle
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import chain, cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

A = TypeVar("A")
T = TypeVar("T")

AHEAD = 8  # results made before the first of them is taken
SELDOM = 10_000  # objects from one look for garbage to the next


class BrokenOffError(Exception):
    """A process ended before its work; its own error stands on stderr."""


def beside(work: Callable[[A], Iterator[T]], given: Sequence[A]) -> Generator[T]:
    """What `work` yields for each of these, in turns, until one of them has no more.

    Each has a process of its own, a fresh one on every system: `work` is a function of a module,
    and everything can be pickled. A process waits while `AHEAD` of what it made were not taken.
    It ends with this one, however this one ends.
    """
    with ExitStack() as running:
        workers = [running.enter_context(_Worker(work, one)) for one in given]
        for worker in cycle(workers):
            one = worker.next()
            if one is None:
                return
            yield one[0]


class _Worker:
    def __init__(self, work: Callable[[Any], Iterator[Any]], given: Any) -> None:
        context = get_context("spawn")
        self._results, theirs = context.Pipe(duplex=False)
        self._process: SpawnProcess = context.Process(
            target=_work, args=(theirs, work, given), daemon=True
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._results.close()  # whatever it still has to say: it hears that nobody listens
        self._process.join()

    def next(self) -> tuple[Any] | None:
        """What comes next, or None at the end."""
        try:
            return self._results.recv()
        except EOFError:
            self._process.join()
            raise BrokenOffError(f"exit code {self._process.exitcode}") from None


def _work(results: Connection, work: Callable[[Any], Iterator[Any]], given: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other one: it hangs up
    gc.freeze()  # looking through what was imported, again and again, took a tenth of the work
    gc.set_threshold(SELDOM)
    with suppress(BrokenPipeError, ConnectionResetError), ThreadPoolExecutor(1) as sending:
        on_the_way: deque[Future[None]] = deque()
        for one in chain(((made,) for made in work(given)), (None,)):
            on_the_way.append(sending.submit(results.send_bytes, pickle.dumps(one)))
            if len(on_the_way) > AHEAD:
                on_the_way.popleft().result()
        for sent in on_the_way:
            sent.result()
