"""The calls to Microsoft Graph for the directory: accounts, groups and directory roles.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/user-list (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/group-list (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/group-list-owners (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/group-list-transitivemembers (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/aad-advanced-queries (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from connectors.m365.api_types import Group, RoleAssignment, User
from connectors.m365.errors import map_error
from connectors.m365.graph import Answer, Graph
from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import UNKNOWN, Unknown

# Source: https://learn.microsoft.com/en-us/graph/json-batching (read 2026-11-29)
GROUPS_PER_BATCH = 5  # four reads each, and a batch takes 20

# Graph requires this header for `$count`, on every page of the listing.
# Source: https://learn.microsoft.com/en-us/graph/query-parameters (read 2026-11-29)
_EVENTUAL_CONSISTENCY = {"ConsistencyLevel": "eventual"}
_GUEST_FIELDS = (
    "id,displayName,mail,userPrincipalName,accountEnabled,createdDateTime,externalUserState,"
    "externalUserStateChangeDateTime"
)
_ACCOUNT_FIELDS = "id,displayName,mail,userPrincipalName,proxyAddresses,accountEnabled"
_GROUP_FIELDS = "id,displayName,mail,visibility,groupTypes,resourceProvisioningOptions"
TEAM_FILTER = "resourceProvisioningOptions/Any(x:x%20eq%20'Team')"
_GUEST_FILTER = "userType%20eq%20'Guest'"
_MEMBER_FIELDS = "id,displayName,mail,userPrincipalName,userType"


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of accounts. `next` is the path of the next page; empty on the last one."""

    users: list[User]
    next: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One page of groups. `next` is the path of the next page; empty on the last one.

    `$expand` returns at most 20 owners of each group and no link to the others.

    Source: https://learn.microsoft.com/en-us/graph/query-parameters (read 2026-11-29)
    """

    groups: list[Group]
    next: str


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """What is known of a group that a grant names.

    Attributes:
        id: The id in the grant; `<id>_o` stands for the owners of a group.
        group: The group; None where it was deleted, or an error stands in its place.
        guests: The guests in it, those of nested groups included.
        members: How many people are in it.
        owners: How many of its owners can sign in.
        error: Why the group could not be read.
    """

    id: str
    group: Group | None = None
    guests: Sequence[User] = ()
    members: int | Unknown = UNKNOWN
    owners: int | Unknown = UNKNOWN
    error: ConnectorError | None = None


class Entra:
    """The calls to Graph for the directory of one tenant.

    They raise the errors of the transport; `AccessDenied` where the permission is missing.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def roles(self) -> Iterator[RoleAssignment]:
        """Iterate over the assignments of directory roles.

        Least permission: RoleManagement.Read.Directory.

        Source: https://learn.microsoft.com/en-us/graph/api/rbacapplication-list-roleassignments (read 2026-11-29)
        """  # noqa: E501 -- an address
        path = "/roleManagement/directory/roleAssignments?$expand=roleDefinition"
        for page in self._graph.pages(path):
            yield from cast(list[RoleAssignment], page.values)

    def groups_path(self) -> str:
        """Return the path of the first page of all groups."""
        owners = "owners($select=id,userType)"
        return f"/groups?$select={_GROUP_FIELDS}&$expand={owners}&$top=999"

    def groups_page(self, path: str) -> GroupPage:
        """Return one page of groups."""
        page = self._graph.page(path)
        return GroupPage(groups=cast(list[Group], page.values), next=page.next)

    def guests_path(self, *, sign_ins: bool, sponsors: bool) -> str:
        """Return the path of the first page of guests.

        Args:
            sign_ins: Whether to request the last sign-in. That requires AuditLog.Read.All and
                Entra ID P1, and limits a page to 500 accounts.
            sponsors: Whether to request the sponsors; not every cloud knows them.

        Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/pull/9591 (read 2026-11-29)
        """  # noqa: E501 -- an address
        fields = f"{_GUEST_FIELDS},signInActivity" if sign_ins else _GUEST_FIELDS
        more = "&$expand=sponsors($select=id,displayName,mail)" if sponsors else ""
        return f"/users?$filter={_GUEST_FILTER}&$select={fields}{more}&$top=500"

    def users_path(self) -> str:
        """Return the path of the first page of all accounts.

        There is no filter for members, because old accounts may have no `userType`.

        Source: not documented; assumed
        """
        return f"/users?$select={_ACCOUNT_FIELDS}&$top=999"

    def users_page(self, path: str) -> UserPage:
        """Return one page of guests, or of all accounts.

        Raises:
            LicenseRequired: The path requests sign-ins, and the tenant has no Entra ID P1.
            AccessDenied: User.Read.All or, for sign-ins, AuditLog.Read.All is missing.
            BadRequest: This Graph does not know a part of the path, or cannot read its token.
        """
        page = self._graph.page(path)
        return UserPage(users=cast(list[User], page.values), next=page.next)

    def count_users(self) -> int:
        """Return the number of accounts."""
        return self._count("/users?$select=id&$top=1&$count=true")

    def count_guests(self) -> int:
        """Return the number of guests."""
        return self._count(f"/users?$filter={_GUEST_FILTER}&$select=id&$top=1&$count=true")

    def count_groups(self) -> int:
        """Return the number of groups."""
        return self._count("/groups?$select=id&$top=1&$count=true")

    def count_teams(self) -> int:
        """Return the number of groups that are teams."""
        return self._count(f"/groups?$filter={TEAM_FILTER}&$select=id&$top=1&$count=true")

    def _count(self, path: str) -> int:
        return int(self._graph.get(path, _EVENTUAL_CONSISTENCY).get("@odata.count") or 0)

    def groups(self, ids: Sequence[str]) -> list[GroupDetails]:
        """Return what is known of at most `GROUPS_PER_BATCH` groups, in their order.

        An id that ends in `_o` stands for the owners of a group. An error of one group stands in
        its place.
        """
        reads = [_group_paths(group) for group in ids]
        answers = self._graph.batch(
            [path for four in reads for path in four], _EVENTUAL_CONSISTENCY
        )
        return [
            self._group(group, paths, answers[4 * n : 4 * n + 4])
            for n, (group, paths) in enumerate(zip(ids, reads, strict=True))
        ]

    def _group(self, group: str, paths: Sequence[str], answers: Sequence[Answer]) -> GroupDetails:
        about, counted, people, owning = answers
        if about.status == 404:
            return GroupDetails(group, members=0)
        if about.status >= 400:
            refused = map_error(paths[0], about.status, about.body)
            return GroupDetails(group, error=refused)
        listing = self._graph.follow_pages(paths[2], people, _EVENTUAL_CONSISTENCY)
        persons = cast(list[User], listing.values)
        total = counted.body.get("@odata.count") if counted.status < 400 else None
        return GroupDetails(
            group,
            group=cast(Group, about.body),
            guests=[user for user in persons if user.get("userType", "Guest") == "Guest"],
            members=total if isinstance(total, int) else UNKNOWN,
            owners=self._owners(paths[3], owning),
            error=listing.error,
        )

    def _owners(self, path: str, answer: Answer) -> int | Unknown:
        listing = self._graph.follow_pages(path, answer, _EVENTUAL_CONSISTENCY)
        if listing.error is not None:
            return UNKNOWN
        # an owner without a state may be a person who left: unknown, not active
        states = [owner.get("accountEnabled") for owner in listing.values]
        return UNKNOWN if None in states else states.count(True)


def _group_paths(group: str) -> tuple[str, str, str, str]:
    """Return four paths: the group, its number of people, its guests, its owners."""
    known = group.removesuffix("_o")
    about = f"/groups/{known}?$select={_GROUP_FIELDS}"
    owners = f"/groups/{known}/owners/microsoft.graph.user"
    owning = f"{owners}?$select=id,accountEnabled"
    if group.endswith("_o"):
        counted = f"{owners}?$count=true&$top=1&$select=id"
        return about, counted, f"{owners}?$select={_MEMBER_FIELDS}", owning
    people = f"/groups/{known}/transitiveMembers/microsoft.graph.user"
    return (
        about,
        f"{people}?$count=true&$top=1&$select=id",
        f"{people}?$filter={_GUEST_FILTER}&$count=true&$select={_MEMBER_FIELDS}",
        owning,
    )
