"""Every value of a judged subject lies in its own field: here no two values are the same."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from agent.classify.model import (
    Confidence,
    Evaluation,
    Exposure,
    Match,
    Sensitivity,
    SensitivityLevel,
    Severity,
    Subject,
    finding_id,
)
from agent.classify.settings_baseline import EvaluatedSetting, Result
from agent.run.finding_builder import EvaluatedExposure, FindingBuilder
from agent.store.coverage import ScopeState, TenantRow
from agent.store.items import ItemWithGrants, StoredGrant
from connectors.sdk.message import say
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Coverage,
    Grant,
    Item,
    Principal,
    PrincipalKind,
    Setting,
    Status,
)

NEVER = datetime(1999, 1, 1, tzinfo=UTC)
"""What is taken in the words of the store and not from here."""

TENANT = TenantRow(
    key=1,
    service="m365",
    connector="head office",
    tenant_id="tenant",
    title="Example K.K.",
    domains=("example.co.jp",),
)
SCOPE = ScopeState(
    key=5,
    id="b!sales",
    title="Sales",
    url="https://example.sharepoint.com/sites/sales",
    round=4,
    full=True,
    run_id="run",
    ended="2026-11-21T03:00:00+00:00",
    coverage=Coverage(
        status=Status.DENIED, reason=say("sdk.interrupted"), hint=say("sdk.resume_later")
    ),
)
PLACE = {
    "service": "m365",
    "connector": "head office",
    "tenant_id": "tenant",
    "scope_id": "b!sales",
    "scope_title": "Sales",
}
ITEM = Item(
    id="drive/item",
    kind="file",
    name="顧客名簿.xlsx",
    url="https://example.sharepoint.com/x.xlsx",
    owner="not.this.owner@example.co.jp",
    created_at=NEVER,
    modified_at=NEVER,
)
GRANT = Grant(
    id="permission",
    audience=Audience.EXT_UNRESOLVED,
    access=Access.EDIT,
    principal="Anna@partner.example",
    principal_kind=PrincipalKind.GUEST,
    principal_id="anna-id",
    inherited_from="folder",
    created_at=NEVER,
    created_by="not.this.maker@example.co.jp",
    expires_at=NEVER,
    password=UNKNOWN,
    reach=999,
    criteria="Status = 'Open'",
    views=23,
)
JUDGED = EvaluatedExposure(
    exposure=Exposure(
        connector="not this connector",
        service="not this service",
        item=ITEM,
        grant=GRANT,
        audience=Audience.EXT_NAMED,
        path="/sites/sales/顧客名簿.xlsx",
        reach=7,
        first_seen=NEVER,
        principal_domains=("sub.partner.example", "partner.example"),
        via_group="partners@example.co.jp",
    ),
    stored_item=ItemWithGrants(
        item=ITEM,
        owner="sato@example.co.jp",
        created_at="2025-05-06T07:08:09+00:00",
        modified_at="2026-06-07T08:09:10+00:00",
        grants=(),
        round=4,
        container=False,
        items_below=0,
    ),
    stored_grant=StoredGrant(
        grant=GRANT,
        first_seen="2026-01-02T03:04:05+00:00",
        last_seen="2026-11-20T21:22:23+00:00",
        created_at="2026-02-03T04:05:06+00:00",
        created_by="suzuki@example.co.jp",
        expires_at="2027-02-03T04:05:06+00:00",
        password="false",
    ),
    evaluation=Evaluation(
        severity=Severity.CRITICAL,
        score=92,
        confidence=Confidence.MEDIUM,
        audience=Audience.EXT_CONSUMER,
        sensitivity=Sensitivity(level=SensitivityLevel.S3, source="name", terms=("顧客", "名簿")),
        points={"audience.ext_consumer": 30},
        matches=(
            Match(rule="EXT-003", evidence={"access": "edit"}),
            Match(rule="EXT-002", evidence={"domain": "partner.example"}),
        ),
        unknowns=("label", "last_activity"),
    ),
)
DESCRIBER = FindingBuilder(TENANT, SCOPE)
ID = finding_id("m365", "tenant", "drive/item", "permission")


def test_a_finding_about_an_exposure_has_each_value_in_its_field() -> None:
    finding = DESCRIBER.exposure_finding([JUDGED])
    assert finding is not None
    assert asdict(finding) == {
        "id": ID,
        "subject": Subject.EXPOSURE,
        "subject_id": "drive/item",
        **PLACE,
        "title": "顧客名簿.xlsx",
        "kind": "file",
        "severity": Severity.CRITICAL,
        "score": 92,
        "confidence": Confidence.MEDIUM,
        "path": "/sites/sales/顧客名簿.xlsx",
        "url": "https://example.sharepoint.com/x.xlsx",
        "owner": "sato@example.co.jp",
        "grant_id": "permission",
        "audience": "ext_consumer",
        "access": "edit",
        "principals": ("Anna@partner.example",),
        "domains": ("partner.example", "sub.partner.example"),
        "via_group": "partners@example.co.jp",
        "expires_at": "2027-02-03T04:05:06+00:00",
        "password": "false",
        "reach": 7,
        "sensitivity": "s3",
        "evidence": {"EXT-003": {"access": "edit"}, "EXT-002": {"domain": "partner.example"}},
        "points": {"audience.ext_consumer": 30},
        "unknowns": ("label", "last_activity"),
        "reason": "",
        "hint": "",
        "sensitivity_source": "name",
        "terms": ("顧客", "名簿"),
    }


def test_a_row_of_an_exposure_has_each_value_in_its_column() -> None:
    row = DESCRIBER.exposure_row(JUDGED, DESCRIBER.exposure_finding([JUDGED]))
    assert asdict(row) == {
        **PLACE,
        "item_id": "drive/item",
        "item_kind": "file",
        "item_name": "顧客名簿.xlsx",
        "item_path": "/sites/sales/顧客名簿.xlsx",
        "item_url": "https://example.sharepoint.com/x.xlsx",
        "owner": "sato@example.co.jp",
        "grant_id": "permission",
        "audience": "ext_consumer",
        "access": "edit",
        "principal": "Anna@partner.example",
        "principal_kind": "guest",
        "principal_domain": "sub.partner.example; partner.example",
        "via_group": "partners@example.co.jp",
        "inherited_from": "folder",
        "created_at": "2026-02-03T04:05:06+00:00",
        "created_by": "suzuki@example.co.jp",
        "expires_at": "2027-02-03T04:05:06+00:00",
        "password": "false",
        "first_seen": "2026-01-02T03:04:05+00:00",
        "last_seen": "2026-11-20T21:22:23+00:00",
        "item_created_at": "2025-05-06T07:08:09+00:00",
        "item_modified_at": "2026-06-07T08:09:10+00:00",
        "sensitivity": "s3",
        "sensitivity_source": "name",
        "reach": 7,
        "score": 92,
        "severity": "critical",
        "overexposed": True,
        "rules": "EXT-003; EXT-002",
        "finding_id": ID,
        "criteria": "Status = 'Open'",
        "views": "23",
        "sensitivity_terms": "顧客; 名簿",
    }


def test_a_finding_about_a_setting_has_each_value_in_its_field() -> None:
    setting = Setting(id="sharing.capability", value="everybody", subject="/sites/sales")
    judgement = Evaluation(
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        matches=(Match(rule="POST-SPO-01", evidence={"value": "everybody"}),),
        unknowns=("setting",),
    )
    stated = EvaluatedSetting(setting=setting, expectation=None, result=Result.FAIL)
    assert asdict(DESCRIBER.setting_finding(stated, judgement)) == {
        **EMPTY,
        **PLACE,
        "id": finding_id("m365", "tenant", "setting", "sharing.capability", "/sites/sales"),
        "subject": Subject.SETTING,
        "subject_id": "sharing.capability",
        "title": "sharing.capability /sites/sales",
        "kind": "setting",
        "severity": Severity.HIGH,
        "confidence": Confidence.MEDIUM,
        "evidence": {"POST-SPO-01": {"value": "everybody"}},
        "unknowns": ("setting",),
    }


def test_a_finding_about_a_principal_has_each_value_in_its_field() -> None:
    guest = Principal(
        id="anna-id", kind=PrincipalKind.GUEST, name="Anna", mail="anna@partner.example"
    )
    judgement = Evaluation(
        severity=Severity.HIGH,
        confidence=Confidence.LOW,
        matches=(Match(rule="GUEST-001", evidence={"days": "601"}),),
        unknowns=("last_sign_in",),
    )
    assert asdict(DESCRIBER.external_account(guest, judgement)) == {
        **EMPTY,
        **PLACE,
        "id": finding_id("m365", "tenant", "principal", "anna-id"),
        "subject": Subject.PRINCIPAL,
        "subject_id": "anna-id",
        "title": "Anna",
        "kind": "guest",
        "severity": Severity.HIGH,
        "confidence": Confidence.LOW,
        "principals": ("anna@partner.example",),
        "evidence": {"GUEST-001": {"days": "601"}},
        "unknowns": ("last_sign_in",),
    }


def test_a_finding_about_a_scope_has_each_value_in_its_field() -> None:
    judgement = Evaluation(
        severity=Severity.UNKNOWN,
        confidence=Confidence.MEDIUM,
        matches=(Match(rule="COV-001", evidence={"status": "denied"}),),
    )
    assert asdict(DESCRIBER.unread_scope(judgement)) == {
        **EMPTY,
        **PLACE,
        "id": finding_id("m365", "tenant", "scope", "b!sales"),
        "subject": Subject.SCOPE,
        "subject_id": "b!sales",
        "title": "Sales",
        "kind": "denied",
        "url": "https://example.sharepoint.com/sites/sales",
        "severity": Severity.UNKNOWN,
        "confidence": Confidence.MEDIUM,
        "evidence": {"COV-001": {"status": "denied"}},
        "reason": '["sdk.interrupted", {}]',
        "hint": '["sdk.resume_later", {}]',
    }


EMPTY = {
    "score": None,
    "path": "",
    "url": "",
    "owner": "",
    "grant_id": "",
    "audience": "",
    "access": "",
    "principals": (),
    "domains": (),
    "via_group": "",
    "expires_at": "",
    "password": "",
    "reach": None,
    "sensitivity": "",
    "evidence": {},
    "points": {},
    "unknowns": (),
    "reason": "",
    "hint": "",
    "sensitivity_source": "",
    "terms": (),
}
"""What a finding says that is not about an exposure."""
