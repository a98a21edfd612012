"""Print progress and summary, for people or as JSON."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console

from agent.collect.ingest import ProgressListener
from agent.collect.progress import ProgressCounter, progress_display
from agent.report.console_summary import print_summary
from agent.report.summary import Summary, summary_json
from agent.text import Text


class ProgressReporter:
    """Shows the progress of a scan on stderr."""

    def __init__(self, text: Text, *, quiet: bool, as_json: bool) -> None:
        self._text = text
        self._quiet = quiet
        self._json = as_json

    @contextmanager
    def start(self, counter: ProgressCounter) -> Generator[ProgressListener]:
        """Yield a listener for the progress while scopes are read."""
        with progress_display(
            counter, self._line, quiet=self._quiet, as_json=self._json
        ) as watcher:
            yield watcher

    def _line(self, numbers: dict[str, Any]) -> str:
        return self._text.say("cli.progress", **numbers)


def write_summary(summary: Summary, text: Text, *, quiet: bool, as_json: bool) -> None:
    """Print the summary: for people on stderr, or as JSON on stdout; with `quiet` not at all."""
    if as_json:
        typer.echo(json.dumps(summary_json(summary), ensure_ascii=False))
    elif not quiet:
        print_summary(summary, text, Console(stderr=True))
