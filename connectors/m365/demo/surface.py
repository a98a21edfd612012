"""The server of the demo Graph: routes, batches, throttling and errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from connectors.m365.demo import policies
from connectors.m365.demo.answer import listed, selected
from connectors.m365.demo.delta import walked
from connectors.m365.demo.desk import Desk
from connectors.m365.demo.directory import Directory
from connectors.m365.demo.limits import Limit
from connectors.m365.demo.login import Login
from connectors.m365.demo.people import DOMAINS, TENANT_ID
from connectors.m365.demo.refusals import NOT_FOUND, refusal
from connectors.m365.demo.routes import EVERY, FILES, FULL_CONTROL, SITES, Route, route
from connectors.m365.demo.sharepoint import Rest
from connectors.m365.demo.shelves import OWN_EVERY, Library
from connectors.m365.demo.story import Place, places
from connectors.m365.demo.teams import CHANNELS, Teams
from connectors.sdk.demo import Door
from connectors.sdk.loopback import Request, Response

Json = dict[str, Any]

ROWS_PAGE = 20  # permissions
_LABELLED = (".docx", ".xlsx", ".pdf")
SITES_PAGE = 4


DENIED = refusal(403, "accessDenied", "The caller does not have permission.")
THROTTLED = refusal(429, "activityLimitReached", "Too many requests.", **{"Retry-After": "1"})


class Tenant:
    """The demo tenant.

    Every `own_every`th of the plain items has permissions of its own.
    """

    def __init__(self, size: int = 0, *, own_every: int = OWN_EVERY) -> None:
        self.login = Login()
        self.below: dict[str, str] = {}  # a site that is only listed below another
        self._places = {place.id: place for place in places(size)}
        shelved = [
            Library(place, shelf, own_every) for place in places(size) for shelf in place.shelves
        ]
        self._libraries = {library.id: library for library in shelved}
        self.directory = Directory(size)
        self._teams = Teams()
        self.rest = Rest(self._libraries.values())
        self.granted = EVERY  # application permissions with admin consent
        self.licences = 60_000
        self.limits: tuple[Limit, ...] = ()
        self._routes = (
            route(r"/organization", self._organization, "Organization.Read.All"),
            route(r"/subscribedSkus", self._skus, "Organization.Read.All"),
            route(r"/sites/getAllSites", self._sites, *SITES),
            route(r"/sites", self._found, *SITES),
            route(r"/me/drive", self._my_drive, *FILES),
            route(r"/sites/([^/]+:/.+:)/drives", self._drives_at, *FILES),
            route(r"/sites/([^/]+)/drives", self._drives, *FILES),
            route(r"/sites/([^/]+)/sites", self._subsites, *SITES),
            route(r"/sites/(root)", self._site, *SITES),
            route(r"/drives/([^/]+)/(root)", self._item, *FILES),
            route(r"/drives/([^/]+)/items/([^/]+)", self._item, *FILES),
            route(r"/drives/([^/]+)/root/delta", self._delta, *FILES),
            route(r"/drives/([^/]+)/items/([^/]+)/permissions", self._permissions, *FILES),
            route(r"/drives/([^/]+)/items/([^/]+)/extractSensitivityLabels", self._labels, *FILES),
            *self.directory.routes(),
            *self._teams.routes(),
            *policies.routes(),
        )

    @property
    def items(self) -> int:
        """The number of objects that a full scan lists."""
        return self.files + self.directory.groups + len(CHANNELS)

    @property
    def files(self) -> int:
        """The number of items in libraries."""
        return sum(len(library) for library in self._libraries.values())

    def desk(self, drive: str) -> Desk:
        """Return an editor of a library."""
        return Desk(self._libraries[drive])

    def doors(self) -> Iterator[Door]:
        """Return the expected exposures of the whole tenant."""
        libraries = (library.doors() for library in self._libraries.values())
        return chain(chain.from_iterable(libraries), self.directory.doors(), self._teams.doors())

    def respond(self, request: Request) -> Response:
        """Answer as Entra and Graph would."""
        if not request.path.startswith("/v1.0/"):
            return self.rest.respond(request) or self.login.respond(request) or NOT_FOUND
        if request.headers.get("authorization") != f"Bearer {self.login.token}":
            return refusal(401, "InvalidAuthenticationToken", "Access token is empty or invalid.")
        path = request.path.removeprefix("/v1.0")
        if path == "/$batch" and request.method == "POST":
            return self._batch(request)
        return self._get(path, request) if request.method == "GET" else NOT_FOUND

    def _get(self, path: str, request: Request) -> Response:
        for limit in self.limits:
            if refused := limit.refusal(request):
                return refused
        for way in self._routes:
            if found := way.pattern.fullmatch(path):
                return self._permitted(way, request, found.groups())
        return refusal(400, "BadRequest", f"Resource not found for the segment '{path}'.")

    def _permitted(self, way: Route, request: Request, names: tuple[str, ...]) -> Response:
        if not way.permissions & self.granted:
            return DENIED
        if "signInActivity" in str(request.query) and "AuditLog.Read.All" not in self.granted:
            return refusal(403, "Authentication_MSGraphPermissionMissing", "Not allowed.")
        return way.answer(request, *names)

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
        return Response(body={"value": [selected(found, request)]})

    def _skus(self, request: Request) -> Response:
        units = {"enabled": self.licences, "suspended": 0, "warning": 0, "lockedOut": 0}
        sku = {"id": "demo", "skuPartNumber": "ENTERPRISEPACK", "prepaidUnits": units}
        return Response(body={"value": [selected(sku, request)]})

    def _sites(self, request: Request) -> Response:
        every = [
            _site_entry(place) for place in self._places.values() if place.id not in self.below
        ]
        every.insert(SITES_PAGE, every[0])  # a geography that tells a site again
        return listed([selected(site, request) for site in every], request, SITES_PAGE)

    def _found(self, request: Request) -> Response:
        """Return the sites that a search finds: no OneDrive of another person."""
        mine = [place for place in self._places.values() if not place.personal]
        sites = [{"id": p.id, "webUrl": p.url, "displayName": p.name} for p in mine]
        return listed([selected(site, request) for site in sites], request, SITES_PAGE)

    def _my_drive(self, request: Request) -> Response:
        mine = next(lib for lib in self._libraries.values() if lib.place.personal)
        return Response(body=selected(mine.entry(), request))

    def _drives_at(self, request: Request, address: str) -> Response:
        url = "https://" + address.rstrip(":").replace(":", "", 1)
        site = next((p.id for p in self._places.values() if p.url == url), "")
        return self._drives(request, site)

    def _subsites(self, request: Request, site: str) -> Response:
        place = self._places.get(site)
        if place is None or place.refusal:
            return NOT_FOUND
        mine = [_site_entry(self._places[s]) for s, above in self.below.items() if above == site]
        return listed([selected(one, request) for one in mine], request, 200)

    def _drives(self, request: Request, site: str) -> Response:
        if site == "root":
            site = next(iter(self._places))
        place = self._places.get(site)
        if place is None or place.refusal == 404:
            return NOT_FOUND
        if place.refusal:
            return refusal(423, "notAllowed", "The site is locked.")
        mine = [lib.entry() for lib in self._libraries.values() if lib.place.id == site]
        return listed([selected(drive, request) for drive in mine], request, 200)

    def _site(self, request: Request, _root: str) -> Response:
        place = next(iter(self._places.values()))
        hostname = {"hostname": place.url.split("/")[2]}
        return Response(body=selected({"id": place.id, "siteCollection": hostname}, request))

    def _item(self, request: Request, drive: str, item: str) -> Response:
        library = self._libraries.get(drive)
        if library is None:
            return NOT_FOUND
        number = 0 if item == "root" else library.number(item)
        if number is None:
            return NOT_FOUND
        told = library.item(number, hierarchical=True) | {"sharepointIds": library.ids(number)}
        return Response(body=selected(told, request))

    def _delta(self, request: Request, drive: str) -> Response:
        library = self._libraries.get(drive)
        if library is None:
            return NOT_FOUND
        answer = walked(library, request)
        if FULL_CONTROL not in self.granted:  # then Graph quietly keeps to less than was asked
            return replace(answer, headers={})
        return answer

    def _permissions(self, request: Request, drive: str, item: str) -> Response:
        library = self._libraries.get(drive)
        number = library.number(item) if library is not None else None
        if library is None or number is None:
            return NOT_FOUND
        return listed([row.json for row in library.rows(number)], request, ROWS_PAGE)

    def _labels(self, request: Request, drive: str, item: str) -> Response:
        if request.method != "POST":
            return refusal(405, "invalidRequest", "Method not allowed.")
        library = self._libraries.get(drive)
        number = library.number(item) if library is not None else None
        if library is None or number is None:
            return NOT_FOUND
        node = library.node(number)
        if not node.name.endswith(_LABELLED):
            return refusal(415, "notSupported", "The file type is not supported.")
        told = {"assignmentMethod": "standard", "tenantId": TENANT_ID}
        labels = [told | {"sensitivityLabelId": node.label}] if node.label else []
        return Response(body={"value": {"labels": labels}})


def _site_entry(place: Place) -> Json:
    return {
        "id": place.id,
        "webUrl": place.url,
        "displayName": place.name,
        "isPersonalSite": place.personal,
        "siteCollection": {"hostname": place.url.split("/")[2]},
    }
