"""The connector: its scopes, and which scan reads which scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from urllib.parse import urlsplit

from connectors.m365 import estimate
from connectors.m365.auth import Auth
from connectors.m365.channels import TEAMS, Channels
from connectors.m365.checks import Checks
from connectors.m365.client import Client, site_at
from connectors.m365.details import Details
from connectors.m365.directory import DIRECTORY, Directory
from connectors.m365.entra import Entra
from connectors.m365.graph import BATCH, Graph
from connectors.m365.labels import labels_of
from connectors.m365.library import Library
from connectors.m365.pace import quota_of
from connectors.m365.policies import POLICIES, SHAREPOINT, Policies
from connectors.m365.properties import PROPERTIES, properties
from connectors.m365.settings import Settings
from connectors.m365.shapes import Drive, Site
from connectors.m365.sharepoint import SharePoint
from connectors.m365.subsites import SUBSITES, Subsites
from connectors.sdk.checks import Check
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied, ConnectorError, SignInError, UnexpectedResponse
from connectors.sdk.forecast import Forecast, Part
from connectors.sdk.labels import FileLabels
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Coverage, Record, Scope, Started, Status, Tenant

SITE = "site:"  # prefix of the scope of a site whose libraries could not be listed
SIGN_IN = 4  # calls: metadata of the authority, a token, the organisation, its licences
SITE_GROUPS = Scope(id="site-groups", title="SharePoint groups")
OTHER_SITES = Scope(id="other-sites", title="SharePoint sites")
THE_REST = Scope(id="the-rest", title="Microsoft 365")


class M365Connector:
    """One Microsoft 365 tenant; a scope is a document library, or the directory."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._quota = quota_of(0)
        self._share = settings.quota_share
        self._full_every = settings.full_every_days
        auth = Auth(settings, context)
        self._graph = Graph(context.http, settings.graph_root, auth, settings.quota_share)
        self._client = Client(self._graph)
        self._subsites = Subsites(self._client, context, every=settings.full_every_days)
        details = settings.sharepoint_details
        self._sharepoint = SharePoint(context.http, auth, settings) if details else None
        self._tenant_id = settings.tenant_id
        self._every_site = settings.sign_in == "app" and not settings.sites
        self._domains: frozenset[str] = frozenset()

    def tenant(self) -> Tenant:
        """Sign in, read the tenant's domains, and limit the requests to its quota.

        Without Organization.Read.All for the licences the quota of the smallest tenant is used.

        Raises:
            SignInError: Entra refused the sign-in, or Organization.Read.All is missing: without
                the domains internal and external accounts cannot be distinguished.
        """
        try:
            tenant = self._client.tenant()
        except AccessDenied as error:  # without domains internal and external are not known
            raise SignInError(error.message, hint=error.hint) from error
        self._tenant_id = tenant.id
        self._domains = frozenset(tenant.domains)
        try:
            licences = self._client.licences()
        except (AccessDenied, UnexpectedResponse):  # then the quota of the smallest tenant
            licences = 0
            self._context.show(say("m365.slowest_pace"))
        self._quota = quota_of(licences)
        self._graph.keep_pace(licences)
        return tenant

    def scopes(self) -> Iterator[Scope]:
        """List every library of every site, the other scopes, and those that cannot be read.

        A site that refuses to list its libraries is a scope of its own.

        Raises:
            AccessDenied: The sites themselves may not be listed.
        """
        seen: set[str] = set()
        for site, drive in chain(self._own_drive(), self._libraries()):
            if isinstance(drive, ConnectorError):
                yield Scope(
                    id=SITE + site["id"], title=_title_of(site), url=str(site.get("webUrl") or "")
                )
            elif drive["id"] not in seen:
                seen.add(drive["id"])
                yield _scope_of(site, drive)
        yield from self._beside_libraries()

    def _own_drive(self) -> Iterator[tuple[Site, Drive]]:
        """The OneDrive of a person who signed in."""
        if self._settings.sign_in == "device_code" and not self._settings.sites:
            for drive in self._client.my_drive():
                yield Site(id="", displayName="OneDrive"), drive

    def _libraries(self) -> Iterator[tuple[Site, Drive | ConnectorError]]:
        """Yield the libraries of every site and subsite, or the error of a site."""
        sites = list(self._sites())
        every = iter(sites + (self._subsites.of(sites) if self._every_site else []))
        batches = iter(lambda: list(islice(every, BATCH)), [])
        answers = self._context.map(
            lambda b: zip(b, self._client.libraries(b), strict=True), batches
        )
        for site, libraries in chain.from_iterable(answers):
            if isinstance(libraries, ConnectorError):
                yield site, libraries
            else:
                yield from ((site, drive) for drive in libraries)

    def _beside_libraries(self) -> Iterator[Scope]:
        if self._every_site:
            yield SUBSITES
        if self._sharepoint is None:
            yield SITE_GROUPS
        if self._settings.sites:
            yield OTHER_SITES
        if self._settings.sign_in == "device_code":
            yield THE_REST
        else:
            yield from (SHAREPOINT, PROPERTIES, POLICIES, TEAMS, DIRECTORY)

    def _sites(self) -> Iterator[Site]:
        if self._settings.sites:
            return map(site_at, self._settings.sites)
        if self._settings.sign_in == "device_code":
            return self._client.sites_found()
        return self._client.sites()

    def addresses(self) -> tuple[str, ...]:
        """Return the origins of Entra's sign-in and of Graph."""
        places = (self._settings.authority, self._settings.graph_root)
        return tuple(f"{u.scheme}://{u.netloc}" for u in map(urlsplit, places))

    def checks(self) -> Iterator[Check]:
        """Yield a check for everything that a scan needs, one small call each."""
        return Checks(self._settings, self._context, self._graph, self._sharepoint).run()

    def forecast(self) -> Forecast:
        """Estimate the cost of a full scan; that of listing the scopes is measured.

        Raises:
            AccessDenied: The sites themselves may not be listed.
        """
        before = replace(self._context.http.meter)
        scopes = list(self.scopes())
        spent = self._context.http.meter
        listing = Part(
            title=say("m365.part_listing"),
            scopes=0,
            items=UNKNOWN,
            calls=spent.calls - before.calls + SIGN_IN,
            units=round(spent.units - before.units) + SIGN_IN,
        )
        beside = {scope.id for scope in self._beside_libraries()}
        drives = [s for s in scopes if s.id not in beside and not s.id.startswith(SITE)]
        closed = sum(s.id.startswith(SITE) for s in scopes)
        listing = replace(listing, calls=listing.calls + closed, units=listing.units + 2 * closed)
        labels = self._settings.sensitivity_labels
        libraries = estimate.libraries(self._client, drives, self._context.map, labels=labels)
        parts = [listing, libraries]
        if DIRECTORY.id in beside:
            named = sum(1 for _ in self._context.groups())
            entra = Entra(self._graph)
            parts += [estimate.directory(entra, named), estimate.settings(entra)]
        return Forecast(
            parts=tuple(parts),
            per_minute=round(self._quota.minute * self._share),
            per_day=round(self._quota.day * self._share),
        )

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Yield the records of one scope.

        Raises:
            ConnectorError: The scope cannot be read; the scan of each scope says why.
        """
        if scope.id == DIRECTORY.id:
            return Directory(Entra(self._graph), self._context, self._domains).scan(cursor)
        if scope.id == TEAMS.id:
            channels = Channels(self._graph, self._context, self._tenant_id, self._domains)
            return channels.scan(cursor)
        if scope.id == SHAREPOINT.id:
            return Policies(self._graph).sharepoint()
        if scope.id == PROPERTIES.id:
            return properties(self._graph, self._sharepoint)
        if scope.id == POLICIES.id:
            return Policies(self._graph).entra()
        if scope.id == SUBSITES.id:
            return self._subsites.scan()
        if scope.id in _NOT_READ:
            return _not_read(scope)
        if scope.id.startswith(SITE):
            return self._closed_site(scope.id.removeprefix(SITE))
        return self._library(scope, cursor)

    def _library(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        labels = self._settings.sensitivity_labels
        library = Library(
            self._client,
            self._context,
            scope,
            self._domains,
            full_every=self._full_every,
            added=("details",) * (self._sharepoint is not None) + ("labels",) * labels,
        )
        records = library.scan(cursor)
        if self._sharepoint is not None:
            details = Details(self._sharepoint, self._graph, self._context, scope, self._domains)
            records = details.added(records)
        if labels:
            told = FileLabels(
                self._context,
                partial(labels_of, self._graph),
                most=BATCH,
                refused=say("m365.labels_refused"),
            )
            records = told.added(records)
        return records

    def _closed_site(self, site_id: str) -> Iterator[Record]:
        """List the libraries of a site again, so that the reason is a current one.

        Raises:
            AccessDenied: The site is locked (423) or forbidden (403).
            NotFound: The site was deleted.
        """
        self._client.libraries_of(site_id)
        yield Started(full=False, resumed=False)
        yield Coverage(
            status=Status.PARTIAL,
            reason=say("m365.site_opened"),
            hint=say("m365.site_opened_hint"),
        )


_NOT_READ = {
    SITE_GROUPS.id: (say("m365.site_groups"), say("m365.site_groups_hint")),
    OTHER_SITES.id: (say("m365.other_sites"), say("m365.other_sites_hint")),
    THE_REST.id: (say("m365.one_person"), say("m365.one_person_hint")),
}


def _not_read(scope: Scope) -> Iterator[Record]:
    """Yield the coverage of a scope that this configuration never reads."""
    reason, hint = _NOT_READ[scope.id]
    yield Started(full=True, resumed=False)
    yield Coverage(status=Status.SKIPPED, standing=True, reason=reason, hint=hint)


def _title_of(site: Site) -> str:
    return str(site.get("displayName") or site.get("webUrl") or site["id"])


def _scope_of(site: Site, drive: Drive) -> Scope:
    title = f"{_title_of(site)} / {drive.get('name') or drive['id']}"
    return Scope(id=drive["id"], title=title, url=str(drive.get("webUrl") or ""))
