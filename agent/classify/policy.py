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

from agent.classify.custom_rules import compile_custom_rule
from agent.classify.domains import (
    consumer_domains,
    first_matching,
    matching_parent,
    normalize_domain,
)
from agent.classify.finding import Finding
from agent.classify.globs import compile_globs, normalize_path
from agent.classify.model import WIDTH, Confidence, Sensitivity, SensitivityLevel
from agent.classify.name_model import load_name_model
from agent.classify.policy_config import (
    OrganizationConfig,
    PolicyConfig,
    RuleOverride,
    Vendor,
    Waiver,
)
from agent.classify.rule_input import ExposureContext
from agent.classify.rules.registry import Rule
from agent.classify.scoring import POINTS
from agent.classify.sensitivity import NameReader, shares_of
from agent.classify.terms import CustomTerms, OwnTerms, compile_lexicon
from agent.classify.waivers import InvalidWaiver, describe_invalid_waiver, is_exceeded, matches
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

    table: PolicyConfig
    organization: OrganizationConfig
    today: date
    internal: frozenset[str]
    in_contract: frozenset[str]
    consumer: frozenset[str]
    scale: Mapping[str, int]
    public: re.Pattern[str] | None
    names: NameReader
    custom: tuple[Rule[ExposureContext], ...]

    @classmethod
    def compile(
        cls,
        table: PolicyConfig,
        organization: OrganizationConfig,
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
            internal=frozenset(
                (*organization.internal_domains, *map(normalize_domain, tenant_domains))
            ),
            in_contract=frozenset(
                domain for v in table.vendors if v.ends >= today for domain in v.domains
            ),
            consumer=consumer_domains().union(organization.consumer_domains),
            scale=MappingProxyType({**POINTS, **table.scoring}),
            public=compile_globs(table.public_paths) if table.public_paths else None,
            names=_name_reader(table),
            custom=tuple(map(compile_custom_rule, table.custom_rules)),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the tables only; the other process compiles rules and patterns again."""
        return Policy.compile, (self.table, self.organization, tuple(self.internal), self.today)

    def audience_of(self, audience: Audience, domains: Collection[str]) -> Audience:
        """Return the audience of external accounts after the configuration is applied.

        EXT_NAMED becomes internal, approved, consumer or stays, by domain; of several domains the
        widest counts, and without any it stays. Other audiences are returned unchanged.
        """
        if audience is not Audience.EXT_NAMED or not domains:
            return audience
        return max(map(self._audience_of_domain, domains), key=WIDTH.__getitem__)

    def is_internal_domain(self, domain: str) -> bool:
        """Return True for a domain of the organization."""
        return matching_parent(domain, self.internal) is not None

    def blocked_domain(self, domains: Iterable[str]) -> str | None:
        """Return the first domain that must have no access, else None."""
        return first_matching(domains, self.organization.blocked_domains)

    def expired_vendor(self, domains: Iterable[str]) -> Vendor | None:
        """Return the vendor of the first domain whose contracts have all ended, else None.

        Of several contracts the one that ended last is returned.
        """
        for domain in domains:
            vendors = [v for v in self.table.vendors if matching_parent(domain, v.domains)]
            latest = max(vendors, key=lambda vendor: vendor.ends, default=None)
            if latest is not None and latest.ends < self.today:
                return latest
        return None

    def unrelated_organizations(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Return the unrelated external organizations of these domains, by vendor name or domain.

        A vendor with several domains counts once. Vendors that are shared by design, internal
        domains and consumer domains do not count.
        """
        names: dict[str, None] = {}
        for domain in sorted(set(map(normalize_domain, domains)), key=len):
            vendor = next(
                (v for v in self.table.vendors if matching_parent(domain, v.domains)), None
            )
            if vendor is not None:
                if not vendor.shared_by_design:
                    names[vendor.name] = None
            elif not (
                matching_parent(domain, self.internal)
                or matching_parent(domain, self.consumer)
                or matching_parent(domain, names)
            ):
                names[domain] = None
        return tuple(sorted(names))

    def all_trusted(self, domains: Collection[str]) -> bool:
        """Return True if every domain is internal, approved or under contract; False for none."""
        trusted = (Audience.NAMED_INTERNAL, Audience.EXT_ALLOWLISTED)
        return bool(domains) and all(self._audience_of_domain(d) in trusted for d in domains)

    def unregistered_domains(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Return the domains that are not internal, approved, consumer or of a registered vendor.

        Return nothing if the configuration registers no vendors.
        """
        known = {d for vendor in self.table.vendors for d in vendor.domains}
        if not known:
            return ()
        known |= self.internal | set(self.organization.approved_domains) | self.consumer
        return tuple(normalize_domain(d) for d in domains if not matching_parent(d, known))

    def declared_public(self, connector: str, path: str) -> bool:
        """Return True if `public_paths` declares this path of a connector public."""
        return self.public is not None and bool(
            self.public.match(normalize_path(f"{connector}:{path}"))
        )

    def sensitivity_from_labels(self, item: Item) -> Sensitivity | None:
        """Return the highest sensitivity of an item's labels; None without a configured label."""
        if isinstance(item.labels, Unknown):
            return None
        known = (said for said in map(self.sensitivity_of_label, item.labels) if said is not None)
        return max(known, key=attrgetter("level"), default=None)

    def sensitivity_of_label(self, label: str) -> Sensitivity | None:
        """Return the configured sensitivity of a label, by id or name; None without one."""
        label_config = self.table.labels.get(label)
        if label_config is None:
            return None
        return Sensitivity(
            level=SensitivityLevel[label_config.level.upper()],
            source="label",
            terms=(label_config.name or label,),
            confidence=Confidence.HIGH,
            encrypts=label_config.encrypts,
            shares=shares_of(SensitivityLevel[label_config.level.upper()]),
        )

    def override(self, rule_id: str) -> RuleOverride | None:
        """Return the configuration of a rule; None without one."""
        return self.table.rules.get(rule_id)

    def find_waiver(
        self, finding: Finding, containers: Collection[str] = ()
    ) -> Waiver | InvalidWaiver | None:
        """Return the waiver of a finding, else the first invalid one that names it, else None.

        Args:
            containers: Ids of the containers that the item lies in.
        """
        invalid: InvalidWaiver | None = None
        for waiver in self.table.waivers:
            if not matches(waiver, finding, containers):
                continue
            why = self._invalid_reason(waiver, finding)
            if why is None:
                return waiver
            invalid = invalid or describe_invalid_waiver(waiver, finding, why)
        return invalid

    @property
    def has_container_waivers(self) -> bool:
        """Return True if any waiver names a container, so that `find_waiver` needs them."""
        return any(waiver.container for waiver in self.table.waivers)

    def _invalid_reason(self, waiver: Waiver, finding: Finding) -> str | None:
        if self.today > waiver.expires:
            return "expired"
        if (waiver.expires - self.today).days > self.table.waiver_max_days:
            return "too_long"
        return "wider" if is_exceeded(finding, waiver) else None

    def digest(self) -> str:
        """Return a hash that changes when facts could be evaluated differently, apart from the day.

        Names and waivers do not count: they change texts and states, not evaluations.
        """
        said = {
            "policy": self.table.model_dump(mode="json", exclude={"waivers", "scoring"}),
            "organization": self.organization.model_dump(mode="json", exclude={"name"}),
            "internal": sorted(self.internal),
            "scale": dict(self.scale),
            "model": self.names.model.version if self.names.model else "",
        }
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def _audience_of_domain(self, domain: str) -> Audience:
        if matching_parent(domain, self.internal):
            return Audience.NAMED_INTERNAL
        if not matching_parent(domain, self.organization.blocked_domains) and (
            matching_parent(domain, self.organization.approved_domains)
            or matching_parent(domain, self.in_contract)
        ):
            return Audience.EXT_ALLOWLISTED
        return (
            Audience.EXT_CONSUMER if matching_parent(domain, self.consumer) else Audience.EXT_NAMED
        )


def _name_reader(table: PolicyConfig) -> NameReader:
    terms = CustomTerms(**table.terms.model_dump(exclude={"model"}))
    return NameReader(
        terms=compile_lexicon(terms),
        own=OwnTerms.compile(terms),
        model=load_name_model() if table.terms.model else None,
    )
