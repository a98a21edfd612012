"""The life of findings: what is new, changed, gone, back, or was not compared.

A change of state and the events that tell of it go in together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, or_, select, update

from agent.classify.finding import Finding, Kept
from agent.classify.model import Confidence, Match, Severity, Subject
from agent.classify.view import Change, Doorway
from agent.store import schema
from agent.store.batch import CHUNK, put
from agent.store.body import packed, unpacked
from agent.store.outbox import post
from agent.store.words import moment_of, stamp
from connectors.sdk.records import Access, Audience, Status

_F = schema.finding.c
OF_CHANGES = frozenset({"CHG-001", "CHG-002"})
"""Rules that speak of the run, not of the finding: they are no part of what makes it another."""

Changed = Callable[[Change], Sequence[Match]]
"""What is said of a door that has opened since the last run."""

Compose = Callable[[Kept, bool], tuple[str, str]]
"""(a finding whose state has just changed, whether it got worse) -> (event id, body)."""


class Found(NamedTuple):
    """A finding of this judging, as it goes into the books: plain values, cheap to hand over.

    `content` and `body` stand for the finding. `confirmed`: its fact was seen in the last reading,
    or that reading was complete; otherwise the state stays as it is. `waived_until` and
    `waived_by` come from a waiver in force.
    """

    id: str
    scope: int
    severity: int
    score: int | None
    audience: str
    access: str
    content: str
    body: str
    last_seen: str
    confirmed: bool
    waived_until: str
    waived_by: str

    @classmethod
    def of(
        cls,
        finding: Finding,
        *,
        scope: int,
        last_seen: str,
        confirmed: bool = True,
        waived_until: str = "",
        waived_by: str = "",
    ) -> Found:
        """Pack a finding."""
        return cls(
            finding.id,
            scope,
            int(finding.severity),
            finding.score,
            str(finding.audience),
            str(finding.access),
            finding.content(),
            packed(finding),
            last_seen,
            confirmed,
            waived_until,
            waived_by,
        )


class Ledger:
    """The findings of one run; writes an event of every change for each of these sinks."""

    def __init__(
        self,
        engine: Engine,
        run_id: str,
        now: datetime,
        *,
        sinks: Mapping[str, Compose],
        changed: Changed = lambda _: (),
    ) -> None:
        self._engine = engine
        self._run_id = run_id
        self._now = stamp(now)
        self._judging = f"{run_id} {self._now}"  # a run that goes on judges more than once
        self._sinks = sinks
        self._changed = lru_cache(maxsize=1024)(lambda *what: _said(changed(_change_of(*what))))

    def enter(
        self, db: Connection, tenant: int, found: Sequence[Found], *, comparable: bool = False
    ) -> None:
        """Enter what was found, in the caller's transaction.

        `comparable`: the tenant had been read before this run.
        """
        before = _before(db, [one.id for one in found])
        rows: list[dict[str, Any]] = []
        told: list[tuple[Kept, bool]] = []
        for one in _once(found):
            old = before.get(one.id)
            if old is not None and old.judged_run == self._judging and not _better(one, old):
                continue  # the item lies in two scopes, and was met in the other already
            row, news = self._next(old, one, tenant, comparable=comparable)
            rows.append(row)
            if news and self._sinks:
                told.append((_kept(row, self._run_id), old is None or one.severity > old.severity))
        put(db, schema.finding, [tuple(row.values()) for row in rows], over=True)
        self._post(db, told)

    def settle(self, tenant: int) -> None:
        """What was not found again is resolved where its scope was read completely, else not
        compared."""
        s = schema.scope.c
        left = (
            select(schema.finding, s.status)
            .join(schema.scope, s.key == _F.scope)
            .where(_F.tenant == tenant, _F.state != "resolved", _F.judged_run != self._judging)
            .execution_options(yield_per=CHUNK)
        )
        with self._engine.connect() as stream:
            for rows in stream.execute(left).mappings().partitions():
                with self._engine.begin() as db:
                    for row in rows:
                        self._settle(db, row)

    def _settle(self, db: Connection, row: Mapping[Any, Any]) -> None:
        here = update(schema.finding).where(_F.id == row["id"])
        if row["status"] != Status.COMPLETE:
            db.execute(here.values(judged_run=self._judging, compared=False))
            return
        closed = {
            "state": "resolved",
            "change": "resolved",
            "change_run": self._run_id,
            "judged_run": self._judging,
            "compared": True,
            "changed_at": self._now,
        }
        db.execute(here.values(closed))
        if self._sinks:
            self._post(db, [(_kept({**row, **closed}, self._run_id), False)])

    def _next(
        self, old: Row[Any] | None, found: Found, tenant: int, *, comparable: bool
    ) -> tuple[dict[str, Any], bool]:
        """The row as it becomes, in the order of the columns, and whether that is news."""
        waived = bool(found.waived_until)
        change = _change(old, waived=waived, content=found.content)
        row: dict[str, Any] = {
            "id": found.id,
            "tenant": tenant,
            "scope": found.scope,
            "state": "waived" if waived else "open",
            "change": change,
            "change_run": self._run_id,
            "judged_run": self._judging,
            "compared": found.confirmed,
            "severity": found.severity,
            "score": found.score,
            "occurrence": 1,
            "content": found.content,
            "body": self._body(old, found, change, comparable=comparable),
            "waived_until": found.waived_until,
            "waived_by": found.waived_by,
            "first_seen": found.last_seen,
            "last_seen": found.last_seen,
            "changed_at": self._now,
        }
        if old is not None:
            row["first_seen"] = old.first_seen
            row["last_seen"] = max(old.last_seen, found.last_seen)
            again = change == "returned" or (change != "" and old.state == "resolved")
            row["occurrence"] = old.occurrence + again
            if not change:
                row |= {n: getattr(old, n) for n in ("change", "change_run", "changed_at")}
        return row, bool(change)

    def _body(self, old: Row[Any] | None, found: Found, change: str, *, comparable: bool) -> str:
        """The finding as it is kept, with what is said of its change as long as this run lasts."""
        said: dict[str, Any] = {}
        if change in ("new", "changed", "returned"):
            said = self._said(old, found, change, comparable=comparable)
        elif old is not None and old.change_run == self._run_id:
            before = unpacked(old.body)["evidence"]
            said = {rule: values for rule, values in before.items() if rule in OF_CHANGES}
        if not said:
            return found.body
        table = unpacked(found.body)
        return packed(table | {"evidence": {**table["evidence"], **said}})

    def _said(
        self, old: Row[Any] | None, found: Found, change: str, *, comparable: bool
    ) -> dict[str, Any]:
        before: tuple[str, str] | None = None
        if old is not None and change == "changed":
            body = unpacked(old.body)
            before = body["audience"], body["access"]
        gone = change == "returned" and old is not None and old.state == "resolved"
        comparable = comparable and (old is None or before is not None)
        return self._changed(before, (found.audience, found.access), gone, comparable)

    def earlier(self, tenant: int) -> bool:
        """Whether an earlier run has looked at this tenant: else everything would be news.

        Either it left a finding, or it came to its end and a scope was read twice since.
        """
        r, s = schema.run.c, schema.scope.c
        told = select(_F.id).where(_F.tenant == tenant, _F.judged_run.not_like(f"{self._run_id} %"))
        ended = select(r.id).where(r.id != self._run_id, r.ended.is_not(None))
        twice = select(s.key).where(s.tenant == tenant, s.round > 1, ended.exists())
        with self._engine.connect() as db:
            return any(db.execute(q.limit(1)).first() is not None for q in (told, twice))

    def _post(self, db: Connection, news: Sequence[tuple[Kept, bool]]) -> None:
        for sink, compose in self._sinks.items():
            post(db, sink, self._run_id, [compose(*one) for one in news])


def _before(db: Connection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """What the books say of these findings."""
    rows: dict[str, Row[Any]] = {}
    for at in range(0, len(ids), CHUNK):
        known = select(schema.finding).where(_F.id.in_(ids[at : at + CHUNK]))
        rows |= {row.id: row for row in db.execute(known)}
    return rows


def _once(found: Sequence[Found]) -> list[Found]:
    """Each finding once: what was confirmed, then the worst."""
    best: dict[str, Found] = {}
    for one in found:
        held = best.get(one.id)
        if held is None or (one.confirmed, one.severity) > (held.confirmed, held.severity):
            best[one.id] = one
    return list(best.values())


def _better(one: Found, row: Row[Any]) -> bool:
    return (one.confirmed, one.severity) > (row.compared, row.severity)


def _change(old: Row[Any] | None, *, waived: bool, content: str) -> str:
    """What has become of a finding; empty when it is as it was."""
    if waived:
        return "" if old is not None and old.state == "waived" else "waived"
    if old is None:
        return "new"
    if old.state in ("resolved", "waived"):
        return "returned"
    return "changed" if content != old.content else ""


def _change_of(
    before: tuple[str, str] | None, after: tuple[str, str], gone: bool, comparable: bool
) -> Change:
    return Change(
        old=None if before is None else _doorway(*before),
        new=_doorway(*after),
        gone=gone,
        comparable=comparable,
    )


def _said(matches: Sequence[Match]) -> dict[str, Any]:
    return {match.rule: dict(match.evidence) for match in matches}


def _doorway(audience: str, access: str) -> Doorway:
    """Findings about other things than doors are no door to anybody."""
    return Doorway(
        audience=Audience(audience) if audience else Audience.NAMED_INTERNAL,
        access=Access(access) if access else Access.VIEW_ONLY,
    )


def kept(
    engine: Engine, tenants: Sequence[int], run_id: str, *, least: Severity | None = None
) -> Iterator[Kept]:
    """The findings of these tenants, the worst first: all that stand, and those resolved in this
    run."""
    query = (
        select(schema.finding)
        .where(_F.tenant.in_(tenants))
        .where(or_(_F.state != "resolved", _F.change_run == run_id))
        .order_by(_F.severity.desc(), _F.score.desc().nulls_last(), _F.id)
        .execution_options(yield_per=CHUNK)
    )
    if least is not None:
        query = query.where(_F.severity >= int(least))
    with engine.connect() as db:
        for row in db.execute(query).mappings():
            yield _kept(row, run_id)


def standing(db: Connection, finding_id: str) -> Kept | None:
    """The finding of this id, unless it is resolved."""
    query = select(schema.finding).where(_F.id == finding_id, _F.state != "resolved")
    row = db.execute(query).mappings().one_or_none()
    return None if row is None else _kept(row, "")


def one(engine: Engine, start: str) -> list[Kept]:
    """The findings whose id begins so; ids are long, and people paste the first half."""
    named = _F.id.startswith(start, autoescape=True)
    query = select(schema.finding).where(named, _F.body != "").limit(20)
    with engine.connect() as db:
        return [_kept(row, "") for row in db.execute(query).mappings()]


def fade(engine: Engine, before: datetime) -> None:
    """Of what was shut before then and stayed shut, keep only that it was: no names, no places.

    The rest of the row stays: should it come back, it has returned, and its events have ids that
    no receiver has seen.
    """
    shut = update(schema.finding).where(_F.state == "resolved", _F.changed_at < stamp(before))
    with engine.begin() as db:
        db.execute(shut.where(_F.body != "").values(body="", waived_by=""))


def _kept(row: Mapping[Any, Any], run_id: str) -> Kept:
    if row["change_run"] == run_id or row["state"] == "resolved":
        state = row["change"]
    elif row["state"] == "waived":
        state = "waived"
    else:
        state = "open" if row["compared"] else "not_compared"
    return Kept(
        finding=finding_of(row["body"]),
        state=state,
        first_seen=moment_of(row["first_seen"]),
        last_seen=moment_of(row["last_seen"]),
        changed_at=moment_of(row["changed_at"]),
        occurrence=row["occurrence"],
        waived_until=row["waived_until"],
        waived_by=row["waived_by"],
    )


def finding_of(body: str) -> Finding:
    """The finding that was stored as JSON."""
    table: dict[str, Any] = unpacked(body)
    table["subject"] = Subject(table["subject"])
    table["severity"] = Severity(table["severity"])
    table["confidence"] = Confidence(table["confidence"])
    for name in ("principals", "domains", "unknowns"):
        table[name] = tuple(table[name])
    return Finding(**table)
