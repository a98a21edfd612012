"""Entra in the demo: users, groups, roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.m365.demo.errors import error_response
from connectors.m365.demo.people import (
    EMPLOYEES,
    FORMER_EMPLOYEE,
    GUESTS,
    SYNCED,
    TEAMS,
    Person,
    guest,
    guid,
)
from connectors.m365.demo.responses import list_response, select_fields
from connectors.m365.demo.routes import Routes, route
from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Access, Audience


@dataclass(frozen=True, slots=True)
class DirectoryRole:
    """A directory role with those who hold it. SharePoint names it by its id or its template's."""

    name: str
    members: tuple[Person, ...] = ()

    @property
    def id(self) -> str:
        """The id of the role in this tenant."""
        return guid("directory role", self.name)

    @property
    def template(self) -> str:
        """The id of the role in every tenant."""
        return guid("role template", self.name)

    def entry(self) -> dict[str, Any]:
        """The role as the directory knows it."""
        return {"id": self.id, "displayName": self.name, "roleTemplateId": self.template}


GUESTS_PAGE = 4
GROUPS_PAGE = 3

_NOT_FOUND = error_response(404, "Request_ResourceNotFound", "Resource does not exist.")


class Directory:
    """The directory; `premium` is whether the tenant has Entra ID P1."""

    def __init__(self, size: int = 0) -> None:
        self.premium = True
        self.guests: Sequence[Person] = (*GUESTS, SYNCED, *map(guest, range(500 if size else 0)))
        self._guests_page = 500 if size else GUESTS_PAGE
        self.roles: Sequence[DirectoryRole] = ()
        self._groups = [team for team in TEAMS.values() if not team.deleted]

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self._groups)

    def routes(self) -> Routes:
        """Return the routes of the directory with the permissions that they need."""
        people = r"/groups/([^/]+)/(transitiveMembers|owners)/microsoft\.graph\.user"
        return (
            route(r"/users", self._users, "User.Read.All"),
            route(r"/users/([^/]+)", self._user, "User.Read.All"),
            route(r"/groups", self._listing, "GroupMember.Read.All"),
            route(r"/groups/([^/]+)", self._group, "GroupMember.Read.All"),
            route(people, self._members, "GroupMember.Read.All"),
            route(
                r"/directoryRoles(?:/([^/()]+)|\(roleTemplateId='([^']+)'\))",
                self._role,
                "RoleManagement.Read.Directory",
            ),
            route(
                r"/directoryRoles/([^/]+)/members/microsoft\.graph\.user",
                self._role_members,
                "RoleManagement.Read.Directory",
            ),
            route(
                r"/directoryRoleTemplates/([^/]+)", self._template, "RoleManagement.Read.Directory"
            ),
            route(
                r"/roleManagement/directory/roleAssignments",
                self._roles,
                "RoleManagement.Read.Directory",
            ),
        )

    def expected_exposures(self) -> Iterator[ExpectedExposure]:
        """Yield the expected exposures: the groups that everybody in the tenant may join."""
        for team in self._groups:
            if team.visibility == "Public":
                yield ExpectedExposure(
                    item_id=team.id,
                    grant_id="visibility",
                    principal="*",
                    audience=Audience.ORG_DISCOVERABLE,
                    access=Access.EDIT,
                )

    def _users(self, request: Request) -> Response:
        filter_text = request.query.get("$filter")
        if filter_text not in (None, "userType eq 'Guest'"):
            return error_response(400, "Request_UnsupportedQuery", "Not made up.")
        people = (*EMPLOYEES, FORMER_EMPLOYEE, *self.guests)
        if filter_text:
            people = [person for person in people if person.kind == "guest"]
        if "signInActivity" in request.query.get("$select", "") and not self.premium:
            code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
            return error_response(403, code, "Neither tenant is B2C or tenant has premium license.")
        page = min(int(request.query.get("$top", 100)), self._guests_page)
        counted = request.query.get("$count") == "true"
        total = {"@odata.count": len(people)} if counted else {}
        return list_response(
            [select_fields(p.entry(), request) for p in people], request, page, total
        )

    def _user(self, request: Request, user: str) -> Response:
        found = next((p for p in (*EMPLOYEES, *self.guests) if p.id == user), None)
        return _NOT_FOUND if found is None else Response(body=select_fields(found.entry(), request))

    def _role(self, request: Request, role: str | None, template: str | None) -> Response:
        """Return a role that somebody holds; Graph activates a role when it is first assigned.

        Source: https://learn.microsoft.com/en-us/graph/api/directoryrole-get (read 2026-11-30)
        """
        found = next((r for r in self.roles if role == r.id or template == r.template), None)
        if found is None:
            return _NOT_FOUND
        return Response(body=select_fields(found.entry(), request))

    def _role_members(self, request: Request, role: str) -> Response:
        found = next((r for r in self.roles if r.id == role), None)
        if found is None:
            return _NOT_FOUND
        members = [select_fields(p.entry(), request) for p in found.members]
        return list_response(members, request, 100)

    def _template(self, request: Request, template: str) -> Response:
        name = next((r.name for r in self.roles if r.template == template), None)
        if name is None:
            return _NOT_FOUND
        return Response(body=select_fields({"id": template, "displayName": name}, request))

    def _listing(self, request: Request) -> Response:
        groups = self._groups
        if "$filter" in request.query:
            if request.query["$filter"] != "resourceProvisioningOptions/Any(x:x eq 'Team')":
                return error_response(400, "Request_UnsupportedQuery", "Not made up.")
            groups = [group for group in groups if group.team]
        counted = request.query.get("$count") == "true"
        total = {"@odata.count": len(groups)} if counted else {}
        return list_response(
            [select_fields(g.entry(), request) for g in groups], request, GROUPS_PAGE, total
        )

    def _group(self, request: Request, group: str) -> Response:
        team = TEAMS.get(group)
        if team is None or team.deleted:
            return _NOT_FOUND
        return Response(body=select_fields(team.entry(), request))

    def _members(self, request: Request, group: str, kind: str) -> Response:
        team = TEAMS.get(group)
        if team is None or team.deleted:
            return _NOT_FOUND
        people = team.owners if kind == "owners" else team.members
        counted = request.query.get("$count") == "true"
        if "$filter" in request.query:
            if not counted or request.headers.get("consistencylevel") != "eventual":
                return error_response(
                    400, "Request_UnsupportedQuery", "ConsistencyLevel is required."
                )
            people = tuple(person for person in people if person.kind == "guest")
        page = int(request.query.get("$top", 100))
        total = {"@odata.count": len(people)} if counted else {}
        return list_response(
            [select_fields(p.entry(), request) for p in people], request, page, total
        )

    def _roles(self, request: Request) -> Response:
        assignments: list[dict[str, Any]] = [
            {
                "id": guid("assignment", person.id, role),
                "principalId": person.id,
                "roleDefinitionId": guid("role", role),
                "roleDefinition": {"id": guid("role", role), "displayName": role},
            }
            for person in self.guests
            for role in person.roles
        ]
        return list_response(assignments, request, 100)
