"""The calls to Microsoft Graph for the directory: accounts, groups and directory roles.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/user-list (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/group-list (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/group-list-owners (read 2026-08-15)
    Source: https://learn.microsoft.com/en-us/graph/api/group-list-transitivemembers (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/aad-advanced-queries (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from connectors.m365.graph import Answer, Graph
from connectors.m365.refusals import refusal
from connectors.m365.shapes import Group, RoleAssignment, User
from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import UNKNOWN, Unknown

# Source: https://learn.microsoft.com/en-us/graph/json-batching (read 2026-11-29)
GROUPS_A_BATCH = 5  # four reads each, and a batch takes 20

# Graph requires this header for `$count`, on every page of the listing.
# Source: https://learn.microsoft.com/en-us/graph/query-parameters (read 2026-11-29)
_EVENTUAL = {"ConsistencyLevel": "eventual"}
_GUEST = (
    "id,displayName,mail,userPrincipalName,accountEnabled,createdDateTime,externalUserState,"
    "externalUserStateChangeDateTime"
)
_ACCOUNT = "id,displayName,mail,userPrincipalName,proxyAddresses,accountEnabled"
_GROUP = "id,displayName,mail,visibility,groupTypes,resourceProvisioningOptions"
IS_TEAM = "resourceProvisioningOptions/Any(x:x%20eq%20'Team')"
_IS_GUEST = "userType%20eq%20'Guest'"
_PERSON = "id,displayName,mail,userPrincipalName,userType"


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
class GroupReading:
    """What is known of a group that a grant names.

    Attributes:
        id: The id in the grant; `<id>_o` stands for the owners of a group.
        group: The group; None where it was deleted, or an error stands in its place.
        guests: The guests in it, those of nested groups included.
        members: How many people are in it.
        owners: How many of its owners can sign in.
        refused: Why the group could not be read.
    """

    id: str
    group: Group | None = None
    guests: Sequence[User] = ()
    members: int | Unknown = UNKNOWN
    owners: int | Unknown = UNKNOWN
    refused: ConnectorError | None = None


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
        """  # noqa: E501
        path = "/roleManagement/directory/roleAssignments?$expand=roleDefinition"
        for page in self._graph.pages(path):
            yield from cast(list[RoleAssignment], page.values)

    def groups_path(self) -> str:
        """Return the path of the first page of all groups."""
        owners = "owners($select=id,userType)"
        return f"/groups?$select={_GROUP}&$expand={owners}&$top=999"

    def groups_listed(self, path: str) -> GroupPage:
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
        """  # noqa: E501
        told = f"{_GUEST},signInActivity" if sign_ins else _GUEST
        more = "&$expand=sponsors($select=id,displayName,mail)" if sponsors else ""
        return f"/users?$filter={_IS_GUEST}&$select={told}{more}&$top=500"

    def users_path(self) -> str:
        """Return the path of the first page of all accounts.

        There is no filter for members, because old accounts may have no `userType`.

        Source: not documented; assumed
        """
        return f"/users?$select={_ACCOUNT}&$top=999"

    def users(self, path: str) -> UserPage:
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
        return self._count(f"/users?$filter={_IS_GUEST}&$select=id&$top=1&$count=true")

    def count_groups(self) -> int:
        """Return the number of groups."""
        return self._count("/groups?$select=id&$top=1&$count=true")

    def count_teams(self) -> int:
        """Return the number of groups that are teams."""
        return self._count(f"/groups?$filter={IS_TEAM}&$select=id&$top=1&$count=true")

    def _count(self, path: str) -> int:
        return int(self._graph.get(path, _EVENTUAL).get("@odata.count") or 0)

    def groups(self, ids: Sequence[str]) -> list[GroupReading]:
        """Return what is known of at most `GROUPS_A_BATCH` groups, in their order.

        An id that ends in `_o` stands for the owners of a group. An error of one group stands in
        its place.
        """
        reads = [_paths_of(group) for group in ids]
        answers = self._graph.batch([path for four in reads for path in four], _EVENTUAL)
        return [
            self._group(group, paths, answers[4 * n : 4 * n + 4])
            for n, (group, paths) in enumerate(zip(ids, reads, strict=True))
        ]

    def _group(self, group: str, paths: Sequence[str], answers: Sequence[Answer]) -> GroupReading:
        about, counted, people, owning = answers
        if about.status == 404:
            return GroupReading(group, members=0)
        if about.status >= 400:
            refused = refusal(paths[0], about.status, about.body)
            return GroupReading(group, refused=refused)
        listing = self._graph.whole(paths[2], people, _EVENTUAL)
        persons = cast(list[User], listing.values)
        total = counted.body.get("@odata.count") if counted.status < 400 else None
        return GroupReading(
            group,
            group=cast(Group, about.body),
            guests=[user for user in persons if user.get("userType", "Guest") == "Guest"],
            members=total if isinstance(total, int) else UNKNOWN,
            owners=self._owners(paths[3], owning),
            refused=listing.refused,
        )

    def _owners(self, path: str, answer: Answer) -> int | Unknown:
        listing = self._graph.whole(path, answer, _EVENTUAL)
        if listing.refused is not None:
            return UNKNOWN
        # an owner without a state may be a person who left: unknown, not active
        states = [owner.get("accountEnabled") for owner in listing.values]
        return UNKNOWN if None in states else states.count(True)


def _paths_of(group: str) -> tuple[str, str, str, str]:
    """Return four paths: the group, its number of people, its guests, its owners."""
    known = group.removesuffix("_o")
    about = f"/groups/{known}?$select={_GROUP}"
    owners = f"/groups/{known}/owners/microsoft.graph.user"
    owning = f"{owners}?$select=id,accountEnabled"
    if group.endswith("_o"):
        counted = f"{owners}?$count=true&$top=1&$select=id"
        return about, counted, f"{owners}?$select={_PERSON}", owning
    people = f"/groups/{known}/transitiveMembers/microsoft.graph.user"
    return (
        about,
        f"{people}?$count=true&$top=1&$select=id",
        f"{people}?$filter={_IS_GUEST}&$count=true&$select={_PERSON}",
        owning,
    )
