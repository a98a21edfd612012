"""Judge the stored facts of a tenant, without one call to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine

from agent.classify.finding import Finding
from agent.classify.judge import Judge
from agent.classify.model import Judgement
from agent.classify.policy import Policy
from agent.classify.view import Lapse
from agent.run.describing import Describer, Judged
from agent.run.joining import Joiner
from agent.run.settings import judged_settings
from agent.store import exposures
from agent.store.batch import CHUNK
from agent.store.coverage import ScopeState, TenantRow, scopes
from agent.store.doors import Door, directories, doors, outsiders, unminded
from agent.store.findings import Found, Ledger
from agent.store.groups import Groups
from agent.store.opening import filling
from agent.store.proofs import Proven, proven
from agent.store.settings import settings
from agent.store.tree import Tree, measure
from agent.store.words import stamp
from connectors.sdk.records import Audience, Item, Principal

FLUSH = 4000  # rows in one transaction: ids are scattered over every page of their index


class Judging:
    """Judges one tenant; what it finds goes to the ledger, chunk by chunk."""

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        tenant: TenantRow,
        policy: Policy,
        now: datetime,
        *,
        large_group: int,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._tenant = tenant
        self._policy = policy
        self._judge = Judge(policy, now)
        self._describe = Describer(tenant)
        self._now = now
        self._large_group = large_group
        self._comparable = False
        self._by_key: dict[int, ScopeState] | None = None

    def all(self) -> None:
        """Judge every exposure, account, setting and scope, then settle what was not seen again."""
        self._comparable = self._ledger.earlier(self._tenant.key)
        with self._engine.connect() as db, filling(self._engine) as into:
            groups = Groups(db, directories(db, self._tenant.key))
            for scope in scopes(self._engine, self._tenant.key):
                self._exposures(scope, groups, into)
        for scope in scopes(self._engine, self._tenant.key):
            if not scope.complete and scope.reached:
                self._unread(scope)
        self._outsiders()
        self._unminded()
        self._settings()
        self._ledger.settle(self._tenant.key)

    def _exposures(self, scope: ScopeState, groups: Groups, into: Connection) -> None:
        with into.begin():
            exposures.forget(into, scope.key)
            measure(into, scope.key)
        with self._engine.connect() as lookup, self._engine.connect() as stream:
            told = proven(lookup, scope.key)
            joiner = Joiner(
                self._tenant.connector,
                Tree(lookup, scope.key),
                groups,
                large_group=self._large_group,
                now=self._now,
                service=self._tenant.service,
                proven=told,
            )
            rows: list[dict[str, Any]] = []
            found: list[Found] = []
            for door in _doors(stream, scope, told):
                for judged in _by_grant(self._judged(joiner, door)):
                    finding = self._describe.exposure(scope, judged)
                    if finding is not None:
                        places = joiner.containers(door) if self._policy.waives_containers else ()
                        found.append(self._found(finding, scope, door, judged, places))
                    rows += [
                        self._describe.row(scope, one, finding) for one in judged if _is_open(one)
                    ]
                if len(rows) >= FLUSH or len(found) >= FLUSH:
                    self._flush(into, rows, found)
                    rows, found = [], []
            self._flush(into, rows, found)

    def _judged(self, joiner: Joiner, door: Door) -> Iterator[Judged]:
        for joined in joiner.exposures(door):
            judgement = self._judge.exposure(joined.exposure)
            if judgement.audience is not Audience.NAMED_INTERNAL or judgement.matches:
                yield Judged(joined, judgement)

    def _flush(
        self, into: Connection, rows: Sequence[dict[str, Any]], found: Sequence[Found]
    ) -> None:
        with into.begin():
            exposures.enter(into, rows)
            for at in range(0, len(found), CHUNK):
                self._ledger.enter(into, self._tenant.key, found[at : at + CHUNK])

    def _found(
        self,
        finding: Finding,
        scope: ScopeState,
        door: Door,
        judged: Sequence[Judged],
        containers: Sequence[str],
    ) -> Found:
        return self._with_waiver(
            finding,
            containers=containers,
            scope=scope.key,
            last_seen=max(j.joined.last_seen for j in judged),
            confirmed=scope.confirms(door.round),
        )

    def _with_waiver(
        self,
        finding: Finding,
        *,
        scope: int,
        last_seen: str,
        confirmed: bool,
        containers: Sequence[str] = (),
    ) -> Found:
        waiver = self._policy.waiver_for(finding, containers)
        if isinstance(waiver, Lapse):
            said = {m.rule: dict(m.evidence) for m in self._judge.lapse(waiver)}
            finding = replace(finding, evidence={**finding.evidence, **said})
            waiver = None
        return Found(
            comparable=self._comparable,
            finding=finding,
            scope=scope,
            last_seen=last_seen,
            confirmed=confirmed,
            waived_until=waiver.expires.isoformat() if waiver else "",
            waived_by=waiver.approved_by if waiver else "",
        )

    def _unread(self, scope: ScopeState) -> None:
        judgement = self._judge.scope(scope.coverage)
        if not judgement.matches:
            return
        self._enter_plain(scope, self._describe.unread(scope, judgement), confirmed=True)

    def _outsiders(self) -> None:
        with self._engine.connect() as stream, self._engine.connect() as lookup:
            for key, principal in outsiders(stream, self._tenant.key):
                places = self._places(lookup, key, principal)
                self._account(key, principal, self._judge.principal(principal, places=places))

    def _places(self, db: Connection, directory: int, principal: Principal) -> int:
        groups = list(exposures.groups_of(db, directory, principal.id))
        return exposures.places(db, self._tenant.key, principal.mail or principal.name, groups)

    def _unminded(self) -> None:
        """Groups with outsiders and without an owner who could see them out."""
        with self._engine.connect() as stream:
            for key, group, guests in unminded(stream, self._tenant.key):
                self._account(key, group, self._judge.principal(group, guests=guests))

    def _account(self, directory: int, principal: Principal, judgement: Judgement) -> None:
        scope = self._scope(directory)
        if judgement.matches and scope is not None:
            finding = self._describe.outsider(scope, principal, judgement)
            self._enter_plain(scope, finding, confirmed=scope.complete)

    def _settings(self) -> None:
        """Sharing settings against what they should be."""
        for held, stated in judged_settings(self._engine, self._tenant.key):
            judgement = self._judge.setting(stated)
            scope = self._scope(held.scope)
            if judgement.matches and scope is not None:
                finding = self._describe.setting(held, stated, judgement)
                self._enter_plain(scope, finding, confirmed=scope.complete)

    def _scope(self, key: int) -> ScopeState | None:
        if self._by_key is None:
            wanted = self._fact_scopes()
            self._by_key = {
                s.key: s for s in scopes(self._engine, self._tenant.key) if s.key in wanted
            }
        return self._by_key.get(key)

    def _fact_scopes(self) -> set[int]:
        """The scopes that know accounts or settings: a handful."""
        with self._engine.connect() as db:
            accounts = directories(db, self._tenant.key)
        return accounts | {held.scope for held in settings(self._engine, self._tenant.key)}

    def _enter_plain(self, scope: ScopeState, finding: Finding, *, confirmed: bool) -> None:
        found = self._with_waiver(
            finding, scope=scope.key, last_seen=scope.ended or stamp(self._now), confirmed=confirmed
        )
        with self._engine.begin() as db:
            self._ledger.enter(db, self._tenant.key, [found])


def _doors(
    db: Connection, scope: ScopeState, told: Mapping[str, Sequence[Proven]]
) -> Iterator[Door]:
    """What is stored, then what visitors could count and nobody inside knows of any more."""
    left = dict(told)
    for door in doors(db, scope.key):
        left.pop(door.item.id, None)
        yield door
    for id_, (first, *_) in left.items():
        item = Item(id=id_, kind="object", name=first.name)
        yield Door(item=item, grants=(), round=scope.round, container=False, below=0)


def _by_grant(judged: Iterable[Judged]) -> Iterator[list[Judged]]:
    """Several people behind one link stand together: the doors come in the order of grant ids."""
    for _, group in groupby(judged, key=lambda j: j.joined.exposure.grant.id or object()):
        yield list(group)


def _is_open(judged: Judged) -> bool:
    """A latent right (a Read without rows, a deleted guest) is a finding, not an exposure."""
    return not judged.joined.exposure.latent
