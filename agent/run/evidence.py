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
from agent.classify.tables import Vendor
from agent.classify.waiving import Standing
from agent.errors import ConfigError
from agent.report import xlsx
from agent.report.evidence import Answers, Chapter, Cover, Pack, Row, sheets
from agent.report.folder import RunFolder
from agent.report.html import evidence as html
from agent.report.numbers import NO_SIGN_IN, Counting
from agent.report.rows import BETWEEN, PrincipalRow
from agent.report.summary import JudgedBy, unread_of
from agent.report.titles import translated
from agent.run.desk import Desk
from agent.run.inventory import Inventory
from agent.run.parties import Parties, dormant
from agent.run.reporting import connector_line
from agent.run.waiving import standing
from agent.store import baselines, runs
from agent.store.baselines import Turn
from agent.store.coverage import TenantRow, tenants
from connectors.sdk.message import say

ID = "evidence"
IN_FORCE = ("holds", "unused")
"""States of a waiver that is valid."""


def write(
    desk: Desk, only: Sequence[str], folder: Path, now: datetime, *, baseline: str = ""
) -> RunFolder:
    """Write the pack and a zip file of it, and return its folder.

    Raise `ConfigError` if there is no run or no such baseline, `ReportError` if a file cannot be
    written.

    Args:
        only: Names of connectors; empty for all.
        baseline: The baseline to compare with; empty for none.
    """
    known = [b.name for b in baselines.saved(desk.engine)]
    if baseline and baseline not in known:
        names = ", ".join(known) or "-"
        raise ConfigError(say("evidence.no_baseline", name=baseline, known=names))
    writer = _Writer(desk, only, now, baseline)
    pack, made = writer.pack(), RunFolder(folder, ID, now)
    for chapter in pack.chapters:
        made.csv(chapter.name, chapter.rows(), table=chapter.columns)
    if find_spec("xlsxwriter") is not None:
        with made.making("evidence.xlsx") as path:
            xlsx.write(path, sheets(pack.chapters, desk.text))
    with made.text("evidence.html") as file:
        html.write(file, replace(pack, files=made.files), desk.text)
    made.close(
        {
            "version": __version__,
            "configuration": desk.loaded.digest,
            "policy": pack.cover.policy._asdict(),
            "coverage": dict(pack.numbers.statuses),
            "numbers": pack.numbers.plain(),
            "baseline": baseline,
            "begun": pack.cover.begun,
            "ended": pack.cover.ended,
        }
    )
    shutil.make_archive(str(made.path), "zip", made.path)
    return made


class _Writer:
    """Reads the store once for the figures, then once for each table."""

    def __init__(self, desk: Desk, only: Sequence[str], now: datetime, baseline: str) -> None:
        self._desk = desk
        self._now = now
        self._baseline = baseline
        self._tenants = tenants(desk.engine, desk.connectors(only))
        self._policy: Policy = desk.policy(now.date())
        run = runs.last(desk.engine)
        if run is None:
            raise ConfigError(say("report.page.no_run"))
        self._run = run
        self._inventory = Inventory(desk.engine, run.id, self._tenants)
        self._parties = Parties(self._policy)

    def pack(self) -> Pack:
        """Return the pack; its tables are read when they are written."""
        counting = Counting()
        for kept in self._inventory.findings():
            counting.finding(kept)
        for scope, row in self._inventory.scopes():
            counting.scope(scope.coverage.status)
            if scope.coverage.standing:
                counting.blind(unread_of(row, self._desk.text))
            if scope.short and scope.reached:
                counting.unread(unread_of(row, self._desk.text))
        public = 0
        for row in self._inventory.exposures():
            self._parties.exposed(row)
            public += row.audience in NO_SIGN_IN
        for account in self._inventory.principals():
            self._parties.known(account)
        numbers = counting.numbers([connector_line(self._desk, t) for t in self._tenants])
        return Pack(
            cover=self._cover(self._tenants),
            numbers=numbers,
            answers=self._answers(public),
            chapters=tuple(self._chapters()),
        )

    def _cover(self, found: Sequence[TenantRow]) -> Cover:
        return Cover(
            organization=self._desk.loaded.config.organization.name,
            tenants=tuple(f"{t.title} ({t.service}, {t.tenant_id})" for t in found),
            begun=self._run.begun,
            ended=self._run.ended or self._now,
            made=self._now,
            operator=getpass.getuser(),
            version=__version__,
            configuration=self._desk.loaded.digest,
            policy=JudgedBy(self._run.policy, self._policy.digest()),
            baseline=self._baseline,
        )

    def _answers(self, public: int) -> Answers:
        parties, today = self._parties, self._now.date()
        reached = {d: p for d, p in parties.organisations.items() if p.items}
        standings = Counter(parties.standing(domain, today) for domain in reached)
        turns: Counter[Turn] = Counter()
        if self._baseline:
            turns.update(d.turn for d in self._deltas())
        states = Counter(why for _, why in self._sleepers())
        registered = bool(self._policy.table.vendors)
        told = bool(self._baseline)
        return Answers(
            organisations=len(reached),
            people=sum(bool(person.items) for person in parties.people.values()),
            items=sum(p.items for p in parties.people.values()),
            public=public,
            dormant=states["dormant"] + states["never"],
            pending=states["pending"],
            uncontracted=standings["unregistered"] if registered else None,
            ended=standings["ended"] if registered else None,
            waived=sum(w.status in IN_FORCE for w in self._waivers),
            lapsed=sum(w.status not in IN_FORCE for w in self._waivers),
            opened=turns[Turn.OPENED] if told else None,
            widened=turns[Turn.WIDENED] if told else None,
            shut=turns[Turn.SHUT] if told else None,
            not_compared=turns[Turn.NOT_COMPARED] if told else None,
        )

    def _chapters(self) -> Iterator[Chapter]:
        yield Chapter(name="03-posture", columns="evidence_posture", rows=self._posture)
        yield Chapter(
            name="04-organisations", columns="evidence_organisations", rows=self._organisations
        )
        yield Chapter(name="04-people", columns="evidence_people", rows=self._people)
        yield Chapter(name="05-dormant", columns="evidence_dormant", rows=self._dormant)
        for number, vendor in enumerate(self._policy.table.vendors, 1):
            yield Chapter(
                name=f"06-vendor-{number:02}",
                columns="evidence_vendor",
                rows=lambda vendor=vendor: self._given_to(vendor),
                title=vendor.name,
            )
        yield Chapter(name="07-public", columns="evidence_public", rows=self._public)
        yield Chapter(name="08-waivers", columns="evidence_waivers", rows=self._accepted)
        if self._baseline:
            yield Chapter(name="09-delta", columns="evidence_delta", rows=self._turned)
        yield Chapter(name="10-coverage", columns="evidence_coverage", rows=self._coverage)

    def _posture(self) -> Iterator[Row]:
        order = ("fail", "unknown", "pass", "not_applicable")
        settings = sorted(self._inventory.settings(), key=lambda row: order.index(row.result))
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
        parties, today = self._parties, self._now.date()
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
                "standing": parties.standing(domain, today),
            }

    def _people(self) -> Iterator[Row]:
        ordered = sorted(self._parties.people.items(), key=lambda e: (-e[1].items, e[0]))
        for name, person in ordered:
            account, domain = person.account, name.rpartition("@")[2]
            vendor = self._parties.vendor(domain)
            yield {
                "connector": BETWEEN.join(sorted(person.connectors)),
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

    def _sleepers(self) -> Iterator[tuple[PrincipalRow, str]]:
        days = self._policy.table.guest_dormant_days
        for account in self._inventory.principals():
            if why := dormant(account, self._now, days):
                yield account, why

    def _dormant(self) -> Iterator[Row]:
        for account, why in self._sleepers():
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

    def _given_to(self, vendor: Vendor) -> Iterator[Row]:
        for row in self._exposures():
            if not any(self._parties.vendor(d) == vendor for d in _domains(row)):
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
        return (translated(row, self._desk.text) for row in self._inventory.exposures())

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
    def _waivers(self) -> Sequence[Standing]:
        """Every waiver and what it does today: some tens."""
        keys = [t.key for t in self._tenants]
        return list(standing(self._desk, self._policy, keys))

    def _accepted(self) -> Iterator[Row]:
        for one in sorted(self._waivers, key=lambda w: w.waiver.expires):
            waiver = one.waiver
            named = (
                waiver.finding, waiver.item, waiver.container, waiver.principal, waiver.rule
            )  # fmt: skip
            yield {
                "what": BETWEEN.join(filter(None, named)),
                "reason": waiver.reason,
                "approved_by": waiver.approved_by,
                "expires": waiver.expires.isoformat(),
                "in_force": "yes" if one.status in IN_FORCE else "no",
                "outcome": one.status,
                "findings": str(one.findings),
            }

    def _deltas(self) -> Iterator[baselines.Delta]:
        keys = [t.key for t in self._tenants]
        return baselines.since(self._desk.engine, self._baseline, keys)

    def _turned(self) -> Iterator[Row]:
        for delta in self._deltas():
            finding = translated(delta.finding, self._desk.text)
            yield {
                "turn": delta.turn,
                "severity": finding.severity.word,
                "title": finding.title,
                "item_path": finding.path,
                "audience": finding.audience,
                "rules": BETWEEN.join(finding.rules),
                "finding_id": finding.id,
            }

    def _coverage(self) -> Iterator[Row]:
        text = self._desk.text
        for _, stored in self._inventory.scopes():
            row = translated(stored, text)
            yield {
                "service": row.service,
                "connector": row.connector,
                "scope_title": row.scope_title,
                "status": row.status,
                "items": str(row.items),
                "reason": text.of(row.reason),
                "hint": text.of(row.hint),
            }


def _domains(row: ExposureRow) -> Iterator[str]:
    yield from filter(None, row.principal_domain.split(BETWEEN))
