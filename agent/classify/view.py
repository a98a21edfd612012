"""What a rule may read. A rule sees facts and policy, and never which vendor they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agent.classify.exposure import Age, allows
from agent.classify.model import Exposure, Level, Sensitivity
from connectors.sdk.records import Access, Audience, Grant, Item, Principal, PrincipalKind

if TYPE_CHECKING:  # the policy knows the rules by their ids
    from agent.classify.policy import Policy

CONTAINERS = frozenset({"folder", "library", "site", "drive"})
"""Kinds of items whose grants reach what is put into them later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An exposure as policy sees it."""

    exposure: Exposure
    audience: Audience
    sensitivity: Sensitivity
    age: Age
    dormant: bool
    policy: Policy
    now: datetime

    @property
    def item(self) -> Item:
        """What is shared."""
        return self.exposure.item

    @property
    def grant(self) -> Grant:
        """By which grant."""
        return self.exposure.grant

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

    def allows(self, least: Access) -> bool:
        """Whether the grant gives at least this access."""
        return allows(self.grant.access, least)

    def reaches(self, least: int) -> bool:
        """Whether it is known to reach at least so many items or records."""
        return isinstance(self.exposure.reach, int) and self.exposure.reach >= least


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalView:
    """An account, guest or group, and what its age is measured by."""

    principal: Principal
    policy: Policy
    now: datetime
