"""The connector: its scopes, and which scan reads which scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from urllib.parse import urlsplit

from connectors.m365 import estimate
from connectors.m365.api_types import Drive, Site
from connectors.m365.auth import TokenSource
from connectors.m365.channels import TEAMS, Channels
from connectors.m365.checks import Checks
from connectors.m365.client import Client, archive_status, site_at
from connectors.m365.directory import DIRECTORY, Directory
from connectors.m365.entra import Entra
from connectors.m365.errors import NotFound
from connectors.m365.facet_sample import FacetTrust
from connectors.m365.graph import BATCH, Graph
from connectors.m365.labels import labels_of
from connectors.m365.library import Library
from connectors.m365.not_read import (
    ALWAYS,
    OTHER_SITES,
    REST_OF_TENANT,
    SITE_ADMINS,
    SITE_GROUPS,
    is_not_read,
    not_read,
)
from connectors.m365.owner_group import OwnerGroup, is_hold_library, owner_group_of
from connectors.m365.resource_units import quota_for_licences
from connectors.m365.settings import Settings
from connectors.m365.sharepoint import SharePointRest
from connectors.m365.sharepoint_details import SharePointDetails
from connectors.m365.spo_tenant import SPO_TENANT, spo_tenant_settings
from connectors.m365.subsites import SUBSITES, Subsites
from connectors.m365.tenant_settings import (
    ENTRA_POLICIES,
    SHAREPOINT_SETTINGS,
    TenantSettingsReader,
)
from connectors.sdk.checks import Check
from connectors.sdk.errors import (
    AccessDenied,
    ConnectorError,
    QuotaExhausted,
    SignInError,
    UnexpectedResponse,
    Unreachable,
)
from connectors.sdk.estimate import EstimatePart, ScanEstimate
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.labels import FileLabels
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Coverage, Record, Scope, Started, Status, Tenant

SITE_PREFIX = "site:"  # prefix of the scope of a site whose libraries could not be listed
SIGN_IN_CALLS = 4  # calls: metadata of the authority, a token, the organisation, its licences


class M365Connector:
    """One Microsoft 365 tenant; a scope is a document library, or the directory."""

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._settings = settings
        self._context = context
        self._quota = quota_for_licences(0)
        self._share = settings.quota_share
        self._full_every = settings.full_every_days
        auth = TokenSource(settings, context)
        self._graph = Graph(context.http, settings.graph_root, auth, settings.quota_share)
        self._client = Client(self._graph)
        self._subsites = Subsites(self._client, context, every=settings.full_every_days)
        details = settings.sharepoint_details
        self._sharepoint = SharePointRest(context.http, auth, settings) if details else None
        self._tenant_id = settings.tenant_id
        self._site_groups: dict[str, OwnerGroup | None] = {}  # drive -> the group behind its site
        self._archived: set[str] = set()  # the sites that were listed as archived
        self._facets = FacetTrust()
        self._reads_every_site = settings.sign_in == "app" and not settings.sites
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
            self._context.show_message(say("m365.slowest_pace"))
        self._quota = quota_for_licences(licences)
        self._graph.set_quota(licences)
        return tenant

    def scopes(self) -> Iterator[Scope]:
        """List every library of every site, the other scopes, and those that cannot be read.

        A site that refuses to list its libraries is a scope of its own, and stands for them.

        Raises:
            ConnectorError: The sites cannot be listed; the other scopes were yielded before.
        """
        seen: set[str] = set()
        failed: ConnectorError | None = None
        try:
            for site, drive in chain(self._own_drive(), self._libraries()):
                if isinstance(drive, ConnectorError):
                    if archive_status(site):
                        self._archived.add(site["id"])
                    exists = not isinstance(drive, NotFound) or self._client.site_exists(site["id"])
                    yield _unlisted_scope(site, exists=exists)
                elif drive["id"] not in seen and not is_hold_library(drive):
                    seen.add(drive["id"])
                    self._site_groups[drive["id"]] = owner_group_of(drive)
                    yield _scope_of(site, drive)
        except (QuotaExhausted, SignInError, Unreachable):
            raise
        except ConnectorError as error:
            failed = error
        yield from self._other_scopes()
        if failed is not None:
            raise failed

    def _own_drive(self) -> Iterator[tuple[Site, Drive]]:
        """The OneDrive of a person who signed in."""
        if self._settings.sign_in == "device_code" and not self._settings.sites:
            for drive in self._client.my_drive():
                yield Site(id="", displayName="OneDrive"), drive

    def _libraries(self) -> Iterator[tuple[Site, Drive | ConnectorError]]:
        """Yield the libraries of every site and subsite, or the error of a site."""
        sites = list(self._sites())
        every = iter(sites + (self._subsites.below(sites) if self._reads_every_site else []))
        batches = iter(lambda: list(islice(every, BATCH)), [])
        answers = self._context.map(
            lambda b: zip(b, self._client.libraries(b), strict=True), batches
        )
        for site, libraries in chain.from_iterable(answers):
            if isinstance(libraries, ConnectorError):
                self._subsites.excuse(site["id"])
                yield site, libraries
            else:
                yield from ((site, drive) for drive in libraries)

    def _other_scopes(self) -> Iterator[Scope]:
        if self._reads_every_site:
            yield SUBSITES
        if self._sharepoint is None:
            yield from (SITE_GROUPS, SITE_ADMINS)
        if self._settings.sites:
            yield OTHER_SITES
        if self._settings.sign_in == "device_code":
            yield REST_OF_TENANT
        else:
            yield from ALWAYS
            yield from (SHAREPOINT_SETTINGS, SPO_TENANT, ENTRA_POLICIES, TEAMS, DIRECTORY)

    def _sites(self) -> Iterator[Site]:
        if self._settings.sites:
            return map(site_at, self._settings.sites)
        if self._settings.sign_in == "device_code":
            return self._client.search_sites()
        return self._client.sites()

    def addresses(self) -> tuple[str, ...]:
        """Return the origins of Entra's sign-in and of Graph."""
        urls = (self._settings.authority, self._settings.graph_root)
        return tuple(f"{u.scheme}://{u.netloc}" for u in map(urlsplit, urls))

    def checks(self) -> Iterator[Check]:
        """Yield a check for everything that a scan needs, one small call each."""
        return Checks(self._settings, self._context, self._graph, self._sharepoint).run()

    def estimate(self) -> ScanEstimate:
        """Estimate the cost of a full scan; that of listing the scopes is measured.

        Raises:
            AccessDenied: The sites themselves may not be listed.
        """
        before = replace(self._context.http.meter)
        scopes = list(self.scopes())
        spent = self._context.http.meter
        listing = EstimatePart(
            title=say("m365.part_listing"),
            scopes=0,
            items=UNKNOWN,
            calls=spent.calls - before.calls + SIGN_IN_CALLS,
            units=round(spent.units - before.units) + SIGN_IN_CALLS,
        )
        other_ids = {scope.id for scope in self._other_scopes()}
        drives = [s for s in scopes if s.id not in other_ids and not s.id.startswith(SITE_PREFIX)]
        inaccessible = sum(s.id.startswith(SITE_PREFIX) for s in scopes)
        listing = replace(
            listing, calls=listing.calls + inaccessible, units=listing.units + 2 * inaccessible
        )
        labels = self._settings.sensitivity_labels
        libraries = estimate.libraries(self._client, drives, self._context.map, labels=labels)
        parts = [listing, libraries]
        if DIRECTORY.id in other_ids:
            referenced_groups = sum(1 for _ in self._context.groups())
            entra = Entra(self._graph)
            parts += [estimate.directory(entra, referenced_groups), estimate.settings(entra)]
        return ScanEstimate(
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
            entra = Entra(self._graph, self._domains)
            return Directory(entra, self._context, self._domains).scan(cursor)
        if scope.id == TEAMS.id:
            channels = Channels(self._graph, self._context, self._tenant_id, self._domains)
            return channels.scan(cursor)
        if scope.id == SHAREPOINT_SETTINGS.id:
            return TenantSettingsReader(self._graph).read_sharepoint()
        if scope.id == SPO_TENANT.id:
            return spo_tenant_settings(self._graph, self._sharepoint)
        if scope.id == ENTRA_POLICIES.id:
            return TenantSettingsReader(self._graph).read_entra()
        if scope.id == SUBSITES.id:
            return self._subsites.scan()
        if is_not_read(scope):
            return not_read(scope, days=self._full_every)
        if scope.id.startswith(SITE_PREFIX):
            return self._inaccessible_site(scope.id.removeprefix(SITE_PREFIX))
        return self._library(scope, cursor)

    def _library(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        labels = self._settings.sensitivity_labels
        library = Library(
            self._client,
            self._context,
            scope,
            self._domains,
            full_every=self._full_every,
            group=self._group_behind(scope),
            facets=self._facets,
            extras=("details",) * (self._sharepoint is not None) + ("labels",) * labels,
        )
        records = library.scan(cursor)
        if self._sharepoint is not None:
            details = SharePointDetails(
                self._sharepoint, self._graph, self._context, scope, self._domains
            )
            records = details.enrich(records)
        if labels:
            file_labels = FileLabels(
                self._context,
                partial(labels_of, self._graph),
                most=BATCH,
                refused=say("m365.labels_refused"),
            )
            records = file_labels.with_labels(records)
        return records

    def _group_behind(self, scope: Scope) -> OwnerGroup | ConnectorError | None:
        """Return the Microsoft 365 group behind the site of a library, None where there is none.

        The listing of the scopes tells it; a library that was not listed in this run is asked for.
        An error stands in its place where the library cannot be read.
        """
        if scope.id in self._site_groups:
            return self._site_groups[scope.id]
        try:
            return owner_group_of(self._client.drive(scope.id))
        except (AccessDenied, UnexpectedResponse) as error:
            return error

    def _inaccessible_site(self, site_id: str) -> Iterator[Record]:
        """List the libraries of a site again, so that the reason is a current one.

        Raises:
            AccessDenied: The site is locked (423) or forbidden (403).
            NotFound: The site was deleted.
        """
        try:
            self._client.libraries_of(site_id)
        except AccessDenied as error:
            if site_id in self._archived:
                yield Started(full=False, resumed=False)
                yield Coverage(
                    status=Status.SKIPPED,
                    standing=True,
                    reason=say("m365.archived"),
                    hint=say("m365.archived_hint"),
                )
                return
            if error.message.key == "m365.denied":  # other sites were read with the same rights
                hint = say("m365.site_denied_hint")
                raise AccessDenied(error.message, hint=hint) from error
            raise
        yield Started(full=False, resumed=False)
        yield Coverage(
            status=Status.PARTIAL,
            reason=say("m365.site_opened"),
            hint=say("m365.site_opened_hint"),
        )


def _unlisted_scope(site: Site, *, exists: bool) -> Scope:
    """Return the scope of a site that refuses to list its libraries.

    It stands for the libraries that were listed before, unless the site was deleted.
    """
    url = str(site.get("webUrl") or "")
    return Scope(
        id=SITE_PREFIX + site["id"],
        title=_title_of(site),
        url=url,
        stands_for=url.rstrip("/") + "/" if exists and url else "",
    )


def _title_of(site: Site) -> str:
    return str(site.get("displayName") or site.get("webUrl") or site["id"])


def _scope_of(site: Site, drive: Drive) -> Scope:
    title = f"{_title_of(site)} / {drive.get('name') or drive['id']}"
    return Scope(id=drive["id"], title=title, url=str(drive.get("webUrl") or ""))
