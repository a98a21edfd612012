"""A connector's own state of a scope, kept in the store between scans."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from sqlalchemy import Engine, select

from agent.store import schema

PAGE_SIZE = 500


class StoredScanState:
    """Key-value state of one scope; reads see uncommitted writes.

    The scope's thread writes. At a checkpoint its writes become a layer, which the writing thread
    commits together with the facts. A layer stays readable until the writing thread, which takes
    layers in order, reports the oldest as committed.
    """

    def __init__(self, engine: Engine, scope: int) -> None:
        self._engine = engine
        self._scope = scope
        self._pending: dict[str, str | None] = {}
        self._layers: deque[dict[str, str | None]] = deque()

    def get(self, key: str) -> str | None:
        """Return the value of a key; None if there is none."""
        for held in (self._pending, *reversed(tuple(self._layers))):
            if key in held:
                return held[key]
        m = schema.memory.c
        with self._engine.connect() as db:
            return db.execute(
                select(m.value).where(m.scope == self._scope, m.key == key)
            ).scalar_one_or_none()

    def put(self, key: str, value: str | None) -> None:
        """Set a value; None deletes the key."""
        self._pending[key] = value

    def items(self, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Yield all keys with this prefix and their values, in the order of the keys."""
        fresh: dict[str, str | None] = {}
        for held in (*tuple(self._layers), self._pending):
            fresh |= {k: v for k, v in held.items() if k.startswith(prefix)}
        waiting = deque(sorted((k, v) for k, v in fresh.items() if v is not None))
        for key, value in self._read(prefix):
            while waiting and waiting[0][0] < key:
                yield waiting.popleft()
            if key not in fresh:
                yield key, value
        yield from waiting

    def take_writes(self) -> dict[str, str | None]:
        """Return the writes since the last checkpoint; they become the newest layer."""
        writes, self._pending = self._pending, {}
        self._layers.append(writes)
        return writes

    def committed(self) -> None:
        """Drop the oldest layer: it has been committed."""
        self._layers.popleft()

    def _read(self, prefix: str) -> Iterator[tuple[str, str]]:
        m, last = schema.memory.c, None
        while True:
            after = m.key >= prefix if last is None else m.key > last
            page = (
                select(m.key, m.value)
                .where(m.scope == self._scope, after)
                .order_by(m.key)
                .limit(PAGE_SIZE)
            )
            with self._engine.connect() as db:
                rows = db.execute(page).all()
            for row in rows:
                if not row.key.startswith(prefix):
                    return
                yield row.key, row.value
            if len(rows) < PAGE_SIZE:
                return
            last = rows[-1].key
