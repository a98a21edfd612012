"""Findings of every kind in which no two values are the same, and the events about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Confidence, Severity, Subject
from agent.report.jsonl import exposure_object, finding_object
from agent.sinks.heartbeat import HeartbeatData, scan_event
from agent.sinks.ocsf import finding_event, sample_event
from agent.text import Text, encode_message
from connectors.sdk.message import say

FIRST_SEEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LAST_SEEN = datetime(2026, 11, 20, 21, 22, 23, tzinfo=UTC)
CHANGED = datetime(2026, 6, 7, 8, 9, 10, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, 0, 0, 500_000, tzinfo=UTC)
RUN, VERSION = "k3f9", "0.1.7"

EXPOSURE = TrackedFinding(
    finding=Finding(
        id="tjm1:0123456789abcdef0123456789abcdef",
        subject=Subject.EXPOSURE,
        subject_id="drive/item",
        service="m365",
        connector="head office",
        tenant_id="tenant",
        scope_id="b!sales",
        scope_title="Sales",
        title="顧客名簿.xlsx",
        kind="file",
        severity=Severity.CRITICAL,
        score=92,
        confidence=Confidence.MEDIUM,
        path="/sites/sales/顧客名簿.xlsx",
        url="https://example.sharepoint.com/sites/sales/x.xlsx",
        owner="sato@example.co.jp",
        grant_id="permission",
        audience="ext_named",
        access="edit",
        principals=("anna@partner.example", "bob@vendor.example"),
        domains=("partner.example", "vendor.example"),
        via_group="partners@example.co.jp",
        expires_at="2027-02-03T04:05:06+00:00",
        password="false",
        reach=7,
        sensitivity="s3",
        evidence={
            "EXT-003": {"access": "edit", "principal": "anna@partner.example"},
            "EXT-002": {"domain": "partner.example"},
        },
        points={"audience.ext_named": 30, "age": 12},
        unknowns=("label", "last_activity"),
        sensitivity_source="name",
        terms=("顧客", "名簿"),
    ),
    state="new",
    first_seen=FIRST_SEEN,
    last_seen=LAST_SEEN,
    changed_at=CHANGED,
    occurrence=3,
    waived_until="2027-03-31",
    waived_by="ciso@example.co.jp",
)
"""A file with all that a finding can say."""

OBJECT = replace(
    EXPOSURE,
    state="returned",
    finding=replace(
        EXPOSURE.finding,
        id="tjm1:1123456789abcdef0123456789abcdef",
        subject_id="Case",
        title="ケース",
        kind="object",
        severity=Severity.HIGH,
        owner="Taro Sato",
        audience="public_discoverable",
        principals=("Partner Community",),
        domains=(),
        evidence={"SF-004": {"site": "Portal", "object": "ケース", "count": "310"}},
    ),
)
SITE = replace(
    EXPOSURE,
    state="changed",
    finding=replace(
        EXPOSURE.finding,
        id="tjm1:2123456789abcdef0123456789abcdef",
        title="Sales site",
        kind="site",
        severity=Severity.MEDIUM,
        audience="ext_unresolved",
        principals=("All partners",),
        domains=("clinic.example",),
    ),
)
PRINCIPAL = replace(
    EXPOSURE,
    state="waived",
    finding=Finding(
        id="tjm1:3123456789abcdef0123456789abcdef",
        subject=Subject.PRINCIPAL,
        subject_id="guest-id",
        service="google",
        connector="Suite",
        tenant_id="C0example",
        scope_id="directory",
        scope_title="People",
        title="Anna",
        kind="guest",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        principals=("anna@partner.example",),
        domains=("partner.example",),
        evidence={"GUEST-001": {"days": "601", "limit": "90"}},
        unknowns=("last_sign_in",),
    ),
)
SETTING = replace(
    EXPOSURE,
    state="resolved",
    finding=Finding(
        id="tjm1:4123456789abcdef0123456789abcdef",
        subject=Subject.SETTING,
        subject_id="sharepointSettings.sharingCapability",
        service="m365",
        connector="head office",
        tenant_id="tenant",
        scope_id="settings",
        scope_title="Sharing settings",
        title="sharepointSettings.sharingCapability /sites/sales",
        kind="setting",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        evidence={
            "POST-SPO-01": {
                "setting": "sharepointSettings.sharingCapability",
                "subject": "/sites/sales",
                "value": "externalUserAndGuestSharing",
                "expected": "disabled",
            }
        },
    ),
)
SCOPE = replace(
    EXPOSURE,
    state="open",
    finding=Finding(
        id="tjm1:5123456789abcdef0123456789abcdef",
        subject=Subject.SCOPE,
        subject_id="b!hr",
        service="salesforce",
        connector="CRM",
        tenant_id="00D0",
        scope_id="b!hr",
        scope_title="HR",
        title="HR",
        kind="denied",
        severity=Severity.UNKNOWN,
        url="https://example.sharepoint.com/sites/hr",
        evidence={"COV-001": {"status": "denied"}},
        reason=encode_message(say("sdk.unreachable", host="graph.example", detail="Timeout")),
        hint=encode_message(say("sdk.unreachable_hint")),
    ),
)
ROW = ExposureRow(
    service="m365",
    connector="head office",
    tenant_id="tenant",
    scope_id="b!sales",
    scope_title="Sales",
    item_id="drive/item",
    item_kind="file",
    item_name="顧客名簿.xlsx",
    item_path="/sites/sales/顧客名簿.xlsx",
    item_url="https://example.sharepoint.com/sites/sales/x.xlsx",
    owner="sato@example.co.jp",
    grant_id="permission",
    audience="ext_named",
    access="edit",
    principal="anna@partner.example",
    principal_kind="guest",
    principal_domain="partner.example; sub.partner.example",
    via_group="partners@example.co.jp",
    inherited_from="folder",
    created_at="2026-02-03T04:05:06+00:00",
    created_by="suzuki@example.co.jp",
    expires_at="2027-02-03T04:05:06+00:00",
    password="false",
    first_seen="2026-01-02T03:04:05+00:00",
    last_seen="2026-11-20T21:22:23+00:00",
    item_created_at="2025-05-06T07:08:09+00:00",
    item_modified_at="2026-06-07T08:09:10+00:00",
    sensitivity="s3",
    sensitivity_source="name",
    reach=7,
    score=92,
    severity="critical",
    overexposed=True,
    rules="EXT-003; EXT-002",
    finding_id="tjm1:0123456789abcdef0123456789abcdef",
    criteria="Status = 'Open'",
    views=23,
    sensitivity_terms="顧客; 名簿",
)
PULSE = HeartbeatData(
    started=FIRST_SEEN,
    ended=NOW,
    paused=False,
    exit_code=4,
    items=52,
    coverage={"complete": 26, "denied": 2},
    unread=[("head office", "HR", "Timeout")],
    severities={"critical": 13, "high": 34},
    states={"new": 40, "resolved": 9},
    external_exposures=77,
    urgent=29,
    not_opened=["CRM"],
)
RISEN = {"changed"}


def objects(language: str) -> dict[str, str]:
    """Return an event of each kind, and the JSON lines, by the names of their golden files."""
    text = Text(language)
    made: dict[str, Any] = {
        f"{kept.state}-{name}": finding_event(
            kept,
            kept.state,
            text,
            run_id=RUN,
            now=NOW,
            version=VERSION,
            worsened=kept.state in RISEN,
            snapshot=kept is SCOPE,
        )
        for name, kept in {
            "file": EXPOSURE,
            "object": OBJECT,
            "site": SITE,
            "principal": PRINCIPAL,
            "setting": SETTING,
            "scope": SCOPE,
        }.items()
    }
    verdict = "77 doors stand open."
    return {
        f"{name}.json": _shown(value)
        for name, value in {
            **made,
            "scan-completed": scan_event(PULSE, verdict, run_id=RUN, version=VERSION),
            "scan-paused": scan_event(
                replace(PULSE, paused=True), verdict, run_id=RUN, version=VERSION
            ),
            "test": sample_event(RUN, NOW, VERSION),
            "findings.jsonl": finding_object(EXPOSURE, text),
            "exposures.jsonl": exposure_object(ROW),
        }.items()
    }


def _shown(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
