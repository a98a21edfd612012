"""The scan of one document library: its items, and the permissions of items that have their own.

A permission list costs five times as much as a page of a thousand items, so it is read only for
the root and for items with a `shared` facet. An empty facet counts: it means permissions of its
own without a link, as a guest with a direct grant has them.

A complete scan leaves a delta token, and the next scan reads what changed since. Graph lists a
folder that was shared, moved or deleted, and not the items below it. The permission lists of those
items repeat the grants of the folder, so they are read again.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/api/driveitem-list-permissions (read 2026-11-29)
    Source: https://github.com/OneDrive/onedrive-api-docs/issues/1250 (read 2026-11-29)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from urllib.parse import unquote, urlsplit

from connectors.m365.client import PREFER, Client, DeltaPage, Permissions
from connectors.m365.control import Control, sampled
from connectors.m365.graph import BATCH
from connectors.m365.ledger import GONE, Ledger, Marks, Own, prints_of
from connectors.m365.normalize import container_of, grants_of, item_of, time_of
from connectors.m365.place import Place
from connectors.m365.refusals import Misplaced, NotFound, Resync, permission_for
from connectors.m365.remainder import Remainder
from connectors.m365.shapes import DriveItem
from connectors.sdk.batched import batched
from connectors.sdk.contract import Context
from connectors.sdk.errors import AccessDenied, QuotaExhausted, UnexpectedResponse
from connectors.sdk.message import say
from connectors.sdk.records import (
    Checkpoint,
    Coverage,
    Grant,
    Item,
    Passed,
    Record,
    Removed,
    Scope,
    Started,
    Status,
)

AGAIN = 5 * BATCH  # permission lists that are read again between two checkpoints
# 20,000 lists of 5 units at 1,250 units a minute: 80 minutes in the smallest tenant.
# Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)  # noqa: E501
EACH = 20_000  # items of a library whose facets are unreliable: up to here each is read


class Library:
    """The scan of one document library, full or by its delta."""

    def __init__(
        self,
        client: Client,
        context: Context,
        scope: Scope,
        domains: frozenset[str],
        *,
        full_every: int,
        added: Sequence[str] = (),
    ) -> None:
        """Prepare the scan; nothing is sent.

        Args:
            client: The calls to Graph.
            context: The context of the run.
            scope: The library; its id is the id of the drive.
            domains: The verified domains of the tenant, in lower case.
            full_every: Days after which a full scan is repeated.
            added: Names of the optional details that are added to the records of this scan; a
                full scan follows when one is added.
        """
        self._client = client
        self._map = context.map
        self._now = context.now
        self._drive = scope.id
        self._name = scope.title.rpartition(" / ")[2]
        self._path = unquote(urlsplit(scope.url).path) or scope.title
        self._domains = domains
        self._basis = " ".join((PREFER, *sorted(domains), *added))
        self._full_every = full_every
        self._ledger = Ledger(context.memory(scope))
        self._remainder = Remainder(context.now)

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """Yield all items, or those that changed, each with all its grants.

        Raises:
            QuotaExhausted: The quota, the time or the call budget of the run is used up; the hint
                estimates what is left.
            AccessDenied: The listing or the permission list of the root was refused.
            UnexpectedResponse: A listing ended without a delta link, Graph gave up the delta token
                twice in one scan, or an answer made no sense.
            Unreachable: Graph did not answer.
        """
        try:
            yield from self._read(cursor)
        except QuotaExhausted as spent:
            raise self._remainder.after(spent) from spent

    def _read(self, cursor: str | None) -> Iterator[Record]:
        page, place, resumed = self._opened(cursor)
        yield Started(full=place.full, resumed=resumed)
        if place.full:
            if not resumed:
                self._ledger.forget()
            self._ledger.survey()
        if page is not None:
            place = yield from self._walked(page, place)
        place = yield from self._settled(place)
        control = Control(self._client, self._drive, self._ledger, self._grants_of)
        doubtful = place.full and not place.every and not control.holds(place)
        self._ledger.unmark()
        coverage = coverage_of(place, doubtful=doubtful)
        yield Checkpoint(cursor=self._following(place, coverage, doubtful=doubtful))
        yield coverage

    def _opened(self, cursor: str | None) -> tuple[DeltaPage | None, Place, bool]:
        """Return the first page to process, the cursor that belongs to it, and whether it resumes.

        A cursor that Graph does not accept any more starts a full scan. The page is None where all
        pages were read and only the items below changed folders are left.
        """
        place = Place.from_json(cursor)
        if place is not None and place.basis != self._basis:
            place = None
        if place is None or not place.next:
            return *self._first(every=place is not None and place.every), False
        if place.walked:
            return None, place, True
        if place.at_rest and place.due(self._now(), self._full_every):
            return *self._first(), False
        try:
            page = self._client.items(place.next)
        except (Resync, Misplaced):  # 410, or a token that Graph cannot read any more
            return *self._first(every=place.every), False
        if place.at_rest and not page.tracked:  # a permission was taken away meanwhile
            return *self._first(), False
        return page, replace(place, at_rest=False), not place.at_rest

    def _first(self, *, every: bool = False) -> tuple[DeltaPage, Place]:
        now = self._now().isoformat()
        path = self._client.first_page(self._drive)
        page = self._client.items(path)
        place = Place(
            self._basis,
            now,
            now,
            next=path,
            every=every,
            hierarchical=page.hierarchical,
            tracked=page.tracked,
        )
        return page, place

    def _walked(self, page: DeltaPage, place: Place) -> Generator[Record, None, Place]:
        """Read all pages from this one on; return the cursor after the last one.

        Where Graph answers 410 between two pages, the listing starts again once.

        Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)

        Raises:
            ResyncRequired: The second 410 in one scan.
            UnexpectedResponse: A page has neither a next link nor a delta link.
        """
        renewed = False
        while True:
            self._remainder.reached(place)
            place = yield from self._facts(page.items, place)
            page.items.clear()  # not two pages of every library at once
            if page.changes and not page.next:
                break
            if not page.next:
                raise UnexpectedResponse(say("m365.no_end"), hint=say("m365.report"))
            place = replace(place, next=page.next)
            yield Checkpoint(cursor=place.to_json())
            try:
                page = self._client.items(place.next)
            except Resync:
                if renewed:
                    yield Checkpoint(cursor="")  # the next reading is a full one
                    raise
                renewed = True
                page, place = self._first(every=place.every)
                yield Started(full=True, resumed=False)
                self._ledger.forget()
                self._ledger.survey()
                self._remainder = Remainder(self._now)
        if place.full and not place.rooted:
            place = yield from self._facts([self._client.top(self._drive)], place)
        place = replace(place, next=page.changes, walked=True)
        yield Checkpoint(cursor=place.to_json())
        return place

    def _facts(self, page: Sequence[DriveItem], place: Place) -> Generator[Record, None, Place]:
        """Yield the records of a page; return the cursor with its counts.

        An item may be listed more than once, and its last occurrence counts.

        Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)

        Raises:
            ConnectorError: The permission list of the root was refused, or that of an item for
                another reason than 403, 404 or 423.
        """
        items = {item["id"]: item for item in page}  # the last occurrence wins
        place = replace(_weighed(place, items.values()), page=place.page + 1)
        lists = self._lists(items.values(), every=place.every)
        plain: list[DriveItem] = []
        for id_, item in items.items():
            if item.get("deleted") is not None:
                yield from self._removed(id_)
                continue
            top = item.get("root") is not None
            rows = lists.get(id_)
            if rows is not None and rows.refused is not None:
                if top or not isinstance(rows.refused, NotFound | AccessDenied):
                    raise rows.refused
                if isinstance(rows.refused, NotFound):  # vanished since it was listed
                    continue
            if "file" not in item and (container := container_of(item, self._drive, self._path)):
                self._placed(item, place)
                yield container
            if rows is None:
                plain.append(item)
            elif rows.refused is not None:
                place = replace(place, unread=place.unread + 1)
            else:
                yield self._stated(item, rows, place)
                crowded = place.crowded + rows.crowded
                place = replace(
                    place, own=place.own + 1, crowded=crowded, rooted=place.rooted or top
                )
        yield from self._passed(plain, place)
        return replace(place, sample=sampled(plain, place)) if place.full else place

    def _stated(self, item: DriveItem, rows: Permissions, place: Place) -> Item:
        """Return the item with the grants of its permission list.

        A folder whose grants changed is noted: the items below it are read again.
        """
        grants = self._grants_of(rows)
        own = Own(item, prints_of(grants), place.page)
        before = self._ledger.own(item["id"])
        changed = before.gave != own.gave if before is not None else not place.full
        if changed and "file" not in item:
            self._ledger.mark(item["id"], place.page)
        self._ledger.put_own(own)
        return item_of(item, self._drive, grants, library=self._name)

    def _passed(self, plain: Sequence[DriveItem], place: Place) -> Iterator[Record]:
        """Yield the number of items without permissions of their own, by folder.

        Yield an item with no grants where it had permissions of its own before.
        """
        counts: Counter[str] = Counter()
        for item in plain:
            if self._ledger.own(item["id"]) is not None:
                self._ledger.drop_own(item["id"])
                if "file" not in item:
                    self._ledger.mark(item["id"], place.page)
                yield item_of(item, self._drive, (), library=self._name)
            elif place.full or _is_new(item, place.since):
                counts[str((item.get("parentReference") or {}).get("id") or "")] += 1
        for parent, count in counts.items():
            yield Passed(parent_id=f"{self._drive}/{parent}" if parent else None, count=count)

    def _placed(self, item: DriveItem, place: Place) -> None:
        """Store the parent of a folder; note a folder that was moved or is new in a delta."""
        parent = "" if "root" in item else str((item.get("parentReference") or {}).get("id") or "")
        before = self._ledger.folder(item["id"])
        if before == parent:
            return
        self._ledger.put_folder(item["id"], parent)
        if before is not None or not place.full:
            self._ledger.mark(item["id"], place.page)

    def _removed(self, id_: str) -> Iterator[Record]:
        if self._ledger.folder(id_) is not None:
            self._ledger.mark(id_, GONE)
        self._ledger.drop(id_)
        yield Removed(item_id=f"{self._drive}/{id_}")

    def _settled(self, place: Place) -> Generator[Record, None, Place]:
        """Yield the items below changed folders, which a delta does not list.

        Source: https://github.com/OneDrive/onedrive-api-docs/issues/1670 (read 2026-11-29)
        """
        marks = self._ledger.marks()
        if not marks:
            return place
        if marks.gone:
            for folder, parent in self._ledger.folders():
                if parent and marks.above(parent) == GONE:
                    marks.bury(folder)
                    yield Removed(item_id=f"{self._drive}/{folder}")
            yield Checkpoint(cursor=place.to_json())
        outdated = self._outdated(marks)
        while some := list(islice(outdated, AGAIN)):
            place = yield from self._again([own for own, gone in some if not gone], place)
            for own, gone in some:
                if gone:
                    yield from self._removed(own.item["id"])
            yield Checkpoint(cursor=place.to_json())
        return place

    def _outdated(self, marks: Marks) -> Iterator[tuple[Own, bool]]:
        """Yield items whose permissions were read before a folder above them changed.

        The flag says whether that folder was deleted.
        """
        for own in self._ledger.owns():
            above = marks.above(own.parent) if own.parent else None
            if above is not None and (above == GONE or above > own.page):
                yield own, above == GONE

    def _again(self, owns: Sequence[Own], place: Place) -> Generator[Record, None, Place]:
        """Read the permission lists of these items again; return the cursor with its counts.

        Raises:
            ConnectorError: A list was refused for another reason than 403, 404 or 423.
        """
        items = {own.item["id"]: own.item for own in owns}
        for id_, rows in self._lists(items.values(), every=True).items():
            if rows.refused is None:
                yield self._stated(items[id_], rows, place)
                place = replace(place, crowded=place.crowded + rows.crowded)
            elif isinstance(rows.refused, AccessDenied):
                place = replace(place, unread=place.unread + 1)
            elif not isinstance(rows.refused, NotFound):  # the next delta lists it as deleted
                raise rows.refused
        return place

    def _following(self, place: Place, coverage: Coverage, *, doubtful: bool) -> str:
        """Return the cursor of the next scan.

        It is that of a delta where this scan is complete, and empty (a full scan) otherwise.
        """
        if place.every or (doubtful and place.items <= EACH):
            return replace(place, next="", every=True, sample=()).to_json()
        if coverage.status is not Status.COMPLETE or not place.tracked:
            return ""
        return replace(
            place,
            since=self._now().isoformat(),
            full=False,
            at_rest=True,
            walked=False,
            items=0,
            own=0,
            read_bytes=0,
            all_bytes=0,
            sample=(),
        ).to_json()

    def _lists(self, items: Iterable[DriveItem], *, every: bool) -> dict[str, Permissions]:
        """Read the permission lists of the items that have their own, in parallel batches."""
        own = [i["id"] for i in items if "deleted" not in i and (every or _has_its_own(i))]
        if not own:
            return {}
        batches = batched(own, BATCH)
        read = partial(self._client.permissions, self._drive)
        return dict(zip(own, chain.from_iterable(self._map(read, batches)), strict=True))

    def _grants_of(self, rows: Permissions) -> tuple[Grant, ...]:
        grants = (grants_of(row, self._drive, self._domains) for row in rows.rows)
        return tuple(chain.from_iterable(grants))


def _has_its_own(item: DriveItem) -> bool:
    return item.get("shared") is not None or item.get("root") is not None


def _weighed(place: Place, items: Collection[DriveItem]) -> Place:
    """Return the cursor with the number and the size of these items added."""
    read = sum(item.get("size") or 0 for item in items if "file" in item)
    whole = next((item.get("size") or 0 for item in items if "root" in item), 0)
    return replace(
        place,
        items=place.items + len(items),
        read_bytes=place.read_bytes + read,
        all_bytes=whole or place.all_bytes,
    )


def _is_new(item: DriveItem, since: str) -> bool:
    made = time_of(item.get("createdDateTime"))
    return isinstance(made, datetime) and made > datetime.fromisoformat(since)


def coverage_of(place: Place, *, doubtful: bool) -> Coverage:
    """Return the coverage of a scan; of several losses the worst one is the reason.

    `doubtful` is the result of the check of the facets.
    """
    if place.unread:
        reason = say("m365.items_unread", count=place.unread)
        hint = say("m365.denied_hint", permission=permission_for("/permissions"))
    elif doubtful and place.items > EACH:
        reason, hint = say("m365.doubtful"), say("m365.doubtful_hint", count=place.items)
    elif doubtful:
        reason, hint = say("m365.doubtful"), say("m365.doubtful_each_hint", count=place.items)
    elif not place.hierarchical:
        reason, hint = say("m365.not_hierarchical"), say("m365.not_hierarchical_hint")
    elif place.crowded:
        reason, hint = say("m365.crowded", count=place.crowded), say("m365.crowded_hint")
    else:
        return Coverage(status=Status.COMPLETE)
    return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)
