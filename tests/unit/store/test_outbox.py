"""What waits for a sink: frozen before it leaves, the same after every refusal."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from agent.events import Batch
from agent.store import schema
from agent.store.outbox import SqlOutbox, enqueue
from agent.store.runs import begin

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MUCH = 10**9


def fill(engine: Engine, count: int, *, run: str = "r", size: int = 10, start: int = 0) -> None:
    rows = [
        {
            "sink": "siem", "event_id": f"e{n}", "run_id": run, "body": f'"{"x" * size}"',
            "state": "pending", "attempts": 0, "last_error": "",
        }
        for n in range(start, start + count)
    ]  # fmt: skip
    with engine.begin() as db:
        db.execute(insert(schema.outbox), rows)


def test_batches_come_in_order_and_never_hold_more_than_the_limit(engine: Engine) -> None:
    fill(engine, 25)
    outbox = SqlOutbox(engine, lambda: NOW)
    sizes: list[int] = []
    while batch := outbox.next_batch("siem", 10, MUCH):
        sizes.append(len(batch.events))
        outbox.mark_delivered("siem", batch.id)
    assert sizes == [10, 10, 5]
    assert outbox.pending_count("siem") == 0


def test_a_refused_batch_comes_back_as_it_was_whatever_came_after(engine: Engine) -> None:
    fill(engine, 3)
    outbox = SqlOutbox(engine, lambda: NOW)
    first = waiting(outbox)
    outbox.record_failure("siem", first.id, "503")
    fill(engine, 3, start=3)
    later = SqlOutbox(engine, lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert waiting(later) == first
    with engine.connect() as db:
        o = schema.outbox.c
        row = db.execute(select(o.attempts, o.last_error).where(o.event_id == "e0")).one()
    assert tuple(row) == (1, "503")
    assert outbox.pending_count("siem") == 6


def test_a_batch_holds_the_events_of_one_run_and_fits_into_a_body(engine: Engine) -> None:
    fill(engine, 2, run="old")
    fill(engine, 3, run="new", size=100_000, start=2)
    outbox = SqlOutbox(engine, lambda: NOW)
    taken: list[tuple[str, int]] = []
    while batch := outbox.next_batch("siem", 250, 240_000):
        taken.append((batch.run_id, len(batch.events)))
        outbox.mark_delivered("siem", batch.id)
    assert taken == [("old", 2), ("new", 2), ("new", 1)]


def test_another_sinks_events_are_none_of_its_business(engine: Engine) -> None:
    fill(engine, 1)
    assert SqlOutbox(engine, lambda: NOW).next_batch("other", 10, MUCH) is None


def test_halves_of_a_refused_batch_have_ids_of_their_own_and_keep_the_order(engine: Engine) -> None:
    fill(engine, 5)
    outbox = SqlOutbox(engine, lambda: NOW)
    whole = waiting(outbox)
    first, rest = outbox.split("siem", whole.id, whole.ids[:2])
    assert len({whole.id, first, rest}) == 3
    half = waiting(outbox)
    assert (half.id, half.ids) == (first, ("e0", "e1"))
    outbox.mark_delivered("siem", first)
    assert waiting(outbox).ids == ("e2", "e3", "e4")


def test_what_is_put_aside_holds_nobody_back_and_can_come_back(engine: Engine) -> None:
    fill(engine, 2)
    outbox = SqlOutbox(engine, lambda: NOW)
    batch = waiting(outbox)
    outbox.dead_letter("siem", "e0", "no")
    outbox.mark_delivered("siem", batch.id)
    (left,) = outbox.queue_status()
    assert (left.pending, left.dead, left.error) == (0, 1, "no")
    assert outbox.next_batch("siem", 10, MUCH) is None
    assert outbox.requeue("siem") == 1
    assert waiting(outbox).ids == ("e0",)


def test_what_waits_says_since_when_and_why(engine: Engine) -> None:
    run = begin(engine, "scan", NOW)
    fill(engine, 2, run=run)
    outbox = SqlOutbox(engine, lambda: NOW)
    outbox.record_failure("siem", waiting(outbox).id, "503")
    (left,) = outbox.queue_status()
    assert (left.sink, left.pending, left.since, left.attempts) == ("siem", 2, NOW, 1)
    assert left.error == "503"


def test_what_was_delivered_is_forgotten_after_a_while_and_nothing_else(engine: Engine) -> None:
    fill(engine, 3)
    outbox = SqlOutbox(engine, lambda: NOW)
    batch = outbox.next_batch("siem", 1, MUCH)
    assert batch is not None
    outbox.mark_delivered("siem", batch.id)
    outbox.delete_delivered(NOW)
    with pytest.raises(IntegrityError):
        fill(engine, 1)
    outbox.delete_delivered(NOW + timedelta(seconds=1))
    fill(engine, 1)
    assert outbox.pending_count("siem") == 3


def test_an_event_is_put_into_a_queue_once(engine: Engine) -> None:
    with engine.begin() as db:
        enqueue(db, "siem", "r", [("a", '"1"'), ("a", '"1"'), ("b", '"2"')])
    assert SqlOutbox(engine, lambda: NOW).pending_count("siem") == 2


def waiting(outbox: SqlOutbox) -> Batch:
    batch = outbox.next_batch("siem", 10, MUCH)
    assert batch is not None
    return batch
