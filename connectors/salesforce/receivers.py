"""Recipients of sharing rules: which groups hold external users, and of how many accounts.

A role's group names its role in `RelatedId`; a portal role belongs to one account.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-tooling/references/tooling-objects/tooling-group.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_group.htm (read 2026-08-15)
"""  # noqa: E501

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.salesforce import soql
from connectors.salesforce.client import Row
from connectors.salesforce.rights import Outsiders, audience_of
from connectors.sdk.records import Audience

Ask = Callable[[Iterable[str]], Iterator[Row]]
"""Returns the rows of statements; a refused one has none and becomes a gap."""

# Group types that stand for all users of some types. All internal users are `Organization`.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_group.htm (read 2026-08-15)  # noqa: E501
_EVERY = {"PRMOrganization": soql.PARTNERS, "AllCustomerPortal": soql.CUSTOMERS}
# By group type: the elements of `sharedTo` that name such a group in a sharing rule.
# Source: https://developer.salesforce.com/docs/platform/api-metadata/references/meta-types/metadata-sharingrules.html (read 2026-08-15)  # noqa: E501
_WRITTEN = {
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
class Receiver:
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
    known_as: frozenset[tuple[str, str]]


@dataclass(slots=True)
class _Held:
    """Members of a group: accounts by id, whole user types, and a number of further accounts."""

    accounts: set[str] = field(default_factory=set[str])
    every: set[str] = field(default_factory=set[str])
    kinds: set[str] = field(default_factory=set[str])
    more: int = 0

    def add(self, other: _Held) -> None:
        """Add the members of another group."""
        self.accounts |= other.accounts
        self.every |= other.every
        self.kinds |= other.kinds
        self.more += other.more


class Resolver:
    """Resolves the recipients of rules to groups of external users, all in a few queries."""

    def __init__(
        self, ask: Ask, outsiders: Outsiders, inner: Mapping[str, Collection[str]]
    ) -> None:
        self._ask = ask
        self._outsiders = outsiders
        self._inner = inner  # the groups directly in each group
        self._groups: dict[str, Row] = {}
        self._people: defaultdict[str, set[str]] = defaultdict(set)  # outside users by group
        self._roles: dict[str, Row] = {}
        self._users: dict[str, Row] = {}
        self._accounts_below: dict[str, int] = {}

    def receivers(self, ids: Iterable[str]) -> dict[str, Receiver]:
        """Return those of these ids that are groups with external users, by id.

        Ids of users (005...) are ignored.

        Source: https://help.salesforce.com/s/articleView?id=000385203&type=1 (read 2026-11-29)
        """
        wanted = {each for each in ids if each[:3] == "00G"}
        if not wanted or not self._outsiders.accounts:
            return {}
        self._look_up(wanted)
        found: dict[str, Receiver] = {}
        for each in sorted(wanted & self._groups.keys()):
            held = self._held(each, frozenset())
            if held.accounts or held.every or held.more:
                found[each] = self._receiver(self._groups[each], held)
        return found

    def _look_up(self, wanted: Collection[str]) -> None:
        every, fresh = set(wanted), set(wanted)
        while fresh:
            fresh = {inner for group in fresh for inner in self._inner.get(group, ())} - every
            every |= fresh
        for row in self._ask(_asked((soql.groups, every), (soql.outsiders_in, every))):
            if "Type" in row:
                self._groups[row["Id"]] = row
            else:
                self._people[row["GroupId"]].add(row["UserOrGroupId"])
        roles = {g["RelatedId"] for g in self._groups.values() if g["RelatedId"]}
        users = {user for people in self._people.values() for user in people}
        deep = any(group["Type"] == "RoleAndSubordinates" for group in self._groups.values())
        asked = [*_asked((soql.roles, roles), (soql.users, users))]
        above: dict[str, str | None] = {}
        for row in self._ask([*asked, soql.INNER_ROLES] if deep else asked):
            if "AccountId" in row:
                self._users[row["Id"]] = row
            elif "PortalType" in row:
                self._roles[row["Id"]] = row
            else:
                above[row["Id"]] = row["ParentRoleId"]
        if any(self._looks_below(group) for group in self._groups.values()):
            self._count_below(above)

    def _looks_below(self, group: Row) -> bool:
        role = self._roles.get(group["RelatedId"])
        inner = role is not None and role["PortalType"] == "None"
        return inner and group["Type"] == "RoleAndSubordinates"

    def _count_below(self, above: Mapping[str, str | None]) -> None:
        """Count the accounts whose portal roles are below each internal role, at any level."""
        counts: defaultdict[str, int] = defaultdict(int)
        for row in self._ask(_asked((soql.accounts_below, above))):
            role = row["ParentRoleId"]
            while role:
                counts[role] += int(row["n"])
                role = above.get(role)
        self._accounts_below = dict(counts)

    def _held(self, each: str, above: frozenset[str]) -> _Held:
        held = _Held()
        for user in (self._users[user] for user in self._people[each] if user in self._users):
            account = str(user["AccountId"])
            known = account not in self._outsiders.strangers
            held.accounts.add(account if known else user["Id"])
            held.kinds.add(user["UserType"])
        group = self._groups.get(each)
        if group is None or each in above:
            return held
        every = _EVERY.get(group["Type"], ())
        held.every |= {kind for kind in every if self._outsiders.accounts.get(kind)}
        held.kinds |= held.every
        role: Mapping[str, object] = self._roles.get(group["RelatedId"]) or {}
        if role and role["PortalType"] != "None":
            account = str(role["PortalAccountId"])
            held.accounts.add(account)
            held.more += account in self._outsiders.strangers
            held.kinds |= {*(soql.PARTNERS if role["PortalType"] == "Partner" else soql.CUSTOMERS)}
        elif self._looks_below(group):
            held.more = self._accounts_below.get(group["RelatedId"], 0)
            held.kinds |= {*soql.PARTNERS, *soql.CUSTOMERS}
        for member in self._inner.get(each, ()):
            held.add(self._held(member, above | {each}))
        return held

    def _receiver(self, group: Row, held: _Held) -> Receiver:
        role: Mapping[str, object] = self._roles.get(group["RelatedId"]) or {}
        name = str(role.get("DeveloperName") or group["DeveloperName"] or group["Type"])
        text = "" if group["Type"] in _EVERY else name.casefold()
        by_kind = sum(self._outsiders.accounts.get(kind, 0) for kind in held.every)
        return Receiver(
            id=group["Id"],
            name=str(group["Name"] or name),
            audience=audience_of(max(by_kind, len(held.accounts)) + held.more),
            kinds=frozenset(held.kinds),
            known_as=frozenset((written, text) for written in _WRITTEN.get(group["Type"], ())),
        )


def _asked(*about: tuple[Callable[[Iterable[str]], str], Iterable[str]]) -> Iterator[str]:
    return (statement(some) for statement, ids in about for some in soql.chunks(ids))
