"""Graph's HTTP surface over the made-up tenant, with its habits and its refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from connectors.m365.demo.delta import walked
from connectors.m365.demo.desk import Desk
from connectors.m365.demo.login import Login
from connectors.m365.demo.people import DOMAINS, GUESTS, TEAMS, TENANT_ID, Person, guest
from connectors.m365.demo.refusals import INVALID, NOT_FOUND, refusal
from connectors.m365.demo.shelves import OWN_EVERY, Library
from connectors.m365.demo.story import Place, places
from connectors.sdk.loopback import Request, Response
from connectors.sdk.testing import Door

Json = dict[str, Any]
Route = Callable[..., Response]

ROWS_PAGE = 20  # permissions
SITES_PAGE = 4
GUESTS_PAGE = 4


DENIED = refusal(403, "accessDenied", "The caller does not have permission.")
THROTTLED = refusal(429, "activityLimitReached", "Too many requests.", **{"Retry-After": "1"})


class Tenant:
    """The made-up tenant. `premium` is whether it has Entra ID P1.

    Every `own_every`th of the plain items has permissions of its own.
    """

    def __init__(self, size: int = 0, *, own_every: int = OWN_EVERY) -> None:
        self.login = Login()
        self.premium = True
        self.below: dict[str, str] = {}  # a site that is only listed below another
        self._places = {place.id: place for place in places(size)}
        shelved = [
            Library(place, shelf, own_every) for place in places(size) for shelf in place.shelves
        ]
        self._libraries = {library.id: library for library in shelved}
        self._guests: Sequence[Person] = (*GUESTS, *map(guest, range(500 if size else 0)))
        self._guests_page = 500 if size else GUESTS_PAGE
        self._routes: tuple[tuple[re.Pattern[str], Route], ...] = (
            (re.compile(r"/organization"), self._organization),
            (re.compile(r"/subscribedSkus"), self._skus),
            (re.compile(r"/sites/getAllSites"), self._sites),
            (re.compile(r"/sites/([^/]+)/drives"), self._drives),
            (re.compile(r"/sites/([^/]+)/sites"), self._subsites),
            (re.compile(r"/drives/([^/]+)/root/delta"), self._delta),
            (re.compile(r"/drives/([^/]+)/items/([^/]+)/permissions"), self._permissions),
            (re.compile(r"/users"), self._users),
            (re.compile(r"/groups/([^/]+)"), self._group),
            (
                re.compile(r"/groups/([^/]+)/(transitiveMembers|owners)/microsoft\.graph\.user"),
                self._members,
            ),
        )

    @property
    def items(self) -> int:
        """How many things a full scan passes by."""
        return sum(len(library) for library in self._libraries.values())

    def desk(self, drive: str) -> Desk:
        """Somebody who works in a library."""
        return Desk(self._libraries[drive])

    def doors(self) -> Iterator[Door]:
        """All that is open."""
        return chain.from_iterable(library.doors() for library in self._libraries.values())

    def respond(self, request: Request) -> Response:
        """Answer as Entra and Graph would."""
        if not request.path.startswith("/v1.0/"):
            return self.login.respond(request) or NOT_FOUND
        if request.headers.get("authorization") != f"Bearer {self.login.token}":
            return refusal(401, "InvalidAuthenticationToken", "Access token is empty or invalid.")
        path = request.path.removeprefix("/v1.0")
        if path == "/$batch" and request.method == "POST":
            return self._batch(request)
        return self._get(path, request) if request.method == "GET" else NOT_FOUND

    def _get(self, path: str, request: Request) -> Response:
        for pattern, route in self._routes:
            if found := pattern.fullmatch(path):
                return route(request, *found.groups())
        return refusal(400, "BadRequest", f"Resource not found for the segment '{path}'.")

    def _batch(self, request: Request) -> Response:
        parts: list[Json] = request.json().get("requests", [])
        ids = {part["id"] for part in parts}
        if not 0 < len(parts) <= 20 or len(ids) != len(parts):
            return refusal(400, "BadRequest", "Invalid batch payload format.")
        answers = [self._part(part, request.base) for part in parts]
        return Response(body={"responses": answers[::-1]})  # in any order: here the last first

    def _part(self, part: Json, base: str) -> Json:
        url = urlsplit(str(part["url"]))
        asked = Request(
            method=part["method"],
            path=f"/v1.0{unquote(url.path)}",
            query={k: v[0] for k, v in parse_qs(url.query, keep_blank_values=True).items()},
            headers={k.lower(): v for k, v in part.get("headers", {}).items()},
            body=b"",
            base=base,
        )
        answer = self._get(asked.path.removeprefix("/v1.0"), asked)
        headers = {"Content-Type": "application/json", **answer.headers}
        return {
            "id": part["id"],
            "status": answer.status,
            "headers": headers,
            "body": answer.body,
        }

    def _organization(self, request: Request) -> Response:
        domains = [
            {"name": name, "isDefault": n == 0, "isInitial": n == 1, "type": "Managed"}
            for n, name in enumerate(DOMAINS)
        ]
        found = {"id": TENANT_ID, "displayName": "Example K.K.", "verifiedDomains": domains}
        return Response(body={"value": [_selected(found, request)]})

    def _skus(self, request: Request) -> Response:
        units = {"enabled": 60_000, "suspended": 0, "warning": 0, "lockedOut": 0}
        sku = {"id": "demo", "skuPartNumber": "ENTERPRISEPACK", "prepaidUnits": units}
        return Response(body={"value": [_selected(sku, request)]})

    def _sites(self, request: Request) -> Response:
        every = [_site(place) for place in self._places.values() if place.id not in self.below]
        every.insert(SITES_PAGE, every[0])  # a geography that tells a site again
        return _listed([_selected(site, request) for site in every], request, SITES_PAGE)

    def _subsites(self, request: Request, site: str) -> Response:
        place = self._places.get(site)
        if place is None or place.refusal:
            return NOT_FOUND
        mine = [_site(self._places[s]) for s, above in self.below.items() if above == site]
        return _listed([_selected(one, request) for one in mine], request, 200)

    def _drives(self, request: Request, site: str) -> Response:
        place = self._places.get(site)
        if place is None or place.refusal == 404:
            return NOT_FOUND
        if place.refusal:
            return refusal(423, "notAllowed", "The site is locked.")
        mine = [lib.entry() for lib in self._libraries.values() if lib.place.id == site]
        return _listed([_selected(drive, request) for drive in mine], request, 200)

    def _delta(self, request: Request, drive: str) -> Response:
        library = self._libraries.get(drive)
        if library is None:
            return NOT_FOUND
        return walked(library, request)

    def _permissions(self, request: Request, drive: str, item: str) -> Response:
        library = self._libraries.get(drive)
        number = library.number(item) if library is not None else None
        if library is None or number is None:
            return NOT_FOUND
        return _listed([row.json for row in library.rows(number)], request, ROWS_PAGE)

    def _users(self, request: Request) -> Response:
        if request.query.get("$filter") != "userType eq 'Guest'":
            return refusal(400, "Request_UnsupportedQuery", "Only guests are made up.")
        if "signInActivity" in request.query.get("$select", "") and not self.premium:
            code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
            return refusal(403, code, "Neither tenant is B2C or tenant has premium license.")
        page = min(int(request.query.get("$top", 100)), self._guests_page)
        counted = request.query.get("$count") == "true"
        total = {"@odata.count": len(self._guests)} if counted else {}
        return _listed([_selected(g.entry(), request) for g in self._guests], request, page, total)

    def _group(self, request: Request, group: str) -> Response:
        team = TEAMS.get(group)
        if team is None or team.deleted:
            return refusal(404, "Request_ResourceNotFound", "Resource does not exist.")
        return Response(body=_selected(team.entry(), request))

    def _members(self, request: Request, group: str, kind: str) -> Response:
        team = TEAMS.get(group)
        if team is None or team.deleted:
            return refusal(404, "Request_ResourceNotFound", "Resource does not exist.")
        people = team.owners if kind == "owners" else team.members
        counted = request.query.get("$count") == "true"
        if "$filter" in request.query:
            if not counted or request.headers.get("consistencylevel") != "eventual":
                return refusal(400, "Request_UnsupportedQuery", "ConsistencyLevel is required.")
            people = tuple(person for person in people if person.kind == "guest")
        page = int(request.query.get("$top", 100))
        total = {"@odata.count": len(people)} if counted else {}
        return _listed([_selected(p.entry(), request) for p in people], request, page, total)


def _site(place: Place) -> Json:
    return {
        "id": place.id,
        "webUrl": place.url,
        "displayName": place.name,
        "isPersonalSite": place.personal,
        "siteCollection": {"hostname": place.url.split("/")[2]},
    }


def _selected(found: Json, request: Request) -> Json:
    names = request.query.get("$select", "")
    keep = {"id", *names.split(",")}
    return {k: v for k, v in found.items() if not names or k in keep}


def _listed(
    values: Sequence[Json], request: Request, page: int, more: Json | None = None
) -> Response:
    """One page, and the way to the next where there is one."""
    asked = request.query.get("$skiptoken", "0")
    at = int(asked) if asked.isdecimal() else -1
    if not 0 <= at <= len(values):
        return INVALID
    body: Json = {**(more or {}), "value": list(values[at : at + page])}
    if at + page < len(values):
        query = {**request.query, "$skiptoken": str(at + page)}
        said = "&".join(f"{k}={v}" for k, v in query.items())
        body["@odata.nextLink"] = f"{request.base}{request.path}?{said}"
    return Response(body=body)
