"""The statements. Nothing else is ever asked; none selects a link, a password or a record."""

# ruff: noqa: S608 -- SOQL only reads; every value goes through quoted()

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

MOST = 200  # ids or names in one statement: the address of a GET ends at about 16 KB
GUEST_CAUSES = ("GuestRule", "GuestParentImplicit", "GuestPersonImplicit")

ORGANIZATION = "SELECT Id, Name FROM Organization"
SITES = "SELECT Id, Name, MasterLabel, SiteType, Status, UrlPathPrefix, GuestUserId FROM Site"
NETWORK_OPTIONS = (
    "OptionsGuestChatterEnabled",  # the public API
    "OptionsGuestFileAccessEnabled",
    "OptionsGuestMemberVisibility",
    "OptionsMemberVisibility",
    "OptionsSelfRegistrationEnabled",
)
NETWORKS = f"SELECT Id, Name, Status, UrlPathPrefix, {', '.join(NETWORK_OPTIONS)} FROM Network"
GUEST_SETS = (
    "SELECT AssigneeId, PermissionSetId, PermissionSetGroupId, "
    "PermissionSet.PermissionsApiEnabled FROM PermissionSetAssignment "
    "WHERE Assignee.UserType = 'Guest'"
)


def own_permissions(user_id: str, names: Iterable[str]) -> str:
    """Which of these permissions the audit user holds, by profile or permission set."""
    fields = ", ".join(f"PermissionSet.{name}" for name in names)
    return (
        f"SELECT PermissionSetId, {fields} FROM PermissionSetAssignment "
        f"WHERE AssigneeId = {quoted(user_id)}"
    )


def object_rights(sets: Iterable[str]) -> str:
    """What permission sets (never profiles) allow on which objects."""
    return (
        "SELECT ParentId, SobjectType, PermissionsCreate, PermissionsEdit, "
        "PermissionsViewAllRecords, PermissionsModifyAllRecords FROM ObjectPermissions "
        f"WHERE PermissionsRead = true AND ParentId IN {one_of(sets)}"
    )


def field_rights(sets: Iterable[str]) -> str:
    """Which fields permission sets show. Fields that everybody sees have no row."""
    return (
        "SELECT SobjectType, Field FROM FieldPermissions "
        f"WHERE PermissionsRead = true AND ParentId IN {one_of(sets)}"
    )


def groups_of(members: Iterable[str]) -> str:
    """The groups and queues that hold users or groups directly."""
    return (
        f"SELECT GroupId, UserOrGroupId FROM GroupMember WHERE UserOrGroupId IN {one_of(members)}"
    )


def objects(names: Iterable[str]) -> str:
    """Labels and default sharing of objects."""
    return (
        "SELECT QualifiedApiName, DurableId, Label, InternalSharingModel, ExternalSharingModel "
        f"FROM EntityDefinition WHERE QualifiedApiName IN {one_of(names)}"
    )


def fields(durable_id: str) -> str:
    """The fields of one object; the filter must be this one."""
    return (
        "SELECT QualifiedApiName, Label, DataType, IsNillable FROM FieldDefinition "
        f"WHERE EntityDefinitionId = {quoted(durable_id)}"
    )


def shares(table: str, receivers: Iterable[str]) -> str:
    """How many rows of a share table go to these users and groups, or to any guest by rule."""
    return (
        f"SELECT UserOrGroupId, RowCause, COUNT(Id) n FROM {table} "
        f"WHERE UserOrGroupId IN {one_of(receivers)} OR RowCause IN {one_of(GUEST_CAUSES)} "
        "GROUP BY UserOrGroupId, RowCause"
    )


def size(name: str) -> str:
    """How many records an object has."""
    return f"SELECT COUNT() FROM {name}"


def public_links(now: datetime, after: str = "") -> str:
    """The public links that still work, those of one document side by side."""
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    beyond = f"ContentDocumentId > {quoted(after)} AND " if after else ""
    return (
        "SELECT Id, Name, ContentDocumentId, ContentDocument.Title, "
        "ContentDocument.FileExtension, ContentDocument.CreatedDate, "
        "ContentDocument.ContentModifiedDate, Owner.Email, Owner.Username, Owner.IsActive, "
        "CreatedDate, LastViewDate, PreferencesExpires, ExpiryDate, "
        "PreferencesPasswordRequired, PreferencesAllowOriginalDownload, "
        "PreferencesAllowPDFDownload FROM ContentDistribution "
        f"WHERE {beyond}(PreferencesExpires = false OR ExpiryDate > {moment}) "
        "ORDER BY ContentDocumentId, Id"
    )


def chunks(values: Iterable[str]) -> Iterator[Sequence[str]]:
    """Values, sorted, in portions that fit into a statement."""
    ordered = sorted(values)
    for start in range(0, len(ordered), MOST):
        yield ordered[start : start + MOST]


def one_of(values: Iterable[str]) -> str:
    """A list for IN."""
    return f"({', '.join(quoted(v) for v in values)})"


def quoted(value: str) -> str:
    """A text in quotation marks, whatever it holds."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
