"""Entra in the demo: users, groups, roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.m365.demo.errors import error_response
from connectors.m365.demo.people import (
    EMPLOYEES,
    FORMER_EMPLOYEE,
    GUESTS,
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

GUESTS_PAGE = 4
GROUPS_PAGE = 3

_NOT_FOUND = error_response(404, "Request_ResourceNotFound", "Resource does not exist.")


class Directory:
    """The directory; `premium` is whether the tenant has Entra ID P1."""

    def __init__(self, size: int = 0) -> None:
        self.premium = True
        self._guests: Sequence[Person] = (*GUESTS, *map(guest, range(500 if size else 0)))
        self._guests_page = 500 if size else GUESTS_PAGE
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
            route(r"/groups", self._listing, "GroupMember.Read.All"),
            route(r"/groups/([^/]+)", self._group, "GroupMember.Read.All"),
            route(people, self._members, "GroupMember.Read.All"),
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
        people = self._guests if filter_text else (*EMPLOYEES, FORMER_EMPLOYEE, *self._guests)
        if "signInActivity" in request.query.get("$select", "") and not self.premium:
            code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
            return error_response(403, code, "Neither tenant is B2C or tenant has premium license.")
        page = min(int(request.query.get("$top", 100)), self._guests_page)
        counted = request.query.get("$count") == "true"
        total = {"@odata.count": len(people)} if counted else {}
        return list_response(
            [select_fields(p.entry(), request) for p in people], request, page, total
        )

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
            for person in self._guests
            for role in person.roles
        ]
        return list_response(assignments, request, 100)
