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
from connectors.m365.graph import Answer, Graph, Listing, as_object_answer
from connectors.m365.home_tenant import HOME_FIELDS, is_external
from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import UNKNOWN, Unknown

# Source: https://learn.microsoft.com/en-us/graph/json-batching (read 2026-11-29)
GROUPS_PER_BATCH = 6  # three reads each, and a batch takes 20

# Graph requires this header for `$count`, on every page of the listing.
# Source: https://learn.microsoft.com/en-us/graph/query-parameters (read 2026-11-29)
_EVENTUAL_CONSISTENCY = {"ConsistencyLevel": "eventual"}
_GUEST_FIELDS = (
    "id,displayName,mail,accountEnabled,createdDateTime,externalUserStateChangeDateTime,"
    f"{HOME_FIELDS}"
)
_ACCOUNT_FIELDS = f"{_GUEST_FIELDS},proxyAddresses"
_GROUP_FIELDS = "id,displayName,mail,visibility,groupTypes,resourceProvisioningOptions"
TEAM_FILTER = "resourceProvisioningOptions/Any(x:x%20eq%20'Team')"
_SPONSORS = "&$expand=sponsors($select=id,displayName,mail)"
# Every tenant has these roles, and SharePoint makes their holders administrators of sites.
# Source: https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/permissions-reference (read 2026-11-30)  # noqa: E501 -- an address
_BUILT_IN_ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
}
_GUEST_FILTER = "userType%20eq%20'Guest'"
_MEMBER_FIELDS = f"id,displayName,mail,accountEnabled,{HOME_FIELDS}"


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
        guests: The people in it who are external, or may be; those of nested groups included.
        members: How many people are in it.
        owners: How many of its owners can sign in.
        error: Why the group could not be read.
        owners_error: Why only its owners could not be read.
        is_group: False where it is no group, and may be a directory role.
    """

    id: str
    group: Group | None = None
    guests: Sequence[User] = ()
    members: int | Unknown = UNKNOWN
    owners: int | Unknown = UNKNOWN
    error: ConnectorError | None = None
    owners_error: ConnectorError | None = None
    is_group: bool = True


class Entra:
    """The calls to Graph for the directory of one tenant.

    They raise the errors of the transport; `AccessDenied` where the permission is missing.
    """

    def __init__(self, graph: Graph, domains: frozenset[str] = frozenset()) -> None:
        """Prepare the calls. `domains` are the verified domains of the tenant, in lower case."""
        self._graph = graph
        self._domains = domains

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
        owners = f"owners($select=id,{HOME_FIELDS})"
        return f"/groups?$select={_GROUP_FIELDS}&$expand={owners}&$top=999"

    def groups_page(self, path: str) -> GroupPage:
        """Return one page of groups."""
        page = self._graph.page(path)
        return GroupPage(groups=cast(list[Group], page.values), next=page.next)

    def guests_path(self, *, sign_ins: bool, sponsors: bool, top: int = 500) -> str:
        """Return the path of the first page of guests.

        Args:
            sign_ins: Whether to request the last sign-in. That requires AuditLog.Read.All and
                Entra ID P1, and limits a page to 500 accounts.
            sponsors: Whether to request the sponsors; not every cloud knows them.
            top: The size of a page; 0 for that which Graph chooses.

        Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/pull/9591 (read 2026-11-29)
        """  # noqa: E501 -- an address
        fields = f"{_GUEST_FIELDS},signInActivity" if sign_ins else _GUEST_FIELDS
        more = _SPONSORS if sponsors else ""
        size = f"&$top={top}" if top else ""
        return f"/users?$filter={_GUEST_FILTER}&$select={fields}{more}{size}"

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

    def external_users(
        self, users: Sequence[User], *, sign_ins: bool, sponsors: bool
    ) -> list[User]:
        """Return at most `BATCH` external accounts with the properties that a listing lacks.

        An account whose properties are refused is returned as it was listed: then its last sign-in
        and its sponsors are not known.
        """
        fields = f"{_GUEST_FIELDS},signInActivity" if sign_ins else _GUEST_FIELDS
        more = _SPONSORS if sponsors else ""
        paths = [f"/users/{user['id']}?$select={fields}{more}" for user in users]
        answers = self._graph.objects(paths)
        return [
            cast(User, answer.body) if answer.status < 400 else user
            for user, answer in zip(users, answers, strict=True)
        ]

    def groups(self, ids: Sequence[str]) -> list[GroupDetails]:
        """Return what is known of at most `GROUPS_PER_BATCH` groups, in their order.

        An id that ends in `_o` stands for the owners of a group. An error of one group stands in
        its place.
        """
        reads = [_group_paths(group) for group in ids]
        answers = self._graph.batch(
            [path for three in reads for path in three], _EVENTUAL_CONSISTENCY
        )
        return [
            self._group(group, paths, answers[3 * n : 3 * n + 3])
            for n, (group, paths) in enumerate(zip(ids, reads, strict=True))
        ]

    def _group(self, group: str, paths: Sequence[str], answers: Sequence[Answer]) -> GroupDetails:
        about, people, owning = as_object_answer(answers[0]), *answers[1:]
        if about.status == 404 and people.status == 404:  # nothing of it can be found
            return self._no_group(group)
        if about.status >= 400:
            refused = map_error(paths[0], about.status, about.body)
            return GroupDetails(group, error=refused)
        listing = self._external_people(paths[1], people)
        owners = self._graph.follow_pages(paths[2], owning, _EVENTUAL_CONSISTENCY)
        return GroupDetails(
            group,
            group=cast(Group, about.body),
            guests=cast(list[User], listing.values),
            members=UNKNOWN if listing.error is not None else listing.total,
            owners=_active(owners),
            error=listing.error,
            owners_error=owners.error,
        )

    def _external_people(self, path: str, first: Answer) -> Listing:
        """Return the listing of people with those of them who are external, or may be."""
        return self._graph.follow_pages(
            path,
            first,
            _EVENTUAL_CONSISTENCY,
            keep=lambda user: is_external(cast(User, user), self._domains) is not False,
        )

    def _no_group(self, id_: str) -> GroupDetails:
        """Return the directory role of an id that no group has, else a deleted group.

        SharePoint writes a role as it writes a security group: with the id of the role, or with
        that of its template.

        Source: https://learn.microsoft.com/en-us/graph/api/directoryrole-get (read 2026-11-30)
        """
        if id_.endswith("_o"):  # the owners of a group
            return GroupDetails(id_, members=0)
        paths = (
            f"/directoryRoles/{id_}?$select=id,displayName",
            f"/directoryRoles(roleTemplateId='{id_}')?$select=id,displayName",
            f"/directoryRoleTemplates/{id_}?$select=id,displayName",
        )
        role, by_template, template = answers = self._graph.objects(paths)
        for found in (role, by_template):
            if found.status < 400:
                path = f"/directoryRoles/{found.body.get('id')}/members/microsoft.graph.user"
                path += f"?$select={_MEMBER_FIELDS}"
                listing = self._external_people(path, self._graph.batch([path])[0])
                return GroupDetails(
                    id_,
                    group=Group(id=id_, displayName=found.body.get("displayName")),
                    guests=cast(list[User], listing.values),
                    members=UNKNOWN if listing.error is not None else listing.total,
                    error=listing.error,
                )
        if template.status < 400:  # a role that nobody has been given yet
            name = template.body.get("displayName")
            return GroupDetails(id_, group=Group(id=id_, displayName=name), members=0)
        if all(answer.status == 404 for answer in answers):
            return GroupDetails(id_, members=0)
        if id_ in _BUILT_IN_ROLES:
            return GroupDetails(id_, group=Group(id=id_, displayName=_BUILT_IN_ROLES[id_]))
        refused = next(answer for answer in answers if answer.status != 404)
        return GroupDetails(
            id_, error=map_error(paths[0], refused.status, refused.body), is_group=False
        )


def _active(owners: Listing) -> int | Unknown:
    """Return how many owners can sign in.

    An owner without a state may be a person who left: unknown, not active.
    """
    states = [owner.get("accountEnabled") for owner in owners.values]
    return UNKNOWN if owners.error is not None or None in states else states.count(True)


def _group_paths(group: str) -> tuple[str, str, str]:
    """Return three paths: the group, its people, its owners.

    All people are listed, because no filter finds every external account.
    """
    known = group.removesuffix("_o")
    about = f"/groups/{known}?$select={_GROUP_FIELDS}"
    owners = f"/groups/{known}/owners/microsoft.graph.user"
    people = f"/groups/{known}/transitiveMembers/microsoft.graph.user"
    members = owners if group.endswith("_o") else people
    return (
        about,
        f"{members}?$count=true&$top=999&$select={_MEMBER_FIELDS}",
        f"{owners}?$select=id,accountEnabled",
    )
