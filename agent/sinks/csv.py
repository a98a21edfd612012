"""Files for whoever picks them up. The run folder is the delivery; a copy may go elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from agent.report.csv import whole
from agent.sinks.contract import SinkError
from connectors.sdk.message import say
from connectors.sdk.settings import Table

SHARED: Final = 0o640  # a collector is another account; its group is the folder's business


class Settings(Table):
    """CSV files. Takes nothing from the outbox."""

    type: Literal["csv"]
    path: str = Field(
        default="",
        description="A folder that receives a copy of each run's findings.csv for a collector",
    )


def drop(run_folder: Path, settings: Settings, run_id: str) -> Path | None:
    """Copy `findings.csv` as `findings-<run id>.csv`; None where no folder was named.

    The name appears only when the file is whole, and an empty `.done` beside it only after that,
    so a collector may wait for either. Doing it again does no harm.
    """
    if not settings.path:
        return None
    folder = Path(settings.path).expanduser()
    target = folder / f"findings-{run_id}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            (run_folder / "findings.csv").open(encoding="latin-1", newline="") as source,
            whole(target, encoding="latin-1", mode=SHARED) as copy,  # byte for byte
        ):
            while chunk := source.read(1 << 20):
                copy.write(chunk)
        with whole(target.with_name(target.name + ".done"), mode=SHARED):
            pass
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise SinkError(
            say("sinks.drop", path=folder, detail=detail), hint=say("sinks.drop_hint")
        ) from error
    return target
