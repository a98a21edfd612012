"""Evaluate the stored facts of a tenant, without any call to it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice, repeat

from sqlalchemy import Connection, Engine

from agent.classify.evaluator import Evaluator
from agent.classify.finding import Finding
from agent.classify.model import Evaluation
from agent.classify.policy import Policy
from agent.run.evaluate_exposures import (
    EvaluationTask,
    PageResult,
    Partition,
    evaluate_exposures,
    evaluate_partition,
    evaluated_finding,
)
from agent.run.evaluated_settings import evaluated_settings
from agent.run.finding_builder import FindingBuilder
from agent.run.processes import map_in_processes
from agent.store import exposures
from agent.store.containers import count_descendants
from agent.store.coverage import ScopeState, TenantRow, has_items, scopes
from agent.store.engine import bulk_load_connection, database_url
from agent.store.finding_lifecycle import FindingTracker
from agent.store.items import directories, external_accounts, groups_without_owner
from agent.store.tenant_settings import list_settings
from agent.store.tri_state import format_time
from connectors.sdk.records import Principal

CHUNKS_PER_TRANSACTION = 160  # pages in one transaction: random ids touch every page of their index
PARALLEL_THRESHOLD = 20_000  # items from which on worker processes are worth their start
WORKERS = 2  # workers that evaluate; this process writes, which is a third of the work


class TenantEvaluation:
    """Evaluates one tenant and records its findings page by page."""

    def __init__(
        self,
        engine: Engine,
        tracker: FindingTracker,
        tenant: TenantRow,
        policy: Policy,
        now: datetime,
        *,
        large_group: int,
        many: int = PARALLEL_THRESHOLD,
    ) -> None:
        self._engine = engine
        self._tracker = tracker
        self._tenant = tenant
        self._policy = policy
        self._evaluator = Evaluator(policy, now)
        self._now = now
        self._large_group = large_group
        self._many = many
        self._comparable = False
        self._by_key: dict[int, ScopeState] | None = None

    def run(self) -> None:
        """Evaluate every exposure, account, setting and scope; resolve findings not found again."""
        self._comparable = self._tracker.has_earlier_run(self._tenant.key)
        with bulk_load_connection(self._engine) as into:
            for scope in scopes(self._engine, self._tenant.key):
                with into.begin():
                    count_descendants(into, scope.key)
            with closing(self._chunks()) as chunks:
                self._write_pages(into, chunks)
        for scope in scopes(self._engine, self._tenant.key):
            if not scope.complete and scope.tenant_opened:
                self._record_unread(scope)
        self._evaluate_external_accounts()
        self._ownerless_groups()
        self._evaluate_settings()
        self._tracker.resolve_unseen(self._tenant.key)

    def _chunks(self) -> Generator[PageResult]:
        """Return the evaluated pages, from worker processes if there are many items."""
        task = EvaluationTask(
            tenant=self._tenant,
            policy=self._policy,
            now=self._now,
            large_group=self._large_group,
        )
        many = has_items(self._engine, self._tenant.key, self._many)
        if many and (os.cpu_count() or 1) > 1:
            url = database_url(self._engine)
            return map_in_processes(
                evaluate_partition, [Partition(url, task, n, WORKERS) for n in range(WORKERS)]
            )
        return evaluate_exposures(self._engine, task, repeat(True))

    def _write_pages(self, into: Connection, chunks: Iterator[PageResult]) -> None:
        entered = True
        while entered:
            entered = False
            with into.begin():
                for chunk in islice(chunks, CHUNKS_PER_TRANSACTION):
                    self._write_page(into, chunk)
                    entered = True

    def _write_page(self, into: Connection, chunk: PageResult) -> None:
        if chunk.first:
            exposures.delete_scope(into, chunk.scope)
        exposures.insert(into, chunk.rows)
        self._tracker.record(into, self._tenant.key, chunk.findings, comparable=self._comparable)

    def _record_unread(self, scope: ScopeState) -> None:
        evaluation = self._evaluator.evaluate_scope(scope.coverage)
        if not evaluation.matches:
            return
        self._record(scope, self._finding_builder(scope).unread_scope(evaluation), confirmed=True)

    def _evaluate_external_accounts(self) -> None:
        with self._engine.connect() as stream, self._engine.connect() as lookup:
            for key, principal in external_accounts(stream, self._tenant.key):
                containers = self._reachable_containers(lookup, key, principal)
                self._record_account(
                    key,
                    principal,
                    self._evaluator.evaluate_principal(principal, containers=containers),
                )

    def _reachable_containers(self, db: Connection, directory: int, principal: Principal) -> int:
        groups = list(exposures.groups_of(db, directory, principal.id))
        return exposures.count_reachable_containers(
            db, self._tenant.key, principal.mail or principal.name, groups
        )

    def _ownerless_groups(self) -> None:
        """Record groups with external members and no active owner."""
        with self._engine.connect() as stream:
            for key, group, guests in groups_without_owner(stream, self._tenant.key):
                self._record_account(
                    key, group, self._evaluator.evaluate_principal(group, guests=guests)
                )

    def _record_account(self, directory: int, principal: Principal, judgement: Evaluation) -> None:
        scope = self._scope(directory)
        if judgement.matches and scope is not None:
            finding = self._finding_builder(scope).external_account(principal, judgement)
            self._record(scope, finding, confirmed=scope.complete)

    def _evaluate_settings(self) -> None:
        """Record settings that differ from the baseline."""
        for held, evaluated in evaluated_settings(self._engine, self._tenant.key):
            evaluation = self._evaluator.evaluate_setting(evaluated)
            scope = self._scope(held.scope)
            if evaluation.matches and scope is not None:
                finding = self._finding_builder(scope).setting_finding(evaluated, evaluation)
                self._record(scope, finding, confirmed=scope.complete)

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
        return accounts | {held.scope for held in list_settings(self._engine, self._tenant.key)}

    def _finding_builder(self, scope: ScopeState) -> FindingBuilder:
        return FindingBuilder(self._tenant, scope)

    def _record(self, scope: ScopeState, finding: Finding, *, confirmed: bool) -> None:
        found = evaluated_finding(
            finding,
            self._evaluator,
            self._policy,
            scope=scope.key,
            last_seen=scope.ended or format_time(self._now),
            confirmed=confirmed,
        )
        with self._engine.begin() as db:
            self._tracker.record(db, self._tenant.key, [found], comparable=self._comparable)
