"""Judge the stored doors of a tenant: chunks of lines and findings, and nothing is written."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, cycle
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from agent.classify.finding import Finding
from agent.classify.judge import Judge
from agent.classify.policy import Policy
from agent.classify.waiving import Lapse
from agent.run.describing import Describer, Judged
from agent.run.joining import Joiner
from agent.store.batch import principal_key
from agent.store.coverage import ScopeState, TenantRow, scopes
from agent.store.doors import Door, directories, owners, pages
from agent.store.exposures import Line, line_of
from agent.store.groups import Groups
from agent.store.ledger import Found
from agent.store.opening import opened
from agent.store.proofs import Proofs, proven, unlisted
from agent.store.tree import Tree
from connectors.sdk.records import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A tenant to be judged, in words that any process understands."""

    tenant: TenantRow
    policy: Policy
    now: datetime
    large_group: int


class Chunk(NamedTuple):
    """What is said of one page of the doors of a scope."""

    scope: int
    first: bool
    lines: list[Line]
    found: list[Found]


class Share(NamedTuple):
    """The pages that one of several processes judges: the first, the third ... of two."""

    state: str | Path
    task: Task
    number: int
    of: int


def shared(share: Share) -> Iterator[Chunk]:
    """The chunks of a share, from the store at its address."""
    engine = opened(share.state)
    yield from exposed(engine, share.task, cycle(n == share.number for n in range(share.of)))
    engine.dispose()


def exposed(engine: Engine, task: Task, mine: Iterator[bool]) -> Generator[Chunk]:
    """The exposures of a tenant, judged, scope by scope: of all pages those that are `mine`."""
    with engine.connect() as db:
        groups = Groups(db, directories(db, task.tenant.key))
        exposing = Exposing(db, task, groups)
        for scope in scopes(engine, task.tenant.key):
            yield from exposing.of(scope, mine)


class Exposing:
    """Judges the doors of one tenant."""

    def __init__(self, db: Connection, task: Task, groups: Groups) -> None:
        self._db = db
        self._task = task
        self._groups = groups
        self._owning = owners(db, task.tenant.key)
        self._judge = Judge(task.policy, task.now)

    def of(self, scope: ScopeState, mine: Iterator[bool]) -> Iterator[Chunk]:
        """The doors of one scope, in the order of their items."""
        told = proven(self._db, scope.key)
        joiner = self._joiner(Tree(self._db, scope.key), told)
        describe = Describer(self._task.tenant, scope)
        for number, page in chain(
            pages(self._db, scope.key, mine, self._owning), _unlisted(self._db, scope, told, mine)
        ):
            judged = _by_grant(self._judged(joiner, page))
            said = [(describe.exposure(group), group) for group in judged]
            yield Chunk(
                scope.key,
                first=number == 0,
                lines=[
                    line_of(
                        describe.line(one, finding),
                        scope=scope.key,
                        principal_key=principal_key(one.exposure.grant),
                    )
                    for finding, group in said
                    for one in group
                    if not one.exposure.latent  # a finding at most, not an exposure
                ],
                found=[
                    self._found(finding, scope, group, joiner)
                    for finding, group in said
                    if finding is not None
                ],
            )

    def _judged(self, joiner: Joiner, page: Sequence[Door]) -> list[Judged]:
        """Step by step for the whole page: from step to step for each door takes a third longer,
        because the code of all steps does not stay near the processor."""
        joiner.gather(page)
        joined = [one for door in page for one in joiner.exposures(door)]
        judgements = self._judge.exposures([one.exposure for one in joined])
        return [
            Judged(*one, judgement)
            for one, judgement in zip(joined, judgements, strict=True)
            if judgement.audience is not Audience.NAMED_INTERNAL or judgement.matches
        ]

    def _joiner(self, tree: Tree, told: Proofs) -> Joiner:
        task = self._task
        return Joiner(
            task.tenant.connector,
            tree,
            self._groups,
            large_group=task.large_group,
            now=task.now,
            service=task.tenant.service,
            proven=told,
            owning=self._owning,
        )

    def _found(
        self, finding: Finding, scope: ScopeState, judged: Sequence[Judged], joiner: Joiner
    ) -> Found:
        door, policy = judged[0].door, self._task.policy
        last_seen = judged[0].seen.last_seen
        if len(judged) > 1:
            last_seen = max([one.seen.last_seen for one in judged])
        confirmed = scope.confirms(door.round)
        if not policy.table.waivers:
            return Found.of(finding, scope=scope.key, last_seen=last_seen, confirmed=confirmed)
        return found_of(
            finding,
            self._judge,
            policy,
            scope=scope.key,
            last_seen=last_seen,
            confirmed=confirmed,
            containers=joiner.containers(door) if policy.waives_containers else (),
        )


def found_of(
    finding: Finding,
    judge: Judge,
    policy: Policy,
    *,
    scope: int,
    last_seen: str,
    confirmed: bool,
    containers: Sequence[str] = (),
) -> Found:
    """A finding for the books, with the waiver that holds or what is said of one that does not."""
    waiver = policy.waiver_for(finding, containers)
    if isinstance(waiver, Lapse):
        said = {m.rule: dict(m.evidence) for m in judge.lapse(waiver)}
        finding = replace(finding, evidence={**finding.evidence, **said})
        waiver = None
    return Found.of(
        finding,
        scope=scope,
        last_seen=last_seen,
        confirmed=confirmed,
        waived_until=waiver.expires.isoformat() if waiver else "",
        waived_by=waiver.approved_by if waiver else "",
    )


def _unlisted(
    db: Connection, scope: ScopeState, told: Proofs, mine: Iterator[bool]
) -> Iterator[tuple[int, list[Door]]]:
    """One page more where visitors could count what nobody inside knows of any more."""
    doors = unlisted(db, scope.key, scope.round, told)
    if doors and next(mine):
        yield -1, doors


def _by_grant(judged: Sequence[Judged]) -> list[list[Judged]]:
    """Several people behind one link stand together: the doors come in the order of grant ids."""
    groups: list[list[Judged]] = []
    door: Door | None = None
    last = ""
    for one in judged:
        grant = one.exposure.grant.id
        if grant and grant == last and one.door is door:
            groups[-1].append(one)
        else:
            groups.append([one])
        door, last = one.door, grant
    return groups
