"""The directory, by what is asked of it: guests, groups and who holds a role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from connectors.m365.graph import Answer, Graph
from connectors.m365.refusals import refusal
from connectors.m365.shapes import Group, RoleAssignment, User
from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import UNKNOWN, Unknown

GROUPS_A_BATCH = 5  # four reads each, and a batch takes 20

_EVENTUAL = {"ConsistencyLevel": "eventual"}  # Entra asks for it when a filter is counted
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
    """Accounts of the directory."""

    users: list[User]
    next: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Groups of the directory, each with up to 20 of its owners."""

    groups: list[Group]
    next: str


@dataclass(frozen=True, slots=True)
class GroupReading:
    """What Graph tells of a group; nothing when it was deleted, an error when it may not say.

    `owners` is how many of its owners can sign in.
    """

    id: str
    group: Group | None = None
    guests: Sequence[User] = ()
    members: int | Unknown = UNKNOWN
    owners: int | Unknown = UNKNOWN
    refused: ConnectorError | None = None


class Entra:
    """One tenant's directory."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def roles(self) -> Iterator[RoleAssignment]:
        """Who holds which directory role. Least permission: RoleManagement.Read.Directory."""
        path = "/roleManagement/directory/roleAssignments?$expand=roleDefinition"
        for page in self._graph.pages(path):
            yield from cast(list[RoleAssignment], page.values)

    def groups_path(self) -> str:
        """Where the listing of groups begins."""
        owners = "owners($select=id,userType)"
        return f"/groups?$select={_GROUP}&$expand={owners}&$top=999"

    def groups_listed(self, path: str) -> GroupPage:
        """A page of groups."""
        page = self._graph.page(path)
        return GroupPage(groups=cast(list[Group], page.values), next=page.next)

    def guests_path(self, *, sign_ins: bool, sponsors: bool) -> str:
        """Where the listing of guests begins."""
        told = f"{_GUEST},signInActivity" if sign_ins else _GUEST
        more = "&$expand=sponsors($select=id,displayName,mail)" if sponsors else ""
        return f"/users?$filter={_IS_GUEST}&$select={told}{more}&$top=500"

    def users_path(self) -> str:
        """Where the listing of all accounts begins. Some old ones have no type to ask for."""
        return f"/users?$select={_ACCOUNT}&$top=999"

    def users(self, path: str) -> UserPage:
        """A page of guests, or of all accounts."""
        page = self._graph.page(path)
        return UserPage(users=cast(list[User], page.values), next=page.next)

    def count_users(self) -> int:
        """How many accounts the directory holds."""
        return self._count("/users?$select=id&$top=1&$count=true")

    def count_guests(self) -> int:
        """How many guests the directory holds."""
        return self._count(f"/users?$filter={_IS_GUEST}&$select=id&$top=1&$count=true")

    def count_groups(self) -> int:
        """How many groups the directory holds."""
        return self._count("/groups?$select=id&$top=1&$count=true")

    def count_teams(self) -> int:
        """How many of them are teams."""
        return self._count(f"/groups?$filter={IS_TEAM}&$select=id&$top=1&$count=true")

    def _count(self, path: str) -> int:
        return int(self._graph.get(path, _EVENTUAL).get("@odata.count") or 0)

    def groups(self, ids: Sequence[str]) -> list[GroupReading]:
        """What is known of at most `GROUPS_A_BATCH` groups; `<id>_o` are the owners of a group."""
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
        # an owner whose state is not told may be one who left: unknown, not active
        states = [owner.get("accountEnabled") for owner in listing.values]
        return UNKNOWN if None in states else states.count(True)


def _paths_of(group: str) -> tuple[str, str, str, str]:
    """Of a group itself, how many people are in it, the guests among them, and its owners."""
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
