"""The paths of Microsoft Graph that this connector reads, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from connectors.m365.graph import Graph, Json, Listing
from connectors.m365.refusals import NotFound, refusal
from connectors.m365.shapes import Drive, DriveItem, Permission, Site
from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import Tenant

PREFER = (
    "hierarchicalsharing, deltashowremovedasdeleted, "
    "deltatraversepermissiongaps, deltashowsharingchanges"
)
"""With these a `shared` facet stands only where permissions are made, and nowhere below."""

_ITEM = (
    "id,name,parentReference,folder,file,package,shared,deleted,root,webUrl,"
    "createdDateTime,lastModifiedDateTime,createdBy,size"
)
_SITE = "id,webUrl,displayName,isPersonalSite,siteCollection"


@dataclass(frozen=True, slots=True)
class DeltaPage:
    """Items of a library.

    `changes` leads from the last page to what will have changed. Graph says which preferences it
    kept to: `hierarchical`, a facet stands only where permissions are made; `tracked`, a change
    that is only in the sharing is a change.
    """

    items: list[DriveItem]
    next: str
    changes: str
    hierarchical: bool
    tracked: bool


class Client:
    """One tenant's Graph, by what is asked and not by where it lies."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def tenant(self) -> Tenant:
        """The organisation and its verified domains."""
        path = "/organization?$select=id,displayName,verifiedDomains"
        for page in self._graph.pages(path):
            for found in page.values:
                domains = (str(d["name"]).lower() for d in found.get("verifiedDomains") or ())
                name = str(found.get("displayName") or "")
                return Tenant(id=str(found["id"]), name=name, domains=tuple(domains))
        raise refusal(path, 404, {})

    def licences(self) -> int:
        """How many licences the tenant holds: Graph's quota grows with them."""
        path = "/subscribedSkus?$select=prepaidUnits"
        prepaid: Iterator[Json] = (
            sku.get("prepaidUnits") or {} for page in self._graph.pages(path) for sku in page.values
        )
        return sum(int(units.get("enabled") or 0) for units in prepaid)

    def sites(self) -> Iterator[Site]:
        """Every site of every geography, OneDrive included, each once."""
        path = f"/sites/getAllSites?$select={_SITE}"
        seen: set[str] = set()
        for page in self._graph.pages(path):
            for site in cast(list[Site], page.values):
                if site["id"] not in seen:
                    seen.add(site["id"])
                    yield site

    def sites_found(self) -> Iterator[Site]:
        """The sites that a person finds; `getAllSites` answers applications only."""
        path = "/sites?search=*&$select=id,webUrl,displayName"
        for page in self._graph.pages(path):
            yield from cast(list[Site], page.values)

    def my_drive(self) -> list[Drive]:
        """The OneDrive of the person who signed in; none where it was never opened."""
        try:
            return [cast(Drive, self._graph.get("/me/drive?$select=id,name,driveType,webUrl"))]
        except NotFound:
            return []

    def libraries(self, sites: Sequence[Site]) -> list[list[Drive] | ConnectorError]:
        """The libraries of at most a batch of sites, or why one does not tell."""
        listings = self._graph.listings([_drives_of(site["id"]) for site in sites])
        return [known.refused or cast(list[Drive], known.values) for known in listings]

    def subsites(self, sites: Sequence[Site]) -> list[list[Site]]:
        """The sites directly below at most a batch of sites; none where one does not tell."""
        paths = [f"/sites/{site['id']}/sites?$select={_SITE}" for site in sites]
        return [cast(list[Site], known.values) for known in self._graph.listings(paths)]

    def libraries_of(self, site_id: str) -> list[Drive]:
        """The libraries of one site. Raises why it does not tell."""
        pages = self._graph.pages(_drives_of(site_id))
        return [cast(Drive, drive) for page in pages for drive in page.values]

    @staticmethod
    def first_page(drive: str) -> str:
        """Where the listing of a library begins."""
        return f"/drives/{drive}/root/delta?$select={_ITEM}&$top=1000"

    def items(self, path: str) -> DeltaPage:
        """A page of a library's items."""
        page = self._graph.page(path, {"Prefer": PREFER})
        kept_to = page.headers.get("Preference-Applied", "").lower()
        return DeltaPage(
            items=cast(list[DriveItem], page.values),
            next=page.next,
            changes=page.changes,
            hierarchical="hierarchicalsharing" in kept_to,
            tracked="deltashowsharingchanges" in kept_to,
        )

    def top(self, drive: str) -> DriveItem:
        """The root of a library."""
        return cast(DriveItem, self._graph.get(f"/drives/{drive}/root?$select={_ITEM}"))

    def permissions(self, drive: str, items: Sequence[str]) -> list[Permissions]:
        """All rows of at most a batch of items."""
        listings = self._graph.listings([f"/drives/{drive}/items/{i}/permissions" for i in items])
        return [Permissions.of(listing) for listing in listings]


@dataclass(frozen=True, slots=True)
class Permissions:
    """The rows of one item, or why there are none."""

    rows: Sequence[Permission] = ()
    pages: int = 1
    refused: ConnectorError | None = None

    @staticmethod
    def of(listing: Listing) -> Permissions:
        """A listing as rows."""
        return Permissions(cast(list[Permission], listing.values), listing.pages, listing.refused)

    @property
    def crowded(self) -> bool:
        """Graph was seen to end near 100 rows without a link to the rest."""
        return self.pages == 1 and 90 <= len(self.rows) <= 100


def site_at(url: str) -> Site:
    """A site by its address. Graph takes host and path where it takes an id."""
    parts = urlsplit(url)
    path = parts.path.strip("/")
    return Site(id=f"{parts.netloc}:/{path}:" if path else parts.netloc, webUrl=url)


def _drives_of(site_id: str) -> str:
    return f"/sites/{site_id}/drives?$select=id,name,driveType,webUrl"
