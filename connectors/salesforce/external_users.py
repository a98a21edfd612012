"""Who has access from outside: guests, external users and self-registered users, with their sets.

Permissions hang on permission sets: a profile owns one, and a permission set group stands for the
sum of its members.

Sources:

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-permissionset.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-objectpermissions.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-networkselfregistration.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.salesforce import queries
from connectors.salesforce.client import Client
from connectors.salesforce.errors import unexpected_response
from connectors.salesforce.permission_sets import (
    ExternalMembers,
    ExternalUserCounts,
    permission_set_holders,
    permission_set_members,
)
from connectors.salesforce.query_pages import Row
from connectors.salesforce.read_gaps import ReadGaps
from connectors.salesforce.self_registration import SelfRegistration, find_self_registration
from connectors.salesforce.sites import GuestUser, find_guests


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalUsers:
    """Guests and external users, with the permission sets that they hold.

    Attributes:
        guests: Guest users by id.
        user_counts: Number of accounts with external users, by user type.
        holders: Holders by permission set id.
        view_all_sets: Permission sets with View All Data or Modify All Data.
        group_sets: Permission sets that stand for permission set groups.
        self_registration: Sites that anyone may join.
    """

    guests: dict[str, GuestUser]
    user_counts: ExternalUserCounts
    holders: dict[str, list[GuestUser | ExternalMembers]]
    view_all_sets: frozenset[str]
    group_sets: frozenset[str]
    self_registration: SelfRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfRegistered:
    """External users whom self-registration puts into one shared account.

    Attributes:
        accounts: Ids of these accounts.
        extra_people: By permission set id and by user type: number of users minus number of
            accounts. Each extra user counts as an account of its own.
    """

    accounts: frozenset[str] = frozenset()
    extra_people: dict[str, int]


def read_external_users(
    client: Client,
    gaps: ReadGaps,
    *,
    sites: list[Row],
    networks: list[Row],
    guest_sets: list[Row],
    people: list[Row],
) -> ExternalUsers:
    """Build the overview of external access from rows already read and a few more queries.

    Args:
        client: The signed-in client.
        gaps: Collects what could not be read.
        sites: Rows of `queries.SITES`.
        networks: Rows of `queries.NETWORKS`.
        guest_sets: Rows of `queries.GUEST_PERMISSION_SETS`.
        people: Rows of `queries.EXTERNAL_USERS`.
    """
    guests = {g.id: g for g in find_guests(sites, networks)}
    if any(row.get("PermissionSet") is None for row in guest_sets):
        gaps.add_refusal(unexpected_response("PermissionSet", "PermissionSetAssignment"))
    registration = find_self_registration(networks)
    statements = [queries.EXTERNAL_PERMISSION_SETS] if people else []
    statements += [
        queries.profile_permission_sets(some) for some in queries.chunks(registration.profiles)
    ]
    statements += (
        [queries.REGISTRATIONS] if people and networks else []
    )  # also where it is off today
    rows = list(gaps.query_all(client, statements))
    sets = [row for row in rows if "accounts" in row]
    registered = {row["AccountId"] for row in rows if row.get("AccountId")}
    self_registered = _read_self_registered(client, gaps, registered)
    members = permission_set_members(sets, self_registered.extra_people)
    return ExternalUsers(
        guests=guests,
        user_counts=ExternalUserCounts(
            accounts={
                r["UserType"]: int(r["accounts"])
                + self_registered.extra_people.get(r["UserType"], 0)
                for r in people
            },
            registration_accounts=self_registered.accounts,
            members=tuple(members),
        ),
        holders=permission_set_holders(guest_sets, guests, members),
        view_all_sets=frozenset(
            row["PermissionSetId"]
            for row in (*guest_sets, *sets)
            if any(_rights(row).get(name) is True for name in queries.VIEW_ALL)
        ),
        group_sets=frozenset(r["PermissionSetId"] for r in guest_sets if r["PermissionSetGroupId"]),
        self_registration=registration.with_permission_sets(
            row for row in rows if "ProfileId" in row and "accounts" not in row
        ),
    )


def _read_self_registered(
    client: Client, gaps: ReadGaps, accounts: Iterable[str]
) -> SelfRegistered:
    ids = frozenset(accounts)
    extra_people: dict[str, int] = {}
    statements = [
        s(some)
        for some in queries.chunks(ids)
        for s in (queries.permission_sets_in_accounts, queries.user_types_in_accounts)
    ]
    for row in gaps.query_all(client, statements):
        key = str(row.get("PermissionSetId") or row.get("UserType"))
        extra_people[key] = extra_people.get(key, 0) + int(row["people"]) - int(row["accounts"])
    return SelfRegistered(accounts=ids, extra_people=extra_people)


def _rights(row: Row) -> Row:
    """Return the flags of a row's permission set: flat in an aggregate, null if not visible."""
    rights: Row | None = row.get("PermissionSet", row)
    return rights or {}
