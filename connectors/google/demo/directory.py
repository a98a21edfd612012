"""Simulated Directory API: users, domains, groups, organisational units."""

from __future__ import annotations

from typing import Any

from connectors.google.demo.model import ALIAS, DOMAIN, number
from connectors.google.demo.people import (
    ADMIN,
    CUSTOMER,
    DOMAINS,
    GROUPS,
    Person,
    members_of,
)
from connectors.google.demo.policies import UNITS
from connectors.google.demo.responses import (
    ErrorResponse,
    apply_mask,
    error,
    invalid_parameter,
    not_found,
    page_offset,
    page_size,
    page_token,
    scope_missing,
)
from connectors.google.demo.token_endpoint import TokenClaims
from connectors.sdk.local_server import Request


class DirectoryServer:
    """The directory of the simulated tenant."""

    def __init__(self, people: dict[str, Person]) -> None:
        self._people = people

    def respond(self, request: Request, bearer: TokenClaims) -> dict[str, Any]:
        """Return the body for a path below `/admin/directory/v1/`.

        Raises:
            ErrorResponse: The request is invalid or not permitted.
        """
        match request.path.removeprefix("/admin/directory/v1/").split("/"):
            case ["users"]:
                require_admin(bearer, "admin.directory.user.readonly")
                _customer(request)
                return self._users(request)
            case ["users", key]:
                require_admin(bearer, "admin.directory.user.readonly")
                return self._user(key)
            case ["customer", "my_customer", "domains"]:
                require_admin(bearer, "admin.directory.domain.readonly")
                return {"kind": "admin#directory#domains", "domains": list(DOMAINS)}
            case ["customer", "my_customer", "orgunits"]:
                require_admin(bearer, "admin.directory.orgunit.readonly")
                return _masked(request, {"organizationUnits": list(UNITS)})
            case ["groups"]:
                require_admin(bearer, "admin.directory.group.readonly")
                _customer(request)
                return self._groups(request)
            case ["groups", key]:
                require_admin(bearer, "admin.directory.group.readonly")
                return self._group(request, key)
            case ["groups", key, "members"]:
                require_admin(bearer, "admin.directory.group.readonly")
                return self._members(request, key)
            case _:
                raise not_found("Path")

    def _users(self, request: Request) -> dict[str, Any]:
        size = page_size(request, "maxResults", default=100, most=500)
        people = list(self._people.values())  # already in the order of the addresses
        if request.query.get("orderBy", "email") != "email":
            raise invalid_parameter("orderBy")
        return _page(request, "users", [_user(p) for p in people], size)

    def _user(self, key: str) -> dict[str, Any]:
        for person in self._people.values():
            if key in (person.id, person.mail):
                return _user(person)
        raise not_found("Resource Not Found: userKey")

    def _groups(self, request: Request) -> dict[str, Any]:
        size = page_size(request, "maxResults", default=200, most=200)
        groups = [
            {"kind": "admin#directory#group", "id": number(g), "email": g, "name": g}
            for g in GROUPS
        ]
        return _page(request, "groups", groups, size)

    def _group(self, request: Request, key: str) -> dict[str, Any]:
        if key not in GROUPS:
            raise not_found("Resource Not Found: groupKey")
        body = {"kind": "admin#directory#group", "id": number(key), "email": key, "name": key}
        return _masked(request, body)

    def _members(self, request: Request, key: str) -> dict[str, Any]:
        size = page_size(request, "maxResults", default=200, most=200)
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
        "creationTime": person.created,
        "isAdmin": person.mail == ADMIN,
        "nonEditableAliases": [
            f"{person.mail.partition('@')[0]}@{domain}"
            for domain in (ALIAS, f"{DOMAIN}.test-google-a.com")
        ],
        **_guest(person),
    }


def _guest(person: Person) -> dict[str, Any]:
    if not person.guest:
        return {}
    return {"isGuestUser": True, "guestAccountInfo": {"primaryGuestEmail": person.guest}}


def _page(request: Request, key: str, things: list[dict[str, Any]], size: int) -> dict[str, Any]:
    listing = [request.path]
    offset = page_offset(request, listing)
    body: dict[str, Any] = {"kind": f"admin#directory#{key}", key: things[offset : offset + size]}
    if offset + size < len(things):
        body["nextPageToken"] = page_token(listing, offset + size)
    return _masked(request, body)


def _masked(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    mask = request.query.get("fields")
    return apply_mask(body, mask) if mask else body


def _customer(request: Request) -> None:
    if request.query.get("customer") != "my_customer" and "domain" not in request.query:
        raise ErrorResponse(error(400, "badRequest", "Bad Request"))


def require_admin(bearer: TokenClaims, permission: str) -> None:
    """Accept only the administrator with the required OAuth scope.

    Raises:
        ErrorResponse: The token belongs to another user, or lacks the scope.
    """
    if permission not in bearer.permissions:
        raise scope_missing()
    if bearer.mail != ADMIN:
        raise ErrorResponse(error(403, "forbidden", "Not Authorized to access this resource/api"))
