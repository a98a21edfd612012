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

from agent.collect.ingest import ProgressListener
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.http import UsageMeter
from connectors.sdk.records import CountedItems, Coverage, Item, Record, Scope

JSON_INTERVAL = 2.0  # seconds between two JSON lines


@dataclass(slots=True)
class ProgressCounter:
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
    meters: Sequence[UsageMeter]
    done: int = 0
    items: int = 0
    current: str = ""
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0

    def add(self, scope: Scope, records: Sequence[Record]) -> None:
        """Count some records of a scope."""
        self.current = scope.title
        self.items += sum(isinstance(r, Item) for r in records)
        self.items += sum(r.count for r in records if isinstance(r, CountedItems))
        self.done += sum(isinstance(r, Coverage) for r in records)
        self.ended = time.monotonic()

    def figures(self) -> dict[str, Any]:
        """Return the figures of this moment for the line of JSON; times are in seconds."""
        spent = (self.ended or time.monotonic()) - self.begun
        left = spent / self.done * (self.scopes - self.done) if self.done else None
        return {
            "items": self.items,
            "calls": sum(m.calls for m in self.meters),
            "throttled_seconds": round(sum(m.throttled_seconds for m in self.meters), 1),
            "scopes_done": self.done,
            "scopes": self.scopes,
            "seconds": round(spent, 1),
            "eta_seconds": None if left is None else round(left),
            "scope": self.current,
        }


@contextmanager
def progress_display(
    counter: ProgressCounter, line: Callable[[dict[str, Any]], str], *, quiet: bool, as_json: bool
) -> Generator[ProgressListener]:
    """Yield a listener that shows progress on stderr.

    Args:
        line: Returns the text of the bar for the figures.
        quiet: Show nothing.
        as_json: Write a line of JSON every few seconds instead of a bar.
    """
    console = Console(stderr=True)
    if as_json and not quiet:
        yield _JsonProgress(counter)
    elif quiet or not console.is_terminal:
        yield _SilentProgress(counter)
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
            yield _BarProgress(counter, bar, line)


class _SilentProgress:
    def __init__(self, progress: ProgressCounter) -> None:
        self._progress = progress

    def on_records(self, scope: Scope, records: Sequence[Record]) -> None:
        """Count the records; show nothing."""
        self._progress.add(scope, records)


class _JsonProgress(_SilentProgress):
    def __init__(self, progress: ProgressCounter) -> None:
        super().__init__(progress)
        self._last_written = 0.0

    def on_records(self, scope: Scope, records: Sequence[Record]) -> None:
        """Count the records and write the figures every few seconds."""
        super().on_records(scope, records)
        if time.monotonic() - self._last_written >= JSON_INTERVAL:
            self._last_written = time.monotonic()
            sys.stderr.write(json.dumps({"progress": self._progress.figures()}) + "\n")


class _BarProgress(_SilentProgress):
    def __init__(
        self, progress: ProgressCounter, bar: Progress, line: Callable[[dict[str, Any]], str]
    ) -> None:
        super().__init__(progress)
        self._bar = bar
        self._line = line
        self._task = bar.add_task("", total=progress.scopes or None)

    def on_records(self, scope: Scope, records: Sequence[Record]) -> None:
        """Count the records and update the bar."""
        super().on_records(scope, records)
        numbers = self._progress.figures() | {"scope": terminal_safe(scope.title)[:40]}
        self._bar.update(self._task, completed=self._progress.done, description=self._line(numbers))
