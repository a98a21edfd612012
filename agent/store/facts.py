"""Write what connectors read: facts, cursor, scan state and coverage in one transaction."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, delete, func, select, update

from agent.store import schema
from agent.store.fact_batch import CHUNK_SIZE, FactBatch, sanitize_row, write_batch
from agent.store.tri_state import format_time
from agent.text import encode_message
from connectors.sdk.batched import batched
from connectors.sdk.records import Coverage, Fact, Scope, Started, Status, Tenant

_S = schema.scope.c
_BY_SCOPE = (
    (schema.item, schema.item.c.round),
    (schema.container, schema.container.c.round),
    (schema.tally, schema.tally.c.round),
    (schema.principal, schema.principal.c.round),
    (schema.membership, schema.membership.c.round),
    (schema.setting, schema.setting.c.round),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedScope:
    """A scope of a plan: where its scan continues, and whether this run has already read it.

    Attributes:
        key: The primary key in the store.
        cursor: The cursor to continue from; None to start from the beginning.
        already_read: True if this run has scanned it to the end.
        finished: When it was last read to its end; empty if it never was, or is unfinished.
    """

    key: int
    scope: Scope
    cursor: str | None
    already_read: bool
    finished: str = ""


LISTING = "scopes"  # the id of the placeholder scope of a listing that failed


class FactStore:
    """The facts of all tenants. Only one thread may write: the one that collects."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def ensure_tenant(self, service: str, connector: str, tenant: Tenant | None) -> int:
        """Return the key of a tenant; add it, or update its name and connector, where needed.

        Without a tenant (the sign-in failed) return the tenant that this connector read before, or
        a placeholder that takes over the real id at the first sign-in that succeeds. If the
        connector's name belonged to another tenant before, that one keeps its facts and loses the
        name.
        """
        t = schema.tenant
        named = and_(t.c.service == service, t.c.connector == connector)
        nameless = f"?{connector}"
        with self._engine.begin() as db:
            if tenant is None:
                newest = select(t.c.key).where(named).order_by(t.c.key.desc())
                known = db.execute(newest).scalars().first()
                return known or _add_tenant(
                    db, service, connector, Tenant(id=nameless, name=connector)
                )
            same = and_(t.c.service == service, t.c.tenant_id == tenant.id)
            key = db.execute(select(t.c.key).where(same)).scalar_one_or_none()
            if key is None:
                unborn = and_(named, t.c.tenant_id == nameless)
                key = db.execute(select(t.c.key).where(unborn)).scalar_one_or_none()
            if key is None:
                key = _add_tenant(db, service, connector, tenant)
            words = _tenant_columns(service, connector, tenant)
            db.execute(update(t).where(t.c.key == key).values(words))
            others = and_(named, t.c.key != key)  # tenants that had this name before
            db.execute(update(t).where(others).values(connector=""))
            return key

    def plan_scopes(
        self,
        tenant: int,
        scopes: Sequence[Scope],
        run_id: str,
        *,
        full: bool,
        listed: bool = True,
    ) -> list[PlannedScope]:
        """Store the scopes of a listing; return them in the order in which to scan them.

        Scopes that were never read or are unfinished come first, then those that were read longest
        ago, so that every scope has its turn even if a quota ends each run early. Scopes that are
        missing from a complete listing are marked; their facts are deleted when they are missing
        twice. A listing that lost most scopes of a kind is not believed: a permission that was
        narrowed, or an index that broke, looks the same for weeks. A full scan, which a person asks
        for, confirms it.

        Args:
            tenant: The key of the tenant.
            scopes: The scopes; one that `stands_for` others keeps those from being missing.
            full: Drop the cursors of finished scopes and of interrupted delta scans, not those of
                interrupted full scans.
            listed: Whether the listing is complete; of an incomplete one nothing is missing.
        """
        with self._engine.begin() as db:
            planned = [self._upsert_scope(db, tenant, scope, run_id, full=full) for scope in scopes]
            if listed:
                unlisted = tuple(scope.stands_for for scope in scopes if scope.stands_for)
                seen = {p.key for p in planned}
                self._count_missing(db, tenant, seen, run_id, unlisted=unlisted, confirmed=full)
            return sorted(planned, key=lambda p: p.finished)

    def record_unlisted(self, tenant: int, title: str, run_id: str, coverage: Coverage) -> None:
        """Record that scopes could not be listed, under a placeholder scope for the whole tenant.

        All other scopes of the tenant become SKIPPED.
        """
        with self._engine.begin() as db:
            scope = Scope(id=LISTING, title=title)
            planned = self._upsert_scope(db, tenant, scope, run_id, full=False)
            here = _S.key == planned.key
            db.execute(update(schema.scope).where(here).values(run_id=run_id))
            others = and_(_S.tenant == tenant, _S.key != planned.key, _S.missing == 0)
            unreached = {
                "status": Status.SKIPPED, "run_id": run_id, "calls": 0, "seconds": 0.0,
                "cut_off": False, "standing": False,
                "reason": _TENANT_NOT_OPENED, "hint": _TENANT_NOT_OPENED_HINT,
            }  # fmt: skip
            db.execute(update(schema.scope).where(others).values(unreached))
        self.finish_scope(planned.key, (), coverage)

    def _upsert_scope(
        self, db: Connection, tenant: int, scope: Scope, run_id: str, *, full: bool
    ) -> PlannedScope:
        here = and_(_S.tenant == tenant, _S.id == scope.id)
        words = sanitize_row(
            {"title": scope.title, "url": scope.url, "last": scope.last, "missing": 0}
        )
        row = db.execute(select(schema.scope).where(here)).one_or_none()
        if row is None:
            fresh = {
                "tenant": tenant, "id": scope.id, "round": 0, "unfinished": False,
                "run_id": "", "full": True, "standing": False, "cut_off": False, "ended": "",
                "reason": "", "hint": "",
                "item_count": 0, "calls": 0, "seconds": 0.0, **words,
            }  # fmt: skip
            added = schema.scope.insert().values(fresh).returning(_S.key)
            return PlannedScope(
                key=db.execute(added).scalar_one(), scope=scope, cursor=None, already_read=False
            )
        db.execute(update(schema.scope).where(here).values(words))
        done = row.run_id == run_id and row.status == Status.COMPLETE
        forget = full and not (row.unfinished and row.full)
        cursor = None if forget else row.cursor or None
        finished = "" if row.unfinished else row.ended
        return PlannedScope(
            key=row.key, scope=scope, cursor=cursor, already_read=done, finished=finished
        )

    def _count_missing(
        self,
        db: Connection,
        tenant: int,
        seen: set[int],
        run_id: str,
        *,
        unlisted: tuple[str, ...],
        confirmed: bool,
    ) -> None:
        """What a complete listing leaves out is missing; after the second time it is gone.

        One listing may err; so the first time its findings are only not compared.

        Args:
            unlisted: Beginnings of the ids and URLs of scopes that this listing could not hold.
            confirmed: Whether a listing that lost most of its scopes is believed.
        """
        rows = db.execute(
            select(_S.key, _S.id, _S.url, _S.missing, _S.run_id).where(_S.tenant == tenant)
        ).all()
        present = [(row.id, row.key in seen) for row in rows if row.missing != MISSING_TWICE]
        shrunken = frozenset[str]() if confirmed else _shrunken_kinds(present)
        for row in rows:
            counted = row.missing and row.run_id == run_id  # in an earlier part of this run
            if row.key in seen or counted:
                continue
            unreadable_now = row.id.startswith(unlisted) or (row.url or "").startswith(unlisted)
            doubtful = _kind_of(row.id) in shrunken or unreadable_now
            if row.id == LISTING or (row.missing and not (doubtful and row.missing == 1)):
                self._delete_scope(db, row.key)
                gone = {
                    "status": Status.COMPLETE,
                    "missing": MISSING_TWICE,
                    "reason": "",
                    "hint": "",
                }
            else:
                gone = {
                    "status": Status.SKIPPED, "missing": 1, "cursor": None,
                    "reason": _NOT_LISTED, "hint": _LOST_HINT if doubtful else _NOT_LISTED_HINT,
                }  # fmt: skip
            gone |= {"run_id": run_id, "cut_off": False, "standing": False}
            db.execute(update(schema.scope).where(_S.key == row.key).values(gone))

    def _delete_scope(self, db: Connection, scope: int) -> None:
        for table in (
            schema.item, schema.grant, schema.container, schema.tally, schema.reach,
            schema.principal, schema.membership, schema.setting, schema.memory, schema.exposure,
        ):  # fmt: skip
            db.execute(delete(table).where(table.c.scope == scope))

    def begin_scope(self, scope: int, started: Started, run_id: str) -> None:
        """Begin the scan of a scope.

        A full scan that does not resume an earlier one gets a new scan number and no cursor; one
        that resumes keeps both.
        """
        with self._engine.begin() as db:
            last = db.execute(select(_S.round).where(_S.key == scope)).scalar_one()
            again = started.full and not started.resumed
            # the old cursor belongs to the previous full scan
            fresh = {"round": last + 1, "cursor": None} if again else {}
            db.execute(
                update(schema.scope)
                .where(_S.key == scope)
                .values(
                    unfinished=True,
                    full=started.full,
                    run_id=run_id,
                    status=None,
                    standing=False,
                    cut_off=False,
                    reason="",
                    hint="",
                    **fresh,
                )
            )

    def commit(
        self, scope: int, facts: Sequence[Fact], cursor: str, state_writes: Mapping[str, str | None]
    ) -> None:
        """Store facts, cursor and scan state in one transaction: a crash loses and repeats nothing.

        Args:
            scope: The key of the scope.
            facts: The facts since the last checkpoint.
            cursor: Where a later scan resumes.
            state_writes: Changes of the connector's own state; None deletes a key.
        """
        with self._engine.begin() as db:
            self._write(db, scope, facts)
            _write_scan_state(db, scope, state_writes)
            db.execute(update(schema.scope).where(_S.key == scope).values(cursor=cursor))

    def finish_scope(self, scope: int, facts: Sequence[Fact], coverage: Coverage) -> None:
        """End the scan of a scope and store its coverage.

        If a full scan was complete, facts that it did not see are deleted.
        """
        with self._engine.begin() as db:
            complete = coverage.status is Status.COMPLETE
            # facts after the last checkpoint will be read again by the next scan: not counted
            again = db.execute(select(_S.cursor).where(_S.key == scope)).scalar_one()
            self._write(db, scope, facts, counted=complete or not again)
            row = db.execute(select(_S.round, _S.full).where(_S.key == scope)).one()
            if complete and row.full:
                _delete_unseen(db, scope, row.round)
            db.execute(
                update(schema.scope)
                .where(_S.key == scope)
                .values(
                    status=coverage.status,
                    reason=encode_message(coverage.reason),
                    hint=encode_message(coverage.hint),
                    standing=coverage.standing,
                    cut_off=coverage.cut_off,
                    ended=format_time(self._now()),
                    unfinished=not complete,
                    item_count=_count_items(db, scope, row.round),
                    calls=coverage.calls,
                    seconds=coverage.seconds,
                )
            )

    def _write(
        self, db: Connection, scope: int, facts: Sequence[Fact], *, counted: bool = True
    ) -> None:
        if facts:
            seen_in = db.execute(select(_S.round).where(_S.key == scope)).scalar_one()
            batch = FactBatch.from_facts(facts)
            write_batch(
                db, batch, scope=scope, scan_generation=seen_in, now=self._now(), counted=counted
            )


def _kind_of(scope_id: str) -> str:
    """Return what a scope's id begins with where ids are made so: `drive:`, `b!`; else nothing."""
    found = _KIND.match(scope_id)
    return found[0] if found else ""


def _shrunken_kinds(present: Sequence[tuple[str, bool]]) -> frozenset[str]:
    """Return the kinds of scopes that lost most of their members, and at least three.

    Args:
        present: The id of each scope of earlier listings and of this one, and whether this one
            holds it.
    """
    known, lost = Counter[str](), Counter[str]()
    for id_, listed in present:
        known[_kind_of(id_)] += 1
        lost[_kind_of(id_)] += not listed
    return frozenset(
        kind for kind, n in lost.items() if kind and n >= MANY_SCOPES and 2 * n > known[kind]
    )


def _count_items(db: Connection, scope: int, seen_in: int) -> int:
    """Return the number of items that the scan has read, also in its interrupted parts."""
    t = schema.tally.c
    here = select(func.sum(t.item_count)).where(t.scope == scope, t.round == seen_in)
    return db.execute(here).scalar_one_or_none() or 0


def _delete_unseen(db: Connection, scope: int, seen_in: int) -> None:
    """Delete the facts of a scope that the scan of this number did not see."""
    for table, round_ in _BY_SCOPE:
        db.execute(delete(table).where(table.c.scope == scope, round_ < seen_in))
    g, i = schema.grant.c, schema.item.c
    orphan = ~select(i.id).where(i.scope == g.scope, i.id == g.item_id).exists()
    db.execute(delete(schema.grant).where(g.scope == scope, orphan))


def _write_scan_state(db: Connection, scope: int, memory: Mapping[str, str | None]) -> None:
    m = schema.memory
    if not memory:
        return
    for some in batched(memory, CHUNK_SIZE):
        db.execute(delete(m).where(m.c.scope == scope, m.c.key.in_(some)))
    kept = [
        sanitize_row({"scope": scope, "key": k, "value": v})
        for k, v in memory.items()
        if v is not None
    ]
    if kept:
        db.execute(m.insert(), kept)


def _add_tenant(db: Connection, service: str, connector: str, tenant: Tenant) -> int:
    added = schema.tenant.insert().values(_tenant_columns(service, connector, tenant))
    return db.execute(added.returning(schema.tenant.c.key)).scalar_one()


def _tenant_columns(service: str, connector: str, tenant: Tenant) -> dict[str, str]:
    return {
        "service": service,
        "tenant_id": tenant.id,
        "connector": connector,
        "title": tenant.name,
        "domains": json.dumps(list(tenant.domains)),
    }


_KIND = re.compile(r"[a-z]+[:!]")
MANY_SCOPES = 3  # so many scopes and most of their kind are never gone by a listing alone
MISSING_TWICE = 2  # `scope.missing`: absent from two listings in a row; its facts are deleted
TENANT_NOT_OPENED = (
    "scope.not_reached"  # the message of the scopes of a tenant that could not be opened
)
_TENANT_NOT_OPENED = json.dumps([TENANT_NOT_OPENED, {}])
_TENANT_NOT_OPENED_HINT = json.dumps(["scope.not_reached_hint", {}])
_NOT_LISTED = json.dumps(["scope.not_listed", {}])
_NOT_LISTED_HINT = json.dumps(["scope.not_listed_hint", {}])
_LOST_HINT = json.dumps(["scope.lost_hint", {}])
