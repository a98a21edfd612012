"""What is known of the access to an object's records, before it becomes grants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.salesforce.permission_sets import ExternalUserCounts
from connectors.salesforce.share_recipients import ShareRecipient
from connectors.salesforce.sharing_rules import ALL_CRITERIA, SharingRule
from connectors.salesforce.sharing_sets import AccessMapping
from connectors.sdk.records import UNKNOWN, Access, GrantCause, Unknown

ShareCounts = Mapping[tuple[str, str], int]
"""Number of share rows by recipient id and row cause."""

# External sharing models that show no record by default. All others count as open.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_entitydefinition.htm (read 2026-08-15)  # noqa: E501 -- an address
PRIVATE_DEFAULTS = frozenset(
    {"Private", "None", "ControlledByParent", "ControlledByLeadOrContact"}
) | {"ControlledByCampaign"}
BY_ACCOUNT = "AccountShare"
EXTERNAL_DEFAULT = "ExternalSharingModel"
CONTROLLED_BY_PARENT = "ControlledByParent"
ACCESS_ORDER = (Access.VIEW, Access.CREATE, Access.EDIT, Access.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAccess:
    """What is known of the records of one object. None means that it could not be read.

    Attributes:
        name: API name.
        shares: Number of share rows by recipient id and cause; None where there is no share table.
        shares_complete: False where share rows of guests or rules may be missing in `shares`.
        user_shares: Number of records shared with external users themselves, by cause.
        account_shares: Records opened by share rows of their account, by recipient.
        total: Number of all records.
        external_default: Organization-wide default for external users.
        parent_controlled: Access follows a parent record.
        child_counts: Records by reader of the parent, where access follows a parent.
        rules: Sharing rules; None where they may not be read.
        access_mappings: Lines of sharing sets, of the parent where access follows one.
    """

    name: str = ""
    shares: ShareCounts | None = None
    shares_complete: bool = True
    user_shares: Mapping[str, int] = field(default_factory=dict[str, int])
    account_shares: Mapping[str, int | Unknown] = field(default_factory=dict[str, "int | Unknown"])
    total: int | None = None
    external_default: str | None = None
    parent_controlled: bool = False
    child_counts: Mapping[str, int | Unknown] = field(default_factory=dict[str, "int | Unknown"])
    rules: tuple[SharingRule, ...] | None = None
    access_mappings: tuple[AccessMapping, ...] = ()

    @property
    def open_by_default(self) -> bool:
        """True if external users see every record by default."""
        return self.external_default is not None and self.external_default not in PRIVATE_DEFAULTS


class AccessPath(NamedTuple):
    """One path by which records of an object reach a guest, with their number and criteria."""

    name: str
    cause: GrantCause
    reach: int | Unknown
    criteria: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingContext:
    """What is the same for all objects.

    Attributes:
        groups: Guests below each group; None where groups could not be read.
        recipients: Groups of external users, by id.
        user_counts: External users by type, and their permission sets.
    """

    groups: Mapping[str, Collection[str]] | None
    recipients: Mapping[str, ShareRecipient]
    user_counts: ExternalUserCounts


def rule_criteria(criteria: str, records: int | Unknown, total: int | None) -> str:
    """Return the criteria of a rule; `*` where it opens as many records as there are today."""
    every = isinstance(records, int) and total is not None and 0 < total <= records
    return ALL_CRITERIA if every else criteria


def treat_as_view_all(access: Access, criteria: str) -> Access:
    """Return ALL_RECORDS for a rule without criteria: it is as wide as View All."""
    return Access.ALL_RECORDS if criteria == ALL_CRITERIA else access


def count_or_unknown(count: int | None) -> int | Unknown:
    """Return a count, or UNKNOWN where nobody could count."""
    return UNKNOWN if count is None else count
