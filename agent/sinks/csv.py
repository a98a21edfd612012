"""Files for whoever picks them up. The run folder is the delivery; a copy may go elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from pydantic import Field

from agent.files import atomic_write
from agent.sinks.contract import Lent
from agent.sinks.jsonl import SHARED, trouble, writable
from agent.sinks.probe import probed, way
from connectors.sdk.checks import Check
from connectors.sdk.settings import Table


class Settings(Table):
    """CSV files. Takes nothing from the outbox."""

    type: Literal["csv"]
    path: str = Field(
        default="",
        description="A folder that receives a copy of each run's findings.csv for a collector",
    )


def drop(run_folder: Path, folder: Path, run_id: str) -> list[Path]:
    """Copy `findings.csv` as `findings-<run id>.csv`, byte for byte, and each part of a split one.

    A name appears only when its file is whole, and an empty `.done` beside it only after that,
    so a collector may wait for either. Doing it again does no harm.
    """
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in (run_folder / "findings.csv", *sorted(run_folder.glob("findings-*.csv"))):
            target = folder / f"findings-{run_id}{part.stem.removeprefix('findings')}.csv"
            with (
                part.open(encoding="latin-1", newline="") as source,
                atomic_write(target, encoding="latin-1", mode=SHARED) as copy,
            ):
                while chunk := source.read(1 << 20):
                    copy.write(chunk)
            made.append(target)
        for target in made:
            with atomic_write(target.with_name(target.name + ".done"), mode=SHARED):
                pass
    except OSError as error:
        raise trouble(folder, error) from error
    return made


def look(settings: Settings, lent: Lent) -> Iterator[Check]:
    """Whether this account may write into the folder, or make it."""
    if settings.path:
        yield from way(lent.name, lambda: writable(Path(lent.path(settings.path))))


def check(settings: Settings, lent: Lent) -> Iterator[Check]:
    """Whether the folder takes a file."""

    def attempt() -> None:
        folder = Path(lent.path(settings.path))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder) as file:
                file.write(b"tojimari")
        except OSError as error:
            raise trouble(folder, error) from error

    if settings.path:
        yield probed(lent.name, "delivery", attempt)
