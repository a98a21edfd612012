"""From judged subjects to findings and rows: flat words, ready for the store and the files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from agent.classify.finding import Finding
from agent.classify.model import Judgement, Level, Sensitivity, Subject, finding_id
from agent.classify.posture import Stated
from agent.run.joining import Joined
from agent.store.batch import principal_key
from agent.store.body import packed
from agent.store.coverage import ScopeState, TenantRow
from agent.store.exposures import Line
from agent.store.words import maybe
from agent.text import packed as packed_sentence
from connectors.sdk.records import Principal, Setting


class Judged(NamedTuple):
    """An exposure with its judgement."""

    joined: Joined
    judgement: Judgement


class Describer:
    """Describes the subjects of one scope."""

    def __init__(self, tenant: TenantRow, scope: ScopeState) -> None:
        self._tenant = tenant
        self._scope = scope
        self._place: dict[str, Any] = {
            "service": tenant.service,
            "connector": tenant.connector,
            "tenant_id": tenant.tenant_id,
            "scope_id": scope.id,
            "scope_title": scope.title,
        }

    def exposure(self, judged: Sequence[Judged]) -> Finding | None:
        """One finding for all people behind one grant, from the worst of them."""
        objected = [j for j in judged if j.judgement.matches]
        if len(objected) > 1:  # beside a real right a latent one says nothing
            objected = [j for j in objected if not j.joined.exposure.latent] or objected
            objected.sort(key=lambda j: (-j.judgement.severity, -(j.judgement.score or 0)))
        if not objected:
            return None
        worst = objected[0]
        exposure, judgement = worst.joined.exposure, worst.judgement
        door, seen = worst.joined.door, worst.joined.seen
        item, grant = exposure.item, exposure.grant
        return Finding(
            id=self._exposure_id(worst),
            subject=Subject.EXPOSURE,
            subject_id=item.id,
            **self._place,
            title=item.name,
            kind=item.kind,
            severity=judgement.severity,
            score=judgement.score,
            confidence=judgement.confidence,
            path=exposure.path,
            url=item.url,
            owner=door.owner or "",
            grant_id=grant.id,
            audience=judgement.audience or exposure.audience,
            access=grant.access,
            principals=_sorted([j.joined.exposure.grant.principal for j in objected]),
            domains=_sorted([d for j in objected for d in j.joined.exposure.principal_domains]),
            via_group=exposure.via_group,
            expires_at=seen.expires_at or "",
            password=seen.password,
            reach=0 if exposure.latent else _count(exposure.reach),
            sensitivity=_level(judgement.sensitivity),
            evidence=_evidence(objected),
            points=dict(judgement.points),
            unknowns=judgement.unknowns,
        )

    def _exposure_id(self, judged: Judged) -> str:
        item, grant = judged.joined.exposure.item, judged.joined.exposure.grant
        own = (grant.id,) if grant.id else (principal_key(grant), grant.access)
        return finding_id(self._tenant.service, self._tenant.tenant_id, item.id, *own)

    def line(self, judged: Judged, finding: Finding | None) -> Line:
        """A line of the table of exposures; its body are the cells of an `ExposureRow`."""
        exposure, judgement = judged.joined.exposure, judged.judgement
        door, seen = judged.joined.door, judged.joined.seen
        item, grant, sensitivity = exposure.item, exposure.grant, judgement.sensitivity
        finding_id = finding.id if finding and judgement.overexposed else ""
        cells = (
            *self._place.values(),
            item.id,
            item.kind,
            item.name,
            exposure.path,
            item.url,
            door.owner or "",
            grant.id,
            judgement.audience or exposure.audience,
            grant.access,
            grant.principal,
            grant.principal_kind,
            "; ".join(exposure.principal_domains),
            exposure.via_group,
            grant.inherited_from or "",
            seen.created_at,
            seen.created_by,
            seen.expires_at or "",
            seen.password,
            seen.first_seen,
            seen.last_seen,
            door.created_at,
            door.modified_at,
            _level(sensitivity),
            sensitivity.source,
            _count(exposure.reach),
            judgement.score,
            judgement.severity.word,
            judgement.overexposed,
            "; ".join([m.rule for m in judgement.matches]),
            finding_id,
            grant.criteria,
            maybe(grant.views),
        )
        return (
            self._scope.key,
            item.id,
            grant.id,
            principal_key(grant),
            finding_id,
            grant.principal.lower(),
            packed(cells),
        )

    def setting(self, stated: Stated, judgement: Judgement) -> Finding:
        """A setting that is not as expected."""
        setting = stated.setting
        return Finding(
            id=setting_id(self._tenant, setting),
            subject=Subject.SETTING,
            subject_id=setting.id,
            **self._place,
            title=" ".join(filter(None, (setting.id, setting.subject))),
            kind="setting",
            severity=judgement.severity,
            confidence=judgement.confidence,
            evidence={m.rule: dict(m.evidence) for m in judgement.matches},
            unknowns=judgement.unknowns,
        )

    def outsider(self, principal: Principal, judgement: Judgement) -> Finding:
        """An account or group of the directory."""
        return Finding(
            id=finding_id(self._tenant.service, self._tenant.tenant_id, "principal", principal.id),
            subject=Subject.PRINCIPAL,
            subject_id=principal.id,
            **self._place,
            title=principal.name,
            kind=principal.kind,
            severity=judgement.severity,
            confidence=judgement.confidence,
            principals=(principal.mail,) if principal.mail else (),
            evidence={m.rule: dict(m.evidence) for m in judgement.matches},
            unknowns=judgement.unknowns,
        )

    def unread(self, judgement: Judgement) -> Finding:
        """A scope that was not read; reason and hint keep their language open."""
        scope = self._scope
        return Finding(
            id=finding_id(self._tenant.service, self._tenant.tenant_id, "scope", scope.id),
            subject=Subject.SCOPE,
            subject_id=scope.id,
            **self._place,
            title=scope.title,
            kind=scope.coverage.status,
            url=scope.url,
            severity=judgement.severity,
            confidence=judgement.confidence,
            evidence={m.rule: dict(m.evidence) for m in judgement.matches},
            reason=packed_sentence(scope.coverage.reason),
            hint=packed_sentence(scope.coverage.hint),
        )


def setting_id(tenant: TenantRow, setting: Setting) -> str:
    """The finding that speaks of this setting."""
    place = (tenant.service, tenant.tenant_id, Subject.SETTING)
    return finding_id(*place, setting.id, setting.subject)


def _evidence(judged: Sequence[Judged]) -> dict[str, dict[str, str]]:
    """What the rules found, the worst first; of several people behind a grant, all are named."""
    found: dict[str, dict[str, str]] = {}
    for match in (m for j in judged for m in j.judgement.matches):
        held = found.setdefault(match.rule, dict(match.evidence))
        for name in ("domain", "principal"):
            new = match.evidence.get(name)
            if new and name in held and new not in held[name].split(", "):
                held[name] = f"{held[name]}, {new}"
    return found


def _sorted(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


def _count(reach: object) -> int | str:
    return reach if isinstance(reach, int) else "unknown"


def _level(sensitivity: Sensitivity) -> str:
    return "" if sensitivity.level is Level.NONE else sensitivity.level.word
