"""The SOQL statements about share tables, and about records by their share rows.

Values are inserted by `queries.quote_value` only.

Sources:

Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-bulk-sharing-creating-with-apex.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-accountshare.html (read 2026-11-30)
"""  # noqa: E501 -- an address

# ruff: noqa: S608 -- SOQL only reads; every value is escaped

from __future__ import annotations

from collections.abc import Iterable

from connectors.salesforce.queries import GUEST_CAUSES, in_list

# Causes of shares that give users what belongs to their own account, or follows another share row.
# Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-accountshare.html (read 2026-11-30)  # noqa: E501 -- an address
OWN_ACCOUNT_CAUSES = (
    "ImplicitChild",
    "ImplicitParent",
    "ImplicitPerson",
    "LpuParentImplicit",
    "PortalImplicit",
    "RelatedPortalUser",
)
# Types of groups that can hold partners and customers. A territory is none of them.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_group.htm (read 2026-08-15)  # noqa: E501 -- an address
GROUP_TYPES = (
    "AllCustomerPortal",
    "PRMOrganization",
    "Queue",
    "Regular",
    "Role",
    "RoleAndSubordinates",
)
# Standard objects whose share table names the record `<Object>Id`; all others name it `ParentId`.
# Source: https://github.com/apex-dev-tools/sobject-types (read 2026-11-30)
_NAMED_AFTER_OBJECT = frozenset(
    {
        "Account",
        "Asset",
        "Campaign",
        "Case",
        "Contact",
        "EngagementInteraction",
        "Individual",
        "Lead",
        "Opportunity",
        "Order",
        "User",
    }
)
# Objects that a share row of their account opens as well, with the field of its level.
# Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-accountshare.html (read 2026-11-30)  # noqa: E501 -- an address
ACCOUNT_LEVELS = {
    "Case": "CaseAccessLevel",
    "Contact": "ContactAccessLevel",
    "Opportunity": "OpportunityAccessLevel",
}


def share_table(name: str) -> str:
    """Return the name of an object's share table: `CaseShare`, `Order__Share`.

    Source: https://developer.salesforce.com/docs/platform/apex-dev/references/apex-dev/apex-bulk-sharing-creating-with-apex.html (read 2026-11-29)
    """  # noqa: E501 -- an address
    return f"{name.removesuffix('__c')}__Share" if name.endswith("__c") else f"{name}Share"


def record_field(name: str) -> str:
    """Return the field of an object's share table that names the record."""
    return f"{name}Id" if name in _NAMED_AFTER_OBJECT else "ParentId"


def share_counts(name: str, recipients: Iterable[str]) -> str:
    """Count the share rows of an object by recipient and cause.

    Selected are rows of these recipients, and rows created by sharing rules for anyone.
    """
    theirs = in_list(recipients)
    either = f"UserOrGroupId IN {theirs} OR " if theirs != "()" else ""
    return (
        f"SELECT UserOrGroupId, RowCause, COUNT(Id) n FROM {share_table(name)} "
        f"WHERE {either}RowCause IN {in_list((*GUEST_CAUSES, 'Rule'))} "
        "GROUP BY UserOrGroupId, RowCause"
    )


def group_share_counts(name: str) -> str:
    """Count the share rows of groups by group and cause: by hand, by code, queues, relationships.

    Those of sharing rules are counted by `share_counts`.
    """
    others = in_list((*OWN_ACCOUNT_CAUSES, *GUEST_CAUSES, "Rule"))
    return (
        f"SELECT UserOrGroupId, RowCause, COUNT(Id) n FROM {share_table(name)} "
        f"WHERE RowCause NOT IN {others} "
        f"AND UserOrGroupId IN (SELECT Id FROM Group WHERE Type IN {in_list(GROUP_TYPES)}) "
        "GROUP BY UserOrGroupId, RowCause"
    )


def user_share_counts(name: str, user_types: Iterable[str], level: str = "") -> str:
    """Count the records shared with users of these types themselves, by cause, and these users.

    Args:
        name: The object.
        user_types: Values of `User.UserType`.
        level: Only rows that have access by this field of AccountShare.
    """
    others = in_list((*OWN_ACCOUNT_CAUSES, *GUEST_CAUSES, "Owner"))
    opens = f"AND {level} IN ('Read', 'Edit', 'All') " if level else ""
    return (
        f"SELECT RowCause, COUNT_DISTINCT({record_field(name)}) n, "
        f"COUNT_DISTINCT(UserOrGroupId) people FROM {share_table(name)} "
        f"WHERE RowCause NOT IN {others} {opens}"
        "AND UserOrGroupId IN (SELECT Id FROM User "
        f"WHERE IsActive = true AND UserType IN {in_list(sorted(user_types))}) GROUP BY RowCause"
    )


def account_child_count(name: str, recipients: Iterable[str]) -> str:
    """Count the records of an object whose account's share row opens them to these recipients."""
    level = ACCOUNT_LEVELS[name]
    return (
        f"SELECT COUNT() FROM {name} WHERE AccountId IN (SELECT AccountId FROM AccountShare "
        f"WHERE UserOrGroupId IN {in_list(recipients)} AND {level} IN ('Read', 'Edit', 'All'))"
    )


def child_count(name: str, field: str, parent: str, recipients: Iterable[str]) -> str:
    """Count the records of an object whose parent is shared with these recipients."""
    return f"SELECT COUNT() FROM {name} WHERE {field} IN {_shared_records(parent, recipients)}"


def file_count(name: str, recipients: Iterable[str] | None) -> str:
    """Count the files visible to external users on records shared with these recipients.

    None as recipients: on any record of the object. Without Query All Files a filter on
    LinkedEntityId is mandatory.

    Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-contentdocumentlink.html (read 2026-11-29)
    """  # noqa: E501 -- an address
    records = (
        f"(SELECT Id FROM {name})" if recipients is None else _shared_records(name, recipients)
    )
    return (
        "SELECT COUNT() FROM ContentDocumentLink WHERE Visibility = 'AllUsers' "
        f"AND LinkedEntityId IN {records}"
    )


def _shared_records(name: str, recipients: Iterable[str]) -> str:
    """Select the ids of records shared with recipients, as a semi-join."""
    return (
        f"(SELECT {record_field(name)} FROM {share_table(name)} "
        f"WHERE UserOrGroupId IN {in_list(recipients)})"
    )
