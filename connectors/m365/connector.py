"""The order of a reading: the tenant, its libraries, its directory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from connectors.m365 import estimate
from connectors.m365.auth import Auth
from connectors.m365.client import Client
from connectors.m365.directory import Directory
from connectors.m365.graph import BATCH, Graph
from connectors.m365.library import Library
from connectors.m365.pace import quota_of
from connectors.m365.settings import Settings
from connectors.m365.shapes import Drive, Site
from connectors.m365.subsites import SUBSITES, Subsites
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied, ConnectorError, SignInError, UnexpectedResponse
from connectors.sdk.forecast import Forecast, Part
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Coverage, Record, Scope, Started, Status, Tenant

SITE = "site:"  # a site whose libraries could not be listed
SIGN_IN = 4  # calls: where to sign in, a token, the organisation and its licences
SITE_GROUPS = Scope(id="site-groups", title="SharePoint groups")
DIRECTORY = Scope(id="directory", title="Microsoft Entra ID", last=True)


class M365Connector:
    """One Microsoft 365 tenant; a scope is a document library, or the directory."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._context = context
        self._quota = quota_of(0)
        self._share = settings.quota_share
        self._full_every = settings.full_every_days
        auth = Auth(settings, context)
        self._graph = Graph(context.http, settings.graph_root, auth, settings.quota_share)
        self._client = Client(self._graph)
        self._subsites = Subsites(self._client, context, every=settings.full_every_days)
        self._domains: frozenset[str] = frozenset()

    def tenant(self) -> Tenant:
        """Sign in, learn the tenant's own domains, and keep to its quota from then on."""
        try:
            tenant = self._client.tenant()
        except AccessDenied as error:  # without its domains nobody can tell inside from outside
            raise SignInError(error.message, hint=error.hint) from error
        self._domains = frozenset(tenant.domains)
        try:
            licences = self._client.licences()
        except (AccessDenied, UnexpectedResponse):  # then the pace of the smallest tenant
            licences = 0
            self._context.show(say("m365.slowest_pace"))
        self._quota = quota_of(licences)
        self._graph.keep_pace(licences)
        return tenant

    def scopes(self) -> Iterator[Scope]:
        """Every library of every site, and a scope for whatever does not open."""
        sites = list(self._client.sites())
        every = iter(sites + self._subsites.of(sites))
        batches = iter(lambda: list(islice(every, BATCH)), [])
        seen: set[str] = set()
        answers = self._context.map(
            lambda b: zip(b, self._client.libraries(b), strict=True), batches
        )
        for site, libraries in chain.from_iterable(answers):
            if isinstance(libraries, ConnectorError):
                yield Scope(
                    id=SITE + site["id"], title=_title_of(site), url=str(site.get("webUrl") or "")
                )
                continue
            for drive in libraries:
                if drive["id"] not in seen:
                    seen.add(drive["id"])
                    yield _scope_of(site, drive)
        yield SUBSITES
        yield SITE_GROUPS
        yield DIRECTORY

    def forecast(self) -> Forecast:
        """What a full scan will cost. The listing is done, and so it is known."""
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
        others = (SUBSITES.id, SITE_GROUPS.id, DIRECTORY.id)
        drives = [s for s in scopes if s.id not in others and not s.id.startswith(SITE)]
        closed = sum(s.id.startswith(SITE) for s in scopes)
        listing = replace(listing, calls=listing.calls + closed, units=listing.units + 2 * closed)
        libraries = estimate.libraries(self._client, drives, self._context.map)
        directory = estimate.directory(self._client, sum(1 for _ in self._context.groups()))
        return Forecast(
            parts=(listing, libraries, directory),
            per_minute=round(self._quota.minute * self._share),
            per_day=round(self._quota.day * self._share),
        )

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Read one scope."""
        if scope.id == DIRECTORY.id:
            return Directory(self._client, self._context).scan(cursor)
        if scope.id == SUBSITES.id:
            return self._subsites.scan()
        if scope.id == SITE_GROUPS.id:
            return _site_groups()
        if scope.id.startswith(SITE):
            return self._closed_site(scope.id.removeprefix(SITE))
        return Library(
            self._client, self._context, scope, self._domains, full_every=self._full_every
        ).scan(cursor)

    def _closed_site(self, site_id: str) -> Iterator[Record]:
        """Ask again, so that the reason is of today; raises it."""
        self._client.libraries_of(site_id)
        yield Started(full=False, resumed=False)
        yield Coverage(
            status=Status.PARTIAL,
            reason=say("m365.site_opened"),
            hint=say("m365.site_opened_hint"),
        )


def _site_groups() -> Iterator[Record]:
    yield Started(full=True, resumed=False)
    yield Coverage(
        status=Status.SKIPPED,
        standing=True,
        reason=say("m365.site_groups"),
        hint=say("m365.site_groups_hint"),
    )


def _title_of(site: Site) -> str:
    return str(site.get("displayName") or site.get("webUrl") or site["id"])


def _scope_of(site: Site, drive: Drive) -> Scope:
    title = f"{_title_of(site)} / {drive.get('name') or drive['id']}"
    return Scope(id=drive["id"], title=title, url=str(drive.get("webUrl") or ""))
