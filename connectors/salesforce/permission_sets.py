"""Holders of permission sets among external users, and the access that the sets give.

Object permissions are recorded on permission sets only, also those of a profile: it owns one.

Sources:

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-objectpermissions.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-permissionset.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.sites import GuestUser
from connectors.sdk.records import Access, Audience

Row = Mapping[str, Any]

_EVERY_RECORD = (
    ("PermissionsModifyAllRecords", Access.ALL_RECORDS),
    ("PermissionsViewAllRecords", Access.ALL_RECORDS),
)
# Delete needs Edit, so it is not looked at by itself.
# Source: not documented; assumed
_SHARED_RECORD = (("PermissionsEdit", Access.EDIT), ("PermissionsCreate", Access.CREATE))

# Objects with sharing, but without object permissions: sharing alone decides.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_user.htm (read 2026-08-15)  # noqa: E501 -- an address
IMPLICIT_OBJECTS = ("User",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalMembers:
    """External users who hold one permission set.

    Attributes:
        set_id: Id of the permission set.
        label: Name of the set, or of the profile that owns it.
        accounts: Number of accounts; each self-registered user beyond the first of a shared account
            counts as one.
        kinds: User types, as in `User.UserType`.
        profile: Name of the profile that owns the set; "" for an assigned set. A query translates
            the names of standard profiles.
        profile_id: Id of that profile.
        self_registered: Number of users beyond one per shared account.
    """

    set_id: str
    label: str
    accounts: int
    kinds: frozenset[str] = frozenset()
    profile: str = ""
    profile_id: str = ""
    self_registered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPermission:
    """At least Read on one object through one permission set, for a guest or its other holders.

    Attributes:
        access: ALL_RECORDS with View All or Modify All, else as `record_access`.
        record_access: What the set allows on a record that is shared with the holder.
        implicit: Every user has it without a permission.
    """

    set_id: str
    holder: GuestUser | ExternalMembers
    access: Access
    record_access: Access = Access.VIEW
    implicit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalUserCounts:
    """How many accounts have active external users, and the permission sets of these users.

    Attributes:
        accounts: Number of accounts by user type.
        registration_accounts: Ids of accounts that self-registration fills.
        members: Holders of permission sets.
    """

    accounts: Mapping[str, int]
    registration_accounts: frozenset[str] = frozenset()
    members: tuple[ExternalMembers, ...] = ()

    def audience(self, kinds: Iterable[str]) -> Audience:
        """Return the audience of all users of these types.

        Two types with one account each count as two accounts: whether it is the same is not known.
        """
        return accounts_audience(sum(self.accounts.get(kind, 0) for kind in kinds))


def accounts_audience(accounts: int) -> Audience:
    """Return EXT_NAMED for users of at most one account, else EXT_AUTHENTICATED_ANY."""
    return Audience.EXT_NAMED if accounts <= 1 else Audience.EXT_AUTHENTICATED_ANY


def permission_set_members(
    rows: Iterable[Row], self_registered: Mapping[str, int]
) -> list[ExternalMembers]:
    """Return the permission sets that external users hold, from rows per set and user type.

    Args:
        rows: Rows of `queries.EXTERNAL_PERMISSION_SETS`.
        self_registered: By permission set id: self-registered users beyond one per shared account.
    """
    found: dict[str, ExternalMembers] = {}
    for row in rows:  # one per permission set and user type
        set_id = row["PermissionSetId"]
        other = found.get(set_id)
        found[set_id] = ExternalMembers(
            set_id=set_id,
            label=permission_set_name(row),
            accounts=int(row["accounts"])
            + (other.accounts if other else self_registered.get(set_id, 0)),
            kinds=frozenset({str(row["UserType"]), *(other.kinds if other else ())}),
            profile=str(row["Name"] or ""),
            profile_id=str(row["ProfileId"] or ""),
            self_registered=self_registered.get(set_id, 0),
        )
    return list(found.values())


def permission_set_name(row: Row) -> str:
    """Return the name of the profile that owns a set, or the label of the set."""
    return str(row["Name"] or row["Label"] or row["PermissionSetId"])


def permission_set_holders(
    assignments: Iterable[Row], guests: Mapping[str, GuestUser], members: Iterable[ExternalMembers]
) -> dict[str, list[GuestUser | ExternalMembers]]:
    """Return the holders by permission set id: guests and external users, each once."""
    holders: defaultdict[str, dict[str, GuestUser | ExternalMembers]] = defaultdict(dict)
    for row in assignments:
        if guest := guests.get(row["AssigneeId"]):
            holders[row["PermissionSetId"]][guest.id] = guest
    for each in members:
        holders[each.set_id][each.set_id] = each
    return {set_id: list(by_id.values()) for set_id, by_id in holders.items()}


def permissions_by_object(
    rows: Iterable[Row],
    holders: Mapping[str, Iterable[GuestUser | ExternalMembers]],
    view_all_sets: Collection[str] = (),
) -> dict[str, list[ObjectPermission]]:
    """Return the object permissions by object name, sorted by name.

    Args:
        rows: ObjectPermissions rows that have Read.
        holders: Holders by permission set id.
        view_all_sets: Permission sets with View All Data or Modify All Data.
    """
    found: defaultdict[str, list[ObjectPermission]] = defaultdict(list)
    for row in rows:
        found[row["SobjectType"]] += [
            ObjectPermission(
                set_id=row["ParentId"],
                holder=holder,
                access=Access.ALL_RECORDS
                if row["ParentId"] in view_all_sets
                else permission_access(row),
                record_access=record_access(row),
            )
            for holder in holders.get(row["ParentId"], ())
        ]
    for name in IMPLICIT_OBJECTS:
        found[name] += implicit_permissions(holders, view_all_sets)
    return {name: rights for name, rights in sorted(found.items()) if rights}


def implicit_permissions(
    holders: Mapping[str, Iterable[GuestUser | ExternalMembers]], view_all_sets: Collection[str]
) -> list[ObjectPermission]:
    """Return the access to an object that has sharing and no object permissions, once per holder.

    Users of a profile count once: by the permission set that the profile owns.
    """
    found: dict[str, ObjectPermission] = {}
    for set_id in sorted(holders):
        for holder in holders[set_id]:
            if isinstance(holder, ExternalMembers) and not holder.profile:
                continue
            every = set_id in view_all_sets
            held = ObjectPermission(
                set_id=set_id,
                holder=holder,
                access=Access.ALL_RECORDS if every else Access.VIEW,
                implicit=True,
            )
            key = holder.id if isinstance(holder, GuestUser) else holder.set_id
            if every or key not in found:
                found[key] = held
    return [*found.values()]


def permission_access(row: Row) -> Access:
    """Return the widest access of an ObjectPermissions row with Read; UNKNOWN for odd values."""
    return _widest(row, (*_EVERY_RECORD, *_SHARED_RECORD))


def record_access(row: Row) -> Access:
    """Return what an ObjectPermissions row with Read allows on a record that is shared."""
    return _widest(row, _SHARED_RECORD)


def _widest(row: Row, wanted: tuple[tuple[str, Access], ...]) -> Access:
    for name, access in wanted:
        if row.get(name) is True:
            return access
    known = all(row.get(name) is False for name, _ in wanted)
    return Access.VIEW if known else Access.UNKNOWN
