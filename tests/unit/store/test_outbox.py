"""What waits for a sink: frozen before it leaves, the same after every refusal."""

from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select

from agent.store import schema
from agent.store.outbox import StoredOutbox

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


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
    outbox = StoredOutbox(engine, lambda: NOW)
    sizes: list[int] = []
    for batch in outbox.batches("siem", 10):
        sizes.append(len(batch.events))
        outbox.delivered("siem", batch.id)
    assert sizes == [10, 10, 5]
    assert outbox.pending("siem") == 0


def test_a_refused_batch_comes_back_as_it_was_whatever_came_after(engine: Engine) -> None:
    fill(engine, 3)
    outbox = StoredOutbox(engine, lambda: NOW)
    first = next(outbox.batches("siem", 10))
    outbox.refused("siem", first.id, "503")
    fill(engine, 3, start=3)
    later = StoredOutbox(engine, lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert next(later.batches("siem", 10)) == first
    with engine.connect() as db:
        o = schema.outbox.c
        row = db.execute(select(o.attempts, o.last_error).where(o.event_id == "e0")).one()
    assert tuple(row) == (1, "503")
    assert outbox.pending("siem") == 6


def test_a_batch_holds_the_events_of_one_run_and_fits_into_a_body(engine: Engine) -> None:
    fill(engine, 2, run="old")
    fill(engine, 3, run="new", size=100_000, start=2)
    outbox = StoredOutbox(engine, lambda: NOW)
    taken: list[tuple[str, int]] = []
    for batch in outbox.batches("siem", 250):
        taken.append((batch.run_id, len(batch.events)))
        outbox.delivered("siem", batch.id)
    assert taken == [("old", 2), ("new", 2), ("new", 1)]


def test_another_sinks_events_are_none_of_its_business(engine: Engine) -> None:
    fill(engine, 1)
    assert list(StoredOutbox(engine, lambda: NOW).batches("other", 10)) == []
