"""The calls to Microsoft Graph for tenant, sites, libraries, items and permissions.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/organization-list (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/subscribedsku-list (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/site-getallsites (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/site-search (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/site-getbypath (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/site-list-subsites (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/drive-get (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/drive-list (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/driveitem-list-permissions (read 2026-11-29)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from connectors.m365.api_types import Drive, DriveItem, Permission, Site
from connectors.m365.errors import NotFound, map_error
from connectors.m365.graph import Graph, Json, Listing
from connectors.sdk.errors import ConnectorError, UnexpectedResponse
from connectors.sdk.message import say
from connectors.sdk.records import Tenant

PREFER = (
    "hierarchicalsharing, deltashowremovedasdeleted, "
    "deltatraversepermissiongaps, deltashowsharingchanges"
)
"""The preferences of a delta request.

With `hierarchicalsharing` a `shared` facet stands only on the root of a permission hierarchy and on
items with permissions of their own. `deltashowsharingchanges` lists items whose sharing changed; it
requires the two that are between them. All of it requires Sites.FullControl.All.

Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
"""

_ITEM_FIELDS = (
    "id,name,parentReference,folder,file,package,shared,deleted,root,webUrl,"
    "createdDateTime,lastModifiedDateTime,createdBy,size"
)
_DRIVE_FIELDS = "id,name,driveType,webUrl,system,owner"
_SKUS_PATH = "/subscribedSkus?$select=capabilityStatus,prepaidUnits,servicePlans"
_SITE_FIELDS = "id,webUrl,displayName,isPersonalSite,siteCollection"


@dataclass(frozen=True, slots=True)
class DeltaPage:
    """One page of the items of a library.

    An application with less than Sites.FullControl.All gets a list that is silently reduced; the
    header `Preference-Applied` tells which preferences Graph applied.

    Attributes:
        items: The items of this page, deleted ones included.
        next: The path of the next page; empty on the last one.
        changes: On the last page the path to the changes from now on; empty elsewhere.
        hierarchical: Whether `hierarchicalsharing` was applied.
        sharing_tracked: Whether `deltashowsharingchanges` was applied.

    Source: not documented; assumed (that a missing `Preference-Applied` means a reduced list)
    """

    items: list[DriveItem]
    next: str
    changes: str
    hierarchical: bool
    sharing_tracked: bool


class Client:
    """The calls to Graph for one tenant.

    Unless a method says otherwise, it raises the errors of the transport: `SignInError`,
    `AccessDenied`, `NotFound` and other `UnexpectedResponse`, `QuotaExhausted`, `Unreachable`.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def tenant(self) -> Tenant:
        """Return the organisation with its verified domains, in lower case.

        Raises:
            NotFound: Graph listed no organisation.
            AccessDenied: Organization.Read.All is missing.
        """
        path = "/organization?$select=id,displayName,verifiedDomains"
        for page in self._graph.pages(path):
            for found in page.values:
                domains = (str(d["name"]).lower() for d in found.get("verifiedDomains") or ())
                name = str(found.get("displayName") or "")
                return Tenant(id=str(found["id"]), name=name, domains=tuple(domains))
        raise map_error(path, 404, {})

    def licences(self) -> int:
        """Return the number of enabled licences for SharePoint; the quota depends on it.

        Products without a plan of SharePoint do not count: most tenants have some that are free and
        come with ten thousand or a million seats. 0 where no product counts.

        Raises:
            AccessDenied: Organization.Read.All is missing.
        """
        skus = [sku for page in self._graph.pages(_SKUS_PATH) for sku in page.values]
        counted = (sku for sku in skus if _is_sharepoint_licence(sku))
        prepaid: Iterator[Json] = (sku.get("prepaidUnits") or {} for sku in counted)
        return sum(int(units.get("enabled") or 0) for units in prepaid)

    def sites(self) -> Iterator[Site]:
        """Iterate over every site of every geography, OneDrive included, each once.

        Applications only: Graph does not support this call with a person's token.

        Raises:
            UnexpectedResponse: There is no site at all; every tenant has a root site.

        Source: https://learn.microsoft.com/en-us/graph/api/site-getallsites (read 2026-11-29)
        """
        path = f"/sites/getAllSites?$select={_SITE_FIELDS}"
        seen: set[str] = set()
        for page in self._graph.pages(path):
            for site in cast(list[Site], page.values):
                if site["id"] not in seen:
                    seen.add(site["id"])
                    yield site
        if not seen:
            raise UnexpectedResponse(say("m365.no_sites"), hint=say("m365.no_sites_hint"))

    def search_sites(self) -> Iterator[Site]:
        """Iterate over the sites that a search finds for the person who signed in."""
        path = "/sites?search=*&$select=id,webUrl,displayName"
        for page in self._graph.pages(path):
            yield from cast(list[Site], page.values)

    def my_drive(self) -> list[Drive]:
        """Return the OneDrive of the person who signed in; nothing where there is none yet."""
        try:
            return [cast(Drive, self._graph.get(f"/me/drive?$select={_DRIVE_FIELDS}"))]
        except NotFound:
            return []

    def libraries(self, sites: Sequence[Site]) -> list[list[Drive] | ConnectorError]:
        """Return the libraries of at most `BATCH` sites, in their order.

        An error stands in the place of a site that refuses to list its libraries.
        """
        listings = self._graph.listings([_drives_path(site["id"]) for site in sites])
        return [known.error or cast(list[Drive], known.values) for known in listings]

    def subsites(self, sites: Sequence[Site]) -> list[list[Site] | ConnectorError]:
        """Return the direct subsites of at most `BATCH` sites, in their order.

        An error stands in the place of a site that refuses to list its subsites.
        """
        paths = [f"/sites/{site['id']}/sites?$select={_SITE_FIELDS}" for site in sites]
        listings = self._graph.listings(paths)
        return [known.error or cast(list[Site], known.values) for known in listings]

    def site_exists(self, site_id: str) -> bool:
        """Return whether a site exists of which a listing was not found."""
        return not self._graph.gone([f"/sites/{site_id}?$select=id"])[0]

    def libraries_of(self, site_id: str) -> list[Drive]:
        """Return the libraries of one site.

        Raises:
            AccessDenied: The site is locked (423) or forbidden (403).
            NotFound: The site was deleted.
        """
        pages = self._graph.pages(_drives_path(site_id))
        return [cast(Drive, drive) for page in pages for drive in page.values]

    def drive(self, drive: str) -> Drive:
        """Return a library by its id."""
        return cast(Drive, self._graph.get(f"/drives/{drive}?$select={_DRIVE_FIELDS}"))

    @staticmethod
    def first_delta_path(drive: str) -> str:
        """Return the path of the first page of a library, without a delta token.

        A page of 1,000 items was seen; the size of a page is not documented, and the end of the
        listing is only its delta link.

        Source: https://github.com/OneDrive/onedrive-api-docs/issues/1285 (read 2026-08-15)
        """
        return f"/drives/{drive}/root/delta?$select={_ITEM_FIELDS}&$top=1000"

    def delta_page(self, path: str) -> DeltaPage:
        """Return one page of the items of a library.

        Raises:
            ResyncRequired: Graph does not know the token of the path any more (410).
            BadRequest: Graph cannot read the token of the path (400).
        """
        page = self._graph.page(path, {"Prefer": PREFER})
        applied = page.headers.get("Preference-Applied", "").lower()
        return DeltaPage(
            items=cast(list[DriveItem], page.values),
            next=page.next,
            changes=page.changes,
            hierarchical="hierarchicalsharing" in applied,
            sharing_tracked="deltashowsharingchanges" in applied,
        )

    def root_item(self, drive: str) -> DriveItem:
        """Return the root item of a library."""
        return cast(DriveItem, self._graph.get(f"/drives/{drive}/root?$select={_ITEM_FIELDS}"))

    def vanished(self, drive: str, items: Sequence[str]) -> list[bool]:
        """Return for at most `BATCH` items whether they do not exist any more."""
        return self._graph.gone([f"/drives/{drive}/items/{i}?$select=id" for i in items])

    def permissions(self, drive: str, items: Sequence[str]) -> list[PermissionList]:
        """Return the permission lists of at most `BATCH` items, in their order."""
        listings = self._graph.listings([f"/drives/{drive}/items/{i}/permissions" for i in items])
        return [PermissionList.from_listing(listing) for listing in listings]


@dataclass(frozen=True, slots=True)
class PermissionList:
    """The permission list of one item, or the error that stands in its place.

    Attributes:
        rows: The rows, inherited ones included.
        pages: The number of pages that the list took.
        error: Why there is no list.
    """

    rows: Sequence[Permission] = ()
    pages: int = 1
    error: ConnectorError | None = None

    @staticmethod
    def from_listing(listing: Listing) -> PermissionList:
        """Convert a listing of a batch."""
        return PermissionList(cast(list[Permission], listing.values), listing.pages, listing.error)

    @property
    def maybe_truncated(self) -> bool:
        """Whether the list may be truncated.

        Graph was seen to end a list of more than 1,000 rows after 96, without a link to the rest.

        Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/15531 (read 2026-11-29)
        """  # noqa: E501 -- an address
        return self.pages == 1 and 90 <= len(self.rows) <= 100


def archive_status(site: Site) -> str:
    """Return the state of a site in Microsoft 365 Archive; empty for a site that is in use.

    An archived site refuses to list its libraries, and is not unlocked but reactivated.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/sitearchivaldetails (read 2026-11-30)
    """  # noqa: E501 -- an address
    details = (site.get("siteCollection") or {}).get("archivalDetails") or {}
    return str(details.get("archiveStatus") or "")


def site_at(url: str) -> Site:
    """Return a site by its URL; `host:/path:` stands where Graph takes an id.

    Source: https://learn.microsoft.com/en-us/graph/api/site-getbypath (read 2026-11-29)
    """
    parts = urlsplit(url)
    path = parts.path.strip("/")
    return Site(id=f"{parts.netloc}:/{path}:" if path else parts.netloc, webUrl=url)


def _drives_path(site_id: str) -> str:
    """Return the path of the libraries of a site.

    Without `system` among the selected properties Graph leaves out the libraries that SharePoint
    made for itself, as Site Assets with the notebooks of a team. `owner` tells the group behind the
    site.

    Source: https://learn.microsoft.com/en-us/graph/api/drive-list (read 2026-11-30)
    Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/11919 (read 2026-11-30)
    """
    return f"/sites/{site_id}/drives?$select={_DRIVE_FIELDS}"


def _is_sharepoint_licence(sku: Json) -> bool:
    """Whether a product is enabled and holds a plan of SharePoint.

    Office for the web is a plan whose name begins in the same way.

    Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-30)
    Source: https://learn.microsoft.com/en-us/entra/identity/users/licensing-service-plan-reference (read 2026-11-30)
    """  # noqa: E501 -- an address
    plans = (
        str(plan.get("servicePlanName") or "").upper() for plan in sku.get("servicePlans") or ()
    )
    enabled = str(sku.get("capabilityStatus") or "").lower() == "enabled"
    return enabled and any(
        plan.startswith("SHAREPOINT") and not plan.startswith("SHAREPOINTWAC") for plan in plans
    )
