"""The SOQL statements of the connector. No other statement is ever sent.

None selects a link address, a password or the content of a record. Values are inserted by
`quote_value` only.

Rules that the statements follow:

* EntityDefinition and FieldDefinition support no COUNT(), GROUP BY, OR, NOT, LIMIT; conditions
  must be equalities.
* Aggregates with GROUP BY have no query cursor: their result is one page.
* URI and headers of a REST call have 16,384 bytes together.
* Permissions hang on permission sets; a profile's are on the set that it owns.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-tooling/guide/reference-objects-soql-limits.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/api/sforce_api_calls_soql_select_group_by_considerations.htm (read 2026-11-29)
Source: https://help.salesforce.com/s/articleView?id=000386264&type=1 (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-objectpermissions.html (read 2026-11-29)
"""  # noqa: E501 -- an address

# ruff: noqa: S608 -- SOQL only reads; every value is escaped

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from connectors.sdk.batched import batched

# Ids or names in one statement. URI and headers of a call have 16,384 bytes together.
# Source: https://help.salesforce.com/s/articleView?id=000386264&type=1 (read 2026-11-29)
CHUNK_SIZE = 200

# Row causes of shares to guests, as the WSDL names them.
# Source: not documented; assumed
GUEST_CAUSES = ("GuestRule", "GuestParentImplicit", "GuestPersonImplicit")

# Values of User.UserType for users who sign in from outside.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_user.htm (read 2026-08-15)  # noqa: E501 -- an address
PARTNER_TYPES = ("PowerPartner",)
CUSTOMER_TYPES = ("CSPLite", "CspLitePortal", "CustomerSuccess", "PowerCustomerSuccess")
EXTERNAL_TYPES = (*PARTNER_TYPES, *CUSTOMER_TYPES)
_EXTERNAL_TYPES = ", ".join(f"'{kind}'" for kind in EXTERNAL_TYPES)

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
# Further switches of sites; an organization without the feature behind one has no such field.
SITE_SWITCHES = (
    "OptionsAllowGuestPaymentsApi",
    "OptionsAllowHomePage",
    "OptionsAllowStandardLookups",
    "OptionsAllowStandardSearch",
    "OptionsEnableFeeds",
)
# System permissions that open more to a guest than objects and their records.
# Source: https://github.com/apex-dev-tools/sobject-types (read 2026-11-30)
GUEST_SYSTEM_PERMISSIONS = (
    "PermissionsApexRestServices",
    "PermissionsRunDecisionMatrix",
    "PermissionsRunExpressionSet",
    "PermissionsViewAllCustomSettings",
    "PermissionsViewAllForeignKeyNames",
    "PermissionsViewAllProfiles",
    "PermissionsViewAllUsers",
)
NETWORK_OPTIONS = (
    "OptionsGuestChatterEnabled",  # lets guests use the public Chatter API
    "OptionsGuestFileAccessEnabled",
    "OptionsGuestMemberVisibility",
    "OptionsMemberVisibility",
    "OptionsNicknameDisplayEnabled",
    "OptionsSelfRegistrationEnabled",
)
NETWORK_SETTINGS = f"SELECT Name, {', '.join(NETWORK_OPTIONS)} FROM Network"
# Permissions that give access to every record of every object, without share rows.
# Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-bulk-sharing-creating-with-apex.html (read 2026-11-29)  # noqa: E501 -- an address
VIEW_ALL = ("PermissionsViewAllData", "PermissionsModifyAllData")
GUEST_PERMISSION_SETS = (
    "SELECT AssigneeId, PermissionSetId, PermissionSetGroupId, "
    "PermissionSet.PermissionsApiEnabled, PermissionSet.PermissionsViewAllData, "
    "PermissionSet.PermissionsModifyAllData FROM PermissionSetAssignment "
    "WHERE Assignee.UserType = 'Guest'"
)
EXTERNAL_USERS = (
    "SELECT UserType, COUNT_DISTINCT(AccountId) accounts, COUNT(Id) people FROM User "
    f"WHERE IsActive = true AND UserType IN ({_EXTERNAL_TYPES}) GROUP BY UserType"
)
_SET_COLUMNS = (  # the label of a set owned by a profile is an id, so the profile's name is read
    "PermissionSetId, PermissionSet.Label, PermissionSet.ProfileId, PermissionSet.Profile.Name, "
    "PermissionSet.PermissionsPortalSuperUser, PermissionSet.PermissionsViewAllData, "
    "PermissionSet.PermissionsModifyAllData, Assignee.UserType"
)
EXTERNAL_PERMISSION_SETS = (
    f"SELECT {_SET_COLUMNS}, COUNT_DISTINCT(Assignee.AccountId) accounts, COUNT(Id) people "
    "FROM PermissionSetAssignment "
    f"WHERE Assignee.IsActive = true AND Assignee.UserType IN ({_EXTERNAL_TYPES}) "
    f"GROUP BY {_SET_COLUMNS}"
)
REGISTRATIONS = "SELECT NetworkId, AccountId FROM NetworkSelfRegistration"
INTERNAL_ROLES = "SELECT Id, ParentRoleId FROM UserRole WHERE PortalType = 'None'"
HEALTH_CHECK = "SELECT Score FROM SecurityHealthCheck"
# An asset file with this flag can be opened without sign-in.
# Source: https://help.salesforce.com/s/articleView?id=004652690&type=1 (read 2026-11-29)
ASSETS = (
    "SELECT Id, MasterLabel, CreatedDate FROM ContentAsset WHERE IsVisibleByExternalUsers = true"
)
DOCUMENTS = (
    "SELECT Id, Name, Type, Author.Email, Author.IsActive, CreatedDate, LastModifiedDate "
    "FROM Document WHERE IsPublic = true"
)
# AccessType Public includes portal users, PublicInternal does not.
# Source: https://developer.salesforce.com/docs/atlas.en-us.244.0.api_meta.meta/api_meta/meta_folder.htm (read 2026-11-29)  # noqa: E501 -- an address
FOLDERS = (
    "SELECT Id, Name, Type, CreatedDate FROM Folder "
    "WHERE AccessType = 'Public' AND Type IN ('Dashboard', 'Document', 'Report')"
)


def own_permissions(user_id: str, names: Iterable[str]) -> str:
    """Select which of these permissions a user holds, by profile or permission set."""
    fields = ", ".join(f"PermissionSet.{name}" for name in names)
    return (
        f"SELECT PermissionSetId, {fields} FROM PermissionSetAssignment "
        f"WHERE AssigneeId = {quote_value(user_id)}"
    )


def site_switch(name: str) -> str:
    """Select one switch of all sites that have a guest."""
    return f"SELECT Name, MasterLabel, {name} FROM Site WHERE GuestUserId != null"


def guests_with(permission: str) -> str:
    """Select the guests that hold a system permission, by any permission set."""
    return (
        "SELECT AssigneeId FROM PermissionSetAssignment "
        f"WHERE Assignee.UserType = 'Guest' AND PermissionSet.{permission} = true"
    )


def profile_permission_sets(profiles: Iterable[str]) -> str:
    """Select the permission sets that profiles own."""
    return f"SELECT Id, ProfileId FROM PermissionSet WHERE ProfileId IN {in_list(profiles)}"


def permission_sets_in_accounts(accounts: Iterable[str]) -> str:
    """Count active users and accounts by permission set, within some accounts."""
    return (
        "SELECT PermissionSetId, COUNT_DISTINCT(Assignee.AccountId) accounts, COUNT(Id) people "
        "FROM PermissionSetAssignment "
        f"WHERE Assignee.IsActive = true AND Assignee.AccountId IN {in_list(accounts)} "
        "GROUP BY PermissionSetId"
    )


def user_types_in_accounts(accounts: Iterable[str]) -> str:
    """Count active users and accounts by user type, within some accounts."""
    return (
        "SELECT UserType, COUNT_DISTINCT(AccountId) accounts, COUNT(Id) people FROM User "
        f"WHERE IsActive = true AND AccountId IN {in_list(accounts)} GROUP BY UserType"
    )


def object_permissions(sets: Iterable[str]) -> str:
    """Select the object permissions with Read of permission sets.

    `ParentId` is the id of a permission set, never of a profile.

    Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-objectpermissions.html (read 2026-11-29)
    """  # noqa: E501 -- an address
    return (
        "SELECT ParentId, SobjectType, PermissionsCreate, PermissionsEdit, "
        "PermissionsViewAllRecords, PermissionsModifyAllRecords FROM ObjectPermissions "
        f"WHERE PermissionsRead = true AND ParentId IN {in_list(sets)}"
    )


def all_fields_permissions(sets: Iterable[str]) -> str:
    """Select the object permissions with View All Fields: these have no FieldPermissions rows.

    Source: https://developer.salesforce.com/docs/platform/field-reference/references/field-reference/salesforce-field-reference-objectpermissions.html (read 2026-11-29)
    """  # noqa: E501 -- an address
    return (
        "SELECT ParentId, SobjectType FROM ObjectPermissions WHERE PermissionsRead = true "
        f"AND PermissionsViewAllFields = true AND ParentId IN {in_list(sets)}"
    )


def field_permissions(sets: Iterable[str]) -> str:
    """Select the readable fields of permission sets.

    Required fields and the name field have no rows: they are readable with the object. Neither have
    fields readable through View All Fields (`all_fields_permissions`).

    Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-fieldpermissions.html (read 2026-11-29)
    Source: https://developer.salesforce.com/docs/platform/field-reference/references/field-reference/salesforce-field-reference-objectpermissions.html (read 2026-11-29)
    """  # noqa: E501 -- an address
    return (
        "SELECT ParentId, SobjectType, Field FROM FieldPermissions "
        f"WHERE PermissionsRead = true AND ParentId IN {in_list(sets)}"
    )


def groups_containing(members: Iterable[str]) -> str:
    """Select the groups and queues that have these users or groups as direct members."""
    return (
        f"SELECT GroupId, UserOrGroupId FROM GroupMember WHERE UserOrGroupId IN {in_list(members)}"
    )


NESTED_GROUPS = (
    "SELECT GroupId, UserOrGroupId FROM GroupMember WHERE UserOrGroupId IN (SELECT Id FROM Group)"
)


def external_members(groups: Iterable[str]) -> str:
    """Select the direct members of groups that are external users."""
    return (
        f"SELECT GroupId, UserOrGroupId FROM GroupMember WHERE GroupId IN {in_list(groups)} "
        f"AND UserOrGroupId IN (SELECT Id FROM User WHERE UserType IN ({_EXTERNAL_TYPES}))"
    )


def groups_by_id(ids: Iterable[str]) -> str:
    """Select type and name of groups; `RelatedId` is the role of a role's group."""
    return f"SELECT Id, Name, DeveloperName, Type, RelatedId FROM Group WHERE Id IN {in_list(ids)}"


def roles_by_id(ids: Iterable[str]) -> str:
    """Select portal type and account of roles; a portal role belongs to one account."""
    return (
        "SELECT Id, DeveloperName, PortalType, PortalAccountId FROM UserRole "
        f"WHERE Id IN {in_list(ids)}"
    )


def subordinate_accounts(roles: Iterable[str]) -> str:
    """Count the portal roles directly below internal roles: three roles at most per account.

    The count of roles is taken as the count of accounts.

    Source: not documented; assumed
    """
    return (
        "SELECT ParentRoleId, COUNT(Id) n FROM UserRole "
        f"WHERE PortalType IN ('CustomerPortal', 'Partner') AND ParentRoleId IN {in_list(roles)} "
        "GROUP BY ParentRoleId"
    )


def users_by_id(ids: Iterable[str]) -> str:
    """Select user type and account of users."""
    return f"SELECT Id, UserType, AccountId FROM User WHERE Id IN {in_list(ids)}"


def entity_definitions(names: Iterable[str]) -> str:
    """Select labels and sharing models of objects.

    At most 200 names a statement: the number of rows is limited to 2,000 and has no cursor.

    Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_entitydefinition.htm (read 2026-08-15)
    """  # noqa: E501 -- an address
    return (
        "SELECT QualifiedApiName, DurableId, Label, InternalSharingModel, ExternalSharingModel "
        f"FROM EntityDefinition WHERE QualifiedApiName IN {in_list(names)}"
    )


def field_definitions(durable_id: str) -> str:
    """Select the field definitions of one object, by its durable id.

    FieldDefinition can be queried only by EntityDefinition.

    Source: https://developer.salesforce.com/docs/platform/api-tooling/guide/reference-objects-soql-limits.html (read 2026-11-29)
    """  # noqa: E501 -- an address
    return (
        "SELECT QualifiedApiName, Label, DataType, IsNillable FROM FieldDefinition "
        f"WHERE EntityDefinitionId = {quote_value(durable_id)}"
    )


def shown_to(audience: str, what: str) -> str:
    """Count the active users who show a part of their profile to `Guest` or `External` users.

    Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_user.htm (read 2026-08-15)
    """  # noqa: E501 -- an address
    return (
        "SELECT COUNT() FROM User WHERE IsActive = true "
        f"AND UserPreferencesShow{what}To{audience}Users = true"
    )


def record_count(name: str) -> str:
    """Count the records of an object."""
    return f"SELECT COUNT() FROM {name}"


def granted_code(sets: Iterable[str]) -> str:
    """Select the Apex classes, Visualforce pages and flows that permission sets grant.

    Source: https://developer.salesforce.com/docs/atlas.en-us.264.0.object_reference.meta/object_reference/sforce_api_objects_setupentityaccess.htm (read 2026-11-29)
    """  # noqa: E501 -- an address
    return (
        "SELECT ParentId, SetupEntityId, SetupEntityType FROM SetupEntityAccess "
        "WHERE SetupEntityType IN ('ApexClass', 'ApexPage', 'FlowDefinition') "
        f"AND ParentId IN {in_list(sets)}"
    )


_CLASS = "SELECT Id, Name, NamespacePrefix, ApiVersion, Body FROM ApexClass"


def class_sources(classes: Iterable[str]) -> str:
    """Select the source of Apex classes. It is `(hidden)` for classes of managed packages.

    Source: not documented; assumed
    """
    return f"{_CLASS} WHERE Id IN {in_list(classes)}"


def classes_by_name(names: Iterable[str]) -> str:
    """Select the source of the organization's own Apex classes with these names."""
    return f"{_CLASS} WHERE NamespacePrefix = null AND Name IN {in_list(names)}"


def page_markup(pages: Iterable[str]) -> str:
    """Select the markup of Visualforce pages."""
    return f"SELECT Id, Name, NamespacePrefix, Markup FROM ApexPage WHERE Id IN {in_list(pages)}"


def flow_definitions(flows: Iterable[str]) -> str:
    """Select flows with their active versions.

    Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_flowdefinitionview.htm (read 2026-11-30)
    """  # noqa: E501 -- an address
    return (
        "SELECT DurableId, ApiName, Label, ActiveVersionId FROM FlowDefinitionView "
        f"WHERE DurableId IN {in_list(flows)}"
    )


def flow_versions(versions: Iterable[str]) -> str:
    """Select the mode that versions of flows run in."""
    return (
        f"SELECT DurableId, RunInMode FROM FlowVersionView WHERE DurableId IN {in_list(versions)}"
    )


_LINK = (
    "Id, Name, ContentDocumentId, ContentDocument.Title, ContentDocument.FileExtension, "
    "ContentDocument.CreatedDate, ContentDocument.ContentModifiedDate, Owner.Email, "
    "Owner.Username, Owner.IsActive, CreatedBy.Email, CreatedDate, LastViewDate, ViewCount, "
    "PreferencesExpires, ExpiryDate, PreferencesPasswordRequired, "
    "PreferencesAllowOriginalDownload, PreferencesAllowPDFDownload"
)
LINK_FIELDS = tuple(_LINK.split(", "))


def public_links(now: datetime, after: str = "", limit: int = 0) -> str:
    """Select the public links that are active at a time, ordered by document.

    Args:
        now: The time, aware.
        after: Only documents with a greater id; "" for all.
        limit: Most rows; 0 for all.
    """
    most = f" LIMIT {limit}" if limit else ""
    return (
        f"SELECT {_LINK} FROM ContentDistribution WHERE {_active_links(now, after)} "
        f"ORDER BY ContentDocumentId, Id{most}"
    )


def link_count(now: datetime, after: str = "") -> str:
    """Count the public links that `public_links` selects."""
    return f"SELECT COUNT() FROM ContentDistribution WHERE {_active_links(now, after)}"


def _active_links(now: datetime, after: str) -> str:
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    beyond = f"ContentDocumentId > {quote_value(after)} AND " if after else ""
    return f"{beyond}(PreferencesExpires = false OR ExpiryDate > {moment})"


def chunks(values: Iterable[str]) -> Iterator[Sequence[str]]:
    """Yield the values, sorted, in chunks that fit into one statement."""
    return batched(sorted(values), CHUNK_SIZE)


def in_list(values: Iterable[str]) -> str:
    """Return a list for IN, quoted."""
    return f"({', '.join(quote_value(v) for v in values)})"


def quote_value(value: str) -> str:
    """Return a string literal; quotation marks and backslashes are escaped."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
