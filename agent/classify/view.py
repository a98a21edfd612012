"""What a rule may read. A rule sees facts and policy, and never which vendor they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from agent.classify.exposure import Age, allows
from agent.classify.model import Exposure, Level, Sensitivity, Severity
from agent.classify.tables import PolicyTable, Vendor
from connectors.sdk.records import (
    Access,
    Audience,
    Grant,
    Item,
    Principal,
    PrincipalKind,
    State,
    record,
)

PLACES = frozenset({"group", "team", "channel"})
"""Kinds of items that people are members of."""

GONE = frozenset({State.DISABLED, State.DELETED})
"""States in which nobody can sign in any more."""

CONTAINERS = frozenset({"folder", "library", "site", "drive"})
"""Kinds of items whose grants reach what is put into them later."""


class Rulings(Protocol):
    """What a rule may ask the policy; `agent.classify.policy.Policy` answers."""

    @property
    def table(self) -> PolicyTable:
        """Return the table `[policy]` of the configuration."""
        ...

    @property
    def internal(self) -> frozenset[str]:
        """Return the domains of the organization."""
        ...

    def is_ours(self, domain: str) -> bool:
        """Return True for a domain of the organization."""
        ...

    def blocked(self, domains: Iterable[str]) -> str | None:
        """Return the first domain that must have no access."""
        ...

    def ended(self, domains: Iterable[str]) -> Vendor | None:
        """Return the first vendor whose every contract has ended."""
        ...

    def parties(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Return the unrelated outside organizations among these domains."""
        ...

    def trusts(self, domains: Collection[str]) -> bool:
        """Return True if every domain is internal, approved or under contract."""
        ...

    def unregistered(self, domains: Iterable[str]) -> tuple[str, ...]:
        """Return the domains of companies that the vendor register does not name."""
        ...


@record
class View:
    """An exposure as policy sees it."""

    exposure: Exposure
    item: Item
    grant: Grant
    audience: Audience
    sensitivity: Sensitivity
    age: Age
    dormant: bool
    policy: Rulings
    now: datetime

    @property
    def level(self) -> Level:
        """How sensitive it is."""
        return self.sensitivity.level

    @property
    def declared_public(self) -> bool:
        """Whether the administrator has said that everybody may read it."""
        return self.level is Level.PUBLIC

    @property
    def is_guest_object(self) -> bool:
        """Whether a whole object is open to a site's guest user: the sites family's own matter."""
        return (
            self.audience is Audience.PUBLIC_DISCOVERABLE
            and self.grant.principal_kind is PrincipalKind.SITE_GUEST
            and self.item.kind == "object"
        )

    @property
    def is_upload_box(self) -> bool:
        """Whether it only takes things in: what lies there stays unseen."""
        return self.grant.access is Access.CREATE

    @property
    def takes_mail(self) -> bool:
        """Whether it is a group that strangers may write to: such doors have no end."""
        return self.is_upload_box and self.item.kind in PLACES

    def allows(self, least: Access) -> bool:
        """Whether the grant gives at least this access."""
        return allows(self.grant.access, least)

    def reaches(self, least: int) -> bool:
        """Whether it is known to reach at least so many items or records."""
        return isinstance(self.exposure.reach, int) and self.exposure.reach >= least


@record
class PrincipalView:
    """An account, guest or group, and what its age is measured by.

    `places`: how many containers it reaches by name or through groups. `guests`: for a group, how
    many outsiders are in it.
    """

    principal: Principal
    policy: Rulings
    now: datetime
    places: int = 0
    guests: int = 0


@record
class Verdict:
    """An exposure of which it is known how bad it is."""

    seen: View
    severity: Severity


@record
class Change:
    """What the last run said of a finding and what this one says; `old` is None for a new one.

    `gone`: it had been closed in between. `comparable`: its tenant had been read before.
    """

    old: Doorway | None
    new: Doorway
    gone: bool
    comparable: bool


@record
class Doorway:
    """How wide a door stands: who may use it, and what for."""

    audience: Audience
    access: Access
