"""CSV files for a collector: copy `findings.csv` of each run into a folder.

This sink takes no events from the outbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from pydantic import Field

from agent.files import atomic_write
from agent.sinks.checks import connectivity_check, run_check
from agent.sinks.interface import SinkContext
from agent.sinks.jsonl import FILE_MODE, check_writable, write_error
from connectors.sdk.checks import Check
from connectors.sdk.config import StrictTable


class Settings(StrictTable):
    """CSV files. Takes nothing from the outbox."""

    type: Literal["csv"]
    path: str = Field(
        default="",
        description="A folder that receives a copy of each run's findings.csv for a collector",
    )


def copy_run_csv(run_folder: Path, folder: Path, run_id: str) -> list[Path]:
    """Copy `findings.csv`, and each part of a split one, as `findings-<run id>.csv`.

    The copy is equal byte for byte. A file gets its name when it is complete, and an empty
    `.done` file is written beside it after that: a collector may wait for either. A second call
    replaces the files.

    Args:
        run_folder: The folder of the run.
        folder: Where the copies go; it is created if it does not exist.
        run_id: Becomes part of the names.

    Returns:
        The paths of the copies.

    Raises:
        SinkError: The folder or a file cannot be written.
    """
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in (run_folder / "findings.csv", *sorted(run_folder.glob("findings-*.csv"))):
            target = folder / f"findings-{run_id}{part.stem.removeprefix('findings')}.csv"
            with (
                part.open(encoding="latin-1", newline="") as source,
                atomic_write(target, encoding="latin-1", mode=FILE_MODE) as copy,
            ):
                while chunk := source.read(1 << 20):
                    copy.write(chunk)
            made.append(target)
        for target in made:
            with atomic_write(target.with_name(target.name + ".done"), mode=FILE_MODE):
                pass
    except OSError as error:
        raise write_error(folder, error) from error
    return made


def probe(settings: Settings, sink_context: SinkContext) -> Iterator[Check]:
    """Yield the check that this account may write to the folder, or create it."""
    if settings.path:
        yield from connectivity_check(
            sink_context.name, lambda: check_writable(Path(sink_context.path(settings.path)))
        )


def check(settings: Settings, sink_context: SinkContext) -> Iterator[Check]:
    """Yield the check that a file can be written to the folder; the file is removed again.

    An error is a failed check; nothing is raised.
    """

    def attempt() -> None:
        folder = Path(sink_context.path(settings.path))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder) as file:
                file.write(b"tojimari")
        except OSError as error:
            raise write_error(folder, error) from error

    if settings.path:
        yield run_check(sink_context.name, "delivery", attempt)
