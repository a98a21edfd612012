"""A tenant is judged the same by one process and by several."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.classify.judge import Judge
from agent.classify.policy import Policy
from agent.classify.tables import OrganizationTable, PolicyTable
from agent.run.judging import Judging
from agent.store import schema
from agent.store.coverage import tenants
from agent.store.facts import Facts
from agent.store.findings import Ledger
from agent.store.opening import opened
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
ITEMS = 1100  # three pages


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
    engine = opened(tmp_path)
    facts = Facts(engine, lambda: NOW)
    tenant = facts.tenant("box", "box", Tenant(id="T", name="T"))
    scopes = [Scope(id=name, title=name) for name in ("long", "empty", "short")]
    contents = (
        [item(n) for n in range(ITEMS)],
        [],
        [item(0, Access.EDIT), item(ITEMS)],  # the first of them lies in the long one, too
    )
    plan = {p.scope.id: p.key for p in facts.plan(tenant, scopes, "r", full=False)}
    for scope, items in zip(scopes, contents, strict=True):
        facts.begin(plan[scope.id], Started(full=True, resumed=False), "r")
        facts.finish(plan[scope.id], items, Coverage(status=Status.COMPLETE))
    engine.dispose()
    return tmp_path


def judged(store: Path, run: str, many: int) -> dict[str, Sequence[Any]]:
    engine = opened(store)
    policy = Policy.of(PolicyTable(), OrganizationTable(), ("example.co.jp",), NOW.date())
    ledger = Ledger(
        engine,
        run,
        NOW,
        sinks={"siem": lambda kept, _: (f"{run} {kept.finding.id} {kept.state}", "{}")},
        changed=Judge(policy, NOW).change,
    )
    for tenant in tenants(engine):
        Judging(engine, ledger, tenant, policy, NOW, large_group=500, many=many).all()
    with engine.connect() as db:
        left: dict[str, Sequence[Any]] = {
            table.name: db.execute(select(table).order_by(*table.primary_key)).all()
            for table in (schema.exposure, schema.finding, schema.outbox)
        }
    engine.dispose()
    return left


def test_one_process_and_several_write_the_same(store: Path, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other")
    for file in store.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    for run in ("first", "second"):
        alone, beside = judged(store, run, many=1_000_000), judged(other, run, many=1)
        assert alone == beside
    assert len(alone["exposure"]) == 2 * (ITEMS + 2)
    assert len(alone["finding"]) == 2 * (ITEMS + 1)
