"""Events that wait for their sinks. Frozen batches come back as they were."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, Row, func, select, text, update

from agent.sinks.contract import Batch
from agent.store import schema
from agent.store.words import moment_of, stamp

_O = schema.outbox.c
_BATCHES = UUID("5d0f1e0c-6a5e-4f0e-9c55-7a2f7a1f3b11")  # the namespace of our batch ids
BYTES = 240_000  # of events in one batch: receivers read bodies into memory


class StoredOutbox:
    """The outbox of the store, for the drain loop."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def batches(self, sink: str, limit: int) -> Iterator[Batch]:
        """What waits, in order. A batch is frozen (its id committed) before it is handed out."""
        while True:
            with self._engine.begin() as db:
                _durable(db)
                batch = self._frozen(db, sink) or self._freeze(db, sink, limit)
            if batch is None:
                return
            yield batch

    def delivered(self, sink: str, batch_id: str) -> None:
        """The receiver has it; only the fact that it was sent is kept."""
        self._mark(sink, batch_id, state="done", body="", last_error="")

    def refused(self, sink: str, batch_id: str, error: str) -> None:
        """It stays, with the reason."""
        self._mark(sink, batch_id, last_error=error, attempts=_O.attempts + 1)

    def pending(self, sink: str) -> int:
        """How many events wait."""
        waiting = select(func.count()).where(_O.sink == sink, _O.state == "pending")
        with self._engine.connect() as db:
            return db.execute(waiting).scalar_one()

    def orphans(self, known: Sequence[str]) -> list[tuple[str, int]]:
        """Sinks that are configured no more, and how many events wait for each."""
        waiting = (
            select(_O.sink, func.count())
            .where(_O.state == "pending", _O.sink.not_in(known))
            .group_by(_O.sink)
        )
        with self._engine.connect() as db:
            return [(sink, count) for sink, count in db.execute(waiting)]

    def _mark(self, sink: str, batch_id: str, **values: Any) -> None:
        here = update(schema.outbox).where(_O.sink == sink, _O.batch_id == batch_id)
        with self._engine.begin() as db:
            _durable(db)
            db.execute(here.values(values))

    def _frozen(self, db: Connection, sink: str) -> Batch | None:
        waiting = select(schema.outbox).where(_O.sink == sink, _O.state == "pending")
        first = db.execute(
            waiting.where(_O.batch_id.is_not(None)).order_by(_O.seq).limit(1)
        ).one_or_none()
        if first is None:
            return None
        same = waiting.where(_O.batch_id == first.batch_id).order_by(_O.seq)
        return _batch(db.execute(same).all())

    def _freeze(self, db: Connection, sink: str, limit: int) -> Batch | None:
        waiting = (
            select(schema.outbox)
            .where(_O.sink == sink, _O.state == "pending", _O.batch_id.is_(None))
            .order_by(_O.seq)
            .limit(limit)
        )
        rows = _fitting(db.execute(waiting).all())
        if not rows:
            return None
        batch_id = str(uuid5(_BATCHES, "\n".join(sorted(row.event_id for row in rows))))
        chosen = update(schema.outbox).where(_O.seq.in_([row.seq for row in rows]))
        db.execute(chosen.values(batch_id=batch_id, frozen_at=stamp(self._now())))
        return self._frozen(db, sink)


def _fitting(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The first of one run that fit into a body together; at least one."""
    taken: list[Row[Any]] = []
    size = 0
    for row in rows:
        size += len(row.body.encode())
        if taken and (size > BYTES or row.run_id != taken[0].run_id):
            break
        taken.append(row)
    return taken


def _batch(rows: Sequence[Row[Any]]) -> Batch:
    return Batch(
        id=rows[0].batch_id,
        run_id=rows[0].run_id,
        events=tuple(json.loads(row.body) for row in rows),
        frozen_at=moment_of(rows[0].frozen_at),
    )


def _durable(db: Connection) -> None:
    """A power cut must not forget that a batch was frozen or delivered."""
    if db.dialect.name == "sqlite":
        db.execute(text("PRAGMA synchronous = FULL"))
