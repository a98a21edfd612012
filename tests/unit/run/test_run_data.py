"""Every value of the rows about principals, settings and scopes lies in its own column."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from agent.classify.model import Severity
from agent.classify.settings_baseline import EvaluatedSetting, ExpectedSetting, Result
from agent.run.finding_builder import setting_id
from agent.run.run_data import _principal_row, _scope_row, _setting_row
from agent.store import exposures
from agent.store.coverage import scopes, tenants
from agent.store.engine import open_store
from agent.store.facts import FactStore
from agent.store.tenant_settings import StoredSetting
from connectors.sdk.message import say
from connectors.sdk.records import (
    Coverage,
    Principal,
    PrincipalKind,
    Scope,
    Setting,
    Started,
    State,
    Status,
    Tenant,
)
from tests.golden.specimens import PRINCIPAL, ROW

from .test_finding_builder import TENANT

PLACE = {"service": "m365", "connector": "head office", "tenant_id": "tenant"}


def test_a_principal_has_each_value_in_its_column() -> None:
    guest = Principal(
        id="anna-id",
        kind=PrincipalKind.GUEST,
        name="Anna",
        mail="anna@partner.example",
        state=State.ACTIVE,
        created_at=datetime(2024, 4, 1, tzinfo=UTC),
        invited_at=datetime(2024, 4, 2, tzinfo=UTC),
        last_sign_in=datetime(2026, 11, 1, 2, tzinfo=UTC),
        sponsor="sato@example.co.jp",
        roles=("Directory Readers", "owner of 営業部"),
    )
    kept = replace(PRINCIPAL, finding=replace(PRINCIPAL.finding, severity=Severity.LOW))
    assert asdict(_principal_row(TENANT, guest, 17, ["Sales", "開発"], kept)) == {
        **PLACE,
        "principal_id": "anna-id",
        "kind": "guest",
        "name": "Anna",
        "mail": "anna@partner.example",
        "domain": "partner.example",
        "state": "active",
        "created_at": "2024-04-01T00:00:00+00:00",
        "last_sign_in": "2026-11-01T02:00:00+00:00",
        "sponsor": "sato@example.co.jp",
        "roles": "Directory Readers; owner of 営業部",
        "groups": "Sales; 開発",
        "items_reached": 17,
        "severity": "low",
        "rules": "GUEST-001",
        "finding_id": PRINCIPAL.finding.id,
    }


def test_a_setting_has_each_value_in_its_column() -> None:
    setting = Setting(id="sharing.capability", value="everybody", subject="/sites/sales")
    posture = ExpectedSetting(
        rule="POST-SPO-01",
        setting=setting.id,
        severity=Severity.HIGH,
        references=("CIS 7.2.3", "MS.SHAREPOINT.1.1v1"),
        values=("nobody", "existing"),
        unless={},
    )
    held = StoredSetting(
        scope=5, scope_id="settings", scope_title="Sharing settings", setting=setting
    )
    stated = EvaluatedSetting(setting=setting, expectation=posture, result=Result.FAIL)
    assert asdict(_setting_row(TENANT, held, stated)) == {
        **PLACE,
        "setting_id": "sharing.capability",
        "scope_id": "/sites/sales",
        "value": "everybody",
        "expected": "nobody | existing",
        "result": "fail",
        "references": "CIS 7.2.3; MS.SHAREPOINT.1.1v1",
        "finding_id": setting_id(TENANT, setting),
    }


def test_a_scope_has_each_value_in_its_column(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    facts = FactStore(engine, lambda: datetime(2026, 11, 21, tzinfo=UTC))
    key = facts.ensure_tenant("m365", "head office", Tenant(id="tenant", name="Example K.K."))
    scope = Scope(id="b!sales", title="Sales", url="https://example.sharepoint.com/sites/sales")
    (planned,) = facts.plan_scopes(key, [scope], "run", full=False)
    facts.begin_scope(planned.key, Started(full=True, resumed=False), "run")
    ended = Coverage(
        status=Status.PARTIAL,
        calls=74,
        seconds=1.25,
        reason=say("sdk.interrupted"),
        hint=say("sdk.resume_later"),
    )
    facts.finish_scope(planned.key, (), ended)
    with engine.begin() as db:
        exposures.insert(db, [exposures.line_of(ROW, scope=planned.key, principal_key="anna")])
    (tenant,) = tenants(engine)
    (state,) = scopes(engine, key)
    state = replace(state, coverage=replace(state.coverage, items=52))
    assert asdict(_scope_row(engine, tenant, state)) == {
        **PLACE,
        "scope_id": "b!sales",
        "scope_title": "Sales",
        "url": "https://example.sharepoint.com/sites/sales",
        "status": "partial",
        "full": True,
        "items": 52,
        "exposed_items": 1,
        "calls": 74,
        "seconds": 1.25,
        "reason": asdict(say("sdk.interrupted")),
        "hint": asdict(say("sdk.resume_later")),
    }
    engine.dispose()
