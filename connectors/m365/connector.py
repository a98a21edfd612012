"""The order of a reading: the tenant, its libraries, its directory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from connectors.m365.auth import Auth
from connectors.m365.channels import TEAMS, Channels
from connectors.m365.checks import Checks
from connectors.m365.client import Client, site_at
from connectors.m365.details import Details
from connectors.m365.directory import DIRECTORY, Directory
from connectors.m365.entra import Entra
from connectors.m365.graph import BATCH, Graph
from connectors.m365.library import Library
from connectors.m365.policies import POLICIES, SHAREPOINT, Policies
from connectors.m365.properties import PROPERTIES, properties
from connectors.m365.settings import Settings
from connectors.m365.shapes import Drive, Site
from connectors.m365.sharepoint import SharePoint
from connectors.sdk.checks import Check
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied, ConnectorError, SignInError, UnexpectedResponse
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Record, Scope, Started, Status, Tenant

SITE = "site:"  # a site whose libraries could not be listed
SITE_GROUPS = Scope(id="site-groups", title="SharePoint groups")
OTHER_SITES = Scope(id="other-sites", title="SharePoint sites")
THE_REST = Scope(id="the-rest", title="Microsoft 365")


class M365Connector:
    """One Microsoft 365 tenant; a scope is a document library, or the directory."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        auth = Auth(settings, context)
        self._graph = Graph(context.http, settings.graph_root, auth, settings.quota_share)
        self._client = Client(self._graph)
        details = settings.sharepoint_details
        self._sharepoint = SharePoint(context.http, auth, settings) if details else None
        self._tenant_id = settings.tenant_id
        self._domains: frozenset[str] = frozenset()

    def tenant(self) -> Tenant:
        """Sign in, learn the tenant's own domains, and keep to its quota from then on."""
        try:
            tenant = self._client.tenant()
        except AccessDenied as error:  # without its domains nobody can tell inside from outside
            raise SignInError(error.message, hint=error.hint) from error
        self._tenant_id = tenant.id
        self._domains = frozenset(tenant.domains)
        try:
            licences = self._client.licences()
        except (AccessDenied, UnexpectedResponse):  # then the pace of the smallest tenant
            licences = 0
        self._graph.keep_pace(licences)
        return tenant

    def scopes(self) -> Iterator[Scope]:
        """Every library of every site, and a scope for whatever does not open."""
        sites, seen = self._sites(), set[str]()
        if self._settings.sign_in == "device_code" and not self._settings.sites:
            for drive in self._client.my_drive():
                seen.add(drive["id"])
                yield Scope(id=drive["id"], title="OneDrive", url=str(drive.get("webUrl") or ""))
        batches = iter(lambda: list(islice(sites, BATCH)), [])
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

    def checks(self) -> Iterator[Check]:
        """What a scan will use, tried one by one."""
        return Checks(self._settings, self._context, self._graph, self._sharepoint).run()

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        """Read one scope."""
        if scope.id == DIRECTORY.id:
            return Directory(Entra(self._graph), self._context).scan(cursor)
        if scope.id == TEAMS.id:
            channels = Channels(self._graph, self._context, self._tenant_id, self._domains)
            return channels.scan(cursor)
        if scope.id == SHAREPOINT.id:
            return Policies(self._graph).sharepoint()
        if scope.id == PROPERTIES.id:
            return properties(self._graph, self._sharepoint)
        if scope.id == POLICIES.id:
            return Policies(self._graph).entra()
        if scope.id in _NOT_READ:
            return _not_read(scope)
        if scope.id.startswith(SITE):
            return self._closed_site(scope.id.removeprefix(SITE))
        return self._library(scope, cursor)

    def _library(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        records = Library(self._client, self._context, scope, self._domains).scan(cursor)
        if self._sharepoint is None:
            return records
        details = Details(self._sharepoint, self._graph, self._context, scope, self._domains)
        return details.added(records)

    def _closed_site(self, site_id: str) -> Iterator[Record]:
        """Ask again, so that the reason is of today; raises it."""
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
    """What nothing in this configuration could read; said in every run."""
    reason, hint = _NOT_READ[scope.id]
    yield Started(full=True, resumed=False)
    yield Coverage(status=Status.SKIPPED, standing=True, reason=reason, hint=hint)


def _title_of(site: Site) -> str:
    return str(site.get("displayName") or site.get("webUrl") or site["id"])


def _scope_of(site: Site, drive: Drive) -> Scope:
    title = f"{_title_of(site)} / {drive.get('name') or drive['id']}"
    return Scope(id=drive["id"], title=title, url=str(drive.get("webUrl") or ""))
