"""Recipients of sharing rules: which groups hold external users, and of how many accounts.

A role's group names its role in `RelatedId`; a portal role belongs to one account.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-tooling/references/tooling-objects/tooling-group.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_group.htm (read 2026-08-15)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.salesforce import queries
from connectors.salesforce.permission_sets import ExternalUserCounts, accounts_audience
from connectors.salesforce.query_pages import Row
from connectors.sdk.records import Audience

QueryAll = Callable[[Iterable[str]], Iterator[Row]]
"""Returns the rows of statements; a refused one has none and becomes a gap."""

# Group types that stand for all users of some types. All internal users are `Organization`.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_group.htm (read 2026-08-15)  # noqa: E501 -- an address
_USER_TYPES_OF = {
    "PRMOrganization": queries.PARTNER_TYPES,
    "AllCustomerPortal": queries.CUSTOMER_TYPES,
}
# By group type: the elements of `sharedTo` that name such a group in a sharing rule.
# Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-sharingrules.html (read 2026-08-15)  # noqa: E501 -- an address
_METADATA_ELEMENTS = {
    "PRMOrganization": ("allPartnerUsers",),
    "AllCustomerPortal": ("allCustomerPortalUsers",),
    "Regular": ("group", "groups"),
    "Role": ("role", "roles", "portalRole"),
    "RoleAndSubordinates": (
        "roleAndSubordinates",
        "rolesAndSubordinates",
        "portalRoleAndSubordinates",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRecipient:
    """A group that holds external users.

    Attributes:
        id: Group id (00G...).
        name: Name shown to the administrator.
        audience: Users of one account, or of several accounts.
        kinds: User types, as in `User.UserType`.
        metadata_names: Pairs of element name and text by which a rule's `sharedTo` may name it.
    """

    id: str
    name: str
    audience: Audience
    kinds: frozenset[str]  # of users, as in User.UserType
    metadata_names: frozenset[tuple[str, str]]


@dataclass(slots=True)
class _GroupMembers:
    """Members of a group: accounts by id, whole user types, and a number of further accounts."""

    accounts: set[str] = field(default_factory=set[str])
    whole_types: set[str] = field(default_factory=set[str])
    kinds: set[str] = field(default_factory=set[str])
    extra_accounts: int = 0

    def merge(self, other: _GroupMembers) -> None:
        """Add the members of another group."""
        self.accounts |= other.accounts
        self.whole_types |= other.whole_types
        self.kinds |= other.kinds
        self.extra_accounts += other.extra_accounts


class GroupResolver:
    """Resolves the recipients of rules to groups of external users, all in a few queries."""

    def __init__(
        self,
        query_all: QueryAll,
        user_counts: ExternalUserCounts,
        nested: Mapping[str, Collection[str]],
    ) -> None:
        self._query_all = query_all
        self._user_counts = user_counts
        self._nested = nested  # the groups directly in each group
        self._groups: dict[str, Row] = {}
        self._external_members: defaultdict[str, set[str]] = defaultdict(
            set
        )  # outside users by group
        self._roles: dict[str, Row] = {}
        self._users: dict[str, Row] = {}
        self._subordinate_accounts: dict[str, int] = {}

    def resolve(self, ids: Iterable[str]) -> dict[str, ShareRecipient]:
        """Return those of these ids that are groups with external users, by id.

        Ids of users (005...) are ignored.

        Source: https://help.salesforce.com/s/articleView?id=000385203&type=1 (read 2026-11-29)
        """
        wanted = {each for each in ids if each[:3] == "00G"}
        if not wanted or not self._user_counts.accounts:
            return {}
        self._load(wanted)
        found: dict[str, ShareRecipient] = {}
        for each in sorted(wanted & self._groups.keys()):
            members = self._members(each, frozenset())
            if members.accounts or members.whole_types or members.extra_accounts:
                found[each] = self._recipient(self._groups[each], members)
        return found

    def _load(self, wanted: Collection[str]) -> None:
        every, fresh = set(wanted), set(wanted)
        while fresh:
            fresh = {inner for group in fresh for inner in self._nested.get(group, ())} - every
            every |= fresh
        for row in self._query_all(
            _statements((queries.groups_by_id, every), (queries.external_members, every))
        ):
            if "Type" in row:
                self._groups[row["Id"]] = row
            else:
                self._external_members[row["GroupId"]].add(row["UserOrGroupId"])
        roles = {g["RelatedId"] for g in self._groups.values() if g["RelatedId"]}
        users = {user for people in self._external_members.values() for user in people}
        deep = any(group["Type"] == "RoleAndSubordinates" for group in self._groups.values())
        statements = [*_statements((queries.roles_by_id, roles), (queries.users_by_id, users))]
        above: dict[str, str | None] = {}
        for row in self._query_all([*statements, queries.INTERNAL_ROLES] if deep else statements):
            if "AccountId" in row:
                self._users[row["Id"]] = row
            elif "PortalType" in row:
                self._roles[row["Id"]] = row
            else:
                above[row["Id"]] = row["ParentRoleId"]
        if any(self._includes_subordinates(group) for group in self._groups.values()):
            self._count_subordinate_accounts(above)

    def _includes_subordinates(self, group: Row) -> bool:
        role = self._roles.get(group["RelatedId"])
        inner = role is not None and role["PortalType"] == "None"
        return inner and group["Type"] == "RoleAndSubordinates"

    def _count_subordinate_accounts(self, above: Mapping[str, str | None]) -> None:
        """Count the accounts whose portal roles are below each internal role, at any level."""
        counts: defaultdict[str, int] = defaultdict(int)
        for row in self._query_all(_statements((queries.subordinate_accounts, above))):
            role = row["ParentRoleId"]
            while role:
                counts[role] += int(row["n"])
                role = above.get(role)
        self._subordinate_accounts = dict(counts)

    def _members(self, each: str, above: frozenset[str]) -> _GroupMembers:
        members = _GroupMembers()
        for user in (
            self._users[user] for user in self._external_members[each] if user in self._users
        ):
            account = str(user["AccountId"])
            known = account not in self._user_counts.registration_accounts
            members.accounts.add(account if known else user["Id"])
            members.kinds.add(user["UserType"])
        group = self._groups.get(each)
        if group is None or each in above:
            return members
        every = _USER_TYPES_OF.get(group["Type"], ())
        members.whole_types |= {kind for kind in every if self._user_counts.accounts.get(kind)}
        members.kinds |= members.whole_types
        role: Mapping[str, object] = self._roles.get(group["RelatedId"]) or {}
        if role and role["PortalType"] != "None":
            account = str(role["PortalAccountId"])
            members.accounts.add(account)
            members.extra_accounts += account in self._user_counts.registration_accounts
            members.kinds |= {
                *(
                    queries.PARTNER_TYPES
                    if role["PortalType"] == "Partner"
                    else queries.CUSTOMER_TYPES
                )
            }
        elif self._includes_subordinates(group):
            members.extra_accounts = self._subordinate_accounts.get(group["RelatedId"], 0)
            members.kinds |= {*queries.PARTNER_TYPES, *queries.CUSTOMER_TYPES}
        for member in self._nested.get(each, ()):
            members.merge(self._members(member, above | {each}))
        return members

    def _recipient(self, group: Row, members: _GroupMembers) -> ShareRecipient:
        role: Mapping[str, object] = self._roles.get(group["RelatedId"]) or {}
        name = str(role.get("DeveloperName") or group["DeveloperName"] or group["Type"])
        text = "" if group["Type"] in _USER_TYPES_OF else name.casefold()
        by_kind = sum(self._user_counts.accounts.get(kind, 0) for kind in members.whole_types)
        return ShareRecipient(
            id=group["Id"],
            name=str(group["Name"] or name),
            audience=accounts_audience(
                max(by_kind, len(members.accounts)) + members.extra_accounts
            ),
            kinds=frozenset(members.kinds),
            metadata_names=frozenset(
                (written, text) for written in _METADATA_ELEMENTS.get(group["Type"], ())
            ),
        )


def _statements(*about: tuple[Callable[[Iterable[str]], str], Iterable[str]]) -> Iterator[str]:
    return (statement(some) for statement, ids in about for some in queries.chunks(ids))
