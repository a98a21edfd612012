"""The scenario as tables of the API."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.salesforce.demo import apex, files, scenario
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.links import LINKS, Links, days, written
from connectors.salesforce.demo.objects import entities, fields_of_all, file_links, record_tables
from connectors.salesforce.demo.people import assignments, users
from connectors.salesforce.demo.records import RIGHTS, SHOWN, Right
from connectors.salesforce.demo.scenario import ORGANIZATION, SATO, SITES, Site
from connectors.salesforce.demo.soql import Row, Table, paths_of, table_of
from connectors.salesforce.queries import SITE_SWITCHES
from connectors.sdk.records import Access

FILE_PERMISSIONS = ("PermissionsQueryAllFiles", "PermissionsDistributeFromPersWksp")
DEFINITIONS = ("PermissionsModifyMetadata",)  # tier C
PERMISSIONS = ("PermissionsViewSetup", "PermissionsViewAllData", *FILE_PERMISSIONS)
SETUP = frozenset(
    {
        "ApexClass",
        "ApexPage",
        "DomainSite",
        "EntityDefinition",
        "FieldDefinition",
        "FieldPermissions",
        "ObjectPermissions",
        "SetupEntityAccess",
        "Site",
    }
)
COMMUNITY = frozenset({"Network", "NetworkSelfRegistration"})


def tables_of(
    size: int, permissions: Iterable[str], *, old: bool = False, communities: bool = True
) -> dict[str, Table]:
    """Return the tables that an audit user with these permissions sees, with the visible rows."""
    may = frozenset(permissions)
    sites = SITES if communities else tuple(s for s in SITES if not s.network)
    tables = {
        "Organization": table_of([{"Id": ORGANIZATION[0], "Name": ORGANIZATION[1]}]),
        "Site": table_of([row for site in sites for row in _site_rows(site)]),
        "DomainSite": addresses_at("example.my.site.com", sites),
        "Network": table_of([_network_row(site) for site in SITES if site.network]),
        "NetworkSelfRegistration": table_of(
            [
                {
                    "NetworkId": vendor_id("0DB", 5),
                    "AccountId": vendor_id("001", scenario.REGISTRATION_ACCOUNT),
                }
            ]
        ),
        "PermissionSetAssignment": table_of(assignments(may, sites, external_users=communities)),
        "User": table_of(users(external_users=communities)),
        **_rights(),
        **_groups(),
        "EntityDefinition": table_of(entities(old=old), schema=True),
        "FieldDefinition": table_of(fields_of_all(), filtered_by="EntityDefinitionId", schema=True),
        **_code(),
        **_documents(),
        "ContentDocumentLink": file_links()
        if FILE_PERMISSIONS[0] in may
        else _without_rows(file_links()),
        "ContentDistribution": _links(size if may.issuperset(FILE_PERMISSIONS) else None),
        **record_tables(size, visible="PermissionsViewAllData" in may),
    }
    hidden: set[str] = set()
    if "PermissionsViewSetup" not in may:
        hidden |= SETUP
    if not communities:
        hidden |= COMMUNITY
    return {name: table for name, table in tables.items() if name not in hidden}


def _without_rows(table: Table) -> Table:
    return Table(fields=table.fields, rows=[], filtered_by=table.filtered_by)


def _links(size: int | None) -> Table:
    rows = Links(size or 0)
    return Table(
        fields=frozenset(paths_of(rows[0])),
        rows=[] if size is None else rows,
        order=("ContentDocumentId", "Id"),
        certain=None if size is None else len(LINKS),
    )


def addresses_at(host: str, sites: Iterable[Site] = SITES) -> Table:
    """Return the DomainSite rows; the second row of a site is below the address of the first."""
    return table_of(
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
        **dict.fromkeys(SITE_SWITCHES, False),
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
    profiles = {1: scenario.EMPTY_PROFILE, 5: scenario.REGISTERED_PROFILE}
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
    owned = (
        (scenario.REGISTERED_PROFILE, scenario.REGISTERED_SET),
        (scenario.EMPTY_PROFILE, scenario.EMPTY_SET),
    )
    return {
        "ObjectPermissions": table_of([_right_row(i, right) for i, right in enumerate(RIGHTS)]),
        "FieldPermissions": table_of(
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
        "PermissionSet": table_of(
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
        "PermissionsViewAllFields": False,
    }


def _groups() -> dict[str, Table]:
    names = ("Id", "Name", "DeveloperName", "Type", "RelatedId")
    of_role = ("Id", "DeveloperName", "ParentRoleId", "PortalType", "PortalAccountId")
    return {
        "Group": table_of([dict(zip(names, row, strict=True)) for row in scenario.GROUPS]),
        "GroupMember": table_of(
            [{"GroupId": g, "UserOrGroupId": m} for g, m in scenario.MEMBERSHIPS]
        ),
        "UserRole": table_of(
            [dict(zip(of_role, row, strict=True)) for row in scenario.ROLES], of_role
        ),
    }


def _code() -> dict[str, Table]:
    return {
        "SetupEntityAccess": table_of(
            [
                {
                    "ParentId": holder,
                    "SetupEntityId": vendor_id("01p", number),
                    "SetupEntityType": "ApexClass",
                }
                for holder, numbers in apex.CALLABLE.items()
                for number in numbers
            ]
        ),
        "ApexClass": table_of(
            [
                {
                    "Id": vendor_id("01p", n),
                    "Name": name,
                    "NamespacePrefix": space,
                    "ApiVersion": 60.0,
                    "Body": body,
                }
                for n, name, space, body in apex.CLASSES
            ]
        ),
        "ApexPage": table_of([], ("Id", "Name", "NamespacePrefix", "Markup")),
        "FlowDefinitionView": table_of([], ("DurableId", "ApiName", "Label", "ActiveVersionId")),
        "FlowVersionView": table_of([], ("DurableId", "RunInMode"), filtered_by="DurableId"),
    }


def _documents() -> dict[str, Table]:
    made = written(days(400))
    author = {"Email": SATO.mail, "IsActive": SATO.active}
    return {
        "Document": table_of(
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
                for n, name, kind, public in files.DOCUMENTS
            ]
        ),
        "Folder": table_of(
            [
                {
                    "Id": vendor_id("00l", n),
                    "Name": name,
                    "Type": kind,
                    "AccessType": access,
                    "CreatedDate": made,
                }
                for n, name, kind, access in files.FOLDERS
            ]
        ),
        "ContentAsset": table_of(
            [
                {
                    "Id": vendor_id("03S", n),
                    "MasterLabel": name,
                    "IsVisibleByExternalUsers": visible,
                    "CreatedDate": made,
                }
                for n, name, visible in files.ASSETS
            ]
        ),
    }
