"""Track findings over runs: new, changed, resolved, returned, waived or not compared.

A change of state and its events are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select, update

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Match
from agent.classify.rule_input import AccessBreadth, Change
from agent.store import schema
from agent.store.bulk_sql import bulk_insert, rows_where
from agent.store.fact_batch import CHUNK_SIZE
from agent.store.findings import FindingRow, body_of, to_dict, tracked_finding, with_evidence
from agent.store.outbox import enqueue
from agent.store.tri_state import format_time
from connectors.sdk.records import Access, Audience, Status

_F = schema.finding.c
RUN_SCOPED_RULES = frozenset({"CHG-001", "CHG-002"})
"""Rules that speak of the run, not of the finding: they are no part of what makes it another."""


ChangeRule = Callable[[Change], Sequence[Match]]
"""Returns the rules that match an exposure that is new or wider since the last run."""

EventBuilder = Callable[[TrackedFinding, bool], tuple[str, str]]
"""(a finding whose state has just changed, whether it got worse) -> (event id, body)."""


class EvaluatedFinding(NamedTuple):
    """An evaluated finding, ready for the store: plain values, cheap to pickle.

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
    def from_finding(
        cls,
        finding: Finding,
        *,
        scope: int,
        last_seen: str,
        confirmed: bool = True,
        waived_until: str = "",
        waived_by: str = "",
    ) -> EvaluatedFinding:
        """Return the stored form of a finding."""
        return cls(
            finding.id,
            scope,
            int(finding.severity),
            finding.score,
            str(finding.audience),
            str(finding.access),
            finding.fingerprint(),
            body_of(finding),
            last_seen,
            confirmed,
            waived_until,
            waived_by,
        )


class FindingTracker:
    """Records the findings of one run, and an event of every change for each sink."""

    def __init__(
        self,
        engine: Engine,
        run_id: str,
        now: datetime,
        *,
        sinks: Mapping[str, EventBuilder],
        changed: ChangeRule = lambda _: (),
    ) -> None:
        self._engine = engine
        self._run_id = run_id
        self._now = format_time(now)
        self._run_started = f"{run_id} {self._now}"  # a run that goes on judges more than once
        self._sinks = sinks
        self._changed = lru_cache(maxsize=1024)(lambda *what: _evidence(changed(_change_of(*what))))

    def record(
        self,
        db: Connection,
        tenant: int,
        found: Sequence[EvaluatedFinding],
        *,
        comparable: bool = False,
    ) -> None:
        """Enter what was found, in the caller's transaction.

        `comparable`: the tenant had been read before this run.
        """
        before = _stored_findings(db, [one.id for one in found])
        entries: list[FindingRow] = []
        changes: list[tuple[TrackedFinding, bool]] = []
        for one in _unique(found):
            old = before.get(one.id)
            if old is not None and old.judged_run == self._run_started and not _is_worse(one, old):
                continue  # the item lies in two scopes, and was met in the other already
            entry, news = self._next(old, one, tenant, comparable=comparable)
            entries.append(entry)
            if news and self._sinks:
                worse = old is None or one.severity > old.severity
                changes.append((tracked_finding(entry, self._run_id), worse))
        bulk_insert(db, schema.finding, entries, replace=True)
        self._enqueue_events(db, changes)

    def resolve_unseen(self, tenant: int) -> None:
        """Resolve findings that this run did not find again.

        Only in scopes that were read completely; elsewhere they are marked as not compared.
        """
        s = schema.scope.c
        left = (
            select(schema.finding, s.status)
            .join(schema.scope, s.key == _F.scope)
            .where(_F.tenant == tenant, _F.state != "resolved", _F.judged_run != self._run_started)
            .execution_options(yield_per=CHUNK_SIZE)
        )
        with self._engine.connect() as stream:
            for rows in stream.execute(left).partitions():
                with self._engine.begin() as db:
                    for *entry, status in rows:
                        self._resolve(db, FindingRow(*entry), status)

    def _resolve(self, db: Connection, entry: FindingRow, status: str) -> None:
        here = update(schema.finding).where(_F.id == entry.id)
        if status != Status.COMPLETE:
            db.execute(here.values(judged_run=self._run_started, compared=False))
            return
        closed: dict[str, Any] = {
            "state": "resolved",
            "change": "resolved",
            "change_run": self._run_id,
            "judged_run": self._run_started,
            "compared": True,
            "changed_at": self._now,
        }
        db.execute(here.values(closed))
        if self._sinks:
            self._enqueue_events(
                db, [(tracked_finding(entry._replace(**closed), self._run_id), False)]
            )

    def _next(
        self, old: FindingRow | None, found: EvaluatedFinding, tenant: int, *, comparable: bool
    ) -> tuple[FindingRow, bool]:
        """Return the row as it becomes, and True if it has changed."""
        waived = found.waived_until != ""
        change = _change(old, waived=waived, content=found.content)
        said, said_in, said_at = change, self._run_id, self._now
        first, last, occurrence = found.last_seen, found.last_seen, 1
        if old is not None:
            first, last = old.first_seen, max(old.last_seen, found.last_seen)
            again = change == "returned" or (change != "" and old.state == "resolved")
            occurrence = old.occurrence + again
            if not change:
                said, said_in, said_at = old.change, old.change_run, old.changed_at
        entry = FindingRow(
            found.id,
            tenant,
            found.scope,
            "waived" if waived else "open",
            said,
            said_in,
            self._run_started,
            found.confirmed,
            found.severity,
            found.score,
            occurrence,
            found.content,
            self._body(old, found, change, comparable=comparable),
            found.waived_until,
            found.waived_by,
            first,
            last,
            said_at,
        )
        return entry, bool(change)

    def _body(
        self, old: FindingRow | None, found: EvaluatedFinding, change: str, *, comparable: bool
    ) -> str:
        """Return the stored finding, with the evidence of its change during this run."""
        said: dict[str, Any] = {}
        if change in ("new", "changed", "returned"):
            said = self._change_evidence(old, found, change, comparable=comparable)
        elif old is not None and old.change_run == self._run_id:
            before = to_dict(old.body)["evidence"]
            said = {rule: values for rule, values in before.items() if rule in RUN_SCOPED_RULES}
        return with_evidence(found.body, said) if said else found.body

    def _change_evidence(
        self, old: FindingRow | None, found: EvaluatedFinding, change: str, *, comparable: bool
    ) -> dict[str, Any]:
        before: tuple[str, str] | None = None
        if old is not None and change == "changed":
            body = to_dict(old.body)
            before = body["audience"], body["access"]
        gone = change == "returned" and old is not None and old.state == "resolved"
        comparable = comparable and (old is None or before is not None)
        return self._changed(before, (found.audience, found.access), gone, comparable)

    def has_earlier_run(self, tenant: int) -> bool:
        """Return True if an earlier run has evaluated this tenant; else every finding would be new.

        It has left a finding, or it has ended and a scope was read twice since.
        """
        r, s = schema.run.c, schema.scope.c
        query = select(_F.id).where(
            _F.tenant == tenant, _F.judged_run.not_like(f"{self._run_id} %")
        )
        ended = select(r.id).where(r.id != self._run_id, r.ended.is_not(None))
        twice = select(s.key).where(s.tenant == tenant, s.round > 1, ended.exists())
        with self._engine.connect() as db:
            return any(db.execute(q.limit(1)).first() is not None for q in (query, twice))

    def _enqueue_events(self, db: Connection, news: Sequence[tuple[TrackedFinding, bool]]) -> None:
        for sink, compose in self._sinks.items():
            enqueue(db, sink, self._run_id, [compose(*one) for one in news])


def _stored_findings(db: Connection, ids: Sequence[str]) -> dict[str, FindingRow]:
    """Return the stored rows of these findings by their ids."""
    return {row[0]: FindingRow(*row) for row in rows_where(db, schema.finding.c.id, ids)}


def _unique(found: Sequence[EvaluatedFinding]) -> list[EvaluatedFinding]:
    """Return each finding once: the confirmed one, then the worst."""
    best: dict[str, EvaluatedFinding] = {}
    for one in found:
        held = best.get(one.id)
        if held is None or (one.confirmed, one.severity) > (held.confirmed, held.severity):
            best[one.id] = one
    return list(best.values())


def _is_worse(one: EvaluatedFinding, old: FindingRow) -> bool:
    return (one.confirmed, one.severity) > (old.compared, old.severity)


def _change(old: FindingRow | None, *, waived: bool, content: str) -> str:
    """Return the change of a finding since the last run; empty if there is none."""
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
        old=None if before is None else _access_breadth(*before),
        new=_access_breadth(*after),
        gone=gone,
        comparable=comparable,
    )


def _evidence(matches: Sequence[Match]) -> dict[str, Any]:
    return {match.rule: dict(match.evidence) for match in matches}


def _access_breadth(audience: str, access: str) -> AccessBreadth:
    """Return the breadth; a finding about no exposure has the narrowest."""
    return AccessBreadth(
        audience=Audience(audience) if audience else Audience.NAMED_INTERNAL,
        access=Access(access) if access else Access.VIEW_ONLY,
    )
