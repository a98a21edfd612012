"""Since a named moment: opened, widened, shut, and what cannot be compared."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine

from agent.classify.finding import Finding
from agent.classify.model import Severity, Subject
from agent.store import baselines
from agent.store.baselines import ChangeKind
from agent.store.facts import FactStore
from agent.store.finding_lifecycle import EvaluatedFinding, FindingTracker
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Scope, Started, Status

DOOR = Finding(
    id="tjm1:a",
    subject=Subject.EXPOSURE,
    subject_id="i",
    service="box",
    connector="box",
    tenant_id="T1",
    scope_id="d1",
    scope_title="Documents",
    title="name",
    kind="file",
    severity=Severity.MEDIUM,
    audience="anyone_link",
    access="view",
)


class World:
    def __init__(self, engine: Engine, facts: FactStore, tenant: int, now: datetime) -> None:
        self.engine, self.facts, self.tenant, self.now = engine, facts, tenant, now
        self.scope = facts.plan_scopes(
            tenant, (Scope(id="d1", title="Documents"),), "r", full=False
        )[0].key
        self.runs = 0

    def judged(self, *findings: Finding, whole: bool = True) -> None:
        self.runs += 1
        end = Coverage(
            status=Status.COMPLETE if whole else Status.PARTIAL,
            reason=None if whole else say("sdk.interrupted"),
        )
        self.facts.begin_scope(self.scope, Started(full=True, resumed=False), f"r{self.runs}")
        self.facts.finish_scope(self.scope, (), end)
        ledger = FindingTracker(self.engine, f"r{self.runs}", self.now, sinks={})
        seen = self.now.isoformat()
        with self.engine.begin() as db:
            found = [
                EvaluatedFinding.from_finding(f, scope=self.scope, last_seen=seen, confirmed=whole)
                for f in findings
            ]
            ledger.record(db, self.tenant, found)
        ledger.resolve_unseen(self.tenant)

    def turns(self) -> dict[str, ChangeKind]:
        deltas = baselines.changes_since(self.engine, "b", [self.tenant])
        return {d.finding.id: d.kind for d in deltas}


@pytest.fixture
def world(engine: Engine, facts: FactStore, tenant: int, clock: Callable[[], datetime]) -> World:
    return World(engine, facts, tenant, clock())


OTHER = replace(DOOR, id="tjm1:b")
WORSE = replace(DOOR, severity=Severity.HIGH, access="edit")
MILDER = replace(DOOR, severity=Severity.LOW, access="view_only")


@pytest.mark.parametrize(
    ("then", "read_then", "now", "read_now", "turns"),
    [
        ([DOOR], True, [DOOR], True, {}),
        ([DOOR], True, [DOOR, OTHER], True, {"tjm1:b": ChangeKind.OPENED}),
        ([DOOR], True, [WORSE], True, {"tjm1:a": ChangeKind.WIDENED}),
        ([DOOR], True, [MILDER], True, {"tjm1:a": ChangeKind.CHANGED}),
        ([DOOR, OTHER], True, [DOOR], True, {"tjm1:b": ChangeKind.SHUT}),
        ([DOOR], False, [DOOR, OTHER], True, {"tjm1:b": ChangeKind.NOT_COMPARED}),
    ],
)
def test_what_became_of_a_finding(
    world: World,
    then: list[Finding],
    read_then: bool,
    now: list[Finding],
    read_now: bool,
    turns: dict[str, ChangeKind],
) -> None:
    world.judged(*then, whole=read_then)
    baselines.save(world.engine, "b", world.now)
    world.judged(*now, whole=read_now)
    assert world.turns() == turns


def test_a_scope_that_is_not_read_any_more_leaves_its_findings_standing(world: World) -> None:
    world.judged(DOOR)
    baselines.save(world.engine, "b", world.now)
    world.judged(whole=False)
    assert world.turns() == {}  # it stands as it was, not compared in this run


def test_a_scope_that_is_gone_from_the_books_shuts_nothing(world: World) -> None:
    world.judged(DOOR)
    baselines.save(world.engine, "b", world.now)
    world.judged()
    assert world.turns() == {"tjm1:a": ChangeKind.SHUT}
    world.facts.begin_scope(world.scope, Started(full=True, resumed=False), "r9")
    assert world.turns() == {"tjm1:a": ChangeKind.NOT_COMPARED}


def test_a_name_is_kept_once_and_the_newest_comes_first(world: World) -> None:
    world.judged(DOOR)
    for name in ("old", "b", "old"):
        baselines.save(world.engine, name, world.now)
    assert [(b.name, b.findings) for b in baselines.baselines(world.engine)] == [
        ("b", 1),
        ("old", 1),
    ]
