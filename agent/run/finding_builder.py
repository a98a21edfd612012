"""Build findings and exposure rows from evaluated subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Finding
from agent.classify.model import (
    Evaluation,
    Exposure,
    Sensitivity,
    SensitivityLevel,
    Subject,
    finding_id,
)
from agent.classify.settings_baseline import EvaluatedSetting
from agent.store.coverage import ScopeState, TenantRow
from agent.store.fact_batch import principal_key
from agent.store.items import ItemWithGrants, StoredGrant
from agent.store.tri_state import encode_optional
from agent.text import encode_message as packed_sentence
from connectors.sdk.records import Grant, Item, Principal, Setting


class EvaluatedExposure(NamedTuple):
    """An exposure with the stored item and grant that it was built from, and its evaluation."""

    exposure: Exposure
    stored_item: ItemWithGrants
    stored_grant: StoredGrant
    evaluation: Evaluation


class FindingBuilder:
    """Builds the findings and rows of one scope."""

    def __init__(self, tenant: TenantRow, scope: ScopeState) -> None:
        self._tenant = tenant
        self._scope = scope
        self._location: dict[str, Any] = {
            "service": tenant.service,
            "connector": tenant.connector,
            "tenant_id": tenant.tenant_id,
            "scope_id": scope.id,
            "scope_title": scope.title,
        }

    def exposure_finding(self, judged: Sequence[EvaluatedExposure]) -> Finding | None:
        """Return one finding for all people behind one grant, from the worst of them.

        None where no rule objects.
        """
        objected = _matched(judged)
        if not objected:
            return None
        exposure, stored, seen, evaluation = objected[0]
        item, grant, sensitivity = exposure.item, exposure.grant, evaluation.sensitivity
        tenant, scope = self._tenant, self._scope
        principals, domains = _people(objected)
        return Finding(
            id=self._exposure_id(item, grant),
            subject=Subject.EXPOSURE,
            subject_id=item.id,
            service=tenant.service,
            connector=tenant.connector,
            tenant_id=tenant.tenant_id,
            scope_id=scope.id,
            scope_title=scope.title,
            title=item.name,
            kind=item.kind,
            severity=evaluation.severity,
            score=evaluation.score,
            confidence=evaluation.confidence,
            path=exposure.path,
            url=item.url,
            owner=stored.owner or "",
            grant_id=grant.id,
            audience=evaluation.audience or exposure.audience,
            access=grant.access,
            principals=principals,
            domains=domains,
            via_group=exposure.via_group,
            expires_at=seen.expires_at or "",
            password=seen.password,
            reach=0 if exposure.has_no_effect_today else _count(exposure.reach),
            sensitivity=_level(sensitivity),
            evidence=_evidence(objected),
            points=evaluation.points,
            unknowns=evaluation.unknowns,
            sensitivity_source=sensitivity.source,
            terms=sensitivity.terms,
        )

    def _exposure_id(self, item: Item, grant: Grant) -> str:
        own = (grant.id,) if grant.id else (principal_key(grant), grant.access)
        return finding_id(self._tenant.service, self._tenant.tenant_id, item.id, *own)

    def exposure_row(self, judged: EvaluatedExposure, finding: Finding | None) -> ExposureRow:
        """Return the row of one exposure; `finding` is the one that covers its grant, if any."""
        exposure, stored, seen, evaluation = judged
        item, grant, sensitivity = exposure.item, exposure.grant, evaluation.sensitivity
        tenant, scope = self._tenant, self._scope
        return ExposureRow(
            service=tenant.service,
            connector=tenant.connector,
            tenant_id=tenant.tenant_id,
            scope_id=scope.id,
            scope_title=scope.title,
            item_id=item.id,
            item_kind=item.kind,
            item_name=item.name,
            item_path=exposure.path,
            item_url=item.url,
            owner=stored.owner or "",
            grant_id=grant.id,
            audience=evaluation.audience or exposure.audience,
            access=grant.access,
            principal=grant.principal,
            principal_kind=grant.principal_kind,
            principal_domain="; ".join(exposure.principal_domains),
            via_group=exposure.via_group,
            inherited_from=grant.inherited_from or "",
            created_at=seen.created_at,
            created_by=seen.created_by,
            expires_at=seen.expires_at or "",
            password=seen.password,
            first_seen=seen.first_seen,
            last_seen=seen.last_seen,
            item_created_at=stored.created_at,
            item_modified_at=stored.modified_at,
            sensitivity=_level(sensitivity),
            sensitivity_source=sensitivity.source,
            reach=_count(exposure.reach),
            score=evaluation.score,
            severity=evaluation.severity.word,
            overexposed=evaluation.overexposed,
            rules="; ".join([m.rule for m in evaluation.matches]),
            finding_id=finding.id if finding and evaluation.overexposed else "",
            criteria=grant.criteria,
            views=encode_optional(grant.views),
            sensitivity_terms="; ".join(sensitivity.terms),
        )

    def setting_finding(self, stated: EvaluatedSetting, judgement: Evaluation) -> Finding:
        """Return the finding about a setting that is not as expected."""
        setting = stated.setting
        return Finding(
            id=setting_id(self._tenant, setting),
            subject=Subject.SETTING,
            subject_id=setting.id,
            **self._location,
            title=" ".join(filter(None, (setting.id, setting.subject))),
            kind="setting",
            severity=judgement.severity,
            confidence=judgement.confidence,
            evidence={m.rule: dict(m.evidence) for m in judgement.matches},
            unknowns=judgement.unknowns,
        )

    def external_account(self, principal: Principal, judgement: Evaluation) -> Finding:
        """Return the finding about an account or group of the directory."""
        return Finding(
            id=finding_id(self._tenant.service, self._tenant.tenant_id, "principal", principal.id),
            subject=Subject.PRINCIPAL,
            subject_id=principal.id,
            **self._location,
            title=principal.name,
            kind=principal.kind,
            severity=judgement.severity,
            confidence=judgement.confidence,
            principals=(principal.mail,) if principal.mail else (),
            evidence={m.rule: dict(m.evidence) for m in judgement.matches},
            unknowns=judgement.unknowns,
        )

    def unread_scope(self, judgement: Evaluation) -> Finding:
        """Return the finding about a scope that was not read; its messages have no language yet."""
        scope = self._scope
        return Finding(
            id=finding_id(self._tenant.service, self._tenant.tenant_id, "scope", scope.id),
            subject=Subject.SCOPE,
            subject_id=scope.id,
            **self._location,
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
    """Return the id of the finding about a setting."""
    location = (tenant.service, tenant.tenant_id, Subject.SETTING)
    return finding_id(*location, setting.id, setting.subject)


def _matched(judged: Sequence[EvaluatedExposure]) -> Sequence[EvaluatedExposure]:
    """Return the exposures that rules match, the worst first."""
    objected = [one for one in judged if one.evaluation.matches]
    if len(objected) > 1:  # beside a real right a latent one says nothing
        objected = [one for one in objected if not one.exposure.has_no_effect_today] or objected
        objected.sort(key=lambda j: (-j.evaluation.severity, -(j.evaluation.score or 0)))
    return objected


def _evidence(judged: Sequence[EvaluatedExposure]) -> Mapping[str, Mapping[str, str]]:
    """Return the evidence of all rules, of the worst exposure first; all principals are named."""
    if len(judged) == 1:
        return {m.rule: m.evidence for m in judged[0].evaluation.matches}
    found: dict[str, dict[str, str]] = {}
    for match in (m for j in judged for m in j.evaluation.matches):
        held = found.setdefault(match.rule, dict(match.evidence))
        for name in ("domain", "principal"):
            new = match.evidence.get(name)
            if new and name in held and new not in held[name].split(", "):
                held[name] = f"{held[name]}, {new}"
    return found


def _people(judged: Sequence[EvaluatedExposure]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the principals and their domains, each sorted and once."""
    if len(judged) == 1:
        exposure = judged[0].exposure
        principal, domains = exposure.grant.principal, exposure.principal_domains
        return (principal,) if principal else (), _sorted(domains) if domains else ()
    exposures = [one.exposure for one in judged]
    return (
        _sorted([exposure.grant.principal for exposure in exposures]),
        _sorted([domain for exposure in exposures for domain in exposure.principal_domains]),
    )


def _sorted(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


def _count(reach: object) -> int | str:
    return reach if isinstance(reach, int) else "unknown"


def _level(sensitivity: Sensitivity) -> str:
    return "" if sensitivity.level is SensitivityLevel.NONE else sensitivity.level.word
