"""What a run leaves behind: its folder, and the summary of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from agent import __version__
from agent.classify.finding import Kept
from agent.classify.model import REACHES_OUT, Audience, Severity, Subject, finding_id
from agent.classify.posture import Result, Stated, shown
from agent.report.folder import RunFolder
from agent.report.rows import (
    BETWEEN,
    PrincipalRow,
    ScopeRow,
    SettingRow,
    coverage_row,
    exposure_row,
    finding_row,
    principal_row,
    setting_row,
    unflat,
)
from agent.report.summary import TopFinding, UnreadScope, top_of, unread_of
from agent.run.describing import setting_id
from agent.run.desk import Desk
from agent.run.settings import judged_settings
from agent.store import exposures
from agent.store.coverage import ScopeState, TenantRow, exposed_items, scopes
from agent.store.doors import outsiders
from agent.store.facts import LISTING
from agent.store.findings import kept as kept_findings
from agent.store.findings import standing
from agent.store.settings import Held
from agent.store.words import maybe, told
from connectors.sdk.records import Principal

SETTLED = ("waived", "resolved")
INSIDE = frozenset({Audience.LARGE_INTERNAL, Audience.ORG_LINK, Audience.ORG_DISCOVERABLE})
OUTSIDE = REACHES_OUT - INSIDE
NO_SIGN_IN = frozenset({Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE})


class Count:
    """What the findings come to; filled while they are written, so that all numbers agree."""

    def __init__(self, desk: Desk, *, top: int = 10) -> None:
        self.severities: Counter[Severity] = Counter()
        self.states: Counter[str] = Counter()
        self.doors = 0
        self.tonight = 0
        self.open = 0
        self.top: list[TopFinding] = []
        self._desk = desk
        self._most = top

    def add(self, kept: Kept) -> None:
        """Count one finding; they come the worst first."""
        finding = kept.finding
        self.states[kept.state] += 1
        if kept.state in SETTLED:
            return
        self.severities[finding.severity] += 1
        if finding.severity is Severity.UNKNOWN:
            return
        self.open += 1
        if finding.subject is Subject.EXPOSURE and finding.audience in OUTSIDE:
            if finding.reach != 0:
                self.doors += 1
            self.tonight += _urgent(kept)
        if len(self.top) < self._most:
            self.top.append(top_of(kept, self._desk.text))


def _urgent(kept: Kept) -> bool:
    """Nobody has to sign in, and it is high; or it is critical."""
    severity = kept.finding.severity
    return severity is Severity.CRITICAL or (
        severity is Severity.HIGH and kept.finding.audience in NO_SIGN_IN
    )


class Report:
    """Writes the files of a run over some tenants."""

    def __init__(self, desk: Desk, run_id: str, tenants: Sequence[TenantRow]) -> None:
        self._desk = desk
        self._run_id = run_id
        self._tenants = tenants
        self._keys = [t.key for t in tenants]
        self.count = Count(desk)
        self.statuses: Counter[str] = Counter()
        self.unread: list[UnreadScope] = []
        self.blind_spots = 0

    def write(self, begun: datetime, ended: datetime, policy: Mapping[str, str]) -> RunFolder:
        """Write the run folder; the manifest last. Raises `ReportError`."""
        folder = RunFolder(self._desk.output, self._run_id, ended)
        folder.csv("findings", self._findings())
        folder.csv("exposures", self._exposures())
        folder.csv("coverage", self._coverage())
        folder.csv("principals", self._principals())
        folder.csv("settings", self._settings())
        folder.close(
            {
                "version": __version__,
                "configuration": self._desk.loaded.digest,
                "policy": policy,
                "coverage": dict(self.statuses),
                "begun": begun,
                "ended": ended,
            }
        )
        return folder

    def _findings(self) -> Iterator[Mapping[str, str]]:
        for kept in kept_findings(self._desk.engine, self._keys, self._run_id):
            self.count.add(kept)
            yield finding_row(kept, self._run_id, self._desk.text)

    def _exposures(self) -> Iterator[Mapping[str, str]]:
        for body in exposures.bodies(self._desk.engine, self._keys):
            yield exposure_row(unflat(body), self._run_id)

    def _coverage(self) -> Iterator[Mapping[str, str]]:
        text = self._desk.text
        for tenant in self._tenants:
            for scope in scopes(self._desk.engine, tenant.key):
                row = _scope_row(self._desk.engine, tenant, scope)
                self.statuses[scope.coverage.status] += 1
                self.blind_spots += scope.coverage.standing
                if scope.short and scope.reached:
                    whole = scope.id == LISTING
                    self.unread.insert(0 if whole else len(self.unread), unread_of(row, text))
                yield coverage_row(row, self._run_id, text)

    def _principals(self) -> Iterator[Mapping[str, str]]:
        for tenant in self._tenants:
            with self._desk.engine.connect() as db, self._desk.engine.connect() as lookup:
                for scope, principal in outsiders(db, tenant.key):
                    name = principal.mail or principal.name
                    groups = exposures.groups_of(lookup, scope, principal.id)
                    reached = exposures.reached(lookup, tenant.key, name, list(groups))
                    about = finding_id(
                        tenant.service, tenant.tenant_id, Subject.PRINCIPAL, principal.id
                    )
                    kept = standing(lookup, about)
                    row = _principal_row(tenant, principal, reached, list(groups.values()), kept)
                    yield principal_row(row, self._run_id)

    def _settings(self) -> Iterator[Mapping[str, str]]:
        for tenant in self._tenants:
            for held, stated in judged_settings(self._desk.engine, tenant.key):
                yield setting_row(_setting_row(tenant, held, stated), self._run_id)


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
