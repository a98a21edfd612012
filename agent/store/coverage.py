"""The tenants and scopes of the store, and how the last scan of each scope ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from agent.store import schema
from agent.store.facts import MISSING_TWICE, TENANT_NOT_OPENED
from agent.text import decode_message
from connectors.sdk.message import Message
from connectors.sdk.records import Coverage, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRow:
    """A tenant as of its last sign-in; `key` is its primary key in the store."""

    key: int
    service: str
    connector: str
    tenant_id: str
    title: str
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeState:
    """A scope and how its last scan ended.

    Attributes:
        key: The primary key in the store; `id` is that of the service.
        round: The number of the scan that is valid now; facts with a lower number are older.
        full: True if the last scan read everything, False if it read changes only.
        run_id: The run that scanned it last.
        ended: When the last scan ended, as stored text; empty before the first.
        coverage: The status, PARTIAL while no scan has ended.
    """

    key: int
    id: str
    title: str
    url: str
    round: int
    full: bool
    run_id: str
    ended: str
    coverage: Coverage

    @property
    def complete(self) -> bool:
        """Return True if the whole scope was read."""
        return self.coverage.status is Status.COMPLETE

    @property
    def tenant_opened(self) -> bool:
        """Return False if the tenant could not be opened, so that no scope of it was tried."""
        return self.coverage.reason is None or self.coverage.reason.key != TENANT_NOT_OPENED

    def seen_in_last_scan(self, scan_generation: int) -> bool:
        """Return True if a fact of this scan number was seen by the last scan.

        A complete scan confirms all facts of the scope: what it had not seen was deleted.
        """
        partly = self.coverage.status is Status.PARTIAL and self.full
        return self.complete or (partly and scan_generation == self.round)

    @property
    def is_incomplete(self) -> bool:
        """Return True if something is missing that this configuration should have read."""
        return not self.complete and not self.coverage.standing


def tenants(engine: Engine, connectors: Sequence[str] | None = None) -> list[TenantRow]:
    """Return the tenants that these connectors read, or all of them without a list.

    Args:
        connectors: Names of connectors in the configuration.
    """
    t = schema.tenant.c
    query = select(schema.tenant).order_by(t.key)
    if connectors is not None:
        query = query.where(t.connector.in_(connectors))
    with engine.connect() as db:
        return [
            TenantRow(
                key=row.key,
                service=row.service,
                connector=row.connector,
                tenant_id=row.tenant_id,
                title=row.title,
                domains=tuple(json.loads(row.domains)),
            )
            for row in db.execute(query)
        ]


def scopes(engine: Engine, tenant: int) -> Iterator[ScopeState]:
    """Yield the scopes of a tenant that still exist, in the order of their titles.

    Reads pages of 500, so that no transaction stays open while the caller works.
    """
    s, last = schema.scope.c, ("", 0)
    while True:
        page = (
            select(schema.scope)
            .where(s.tenant == tenant, s.missing < MISSING_TWICE)
            .where((s.title > last[0]) | ((s.title == last[0]) & (s.key > last[1])))
            .order_by(s.title, s.key)
            .limit(500)
        )
        with engine.connect() as db:
            rows = db.execute(page).all()
        for row in rows:
            yield ScopeState(
                key=row.key,
                id=row.id,
                title=row.title,
                url=row.url,
                round=row.round,
                full=row.full,
                run_id=row.run_id,
                ended=row.ended,
                coverage=Coverage(
                    status=Status(row.status) if row.status else Status.PARTIAL,
                    reason=decode_message(row.reason) or (None if row.status else _UNENDED),
                    hint=decode_message(row.hint) or (None if row.status else _RESUME),
                    standing=row.standing,
                    cut_off=row.cut_off,
                    items=row.item_count,
                    calls=row.calls,
                    seconds=row.seconds,
                ),
            )
        if len(rows) < 500:
            return
        last = (rows[-1].title, rows[-1].key)


def count_exposed_items(engine: Engine, scope: int) -> int:
    """Return the number of items of a scope that have at least one exposure."""
    e = schema.exposure.c
    with engine.connect() as db:
        query = select(func.count(func.distinct(e.item_id))).where(e.scope == scope)
        return db.execute(query).scalar_one()


_UNENDED = Message("sdk.interrupted")
_RESUME = Message("sdk.resume_later")


def has_items(engine: Engine, tenant: int, many: int) -> bool:
    """Return True if at least `many` items of a tenant are stored."""
    s, i = schema.scope.c, schema.item.c
    kept = select(i.id).join(schema.scope, s.key == i.scope).where(s.tenant == tenant)
    with engine.connect() as db:
        return db.execute(kept.offset(many - 1).limit(1)).first() is not None


def scope_key(engine: Engine, tenant: int, scope_id: str) -> int:
    """Return the key of a scope of a tenant; 0, which no scope has, where it is not stored."""
    s = schema.scope.c
    here = select(s.key).where(s.tenant == tenant, s.id == scope_id)
    with engine.connect() as db:
        return db.execute(here).scalar_one_or_none() or 0
