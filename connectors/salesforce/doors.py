"""Who has access from outside: guests, external users and self-registered users, with their sets.

Permissions hang on permission sets: a profile owns one, and a permission set group stands for the
sum of its members.

Sources:

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-permissionset.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-objectpermissions.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-networkselfregistration.html (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.salesforce import soql
from connectors.salesforce.client import Client, Row
from connectors.salesforce.gaps import Gaps
from connectors.salesforce.registration import Joining, joining_of
from connectors.salesforce.rights import Members, Outsiders, holders_of, members_of
from connectors.salesforce.sites import Guest, guests_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Guests and external users, with the permission sets that they hold.

    Attributes:
        guests: Guest users by id.
        user_counts: Number of accounts with external users, by user type.
        holders: Holders by permission set id.
        view_all_sets: Permission sets with View All Data or Modify All Data.
        group_sets: Permission sets that stand for permission set groups.
        self_registration: Sites that anyone may join.
    """

    guests: dict[str, Guest]
    outsiders: Outsiders
    holders: dict[str, list[Guest | Members]]
    whole: frozenset[str]
    bundled: frozenset[str]
    joining: Joining


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    """External users whom self-registration puts into one shared account.

    Attributes:
        accounts: Ids of these accounts.
        extra_people: By permission set id and by user type: number of users minus number of
            accounts. Each extra user counts as an account of its own.
    """

    accounts: frozenset[str] = frozenset()
    more: dict[str, int]


def doors_of(
    client: Client,
    gaps: Gaps,
    *,
    sites: list[Row],
    networks: list[Row],
    guest_sets: list[Row],
    people: list[Row],
) -> Doors:
    """Build the overview of external access from rows already read and a few more queries.

    Args:
        client: The signed-in client.
        gaps: Collects what could not be read.
        sites: Rows of `queries.SITES`.
        networks: Rows of `queries.NETWORKS`.
        guest_sets: Rows of `queries.GUEST_PERMISSION_SETS`.
        people: Rows of `queries.EXTERNAL_USERS`.
    """
    guests = {g.id: g for g in guests_of(sites, networks)}
    joining = joining_of(networks)
    asked = [soql.OUTSIDER_SETS] if people else []
    asked += [soql.sets_of_profiles(some) for some in soql.chunks(joining.profiles)]
    asked += [soql.REGISTRATIONS] if people and networks else []  # also where it is off today
    told = list(gaps.all(client, asked))
    sets = [row for row in told if "accounts" in row]
    registered = {row["AccountId"] for row in told if row.get("AccountId")}
    newcomers = _newcomers(client, gaps, registered)
    members = members_of(sets, newcomers.more)
    return Doors(
        guests=guests,
        outsiders=Outsiders(
            accounts={
                r["UserType"]: int(r["accounts"]) + newcomers.more.get(r["UserType"], 0)
                for r in people
            },
            strangers=newcomers.accounts,
            members=tuple(members),
        ),
        holders=holders_of(guest_sets, guests, members),
        whole=frozenset(
            row["PermissionSetId"]
            for row in (*guest_sets, *sets)
            for rights in (row.get("PermissionSet", row),)  # flat in the rows of an aggregate
            if any(rights[name] is True for name in soql.WHOLE)
        ),
        bundled=frozenset(r["PermissionSetId"] for r in guest_sets if r["PermissionSetGroupId"]),
        joining=joining.with_sets(row for row in told if "ProfileId" in row),
    )


def _newcomers(client: Client, gaps: Gaps, accounts: Iterable[str]) -> Newcomers:
    ids = frozenset(accounts)
    more: dict[str, int] = {}
    asked = [s(some) for some in soql.chunks(ids) for s in (soql.sets_within, soql.kinds_within)]
    for row in gaps.all(client, asked):
        key = str(row.get("PermissionSetId") or row.get("UserType"))
        more[key] = more.get(key, 0) + int(row["people"]) - int(row["accounts"])
    return Newcomers(accounts=ids, more=more)
