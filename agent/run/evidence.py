"""Write the evidence pack for a contract renewal from the store, without any call to a tenant."""

from __future__ import annotations

import getpass
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from agent import __version__
from agent.classify.exposure_row import ExposureRow
from agent.classify.policy import Policy
from agent.classify.policy_config import Vendor
from agent.classify.waivers import WaiverStatus
from agent.errors import ConfigError
from agent.report import xlsx
from agent.report.csv_rows import LIST_SEPARATOR, PrincipalRow
from agent.report.evidence import (
    Answers,
    EvidencePack,
    EvidenceTable,
    PackInfo,
    Row,
    evidence_sheets,
)
from agent.report.html import evidence as html
from agent.report.run_folder import RunFolder
from agent.report.statistics import NO_SIGN_IN, StatisticsCollector
from agent.report.summary import PolicyHashes, unread_scope
from agent.report.titles import translated
from agent.run.report import connector_line
from agent.run.run_data import RunData
from agent.run.session import Session
from agent.run.third_parties import ThirdPartyIndex, inactivity
from agent.run.waivers import waiver_status
from agent.store import baselines, runs
from agent.store.baselines import ChangeKind
from agent.store.coverage import TenantRow, tenants
from connectors.sdk.message import say

ID = "evidence"
IN_FORCE = ("holds", "unused")
"""States of a waiver that is valid."""


def write(
    session: Session, only: Sequence[str], folder: Path, now: datetime, *, baseline: str = ""
) -> RunFolder:
    """Write the pack and a zip file of it, and return its folder.

    Raise `ConfigError` if there is no run or no such baseline, `ReportError` if a file cannot be
    written.

    Args:
        only: Names of connectors; empty for all.
        baseline: The baseline to compare with; empty for none.
    """
    known = [b.name for b in baselines.baselines(session.engine)]
    if baseline and baseline not in known:
        names = ", ".join(known) or "-"
        raise ConfigError(say("evidence.no_baseline", name=baseline, known=names))
    writer = _PackWriter(session, only, now, baseline)
    pack, made = writer.pack(), RunFolder(folder, ID, now)
    for chapter in pack.tables:
        made.csv(chapter.name, chapter.rows(), table=chapter.columns)
    if find_spec("xlsxwriter") is not None:
        with made.create_file("evidence.xlsx") as path:
            xlsx.write_workbook(path, evidence_sheets(pack.tables, session.text))
    with made.text("evidence.html") as file:
        html.write_page(file, replace(pack, files=made.files), session.text)
    made.finish(
        {
            "version": __version__,
            "configuration": session.loaded.digest,
            "policy": pack.info.policy._asdict(),
            "coverage": dict(pack.numbers.statuses),
            "numbers": pack.numbers.to_dict(),
            "baseline": baseline,
            "begun": pack.info.begun,
            "ended": pack.info.ended,
        }
    )
    shutil.make_archive(str(made.path), "zip", made.path)
    return made


class _PackWriter:
    """Reads the store once for the figures, then once for each table."""

    def __init__(self, session: Session, only: Sequence[str], now: datetime, baseline: str) -> None:
        self._session = session
        self._now = now
        self._baseline = baseline
        self._tenants = tenants(session.engine, session.connectors(only))
        self._policy: Policy = session.policy(now.date())
        run = runs.latest(session.engine)
        if run is None:
            raise ConfigError(say("report.page.no_run"))
        self._run = run
        self._run_data = RunData(session.engine, run.id, self._tenants)
        self._third_parties = ThirdPartyIndex(self._policy)

    def pack(self) -> EvidencePack:
        """Return the pack; its tables are read when they are written."""
        counting = StatisticsCollector()
        for kept in self._run_data.findings():
            counting.add_finding(kept)
        for scope, row in self._run_data.scopes():
            counting.add_scope(scope.coverage.status)
            if scope.coverage.standing:
                counting.add_blind_spot(unread_scope(row, self._session.text))
            if scope.is_incomplete and scope.tenant_opened:
                counting.add_unread(unread_scope(row, self._session.text))
        public = 0
        for row in self._run_data.exposures():
            self._third_parties.add_exposure(row)
            public += row.audience in NO_SIGN_IN
        for account in self._run_data.principals():
            self._third_parties.add_account(account)
        numbers = counting.statistics([connector_line(self._session, t) for t in self._tenants])
        return EvidencePack(
            info=self._cover(self._tenants),
            numbers=numbers,
            answers=self._answers(public),
            tables=tuple(self._chapters()),
        )

    def _cover(self, found: Sequence[TenantRow]) -> PackInfo:
        return PackInfo(
            organization=self._session.loaded.config.organization.name,
            tenants=tuple(f"{t.title} ({t.service}, {t.tenant_id})" for t in found),
            begun=self._run.started,
            ended=self._run.ended or self._now,
            made=self._now,
            operator=getpass.getuser(),
            version=__version__,
            configuration=self._session.loaded.digest,
            policy=PolicyHashes(self._run.policy, self._policy.digest()),
            baseline=self._baseline,
        )

    def _answers(self, public: int) -> Answers:
        parties, today = self._third_parties, self._now.date()
        reached = {d: p for d, p in parties.organisations.items() if p.items}
        standings = Counter(parties.contract_status(domain, today) for domain in reached)
        turns: Counter[ChangeKind] = Counter()
        if self._baseline:
            turns.update(d.kind for d in self._deltas())
        states = Counter(why for _, why in self._inactive_accounts())
        registered = bool(self._policy.table.vendors)
        has_baseline = bool(self._baseline)
        return Answers(
            organisations=len(reached),
            people=sum(bool(person.items) for person in parties.people.values()),
            items=sum(p.items for p in parties.people.values()),
            public=public,
            dormant=states["dormant"] + states["never"],
            pending=states["pending"],
            uncontracted=standings["unregistered"] if registered else None,
            ended=standings["ended"] if registered else None,
            waived=sum(w.status in IN_FORCE for w in self._waiver_statuses),
            lapsed=sum(w.status not in IN_FORCE for w in self._waiver_statuses),
            opened=turns[ChangeKind.OPENED] if has_baseline else None,
            widened=turns[ChangeKind.WIDENED] if has_baseline else None,
            shut=turns[ChangeKind.SHUT] if has_baseline else None,
            not_compared=turns[ChangeKind.NOT_COMPARED] if has_baseline else None,
        )

    def _chapters(self) -> Iterator[EvidenceTable]:
        yield EvidenceTable(name="03-posture", columns="evidence_posture", rows=self._setting_rows)
        yield EvidenceTable(
            name="04-organisations", columns="evidence_organisations", rows=self._organisations
        )
        yield EvidenceTable(name="04-people", columns="evidence_people", rows=self._people)
        yield EvidenceTable(name="05-dormant", columns="evidence_dormant", rows=self._dormant_count)
        for number, vendor in enumerate(self._policy.table.vendors, 1):
            yield EvidenceTable(
                name=f"06-vendor-{number:02}",
                columns="evidence_vendor",
                rows=lambda vendor=vendor: self._shared_with_vendor(vendor),
                title=vendor.name,
            )
        yield EvidenceTable(name="07-public", columns="evidence_public", rows=self._public)
        yield EvidenceTable(name="08-waivers", columns="evidence_waivers", rows=self._waiver_rows)
        if self._baseline:
            yield EvidenceTable(name="09-delta", columns="evidence_delta", rows=self._changes)
        yield EvidenceTable(name="10-coverage", columns="evidence_coverage", rows=self._coverage)

    def _setting_rows(self) -> Iterator[Row]:
        order = ("fail", "unknown", "pass", "not_applicable")
        settings = sorted(self._run_data.settings(), key=lambda row: order.index(row.result))
        for row in settings:  # some hundreds
            yield {
                "service": row.service,
                "connector": row.connector,
                "setting_id": row.setting_id,
                "scope_id": row.scope_id,
                "value": "" if row.value is None else str(row.value),
                "expected": row.expected,
                "result": row.result,
                "references": row.references,
                "finding_id": row.finding_id,
            }

    def _organisations(self) -> Iterator[Row]:
        parties, today = self._third_parties, self._now.date()
        ordered = sorted(parties.organisations.items(), key=lambda e: (-e[1].items, e[0]))
        for domain, party in ordered:
            vendor = parties.vendor(domain)
            yield {
                "domain": domain,
                "people": str(len(party.people)),
                "items": str(party.items),
                "access": party.access,
                "severity": party.severity.word if party.items else "",
                "last_activity": party.last_activity,
                "vendor": vendor.name if vendor else "",
                "contract": vendor.contract if vendor else "",
                "ends": vendor.ends.isoformat() if vendor else "",
                "standing": parties.contract_status(domain, today),
            }

    def _people(self) -> Iterator[Row]:
        ordered = sorted(self._third_parties.people.items(), key=lambda e: (-e[1].items, e[0]))
        for name, person in ordered:
            account, domain = person.account, name.rpartition("@")[2]
            vendor = self._third_parties.vendor(domain)
            yield {
                "connector": LIST_SEPARATOR.join(sorted(person.connectors)),
                "principal": name,
                "domain": domain,
                "kind": account.kind if account else "account",
                "state": account.state if account else "unknown",
                "created_at": account.created_at if account else "unknown",
                "last_sign_in": account.last_sign_in if account else "unknown",
                "sponsor": account.sponsor if account else "unknown",
                "items": str(person.items),
                "access": person.access,
                "vendor": vendor.name if vendor else "",
            }

    def _inactive_accounts(self) -> Iterator[tuple[PrincipalRow, str]]:
        days = self._policy.table.guest_dormant_days
        for account in self._run_data.principals():
            if why := inactivity(account, self._now, days):
                yield account, why

    def _dormant_count(self) -> Iterator[Row]:
        for account, why in self._inactive_accounts():
            yield {
                "connector": account.connector,
                "principal": account.mail or account.name,
                "domain": account.domain,
                "state": account.state,
                "created_at": account.created_at,
                "last_sign_in": account.last_sign_in,
                "why": why,
                "items": str(account.items_reached),
                "sponsor": account.sponsor,
            }

    def _shared_with_vendor(self, vendor: Vendor) -> Iterator[Row]:
        for row in self._exposures():
            if not any(self._third_parties.vendor(d) == vendor for d in _domains(row)):
                continue
            yield {
                "vendor": vendor.name,
                "contract": vendor.contract,
                "ends": vendor.ends.isoformat(),
                "owner": row.owner,
                "connector": row.connector,
                "principal": row.principal,
                "item_name": row.item_name,
                "item_path": row.item_path,
                "access": row.access,
                "first_seen": row.first_seen,
                "last_seen": row.last_seen,
            }

    def _exposures(self) -> Iterator[ExposureRow]:
        return (translated(row, self._session.text) for row in self._run_data.exposures())

    def _public(self) -> Iterator[Row]:
        for row in self._exposures():
            if row.audience in NO_SIGN_IN:
                yield {
                    "connector": row.connector,
                    "item_name": row.item_name,
                    "item_path": row.item_path,
                    "audience": row.audience,
                    "access": row.access,
                    "expires_at": row.expires_at,
                    "password": str(row.password).lower(),
                    "owner": row.owner,
                    "first_seen": row.first_seen,
                    "severity": row.severity,
                    "finding_id": row.finding_id,
                }

    @cached_property
    def _waiver_statuses(self) -> Sequence[WaiverStatus]:
        """Every waiver and what it does today: some tens."""
        keys = [t.key for t in self._tenants]
        return list(waiver_status(self._session, self._policy, keys))

    def _waiver_rows(self) -> Iterator[Row]:
        for one in sorted(self._waiver_statuses, key=lambda w: w.waiver.expires):
            waiver = one.waiver
            named = (
                waiver.finding, waiver.item, waiver.container, waiver.principal, waiver.rule
            )  # fmt: skip
            yield {
                "what": LIST_SEPARATOR.join(filter(None, named)),
                "reason": waiver.reason,
                "approved_by": waiver.approved_by,
                "expires": waiver.expires.isoformat(),
                "in_force": "yes" if one.status in IN_FORCE else "no",
                "outcome": one.status,
                "findings": str(one.findings),
            }

    def _deltas(self) -> Iterator[baselines.FindingChange]:
        keys = [t.key for t in self._tenants]
        return baselines.changes_since(self._session.engine, self._baseline, keys)

    def _changes(self) -> Iterator[Row]:
        for delta in self._deltas():
            finding = translated(delta.finding, self._session.text)
            yield {
                "turn": delta.kind,
                "severity": finding.severity.word,
                "title": finding.title,
                "item_path": finding.path,
                "audience": finding.audience,
                "rules": LIST_SEPARATOR.join(finding.rules),
                "finding_id": finding.id,
            }

    def _coverage(self) -> Iterator[Row]:
        text = self._session.text
        for _, stored in self._run_data.scopes():
            row = translated(stored, text)
            yield {
                "service": row.service,
                "connector": row.connector,
                "scope_title": row.scope_title,
                "status": row.status,
                "items": str(row.items),
                "reason": text.render(row.reason),
                "hint": text.render(row.hint),
            }


def _domains(row: ExposureRow) -> Iterator[str]:
    yield from filter(None, row.principal_domain.split(LIST_SEPARATOR))
