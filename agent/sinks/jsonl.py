"""JSON lines for a collector that watches a folder: one file a batch.

A file gets its name when it is complete, and an empty `.done` file is written beside it after
that. The same batch has the same file name, so that a second delivery replaces the first.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from agent.events import Batch
from agent.files import atomic_write
from agent.sinks.checks import connectivity_check, delivery_check
from agent.sinks.config import EventFormat, QueuedSinkConfig
from agent.sinks.flat_event import to_json
from agent.sinks.interface import FailureKind, SinkContext, SinkError
from connectors.sdk.checks import Check
from connectors.sdk.message import say

FILE_MODE: Final = 0o640  # readable for the group: the collector runs as another account


class Settings(QueuedSinkConfig):
    """JSON lines in a folder."""

    type: Literal["jsonl"]
    path: str = Field(
        min_length=1,
        description="The folder, local or on a share, that a collector watches",
        examples=["/var/spool/tojimari"],
    )
    format: EventFormat = Field(
        default="ocsf", description="The events: ocsf, or flat for plain columns"
    )


class Jsonl:
    """A folder that events are written to."""

    max_events = 10_000
    max_bytes = 16_000_000

    def __init__(self, settings: Settings, sink_context: SinkContext) -> None:
        self.name = sink_context.name
        self.retry_seconds = float(settings.retry_seconds)
        self._folder = Path(sink_context.path(settings.path))
        self._format: EventFormat = settings.format

    def deliver(self, batch: Batch) -> None:
        """Write `events-<run>-<batch>.jsonl`, then its `.done` file.

        Raises:
            SinkError: The folder or a file cannot be written.
        """
        target = self._folder / f"events-{batch.run_id}-{batch.id}.jsonl"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(target, mode=FILE_MODE) as file:
                file.writelines(f"{to_json(event, self._format)}\n" for event in batch.events)
            with atomic_write(target.with_name(target.name + ".done"), mode=FILE_MODE):
                pass
        except OSError as error:
            raise write_error(self._folder, error) from error

    def probe(self) -> Iterator[Check]:
        """Yield the check that this account may write to the folder, or create it."""
        return connectivity_check(self.name, lambda: check_writable(self._folder))

    def check(self, test: Batch) -> Iterator[Check]:
        """Yield the check that a test file can be written; it stays for the collector."""
        return delivery_check(self.name, self.deliver, test)


def create(settings: Settings, sink_context: SinkContext) -> Jsonl:
    """Return the sink. The folder is not touched before the first delivery."""
    return Jsonl(settings, sink_context)


def check_writable(folder: Path) -> None:
    """Check that this account can write to a folder, or create it, without writing.

    Raises:
        SinkError: It cannot.
    """
    existing = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    if not existing.is_dir():
        raise write_error(folder, OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))
    if not os.access(existing, os.W_OK | os.X_OK):
        raise write_error(folder, OSError(errno.EACCES, os.strerror(errno.EACCES)))


def write_error(folder: Path, error: OSError) -> SinkError:
    """Return the error of a folder that cannot be written: transient, a share may come back."""
    detail = error.strerror or type(error).__name__
    return SinkError(
        say("sinks.drop", path=folder, detail=detail),
        hint=say("sinks.drop_hint"),
        kind=FailureKind.TRANSIENT,
    )
