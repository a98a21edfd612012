"""Who may come in: guests, members, and whoever registers; with which permission sets."""

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
    """Who may come in, and with which permission sets."""

    guests: dict[str, Guest]
    outsiders: Outsiders
    holders: dict[str, list[Guest | Members]]
    whole: frozenset[str]  # sets that open all records of whatever they open
    bundled: frozenset[str]  # sets that stand for permission set groups
    joining: Joining


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    """People whom self-registration puts into one account: strangers who share it.

    `more` says by permission set and by kind of user how many people there are beyond one an
    account: each of them counts as an account of its own.
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
    """From the rows about sites, guests and kinds of outsiders, and a few questions more."""
    guests = {g.id: g for g in guests_of(sites, networks)}
    joining = joining_of(networks)
    asked = [soql.OUTSIDER_SETS] if people else []
    asked += [soql.sets_of_profiles(some) for some in soql.chunks(joining.profiles)]
    asked += [soql.REGISTRATIONS] if people and networks else []  # off today, it filled before
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
            for rights in (row.get("PermissionSet", row),)  # an aggregate has them beside it
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
