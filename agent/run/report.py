"""Write the files of a run and collect its counts."""

from __future__ import annotations

import os
import secrets
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Final

from agent import __version__
from agent.classify.model import Severity
from agent.errors import ConfigError
from agent.files import PRIVATE_MODE
from agent.report import xlsx, xlsx_sheets
from agent.report.csv_rows import (
    action_row,
    coverage_row,
    exposure_row,
    finding_row,
    principal_row,
    setting_row,
)
from agent.report.html import report as html
from agent.report.html.report import ReportContext
from agent.report.jsonl import exposure_object, finding_object
from agent.report.pseudonyms import Pseudonymizer
from agent.report.run_folder import EXCEL_MAX_ROWS, CsvOptions, RunFolder, write_elsewhere
from agent.report.statistics import ConnectorLine, RunStatistics, StatisticsCollector, is_open
from agent.report.summary import PolicyHashes, TopFinding, pluralized, top_finding, unread_scope
from agent.report.titles import translated, translated_finding
from agent.report.top_findings import TopFindings
from agent.run.run_data import RunData
from agent.run.session import Session
from agent.store.coverage import TenantRow, scopes
from agent.store.facts import LISTING
from connectors.sdk.message import say

KEY: Final = "redaction.key"
TOP: Final = 10

Rows = Iterator[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """The run that a report is about."""

    run_id: str
    begun: datetime
    ended: datetime
    connectors: Sequence[ConnectorLine]
    policy: PolicyHashes


class Report:
    """Writes the files of a run over some tenants."""

    def __init__(
        self,
        session: Session,
        info: RunInfo,
        tenants: Sequence[TenantRow],
        *,
        mask: Pseudonymizer | None = None,
        formats: Sequence[str] | None = None,
    ) -> None:
        self._session = session
        self._info = info
        self._pseudonymizer = mask
        self._run_data = RunData(session.engine, info.run_id, tenants, mask)
        self._report_config = session.loaded.config.report
        self._formats = self._report_config.formats if formats is None else formats
        self._statistics = StatisticsCollector()
        self._top_findings = TopFindings()
        self.statistics = RunStatistics()
        self.notes: list[str] = []
        if info.policy.differ:
            self.notes.append(session.text.say("report.page.judged_otherwise", now=info.policy.now))

    @property
    def top(self) -> list[TopFinding]:
        """Return the worst findings, for the screen."""
        known = (
            kept
            for kept in self._top_findings.standing
            if kept.finding.severity is not Severity.UNKNOWN
        )
        return [top_finding(kept, self._session.text) for kept in islice(known, TOP)]

    def write(self, now: datetime) -> RunFolder:
        """Write a run folder; the manifest last. Raises `ReportError`."""
        folder = RunFolder(self._session.output, self._info.run_id, now, self._csv_options())
        self._csv_files(folder)
        self.statistics = self._statistics.statistics(self._info.connectors)
        self._optional_formats(folder)
        if folder.lossy_characters:
            self.notes.append(
                pluralized(self._session.text, "report.page.lost", folder.lossy_characters)
            )
        folder.finish(
            {
                "version": __version__,
                "configuration": self._session.loaded.digest,
                "policy": self._info.policy._asdict(),
                "coverage": dict(self.statistics.statuses),
                "numbers": self.statistics.to_dict(),
                "redacted": self._pseudonymizer is not None,
                "begun": self._info.begun,
                "ended": self._info.ended,
            }
        )
        return folder

    def page(self, path: Path) -> Path:
        """Write the page alone; where it lies at last. Raises `ReportError`."""
        for rows in (self._findings(), self._coverage()):
            deque(rows, maxlen=0)  # for the numbers
        self.statistics = self._statistics.statistics(self._info.connectors)
        occasion, text = self._context(), self._session.text
        taken = write_elsewhere(
            path,
            lambda file: html.write_page(file, occasion, self.statistics, self._top_findings, text),
        )
        if taken != path:
            self.notes.append(text.say("report.page.elsewhere", path=path, instead=taken))
        return taken

    def _csv_files(self, folder: RunFolder) -> None:
        """Write the CSV files and collect the counts."""
        run_id, text, inventory = self._info.run_id, self._session.text, self._run_data
        folder.csv("findings", self._findings())
        folder.csv(
            "exposures",
            (exposure_row(translated(row, text), run_id) for row in inventory.exposures()),
        )
        folder.csv("coverage", self._coverage())
        folder.csv("principals", (principal_row(row, run_id) for row in inventory.principals()))
        folder.csv("settings", (setting_row(row, run_id) for row in inventory.settings()))
        actions = (
            action_row(translated_finding(kept, text), run_id, text)
            for kept in inventory.findings()
            if is_open(kept)
        )
        folder.csv("ActionPlan", actions, language=text.language)

    def _optional_formats(self, folder: RunFolder) -> None:
        """Write the formats that the configuration asks for besides CSV."""
        text, inventory = self._session.text, self._run_data
        if "jsonl" in self._formats:
            found = (finding_object(kept, text) for kept in inventory.findings())
            folder.jsonl("findings", found)
            folder.jsonl("exposures", map(exposure_object, inventory.exposures()))
        if "xlsx" in self._formats:
            run_id = self._info.run_id
            findings = (
                finding_row(translated_finding(kept, text), run_id, text)
                for kept in inventory.findings()
            )
            coverage = (
                coverage_row(translated(row, text), run_id, text) for _, row in inventory.scopes()
            )
            sheets = xlsx_sheets.report_sheets(self.statistics, findings, coverage, text)
            with folder.create_file("report.xlsx") as path:
                xlsx.write_workbook(path, sheets)
        if "html" in self._formats:
            with folder.text("report.html") as file:
                html.write_page(
                    file, self._context(folder), self.statistics, self._top_findings, text
                )

    def _findings(self) -> Rows:
        text = self._session.text
        for kept in self._run_data.findings():
            self._statistics.add_finding(kept)
            shown = translated_finding(kept, text)
            self._top_findings.add(shown)
            yield finding_row(shown, self._info.run_id, text)

    def _coverage(self) -> Rows:
        text = self._session.text
        for scope, row in self._run_data.scopes():
            self._statistics.add_scope(scope.coverage.status)
            if scope.coverage.standing:
                self._statistics.add_blind_spot(unread_scope(row, text))
            if scope.is_incomplete and scope.tenant_opened:
                self._statistics.add_unread(unread_scope(row, text), first=scope.id == LISTING)
            yield coverage_row(translated(row, text), self._info.run_id, text)

    def _csv_options(self) -> CsvOptions:
        return CsvOptions(
            encoding="cp932" if self._report_config.encoding == "cp932" else "utf-8-sig",
            language="" if self._report_config.header == "names" else self._report_config.header,
            max_rows=EXCEL_MAX_ROWS if self._report_config.excel_split else 0,
        )

    def _context(self, folder: RunFolder | None = None) -> ReportContext:
        return ReportContext(
            organization=self._session.loaded.config.organization.name,
            run_id=self._info.run_id,
            begun=self._info.begun,
            ended=self._info.ended,
            version=__version__,
            configuration=self._session.loaded.digest,
            policy=self._info.policy,
            redacted=self._pseudonymizer is not None,
            files=folder.files if folder else {},
        )


def check_formats(session: Session, formats: Sequence[str] | None = None) -> None:
    """Raise `ConfigError` if a report format cannot be written, before hours are spent."""
    wanted = session.loaded.config.report.formats if formats is None else formats
    if "xlsx" in wanted and find_spec("xlsxwriter") is None:
        raise ConfigError(say("report.page.no_writer", file=session.loaded.file))


def pseudonymizer(session: Session, *, requested: bool) -> Pseudonymizer | None:
    """What hides names where the command or the configuration asks for it.

    Its key lies beside the store, readable for this account only; whoever has it can try names.
    """
    if not (requested or session.loaded.config.report.redact_names):
        return None
    path = session.local_dir / KEY
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(
            path, "xb", opener=lambda name, flags: os.open(name, flags, PRIVATE_MODE)
        ) as file:
            file.write(secrets.token_bytes(32))
    return Pseudonymizer(path.read_bytes())


def connector_line(
    session: Session, tenant: TenantRow, *, calls: int | None = None, problem: str = ""
) -> ConnectorLine:
    """Return the counts of one tenant; the calls of its last scans where `calls` is None."""
    rows = [s for s in scopes(session.engine, tenant.key) if not s.coverage.standing]
    return ConnectorLine(
        name=tenant.connector,
        service=tenant.service,
        title=tenant.title,
        complete=sum(s.complete for s in rows),
        scopes=len(rows),
        items=0 if problem else sum(s.coverage.items for s in rows),
        calls=sum(s.coverage.calls for s in rows) if calls is None else calls,
        problem=problem,
    )
