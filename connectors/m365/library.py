"""Reading one document library: its items page by page, and the rows of those that have their own.

`/permissions` costs five times what a page of a thousand items does, so it is asked only for the
root and for items with a `shared` facet. An *empty* facet counts: it means permissions of its own
without a link, which is how a guest is let in directly.

A reading that was complete leaves a delta token, and the next one reads what changed since. Graph
tells of a folder that was shared, moved or deleted, and not of what lies below it; the rows of
those items repeat what the folder gives, so they are read again.
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

AGAIN = 5 * BATCH  # rows that are read again between two checkpoints
EACH = 20_000  # items of a library that may be asked one by one: 80 minutes in a small tenant


class Library:
    """One document library."""

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
        """`added` is what others add to this reading: with more of it, everything is read anew."""
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
        """All items or those that changed, each with all its grants."""
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
        """The first page: of the rest, where Graph still knows the place, else of everything."""
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
        """Every page to the last; returns the place with what they had to say."""
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
        """The records of a page; returns the place with what the page had to say."""
        items = {item["id"]: item for item in page}  # one that is named twice counts as the last
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
        """The item with the grants of its list; what that means below it is noted."""
        grants = self._grants_of(rows)
        own = Own(item, prints_of(grants), place.page)
        before = self._ledger.own(item["id"])
        changed = before.gave != own.gave if before is not None else not place.full
        if changed and "file" not in item:
            self._ledger.mark(item["id"], place.page)
        self._ledger.put_own(own)
        return item_of(item, self._drive, grants, library=self._name)

    def _passed(self, plain: Sequence[DriveItem], place: Place) -> Iterator[Record]:
        """Items without permissions of their own; some may have had them before."""
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
        """A folder lies where it lies now; one that was moved hands down something else."""
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
        """What lies below the folders that changed, of which Graph says nothing."""
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
        """Own items whose list was read before a folder above them changed, or went with it."""
        for own in self._ledger.owns():
            above = marks.above(own.parent) if own.parent else None
            if above is not None and (above == GONE or above > own.page):
                yield own, above == GONE

    def _again(self, owns: Sequence[Own], place: Place) -> Generator[Record, None, Place]:
        items = {own.item["id"]: own.item for own in owns}
        for id_, rows in self._lists(items.values(), every=True).items():
            if rows.refused is None:
                yield self._stated(items[id_], rows, place)
                place = replace(place, crowded=place.crowded + rows.crowded)
            elif isinstance(rows.refused, AccessDenied):
                place = replace(place, unread=place.unread + 1)
            elif not isinstance(rows.refused, NotFound):  # of that the next delta tells
                raise rows.refused
        return place

    def _following(self, place: Place, coverage: Coverage, *, doubtful: bool) -> str:
        """Where the next reading begins: at the changes, if nothing of this one is missing."""
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
        """The rows of the items that have their own, in batches, side by side."""
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
    """The place with the number and the size of these items."""
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
    """What the end of a reading has to say, the gravest first."""
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
