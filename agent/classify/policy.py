"""The administrator's words, compiled: who is approved, what is public, which rules count."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import translate
from hashlib import blake2b
from types import MappingProxyType
from unicodedata import normalize

from agent.classify.domains import consumer_domains, first_within, plain, within
from agent.classify.exposure import POINTS, allows, is_as_wide
from agent.classify.finding import Finding
from agent.classify.model import WIDTH, Subject
from agent.classify.tables import (
    OrganizationTable,
    PolicyTable,
    RuleOverride,
    Vendor,
    Waiver,
)
from connectors.sdk.records import Access, Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Immutable, and the same for all exposures of a run.

    `scale` are the points of the exposure model; `today` decides which contracts have ended.
    """

    table: PolicyTable
    organization: OrganizationTable
    today: date
    internal: frozenset[str]
    in_contract: frozenset[str]
    scale: Mapping[str, int]
    public: re.Pattern[str] | None

    @classmethod
    def of(
        cls,
        table: PolicyTable,
        organization: OrganizationTable,
        tenant_domains: Iterable[str],
        today: date,
    ) -> Policy:
        """Compile the tables. `tenant_domains` are what the services report as verified."""
        globs = [translate(_comparable(glob)) for glob in table.public_paths]
        return cls(
            table=table,
            organization=organization,
            today=today,
            internal=frozenset((*organization.internal_domains, *map(plain, tenant_domains))),
            in_contract=frozenset(
                domain for v in table.vendors if v.ends >= today for domain in v.domains
            ),
            scale=MappingProxyType({**POINTS, **table.scoring}),
            public=re.compile("|".join(globs)) if globs else None,
        )

    def audience_of(self, audience: Audience, domains: Collection[str]) -> Audience:
        """What policy makes of an outside account: ours, approved, consumer mail, or a stranger.

        Of several people behind one grant the widest counts. Other audiences are facts. A
        domain of which nobody told stays a stranger's.
        """
        if audience is not Audience.EXT_NAMED or not domains:
            return audience
        return max(map(self._audience_of_domain, domains), key=WIDTH.__getitem__)

    def blocked(self, domains: Iterable[str]) -> str | None:
        """The first domain that must have no access."""
        return first_within(domains, self.organization.blocked_domains)

    def ended(self, domains: Iterable[str]) -> Vendor | None:
        """The first vendor whose every contract is over; the latest one stands for it."""
        for domain in domains:
            vendors = [v for v in self.table.vendors if within(domain, v.domains)]
            latest = max(vendors, key=lambda vendor: vendor.ends, default=None)
            if latest is not None and latest.ends < self.today:
                return latest
        return None

    def parties(self, domains: Iterable[str]) -> tuple[str, ...]:
        """The unrelated outside organisations among these domains, by the vendor's name or domain.

        A vendor counts once, one that is shared by design not at all; nor do we ourselves, nor
        consumer mail, behind which no organisation stands.
        """
        names: dict[str, None] = {}
        for domain in sorted(set(map(plain, domains)), key=len):
            vendor = next((v for v in self.table.vendors if within(domain, v.domains)), None)
            if vendor is not None:
                if not vendor.shared_by_design:
                    names[vendor.name] = None
            elif not (
                within(domain, self.internal)
                or within(domain, consumer_domains())
                or within(domain, names)
            ):
                names[domain] = None
        return tuple(sorted(names))

    def trusts(self, domains: Collection[str]) -> bool:
        """Whether all of these are ours, approved or in contract. Nobody known is nobody trusted."""
        trusted = (Audience.NAMED_INTERNAL, Audience.EXT_ALLOWLISTED)
        return bool(domains) and all(self._audience_of_domain(d) in trusted for d in domains)

    def unregistered(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Domains that no vendor of the register has, where one is kept, and nobody approved."""
        known = {d for vendor in self.table.vendors for d in vendor.domains}
        if not known:
            return ()
        known |= self.internal | set(self.organization.approved_domains)
        return tuple(plain(d) for d in domains if not within(d, known))

    def declared_public(self, connector: str, path: str) -> bool:
        """Whether everybody may read it. Letters count the same in either case."""
        return self.public is not None and bool(
            self.public.match(_comparable(f"{connector}:{path}"))
        )

    def override(self, rule_id: str) -> RuleOverride | None:
        """The administrator's own word on a rule."""
        return self.table.rules.get(rule_id)

    def waiver_for(self, finding: Finding, today: date) -> Waiver | None:
        """The first waiver that holds: in force, and the finding has not become wider."""
        return next((w for w in self.table.waivers if _holds(w, finding, today)), None)

    def digest(self) -> str:
        """The same as long as this version judges the same facts the same, whatever the day.

        Names and waivers are left out: they change what is said of a judgement, not itself.
        """
        said = {
            "policy": self.table.model_dump(mode="json", exclude={"waivers", "scoring"}),
            "organization": self.organization.model_dump(mode="json", exclude={"name"}),
            "internal": sorted(self.internal),
            "scale": dict(self.scale),
        }
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def _audience_of_domain(self, domain: str) -> Audience:
        if within(domain, self.internal):
            return Audience.NAMED_INTERNAL
        if not within(domain, self.organization.blocked_domains) and (
            within(domain, self.organization.approved_domains) or within(domain, self.in_contract)
        ):
            return Audience.EXT_ALLOWLISTED
        return Audience.EXT_CONSUMER if within(domain, consumer_domains()) else Audience.EXT_NAMED


def _holds(waiver: Waiver, finding: Finding, today: date) -> bool:
    if today > waiver.expires:
        return False
    audience = Audience(finding.audience) if finding.audience else Audience.NAMED_INTERNAL
    access = Access(finding.access) if finding.access else Access.VIEW_ONLY
    return all(
        (
            waiver.max_audience is None or is_as_wide(waiver.max_audience, audience),
            waiver.max_access is None or allows(waiver.max_access, access),
            waiver.finding in (None, finding.id),
            waiver.item in (None, finding.subject_id),
            waiver.rule is None or set(finding.rules) == {waiver.rule},
            waiver.principal is None or _only(waiver.principal, finding),
        )
    )


def _only(principal: str, finding: Finding) -> bool:
    """Whether nobody else is let in: accepting one person accepts no other behind the link."""
    who = {name.casefold() for name in (*finding.principals, *_subject(finding))}
    return principal.casefold() in who and len(set(finding.principals)) <= 1


def _subject(finding: Finding) -> tuple[str, ...]:
    return (finding.subject_id,) if finding.subject is Subject.PRINCIPAL else ()


def _comparable(path: str) -> str:
    return normalize("NFC", path).casefold()
