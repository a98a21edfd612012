"""Evaluate the stored exposures of a tenant: pages of rows and findings; nothing is written."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, cycle
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from agent.classify.evaluator import Evaluator
from agent.classify.finding import Finding
from agent.classify.policy import Policy
from agent.classify.waivers import InvalidWaiver
from agent.run.exposure_builder import ExposureBuilder
from agent.run.finding_builder import EvaluatedExposure, FindingBuilder
from agent.store.containers import ContainerTree
from agent.store.coverage import ScopeState, TenantRow, scopes
from agent.store.engine import open_store
from agent.store.exposures import ExposureRecord, line_of
from agent.store.external_checks import ChecksByItem, external_checks, only_seen_externally
from agent.store.fact_batch import principal_key
from agent.store.finding_lifecycle import EvaluatedFinding
from agent.store.groups import GroupIndex
from agent.store.items import ItemWithGrants, directories, item_pages, owner_states
from connectors.sdk.records import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationTask:
    """A tenant to evaluate, in values that can be sent to another process."""

    tenant: TenantRow
    policy: Policy
    now: datetime
    large_group: int


class PageResult(NamedTuple):
    """The rows and findings of one page of items of a scope."""

    scope: int
    first: bool
    rows: list[ExposureRecord]
    findings: list[EvaluatedFinding]


class Partition(NamedTuple):
    """The pages that one of several processes evaluates: the first, the third ... of two."""

    state: str | Path
    task: EvaluationTask
    number: int
    of: int


def evaluate_partition(partition: Partition) -> Iterator[PageResult]:
    """Yield the results of a partition, from the store at its address."""
    engine = open_store(partition.state)
    yield from evaluate_exposures(
        engine, partition.task, cycle(n == partition.number for n in range(partition.of))
    )
    engine.dispose()


def evaluate_exposures(
    engine: Engine, task: EvaluationTask, in_partition: Iterator[bool]
) -> Generator[PageResult]:
    """Yield the results of a tenant, scope by scope: of all pages those that are `in_partition`."""
    with engine.connect() as db:
        groups = GroupIndex(db, directories(db, task.tenant.key))
        exposing = ExposureEvaluator(db, task, groups)
        for scope in scopes(engine, task.tenant.key):
            yield from exposing.evaluate_scope(scope, in_partition)


class ExposureEvaluator:
    """Evaluates the exposures of one tenant."""

    def __init__(self, db: Connection, task: EvaluationTask, groups: GroupIndex) -> None:
        self._db = db
        self._task = task
        self._groups = groups
        self._owner_states = owner_states(db, task.tenant.key)
        self._evaluator = Evaluator(task.policy, task.now)

    def evaluate_scope(
        self, scope: ScopeState, in_partition: Iterator[bool]
    ) -> Iterator[PageResult]:
        """Yield the results of one scope, in the order of its items."""
        checks = external_checks(self._db, scope.key)
        builder = self._exposure_builder(ContainerTree(self._db, scope.key), checks)
        describe = FindingBuilder(self._task.tenant, scope)
        for number, page in chain(
            item_pages(self._db, scope.key, in_partition, self._owner_states),
            _unlisted_page(self._db, scope, checks, in_partition),
        ):
            judged = _by_grant(self._evaluated(builder, page))
            said = [(describe.exposure_finding(group), group) for group in judged]
            yield PageResult(
                scope.key,
                first=number == 0,
                rows=[
                    line_of(
                        describe.exposure_row(one, finding),
                        scope=scope.key,
                        principal_key=principal_key(one.exposure.grant),
                    )
                    for finding, group in said
                    for one in group
                    if not one.exposure.has_no_effect_today  # a finding at most, not an exposure
                ],
                findings=[
                    self._to_evaluated_finding(finding, scope, group, builder)
                    for finding, group in said
                    if finding is not None
                ],
            )

    def _evaluated(
        self, builder: ExposureBuilder, page: Sequence[ItemWithGrants]
    ) -> list[EvaluatedExposure]:
        """Return the exposures of a page with their evaluations, step by step for the whole page.

        All steps for each exposure take a third longer: their code does not stay in the cache.
        """
        builder.prefetch(page)
        joined = [one for stored in page for one in builder.exposures(stored)]
        evaluations = self._evaluator.evaluate_exposures([one.exposure for one in joined])
        return [
            EvaluatedExposure(*one, evaluation)
            for one, evaluation in zip(joined, evaluations, strict=True)
            if evaluation.audience is not Audience.NAMED_INTERNAL or evaluation.matches
        ]

    def _exposure_builder(self, tree: ContainerTree, checks: ChecksByItem) -> ExposureBuilder:
        task = self._task
        return ExposureBuilder(
            task.tenant.connector,
            tree,
            self._groups,
            large_group=task.large_group,
            now=task.now,
            service=task.tenant.service,
            external_checks=checks,
            owner_states=self._owner_states,
        )

    def _to_evaluated_finding(
        self,
        finding: Finding,
        scope: ScopeState,
        judged: Sequence[EvaluatedExposure],
        builder: ExposureBuilder,
    ) -> EvaluatedFinding:
        stored, policy = judged[0].stored_item, self._task.policy
        last_seen = judged[0].stored_grant.last_seen
        if len(judged) > 1:
            last_seen = max([one.stored_grant.last_seen for one in judged])
        confirmed = scope.seen_in_last_scan(stored.round)
        if not policy.table.waivers:
            return EvaluatedFinding.from_finding(
                finding, scope=scope.key, last_seen=last_seen, confirmed=confirmed
            )
        return evaluated_finding(
            finding,
            self._evaluator,
            policy,
            scope=scope.key,
            last_seen=last_seen,
            confirmed=confirmed,
            containers=builder.containers(stored) if policy.has_container_waivers else (),
        )


def evaluated_finding(
    finding: Finding,
    evaluator: Evaluator,
    policy: Policy,
    *,
    scope: int,
    last_seen: str,
    confirmed: bool,
    containers: Sequence[str] = (),
) -> EvaluatedFinding:
    """Return a finding for the store, with its valid waiver or the evidence of an invalid one."""
    waiver = policy.find_waiver(finding, containers)
    if isinstance(waiver, InvalidWaiver):
        said = {m.rule: dict(m.evidence) for m in evaluator.evaluate_invalid_waiver(waiver)}
        finding = replace(finding, evidence={**finding.evidence, **said})
        waiver = None
    return EvaluatedFinding.from_finding(
        finding,
        scope=scope,
        last_seen=last_seen,
        confirmed=confirmed,
        waived_until=waiver.expires.isoformat() if waiver else "",
        waived_by=waiver.approved_by if waiver else "",
    )


def _unlisted_page(
    db: Connection, scope: ScopeState, counts: ChecksByItem, in_partition: Iterator[bool]
) -> Iterator[tuple[int, list[ItemWithGrants]]]:
    """Yield a page of the items that visitors could count and that no grant names any more."""
    items = only_seen_externally(db, scope.key, scope.round, counts)
    if items and next(in_partition):
        yield -1, items


def _by_grant(judged: Sequence[EvaluatedExposure]) -> list[list[EvaluatedExposure]]:
    """Group the exposures of one grant; they come in the order of items and grant ids."""
    groups: list[list[EvaluatedExposure]] = []
    stored: ItemWithGrants | None = None
    last = ""
    for one in judged:
        grant = one.exposure.grant.id
        if grant and grant == last and one.stored_item is stored:
            groups[-1].append(one)
        else:
            groups.append([one])
        stored, last = one.stored_item, grant
    return groups
