"""Files for whoever picks them up. The run folder is the delivery; a copy may go elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Literal

from pydantic import Field

from agent.report.csv import whole
from agent.sinks.contract import Lent
from agent.sinks.jsonl import SHARED, trouble
from agent.sinks.probe import probed
from connectors.sdk.checks import Check
from connectors.sdk.settings import Table

log = logging.getLogger(__name__)

GETA: Final = "〓"  # what Japanese printers have always set for a type that is missing


class Settings(Table):
    """CSV files. Takes nothing from the outbox."""

    type: Literal["csv"]
    path: str = Field(
        default="",
        description="A folder that receives a copy of each run's findings.csv for a collector",
    )
    encoding: Literal["utf-8-sig", "utf-8", "cp932"] = Field(
        default="utf-8-sig",
        description="utf-8 without a mark for pipelines; cp932 for what reads nothing else: "
        "characters that it lacks become 〓 and are counted in the log",
    )


def drop(run_folder: Path, folder: Path, run_id: str, encoding: str = "utf-8-sig") -> Path:
    """Copy `findings.csv` as `findings-<run id>.csv`.

    The name appears only when the file is whole, and an empty `.done` beside it only after that,
    so a collector may wait for either. Doing it again does no harm.
    """
    target = folder / f"findings-{run_id}.csv"
    missing = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            (run_folder / "findings.csv").open(encoding="utf-8-sig", newline="") as source,
            whole(target, encoding=encoding, mode=SHARED) as copy,
        ):
            while chunk := source.read(1 << 20):
                fitting, lost = fitted(chunk, encoding)
                copy.write(fitting)
                missing += lost
        with whole(target.with_name(target.name + ".done"), mode=SHARED):
            pass
    except OSError as error:
        raise trouble(folder, error) from error
    if missing:
        log.warning("%s: %s characters are not in %s", target.name, missing, encoding)
    return target


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


def fitted(text: str, encoding: str) -> tuple[str, int]:
    """The text in what an encoding can hold, and how many characters it cannot."""
    plain = text.encode(encoding, "ignore").decode(encoding)
    if len(plain) == len(text):
        return text, 0
    held = [sign if sign.encode(encoding, "ignore") else GETA for sign in text]
    return "".join(held), len(text) - len(plain)
