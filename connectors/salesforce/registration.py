"""Self-registration: whoever wants to becomes a member, with the rights of one profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.salesforce.schema import Schema
from connectors.salesforce.sites import is_live
from connectors.sdk.records import Access, Audience, Cause, Grant, Item, PrincipalKind

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """The sites that anybody may join, and the permission set of each one's profile."""

    networks: tuple[Row, ...]
    set_of: Mapping[str, str] = field(default_factory=dict[str, str])  # by profile

    @property
    def profiles(self) -> frozenset[str]:
        """The profiles of those who join."""
        return frozenset(n["SelfRegProfileId"] for n in self.networks if n["SelfRegProfileId"])

    @property
    def sets(self) -> frozenset[str]:
        """The permission sets of those who join."""
        return frozenset(self.set_of.values())

    def with_sets(self, rows: Iterable[Row]) -> Joining:
        """The same with the sets that the profiles own; no right hangs on a profile."""
        return replace(self, set_of={row["ProfileId"]: row["Id"] for row in rows})

    def objects(self, rights: Iterable[Row]) -> set[str]:
        """The objects that those who join may read."""
        return {row["SobjectType"] for row in rights if row["ParentId"] in self.sets}


def joining_of(networks: Iterable[Row]) -> Joining:
    """The sites that are open to whoever wants to join."""
    return Joining(networks=tuple(n for n in networks if n["OptionsSelfRegistrationEnabled"]))


def registrations(joining: Joining, rights: Iterable[Row], schema: Schema) -> Iterator[Item]:
    """One item a site; its data are the kinds that its profile may read."""
    rows = list(rights)
    for network in joining.networks:
        own = joining.set_of.get(network["SelfRegProfileId"] or "")
        readable = [row["SobjectType"] for row in rows if row["ParentId"] == own]
        kinds = dict.fromkeys(k for name in readable for k in schema.kinds(name, {str(own)}))
        yield Item(
            id=network["Id"],
            kind="registration",
            name=str(network["Name"]),
            data=tuple(kinds),
            grants=(
                Grant(
                    id="OptionsSelfRegistrationEnabled",
                    audience=Audience.EXT_AUTHENTICATED_ANY,
                    access=Access.VIEW,
                    principal=str(network["Name"]),
                    principal_kind=PrincipalKind.EVERYONE,
                    live=is_live(network),
                    cause=Cause.DEFAULT,
                ),
            ),
        )
