"""Who from outside holds which permission set, and what the sets allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.sites import Guest
from connectors.sdk.records import Access, Audience

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Partners and customers who sign in and hold one permission set, of so many accounts.

    `strangers` are those among them whom registration put into one account with others; each
    counts as an account of its own.
    """

    set_id: str
    label: str
    accounts: int
    kinds: frozenset[str] = frozenset()
    profile: str = ""  # whose set it is; empty for one that is assigned
    strangers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Read, at least, on one object through one permission set, for one guest or its holders."""

    set_id: str
    holder: Guest | Members
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsiders:
    """How many accounts have users of each kind that can sign in, and what they hold.

    `strangers` are the accounts that self-registration fills.
    """

    accounts: Mapping[str, int]
    strangers: frozenset[str] = frozenset()
    members: tuple[Members, ...] = ()

    def audience(self, kinds: Iterable[str]) -> Audience:
        """Who they are together: one account's people, or those of several that see each other.

        Of two kinds with one account each nobody tells whether it is the same one.
        """
        return audience_of(sum(self.accounts.get(kind, 0) for kind in kinds))


def audience_of(accounts: int) -> Audience:
    """People of one account are named outsiders; those of several are strangers to each other."""
    return Audience.EXT_NAMED if accounts <= 1 else Audience.EXT_AUTHENTICATED_ANY


def members_of(rows: Iterable[Row], strangers: Mapping[str, int]) -> list[Members]:
    """The permission sets that outsiders hold; a profile counts by the set that it owns.

    `strangers` says by permission set how many people there are beyond one an account.
    """
    found: dict[str, Members] = {}
    for row in rows:  # one for each kind of user
        set_id = row["PermissionSetId"]
        other = found.get(set_id)
        found[set_id] = Members(
            set_id=set_id,
            label=name_of_set(row),
            accounts=int(row["accounts"]) + (other.accounts if other else strangers.get(set_id, 0)),
            kinds=frozenset({str(row["UserType"]), *(other.kinds if other else ())}),
            profile=str(row["Name"] or ""),
            strangers=strangers.get(set_id, 0),
        )
    return list(found.values())


def name_of_set(row: Row) -> str:
    """What an administrator calls a permission set, or the profile that owns it."""
    return str(row["Name"] or row["Label"] or row["PermissionSetId"])


def holders_of(
    assignments: Iterable[Row], guests: Mapping[str, Guest], members: Iterable[Members]
) -> dict[str, list[Guest | Members]]:
    """By permission set: everybody from outside who holds it, once."""
    holders: defaultdict[str, dict[str, Guest | Members]] = defaultdict(dict)
    for row in assignments:
        if guest := guests.get(row["AssigneeId"]):
            holders[row["PermissionSetId"]][guest.id] = guest
    for each in members:
        holders[each.set_id][each.set_id] = each
    return {set_id: list(held.values()) for set_id, held in holders.items()}


def rights_of(
    rows: Iterable[Row],
    holders: Mapping[str, Iterable[Guest | Members]],
    whole: Collection[str] = (),
) -> dict[str, list[Right]]:
    """By object, in the order of their names: who may read it. `whole` sets open all records."""
    found: defaultdict[str, list[Right]] = defaultdict(list)
    for row in rows:
        found[row["SobjectType"]] += [
            Right(
                set_id=row["ParentId"],
                holder=holder,
                access=Access.ALL_RECORDS if row["ParentId"] in whole else access_of(row),
            )
            for holder in holders.get(row["ParentId"], ())
        ]
    return {name: rights for name, rights in sorted(found.items()) if rights}


def access_of(row: Row) -> Access:
    """The widest access of an ObjectPermissions row that has Read."""
    wanted = (
        ("PermissionsModifyAllRecords", Access.ALL_RECORDS),
        ("PermissionsViewAllRecords", Access.ALL_RECORDS),
        ("PermissionsEdit", Access.EDIT),
        ("PermissionsCreate", Access.CREATE),
    )
    for name, access in wanted:
        if row.get(name) is True:
            return access
    told = all(row.get(name) is False for name, _ in wanted)
    return Access.VIEW if told else Access.UNKNOWN
