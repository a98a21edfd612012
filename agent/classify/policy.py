"""The administrator's words, compiled: who is approved, what is public, which rules count."""

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
    """Immutable, and the same for all exposures of a run.

    `scale` are the points of the exposure model; `today` decides which contracts have ended.
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
        """Compile the tables. `tenant_domains` are what the services report as verified."""
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
        """Another process compiles it anew: rules and patterns are code."""
        return Policy.of, (self.table, self.organization, tuple(self.internal), self.today)

    def audience_of(self, audience: Audience, domains: Collection[str]) -> Audience:
        """What policy makes of an outside account: ours, approved, consumer mail, or a stranger.

        Of several people behind one grant the widest counts. Other audiences are facts. A
        domain of which nobody told stays a stranger's.
        """
        if audience is not Audience.EXT_NAMED or not domains:
            return audience
        return max(map(self._audience_of_domain, domains), key=WIDTH.__getitem__)

    def is_ours(self, domain: str) -> bool:
        """Whether it is a domain of the organization."""
        return within(domain, self.internal) is not None

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
                or within(domain, self.consumer)
                or within(domain, names)
            ):
                names[domain] = None
        return tuple(sorted(names))

    def trusts(self, domains: Collection[str]) -> bool:
        """Whether all of these are ours, approved or in contract; nobody known is nobody."""
        trusted = (Audience.NAMED_INTERNAL, Audience.EXT_ALLOWLISTED)
        return bool(domains) and all(self._audience_of_domain(d) in trusted for d in domains)

    def unregistered(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Companies that no vendor of the register is, where one is kept, and nobody approved."""
        known = {d for vendor in self.table.vendors for d in vendor.domains}
        if not known:
            return ()
        known |= self.internal | set(self.organization.approved_domains) | self.consumer
        return tuple(plain(d) for d in domains if not within(d, known))

    def declared_public(self, connector: str, path: str) -> bool:
        """Whether everybody may read it. Letters count the same in either case."""
        return self.public is not None and bool(
            self.public.match(comparable(f"{connector}:{path}"))
        )

    def labelled(self, item: Item) -> Sensitivity | None:
        """What the gravest of its labels says; None where it carries none that we know."""
        if isinstance(item.labels, Unknown):
            return None
        known = (said for said in map(self.said_by, item.labels) if said is not None)
        return max(known, key=attrgetter("level"), default=None)

    def said_by(self, label: str) -> Sensitivity | None:
        """What a label says, by its id or name; None where nobody has told us."""
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
        """The administrator's own word on a rule."""
        return self.table.rules.get(rule_id)

    def waiver_for(
        self, finding: Finding, containers: Collection[str] = ()
    ) -> Waiver | Lapse | None:
        """The first waiver of this finding that holds, else why the first of them does not.

        `containers` are the ids of the places that it lies in.
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
        """Whether anybody needs to know in which places a finding lies."""
        return any(waiver.container for waiver in self.table.waivers)

    def _lapsed(self, waiver: Waiver, finding: Finding) -> str | None:
        if self.today > waiver.expires:
            return "expired"
        if (waiver.expires - self.today).days > self.table.waiver_max_days:
            return "too_long"
        return "wider" if exceeds(finding, waiver) else None

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
        return Audience.EXT_CONSUMER if within(domain, self.consumer) else Audience.EXT_NAMED
