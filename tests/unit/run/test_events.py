"""What leaves for a sink that wants no names: looked for in the queue, and in the bytes sent."""

import json
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from agent.classify.finding import Finding
from agent.classify.model import Severity, Subject
from agent.run.deliver import deliver
from agent.run.events import EventPublisher
from agent.run.session import Session, open_session
from agent.sinks.heartbeat import HeartbeatData
from agent.store import schema
from agent.store.facts import FactStore
from agent.store.finding_lifecycle import EvaluatedFinding, FindingTracker
from connectors.sdk.records import Coverage, Scope, Started, Status, Tenant

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
NAMES = ("secret-kokyaku", "secret-taro", "secret-sales", "secret-partner", "secret-ciso")
CONFIG = """
[agent]
state = "state"
[sinks.siem]
type = "jsonl"
path = "drop"
send = ["changes", "snapshot", "heartbeat"]
redact_names = true
"""
FOUND = Finding(
    id="tjm1:1", subject=Subject.EXPOSURE, subject_id="secret-kokyaku", service="box",
    connector="box", tenant_id="T", scope_id="s", scope_title="secret-sales",
    title="secret-kokyaku.xlsx", path="/secret-sales/secret-kokyaku.xlsx", kind="file",
    url="https://box.example/secret-sales/secret-kokyaku.xlsx", owner="secret-taro@example.co.jp",
    principals=("secret-taro@secret-partner.example",), domains=("secret-partner.example",),
    via_group="secret-sales", severity=Severity.HIGH, score=65, audience="ext_named",
    access="edit",
    evidence={"EXT-001": {"principal": "secret-taro@secret-partner.example", "access": "edit"}},
)  # fmt: skip
PULSE = HeartbeatData(
    started=NOW, ended=NOW, paused=False, exit_code=4, items=1, coverage={"denied": 1},
    unread=[("box", "secret-sales", "secret-taro may not")], severities={"high": 1},
    states={"new": 1}, external_exposures=1, urgent=0,
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Generator[Session]:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    desk = open_session(file)
    yield desk
    desk.engine.dispose()


def night(desk: Session, number: int, *found: Finding) -> list[str]:
    """The events of one run, as they wait in the queue."""
    now, run = NOW + timedelta(days=number), f"r{number}"
    facts = FactStore(desk.engine, lambda: now)
    tenant = facts.ensure_tenant("box", "box", Tenant(id="T", name="T"))
    (planned,) = facts.plan_scopes(tenant, [Scope(id="s", title="secret-sales")], run, full=False)
    facts.begin_scope(planned.key, Started(full=True, resumed=False), run)
    facts.finish_scope(planned.key, (), Coverage(status=Status.COMPLETE))
    announcer = EventPublisher(desk, run, now)
    ledger = FindingTracker(desk.engine, run, now, sinks=announcer.event_builders())
    rows = [
        EvaluatedFinding.from_finding(one, scope=planned.key, last_seen=now.isoformat(),
                 waived_until="2027-01-01" if number == 2 else "", waived_by="secret-ciso")
        for one in found
    ]  # fmt: skip
    with desk.engine.begin() as db:
        ledger.record(db, tenant, rows)
    ledger.resolve_unseen(tenant)
    announcer.snapshot([tenant])
    announcer.heartbeat(PULSE, "1 door stands open.")
    o = schema.outbox.c
    with desk.engine.connect() as db:
        return list(db.scalars(select(o.body).where(o.run_id == run).order_by(o.seq)))


def test_no_name_waits_in_the_queue_and_none_is_sent(desk: Session, tmp_path: Path) -> None:
    queued = [*night(desk, 1, FOUND), *night(desk, 2, FOUND), *night(desk, 3)]
    with desk.engine.connect() as db:
        table = repr(db.execute(select(schema.outbox)).all())
    assert {json.loads(body)["class_uid"] for body in queued} == {2006, 6007}
    assert deliver(desk)["siem"].delivered == len(queued) == 9  # change, snapshot, run: 3 nights
    sent = "".join(file.read_text("utf-8") for file in (tmp_path / "drop").glob("*.jsonl"))
    assert len(sent.splitlines()) == 9
    assert [name for name in NAMES if name in table + sent] == []


def test_a_mask_is_the_same_in_every_run_and_another_for_another_name(desk: Session) -> None:
    other = replace(FOUND, id="tjm1:2", title="secret-other", owner="secret-hanako@example.co.jp")
    seen = [
        {
            event["finding_info"]["uid"]: (
                event["resources"][0]["name"],
                event["resources"][0]["owner"]["email_addr"],
                event["unmapped"]["tojimari"]["principals"],
            )
            for event in map(json.loads, night(desk, number, FOUND, other))
            if event["class_uid"] == 2006
        }
        for number in (1, 3)
    ]
    assert seen[0] == seen[1]
    (title, owner, principals), (title2, owner2, principals2) = seen[0].values()
    assert title != title2
    assert principals == principals2
    assert owner.partition("@")[0] != owner2.partition("@")[0]
    assert owner.partition("@")[2] == owner2.partition("@")[2]  # one organisation
