"""The folder of a run: contract files first, the manifest that vouches for them last."""

from __future__ import annotations

import itertools
import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.report import csv
from agent.report.columns import names, schema_version
from agent.report.csv import Written
from agent.report.rows import moment
from connectors.sdk.message import Message, say

MANIFEST = "manifest.json"


class ReportError(Exception):
    """A file could not be written or read; the sentence names it, the hint says what to do."""

    def __init__(self, message: Message, *, hint: Message | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RunFolder:
    """`<output>/<UTC time>_<run id>/`: every run has a place of its own, so nothing is replaced."""

    def __init__(self, output: Path, run_id: str, begun: datetime) -> None:
        self._run_id = run_id
        self._begun = begun
        self._files: dict[str, Written] = {}
        self.path = _made(output, f"{begun.astimezone(UTC):%Y%m%dT%H%M%SZ}_{run_id}")

    def csv(self, name: str, rows: Iterable[Mapping[str, str]]) -> Path:
        """Write a contract file, named without its suffix: `findings`."""
        path = self.path / f"{name}.csv"
        with _blamed(path):
            self._files[path.name] = csv.write(path, names(name), rows)
        return path

    def keep(self, name: str, *, rows: int | None = None) -> None:
        """Vouch for a file that somebody else wrote into the folder."""
        path = self.path / name
        with _blamed(path):
            self._files[name] = csv.weighed(path, rows=rows)

    def close(self, manifest: Mapping[str, object]) -> Path:
        """Write the manifest.

        The caller adds what only a run knows: `version`, `configuration` (a hash), `coverage`
        (counts by status), `ended`; a time may be a `datetime`.
        """
        path = self.path / MANIFEST
        content: dict[str, object] = {
            "schema_version": schema_version(),
            "run_id": self._run_id,
            "begun": self._begun,
            **manifest,
            "files": {name: asdict(written) for name, written in self._files.items()},
        }
        with _blamed(path), csv.whole(path) as file:
            json.dump(content, file, indent=2, ensure_ascii=False, default=_plain)
            file.write("\n")
        return path


def verify(folder: Path) -> list[Message]:
    """What no longer agrees with the manifest; nothing when the evidence is untouched."""
    path = folder / MANIFEST
    with _blamed(path):
        try:
            listed = _listed(json.loads(path.read_text(encoding="utf-8")))
        except ValueError:
            raise ReportError(
                say("report.not_a_manifest", path=path), hint=say("report.not_a_manifest_hint")
            ) from None
    problems: list[Message] = []
    for name, sha256 in listed.items():
        file = folder / name
        if not file.is_file():
            problems.append(say("report.file_missing", name=name))
            continue
        with _blamed(file):
            if csv.weighed(file).sha256 != sha256:
                problems.append(say("report.file_changed", name=name))
    with _blamed(folder):
        present = {file.name for file in folder.iterdir()}
    problems += [
        say("report.file_unlisted", name=name)
        for name in sorted(present - listed.keys() - {MANIFEST})
    ]
    return problems


def _listed(manifest: Any) -> dict[str, str]:
    """File name -> hash. A name that leaves the folder is no name of ours."""
    try:
        listed = {str(name): str(file["sha256"]) for name, file in manifest["files"].items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError from error
    if any(Path(name).name != name for name in listed):
        raise ValueError
    return listed


def _made(output: Path, name: str) -> Path:
    with _blamed(output):
        output.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path = output / (name if number == 1 else f"{name}-{number}")
        with _blamed(path):
            try:
                path.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return path
    raise AssertionError


@contextmanager
def _blamed(path: Path) -> Generator[None]:
    """Turn trouble of the file system into a sentence that names the path."""
    try:
        yield
    except OSError as error:
        message = say(
            "report.file_trouble", path=path, detail=error.strerror or type(error).__name__
        )
        raise ReportError(message, hint=say("report.file_trouble_hint")) from error


def _plain(value: object) -> str:
    return moment(value) if isinstance(value, datetime) else str(value)
