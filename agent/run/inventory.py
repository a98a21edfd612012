"""Read records for reports from the store, one at a time, with pseudonyms where asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import Kept
from agent.classify.model import Subject, finding_id
from agent.classify.posture import Result, Stated, shown
from agent.report.masking import Mask, Record
from agent.report.rows import BETWEEN, PrincipalRow, ScopeRow, SettingRow
from agent.run.describing import setting_id
from agent.run.settings import judged_settings
from agent.store import exposures
from agent.store.coverage import ScopeState, TenantRow, exposed_items, scopes
from agent.store.doors import outsiders
from agent.store.findings import kept as kept_findings
from agent.store.findings import standing
from agent.store.settings import Held
from agent.store.words import maybe, told
from connectors.sdk.records import Principal


class Inventory:
    """The facts and findings of some tenants after a run."""

    def __init__(
        self, engine: Engine, run_id: str, tenants: Sequence[TenantRow], mask: Mask | None = None
    ) -> None:
        self._engine = engine
        self._run_id = run_id
        self._tenants = tenants
        self._keys = [t.key for t in tenants]
        self._mask = mask

    def findings(self) -> Iterator[Kept]:
        """Yield all open findings and those resolved in this run, the worst first."""
        for kept in kept_findings(self._engine, self._keys, self._run_id):
            yield self._mask.kept(kept) if self._mask else kept

    def exposures(self) -> Iterator[ExposureRow]:
        """Yield every grant beyond named insiders."""
        for row in exposures.rows(self._engine, self._keys):
            yield self._shown(row)

    def scopes(self) -> Iterator[tuple[ScopeState, ScopeRow]]:
        """Yield every scope with the result of its last scan."""
        for tenant in self._tenants:
            for scope in scopes(self._engine, tenant.key):
                yield scope, self._shown(_scope_row(self._engine, tenant, scope))

    def principals(self) -> Iterator[PrincipalRow]:
        """Yield the external accounts with the number of items that each can reach."""
        for tenant in self._tenants:
            with self._engine.connect() as db, self._engine.connect() as lookup:
                for scope, principal in outsiders(db, tenant.key):
                    name = principal.mail or principal.name
                    groups = exposures.groups_of(lookup, scope, principal.id)
                    reached = exposures.reached(lookup, tenant.key, name, list(groups))
                    about = finding_id(
                        tenant.service, tenant.tenant_id, Subject.PRINCIPAL, principal.id
                    )
                    kept = standing(lookup, about)
                    names = list(groups.values())
                    yield self._shown(_principal_row(tenant, principal, reached, names, kept))

    def settings(self) -> Iterator[SettingRow]:
        """Yield the sharing settings."""
        for tenant in self._tenants:
            for held, stated in judged_settings(self._engine, tenant.key):
                yield self._shown(_setting_row(tenant, held, stated))

    def _shown(self, record: Record) -> Record:
        return self._mask.record(record) if self._mask else record


def _scope_row(engine: Engine, tenant: TenantRow, scope: ScopeState) -> ScopeRow:
    coverage = scope.coverage
    return ScopeRow(
        service=tenant.service,
        connector=tenant.connector,
        tenant_id=tenant.tenant_id,
        scope_id=scope.id,
        scope_title=scope.title,
        url=scope.url,
        status=coverage.status,
        full=scope.full,
        items=coverage.items,
        exposed_items=exposed_items(engine, scope.key),
        calls=coverage.calls,
        seconds=coverage.seconds,
        reason=coverage.reason,
        hint=coverage.hint,
    )


def _principal_row(
    tenant: TenantRow,
    principal: Principal,
    reached: int,
    groups: Sequence[str],
    kept: Kept | None,
) -> PrincipalRow:
    return PrincipalRow(
        service=tenant.service,
        connector=tenant.connector,
        tenant_id=tenant.tenant_id,
        principal_id=principal.id,
        kind=principal.kind,
        name=principal.name,
        mail=principal.mail,
        domain=principal.mail.rpartition("@")[2],
        state=principal.state,
        created_at=told(principal.created_at),
        last_sign_in=maybe(principal.last_sign_in) or "",
        sponsor=maybe(principal.sponsor) or "",
        roles="; ".join(principal.roles),
        groups="; ".join(groups),
        items_reached=reached,
        severity=kept.finding.severity.word if kept else "",
        rules="; ".join(kept.finding.rules) if kept else "",
        finding_id=kept.finding.id if kept else "",
    )


def _setting_row(tenant: TenantRow, held: Held, stated: Stated) -> SettingRow:
    setting, posture = stated.setting, stated.posture
    return SettingRow(
        service=tenant.service,
        connector=tenant.connector,
        tenant_id=tenant.tenant_id,
        setting_id=setting.id,
        scope_id=setting.subject or held.scope_id,
        value=shown(setting.value),
        expected=posture.expected if posture else "",
        result=stated.result,
        references=BETWEEN.join(posture.references) if posture else "",
        finding_id=setting_id(tenant, setting) if stated.result is Result.FAIL else "",
    )
