"""Night after night for years: the store holds what stands, and little of what has been."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from agent.classify.evaluator import Evaluator
from agent.classify.policy import Policy
from agent.classify.policy_config import OrganizationConfig, PolicyConfig
from agent.run.deliver import DELIVERED_RETENTION
from agent.run.evaluate import TenantEvaluation
from agent.run.scan import RESOLVED_RETENTION, Options, evaluate_again
from agent.run.session import open_session
from agent.store import findings, runs, schema
from agent.store.coverage import tenants
from agent.store.engine import open_store
from agent.store.facts import FactStore
from agent.store.finding_lifecycle import FindingTracker
from agent.store.outbox import SqlOutbox
from agent.store.tri_state import format_time
from connectors.sdk.records import (
    Access,
    Audience,
    Container,
    Coverage,
    Fact,
    Grant,
    Item,
    Membership,
    Principal,
    PrincipalKind,
    Scope,
    Setting,
    Started,
    Status,
    Tenant,
)

BEGIN = datetime(2026, 11, 9, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = Policy.compile(PolicyConfig(), OrganizationConfig(), ("example.co.jp",), BEGIN.date())
MUCH = 10**9
CONFIG = """
[agent]
state = "state"
[connectors.salesforce]
service = "salesforce"
login_url = "https://example.my.salesforce.com"
consumer_key = "k"
username = "audit@example.co.jp"
private_key = "file:salesforce.key"
"""


class Nights:
    """One tenant in which nothing is today as it was yesterday."""

    def __init__(self, engine: Engine, kept: timedelta) -> None:
        self.engine = engine
        self.kept = kept
        self.now = BEGIN
        self.number = 0
        self.facts = FactStore(engine, lambda: self.now)
        self.outbox = SqlOutbox(engine, lambda: self.now)
        self.tenant = self.facts.ensure_tenant("box", "box", Tenant(id="T", name="T"))

    def pass_by(self, count: int) -> None:
        for _ in range(count):
            self._night()
            self.now += DAY
            self.number += 1

    def _night(self) -> None:
        run = runs.begin(self.engine, "scan", self.now)
        self._read(run)
        sinks = {"siem": lambda kept, _: (f"{kept.finding.id}{kept.state}", '"顧客名簿"')}
        changed = Evaluator(POLICY, self.now).evaluate_change
        ledger = FindingTracker(self.engine, run, self.now, sinks=sinks, changed=changed)
        for tenant in tenants(self.engine):
            TenantEvaluation(self.engine, ledger, tenant, POLICY, self.now, large_group=500).run()
        while batch := self.outbox.next_batch("siem", 100, MUCH):
            self.outbox.mark_delivered("siem", batch.id)
        self.outbox.delete_delivered(self.now - self.kept)
        findings.anonymize_resolved(self.engine, self.now - self.kept)
        runs.end(self.engine, run, self.now, 0)

    def _read(self, run: str) -> None:
        name, yesterday = f"n{self.number}", f"n{self.number - 1}"
        (planned,) = self.facts.plan_scopes(
            self.tenant, [Scope(id="s", title="S")], run, full=False
        )
        self.facts.begin_scope(planned.key, Started(full=True, resumed=False), run)
        self.facts.commit(planned.key, tonight(name), name, {name: "seen", yesterday: None})
        self.facts.finish_scope(planned.key, (), Coverage(status=Status.COMPLETE))

    def rows(self) -> dict[str, int]:
        with self.engine.connect() as db:
            return {
                table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
                for table in schema.metadata.sorted_tables
            }

    def bodies(self) -> int:
        with self.engine.connect() as db:
            return db.execute(select(func.sum(func.length(schema.finding.c.body)))).scalar_one()


def tonight(name: str) -> list[Fact]:
    grant = Grant(
        id=f"link{name}",
        audience=Audience.ANYONE_LINK,
        access=Access.EDIT,
        principal="",
        principal_kind=PrincipalKind.LINK,
    )
    return [
        Container(id=name, parent_id=None, name=name),
        Item(id=name, kind="folder", name=name, grants=(grant,)),
        Item(id=f"in{name}", parent_id=name, kind="file", name=name, grants=(grant,)),
        Principal(id=name, kind=PrincipalKind.GROUP, name=name, members=3),
        Membership(group_id=name, member_id=name, member=name, audience=Audience.EXT_NAMED),
        Setting(id=f"policy.{name}", value=True),
    ]


@pytest.fixture
def nights(tmp_path: Path) -> Generator[Nights]:
    engine = open_store(tmp_path)
    yield Nights(engine, kept=5 * DAY)
    engine.dispose()


def test_a_store_of_forty_nights_is_one_of_twenty_but_for_a_line_each(nights: Nights) -> None:
    nights.pass_by(20)
    young, bodies = nights.rows(), nights.bodies()
    nights.pass_by(20)
    old = nights.rows()
    used = {"tenant", "scope", "item", "item_grant", "container", "tally", "reach", "principal"}
    used |= {"membership", "setting", "memory", "exposure", "finding", "outbox", "run"}
    assert {name for name, count in young.items() if count} == used
    assert {name for name in old if old[name] != young[name]} == {"run", "finding"}
    assert nights.bodies() == bodies


def test_what_was_shut_long_ago_and_opens_again_has_returned(nights: Nights) -> None:
    nights.pass_by(20)
    nights.number = 0
    nights.pass_by(1)
    f = schema.finding.c
    with nights.engine.connect() as db:
        back = db.execute(select(f.change, f.occurrence, f.body).where(f.state == "open")).all()
    assert {(row.change, row.occurrence) for row in back} == {("returned", 2)}
    assert all(row.body for row in back)


def test_a_run_forgets_what_was_told_a_month_ago_and_the_names_of_what_was_shut_last_year(
    tmp_path: Path,
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    desk = open_session(file)
    nights = Nights(desk.engine, kept=1000 * DAY)
    today = datetime.now(UTC)
    for ago in (
        RESOLVED_RETENTION + 2 * DAY,
        RESOLVED_RETENTION + DAY,
        RESOLVED_RETENTION - DAY,
        DELIVERED_RETENTION + DAY,
        DELIVERED_RETENTION - DAY,
    ):
        nights.now = today - ago
        nights.pass_by(1)
    evaluate_again(desk, Options())
    told = select(schema.outbox.c.frozen_at).distinct()
    f = schema.finding.c
    faded = select(f.changed_at).where(f.state == "resolved", f.body == "").distinct()
    whole = select(f.changed_at).where(f.state == "resolved", f.body != "").distinct()
    with desk.engine.connect() as db:
        assert db.scalars(told).all() == [format_time(today - DELIVERED_RETENTION + DAY)]
        assert db.scalars(faded).all() == [format_time(today - RESOLVED_RETENTION - DAY)]
        assert set(db.scalars(whole)) == {
            format_time(today - ago)
            for ago in (
                RESOLVED_RETENTION - DAY,
                DELIVERED_RETENTION + DAY,
                DELIVERED_RETENTION - DAY,
            )
        }
    desk.engine.dispose()
