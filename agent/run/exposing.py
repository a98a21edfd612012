"""Judge the stored doors of a tenant: chunks of lines and findings, and nothing is written."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, cycle
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from agent.classify.finding import Finding
from agent.classify.judge import Judge
from agent.classify.policy import Policy
from agent.classify.view import Lapse
from agent.run.describing import Describer, Judged
from agent.run.joining import Joiner
from agent.store.coverage import ScopeState, TenantRow, scopes
from agent.store.doors import Door, directories, pages
from agent.store.exposures import Line
from agent.store.findings import Found
from agent.store.groups import Groups
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
        exposing = Exposing(engine, task, groups)
        for scope in scopes(engine, task.tenant.key):
            yield from exposing.of(scope, mine)


class Exposing:
    """Judges the doors of one tenant."""

    def __init__(self, engine: Engine, task: Task, groups: Groups) -> None:
        self._engine = engine
        self._task = task
        self._groups = groups
        self._judge = Judge(task.policy, task.now)

    def of(self, scope: ScopeState, mine: Iterator[bool]) -> Iterator[Chunk]:
        """The doors of one scope, in the order of their items."""
        with self._engine.connect() as lookup, self._engine.connect() as stream:
            told = proven(lookup, scope.key)
            joiner = self._joiner(Tree(lookup, scope.key), told)
            describe = Describer(self._task.tenant, scope)
            for number, page in chain(
                pages(stream, scope.key, mine), _unlisted(lookup, scope, told, mine)
            ):
                chunk = Chunk(scope.key, number == 0, [], [])
                for door in page:
                    self._door(chunk, scope, door, joiner, describe)
                yield chunk

    def _door(
        self, chunk: Chunk, scope: ScopeState, door: Door, joiner: Joiner, describe: Describer
    ) -> None:
        for judged in _by_grant(self._judged(joiner, door)):
            finding = describe.exposure(judged)
            if finding is not None:
                chunk.found.append(self._found(finding, scope, door, judged, joiner))
            for one in judged:
                if not one.joined.exposure.latent:  # a finding at most, not an exposure
                    chunk.lines.append(describe.line(one, finding))

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
        )

    def _judged(self, joiner: Joiner, door: Door) -> Iterator[Judged]:
        for joined in joiner.exposures(door):
            judgement = self._judge.exposure(joined.exposure)
            if judgement.audience is not Audience.NAMED_INTERNAL or judgement.matches:
                yield Judged(joined, judgement)

    def _found(
        self,
        finding: Finding,
        scope: ScopeState,
        door: Door,
        judged: Sequence[Judged],
        joiner: Joiner,
    ) -> Found:
        policy = self._task.policy
        return found_of(
            finding,
            self._judge,
            policy,
            scope=scope.key,
            last_seen=max([j.joined.seen.last_seen for j in judged]),
            confirmed=scope.confirms(door.round),
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


def _by_grant(judged: Iterable[Judged]) -> list[list[Judged]]:
    """Several people behind one link stand together: the doors come in the order of grant ids."""
    groups: list[list[Judged]] = []
    last = ""
    for one in judged:
        grant = one.joined.seen.grant.id
        if grant and grant == last:
            groups[-1].append(one)
        else:
            groups.append([one])
        last = grant
    return groups
