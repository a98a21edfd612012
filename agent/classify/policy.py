"""The compiled `[policy]` and `[organization]`: approved domains, public paths, rules, waivers."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from agent.classify.custom import rule_of
from agent.classify.domains import consumer_domains, first_within, plain, within
from agent.classify.exposure import POINTS
from agent.classify.finding import Finding
from agent.classify.lexicon import Extra, Lexicon, lexicon
from agent.classify.model import WIDTH, Confidence, Level, Sensitivity
from agent.classify.paths import comparable, matcher
from agent.classify.rules.registry import Rule
from agent.classify.tables import (
    OrganizationTable,
    PolicyTable,
    RuleOverride,
    Vendor,
    Waiver,
)
from agent.classify.view import View
from agent.classify.waiving import Lapse, covers, exceeds, lapse_of
from connectors.sdk.records import Audience, Item, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy of a run. Immutable.

    Attributes:
        today: Decides which contracts and waivers have ended.
        internal: Domains of the organization and of its tenants.
        in_contract: Domains of vendors with a contract that has not ended.
        scale: Name of a point of the score -> its value.
        public: Matches "<connector>:<path>" of what is declared public; None without any.
        custom: The compiled custom rules.
    """

    table: PolicyTable
    organization: OrganizationTable
    today: date
    internal: frozenset[str]
    in_contract: frozenset[str]
    consumer: frozenset[str]
    scale: Mapping[str, int]
    public: re.Pattern[str] | None
    lexicon: Lexicon
    custom: tuple[Rule[View], ...]

    @classmethod
    def of(
        cls,
        table: PolicyTable,
        organization: OrganizationTable,
        tenant_domains: Iterable[str],
        today: date,
    ) -> Policy:
        """Compile a policy from its tables.

        Args:
            tenant_domains: The verified domains that the services report.
            today: The day of the run.
        """
        return cls(
            table=table,
            organization=organization,
            today=today,
            internal=frozenset((*organization.internal_domains, *map(plain, tenant_domains))),
            in_contract=frozenset(
                domain for v in table.vendors if v.ends >= today for domain in v.domains
            ),
            consumer=consumer_domains().union(organization.consumer_domains),
            scale=MappingProxyType({**POINTS, **table.scoring}),
            public=matcher(table.public_paths) if table.public_paths else None,
            lexicon=lexicon(Extra(**table.terms.model_dump())),
            custom=tuple(map(rule_of, table.custom_rules)),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the tables only; the other process compiles rules and patterns again."""
        return Policy.of, (self.table, self.organization, tuple(self.internal), self.today)

    def audience_of(self, audience: Audience, domains: Collection[str]) -> Audience:
        """Return the audience of external accounts after the configuration is applied.

        EXT_NAMED becomes internal, approved, consumer or stays, by domain; of several domains the
        widest counts, and without any it stays. Other audiences are returned unchanged.
        """
        if audience is not Audience.EXT_NAMED or not domains:
            return audience
        return max(map(self._audience_of_domain, domains), key=WIDTH.__getitem__)

    def is_ours(self, domain: str) -> bool:
        """Return True for a domain of the organization."""
        return within(domain, self.internal) is not None

    def blocked(self, domains: Iterable[str]) -> str | None:
        """Return the first domain that must have no access, else None."""
        return first_within(domains, self.organization.blocked_domains)

    def ended(self, domains: Iterable[str]) -> Vendor | None:
        """Return the vendor of the first domain whose contracts have all ended, else None.

        Of several contracts the one that ended last is returned.
        """
        for domain in domains:
            vendors = [v for v in self.table.vendors if within(domain, v.domains)]
            latest = max(vendors, key=lambda vendor: vendor.ends, default=None)
            if latest is not None and latest.ends < self.today:
                return latest
        return None

    def parties(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Return the unrelated external organizations of these domains, by vendor name or domain.

        A vendor with several domains counts once. Vendors that are shared by design, internal
        domains and consumer domains do not count.
        """
        names: dict[str, None] = {}
        for domain in sorted(set(map(plain, domains)), key=len):
            vendor = next((v for v in self.table.vendors if within(domain, v.domains)), None)
            if vendor is not None:
                if not vendor.shared_by_design:
                    names[vendor.name] = None
            elif not (
                within(domain, self.internal)
                or within(domain, self.consumer)
                or within(domain, names)
            ):
                names[domain] = None
        return tuple(sorted(names))

    def trusts(self, domains: Collection[str]) -> bool:
        """Return True if every domain is internal, approved or under contract; False for none."""
        trusted = (Audience.NAMED_INTERNAL, Audience.EXT_ALLOWLISTED)
        return bool(domains) and all(self._audience_of_domain(d) in trusted for d in domains)

    def unregistered(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Return the domains that are not internal, approved, consumer or of a registered vendor.

        Return nothing if the configuration registers no vendors.
        """
        known = {d for vendor in self.table.vendors for d in vendor.domains}
        if not known:
            return ()
        known |= self.internal | set(self.organization.approved_domains) | self.consumer
        return tuple(plain(d) for d in domains if not within(d, known))

    def declared_public(self, connector: str, path: str) -> bool:
        """Return True if `public_paths` declares this path of a connector public."""
        return self.public is not None and bool(
            self.public.match(comparable(f"{connector}:{path}"))
        )

    def labelled(self, item: Item) -> Sensitivity | None:
        """Return the highest sensitivity of an item's labels; None without a configured label."""
        if isinstance(item.labels, Unknown):
            return None
        known = (said for said in map(self.said_by, item.labels) if said is not None)
        return max(known, key=attrgetter("level"), default=None)

    def said_by(self, label: str) -> Sensitivity | None:
        """Return the configured sensitivity of a label, by id or name; None without one."""
        told = self.table.labels.get(label)
        if told is None:
            return None
        return Sensitivity(
            level=Level[told.level.upper()],
            source="label",
            terms=(told.name or label,),
            confidence=Confidence.HIGH,
            encrypts=told.encrypts,
        )

    def override(self, rule_id: str) -> RuleOverride | None:
        """Return the configuration of a rule; None without one."""
        return self.table.rules.get(rule_id)

    def waiver_for(
        self, finding: Finding, containers: Collection[str] = ()
    ) -> Waiver | Lapse | None:
        """Return the waiver of a finding, else the first invalid one that names it, else None.

        Args:
            containers: Ids of the containers that the item lies in.
        """
        lapse: Lapse | None = None
        for waiver in self.table.waivers:
            if not covers(waiver, finding, containers):
                continue
            why = self._lapsed(waiver, finding)
            if why is None:
                return waiver
            lapse = lapse or lapse_of(waiver, finding, why)
        return lapse

    @property
    def waives_containers(self) -> bool:
        """Return True if any waiver names a container, so that `waiver_for` needs them."""
        return any(waiver.container for waiver in self.table.waivers)

    def _lapsed(self, waiver: Waiver, finding: Finding) -> str | None:
        if self.today > waiver.expires:
            return "expired"
        if (waiver.expires - self.today).days > self.table.waiver_max_days:
            return "too_long"
        return "wider" if exceeds(finding, waiver) else None

    def digest(self) -> str:
        """Return a hash that changes when facts could be evaluated differently, apart from the day.

        Names and waivers do not count: they change texts and states, not evaluations.
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
        return Audience.EXT_CONSUMER if within(domain, self.consumer) else Audience.EXT_NAMED
