"""Judge the stored facts of a tenant, without one call to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Engine

from agent.classify.finding import Finding
from agent.classify.judge import Judge
from agent.classify.model import Judgement, Level, Sensitivity, Subject, finding_id
from agent.classify.policy import Policy
from agent.report.rows import ExposureRow
from agent.run.joining import Joined, Joiner
from agent.store import exposures
from agent.store.batch import principal_key
from agent.store.coverage import ScopeState, TenantRow, scopes
from agent.store.doors import Door, directories, doors, outsiders
from agent.store.findings import Found, Ledger
from agent.store.groups import Groups
from agent.store.tree import Tree, measure
from agent.store.words import maybe, stamp, told
from agent.text import packed
from connectors.sdk.records import Audience, Principal

FLUSH = 300  # rows in one transaction


@dataclass(frozen=True, slots=True)
class Judged:
    """An exposure with its judgement."""

    joined: Joined
    judgement: Judgement


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
        self._now = now
        self._large_group = large_group

    def all(self) -> None:
        """Judge every exposure, outsider and scope, then settle what was not found again."""
        for scope in scopes(self._engine, self._tenant.key):
            self._exposures(scope)
            if not scope.complete:
                self._unread(scope)
        self._outsiders()
        self._ledger.settle(self._tenant.key)

    def _exposures(self, scope: ScopeState) -> None:
        with self._engine.begin() as db:
            exposures.forget(db, scope.key)
            measure(db, scope.key)
        with self._engine.connect() as lookup, self._engine.connect() as stream:
            joiner = Joiner(
                self._tenant.connector,
                Tree(lookup, scope.key),
                Groups(lookup, self._tenant.key),
                large_group=self._large_group,
            )
            rows: list[dict[str, Any]] = []
            found: list[Found] = []
            for door in doors(stream, scope.key):
                for judged in _by_grant(self._judged(joiner, door)):
                    finding = self._finding(scope, judged)
                    if finding is not None:
                        found.append(self._found(finding, scope, door, judged))
                    rows += [self._row(scope, one, finding) for one in judged if _is_open(one)]
                if len(rows) >= FLUSH or len(found) >= FLUSH:
                    self._flush(rows, found)
                    rows, found = [], []
            self._flush(rows, found)

    def _judged(self, joiner: Joiner, door: Door) -> Iterator[Judged]:
        for joined in joiner.exposures(door):
            judgement = self._judge.exposure(joined.exposure)
            if judgement.audience is not Audience.NAMED_INTERNAL:
                yield Judged(joined, judgement)

    def _flush(self, rows: Sequence[dict[str, Any]], found: Sequence[Found]) -> None:
        with self._engine.begin() as db:
            exposures.enter(db, rows)
            for at in range(0, len(found), FLUSH):
                self._ledger.enter(db, self._tenant.key, found[at : at + FLUSH])

    def _found(
        self, finding: Finding, scope: ScopeState, door: Door, judged: Sequence[Judged]
    ) -> Found:
        return self._with_waiver(
            finding,
            scope=scope.key,
            last_seen=max(j.joined.last_seen for j in judged),
            confirmed=scope.complete or (scope.full and door.round == scope.round),
        )

    def _with_waiver(
        self, finding: Finding, *, scope: int, last_seen: str, confirmed: bool
    ) -> Found:
        waiver = self._policy.waiver_for(finding, self._now.date())
        return Found(
            finding=finding,
            scope=scope,
            last_seen=last_seen,
            confirmed=confirmed,
            waived_until=waiver.expires.isoformat() if waiver else "",
            waived_by=waiver.approved_by if waiver else "",
        )

    def _finding(self, scope: ScopeState, judged: Sequence[Judged]) -> Finding | None:
        """One finding for all people behind one grant, from the worst of them."""
        objected = [j for j in judged if j.judgement.matches]
        if not objected:
            return None
        worst = max(objected, key=lambda j: (j.judgement.severity, j.judgement.score or 0))
        exposure, judgement = worst.joined.exposure, worst.judgement
        item, grant = exposure.item, exposure.grant
        matches = {
            m.rule: dict(m.evidence) for j in (worst, *objected) for m in j.judgement.matches
        }
        return Finding(
            id=self._exposure_id(worst),
            subject=Subject.EXPOSURE,
            subject_id=item.id,
            **self._place(scope),
            title=item.name,
            kind=item.kind,
            severity=judgement.severity,
            score=judgement.score,
            confidence=judgement.confidence,
            path=exposure.path,
            url=item.url,
            owner=maybe(item.owner) or "",
            grant_id=grant.id,
            audience=judgement.audience or exposure.audience,
            access=grant.access,
            principals=tuple(
                sorted({p for j in objected if (p := j.joined.exposure.grant.principal)})
            ),
            domains=tuple(
                sorted({d for j in objected for d in j.joined.exposure.principal_domains})
            ),
            via_group=exposure.via_group,
            expires_at=maybe(grant.expires_at) or "",
            password=told(grant.password),
            reach=_count(exposure.reach),
            sensitivity=_level(judgement.sensitivity),
            evidence=matches,
            points=dict(judgement.points),
            unknowns=judgement.unknowns,
        )

    def _exposure_id(self, judged: Judged) -> str:
        item, grant = judged.joined.exposure.item, judged.joined.exposure.grant
        own = (grant.id,) if grant.id else (principal_key(grant), grant.access)
        return finding_id(self._tenant.service, self._tenant.tenant_id, item.id, *own)

    def _row(self, scope: ScopeState, judged: Judged, finding: Finding | None) -> dict[str, Any]:
        exposure, judgement = judged.joined.exposure, judged.judgement
        item, grant = exposure.item, exposure.grant
        body = ExposureRow(
            **self._place(scope),
            item_id=item.id,
            item_kind=item.kind,
            item_name=item.name,
            item_path=exposure.path,
            item_url=item.url,
            owner=maybe(item.owner) or "",
            grant_id=grant.id,
            audience=judgement.audience or exposure.audience,
            access=grant.access,
            principal=grant.principal,
            principal_kind=grant.principal_kind,
            principal_domain="; ".join(exposure.principal_domains),
            via_group=exposure.via_group,
            inherited_from=grant.inherited_from or "",
            created_at=told(grant.created_at),
            created_by=told(grant.created_by),
            expires_at=maybe(grant.expires_at) or "",
            password=told(grant.password),
            first_seen=stamp(exposure.first_seen),
            last_seen=judged.joined.last_seen,
            item_created_at=told(item.created_at),
            item_modified_at=told(item.modified_at),
            sensitivity=_level(judgement.sensitivity),
            sensitivity_source=judgement.sensitivity.source,
            reach=_count(exposure.reach),
            score=judgement.score,
            severity=judgement.severity.word,
            overexposed=judgement.overexposed,
            rules="; ".join(m.rule for m in judgement.matches),
            finding_id=finding.id if finding and judgement.overexposed else "",
        )
        return {
            "scope": scope.key,
            "item_id": item.id,
            "grant_id": grant.id,
            "principal_key": principal_key(grant),
            "finding_id": body.finding_id,
            "principal": grant.principal,
            "body": asdict(body),
        }

    def _place(self, scope: ScopeState) -> dict[str, Any]:
        return {
            "service": self._tenant.service,
            "connector": self._tenant.connector,
            "tenant_id": self._tenant.tenant_id,
            "scope_id": scope.id,
            "scope_title": scope.title,
        }

    def _unread(self, scope: ScopeState) -> None:
        judgement = self._judge.scope(scope.coverage)
        if not judgement.matches:
            return
        self._enter_plain(
            scope,
            Finding(
                id=finding_id(self._tenant.service, self._tenant.tenant_id, "scope", scope.id),
                subject=Subject.SCOPE,
                subject_id=scope.id,
                **self._place(scope),
                title=scope.title,
                kind=scope.coverage.status,
                url=scope.url,
                severity=judgement.severity,
                confidence=judgement.confidence,
                evidence={m.rule: dict(m.evidence) for m in judgement.matches},
                reason=packed(scope.coverage.reason),
                hint=packed(scope.coverage.hint),
            ),
            confirmed=True,
        )

    def _outsiders(self) -> None:
        known = {scope.key: scope for scope in self._directories()}
        with self._engine.connect() as stream:
            for key, principal in outsiders(stream, self._tenant.key):
                judgement = self._judge.principal(principal)
                if judgement.matches and key in known:
                    finding = self._outsider(known[key], principal, judgement)
                    self._enter_plain(known[key], finding, confirmed=known[key].complete)

    def _directories(self) -> Iterator[ScopeState]:
        with self._engine.connect() as db:
            keys = directories(db, self._tenant.key)
        return (s for s in scopes(self._engine, self._tenant.key) if s.key in keys)

    def _outsider(self, scope: ScopeState, principal: Principal, judgement: Judgement) -> Finding:
        return Finding(
            id=finding_id(self._tenant.service, self._tenant.tenant_id, "principal", principal.id),
            subject=Subject.PRINCIPAL,
            subject_id=principal.id,
            **self._place(scope),
            title=principal.name,
            kind=principal.kind,
            severity=judgement.severity,
            confidence=judgement.confidence,
            principals=(principal.mail,) if principal.mail else (),
            evidence={m.rule: dict(m.evidence) for m in judgement.matches},
            unknowns=judgement.unknowns,
        )

    def _enter_plain(self, scope: ScopeState, finding: Finding, *, confirmed: bool) -> None:
        found = self._with_waiver(
            finding, scope=scope.key, last_seen=stamp(self._now), confirmed=confirmed
        )
        with self._engine.begin() as db:
            self._ledger.enter(db, self._tenant.key, [found])


def _by_grant(judged: Iterable[Judged]) -> Iterator[list[Judged]]:
    """Several people behind one link stand together: the doors come in the order of grant ids."""
    for _, group in groupby(judged, key=lambda j: j.joined.exposure.grant.id or object()):
        yield list(group)


def _is_open(judged: Judged) -> bool:
    """A latent right (a Read without rows) is a finding, not an exposure."""
    return judged.joined.exposure.reach != 0


def _count(reach: object) -> int | str:
    return reach if isinstance(reach, int) else "unknown"


def _level(sensitivity: Sensitivity) -> str:
    return "" if sensitivity.level is Level.NONE else sensitivity.level.name.lower()
