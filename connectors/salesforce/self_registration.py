"""Self-registration: sites where anyone can become a member, with the permissions of one profile.

Sources:

Source: https://developer.salesforce.com/docs/platform/field-reference/references/field-reference/salesforce-field-reference-network.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-networkselfregistration.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.salesforce.schema import Schema
from connectors.salesforce.sites import is_active
from connectors.sdk.records import Access, Audience, Grant, GrantCause, Item, PrincipalKind

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfRegistration:
    """The sites with self-registration, and the permission set of each profile that they assign."""

    networks: tuple[Row, ...]
    set_by_profile: Mapping[str, str] = field(default_factory=dict[str, str])  # by profile

    @property
    def profiles(self) -> frozenset[str]:
        """Ids of the profiles that registered users get."""
        return frozenset(n["SelfRegProfileId"] for n in self.networks if n["SelfRegProfileId"])

    @property
    def permission_sets(self) -> frozenset[str]:
        """Ids of the permission sets that these profiles own."""
        return frozenset(self.set_by_profile.values())

    def with_permission_sets(self, rows: Iterable[Row]) -> SelfRegistration:
        """Return a copy that knows the permission sets owned by the profiles.

        Permissions are recorded on the permission set that a profile owns, never on the profile.

        Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-objectpermissions.html (read 2026-11-29)
        """  # noqa: E501 -- an address
        return replace(self, set_by_profile={row["ProfileId"]: row["Id"] for row in rows})

    def readable_objects(self, rights: Iterable[Row]) -> set[str]:
        """Return the objects that registered users may read, from ObjectPermissions rows."""
        return {row["SobjectType"] for row in rights if row["ParentId"] in self.permission_sets}


def find_self_registration(networks: Iterable[Row]) -> SelfRegistration:
    """Return the sites with self-registration among rows of Network."""
    return SelfRegistration(
        networks=tuple(n for n in networks if n["OptionsSelfRegistrationEnabled"])
    )


def registration_items(
    registration: SelfRegistration, rights: Iterable[Row], schema: Schema
) -> Iterator[Item]:
    """Yield one item per site, with the kinds of data that its profile may read."""
    rows = list(rights)
    for network in registration.networks:
        own = registration.set_by_profile.get(network["SelfRegProfileId"] or "")
        readable = [row["SobjectType"] for row in rows if row["ParentId"] == own]
        kinds = dict.fromkeys(k for name in readable for k in schema.data_kinds(name, {str(own)}))
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
                    live=is_active(network),
                    cause=GrantCause.DEFAULT,
                ),
            ),
        )
