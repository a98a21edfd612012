"""The life of a finding, and the events that tell of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Severity, Subject
from agent.store import schema
from agent.store.facts import FactStore
from agent.store.finding_lifecycle import EvaluatedFinding, FindingTracker
from agent.store.findings import (
    anonymize_resolved,
    find_by_prefix,
    finding_from_body,
    list_findings,
)
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Scope, Started, Status

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
OPEN = Finding(
    id="tjm1:1", subject=Subject.EXPOSURE, subject_id="i", service="box", connector="box",
    tenant_id="T", scope_id="s", scope_title="S", title="=戸締まり.xlsx", kind="file",
    severity=Severity.HIGH, score=65, audience="anyone_link", access="edit",
    evidence={"LINK-001": {"access": "edit"}}, points={"age": 5}, reach=3,
)  # fmt: skip


class Life:
    """One finding through many runs."""

    def __init__(self, engine: Engine, facts: FactStore, tenant: int) -> None:
        self.engine, self.facts, self.tenant = engine, facts, tenant
        self.scope = facts.plan_scopes(tenant, [Scope(id="s", title="S")], "r0", full=False)[0].key
        self.day = 0
        self.events: list[tuple[str, bool]] = []

    def compose(self, told: TrackedFinding, worse: bool) -> tuple[str, str]:
        self.events.append((told.state, worse))
        return f"{self.day}-{len(self.events)}", "{}"

    def run(
        self, *found: Finding, status: Status = Status.COMPLETE, confirmed: bool = True,
        waived: bool = False,
    ) -> str:  # fmt: skip
        """Judge on the next day; the state of the finding, or "" when it is not shown."""
        self.day += 1
        run_id, now = f"r{self.day}", NOW + timedelta(days=self.day)
        self.facts.begin_scope(self.scope, Started(full=True, resumed=False), run_id)
        reason = None if status is Status.COMPLETE else say("x.y")
        self.facts.finish_scope(self.scope, (), Coverage(status=status, reason=reason))
        ledger = FindingTracker(self.engine, run_id, now, sinks={"siem": self.compose})
        with self.engine.begin() as db:
            entered = [
                EvaluatedFinding.from_finding(
                    f, scope=self.scope, last_seen=now.isoformat(), confirmed=confirmed,
                    waived_until="2027-01-01" if waived else "", waived_by="CISO" * waived,
                )
                for f in found
            ]  # fmt: skip
            ledger.record(db, self.tenant, entered)
        ledger.resolve_unseen(self.tenant)
        self.shown = list(list_findings(self.engine, [self.tenant], run_id))
        return self.shown[0].state if self.shown else ""


@pytest.fixture
def life(engine: Engine, facts: FactStore, tenant: int) -> Life:
    return Life(engine, facts, tenant)


def test_new_open_resolved_and_then_no_more(life: Life) -> None:
    assert [life.run(OPEN), life.run(OPEN), life.run(), life.run()] == [
        "new",
        "open",
        "resolved",
        "",
    ]
    assert [state for state, _ in life.events] == ["new", "resolved"]


def test_what_comes_back_keeps_its_first_sight_and_is_created_again(life: Life) -> None:
    life.run(OPEN)
    first = life.shown[0].first_seen
    life.run()
    assert life.run(OPEN) == "returned"
    assert (life.shown[0].first_seen, life.shown[0].occurrence) == (first, 2)
    assert [state for state, _ in life.events] == ["new", "resolved", "returned"]


@pytest.mark.parametrize(
    ("change", "state", "worse"),
    [
        ({"severity": Severity.CRITICAL}, "changed", True),
        ({"severity": Severity.LOW}, "changed", False),
        ({"access": "view"}, "changed", False),
        ({"principals": ("a@b.example",)}, "changed", False),
        ({"evidence": {"LINK-001": {}, "LINK-003": {}}}, "changed", False),
        ({"title": "renamed.xlsx"}, "open", None),
        ({"score": 70, "points": {"age": 9}}, "open", None),  # a day older is no news
        ({"path": "/moved"}, "open", None),
    ],
)
def test_only_what_matters_is_a_change(
    life: Life, change: dict[str, Any], state: str, worse: bool | None
) -> None:
    life.run(OPEN)
    assert life.run(replace(OPEN, **change)) == state
    assert life.events[1:] == ([] if worse is None else [("changed", worse)])
    name, value = next(iter(change.items()))
    assert getattr(life.shown[0].finding, name) == value  # shown as it is now, all the same


@pytest.mark.parametrize("status", [Status.PARTIAL, Status.DENIED, Status.SKIPPED])
def test_absence_from_a_scope_that_was_not_read_is_no_evidence(life: Life, status: Status) -> None:
    life.run(OPEN)
    assert life.run(status=status) == "not_compared"
    assert life.run(OPEN) == "open"
    assert len(life.events) == 1


def test_a_fact_that_was_not_seen_again_is_not_compared(life: Life) -> None:
    life.run(OPEN)
    assert life.run(OPEN, status=Status.PARTIAL, confirmed=False) == "not_compared"


def test_a_waiver_is_told_once_and_its_end_brings_the_finding_back(life: Life) -> None:
    life.run(OPEN)
    assert life.run(OPEN, waived=True) == "waived"
    assert life.run(OPEN, waived=True) == "waived"
    assert (life.shown[0].waived_until, life.shown[0].waived_by) == ("2027-01-01", "CISO")
    assert life.run(OPEN) == "returned"
    assert [state for state, _ in life.events] == ["new", "waived", "returned"]


def test_judging_the_same_run_again_repeats_no_event(life: Life) -> None:
    life.run(OPEN)
    life.day -= 1
    assert life.run(OPEN) == "new"
    with life.engine.connect() as db:
        assert len(db.execute(select(schema.outbox)).all()) == 1


def test_a_finding_survives_the_store(life: Life) -> None:
    life.run(OPEN)
    assert life.shown[0].finding == OPEN
    with life.engine.connect() as db:
        assert finding_from_body(db.execute(select(schema.finding.c.body)).scalar_one()) == OPEN


def test_every_end_of_a_finding_is_told_also_the_second_one(life: Life) -> None:
    seen: list[tuple[str, int]] = []

    def compose(told: TrackedFinding, worse: bool) -> tuple[str, str]:
        seen.append((told.state, told.occurrence))
        return f"{told.state}{told.occurrence}", "{}"

    life.compose = compose  # type: ignore[method-assign]
    life.run(OPEN)
    life.run()
    life.run(OPEN, waived=True)
    life.run()
    assert [state for state, _ in seen] == ["new", "resolved", "waived", "resolved"]
    assert len(set(seen)) == 4
    with life.engine.connect() as db:
        assert len(db.execute(select(schema.outbox)).all()) == 4


def test_a_run_that_goes_on_settles_what_its_first_part_had_judged(life: Life) -> None:
    life.run(OPEN)
    ledger = FindingTracker(life.engine, "r1", NOW + timedelta(days=9), sinks={})
    ledger.resolve_unseen(life.tenant)
    assert [k.state for k in list_findings(life.engine, [life.tenant], "r1")] == ["resolved"]


def test_an_item_in_two_scopes_is_one_steady_finding(life: Life) -> None:
    wider = replace(OPEN, severity=Severity.CRITICAL)
    for order in ((OPEN, wider), (wider, OPEN), (OPEN, wider)):
        state = life.run(*order)
    assert state == "open"
    assert life.shown[0].finding.severity is Severity.CRITICAL
    assert len(life.events) == 1


def test_what_was_shut_long_ago_names_nobody_and_is_not_shown(engine: Engine, life: Life) -> None:
    life.run(OPEN, waived=True)
    life.run()
    shut = NOW + timedelta(days=2)
    anonymize_resolved(engine, shut)
    assert [k.finding.title for k in find_by_prefix(engine, OPEN.id)] == [OPEN.title]
    anonymize_resolved(engine, shut + timedelta(seconds=1))
    assert find_by_prefix(engine, OPEN.id) == []
    with engine.connect() as db:
        row = db.execute(select(schema.finding)).one()
    assert (row.body, row.waived_by) == ("", "")
    assert life.run(OPEN) == "returned"
