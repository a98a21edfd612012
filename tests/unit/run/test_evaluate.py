"""A tenant is judged the same by one process and by several."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.classify.evaluator import Evaluator
from agent.classify.finding import Finding
from agent.classify.model import Confidence, Severity, Subject, finding_id
from agent.classify.policy import Policy
from agent.classify.policy_config import OrganizationConfig, PolicyConfig, Waiver
from agent.run.evaluate import TenantEvaluation
from agent.store import schema
from agent.store.coverage import tenants
from agent.store.engine import open_store
from agent.store.facts import FactStore
from agent.store.finding_lifecycle import FindingTracker
from agent.store.findings import finding_from_body
from connectors.sdk.records import (
    Access,
    Audience,
    Coverage,
    Grant,
    Item,
    PrincipalKind,
    Scope,
    Started,
    Status,
    Tenant,
)

NOW = datetime(2026, 11, 9, tzinfo=UTC)
ITEMS = 1100  # several pages
MANY = 1_000_000


def item(number: int, access: Access = Access.VIEW) -> Item:
    link = Grant(
        id=f"link{number}",
        audience=Audience.ANYONE_LINK,
        access=access,
        principal="",
        principal_kind=PrincipalKind.LINK,
        expires_at=None,
    )
    guest = Grant(
        id=f"guest{number}",
        audience=Audience.EXT_NAMED,
        access=access,
        principal=f"p{number % 7}@partner.example",
        principal_kind=PrincipalKind.GUEST,
    )
    return Item(id=f"{number:05}", kind="file", name=f"顧客名簿{number}.xlsx", grants=(link, guest))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    engine = open_store(tmp_path)
    facts = FactStore(engine, lambda: NOW)
    tenant = facts.ensure_tenant("box", "box", Tenant(id="T", name="T"))
    scopes = [Scope(id=name, title=name) for name in ("long", "empty", "short")]
    contents = (
        [item(n) for n in range(ITEMS)],
        [],
        [item(0, Access.EDIT), item(ITEMS)],  # the first of them lies in the long one, too
    )
    plan = {p.scope.id: p.key for p in facts.plan_scopes(tenant, scopes, "r", full=False)}
    for scope, items in zip(scopes, contents, strict=True):
        facts.begin_scope(plan[scope.id], Started(full=True, resumed=False), "r")
        facts.finish_scope(plan[scope.id], items, Coverage(status=Status.COMPLETE))
    engine.dispose()
    return tmp_path


def judged(
    store: Path, run: str, many: int = MANY, waivers: tuple[Waiver, ...] = ()
) -> dict[str, Sequence[Any]]:
    engine = open_store(store)
    table = PolicyConfig(waivers=waivers)
    policy = Policy.compile(table, OrganizationConfig(), ("example.co.jp",), NOW.date())
    ledger = FindingTracker(
        engine,
        run,
        NOW,
        sinks={"siem": lambda kept, _: (f"{run} {kept.finding.id} {kept.state}", "{}")},
        changed=Evaluator(policy, NOW).evaluate_change,
    )
    for tenant in tenants(engine):
        TenantEvaluation(engine, ledger, tenant, policy, NOW, large_group=500, many=many).run()
    with engine.connect() as db:
        left: dict[str, Sequence[Any]] = {
            table.name: db.execute(select(table).order_by(*table.primary_key)).all()
            for table in (schema.exposure, schema.finding, schema.outbox)
        }
    engine.dispose()
    return left


def copied(store: Path, factory: pytest.TempPathFactory) -> Path:
    other = factory.mktemp("other")
    for file in store.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    return other


def test_one_process_and_several_write_the_same(
    store: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = copied(store, tmp_path_factory)
    for run in ("first", "second"):
        alone, beside = judged(store, run, many=MANY), judged(other, run, many=1)
        assert alone == beside
    assert len(alone["exposure"]) == 2 * (ITEMS + 2)
    assert len(alone["finding"]) == 2 * (ITEMS + 1)


def test_what_goes_into_the_books_says_what_was_judged(store: Path) -> None:
    rows = judged(store, "first")["finding"]
    kept = {f.grant_id: f for f in (finding_from_body(row.body) for row in rows)}
    found = kept["guest7"]
    assert found.score == sum(found.points.values())
    assert {"audience.ext_named", "sensitivity.s3"} <= set(found.points)
    assert found == Finding(
        id=finding_id("box", "T", "00007", "guest7"),
        subject=Subject.EXPOSURE,
        subject_id="00007",
        service="box",
        connector="box",
        tenant_id="T",
        scope_id="long",
        scope_title="long",
        title="顧客名簿7.xlsx",
        kind="file",
        severity=Severity.MEDIUM,
        score=found.score,
        confidence=Confidence.MEDIUM,
        path="/顧客名簿7.xlsx",
        owner="unknown",
        grant_id="guest7",
        audience="ext_named",
        access="view",
        principals=("p0@partner.example",),
        domains=("partner.example",),
        expires_at="unknown",
        password="unknown",
        reach=1,
        sensitivity="s3",
        evidence={
            "DATA-010": {"terms": "顧客名簿"},
            "EXT-002": {"domain": "partner.example"},
        },
        points=found.points,
        unknowns=("expires_at", "owner_state", "last_activity"),
        sensitivity_source="name",
        terms=("顧客名簿",),
    )


def test_a_waiver_for_something_else_changes_nothing(
    store: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = copied(store, tmp_path_factory)
    waiver = Waiver(item="elsewhere", reason="r", approved_by="a", expires=date(2026, 12, 1))
    assert judged(store, "first") == judged(other, "first", waivers=(waiver,))
