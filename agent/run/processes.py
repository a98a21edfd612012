"""Run a generator in worker processes and yield their results in order."""

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

PREFETCH = 8  # results of a worker that wait to be taken
GC_THRESHOLD = 10_000  # objects between two runs of the garbage collector


class WorkerDiedError(Exception):
    """A worker process ended early; its own error is on stderr."""


def map_in_processes(work: Callable[[A], Iterator[T]], given: Sequence[A]) -> Generator[T]:
    """Yield what `work` yields for each argument, in turns, until the first of them has no more.

    Each argument has a worker process of its own, started afresh on every system, so `work` must be
    a function of a module, and arguments and results must be picklable. A worker waits while eight
    of its results were not taken. Workers end with this process, even if it is killed.

    Raise `WorkerDiedError` if a worker ends before its generator does.
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
            target=_run_worker, args=(theirs, work, given), daemon=True
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._results.close()  # the worker gets an error when it sends the next result
        self._process.join()

    def next(self) -> tuple[Any] | None:
        """Return the next result in a tuple, or None at the end."""
        try:
            return self._results.recv()
        except EOFError:
            self._process.join()
            raise WorkerDiedError(f"exit code {self._process.exitcode}") from None


def _run_worker(results: Connection, work: Callable[[Any], Iterator[Any]], given: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the parent, which hangs up
    gc.freeze()  # checking imported objects for garbage again and again took a tenth of the time
    gc.set_threshold(GC_THRESHOLD)
    with suppress(BrokenPipeError, ConnectionResetError), ThreadPoolExecutor(1) as sending:
        on_the_way: deque[Future[None]] = deque()
        for one in chain(((made,) for made in work(given)), (None,)):
            on_the_way.append(sending.submit(results.send_bytes, pickle.dumps(one)))
            if len(on_the_way) > PREFETCH:
                on_the_way.popleft().result()
        for sent in on_the_way:
            sent.result()
