"""Write a remediation plan: a script for each service, and a table for mails to the owners."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from agent.classify.finding import TrackedFinding
from agent.classify.model import Severity, Subject
from agent.files import atomic_write
from agent.report import csv_file
from agent.report.run_folder import ReportError
from agent.report.summary import pluralized
from agent.run.session import Session
from agent.store.coverage import TenantRow, tenants
from agent.store.findings import list_findings
from agent.text import Text
from agent.text.findings import finding_fix, finding_reasons
from connectors.sdk.message import say
from connectors.sdk.remediation import RemediationTarget
from connectors.sdk.services import load_remediation

DONE_STATES = ("waived", "resolved", "not_compared")
COLUMNS = ("owner", "doors", "worst", "items", "text")
MAX_NAMES = 20  # findings that a mail names


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSelection:
    """Which findings to include.

    Attributes:
        ids: Ids or beginnings of ids; empty for all findings from a severity on.
        only: Names of connectors; empty for all.
        least: The least severity.
    """

    ids: Sequence[str] = ()
    only: Sequence[str] = ()
    least: Severity = Severity.HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenScript:
    """A file of the plan and the number of findings in it."""

    path: Path
    findings: int


def write_plan(
    session: Session, selection: FindingSelection, folder: Path, now: datetime
) -> list[WrittenScript]:
    """Write the plan into a new folder and return its files. Nothing is executed.

    Raise `ReportError` if a file cannot be written, `ConfigError` if a connector is not configured.
    """
    found = tenants(session.engine, session.connectors(selection.only))
    folder = folder / f"{now:%Y%m%dT%H%M%SZ}_fix"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = [
            w for tenant in found if (w := _write_script(session, tenant, selection, folder))
        ]
        chosen = (k for t in found for k in _selected_findings(session, t.key, selection))
        letters = csv_file.write_csv(
            folder / "owners.csv", COLUMNS, _owner_rows(chosen, session.text)
        )
        return [*written, WrittenScript(path=folder / "owners.csv", findings=letters.rows or 0)]
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise ReportError(
            say("report.file_trouble", path=folder, detail=detail),
            hint=say("report.file_trouble_hint"),
        ) from None


def _write_script(
    session: Session, tenant: TenantRow, choice: FindingSelection, folder: Path
) -> WrittenScript | None:
    """Write the script of a tenant, in an encoding for Windows PowerShell 5; None if empty."""
    remediation = load_remediation(tenant.service)
    count = 0

    def targets() -> Iterator[RemediationTarget]:
        nonlocal count
        for one in _selected_findings(session, tenant.key, choice):
            count += 1
            yield _target(one, session.text)

    lines = remediation.script(targets(), session.text.render)
    if (first := next(lines, None)) is None:
        return None
    path = folder / f"{_safe_file_name(tenant.connector)}-{remediation.FILE}"
    with atomic_write(path, encoding="utf-8-sig") as file:
        for line in chain((first,), lines):
            file.write(line + "\r\n")
    return WrittenScript(path=path, findings=count)


def _selected_findings(
    session: Session, tenant: int, choice: FindingSelection
) -> Iterator[TrackedFinding]:
    starts = tuple(i if i.startswith("tjm1:") else f"tjm1:{i}" for i in choice.ids)
    least = None if starts else choice.least
    for one in list_findings(session.engine, [tenant], "", least=least):
        wanted = one.finding.id.startswith(starts) if starts else one.state not in DONE_STATES
        if wanted and one.finding.subject is not Subject.SCOPE:
            yield one


def _target(one: TrackedFinding, text: Text) -> RemediationTarget:
    finding = one.finding
    return RemediationTarget(
        finding_id=finding.id,
        subject=finding.subject,
        subject_id=finding.subject_id,
        kind=finding.kind,
        title=finding.title,
        path=finding.path,
        tenant_id=finding.tenant_id,
        scope_id=finding.scope_id,
        grant_id=finding.grant_id,
        severity=text.say(f"report.severity.{finding.severity.word}"),
        audience=finding.audience,
        access=finding.access,
        principals=finding.principals,
        via_group=finding.via_group,
        owner=finding.owner,
        fix=finding_fix(finding, text),
    )


@dataclass(slots=True)
class _OwnerRow:
    worst: Severity = Severity.INFO
    findings: int = 0
    names: list[str] = field(default_factory=list[str])


def _owner_rows(chosen: Iterable[TrackedFinding], text: Text) -> Iterator[Mapping[str, str]]:
    """Yield a row for each owner with an address; memory grows with the number of owners."""
    letters: dict[str, _OwnerRow] = {}
    for one in chosen:
        finding = one.finding
        if "@" not in finding.owner:
            continue
        letter = letters.setdefault(finding.owner, _OwnerRow())
        letter.findings += 1
        letter.worst = max(letter.worst, finding.severity)
        if len(letter.names) < MAX_NAMES:
            reason = " ".join(finding_reasons(finding, text))
            letter.names.append(f"{finding.path or finding.title} ({reason})")
    for owner, letter in sorted(letters.items()):
        yield {
            "owner": owner,
            "doors": str(letter.findings),
            "worst": text.say(f"report.severity.{letter.worst.word}"),
            "items": "; ".join(letter.names),
            "text": pluralized(text, "fix.letter", letter.findings, named=len(letter.names)),
        }


def _safe_file_name(name: str) -> str:
    """Return a connector's name in a form that is safe in a file name."""
    return re.sub(r"[^\w-]", "_", name)
