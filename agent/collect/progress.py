"""Progress of a scan: a bar on a terminal, lines of JSON, or nothing."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from agent.collect.collecting import Watcher
from agent.text.printable import printable
from connectors.sdk.http import Meter
from connectors.sdk.records import Coverage, Item, Passed, Record, Scope

EVERY = 2.0  # seconds between two JSON lines


@dataclass(slots=True)
class Tally:
    """What has been read so far.

    Attributes:
        scopes: The number of scopes of the plan.
        meters: The request counters of the tenants.
        done: Scopes that have ended.
        items: Items that were read, stored or not.
        current: The title of the scope of the last records.
        begun: Seconds of the monotonic clock, as is `ended`.
    """

    scopes: int
    meters: Sequence[Meter]
    done: int = 0
    items: int = 0
    current: str = ""
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0

    def add(self, scope: Scope, records: Sequence[Record]) -> None:
        """Count some records of a scope."""
        self.current = scope.title
        self.items += sum(isinstance(r, Item) for r in records)
        self.items += sum(r.count for r in records if isinstance(r, Passed))
        self.done += sum(isinstance(r, Coverage) for r in records)
        self.ended = time.monotonic()

    def numbers(self) -> dict[str, Any]:
        """Return the figures of this moment for the line of JSON; times are in seconds."""
        spent = (self.ended or time.monotonic()) - self.begun
        left = spent / self.done * (self.scopes - self.done) if self.done else None
        return {
            "items": self.items,
            "calls": sum(m.calls for m in self.meters),
            "throttled_seconds": round(sum(m.waited for m in self.meters), 1),
            "scopes_done": self.done,
            "scopes": self.scopes,
            "seconds": round(spent, 1),
            "eta_seconds": None if left is None else round(left),
            "scope": self.current,
        }


@contextmanager
def watching(
    tally: Tally, line: Callable[[dict[str, Any]], str], *, quiet: bool, as_json: bool
) -> Generator[Watcher]:
    """Yield a listener that shows progress on stderr.

    Args:
        line: Returns the text of the bar for the figures.
        quiet: Show nothing.
        as_json: Write a line of JSON every few seconds instead of a bar.
    """
    console = Console(stderr=True)
    if as_json and not quiet:
        yield _JsonLines(tally)
    elif quiet or not console.is_terminal:
        yield _Counter(tally)
    else:
        bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            TextColumn("{task.description}", markup=False),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        with bar:
            yield _Bar(tally, bar, line)


class _Counter:
    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def saw(self, scope: Scope, records: Sequence[Record]) -> None:
        """Count the records; show nothing."""
        self._tally.add(scope, records)


class _JsonLines(_Counter):
    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        self._said = 0.0

    def saw(self, scope: Scope, records: Sequence[Record]) -> None:
        """Count the records and write the figures every few seconds."""
        super().saw(scope, records)
        if time.monotonic() - self._said >= EVERY:
            self._said = time.monotonic()
            sys.stderr.write(json.dumps({"progress": self._tally.numbers()}) + "\n")


class _Bar(_Counter):
    def __init__(self, tally: Tally, bar: Progress, line: Callable[[dict[str, Any]], str]) -> None:
        super().__init__(tally)
        self._bar = bar
        self._line = line
        self._task = bar.add_task("", total=tally.scopes or None)

    def saw(self, scope: Scope, records: Sequence[Record]) -> None:
        """Count the records and update the bar."""
        super().saw(scope, records)
        numbers = self._tally.numbers() | {"scope": printable(scope.title)[:40]}
        self._bar.update(self._task, completed=self._tally.done, description=self._line(numbers))
