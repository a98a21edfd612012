"""What the store knows, as cells of the contract files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Finding, Kept
from agent.classify.model import Subject
from agent.classify.posture import posture_rules
from agent.classify.tables import OWN
from agent.report.columns import schema_version
from agent.report.wording import worded
from agent.text import Text, unpacked
from connectors.sdk.message import Message, say

BETWEEN: Final = "; "
"""Joins the values of a list column."""

Plain = str | int | float | bool | None
"""None is an empty cell; what nobody could tell is the word "unknown"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalRow:
    """An outsider, a guest or an application; `roles`, `groups`, `rules` come joined by "; "."""

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
    """How the reading of a scope ended; `reason` and `hint` wait for the reader's language."""

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
    """A line of `exposures.csv`."""
    return _line(run_id, row)


def principal_row(row: PrincipalRow, run_id: str) -> dict[str, str]:
    """A line of `principals.csv`."""
    return _line(run_id, row)


def setting_row(row: SettingRow, run_id: str) -> dict[str, str]:
    """A line of `settings.csv`."""
    return _line(run_id, row)


def coverage_row(row: ScopeRow, run_id: str, text: Text) -> dict[str, str]:
    """A line of `coverage.csv`."""
    said = {"reason": text.of(row.reason), "hint": text.of(row.hint)}
    return _line(run_id, row) | {"seconds": f"{row.seconds:.1f}"} | said


def finding_row(kept: Kept, run_id: str, text: Text) -> dict[str, str]:
    """A line of `findings.csv`."""
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
        "principal": BETWEEN.join(finding.principals),
        "reach": cell(finding.reach),
        "severity": finding.severity.word,
        "score": cell(finding.score),
        "confidence": finding.confidence.word,
        "rules": BETWEEN.join(finding.rules),
        "reasons": BETWEEN.join(reasons_of(finding, text)),
        "unknowns": BETWEEN.join(unknowns_of(finding, text)),
        "fix": fix_of(finding, text),
        "first_seen": moment(kept.first_seen),
        "last_seen": moment(kept.last_seen),
        "changed_at": moment(kept.changed_at),
        "waived_until": kept.waived_until,
        "waived_by": kept.waived_by,
    }


def action_row(kept: Kept, run_id: str, text: Text) -> dict[str, str]:
    """A line of `ActionPlan.csv`: who does it, by when and why is for people to fill in."""
    row = finding_row(kept, run_id, text)
    empty = dict.fromkeys(("assigned_to", "due", "decision"), "")
    return row | {"path": kept.finding.path} | empty


def reasons_of(finding: Finding, text: Text) -> list[str]:
    """A sentence for each rule that objected; for a scope, why it was not read."""
    if finding.subject is Subject.SCOPE and finding.reason:
        return [text.of(unpacked(finding.reason))]
    return [_reason(text, rule, values) for rule, values in finding.evidence.items()]


def _reason(text: Text, rule: str, values: Mapping[str, str]) -> str:
    """The rule's sentence, in the variant that its evidence asks for."""
    variant = values.get("variant")
    return rule_text(text, rule, f"reason_{variant}" if variant else "reason", values)


def fix_of(finding: Finding, text: Text) -> str:
    """What to do about the leading rule; for a scope, what would make it readable."""
    if finding.subject is Subject.SCOPE and finding.hint:
        return text.of(unpacked(finding.hint))
    leading = next(iter(finding.evidence.items()), None)
    return "" if leading is None else rule_text(text, leading[0], "fix", leading[1])


def unknowns_of(finding: Finding, text: Text) -> list[str]:
    """The facts that could change the judgement, in words."""
    return [text.of(say(f"report.unknowns.{name}")) for name in finding.unknowns]


def rule_text(text: Text, rule: str, part: str, values: Mapping[str, str] | None = None) -> str:
    """A rule's sentence. Rules of the customer's own share theirs, settings share the reason; a
    rule that is gone shows as its key."""
    table = "custom" if rule.startswith(OWN) else rule
    if rule in posture_rules() and part.startswith("reason"):
        table = "setting"
    return text.of(Message(f"{table}.{part}", tuple(worded(values or {}, text).items())))


def cell(value: Plain) -> str:
    """A plain value as text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def moment(when: datetime) -> str:
    """ISO 8601 with offset, to the second."""
    return when.isoformat(timespec="seconds")


def _line(run_id: str, row: ExposureRow | PrincipalRow | SettingRow | ScopeRow) -> dict[str, str]:
    line = {"schema_version": schema_version(), "run_id": run_id}
    return line | {field.name: cell(getattr(row, field.name)) for field in fields(row)}
