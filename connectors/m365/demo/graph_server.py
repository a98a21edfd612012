"""The server of the demo Graph: routes, batches, throttling and errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from connectors.m365.demo import policies
from connectors.m365.demo.delta import delta_page
from connectors.m365.demo.directory import Directory
from connectors.m365.demo.edits import LibraryEditor
from connectors.m365.demo.errors import NOT_FOUND, error_response
from connectors.m365.demo.libraries import OWN_EVERY, Library
from connectors.m365.demo.people import DOMAINS, TENANT_ID
from connectors.m365.demo.responses import list_response, select_fields
from connectors.m365.demo.routes import (
    ALL_PERMISSIONS,
    FILES_PERMISSIONS,
    FULL_CONTROL,
    SITES_PERMISSIONS,
    Route,
    route,
)
from connectors.m365.demo.scenario import SiteSpec, site_specs
from connectors.m365.demo.sharepoint import SharePointServer
from connectors.m365.demo.teams import CHANNELS, Teams
from connectors.m365.demo.throttling import RateLimit
from connectors.m365.demo.token_endpoint import TokenEndpoint
from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.local_server import Request, Response

Json = dict[str, Any]

ROWS_PAGE = 20  # permissions
_LABELLED = (".docx", ".xlsx", ".pdf")
SITES_PAGE = 4


DENIED = error_response(403, "accessDenied", "The caller does not have permission.")
THROTTLED = error_response(
    429, "activityLimitReached", "Too many requests.", **{"Retry-After": "1"}
)


class Tenant:
    """The demo tenant.

    Every `own_every`th of the plain items has permissions of its own.
    """

    def __init__(self, size: int = 0, *, own_every: int = OWN_EVERY) -> None:
        self.token_endpoint = TokenEndpoint()
        self.subsite_parents: dict[str, str] = {}  # a site that is only listed below another
        self._site_specs = {spec.id: spec for spec in site_specs(size)}
        libraries = [
            Library(site, demo_library, own_every)
            for site in site_specs(size)
            for demo_library in site.libraries
        ]
        self._libraries = {library.id: library for library in libraries}
        self.directory = Directory(size)
        self._teams = Teams()
        self.sharepoint = SharePointServer(self._libraries.values())
        self.granted = ALL_PERMISSIONS  # application permissions with admin consent
        self.licences = 60_000
        self.limits: tuple[RateLimit, ...] = ()
        self._routes = (
            route(r"/organization", self._organization, "Organization.Read.All"),
            route(r"/subscribedSkus", self._skus, "Organization.Read.All"),
            route(r"/sites/getAllSites", self._sites, *SITES_PERMISSIONS),
            route(r"/sites", self._search_sites, *SITES_PERMISSIONS),
            route(r"/me/drive", self._my_drive, *FILES_PERMISSIONS),
            route(r"/sites/([^/]+:/.+:)/drives", self._drives_at, *FILES_PERMISSIONS),
            route(r"/sites/([^/]+)/drives", self._drives, *FILES_PERMISSIONS),
            route(r"/sites/([^/]+)/sites", self._subsites, *SITES_PERMISSIONS),
            route(r"/sites/(root)", self._root_site, *SITES_PERMISSIONS),
            route(r"/sites/([^/]+)", self._site, *SITES_PERMISSIONS),
            route(r"/drives/([^/]+)", self._drive, *FILES_PERMISSIONS),
            route(r"/drives/([^/]+)/(root)", self._item, *FILES_PERMISSIONS),
            route(r"/drives/([^/]+)/items/([^/]+)", self._item, *FILES_PERMISSIONS),
            route(r"/drives/([^/]+)/root/delta", self._delta, *FILES_PERMISSIONS),
            route(
                r"/drives/([^/]+)/items/([^/]+)/permissions", self._permissions, *FILES_PERMISSIONS
            ),
            route(
                r"/drives/([^/]+)/items/([^/]+)/extractSensitivityLabels",
                self._labels,
                *FILES_PERMISSIONS,
            ),
            *self.directory.routes(),
            *self._teams.routes(),
            *policies.routes(),
        )

    @property
    def items(self) -> int:
        """The number of objects that a full scan lists."""
        read = [channel for channel in CHANNELS if channel.kind != "standard"]
        return self.files + self.directory.groups + len(read)

    @property
    def files(self) -> int:
        """The number of items in libraries."""
        return sum(len(lib) for lib in self._libraries.values() if not lib.spec.hold)

    def editor(self, drive: str) -> LibraryEditor:
        """Return an editor of a library."""
        return LibraryEditor(self._libraries[drive])

    def expected_exposures(self) -> Iterator[ExpectedExposure]:
        """Return the expected exposures of the whole tenant."""
        libraries = (library.expected_exposures() for library in self._libraries.values())
        return chain(
            chain.from_iterable(libraries),
            self.directory.expected_exposures(),
            self._teams.expected_exposures(),
        )

    def respond(self, request: Request) -> Response:
        """Answer as Entra and Graph would."""
        if not request.path.startswith("/v1.0/"):
            return (
                self.sharepoint.respond(request)
                or self.token_endpoint.respond(request)
                or NOT_FOUND
            )
        if request.headers.get("authorization") != f"Bearer {self.token_endpoint.token}":
            return error_response(
                401, "InvalidAuthenticationToken", "Access token is empty or invalid."
            )
        path = request.path.removeprefix("/v1.0")
        if path == "/$batch" and request.method == "POST":
            return self._batch(request)
        return self._get(path, request) if request.method == "GET" else NOT_FOUND

    def _get(self, path: str, request: Request) -> Response:
        for limit in self.limits:
            if refused := limit.refuse(request):
                return refused
        for matched in self._routes:
            if found := matched.pattern.fullmatch(path):
                return self._permitted(matched, request, found.groups())
        return error_response(400, "BadRequest", f"Resource not found for the segment '{path}'.")

    def _permitted(self, matched: Route, request: Request, names: tuple[str, ...]) -> Response:
        if not matched.permissions & self.granted:
            return DENIED
        if "signInActivity" in str(request.query) and "AuditLog.Read.All" not in self.granted:
            return error_response(403, "Authentication_MSGraphPermissionMissing", "Not allowed.")
        return matched.handler(request, *names)

    def _batch(self, request: Request) -> Response:
        parts: list[Json] = request.json().get("requests", [])
        ids = {part["id"] for part in parts}
        if not 0 < len(parts) <= 20 or len(ids) != len(parts):
            return error_response(400, "BadRequest", "Invalid batch payload format.")
        answers = [self._part(part, request.base) for part in parts]
        return Response(body={"responses": answers[::-1]})  # in any order: here the last first

    def _part(self, part: Json, base: str) -> Json:
        url = urlsplit(str(part["url"]))
        part_request = Request(
            method=part["method"],
            path=f"/v1.0{unquote(url.path)}",
            query={k: v[0] for k, v in parse_qs(url.query, keep_blank_values=True).items()},
            headers={k.lower(): v for k, v in part.get("headers", {}).items()},
            body=b"",
            base=base,
        )
        answer = self._get(part_request.path.removeprefix("/v1.0"), part_request)
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
        return Response(body={"value": [select_fields(found, request)]})

    def _skus(self, request: Request) -> Response:
        """Return the products: one with SharePoint, and a free one with a great many seats.

        Source: https://learn.microsoft.com/en-us/entra/identity/users/licensing-service-plan-reference (read 2026-11-30)
        """  # noqa: E501 -- an address
        products = (
            ("ENTERPRISEPACK", self.licences, ("SHAREPOINTENTERPRISE", "EXCHANGE_S_ENTERPRISE")),
            ("FLOW_FREE", 1_000_000, ("EXCHANGE_S_FOUNDATION", "FLOW_P2_VIRAL")),
        )
        skus = [
            {
                "id": f"demo-{name}",
                "skuPartNumber": name,
                "capabilityStatus": "Enabled",
                "prepaidUnits": {"enabled": seats, "suspended": 0, "warning": 0, "lockedOut": 0},
                "servicePlans": [
                    {"servicePlanName": plan, "provisioningStatus": "Success"} for plan in plans
                ],
            }
            for name, seats, plans in products
        ]
        return Response(body={"value": [select_fields(sku, request) for sku in skus]})

    def _sites(self, request: Request) -> Response:
        every = [
            _site_entry(spec)
            for spec in self._site_specs.values()
            if spec.id not in self.subsite_parents
        ]
        every.insert(SITES_PAGE, every[0])  # a geography that tells a site again
        return list_response([select_fields(site, request) for site in every], request, SITES_PAGE)

    def _search_sites(self, request: Request) -> Response:
        """Return the sites that a search finds: no OneDrive of another person."""
        mine = [spec for spec in self._site_specs.values() if not spec.personal]
        sites = [{"id": p.id, "webUrl": p.url, "displayName": p.name} for p in mine]
        return list_response([select_fields(site, request) for site in sites], request, SITES_PAGE)

    def _my_drive(self, request: Request) -> Response:
        mine = next(lib for lib in self._libraries.values() if lib.site.personal)
        return Response(body=select_fields(mine.entry(), request))

    def _drives_at(self, request: Request, address: str) -> Response:
        url = "https://" + address.rstrip(":").replace(":", "", 1)
        site = next((p.id for p in self._site_specs.values() if p.url == url), "")
        return self._drives(request, site)

    def _subsites(self, request: Request, site: str) -> Response:
        spec = self._site_specs.get(site)
        if spec is None or spec.error_status:
            return NOT_FOUND
        mine = [
            _site_entry(self._site_specs[s])
            for s, above in self.subsite_parents.items()
            if above == site
        ]
        return list_response([select_fields(one, request) for one in mine], request, 200)

    def _drives(self, request: Request, site: str) -> Response:
        if site == "root":
            site = next(iter(self._site_specs))
        spec = self._site_specs.get(site)
        if spec is None or spec.error_status == 404:
            return NOT_FOUND
        if spec.error_status:
            return error_response(423, "notAllowed", "The site is locked.")
        mine = [
            library.entry()
            for library in self._libraries.values()
            if library.site.id == site
            and (not library.spec.system or "system" in request.query.get("$select", ""))
        ]
        return list_response([select_fields(drive, request) for drive in mine], request, 200)

    def _drive(self, request: Request, drive: str) -> Response:
        library = self._libraries.get(drive)
        if library is None:
            return NOT_FOUND
        return Response(body=select_fields(library.entry(), request))

    def _site(self, request: Request, site: str) -> Response:
        spec = self._site_specs.get(site)
        if spec is None or spec.error_status == 404:
            return NOT_FOUND
        if spec.error_status:
            return error_response(423, "notAllowed", "The site is locked.")
        return Response(body=select_fields(_site_entry(spec), request))

    def _root_site(self, request: Request, _root: str) -> Response:
        spec = next(iter(self._site_specs.values()))
        hostname = {"hostname": spec.url.split("/")[2]}
        return Response(body=select_fields({"id": spec.id, "siteCollection": hostname}, request))

    def _item(self, request: Request, drive: str, item: str) -> Response:
        library = self._libraries.get(drive)
        if library is None:
            return NOT_FOUND
        number = 0 if item == "root" else library.number(item)
        if number is None:
            return NOT_FOUND
        body = library.item(number, hierarchical=True) | {"sharepointIds": library.ids(number)}
        return Response(body=select_fields(body, request))

    def _delta(self, request: Request, drive: str) -> Response:
        library = self._libraries.get(drive)
        if library is None:
            return NOT_FOUND
        answer = delta_page(library, request)
        if FULL_CONTROL not in self.granted:  # then Graph quietly keeps to less than was asked
            return replace(answer, headers={})
        return answer

    def _permissions(self, request: Request, drive: str, item: str) -> Response:
        library = self._libraries.get(drive)
        number = library.number(item) if library is not None else None
        if library is None or number is None:
            return NOT_FOUND
        return list_response([row.json for row in library.rows(number)], request, ROWS_PAGE)

    def _labels(self, request: Request, drive: str, item: str) -> Response:
        if request.method != "POST":
            return error_response(405, "invalidRequest", "Method not allowed.")
        library = self._libraries.get(drive)
        number = library.number(item) if library is not None else None
        if library is None or number is None:
            return NOT_FOUND
        node = library.node(number)
        if not node.name.endswith(_LABELLED):
            return error_response(415, "notSupported", "The file type is not supported.")
        assignment = {"assignmentMethod": "standard", "tenantId": TENANT_ID}
        labels = [assignment | {"sensitivityLabelId": node.label}] if node.label else []
        return Response(body={"value": {"labels": labels}})


def _site_entry(spec: SiteSpec) -> Json:
    return {
        "id": spec.id,
        "webUrl": spec.url,
        "displayName": spec.name,
        "isPersonalSite": spec.personal,
        "siteCollection": {"hostname": spec.url.split("/")[2]},
    }
