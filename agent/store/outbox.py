"""The outbox: events that wait for delivery to their sinks, in batches that never change."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    case,
    delete,
    func,
    select,
    text,
    update,
)

from agent.events import Batch
from agent.store import schema
from agent.store.bulk_sql import insert_into
from agent.store.fact_batch import CHUNK_SIZE, sanitize_row
from agent.store.tri_state import format_time, parse_time
from connectors.sdk.batched import batched

_O = schema.outbox.c
_BATCHES = UUID("5d0f1e0c-6a5e-4f0e-9c55-7a2f7a1f3b11")  # the namespace of our batch ids
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatus:
    """The queue of one sink.

    Attributes:
        pending: Events that wait for delivery.
        dead: Events that the receiver rejected permanently.
        since: When the oldest run with a waiting event began.
        attempts: The highest number of attempts of an event.
        error: The last error as stored; empty without one.
    """

    sink: str
    pending: int
    dead: int
    since: datetime | None
    attempts: int
    error: str


class SqlOutbox:
    """The outbox of the store, as the delivery uses it."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def next_batch(self, sink: str, limit: int, size: int) -> Batch | None:
        """Return the oldest batch of a sink, or None if nothing waits.

        The batch is frozen first: its id and its events are committed before they are returned, so
        that a retry after a crash sends the same batch.

        Args:
            limit: The highest number of events in a new batch.
            size: The highest size of a new batch in bytes; a single larger event is a batch of its
                own.
        """
        waiting = select(schema.outbox).where(_O.sink == sink, _O.state == "pending")
        with self._engine.begin() as db:
            _durable(db)
            first = db.execute(waiting.order_by(_O.seq).limit(1)).one_or_none()
            if first is None:
                return None
            batch_id = first.batch_id or self._frozen(db, sink, limit, size)
            same = waiting.where(_O.batch_id == batch_id).order_by(_O.seq)
            return _batch(db.execute(same).all())

    def mark_delivered(self, sink: str, batch_id: str) -> None:
        """Mark a batch as delivered and drop the bodies of its events."""
        self._mark(sink, _O.batch_id == batch_id, state="done", body="", last_error="")

    def record_failure(self, sink: str, batch_id: str, error: str) -> None:
        """Store the error of a failed attempt; the batch stays in the queue."""
        self._mark(sink, _O.batch_id == batch_id, last_error=error, attempts=_O.attempts + 1)

    def split(self, sink: str, batch_id: str, ids: Collection[str]) -> tuple[str, str]:
        """Split a batch and return the ids of both parts: the events of these ids, and the rest."""
        chosen = set(ids)
        mine = select(_O.event_id).where(_O.sink == sink, _O.batch_id == batch_id)
        with self._engine.begin() as db:
            _durable(db)
            found = db.execute(mine.where(_O.state == "pending").order_by(_O.seq)).scalars().all()
            parts = [e for e in found if e in chosen], [e for e in found if e not in chosen]
            names = _batch_id(parts[0]), _batch_id(parts[1])
            for part, name in zip(parts, names, strict=True):
                for some in batched(part, CHUNK_SIZE):
                    here = update(schema.outbox).where(_O.sink == sink, _O.event_id.in_(some))
                    db.execute(here.values(batch_id=name))
        return names

    def dead_letter(self, sink: str, event_id: str, error: str) -> None:
        """Move an event to the dead letters, so that it no longer blocks the queue."""
        self._mark(sink, _O.event_id == event_id, state="dead", last_error=error)

    def requeue(self, sink: str, ids: Collection[str] | None = None) -> int:
        """Move dead letters back into the queue and return how many.

        Args:
            ids: Ids of the events; None for all.
        """
        dead = update(schema.outbox).where(_O.sink == sink, _O.state == "dead")
        count = 0
        with self._engine.begin() as db:
            for some in [None] if ids is None else batched(ids, CHUNK_SIZE):
                here = dead if some is None else dead.where(_O.event_id.in_(some))
                count += db.execute(here.values(state="pending", batch_id=None)).rowcount
        return count

    def pending_count(self, sink: str) -> int:
        """Return the number of events that wait for delivery."""
        waiting = select(func.count()).where(_O.sink == sink, _O.state == "pending")
        with self._engine.connect() as db:
            return db.execute(waiting).scalar_one()

    def queue_status(self) -> list[QueueStatus]:
        """Return the queue of every sink with events, also of sinks no longer configured."""
        r = schema.run.c
        query = (
            select(
                _O.sink,
                func.sum(case((_O.state == "pending", 1), else_=0)),
                func.sum(case((_O.state == "dead", 1), else_=0)),
                func.min(case((_O.state == "pending", r.begun))),
                func.max(_O.attempts),
            )
            .outerjoin(schema.run, r.id == _O.run_id)
            .where(_O.state.in_(("pending", "dead")))
            .group_by(_O.sink)
            .order_by(_O.sink)
        )
        with self._engine.connect() as db:
            return [
                QueueStatus(
                    sink=sink,
                    pending=pending,
                    dead=dead,
                    since=parse_time(since) if since else None,
                    attempts=attempts,
                    error=_last_error(db, sink),
                )
                for sink, pending, dead, since, attempts in db.execute(query).all()
            ]

    def delete_delivered(self, before: datetime) -> None:
        """Delete delivered events of batches that were frozen before `before`."""
        done = delete(schema.outbox).where(_O.state == "done", _O.frozen_at < format_time(before))
        with self._engine.begin() as db:
            db.execute(done)

    def _mark(self, sink: str, which: ColumnElement[bool], **values: Any) -> None:
        here = update(schema.outbox).where(_O.sink == sink, _O.state == "pending", which)
        with self._engine.begin() as db:
            _durable(db)
            db.execute(here.values(values))

    def _frozen(self, db: Connection, sink: str, limit: int, size: int) -> str:
        loose = (
            select(schema.outbox)
            .where(_O.sink == sink, _O.state == "pending", _O.batch_id.is_(None))
            .order_by(_O.seq)
            .limit(limit)
        )
        rows = _first_that_fit(db.execute(loose), size)
        batch_id = _batch_id([row.event_id for row in rows])
        for some in batched([row.seq for row in rows], CHUNK_SIZE):
            chosen = update(schema.outbox).where(_O.seq.in_(some))
            db.execute(chosen.values(batch_id=batch_id, frozen_at=format_time(self._now())))
        return batch_id


def enqueue(db: Connection, sink: str, run_id: str, events: Sequence[tuple[str, str]]) -> None:
    """Put events (id, JSON body) into the queue of a sink, in the caller's transaction.

    An event whose id is already in the outbox, delivered or not, is skipped.
    """
    for event_id, body in events:
        row = {
            "sink": sink, "event_id": event_id, "run_id": run_id, "body": body,
            "state": "pending", "attempts": 0, "last_error": "",
        }  # fmt: skip
        db.execute(
            insert_into(db.dialect, schema.outbox)
            .values(sanitize_row(row))
            .on_conflict_do_nothing()
        )


def _batch_id(ids: Sequence[str]) -> str:
    return str(uuid5(_BATCHES, "\n".join(sorted(ids))))


def _last_error(db: Connection, sink: str) -> str:
    query = select(_O.last_error).where(_O.sink == sink, _O.last_error != "")
    open_ = query.where(_O.state.in_(("pending", "dead"))).order_by(_O.state.desc(), _O.seq)
    return db.execute(open_.limit(1)).scalar_one_or_none() or ""


def _first_that_fit(rows: Iterable[Row[Any]], size: int) -> list[Row[Any]]:
    """Return the first events of one run that fit into `size` bytes together; at least one."""
    taken: list[Row[Any]] = []
    bytes_ = 0
    for row in rows:
        bytes_ += len(row.body.encode())
        if taken and (bytes_ > size or row.run_id != taken[0].run_id):
            break
        taken.append(row)
    return taken


def _batch(rows: Sequence[Row[Any]]) -> Batch:
    return Batch(
        id=rows[0].batch_id,
        run_id=rows[0].run_id,
        ids=tuple(row.event_id for row in rows),
        events=tuple(json.loads(row.body) for row in rows),
        frozen_at=parse_time(rows[0].frozen_at),
        size=sum(len(row.body.encode()) for row in rows),
    )


def _durable(db: Connection) -> None:
    """Make SQLite write through to the disk: a power failure must not lose the state of a batch."""
    if db.dialect.name == "sqlite":
        db.execute(text("PRAGMA synchronous = FULL"))
