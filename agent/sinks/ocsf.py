"""Map a finding to an OCSF 1.5.0 Data Security Finding (2006), for all sinks.

The heartbeat of a run is in `agent.sinks.heartbeat`. Times are epoch milliseconds. OCSF objects
allow no further fields, so that the rest is in `unmapped`. No event contains the URL of a sharing
link.

Source: https://github.com/ocsf/ocsf-schema/blob/main/events/findings/data_security_finding.json
(read 2026-08-15)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Confidence, Severity, Subject
from agent.report.csv_rows import format_time
from agent.text import Text
from agent.text.findings import finding_fix, finding_reasons, rule_text

VERSION: Final = "1.5.0"
CLASS: Final = 2006
DSPM: Final = 12  # data_security.detection_system_id: Data Security Posture Management
RULE: Final = 1  # finding_info.analytic.type_id: Rule
OTHER: Final = 99

MAX_PRINCIPALS: Final = 100
"""The largest number of principals in one event: a link may have thousands."""

NAMESPACE: Final = UUID("6f1d2f0e-3b7a-5c44-9d0b-7a6b0c1e52d7")
"""The namespace of event ids. If it changed, receivers would take known events for new ones."""


@dataclass(frozen=True, slots=True)
class _Transition:
    """A state transition of a finding in OCSF, and its word in the event id."""

    activity: int
    status: int
    word: str
    alert: bool


TRANSITIONS: Final[Mapping[str, _Transition]] = {
    "new": _Transition(1, 1, "create", alert=True),
    "returned": _Transition(1, 1, "create", alert=True),
    "changed": _Transition(2, 2, "update", alert=False),
    "resolved": _Transition(3, 4, "close", alert=False),
    "waived": _Transition(2, 3, "suppress", alert=False),
}
"""State of a finding -> event. The states `open` and `not_compared` have none."""

_SNAPSHOT = _Transition(2, 2, "snapshot", alert=False)

_SEVERITY: Final = {
    Severity.UNKNOWN: (0, "Unknown"),
    Severity.INFO: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}
_CONFIDENCE: Final = {Confidence.LOW: 1, Confidence.MEDIUM: 2, Confidence.HIGH: 3}
_ACTIVITY: Final = {1: "Create", 2: "Update", 3: "Close"}
_STATUS: Final = {1: "New", 2: "In Progress", 3: "Suppressed", 4: "Resolved"}
_FILE: Final = {"file": 1, "document": 1, "folder": 2, "library": 2}
_PUBLIC: Final = frozenset({"anyone_link", "public_discoverable"})
_CONFIDENTIALITY: Final = {
    "public": 1,
    "s1": 5,
    "s2": 2,
    "s3": 6,
}  # private, confidential, restricted


def event_id(uid: str, transition: str, occurrence: int, content: str = "") -> str:
    """Return the id of an event: a UUIDv5, the same whenever this transition is sent.

    Args:
        uid: The id of the finding.
        transition: The transition: `create`, `update`, `close`, `suppress`, `snapshot`.
        occurrence: How many times the finding was opened.
        content: What tells several updates of one occurrence apart.
    """
    return str(uuid5(NAMESPACE, "\0".join((uid, transition, content, str(occurrence)))))


def finding_event(
    tracked: TrackedFinding,
    transition: str,
    text: Text,
    *,
    run_id: str,
    now: datetime,
    version: str,
    worsened: bool = False,
    snapshot: bool = False,
) -> dict[str, Any]:
    """Return the event for a transition of a finding.

    Args:
        tracked: The finding with its history.
        transition: A key of `TRANSITIONS`; with `snapshot` any state.
        text: The sentences in the language of the run.
        run_id: The id of the run.
        now: The time of the event.
        version: The version of this program.
        worsened: The change raised the severity: the update is an alert again.
        snapshot: The event states the finding as it is in this run, and is never an alert.

    Raises:
        KeyError: The state has no event, and `snapshot` is False.
    """
    finding = tracked.finding
    move = TRANSITIONS.get(transition, _SNAPSHOT) if snapshot else TRANSITIONS[transition]
    uid = _uid(tracked, "snapshot" if snapshot else move.word, f"{run_id} {format_time(now)}")
    severity, severity_word = _SEVERITY[finding.severity]
    return {
        "activity_id": move.activity,
        "activity_name": _ACTIVITY[move.activity],
        "category_uid": CLASS // 1000,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + move.activity,
        "time": epoch_millis(now),
        "status_id": move.status,
        "status": _STATUS[move.status],
        "is_alert": not snapshot and (move.alert or (transition == "changed" and worsened)),
        "severity_id": severity,
        "severity": severity_word,
        "confidence_id": _CONFIDENCE[finding.confidence],
        **_risk(finding),
        "metadata": _metadata(finding, uid, run_id, version),
        "cloud": {"provider": finding.service, "account": {"uid": finding.tenant_id}},
        "finding_info": _finding_info(tracked, text, version),
        **without_empty(data_security=_data_security(finding, text), actor=_actor(finding)),
        **_subject(finding),
        "unmapped": {
            "remediation": without_empty(desc=finding_fix(finding, text)),
            "tojimari": _unmapped(tracked, transition, text),
        },
    }


def _metadata(finding: Finding, uid: str, run_id: str, version: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "uid": uid,
        "correlation_uid": run_id,
        "tenant_uid": finding.tenant_id,
        "profiles": ["cloud"],
        "product": product(version),
    }


def _uid(tracked: TrackedFinding, word: str, snapshot_id: str) -> str:
    """Return the event id; each change back and forth, and each snapshot, has its own."""
    content = ""
    if word in ("update", "suppress"):
        content = f"{tracked.finding.fingerprint()} {format_time(tracked.changed_at)}"
    elif word == "snapshot":
        content = snapshot_id
    return event_id(tracked.finding.id, word, tracked.occurrence, content)


def sample_event(run_id: str, now: datetime, version: str) -> dict[str, Any]:
    """Return the event that `deliver --check` sends: valid OCSF, marked as a test."""
    uid = event_id("test", "test", 1, run_id)
    name = "tojimari test event"
    return {
        "activity_id": OTHER,
        "activity_name": "Test",
        "category_uid": CLASS // 1000,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + OTHER,
        "time": epoch_millis(now),
        "status_id": OTHER,
        "status": "Test",
        "is_alert": False,
        "severity_id": 1,
        "severity": "Informational",
        "metadata": {
            "version": VERSION,
            "uid": uid,
            "correlation_uid": run_id,
            "labels": ["test"],
            "product": product(version),
        },
        "finding_info": {"uid": "tojimari-test", "title": name, "types": ["test"]},
        "data_security": {"detection_system_id": DSPM},
        "resources": [{"uid": "tojimari-test", "name": name, "type": "test"}],
        "unmapped": {"tojimari": {"transition": "test", "test": True}},
    }


def product(version: str) -> dict[str, str]:
    """Return the OCSF object of this program."""
    return {"name": "tojimari", "vendor_name": "tojimari", "version": version}


def _finding_info(tracked: TrackedFinding, text: Text, version: str) -> dict[str, Any]:
    finding = tracked.finding
    leading = next(iter(finding.rules), "")
    title = _rule_title(finding, leading, text)
    named = f"{title}: {finding.title}" if title and finding.title else title or finding.title
    return without_empty(
        uid=finding.id,
        title=named,
        desc=" ".join((*finding_reasons(finding, text), finding_fix(finding, text))).strip(),
        types=[word for word in (finding.subject.value, finding.audience) if word],
        analytic=without_empty(uid=leading, name=title, type_id=RULE, version=version)
        if leading
        else None,
        first_seen_time=epoch_millis(tracked.first_seen),
        last_seen_time=epoch_millis(tracked.last_seen),
        created_time=epoch_millis(tracked.first_seen),
        modified_time=epoch_millis(tracked.changed_at),
    )


def _data_security(finding: Finding, text: Text) -> dict[str, Any]:
    leading = next(iter(finding.rules), "")
    return without_empty(
        detection_system_id=DSPM,
        confidentiality_id=_CONFIDENTIALITY.get(finding.sensitivity),
        policy=without_empty(uid=leading, name=_rule_title(finding, leading, text)),
    )


def _rule_title(finding: Finding, rule: str, text: Text) -> str:
    return rule_text(text, rule, "title", finding.evidence[rule]) if rule else ""


def _risk(finding: Finding) -> dict[str, Any]:
    """Return risk level and score; none for a finding of unknown severity."""
    if finding.severity is Severity.UNKNOWN:
        return {}
    return {"risk_level_id": int(finding.severity), **without_empty(risk_score=finding.score)}


def _subject(finding: Finding) -> dict[str, Any]:
    """Return what the finding is about: a resource, and a file or table where OCSF has one."""
    uid = finding.subject_id or finding.scope_id
    name = finding.title or finding.scope_title or uid
    kind = "scope" if finding.subject is Subject.SCOPE else finding.kind
    owner = _user_object(finding.owner)
    resource = without_empty(uid=uid, name=name, type=kind, owner=owner)
    if finding.subject is not Subject.EXPOSURE:
        return {"resources": [resource]}
    if finding.kind == "object":
        return {"resources": [resource], "table": without_empty(uid=uid, name=name)}
    if finding.kind not in _FILE:
        return {"resources": [resource]}
    file = without_empty(
        uid=uid,
        name=name,
        type_id=_FILE[finding.kind],
        path=finding.path,
        url=without_empty(url_string=finding.url),
        owner=owner,
        confidentiality_id=_CONFIDENTIALITY.get(finding.sensitivity),
    )
    if finding.audience != "unknown":
        file["is_public"] = finding.audience in _PUBLIC
    return {"resources": [resource], "file": file}


def _actor(finding: Finding) -> dict[str, Any]:
    """Return the principal: the guest, or the first of the grant; `unmapped` has all of them."""
    if finding.subject is Subject.PRINCIPAL:
        mail = next((name for name in finding.principals if "@" in name), "")
        domain = next(iter(finding.domains), "")
        user = without_empty(
            uid=finding.subject_id, name=finding.title, email_addr=mail, domain=domain
        )
        return {"user": user | {"type_id": OTHER, "type": finding.kind or "principal"}}
    user = _user_object(next(iter(finding.principals), ""))
    if not user:
        return {}
    user |= without_empty(domain=next(iter(finding.domains), ""))
    if finding.audience.startswith("ext_"):
        user |= {"type_id": OTHER, "type": "external"}
    return {"user": user}


def _user_object(name: str) -> dict[str, Any]:
    if not name or name == "unknown":
        return {}
    return without_empty(name=name, email_addr=name if "@" in name else "")


def _unmapped(tracked: TrackedFinding, transition: str, text: Text) -> dict[str, Any]:
    """Return the fields that OCSF has no place for."""
    finding = tracked.finding
    return without_empty(
        transition=transition,
        occurrence=tracked.occurrence,
        service=finding.service,
        connector=finding.connector,
        scope_id=finding.scope_id,
        scope_title=finding.scope_title,
        subject=finding.subject.value,
        kind=finding.kind,
        grant_id=finding.grant_id,
        audience=finding.audience,
        access=finding.access,
        principals=list(finding.principals[:MAX_PRINCIPALS]),
        principal_count=len(finding.principals),
        domains=list(finding.domains),
        via_group=finding.via_group,
        expires_at=finding.expires_at,
        password=finding.password,
        reach=finding.reach,
        sensitivity=finding.sensitivity,
        rules=[
            {"uid": rule, "name": _rule_title(finding, rule, text), "evidence": dict(values)}
            for rule, values in finding.evidence.items()
        ],
        reasons=finding_reasons(finding, text),
        points=dict(finding.points),
        unknowns=list(finding.unknowns),
        waived_until=tracked.waived_until,
        waived_by=tracked.waived_by,
    )


def without_empty(**parts: object) -> dict[str, Any]:
    """Return the arguments without None, empty texts and empty containers, which OCSF refuses.

    Zero and False are kept.
    """
    empty: tuple[object, ...] = (None, "", [], {})
    return {name: value for name, value in parts.items() if value not in empty}


def epoch_millis(when: datetime) -> int:
    """Return a time as epoch milliseconds, the unit of every time in OCSF."""
    return round(when.timestamp() * 1000)
