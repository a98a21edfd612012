"""Read records for reports from the store, one at a time, with pseudonyms where asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine

from agent.classify.exposure_row import ExposureRow
from agent.classify.finding import TrackedFinding
from agent.classify.model import Subject, finding_id
from agent.classify.settings_baseline import EvaluatedSetting, Result, format_value
from agent.report.csv_rows import LIST_SEPARATOR, PrincipalRow, ScopeRow, SettingRow
from agent.report.pseudonyms import Pseudonymizer, Record
from agent.run.evaluated_settings import evaluated_settings
from agent.run.finding_builder import setting_id
from agent.store import exposures
from agent.store.coverage import ScopeState, TenantRow, count_exposed_items, scopes
from agent.store.findings import get_open
from agent.store.findings import list_findings as kept_findings
from agent.store.items import external_accounts
from agent.store.tenant_settings import StoredSetting
from agent.store.tri_state import encode, encode_optional
from connectors.sdk.records import Principal


class RunData:
    """The facts and findings of some tenants after a run."""

    def __init__(
        self,
        engine: Engine,
        run_id: str,
        tenants: Sequence[TenantRow],
        mask: Pseudonymizer | None = None,
    ) -> None:
        self._engine = engine
        self._run_id = run_id
        self._tenants = tenants
        self._keys = [t.key for t in tenants]
        self._pseudonymizer = mask

    def findings(self) -> Iterator[TrackedFinding]:
        """Yield all open findings and those resolved in this run, the worst first."""
        for kept in kept_findings(self._engine, self._keys, self._run_id):
            yield self._pseudonymizer.finding(kept) if self._pseudonymizer else kept

    def exposures(self) -> Iterator[ExposureRow]:
        """Yield every grant beyond named insiders."""
        for row in exposures.iter_rows(self._engine, self._keys):
            yield self._pseudonymized(row)

    def scopes(self) -> Iterator[tuple[ScopeState, ScopeRow]]:
        """Yield every scope with the result of its last scan."""
        for tenant in self._tenants:
            for scope in scopes(self._engine, tenant.key):
                yield scope, self._pseudonymized(_scope_row(self._engine, tenant, scope))

    def principals(self) -> Iterator[PrincipalRow]:
        """Yield the external accounts with the number of items that each can reach."""
        for tenant in self._tenants:
            with self._engine.connect() as db, self._engine.connect() as lookup:
                for scope, principal in external_accounts(db, tenant.key):
                    name = principal.mail or principal.name
                    groups = exposures.groups_of(lookup, scope, principal.id)
                    reached = exposures.count_reachable_items(
                        lookup, tenant.key, name, list(groups)
                    )
                    about = finding_id(
                        tenant.service, tenant.tenant_id, Subject.PRINCIPAL, principal.id
                    )
                    kept = get_open(lookup, about)
                    names = list(groups.values())
                    yield self._pseudonymized(
                        _principal_row(tenant, principal, reached, names, kept)
                    )

    def settings(self) -> Iterator[SettingRow]:
        """Yield the sharing settings."""
        for tenant in self._tenants:
            for held, evaluated in evaluated_settings(self._engine, tenant.key):
                yield self._pseudonymized(_setting_row(tenant, held, evaluated))

    def _pseudonymized(self, record: Record) -> Record:
        return self._pseudonymizer.record(record) if self._pseudonymizer else record


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
        exposed_items=count_exposed_items(engine, scope.key),
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
    kept: TrackedFinding | None,
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
        created_at=encode(principal.created_at),
        last_sign_in=encode_optional(principal.last_sign_in) or "",
        sponsor=encode_optional(principal.sponsor) or "",
        roles="; ".join(principal.roles),
        groups="; ".join(groups),
        items_reached=reached,
        severity=kept.finding.severity.word if kept else "",
        rules="; ".join(kept.finding.rules) if kept else "",
        finding_id=kept.finding.id if kept else "",
    )


def _setting_row(
    tenant: TenantRow, stored: StoredSetting, evaluated: EvaluatedSetting
) -> SettingRow:
    setting, expectation = evaluated.setting, evaluated.expectation
    return SettingRow(
        service=tenant.service,
        connector=tenant.connector,
        tenant_id=tenant.tenant_id,
        setting_id=setting.id,
        scope_id=setting.subject or stored.scope_id,
        value=format_value(setting.value),
        expected=expectation.expected if expectation else "",
        result=evaluated.result,
        references=LIST_SEPARATOR.join(expectation.references) if expectation else "",
        finding_id=setting_id(tenant, setting) if evaluated.result is Result.FAIL else "",
    )
