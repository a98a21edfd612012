"""The story as the API's objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from connectors.salesforce.demo import story
from connectors.salesforce.demo.links import Links, written
from connectors.salesforce.demo.people import assignments, users
from connectors.salesforce.demo.soql import WEIGHT, Row, Table
from connectors.salesforce.demo.story import (
    FIELDS,
    LABELS,
    LINKS,
    ORGANIZATION,
    RIGHTS,
    SATO,
    SHARES,
    SHOWN,
    SITES,
    SIZES,
    Right,
    Site,
    days,
    vendor_id,
)
from connectors.salesforce.soql import share_table
from connectors.sdk.records import Access
from connectors.sdk.testing import CANARY

FILE_PERMISSIONS = ("PermissionsQueryAllFiles", "PermissionsDistributeFromPersWksp")
DEFINITIONS = ("PermissionsModifyMetadata",)  # tier C
PERMISSIONS = ("PermissionsViewSetup", "PermissionsViewAllData", *FILE_PERMISSIONS)
SETUP = frozenset(
    {
        "ApexClass",
        "DomainSite",
        "EntityDefinition",
        "FieldDefinition",
        "FieldPermissions",
        "ObjectPermissions",
        "SetupEntityAccess",
        "Site",
    }
)
COMMUNITY = frozenset({"Network"})


def tables_of(
    size: int, held: Iterable[str], *, old: bool = False, communities: bool = True
) -> dict[str, Table]:
    """All objects that an audit user with these permissions sees, with the rows that it sees."""
    may = frozenset(held)
    sites = SITES if communities else tuple(s for s in SITES if not s.network)
    tables = {
        "Organization": _table([{"Id": ORGANIZATION[0], "Name": ORGANIZATION[1]}]),
        "Site": _table([row for site in sites for row in _site_rows(site)]),
        "DomainSite": addresses_at("example.my.site.com", sites),
        "Network": _table([_network_row(site) for site in SITES if site.network]),
        "PermissionSetAssignment": _table(assignments(may, sites, outsiders=communities)),
        "User": _table(users(outsiders=communities)),
        **_rights(),
        **_groups(),
        "EntityDefinition": _table(_entities(old=old), schema=True),
        "FieldDefinition": _table(_fields(), filtered_by="EntityDefinitionId", schema=True),
        **_code(),
        **_documents(),
        "ContentDocumentLink": _attached() if FILE_PERMISSIONS[0] in may else _nothing(_attached()),
        "ContentDistribution": _links(size if may.issuperset(FILE_PERMISSIONS) else None),
        **_records(size, seen="PermissionsViewAllData" in may),
    }
    hidden: set[str] = set()
    if "PermissionsViewSetup" not in may:
        hidden |= SETUP
    if not communities:
        hidden |= COMMUNITY
    return {name: table for name, table in tables.items() if name not in hidden}


def _table(rows: list[Row], fields: Iterable[str] = (), **rest: Any) -> Table:
    return Table(fields=frozenset(fields or _paths(rows[0])), rows=rows, **rest)


def _nothing(table: Table) -> Table:
    return Table(fields=table.fields, rows=[], filtered_by=table.filtered_by)


def _paths(row: Row, before: str = "") -> Iterable[str]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _paths(cast("Row", value), f"{before}{name}.")
        elif name != WEIGHT:
            yield before + name


def _links(size: int | None) -> Table:
    rows = Links(size or 0)
    return Table(
        fields=frozenset(_paths(rows[0])),
        rows=[] if size is None else rows,
        order=("ContentDocumentId", "Id"),
        certain=None if size is None else len(LINKS),
    )


def addresses_at(host: str, sites: Iterable[Site] = SITES) -> Table:
    """Where each site is found, its second row below the address of the first."""
    return _table(
        [
            {
                "Id": vendor_id("0JQ", number),
                "Domain": {"Domain": host},
                "PathPrefix": f"/{row['UrlPathPrefix']}",
                "SiteId": row["Id"],
            }
            for number, row in enumerate(row for site in sites for row in _site_rows(site))
        ]
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
        "GuestUser": {"CommunityNickname": site.nickname or f"nick{site.number}"},
        "OptionsAllowGuestSupportApi": site.number == 1,
        "GuestRecordDefaultOwnerId": None if site.number == 4 else SATO.id,
    }
    if not site.twin:
        return [first]
    guest = site.guest if site.twin == "guest" else None
    second = first | {
        "Id": vendor_id("0DM", site.number * 10 + 1),
        "Name": f"Site_{site.number}1",
        "SiteType": "ChatterNetworkPicasso",
        "UrlPathPrefix": f"{site.path}/s",
        "GuestUserId": guest,
        "GuestUser": first["GuestUser"] if guest else None,
    }
    return [first, second]


def _network_row(site: Site) -> Row:
    profiles = {1: story.EMPTY_PROFILE, 5: story.NEWCOMER_PROFILE}
    return {
        "Id": vendor_id("0DB", site.number),
        "Name": site.label,
        "Status": site.network,
        "UrlPathPrefix": site.path,
        "OptionsGuestChatterEnabled": site.number == 1,
        "OptionsGuestFileAccessEnabled": False,
        "OptionsGuestMemberVisibility": site.number == 2,
        "OptionsMemberVisibility": site.number == 2,
        "OptionsNicknameDisplayEnabled": site.number != 2,
        "OptionsSelfRegistrationEnabled": site.number in profiles,
        "SelfRegProfileId": profiles.get(site.number),
    }


def _rights() -> dict[str, Table]:
    owned = ((story.NEWCOMER_PROFILE, story.NEWCOMER_SET), (story.EMPTY_PROFILE, story.EMPTY_SET))
    return {
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
        "PermissionSet": _table(
            [{"Id": s, "ProfileId": profile, "Label": "Newcomers"} for profile, s in owned]
        ),
    }


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


def _groups() -> dict[str, Table]:
    names = ("Id", "Name", "DeveloperName", "Type", "RelatedId")
    of_role = ("Id", "DeveloperName", "ParentRoleId", "PortalType", "PortalAccountId")
    return {
        "Group": _table([dict(zip(names, row, strict=True)) for row in story.GROUPS]),
        "GroupMember": _table([{"GroupId": g, "UserOrGroupId": m} for g, m in story.MEMBERSHIPS]),
        "UserRole": _table([dict(zip(of_role, row, strict=True)) for row in story.ROLES], of_role),
    }


def _code() -> dict[str, Table]:
    return {
        "SetupEntityAccess": _table(
            [
                {
                    "ParentId": holder,
                    "SetupEntityId": vendor_id("01p", number),
                    "SetupEntityType": "ApexClass",
                }
                for holder, numbers in story.CALLABLE.items()
                for number in numbers
            ]
        ),
        "ApexClass": _table(
            [
                {"Id": vendor_id("01p", n), "Name": name, "NamespacePrefix": space, "Body": body}
                for n, name, space, body in story.CLASSES
            ]
        ),
    }


def _documents() -> dict[str, Table]:
    made = written(days(400))
    author = {"Email": SATO.mail, "IsActive": SATO.active}
    return {
        "Document": _table(
            [
                {
                    "Id": vendor_id("015", n),
                    "Name": name,
                    "Type": kind,
                    "IsPublic": public,
                    "Author": author,
                    "CreatedDate": made,
                    "LastModifiedDate": made,
                }
                for n, name, kind, public in story.DOCUMENTS
            ]
        ),
        "Folder": _table(
            [
                {
                    "Id": vendor_id("00l", n),
                    "Name": name,
                    "Type": kind,
                    "AccessType": access,
                    "CreatedDate": made,
                }
                for n, name, kind, access in story.FOLDERS
            ]
        ),
        "ContentAsset": _table(
            [
                {
                    "Id": vendor_id("03S", n),
                    "MasterLabel": name,
                    "IsVisibleByExternalUsers": visible,
                    "CreatedDate": made,
                }
                for n, name, visible in story.ASSETS
            ]
        ),
    }


def _records(size: int, *, seen: bool) -> dict[str, Table]:
    """Objects with their share tables; what they hold is planted, so that a leak would show."""
    tables: dict[str, Table] = {}
    for name, shares in SHARES.items():
        record = "ParentId" if name.endswith("__c") else f"{name}Id"
        rows: list[Row] = [
            {
                "Id": "",
                record: shared_record(name, i),
                "UserOrGroupId": who,
                "RowCause": cause,
                WEIGHT: count + size // 100,
            }
            for i, (who, cause, count) in enumerate(shares if seen else ())
        ]
        tables[share_table(name)] = _table(rows, ("Id", record, "UserOrGroupId", "RowCause"))
    for name in LABELS:
        held: list[Row] = [{"Id": "", "Name": CANARY, WEIGHT: SIZES.get(name, 0)}]
        if name in story.PARENTS:
            field = story.PARENTS[name][0]
            held = [
                {"Id": "", "Name": CANARY, field: shared_record(parent, index), WEIGHT: count}
                for parent, index, count in story.CHILDREN.get(name, (("", 0, SIZES.get(name, 0)),))
            ]
        tables[name] = _table(held if seen else [], _paths(held[0]))
    return tables


def shared_record(name: str, index: int) -> str:
    """The record that a share row is about."""
    return vendor_id("500", (sorted(SHARES).index(name) + 1) * 100 + index) if name else ""


def _attached() -> Table:
    rows: list[Row] = [
        {
            "Id": "",
            "LinkedEntityId": shared_record(name, index),
            "Visibility": visibility,
            WEIGHT: count,
        }
        for name, files in story.FILES.items()
        for index, visibility, count in files
    ]
    return _table(rows, filtered_by="LinkedEntityId")


def durable_id(name: str) -> str:
    """The id of an object's definition: a name for standard objects."""
    number = sorted(LABELS).index(name)
    return vendor_id("01I", number)[:15] if name.endswith("__c") else name


def _entities(*, old: bool) -> list[Row]:
    def outside(name: str) -> str:
        if name in story.PARENTS:
            return "ControlledByParent"
        return "Read" if old and name == "Lead" else story.OPEN.get(name, "Private")

    return [
        {
            "QualifiedApiName": name,
            "DurableId": durable_id(name),
            "Label": label,
            "InternalSharingModel": outside(name) if name in story.PARENTS else "ReadWrite",
            "ExternalSharingModel": outside(name),
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


def description_of(name: str) -> Row | None:
    """What a describe call tells of an object; None where there is none."""
    if name not in LABELS:
        return None
    fields: list[Row] = [{"name": "OwnerId", "referenceTo": ["User"], "cascadeDelete": False}]
    if name in story.PARENTS:
        field, parent = story.PARENTS[name]
        fields = [
            {"name": "Reviewer__c", "referenceTo": ["User"], "cascadeDelete": False},
            {"name": field, "referenceTo": [parent], "cascadeDelete": True},
        ]
    return {"name": name, "label": LABELS[name], "fields": fields}
