"""What connectors stated. Facts, cursor, memory and coverage go in together or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, delete, func, select, update

from agent.store import schema
from agent.store.batch import CHUNK, Batch, keep, sound
from agent.store.words import stamp
from agent.text import packed
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
class Planned:
    """A scope as the store knows it: where to go on, and whether this run has read it already.

    `finished` is when it was last read to its end; empty where it never was, or is unfinished.
    """

    key: int
    scope: Scope
    cursor: str | None
    done: bool
    finished: str = ""


LISTING = "scopes"  # the id of the scope that stands for a listing that failed


class Facts:
    """The books of all tenants. One writer: the thread that collects."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def tenant(self, service: str, connector: str, tenant: Tenant | None) -> int:
        """The key of a tenant; its connector's name may have changed since.

        `None`: nobody could sign in. The tenant that this connector read before is meant, or one
        that gets its id as soon as a sign-in succeeds. A name that is pointed at another tenant
        leaves the first one's books closed.
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
            words = _tenant_words(service, connector, tenant)
            db.execute(update(t).where(t.c.key == key).values(words))
            others = and_(named, t.c.key != key)  # what the name meant before
            db.execute(update(t).where(others).values(connector=""))
            return key

    def plan(
        self, tenant: int, scopes: Sequence[Scope], run_id: str, *, full: bool
    ) -> list[Planned]:
        """Enter the scopes of a complete listing; tell where each goes on, in the order to read.

        First what was never read or left unfinished, then what was read longest ago: where an
        allowance ends every run early, all scopes have their turn. `full` forgets the cursors of
        finished scopes and of interrupted deltas, not those of interrupted full readings.
        """
        with self._engine.begin() as db:
            planned = [self._enter(db, tenant, scope, run_id, full=full) for scope in scopes]
            self._miss(db, tenant, {p.key for p in planned}, run_id)
            return sorted(planned, key=lambda p: p.finished)

    def unlisted(self, tenant: int, title: str, run_id: str, coverage: Coverage) -> None:
        """Nobody could even list the scopes: say so in a scope that stands for them all."""
        with self._engine.begin() as db:
            scope = Scope(id=LISTING, title=title)
            planned = self._enter(db, tenant, scope, run_id, full=False)
            here = _S.key == planned.key
            db.execute(update(schema.scope).where(here).values(run_id=run_id))
            others = and_(_S.tenant == tenant, _S.key != planned.key, _S.missing == 0)
            unreached = {
                "status": Status.SKIPPED, "run_id": run_id, "calls": 0, "seconds": 0.0,
                "cut_off": False, "standing": False, "reason": _UNREACHED, "hint": _UNREACHED_HINT,
            }  # fmt: skip
            db.execute(update(schema.scope).where(others).values(unreached))
        self.finish(planned.key, (), coverage)

    def _enter(
        self, db: Connection, tenant: int, scope: Scope, run_id: str, *, full: bool
    ) -> Planned:
        here = and_(_S.tenant == tenant, _S.id == scope.id)
        words = sound({"title": scope.title, "url": scope.url, "last": scope.last, "missing": 0})
        row = db.execute(select(schema.scope).where(here)).one_or_none()
        if row is None:
            fresh = {
                "tenant": tenant, "id": scope.id, "round": 0, "unfinished": False,
                "run_id": "", "full": True, "standing": False, "cut_off": False, "ended": "",
                "reason": "", "hint": "",
                "item_count": 0, "calls": 0, "seconds": 0.0, **words,
            }  # fmt: skip
            added = schema.scope.insert().values(fresh).returning(_S.key)
            return Planned(key=db.execute(added).scalar_one(), scope=scope, cursor=None, done=False)
        db.execute(update(schema.scope).where(here).values(words))
        done = row.run_id == run_id and row.status == Status.COMPLETE
        forget = full and not (row.unfinished and row.full)
        cursor = None if forget else row.cursor or None
        finished = "" if row.unfinished else row.ended
        return Planned(key=row.key, scope=scope, cursor=cursor, done=done, finished=finished)

    def _miss(self, db: Connection, tenant: int, seen: set[int], run_id: str) -> None:
        """What a complete listing leaves out is missing; after the second time it is gone.

        One listing may err; so the first time its findings are only not compared.
        """
        rows = db.execute(
            select(_S.key, _S.id, _S.missing, _S.run_id).where(_S.tenant == tenant)
        ).all()
        for row in rows:
            counted = row.missing and row.run_id == run_id  # in an earlier part of this run
            if row.key in seen or counted:
                continue
            if row.missing or row.id == LISTING:
                self._forget(db, row.key)
                gone = {"status": Status.COMPLETE, "missing": GONE, "reason": "", "hint": ""}
            else:
                gone = {
                    "status": Status.SKIPPED, "missing": 1, "cursor": None,
                    "reason": _GONE, "hint": _GONE_HINT,
                }  # fmt: skip
            gone |= {"run_id": run_id, "cut_off": False, "standing": False}
            db.execute(update(schema.scope).where(_S.key == row.key).values(gone))

    def _forget(self, db: Connection, scope: int) -> None:
        for table in (
            schema.item, schema.grant, schema.container, schema.tally, schema.reach,
            schema.principal, schema.membership, schema.setting, schema.memory, schema.exposure,
        ):  # fmt: skip
            db.execute(delete(table).where(table.c.scope == scope))

    def begin(self, scope: int, started: Started, run_id: str) -> None:
        """Open the books of a scope; a full reading that was interrupted stays in its round."""
        with self._engine.begin() as db:
            last = db.execute(select(_S.round).where(_S.key == scope)).scalar_one()
            again = started.full and not started.resumed
            fresh = {"round": last + 1, "cursor": None} if again else {}  # an old place lies
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
        self, scope: int, facts: Sequence[Fact], cursor: str, memory: Mapping[str, str | None]
    ) -> None:
        """Keep facts, cursor and memory together, so that a crash repeats nothing."""
        with self._engine.begin() as db:
            self._keep(db, scope, facts)
            _remember(db, scope, memory)
            db.execute(update(schema.scope).where(_S.key == scope).values(cursor=cursor))

    def finish(self, scope: int, facts: Sequence[Fact], coverage: Coverage) -> None:
        """Close the books. What a complete, full reading did not meet again is gone."""
        with self._engine.begin() as db:
            complete = coverage.status is Status.COMPLETE
            # what came after the last checkpoint is known from now on, and read again: not counted
            again = db.execute(select(_S.cursor).where(_S.key == scope)).scalar_one()
            self._keep(db, scope, facts, counted=complete or not again)
            row = db.execute(select(_S.round, _S.full).where(_S.key == scope)).one()
            if complete and row.full:
                _sweep(db, scope, row.round)
            db.execute(
                update(schema.scope)
                .where(_S.key == scope)
                .values(
                    status=coverage.status,
                    reason=packed(coverage.reason),
                    hint=packed(coverage.hint),
                    standing=coverage.standing,
                    cut_off=coverage.cut_off,
                    ended=stamp(self._now()),
                    unfinished=not complete,
                    item_count=_counted(db, scope, row.round),
                    calls=coverage.calls,
                    seconds=coverage.seconds,
                )
            )

    def _keep(
        self, db: Connection, scope: int, facts: Sequence[Fact], *, counted: bool = True
    ) -> None:
        if facts:
            seen_in = db.execute(select(_S.round).where(_S.key == scope)).scalar_one()
            batch = Batch.of(facts)
            keep(db, batch, scope=scope, seen_in=seen_in, now=self._now(), counted=counted)


def _counted(db: Connection, scope: int, seen_in: int) -> int:
    """The items of the whole round, also of its interrupted parts."""
    t = schema.tally.c
    here = select(func.sum(t.item_count)).where(t.scope == scope, t.round == seen_in)
    return db.execute(here).scalar_one_or_none() or 0


def _sweep(db: Connection, scope: int, seen_in: int) -> None:
    for table, round_ in _BY_SCOPE:
        db.execute(delete(table).where(table.c.scope == scope, round_ < seen_in))
    g, i = schema.grant.c, schema.item.c
    orphan = ~select(i.id).where(i.scope == g.scope, i.id == g.item_id).exists()
    db.execute(delete(schema.grant).where(g.scope == scope, orphan))


def _remember(db: Connection, scope: int, memory: Mapping[str, str | None]) -> None:
    m = schema.memory
    if not memory:
        return
    for some in batched(memory, CHUNK):
        db.execute(delete(m).where(m.c.scope == scope, m.c.key.in_(some)))
    kept = [
        sound({"scope": scope, "key": k, "value": v}) for k, v in memory.items() if v is not None
    ]
    if kept:
        db.execute(m.insert(), kept)


def _add_tenant(db: Connection, service: str, connector: str, tenant: Tenant) -> int:
    added = schema.tenant.insert().values(_tenant_words(service, connector, tenant))
    return db.execute(added.returning(schema.tenant.c.key)).scalar_one()


def _tenant_words(service: str, connector: str, tenant: Tenant) -> dict[str, str]:
    return {
        "service": service,
        "tenant_id": tenant.id,
        "connector": connector,
        "title": tenant.name,
        "domains": json.dumps(list(tenant.domains)),
    }


GONE = 2  # `scope.missing`: left out of two listings; what was there is forgotten
UNREACHED = "scope.not_reached"  # the sentence for the scopes of a tenant that was not opened
_UNREACHED = json.dumps([UNREACHED, {}])
_UNREACHED_HINT = json.dumps(["scope.not_reached_hint", {}])
_GONE = json.dumps(["scope.not_listed", {}])
_GONE_HINT = json.dumps(["scope.not_listed_hint", {}])
