"""The story as the API's objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from connectors.salesforce.demo.links import Links
from connectors.salesforce.demo.soql import WEIGHT, Row, Table
from connectors.salesforce.demo.story import (
    AUDITOR,
    EXTRA_SETS,
    FIELDS,
    LABELS,
    LINKS,
    MEMBERSHIPS,
    ORGANIZATION,
    RIGHTS,
    SHARES,
    SHOWN,
    SITES,
    SIZES,
    Right,
    Site,
    vendor_id,
)
from connectors.sdk.records import Access

OWN_SET = vendor_id("0PS", 1)
FILE_PERMISSIONS = ("PermissionsQueryAllFiles", "PermissionsDistributeFromPersWksp")
PERMISSIONS = ("PermissionsViewSetup", "PermissionsViewAllData", *FILE_PERMISSIONS)
SETUP = frozenset(
    {"EntityDefinition", "FieldDefinition", "FieldPermissions", "ObjectPermissions", "Site"}
)


def tables_of(size: int, held: Iterable[str]) -> dict[str, Table]:
    """All objects that an audit user with these permissions sees, with the rows that it sees."""
    may = frozenset(held)
    tables = {
        "Organization": _table([{"Id": ORGANIZATION[0], "Name": ORGANIZATION[1]}]),
        "Site": _table([row for site in SITES for row in _site_rows(site)]),
        "Network": _table([_network_row(site) for site in SITES if site.network]),
        "PermissionSetAssignment": _table(_assignments(may)),
        "ObjectPermissions": _table([_right_row(i, right) for i, right in enumerate(RIGHTS)]),
        "FieldPermissions": _table(
            [
                {
                    "ParentId": holder,
                    "SobjectType": name.partition(".")[0],
                    "Field": name,
                    "PermissionsRead": True,
                }
                for holder, names in SHOWN.items()
                for name in names
            ]
        ),
        "GroupMember": _table([{"GroupId": g, "UserOrGroupId": m} for g, m in MEMBERSHIPS]),
        "EntityDefinition": _table(_entities(), schema=True),
        "FieldDefinition": _table(_fields(), filtered_by="EntityDefinitionId", schema=True),
        "ContentDistribution": _links(size if may.issuperset(FILE_PERMISSIONS) else None),
    }
    for name, shares in SHARES.items():
        seen = shares if "PermissionsViewAllData" in may else ()
        tables[share_table(name)] = _table(
            [
                {"Id": "", "UserOrGroupId": who, "RowCause": cause, WEIGHT: count + size // 100}
                for who, cause, count in seen
            ],
            fields=("Id", "UserOrGroupId", "RowCause"),
        )
        tables[name] = _table([{"Id": "", WEIGHT: SIZES.get(name, 0)}], fields=("Id",))
    if "PermissionsViewSetup" not in may:
        tables = {name: table for name, table in tables.items() if name not in SETUP}
    return tables


def share_table(name: str) -> str:
    """The name of an object's share table."""
    return f"{name.removesuffix('__c')}__Share" if name.endswith("__c") else f"{name}Share"


def _table(rows: list[Row], fields: Iterable[str] = (), **rest: Any) -> Table:
    return Table(fields=frozenset(fields or _paths(rows[0])), rows=rows, **rest)


def _paths(row: Row, before: str = "") -> Iterable[str]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _paths(cast("Row", value), f"{before}{name}.")
        else:
            yield before + name


def _links(size: int | None) -> Table:
    rows = Links(size or 0)
    return Table(
        fields=frozenset(_paths(rows[0])),
        rows=[] if size is None else rows,
        order=("ContentDocumentId", "Id"),
        certain=None if size is None else len(LINKS),
    )


def _site_rows(site: Site) -> list[Row]:
    first: Row = {
        "Id": vendor_id("0DM", site.number * 10),
        "Name": f"Site_{site.number}",
        "MasterLabel": site.label,
        "SiteType": "ChatterNetwork" if site.network else "Visualforce",
        "Status": site.status,
        "UrlPathPrefix": site.path,
        "GuestUserId": site.guest,
    }
    if not site.twin:
        return [first]
    second = first | {
        "Id": vendor_id("0DM", site.number * 10 + 1),
        "Name": f"Site_{site.number}1",
        "SiteType": "ChatterNetworkPicasso",
        "UrlPathPrefix": f"{site.path}/s",
        "GuestUserId": site.guest if site.twin == "guest" else None,
    }
    return [first, second]


def _network_row(site: Site) -> Row:
    return {
        "Id": vendor_id("0DB", site.number),
        "Name": site.label,
        "Status": site.network,
        "UrlPathPrefix": site.path,
        "OptionsGuestChatterEnabled": site.number == 1,
        "OptionsGuestFileAccessEnabled": False,
        "OptionsGuestMemberVisibility": site.number == 2,
        "OptionsMemberVisibility": site.number == 2,
        "OptionsSelfRegistrationEnabled": site.number == 5,
    }


def _assignments(held: frozenset[str]) -> list[Row]:
    def row(user: str, kind: str, holder: str, flags: Row) -> Row:
        nothing = dict.fromkeys(("PermissionsApiEnabled", *PERMISSIONS), False)
        return {
            "AssigneeId": user,
            "Assignee": {"UserType": kind},
            "PermissionSetId": holder,
            "PermissionSetGroupId": None,
            "PermissionSet": nothing | flags,
        }

    own = {name: name in held for name in PERMISSIONS} | {"PermissionsApiEnabled": True}
    return [
        row(AUDITOR.id, "Standard", OWN_SET, own),
        *(
            row(site.guest, "Guest", site.profile_set, {"PermissionsApiEnabled": site.api})
            for site in SITES
        ),
        *(row(s.guest, "Guest", extra, {}) for extra, sites in EXTRA_SETS.items() for s in sites),
    ]


def _right_row(index: int, right: Right) -> Row:
    edit = right.access is Access.EDIT
    return {
        "Id": vendor_id("110", index),
        "ParentId": right.holder,
        "SobjectType": right.target,
        "PermissionsRead": True,
        "PermissionsCreate": edit or right.access is Access.CREATE,
        "PermissionsEdit": edit,
        "PermissionsViewAllRecords": right.access is Access.ALL_RECORDS,
        "PermissionsModifyAllRecords": False,
    }


def durable_id(name: str) -> str:
    """The id of an object's definition: a name for standard objects."""
    number = sorted(LABELS).index(name)
    return vendor_id("01I", number)[:15] if name.endswith("__c") else name


def _entities() -> list[Row]:
    return [
        {
            "QualifiedApiName": name,
            "DurableId": durable_id(name),
            "Label": label,
            "InternalSharingModel": "Private",
            "ExternalSharingModel": "Private",
        }
        for name, label in LABELS.items()
    ]


def _fields() -> list[Row]:
    return [
        {
            "EntityDefinitionId": durable_id(name),
            "QualifiedApiName": field,
            "Label": label,
            "DataType": kind,
            "IsNillable": empty,
        }
        for name, fields in FIELDS.items()
        for field, label, kind, empty in fields
    ]
