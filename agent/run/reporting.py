"""What a run leaves behind: its folder, and the numbers of it."""

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
from agent.files import PRIVATE
from agent.report import workbook, xlsx
from agent.report.folder import SHEET, RunFolder, Shape, placed
from agent.report.highlights import Highlights
from agent.report.html import report as html
from agent.report.html.report import Occasion
from agent.report.jsonl import exposure_object, finding_object
from agent.report.masking import Mask
from agent.report.numbers import ConnectorLine, Counting, Numbers, stands
from agent.report.rows import (
    action_row,
    coverage_row,
    exposure_row,
    finding_row,
    principal_row,
    setting_row,
)
from agent.report.summary import JudgedBy, TopFinding, counted, top_of, unread_of
from agent.report.titles import translated, translated_finding
from agent.run.desk import Desk
from agent.run.inventory import Inventory
from agent.store.coverage import TenantRow, scopes
from agent.store.facts import LISTING
from connectors.sdk.message import say

KEY: Final = "redaction.key"
TOP: Final = 10

Rows = Iterator[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The run that is reported on."""

    run_id: str
    begun: datetime
    ended: datetime
    connectors: Sequence[ConnectorLine]
    policy: JudgedBy


class Report:
    """Writes the files of a run over some tenants."""

    def __init__(
        self,
        desk: Desk,
        about: About,
        tenants: Sequence[TenantRow],
        *,
        mask: Mask | None = None,
        formats: Sequence[str] | None = None,
    ) -> None:
        self._desk = desk
        self._about = about
        self._mask = mask
        self._inventory = Inventory(desk.engine, about.run_id, tenants, mask)
        self._table = desk.loaded.config.report
        self._formats = self._table.formats if formats is None else formats
        self._counting = Counting()
        self._highlights = Highlights()
        self.numbers = Numbers()
        self.notes: list[str] = []
        if about.policy.otherwise:
            self.notes.append(desk.text.say("report.page.judged_otherwise", now=about.policy.now))

    @property
    def top(self) -> list[TopFinding]:
        """The worst root causes, for the screen."""
        known = (
            kept
            for kept in self._highlights.standing
            if kept.finding.severity is not Severity.UNKNOWN
        )
        return [top_of(kept, self._desk.text) for kept in islice(known, TOP)]

    def write(self, now: datetime) -> RunFolder:
        """Write a run folder; the manifest last. Raises `ReportError`."""
        folder = RunFolder(self._desk.output, self._about.run_id, now, self._shape())
        self._contract(folder)
        self.numbers = self._counting.numbers(self._about.connectors)
        self._further(folder)
        if folder.lost:
            self.notes.append(counted(self._desk.text, "report.page.lost", folder.lost))
        folder.close(
            {
                "version": __version__,
                "configuration": self._desk.loaded.digest,
                "policy": self._about.policy._asdict(),
                "coverage": dict(self.numbers.statuses),
                "numbers": self.numbers.plain(),
                "redacted": self._mask is not None,
                "begun": self._about.begun,
                "ended": self._about.ended,
            }
        )
        return folder

    def page(self, path: Path) -> Path:
        """Write the page alone; where it lies at last. Raises `ReportError`."""
        for rows in (self._findings(), self._coverage()):
            deque(rows, maxlen=0)  # for the numbers
        self.numbers = self._counting.numbers(self._about.connectors)
        occasion, text = self._occasion(), self._desk.text
        taken = placed(
            path, lambda file: html.write(file, occasion, self.numbers, self._highlights, text)
        )
        if taken != path:
            self.notes.append(text.say("report.page.elsewhere", path=path, instead=taken))
        return taken

    def _contract(self, folder: RunFolder) -> None:
        """The CSV files; the numbers are counted on the way."""
        run_id, text, inventory = self._about.run_id, self._desk.text, self._inventory
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
            if stands(kept)
        )
        folder.csv("ActionPlan", actions, language=text.language)

    def _further(self, folder: RunFolder) -> None:
        """What the configuration asks for besides."""
        text, inventory = self._desk.text, self._inventory
        if "jsonl" in self._formats:
            found = (finding_object(kept, text) for kept in inventory.findings())
            folder.jsonl("findings", found)
            folder.jsonl("exposures", map(exposure_object, inventory.exposures()))
        if "xlsx" in self._formats:
            run_id = self._about.run_id
            findings = (
                finding_row(translated_finding(kept, text), run_id, text)
                for kept in inventory.findings()
            )
            coverage = (
                coverage_row(translated(row, text), run_id, text) for _, row in inventory.scopes()
            )
            sheets = workbook.sheets(self.numbers, findings, coverage, text)
            with folder.making("report.xlsx") as path:
                xlsx.write(path, sheets)
        if "html" in self._formats:
            with folder.text("report.html") as file:
                html.write(file, self._occasion(folder), self.numbers, self._highlights, text)

    def _findings(self) -> Rows:
        text = self._desk.text
        for kept in self._inventory.findings():
            self._counting.finding(kept)
            shown = translated_finding(kept, text)
            self._highlights.add(shown)
            yield finding_row(shown, self._about.run_id, text)

    def _coverage(self) -> Rows:
        text = self._desk.text
        for scope, row in self._inventory.scopes():
            self._counting.scope(scope.coverage.status)
            if scope.coverage.standing:
                self._counting.blind(unread_of(row, text))
            if scope.short and scope.reached:
                self._counting.unread(unread_of(row, text), first=scope.id == LISTING)
            yield coverage_row(translated(row, text), self._about.run_id, text)

    def _shape(self) -> Shape:
        return Shape(
            encoding="cp932" if self._table.encoding == "cp932" else "utf-8-sig",
            language="" if self._table.header == "names" else self._table.header,
            most=SHEET if self._table.excel_split else 0,
        )

    def _occasion(self, folder: RunFolder | None = None) -> Occasion:
        return Occasion(
            organization=self._desk.loaded.config.organization.name,
            run_id=self._about.run_id,
            begun=self._about.begun,
            ended=self._about.ended,
            version=__version__,
            configuration=self._desk.loaded.digest,
            policy=self._about.policy,
            redacted=self._mask is not None,
            files=folder.files if folder else {},
        )


def check(desk: Desk, formats: Sequence[str] | None = None) -> None:
    """Whether every format can be written, before hours are spent. Raises `ConfigError`."""
    wanted = desk.loaded.config.report.formats if formats is None else formats
    if "xlsx" in wanted and find_spec("xlsxwriter") is None:
        raise ConfigError(say("report.page.no_writer", file=desk.loaded.file))


def mask_of(desk: Desk, *, asked: bool) -> Mask | None:
    """What hides names where the command or the configuration asks for it.

    Its key lies beside the store, readable for this account only; whoever has it can try names.
    """
    if not (asked or desk.loaded.config.report.redact_names):
        return None
    path = desk.waiting_room / KEY
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, PRIVATE)) as file:
            file.write(secrets.token_bytes(32))
    return Mask(path.read_bytes())


def connector_line(
    desk: Desk, tenant: TenantRow, *, calls: int | None = None, problem: str = ""
) -> ConnectorLine:
    """One tenant; its calls are those of the last readings where no number is given."""
    rows = [s for s in scopes(desk.engine, tenant.key) if not s.coverage.standing]
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
