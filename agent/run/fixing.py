"""Write a remediation plan: a script for each service, and a table for mails to the owners."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from agent.classify.finding import Kept
from agent.classify.model import Severity, Subject
from agent.files import atomic_write
from agent.report import csv
from agent.report.folder import ReportError
from agent.report.rows import fix_of, reasons_of
from agent.report.summary import counted
from agent.run.desk import Desk
from agent.store.coverage import TenantRow, tenants
from agent.store.findings import kept
from agent.text import Text
from connectors.sdk.message import say
from connectors.sdk.remedy import Target
from connectors.sdk.services import load_remediation

SETTLED = ("waived", "resolved", "not_compared")
COLUMNS = ("owner", "doors", "worst", "items", "text")
NAMED = 20  # findings that a mail names


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
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
class Written:
    """A file of the plan and the number of findings in it."""

    path: Path
    doors: int


def write(desk: Desk, choice: Choice, folder: Path, now: datetime) -> list[Written]:
    """Write the plan into a new folder and return its files. Nothing is executed.

    Raise `ReportError` if a file cannot be written, `ConfigError` if a connector is not configured.
    """
    found = tenants(desk.engine, desk.connectors(choice.only))
    folder = folder / f"{now:%Y%m%dT%H%M%SZ}_fix"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = [w for tenant in found if (w := _script(desk, tenant, choice, folder))]
        chosen = (k for t in found for k in _chosen(desk, t.key, choice))
        letters = csv.write(folder / "owners.csv", COLUMNS, _letters(chosen, desk.text))
        return [*written, Written(path=folder / "owners.csv", doors=letters.rows or 0)]
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise ReportError(
            say("report.file_trouble", path=folder, detail=detail),
            hint=say("report.file_trouble_hint"),
        ) from None


def _script(desk: Desk, tenant: TenantRow, choice: Choice, folder: Path) -> Written | None:
    """Write the script of a tenant, in an encoding for Windows PowerShell 5; None if empty."""
    remedy = load_remediation(tenant.service)
    count = 0

    def targets() -> Iterator[Target]:
        nonlocal count
        for one in _chosen(desk, tenant.key, choice):
            count += 1
            yield _target(one, desk.text)

    lines = remedy.script(targets(), desk.text.of)
    if (first := next(lines, None)) is None:
        return None
    path = folder / f"{_plain(tenant.connector)}-{remedy.FILE}"
    with atomic_write(path, encoding="utf-8-sig") as file:
        for line in chain((first,), lines):
            file.write(line + "\r\n")
    return Written(path=path, doors=count)


def _chosen(desk: Desk, tenant: int, choice: Choice) -> Iterator[Kept]:
    starts = tuple(i if i.startswith("tjm1:") else f"tjm1:{i}" for i in choice.ids)
    least = None if starts else choice.least
    for one in kept(desk.engine, [tenant], "", least=least):
        wanted = one.finding.id.startswith(starts) if starts else one.state not in SETTLED
        if wanted and one.finding.subject is not Subject.SCOPE:
            yield one


def _target(one: Kept, text: Text) -> Target:
    finding = one.finding
    return Target(
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
        fix=fix_of(finding, text),
    )


@dataclass(slots=True)
class _Letter:
    worst: Severity = Severity.INFO
    doors: int = 0
    names: list[str] = field(default_factory=list[str])


def _letters(chosen: Iterable[Kept], text: Text) -> Iterator[Mapping[str, str]]:
    """Yield a row for each owner with an address; memory grows with the number of owners."""
    letters: dict[str, _Letter] = {}
    for one in chosen:
        finding = one.finding
        if "@" not in finding.owner:
            continue
        letter = letters.setdefault(finding.owner, _Letter())
        letter.doors += 1
        letter.worst = max(letter.worst, finding.severity)
        if len(letter.names) < NAMED:
            reason = " ".join(reasons_of(finding, text))
            letter.names.append(f"{finding.path or finding.title} ({reason})")
    for owner, letter in sorted(letters.items()):
        yield {
            "owner": owner,
            "doors": str(letter.doors),
            "worst": text.say(f"report.severity.{letter.worst.word}"),
            "items": "; ".join(letter.names),
            "text": counted(text, "fix.letter", letter.doors, named=len(letter.names)),
        }


def _plain(name: str) -> str:
    """Return a connector's name in a form that is safe in a file name."""
    return re.sub(r"[^\w-]", "_", name)
