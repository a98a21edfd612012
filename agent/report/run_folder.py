"""Write the folder of a run: the files first, the manifest with their hashes last."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

from agent.files import atomic_write
from agent.report import csv_file, jsonl
from agent.report.columns import column_names, headers, schema_version
from agent.report.csv_file import FileDigest
from agent.report.csv_rows import format_time
from connectors.sdk.message import Message, say

MANIFEST = "manifest.json"
EXCEL_MAX_ROWS: Final = 1_000_000
"""Rows of a sheet: below the limit of Excel, 1,048,576, with room for a header."""


class ReportError(Exception):
    """A file cannot be written or read.

    Attributes:
        message: Names the file.
        hint: What to do; None if nothing helps.
    """

    def __init__(self, message: Message, *, hint: Message | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


MAX_NAME_TRIES: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions:
    """How CSV files are written.

    Attributes:
        encoding: `utf-8-sig` or `cp932`.
        language: `en` or `ja` for headers in words; empty for the names of the columns.
        max_rows: The highest number of rows in a file; 0 for no limit. More go into
            `findings-2.csv`.
    """

    encoding: str = "utf-8-sig"
    language: str = ""
    max_rows: int = 0


class RunFolder:
    """The folder `<output>/<UTC time>_<run id>/`; nothing existing is overwritten.

    Raise `ReportError` if it cannot be created.
    """

    def __init__(
        self, output: Path, run_id: str, begun: datetime, shape: CsvOptions | None = None
    ) -> None:
        self._run_id = run_id
        self._begun = begun
        self._csv_options = shape or CsvOptions()
        self._files: dict[str, FileDigest] = {}
        self.path = _create_folder(output, f"{begun.astimezone(UTC):%Y%m%dT%H%M%SZ}_{run_id}")

    @property
    def files(self) -> Mapping[str, FileDigest]:
        """Return the files so far by name."""
        return self._files

    @property
    def lossy_characters(self) -> int:
        """Return the number of characters that the encoding of CSV files could not represent."""
        return sum(file.lost for file in self._files.values())

    def csv(
        self,
        name: str,
        rows: Iterable[Mapping[str, str]],
        *,
        language: str | None = None,
        table: str = "",
    ) -> None:
        """Write a CSV file. Raise `ReportError` if it cannot be written.

        Args:
            name: The name without suffix.
            rows: Rows with all columns of the table.
            language: Of the headers; None for that of the folder.
            table: The name of the columns in `columns.json`, if it is not that of the file.
        """
        spoken = self._csv_options.language if language is None else language
        columns = column_names(table or name)
        words = headers(table or name, spoken) if spoken else None
        left = iter(rows)
        for number in itertools.count(1):
            path = self.path / (f"{name}.csv" if number == 1 else f"{name}-{number}.csv")
            part = itertools.islice(left, self._csv_options.max_rows or None)
            with _report_errors(path):
                encoding = self._csv_options.encoding
                written = csv_file.write_csv(path, columns, part, encoding=encoding, headers=words)
            self._files[path.name] = written
            if not self._csv_options.max_rows or (over := next(left, None)) is None:
                return
            left = itertools.chain([over], left)

    def jsonl(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write JSON lines; `name` has no suffix. Raise `ReportError` if it cannot be written."""
        with self.text(f"{name}.jsonl") as file:
            for row in rows:
                file.write(jsonl.to_line(jsonl.with_run(row, self._run_id)) + "\n")

    @contextmanager
    def text(self, name: str) -> Generator[TextIO]:
        """Yield a UTF-8 text file that is added to the manifest when it is complete.

        Raise `ReportError` if it cannot be written.
        """
        with self.create_file(name) as path, atomic_write(path) as file:
            yield file

    @contextmanager
    def create_file(self, name: str) -> Generator[Path]:
        """Yield the path of a file that the `with` body writes; then add it to the manifest.

        Raise `ReportError` for an `OSError` of the body.
        """
        path = self.path / name
        with _report_errors(path):
            yield path
        self.register_file(name)

    def register_file(self, name: str, *, rows: int | None = None) -> None:
        """Add a file in the folder to the manifest. Raise `ReportError` if it cannot be read."""
        path = self.path / name
        with _report_errors(path):
            self._files[name] = csv_file.hash_file(path, rows=rows)

    def finish(self, manifest: Mapping[str, object]) -> Path:
        """Write the manifest and return its path. Raise `ReportError` if it cannot be written.

        Args:
            manifest: What the run adds: `version`, `configuration` (a hash), `coverage` (counts by
                status), `ended`; a time may be a `datetime`.
        """
        path = self.path / MANIFEST
        content: dict[str, object] = {
            "schema_version": schema_version(),
            "run_id": self._run_id,
            "begun": self._begun,
            **manifest,
            "files": {name: asdict(written) for name, written in self._files.items()},
        }
        with _report_errors(path), atomic_write(path) as file:
            json.dump(content, file, indent=2, ensure_ascii=False, default=_to_plain)
            file.write("\n")
        return path


def write_elsewhere(path: Path, write: Callable[[TextIO], object]) -> Path:
    """Write a text file and return its path.

    If another program has the file open, a numbered name beside it is used. Raise `ReportError` if
    no file can be written.
    """
    for number in range(1, MAX_NAME_TRIES + 1):
        target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        with _report_errors(target):
            try:
                with atomic_write(target) as file:
                    write(file)
            except PermissionError:
                if number == MAX_NAME_TRIES:
                    raise
                continue
            return target
    raise AssertionError


def verify(folder: Path) -> list[Message]:
    """Return what differs from the manifest of a folder; nothing if its files are unchanged.

    Raise `ReportError` if there is no readable manifest.
    """
    path = folder / MANIFEST
    with _report_errors(path):
        try:
            listed = _listed_hashes(json.loads(path.read_text(encoding="utf-8")))
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
        with _report_errors(file):
            if csv_file.hash_file(file).sha256 != sha256:
                problems.append(say("report.file_changed", name=name))
    with _report_errors(folder):
        present = {file.name for file in folder.iterdir()}
    problems += [
        say("report.file_unlisted", name=name)
        for name in sorted(present - listed.keys() - {MANIFEST})
    ]
    return problems


def _listed_hashes(manifest: Any) -> dict[str, str]:
    """Return the hashes of a manifest by file name.

    Raise `ValueError` if it has another form, or a name that leaves the folder.
    """
    try:
        listed = {str(name): str(file["sha256"]) for name, file in manifest["files"].items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError from error
    if any(Path(name).name != name for name in listed):
        raise ValueError
    return listed


def _create_folder(output: Path, name: str) -> Path:
    with _report_errors(output):
        output.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path = output / (name if number == 1 else f"{name}-{number}")
        with _report_errors(path):
            try:
                path.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return path
    raise AssertionError


@contextmanager
def _report_errors(path: Path) -> Generator[None]:
    """Raise `ReportError` with the path for an `OSError` of the `with` body."""
    try:
        yield
    except OSError as error:
        message = say(
            "report.file_trouble", path=path, detail=error.strerror or type(error).__name__
        )
        raise ReportError(message, hint=say("report.file_trouble_hint")) from error


def _to_plain(value: object) -> str:
    return format_time(value) if isinstance(value, datetime) else str(value)
