"""Simulated Directory API: users, domains, groups, organisational units."""

from __future__ import annotations

from typing import Any

from connectors.google.demo.answer import (
    Refusal,
    asked,
    bad,
    error,
    not_found,
    offset_of,
    scope_missing,
    size_of,
    token_of,
)
from connectors.google.demo.house import UNITS
from connectors.google.demo.model import number
from connectors.google.demo.people import (
    ADMIN,
    CUSTOMER,
    DOMAINS,
    GROUPS,
    Person,
    members_of,
)
from connectors.google.demo.sign_in import Bearer
from connectors.sdk.loopback import Request


class Directory:
    """The directory of the simulated tenant."""

    def __init__(self, people: dict[str, Person]) -> None:
        self._people = people

    def answer(self, request: Request, bearer: Bearer) -> dict[str, Any]:
        """Return the body for a path below `/admin/directory/v1/`.

        Raises:
            ErrorResponse: The request is invalid or not permitted.
        """
        match request.path.removeprefix("/admin/directory/v1/").split("/"):
            case ["users"]:
                admit(bearer, "admin.directory.user.readonly")
                _customer(request)
                return self._users(request)
            case ["users", key]:
                admit(bearer, "admin.directory.user.readonly")
                return self._user(key)
            case ["customer", "my_customer", "domains"]:
                admit(bearer, "admin.directory.domain.readonly")
                return {"kind": "admin#directory#domains", "domains": list(DOMAINS)}
            case ["customer", "my_customer", "orgunits"]:
                admit(bearer, "admin.directory.orgunit.readonly")
                return _masked(request, {"organizationUnits": list(UNITS)})
            case ["groups"]:
                admit(bearer, "admin.directory.group.readonly")
                _customer(request)
                return self._groups(request)
            case ["groups", key, "members"]:
                admit(bearer, "admin.directory.group.readonly")
                return self._members(request, key)
            case _:
                raise not_found("Path")

    def _users(self, request: Request) -> dict[str, Any]:
        size = size_of(request, "maxResults", default=100, most=500)
        people = list(self._people.values())  # already in the order of the addresses
        if request.query.get("orderBy", "email") != "email":
            raise bad("orderBy")
        return _page(request, "users", [_user(p) for p in people], size)

    def _user(self, key: str) -> dict[str, Any]:
        for person in self._people.values():
            if key in (person.id, person.mail):
                return _user(person)
        raise not_found("Resource Not Found: userKey")

    def _groups(self, request: Request) -> dict[str, Any]:
        size = size_of(request, "maxResults", default=200, most=200)
        groups = [
            {"kind": "admin#directory#group", "id": number(g), "email": g, "name": g}
            for g in GROUPS
        ]
        return _page(request, "groups", groups, size)

    def _members(self, request: Request, key: str) -> dict[str, Any]:
        size = size_of(request, "maxResults", default=200, most=200)
        if key not in GROUPS:
            raise not_found("Resource Not Found: groupKey")
        derived = request.query.get("includeDerivedMembership") == "true"
        return _page(request, "members", list(members_of(key, derived=derived)), size)


def _user(person: Person) -> dict[str, Any]:
    return {
        "kind": "admin#directory#user",
        "id": person.id,
        "primaryEmail": person.mail,
        "name": {"fullName": person.name},
        "customerId": CUSTOMER,
        "suspended": person.suspended,
        "archived": person.archived,
        "creationTime": person.made,
        "isAdmin": person.mail == ADMIN,
    }


def _page(request: Request, key: str, things: list[dict[str, Any]], size: int) -> dict[str, Any]:
    listing = [request.path]
    offset = offset_of(request, listing)
    body: dict[str, Any] = {"kind": f"admin#directory#{key}", key: things[offset : offset + size]}
    if offset + size < len(things):
        body["nextPageToken"] = token_of(listing, offset + size)
    return _masked(request, body)


def _masked(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    mask = request.query.get("fields")
    return asked(body, mask) if mask else body


def _customer(request: Request) -> None:
    if request.query.get("customer") != "my_customer" and "domain" not in request.query:
        raise Refusal(error(400, "badRequest", "Bad Request"))


def admit(bearer: Bearer, permission: str) -> None:
    """Accept only the administrator with the required OAuth scope.

    Raises:
        ErrorResponse: The token belongs to another user, or lacks the scope.
    """
    if permission not in bearer.permissions:
        raise scope_missing()
    if bearer.mail != ADMIN:
        raise Refusal(error(403, "forbidden", "Not Authorized to access this resource/api"))
