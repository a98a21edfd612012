"""What a rule may read: facts and policy, without the service that they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from agent.classify.model import Exposure, Sensitivity, SensitivityLevel, Severity
from agent.classify.policy_config import PolicyConfig, Vendor
from agent.classify.scoring import Age, access_at_least
from connectors.sdk.records import (
    Access,
    Audience,
    Grant,
    GrantCause,
    Item,
    Principal,
    PrincipalKind,
    State,
    frozen_record,
)

GROUP_KINDS = frozenset({"group", "team", "channel"})
"""Kinds of items that people are members of."""

UNUSABLE_STATES = frozenset({State.DISABLED, State.DELETED})
"""States in which nobody can sign in any more."""

CONTAINER_KINDS = frozenset({"folder", "library", "site", "drive"})
"""Kinds of items whose grants reach what is put into them later."""


class PolicyQueries(Protocol):
    """What a rule may ask the policy; `agent.classify.policy.Policy` answers."""

    @property
    def table(self) -> PolicyConfig:
        """Return the table `[policy]` of the configuration."""
        ...

    @property
    def internal(self) -> frozenset[str]:
        """Return the domains of the organization."""
        ...

    def is_internal_domain(self, domain: str) -> bool:
        """Return True for a domain of the organization."""
        ...

    def blocked_domain(self, domains: Iterable[str]) -> str | None:
        """Return the first domain that must have no access."""
        ...

    def expired_vendor(self, domains: Iterable[str]) -> Vendor | None:
        """Return the first vendor whose every contract has ended."""
        ...

    def unrelated_organizations(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Return the unrelated outside organizations among these domains."""
        ...

    def all_trusted(self, domains: Collection[str]) -> bool:
        """Return True if every domain is internal, approved or under contract."""
        ...

    def unregistered_domains(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Return the domains of companies that the vendor register does not name."""
        ...


@frozen_record
class ExposureContext:
    """An exposure after the policy is applied.

    Attributes:
        audience: The audience after the policy is applied.
        dormant: True if it is known to be unused for a year.
    """

    exposure: Exposure
    item: Item
    grant: Grant
    audience: Audience
    sensitivity: Sensitivity
    age: Age
    dormant: bool
    policy: PolicyQueries
    now: datetime

    @property
    def level(self) -> SensitivityLevel:
        """Return the level of sensitivity."""
        return self.sensitivity.level

    @property
    def declared_public(self) -> bool:
        """Return True if the configuration or a label declares the item public."""
        declared = self.sensitivity.source in ("policy", "label")
        return declared and self.level is SensitivityLevel.PUBLIC

    @property
    def is_guest_object(self) -> bool:
        """Return True if a whole object is open to a site's guest user; rules of sites cover it."""
        return (
            self.audience is Audience.PUBLIC_DISCOVERABLE
            and self.grant.principal_kind is PrincipalKind.SITE_GUEST
            and self.item.kind == "object"
        )

    @property
    def is_upload_box(self) -> bool:
        """Return True if the grant only allows adding files, not reading them."""
        return self.grant.access is Access.CREATE

    @property
    def shows_no_content(self) -> bool:
        """Return True if nobody reads what others put there: it only adds, or shows own records.

        The records of a site's guest user belong to all visitors at once.
        """
        own = self.grant.cause is GrantCause.OWNERSHIP
        return self.is_upload_box or (own and self.audience is not Audience.PUBLIC_DISCOVERABLE)

    @property
    def shows_own_account(self) -> bool:
        """Return True for a sharing set: signed-in users see what belongs to their own account."""
        signed_in = self.audience is Audience.EXT_AUTHENTICATED_ANY
        return signed_in and self.grant.cause is GrantCause.RULE and " = " in self.grant.criteria

    @property
    def accepts_external_posts(self) -> bool:
        """Return True if the item is a group that external senders may post to."""
        return self.is_upload_box and self.item.kind in GROUP_KINDS

    def allows(self, least: Access) -> bool:
        """Return True if the grant gives at least this access; unknown counts as `edit`."""
        return access_at_least(self.grant.access, least)

    def reaches(self, least: int) -> bool:
        """Return True if at least so many items or records are known to be reachable."""
        return isinstance(self.exposure.reach, int) and self.exposure.reach >= least


@frozen_record
class PrincipalContext:
    """An account, guest or group with what the age of it is compared with.

    Attributes:
        containers: The number of containers that it reaches by name or through groups.
        guests: For a group, the number of its external members.
    """

    principal: Principal
    policy: PolicyQueries
    now: datetime
    containers: int = 0
    guests: int = 0


@frozen_record
class ScoredExposure:
    """An exposure with its severity."""

    context: ExposureContext
    severity: Severity


@frozen_record
class Change:
    """A finding in the last run and in this one.

    Attributes:
        old: None for a new finding.
        gone: True if it was resolved in between.
        comparable: True if an earlier run has read the tenant.
    """

    old: AccessBreadth | None
    new: AccessBreadth
    gone: bool
    comparable: bool


@frozen_record
class AccessBreadth:
    """Audience and access of a finding."""

    audience: Audience
    access: Access
