"""The organization's users, and the permission sets that they hold."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.scenario import (
    AUDITOR,
    BUNDLED,
    EXTRA_SETS,
    MEMBERS,
    PEOPLE,
    Members,
    Site,
)
from connectors.salesforce.demo.soql import Row
from connectors.salesforce.queries import GUEST_SYSTEM_PERMISSIONS

OWN_SET = vendor_id("0PS", 1)
FLAGS = (
    *GUEST_SYSTEM_PERMISSIONS,
    "PermissionsApiEnabled",
    "PermissionsDistributeFromPersWksp",
    "PermissionsModifyAllData",
    "PermissionsModifyMetadata",
    "PermissionsPortalSuperUser",
    "PermissionsQueryAllFiles",
    "PermissionsViewAllData",
    "PermissionsViewSetup",
)


def assignments(
    permissions: frozenset[str], sites: Iterable[Site], *, external_users: bool
) -> list[Row]:
    """Return the PermissionSetAssignment rows, with the sets that profiles own."""
    there = [*sites]
    own = {name: name in permissions for name in FLAGS} | {"PermissionsApiEnabled": True}
    rows = [
        assignment(AUDITOR.id, "Standard", OWN_SET, own),
        *(
            assignment(s.guest, "Guest", s.profile_set, {"PermissionsApiEnabled": s.api})
            for s in there
        ),
        *(
            assignment(s.guest, "Guest", extra, {}, bundled=extra in BUNDLED)
            for extra, holders in EXTRA_SETS.items()
            for s in holders
            if s in there
        ),
    ]
    for members in MEMBERS if external_users else ():
        flags = {
            "PermissionsPortalSuperUser": members.super_user,
            "PermissionsViewAllData": members.all_data,
            "Label": members.set_id[:15] if members.owned else members.label,
            "Profile": {"Name": members.label} if members.owned else None,
            "ProfileId": members.profile if members.owned else None,
        }
        rows += [
            assignment(user, members.kind, members.set_id, flags, account=account)
            for user, account in people_of(members)
        ]
    return rows


def assignment(
    user: str,
    kind: str,
    holder: str,
    flags: Row,
    *,
    account: str | None = None,
    bundled: bool = False,
) -> Row:
    """Return one row of PermissionSetAssignment."""
    return {
        "Id": "",
        "AssigneeId": user,
        "Assignee": {"UserType": kind, "IsActive": True, "AccountId": account},
        "PermissionSetId": holder,
        "PermissionSetGroupId": vendor_id("0PG", 1) if bundled else None,
        "PermissionSet": {"Label": "x", "Profile": {"Name": "x"}, "ProfileId": None}
        | dict.fromkeys(FLAGS, False)
        | flags,
    }


def people_of(members: Members) -> list[tuple[str, str]]:
    """Return pairs of user id and account id."""
    number = int(members.set_id[4:15])
    return [
        (
            vendor_id("005", number * 1000 + index * 100 + person),
            vendor_id("001", members.first + index),
        )
        for index, count in enumerate(members.accounts)
        for person in range(count)
    ]


def users(*, external_users: bool) -> list[Row]:
    """Return the rows of internal and external users."""
    shown = {
        f"UserPreferencesShow{what}To{audience}Users": what in ("Email", "WorkPhone")
        for what in ("Email", "MobilePhone", "StreetAddress", "WorkPhone")
        for audience in ("External", "Guest")
    }
    rows: list[Row] = [
        {"Id": p.id, "UserType": "Standard", "AccountId": None, "IsActive": p.active, **shown}
        for p in PEOPLE
    ]
    for members in MEMBERS if external_users else ():
        rows += [
            {
                "Id": user,
                "UserType": members.kind,
                "AccountId": account,
                "IsActive": True,
                **dict.fromkeys(shown, False),
            }
            for user, account in people_of(members)
        ]
    return rows
