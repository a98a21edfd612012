"""What the store knows, as cells of the contract files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Subject
from agent.classify.policy_config import OWN
from agent.classify.settings_baseline import expected_setting_rules
from agent.report.columns import schema_version
from agent.report.localize import localize_values
from agent.text import Text, decode_message
from connectors.sdk.message import Message, say

LIST_SEPARATOR: Final = "; "
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
    said = {"reason": text.render(row.reason), "hint": text.render(row.hint)}
    return _line(run_id, row) | {"seconds": f"{row.seconds:.1f}"} | said


def finding_row(kept: TrackedFinding, run_id: str, text: Text) -> dict[str, str]:
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
    """A line of `ActionPlan.csv`: who does it, by when and why is for people to fill in."""
    row = finding_row(kept, run_id, text)
    empty = dict.fromkeys(("assigned_to", "due", "decision"), "")
    return row | {"path": kept.finding.path} | empty


def finding_reasons(finding: Finding, text: Text) -> list[str]:
    """A sentence for each rule that objected; for a scope, why it was not read."""
    if finding.subject is Subject.SCOPE and finding.reason:
        return [text.render(decode_message(finding.reason))]
    return [_reason(text, rule, values) for rule, values in finding.evidence.items()]


def _reason(text: Text, rule: str, values: Mapping[str, str]) -> str:
    """The rule's sentence, in the variant that its evidence asks for."""
    variant = values.get("variant")
    return rule_text(text, rule, f"reason_{variant}" if variant else "reason", values)


def finding_fix(finding: Finding, text: Text) -> str:
    """What to do about the leading rule; for a scope, what would make it readable."""
    if finding.subject is Subject.SCOPE and finding.hint:
        return text.render(decode_message(finding.hint))
    leading = next(iter(finding.evidence.items()), None)
    return "" if leading is None else rule_text(text, leading[0], "fix", leading[1])


def finding_unknowns(finding: Finding, text: Text) -> list[str]:
    """The facts that could change the judgement, in words."""
    return [text.render(say(f"report.unknowns.{name}")) for name in finding.unknowns]


def rule_text(text: Text, rule: str, part: str, values: Mapping[str, str] | None = None) -> str:
    """A rule's sentence. Rules of the customer's own share theirs, settings share the reason; a
    rule that is gone shows as its key."""
    table = "custom" if rule.startswith(OWN) else rule
    if rule in expected_setting_rules() and part.startswith("reason"):
        table = "setting"
    return text.render(
        Message(f"{table}.{part}", tuple(localize_values(values or {}, text).items()))
    )


def format_cell(value: Plain) -> str:
    """A plain value as text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def format_time(when: datetime) -> str:
    """ISO 8601 with offset, to the second."""
    return when.isoformat(timespec="seconds")


def _line(run_id: str, row: ExposureRow | PrincipalRow | SettingRow | ScopeRow) -> dict[str, str]:
    line = {"schema_version": schema_version(), "run_id": run_id}
    return line | {field.name: format_cell(getattr(row, field.name)) for field in fields(row)}
