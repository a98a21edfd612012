"""Self-registration: whoever wants to becomes a member, with the rights of one profile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce import soql
from connectors.salesforce.schema import Schema
from connectors.salesforce.sites import is_live
from connectors.sdk.records import Access, Audience, Cause, Grant, Item, PrincipalKind

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """The sites that anybody may join, and the permission set of each one's profile."""

    networks: tuple[Row, ...]
    set_of: Mapping[str, str]  # by profile

    @property
    def sets(self) -> frozenset[str]:
        """The permission sets of those who join."""
        return frozenset(self.set_of.values())

    def objects(self, rights: Iterable[Row]) -> set[str]:
        """The objects that those who join may read."""
        return {row["SobjectType"] for row in rights if row["ParentId"] in self.sets}


def joining_of(
    networks: Iterable[Row], ask: Callable[[Iterable[str]], Iterator[dict[str, Any]]]
) -> Joining:
    """The open sites; rights hang on the set that a profile owns, not on the profile."""
    wide = tuple(n for n in networks if n["OptionsSelfRegistrationEnabled"])
    profiles = {n["SelfRegProfileId"] for n in wide if n["SelfRegProfileId"]}
    rows = ask(soql.sets_of_profiles(some) for some in soql.chunks(profiles))
    return Joining(networks=wide, set_of={row["ProfileId"]: row["Id"] for row in rows})


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
