"""Evaluate the stored facts of a tenant, without any call to it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice, repeat

from sqlalchemy import Connection, Engine

from agent.classify.finding import Finding
from agent.classify.judge import Judge
from agent.classify.model import Judgement
from agent.classify.policy import Policy
from agent.run.beside import beside
from agent.run.describing import Describer
from agent.run.exposing import Chunk, Share, Task, exposed, found_of, shared
from agent.run.settings import judged_settings
from agent.store import exposures
from agent.store.coverage import ScopeState, TenantRow, has_items, scopes
from agent.store.doors import directories, outsiders, unminded
from agent.store.ledger import Ledger
from agent.store.opening import address, filling
from agent.store.settings import settings
from agent.store.tree import measure
from agent.store.words import stamp
from connectors.sdk.records import Principal

TOGETHER = 160  # pages in one transaction: random ids touch every page of their index
MANY = 20_000  # items from which on worker processes are worth their start
BESIDE = 2  # workers that evaluate; this process writes, which is a third of the work


class Judging:
    """Evaluates one tenant and records its findings page by page."""

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        tenant: TenantRow,
        policy: Policy,
        now: datetime,
        *,
        large_group: int,
        many: int = MANY,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._tenant = tenant
        self._policy = policy
        self._judge = Judge(policy, now)
        self._now = now
        self._large_group = large_group
        self._many = many
        self._comparable = False
        self._by_key: dict[int, ScopeState] | None = None

    def all(self) -> None:
        """Evaluate every exposure, account, setting and scope; resolve findings not found again."""
        self._comparable = self._ledger.earlier(self._tenant.key)
        with filling(self._engine) as into:
            for scope in scopes(self._engine, self._tenant.key):
                with into.begin():
                    measure(into, scope.key)
            with closing(self._chunks()) as chunks:
                self._fill(into, chunks)
        for scope in scopes(self._engine, self._tenant.key):
            if not scope.complete and scope.reached:
                self._unread(scope)
        self._outsiders()
        self._unminded()
        self._settings()
        self._ledger.settle(self._tenant.key)

    def _chunks(self) -> Generator[Chunk]:
        """Return the evaluated pages, from worker processes if there are many items."""
        task = Task(
            tenant=self._tenant,
            policy=self._policy,
            now=self._now,
            large_group=self._large_group,
        )
        many = has_items(self._engine, self._tenant.key, self._many)
        if many and (os.cpu_count() or 1) > 1:
            place = address(self._engine)
            return beside(shared, [Share(place, task, n, BESIDE) for n in range(BESIDE)])
        return exposed(self._engine, task, repeat(True))

    def _fill(self, into: Connection, chunks: Iterator[Chunk]) -> None:
        entered = True
        while entered:
            entered = False
            with into.begin():
                for chunk in islice(chunks, TOGETHER):
                    self._enter(into, chunk)
                    entered = True

    def _enter(self, into: Connection, chunk: Chunk) -> None:
        if chunk.first:
            exposures.forget(into, chunk.scope)
        exposures.enter(into, chunk.lines)
        self._ledger.enter(into, self._tenant.key, chunk.found, comparable=self._comparable)

    def _unread(self, scope: ScopeState) -> None:
        judgement = self._judge.scope(scope.coverage)
        if not judgement.matches:
            return
        self._enter_plain(scope, self._about(scope).unread(judgement), confirmed=True)

    def _outsiders(self) -> None:
        with self._engine.connect() as stream, self._engine.connect() as lookup:
            for key, principal in outsiders(stream, self._tenant.key):
                places = self._places(lookup, key, principal)
                self._account(key, principal, self._judge.principal(principal, places=places))

    def _places(self, db: Connection, directory: int, principal: Principal) -> int:
        groups = list(exposures.groups_of(db, directory, principal.id))
        return exposures.places(db, self._tenant.key, principal.mail or principal.name, groups)

    def _unminded(self) -> None:
        """Record groups with external members and no active owner."""
        with self._engine.connect() as stream:
            for key, group, guests in unminded(stream, self._tenant.key):
                self._account(key, group, self._judge.principal(group, guests=guests))

    def _account(self, directory: int, principal: Principal, judgement: Judgement) -> None:
        scope = self._scope(directory)
        if judgement.matches and scope is not None:
            finding = self._about(scope).outsider(principal, judgement)
            self._enter_plain(scope, finding, confirmed=scope.complete)

    def _settings(self) -> None:
        """Record settings that differ from the baseline."""
        for held, stated in judged_settings(self._engine, self._tenant.key):
            judgement = self._judge.setting(stated)
            scope = self._scope(held.scope)
            if judgement.matches and scope is not None:
                finding = self._about(scope).setting(stated, judgement)
                self._enter_plain(scope, finding, confirmed=scope.complete)

    def _scope(self, key: int) -> ScopeState | None:
        if self._by_key is None:
            wanted = self._fact_scopes()
            self._by_key = {
                s.key: s for s in scopes(self._engine, self._tenant.key) if s.key in wanted
            }
        return self._by_key.get(key)

    def _fact_scopes(self) -> set[int]:
        """Return the keys of the few scopes that hold accounts or settings."""
        with self._engine.connect() as db:
            accounts = directories(db, self._tenant.key)
        return accounts | {held.scope for held in settings(self._engine, self._tenant.key)}

    def _about(self, scope: ScopeState) -> Describer:
        return Describer(self._tenant, scope)

    def _enter_plain(self, scope: ScopeState, finding: Finding, *, confirmed: bool) -> None:
        found = found_of(
            finding,
            self._judge,
            self._policy,
            scope=scope.key,
            last_seen=scope.ended or stamp(self._now),
            confirmed=confirmed,
        )
        with self._engine.begin() as db:
            self._ledger.enter(db, self._tenant.key, [found], comparable=self._comparable)
