"""The statements. Nothing else is ever asked; none selects a link, a password or a record."""

# ruff: noqa: S608 -- SOQL only reads; every value goes through quoted()

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from connectors.sdk.batched import batched

MOST = 200  # ids or names in one statement: the address of a GET ends at about 16 KB
GUEST_CAUSES = ("GuestRule", "GuestParentImplicit", "GuestPersonImplicit")
PARTNERS = ("PowerPartner",)
CUSTOMERS = ("CSPLite", "CspLitePortal", "CustomerSuccess", "PowerCustomerSuccess")
_OUTSIDERS = ", ".join(f"'{kind}'" for kind in (*PARTNERS, *CUSTOMERS))

ORGANIZATION = "SELECT Id, Name FROM Organization"
SITES = (
    "SELECT Id, Name, MasterLabel, SiteType, Status, UrlPathPrefix, GuestUserId, "
    "GuestUser.CommunityNickname FROM Site"
)
NETWORKS = (
    "SELECT Id, Name, Status, UrlPathPrefix, OptionsSelfRegistrationEnabled, SelfRegProfileId "
    "FROM Network"
)
SITE_ADDRESSES = "SELECT Domain.Domain, PathPrefix, SiteId FROM DomainSite"
SITE_OPTIONS = (
    "SELECT Name, MasterLabel, OptionsAllowGuestSupportApi, GuestRecordDefaultOwnerId FROM Site "
    "WHERE GuestUserId != null"
)
NETWORK_OPTIONS = (
    "OptionsGuestChatterEnabled",  # the public API
    "OptionsGuestFileAccessEnabled",
    "OptionsGuestMemberVisibility",
    "OptionsMemberVisibility",
    "OptionsNicknameDisplayEnabled",
    "OptionsSelfRegistrationEnabled",
)
NETWORK_SETTINGS = f"SELECT Name, {', '.join(NETWORK_OPTIONS)} FROM Network"
WHOLE = ("PermissionsViewAllData", "PermissionsModifyAllData")  # every record of every object
GUEST_SETS = (
    "SELECT AssigneeId, PermissionSetId, PermissionSetGroupId, "
    "PermissionSet.PermissionsApiEnabled, PermissionSet.PermissionsViewAllData, "
    "PermissionSet.PermissionsModifyAllData FROM PermissionSetAssignment "
    "WHERE Assignee.UserType = 'Guest'"
)
OUTSIDERS = (
    "SELECT UserType, COUNT_DISTINCT(AccountId) accounts, COUNT(Id) people FROM User "
    f"WHERE IsActive = true AND UserType IN ({_OUTSIDERS}) GROUP BY UserType"
)
_OF_SETS = (  # the label of a set that a profile owns is an id: its name is the profile's
    "PermissionSetId, PermissionSet.Label, PermissionSet.Profile.Name, "
    "PermissionSet.PermissionsPortalSuperUser, PermissionSet.PermissionsViewAllData, "
    "PermissionSet.PermissionsModifyAllData, Assignee.UserType"
)
OUTSIDER_SETS = (
    f"SELECT {_OF_SETS}, COUNT_DISTINCT(Assignee.AccountId) accounts, COUNT(Id) people "
    "FROM PermissionSetAssignment "
    f"WHERE Assignee.IsActive = true AND Assignee.UserType IN ({_OUTSIDERS}) GROUP BY {_OF_SETS}"
)
REGISTRATIONS = "SELECT NetworkId, AccountId FROM NetworkSelfRegistration"
INNER_ROLES = "SELECT Id, ParentRoleId FROM UserRole WHERE PortalType = 'None'"
HEALTH = "SELECT Score FROM SecurityHealthCheck"
ASSETS = (
    "SELECT Id, MasterLabel, CreatedDate FROM ContentAsset WHERE IsVisibleByExternalUsers = true"
)
DOCUMENTS = (
    "SELECT Id, Name, Type, Author.Email, Author.IsActive, CreatedDate, LastModifiedDate "
    "FROM Document WHERE IsPublic = true"
)
FOLDERS = (
    "SELECT Id, Name, Type, CreatedDate FROM Folder "
    "WHERE AccessType = 'Public' AND Type IN ('Dashboard', 'Document', 'Report')"
)


def own_permissions(user_id: str, names: Iterable[str]) -> str:
    """Which of these permissions the audit user holds, by profile or permission set."""
    fields = ", ".join(f"PermissionSet.{name}" for name in names)
    return (
        f"SELECT PermissionSetId, {fields} FROM PermissionSetAssignment "
        f"WHERE AssigneeId = {quoted(user_id)}"
    )


def sets_of_profiles(profiles: Iterable[str]) -> str:
    """The permission sets that profiles own; rights hang on these, never on the profile."""
    return f"SELECT Id, ProfileId FROM PermissionSet WHERE ProfileId IN {one_of(profiles)}"


def sets_within(accounts: Iterable[str]) -> str:
    """How many people of accounts hold which permission sets."""
    return (
        "SELECT PermissionSetId, COUNT_DISTINCT(Assignee.AccountId) accounts, COUNT(Id) people "
        "FROM PermissionSetAssignment "
        f"WHERE Assignee.IsActive = true AND Assignee.AccountId IN {one_of(accounts)} "
        "GROUP BY PermissionSetId"
    )


def kinds_within(accounts: Iterable[str]) -> str:
    """How many people of accounts are of which kind."""
    return (
        "SELECT UserType, COUNT_DISTINCT(AccountId) accounts, COUNT(Id) people FROM User "
        f"WHERE IsActive = true AND AccountId IN {one_of(accounts)} GROUP BY UserType"
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
        "SELECT ParentId, SobjectType, Field FROM FieldPermissions "
        f"WHERE PermissionsRead = true AND ParentId IN {one_of(sets)}"
    )


def groups_of(members: Iterable[str]) -> str:
    """The groups and queues that hold users or groups directly."""
    return (
        f"SELECT GroupId, UserOrGroupId FROM GroupMember WHERE UserOrGroupId IN {one_of(members)}"
    )


INNER_GROUPS = (
    "SELECT GroupId, UserOrGroupId FROM GroupMember WHERE UserOrGroupId IN (SELECT Id FROM Group)"
)


def outsiders_in(groups: Iterable[str]) -> str:
    """The users from outside whom groups hold directly; insiders may be thousands."""
    return (
        f"SELECT GroupId, UserOrGroupId FROM GroupMember WHERE GroupId IN {one_of(groups)} "
        f"AND UserOrGroupId IN (SELECT Id FROM User WHERE UserType IN ({_OUTSIDERS}))"
    )


def groups(ids: Iterable[str]) -> str:
    """What kind of group each one is; `RelatedId` is the role of a role's group."""
    return f"SELECT Id, Name, DeveloperName, Type, RelatedId FROM Group WHERE Id IN {one_of(ids)}"


def roles(ids: Iterable[str]) -> str:
    """Whose roles these are; a role of a portal belongs to one account."""
    return (
        "SELECT Id, DeveloperName, PortalType, PortalAccountId FROM UserRole "
        f"WHERE Id IN {one_of(ids)}"
    )


def accounts_below(roles: Iterable[str]) -> str:
    """How many accounts' roles hang directly below internal ones."""
    return (
        "SELECT ParentRoleId, COUNT(Id) n FROM UserRole "
        f"WHERE PortalType IN ('CustomerPortal', 'Partner') AND ParentRoleId IN {one_of(roles)} "
        "GROUP BY ParentRoleId"
    )


def users(ids: Iterable[str]) -> str:
    """From which accounts these users come."""
    return f"SELECT Id, UserType, AccountId FROM User WHERE Id IN {one_of(ids)}"


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


def shares(name: str, receivers: Iterable[str]) -> str:
    """How many rows of an object go to these users and groups, or to anybody by a rule."""
    theirs = one_of(receivers)
    either = f"UserOrGroupId IN {theirs} OR " if theirs != "()" else ""
    return (
        f"SELECT UserOrGroupId, RowCause, COUNT(Id) n FROM {share_table(name)} "
        f"WHERE {either}RowCause IN {one_of((*GUEST_CAUSES, 'Rule'))} "
        "GROUP BY UserOrGroupId, RowCause"
    )


def children(name: str, field: str, parent: str, receivers: Iterable[str]) -> str:
    """How many records of an object hang on parents that are shared with these."""
    return f"SELECT COUNT() FROM {name} WHERE {field} IN {_shared(parent, receivers)}"


def attached(name: str, receivers: Iterable[str] | None) -> str:
    """How many files that outsiders may see hang on records that are shared with these.

    None: on any record of the object.
    """
    records = f"(SELECT Id FROM {name})" if receivers is None else _shared(name, receivers)
    return (
        "SELECT COUNT() FROM ContentDocumentLink WHERE Visibility = 'AllUsers' "
        f"AND LinkedEntityId IN {records}"
    )


def _shared(name: str, receivers: Iterable[str]) -> str:
    record = "ParentId" if name.endswith("__c") else f"{name}Id"
    return f"(SELECT {record} FROM {share_table(name)} WHERE UserOrGroupId IN {one_of(receivers)})"


def size(name: str) -> str:
    """How many records an object has."""
    return f"SELECT COUNT() FROM {name}"


def share_table(name: str) -> str:
    """Where it is written who may see which record of an object."""
    return f"{name.removesuffix('__c')}__Share" if name.endswith("__c") else f"{name}Share"


def classes_of(sets: Iterable[str]) -> str:
    """The Apex classes that permission sets may call."""
    return (
        "SELECT ParentId, SetupEntityId FROM SetupEntityAccess "
        f"WHERE SetupEntityType = 'ApexClass' AND ParentId IN {one_of(sets)}"
    )


def sources(classes: Iterable[str]) -> str:
    """The source of Apex classes; that of a managed package is hidden."""
    return f"SELECT Id, Name, NamespacePrefix, Body FROM ApexClass WHERE Id IN {one_of(classes)}"


_LINK = (
    "Id, Name, ContentDocumentId, ContentDocument.Title, ContentDocument.FileExtension, "
    "ContentDocument.CreatedDate, ContentDocument.ContentModifiedDate, Owner.Email, "
    "Owner.Username, Owner.IsActive, CreatedBy.Email, CreatedDate, LastViewDate, ViewCount, "
    "PreferencesExpires, ExpiryDate, PreferencesPasswordRequired, "
    "PreferencesAllowOriginalDownload, PreferencesAllowPDFDownload"
)
LINK_FIELDS = tuple(_LINK.split(", "))


def public_links(now: datetime, after: str = "") -> str:
    """The public links that still work, those of one document side by side."""
    return (
        f"SELECT {_LINK} FROM ContentDistribution WHERE {_working(now, after)} "
        "ORDER BY ContentDocumentId, Id"
    )


def link_count(now: datetime, after: str = "") -> str:
    """How many of them there are."""
    return f"SELECT COUNT() FROM ContentDistribution WHERE {_working(now, after)}"


def _working(now: datetime, after: str) -> str:
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    beyond = f"ContentDocumentId > {quoted(after)} AND " if after else ""
    return f"{beyond}(PreferencesExpires = false OR ExpiryDate > {moment})"


def chunks(values: Iterable[str]) -> Iterator[Sequence[str]]:
    """Values, sorted, in portions that fit into a statement."""
    return batched(sorted(values), MOST)


def one_of(values: Iterable[str]) -> str:
    """A list for IN."""
    return f"({', '.join(quoted(v) for v in values)})"


def quoted(value: str) -> str:
    """A text in quotation marks, whatever it holds."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
