"""Work in a process of its own, beside the one that uses what comes of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

A = TypeVar("A")
T = TypeVar("T")


class BrokenOffError(Exception):
    """The process ended before its work; its own error stands on stderr."""


def beside(work: Callable[[A], Iterator[T]], given: A) -> Iterator[T]:
    """What `work(given)` yields, in its order; it waits until the one before was taken.

    The other process is a fresh one on every system, so `work` is a function of a module and
    everything can be pickled. It ends with this one, however this one ends.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, work, given), daemon=True)
    process.start()
    theirs.close()
    with ours:
        try:
            while (one := ours.recv()) is not None:
                yield one[0]
        except EOFError:
            process.join()
            raise BrokenOffError(f"exit code {process.exitcode}") from None
        finally:
            ours.close()
            process.join()


def _work(results: Connection, work: Callable[[Any], Iterator[Any]], given: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other one: it hangs up
    with suppress(BrokenPipeError, ConnectionResetError):
        for one in work(given):
            results.send((one,))
        results.send(None)
