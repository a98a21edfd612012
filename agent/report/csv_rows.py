"""The rows of the CSV files: stored values as the text of their cells."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import TrackedFinding
from agent.report.columns import schema_version
from agent.text import Text
from agent.text.findings import finding_fix, finding_reasons, finding_unknowns
from connectors.sdk.message import Message

LIST_SEPARATOR: Final = "; "
"""Joins the values of a list column."""

Plain = str | int | float | bool | None
"""None is an empty cell; what nobody could tell is the word "unknown"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalRow:
    """A row of `principals.csv`; `roles`, `groups` and `rules` are joined by "; "."""

    service: str
    connector: str
    tenant_id: str
    principal_id: str
    kind: str
    name: str
    mail: str = ""
    domain: str = ""
    state: str = ""
    created_at: str = ""
    last_sign_in: str = ""
    sponsor: str = ""
    roles: str = ""
    groups: str = ""
    items_reached: int | str | None = None
    severity: str = ""
    rules: str = ""
    finding_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """A sharing setting and what was expected of it.

    `result` is `pass`, `fail`, `not_applicable` or `unknown`; `references` come joined by "; ".
    """

    service: str
    connector: str
    tenant_id: str
    setting_id: str
    scope_id: str
    value: str | int | bool | None
    expected: str = ""
    result: str = "unknown"
    references: str = ""
    finding_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """A row of `coverage.csv`; `reason` and `hint` are messages without a language."""

    service: str
    connector: str
    tenant_id: str
    scope_id: str
    scope_title: str
    url: str
    status: str
    full: bool
    items: int
    exposed_items: int
    calls: int
    seconds: float
    reason: Message | None = None
    hint: Message | None = None


def exposure_row(row: ExposureRow, run_id: str) -> dict[str, str]:
    """Return a row of `exposures.csv`: column -> text."""
    return _line(run_id, row)


def principal_row(row: PrincipalRow, run_id: str) -> dict[str, str]:
    """Return a row of `principals.csv`: column -> text."""
    return _line(run_id, row)


def setting_row(row: SettingRow, run_id: str) -> dict[str, str]:
    """Return a row of `settings.csv`: column -> text."""
    return _line(run_id, row)


def coverage_row(row: ScopeRow, run_id: str, text: Text) -> dict[str, str]:
    """Return a row of `coverage.csv`: column -> text."""
    said = {"reason": text.render(row.reason), "hint": text.render(row.hint)}
    return _line(run_id, row) | {"seconds": f"{row.seconds:.1f}"} | said


def finding_row(kept: TrackedFinding, run_id: str, text: Text) -> dict[str, str]:
    """Return a row of `findings.csv`: column -> text."""
    finding = kept.finding
    return {
        "schema_version": schema_version(),
        "run_id": run_id,
        "finding_id": finding.id,
        "state": kept.state,
        "service": finding.service,
        "connector": finding.connector,
        "tenant_id": finding.tenant_id,
        "scope_id": finding.scope_id,
        "scope_title": finding.scope_title,
        "subject": finding.subject.value,
        "subject_id": finding.subject_id,
        "title": finding.title,
        "url": finding.url,
        "owner": finding.owner,
        "audience": finding.audience,
        "access": finding.access,
        "principal": LIST_SEPARATOR.join(finding.principals),
        "reach": format_cell(finding.reach),
        "severity": finding.severity.word,
        "score": format_cell(finding.score),
        "confidence": finding.confidence.word,
        "rules": LIST_SEPARATOR.join(finding.rules),
        "reasons": LIST_SEPARATOR.join(finding_reasons(finding, text)),
        "unknowns": LIST_SEPARATOR.join(finding_unknowns(finding, text)),
        "fix": finding_fix(finding, text),
        "first_seen": format_time(kept.first_seen),
        "last_seen": format_time(kept.last_seen),
        "changed_at": format_time(kept.changed_at),
        "waived_until": kept.waived_until,
        "waived_by": kept.waived_by,
    }


def action_row(kept: TrackedFinding, run_id: str, text: Text) -> dict[str, str]:
    """Return a row of `ActionPlan.csv`; people fill in who acts, by when and the decision."""
    row = finding_row(kept, run_id, text)
    empty = dict.fromkeys(("assigned_to", "due", "decision"), "")
    return row | {"path": kept.finding.path} | empty


def format_cell(value: Plain) -> str:
    """Return a value as the text of a cell; None is empty, a flag is `true` or `false`."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def format_time(when: datetime) -> str:
    """Return a time as ISO 8601 with offset, to the second."""
    return when.isoformat(timespec="seconds")


def _line(run_id: str, row: ExposureRow | PrincipalRow | SettingRow | ScopeRow) -> dict[str, str]:
    line = {"schema_version": schema_version(), "run_id": run_id}
    return line | {field.name: format_cell(getattr(row, field.name)) for field in fields(row)}
