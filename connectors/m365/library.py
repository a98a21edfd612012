"""Reading one document library: its items page by page, and the rows of those that have their own.

`/permissions` costs five times what a page of a thousand items does, so it is asked only for the
root and for items with a `shared` facet. An *empty* facet counts: it means permissions of its own
without a link, which is how a guest is let in directly.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from urllib.parse import unquote, urlsplit

from connectors.m365.client import PREFER, Client, DeltaPage, Permissions
from connectors.m365.graph import BATCH
from connectors.m365.normalize import container_of, grants_of, item_of
from connectors.m365.refusals import Misplaced, NotFound, Resync, permission_for
from connectors.m365.shapes import DriveItem
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied, UnexpectedResponse
from connectors.sdk.message import say
from connectors.sdk.records import Checkpoint, Coverage, Record, Removed, Scope, Started, Status

_NOTHING = Permissions()


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reading has come, and what its end will have to say. Kept in the cursor.

    Attributes:
        next: The path of the page that comes now.
        prefer: What was asked for; a token made with other preferences is worth nothing.
        hierarchical: Whether Graph said that the facets keep to permission roots.
        rooted: Whether the root was among the items.
        unread: Items whose rows were refused.
        crowded: Items with so many rows that some may be missing.
    """

    next: str
    prefer: str = PREFER
    hierarchical: bool = False
    rooted: bool = False
    unread: int = 0
    crowded: int = 0

    @property
    def cursor(self) -> str:
        """The form that a checkpoint carries."""
        return json.dumps(asdict(self))

    @staticmethod
    def of(cursor: str | None) -> Place | None:
        """The place of a cursor; None where the reading must begin afresh."""
        try:
            place = Place(**json.loads(cursor or "{}"))
        except (TypeError, ValueError):  # none yet, or of another version
            return None
        return place if place.prefer == PREFER else None


class Library:
    """One document library."""

    def __init__(
        self, client: Client, context: Context, scope: Scope, domains: frozenset[str]
    ) -> None:
        self._client = client
        self._map = context.map
        self._drive = scope.id
        self._name = scope.title.rpartition(" / ")[2]
        self._path = unquote(urlsplit(scope.url).path) or scope.title
        self._domains = domains

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """All items, each with all its grants."""
        page, place, resumed = self._opened(cursor)
        yield Started(full=True, resumed=resumed)
        renewed = False
        while True:
            place = yield from self._facts(page.items, place)
            if page.complete and not page.next:
                break
            if not page.next:
                raise UnexpectedResponse(say("m365.no_end"), hint=say("m365.report"))
            place = replace(place, next=page.next)
            yield Checkpoint(cursor=place.cursor)
            try:
                page = self._client.items(place.next)
            except Resync:
                if renewed:
                    raise
                renewed = True
                page, place = self._first()
        if not place.rooted:
            place = yield from self._facts([self._client.top(self._drive)], place)
        yield Checkpoint(cursor="")
        yield coverage_of(place)

    def _opened(self, cursor: str | None) -> tuple[DeltaPage, Place, bool]:
        """The first page: of the rest, where Graph still knows the place, else of everything."""
        place = Place.of(cursor)
        if place is not None:
            try:
                return self._client.items(place.next), place, True
            except (Resync, Misplaced):  # 410, or a token that Graph cannot read any more
                pass
        return *self._first(), False

    def _first(self) -> tuple[DeltaPage, Place]:
        path = self._client.first_page(self._drive)
        page = self._client.items(path)
        return page, Place(path, hierarchical=page.hierarchical)

    def _facts(self, page: Sequence[DriveItem], place: Place) -> Generator[Record, None, Place]:
        """The records of a page; returns the place with what the page had to say."""
        items = {item["id"]: item for item in page}  # one that is named twice counts as the last
        known = self._permissions(items.values())
        for id_, item in items.items():
            top = item.get("root") is not None
            if top:
                place = replace(place, rooted=True)
            if item.get("deleted") is not None:
                yield Removed(item_id=f"{self._drive}/{id_}")
                continue
            permissions = known.get(id_, _NOTHING)
            if permissions.refused is not None:
                if top or not isinstance(permissions.refused, NotFound | AccessDenied):
                    raise permissions.refused
                if isinstance(permissions.refused, NotFound):  # vanished since it was listed
                    continue
            if container := container_of(item, self._drive, path=self._path):
                yield container
            if permissions.refused is not None:
                place = replace(place, unread=place.unread + 1)
                continue
            if permissions.crowded:
                place = replace(place, crowded=place.crowded + 1)
            grants = (grants_of(row, self._drive, self._domains) for row in permissions.rows)
            every = tuple(chain.from_iterable(grants))
            yield item_of(item, self._drive, every, library=self._name)
        return place

    def _permissions(self, items: Iterable[DriveItem]) -> dict[str, Permissions]:
        """The rows of the items that have their own, in batches, side by side."""
        own = [item["id"] for item in items if _has_its_own(item)]
        batches = [own[n : n + BATCH] for n in range(0, len(own), BATCH)]
        read = partial(self._client.permissions, self._drive)
        return dict(zip(own, chain.from_iterable(self._map(read, batches)), strict=True))


def _has_its_own(item: DriveItem) -> bool:
    shared = item.get("shared") is not None or item.get("root") is not None
    return shared and item.get("deleted") is None


def coverage_of(place: Place) -> Coverage:
    """What the end of a reading has to say, the gravest first."""
    if place.unread:
        reason = say("m365.items_unread", count=place.unread)
        hint = say("m365.denied_hint", permission=permission_for("/permissions"))
    elif not place.hierarchical:
        reason, hint = say("m365.not_hierarchical"), say("m365.not_hierarchical_hint")
    elif place.crowded:
        reason, hint = say("m365.crowded", count=place.crowded), say("m365.crowded_hint")
    else:
        return Coverage(status=Status.COMPLETE)
    return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)
