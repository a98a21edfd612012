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

import logging
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import cast
from urllib.parse import unquote, urlsplit

from connectors.m365.api_types import DriveItem
from connectors.m365.client import PREFER, Client, DeltaPage, PermissionList
from connectors.m365.cursor import LibraryCursor
from connectors.m365.delta_state import (
    DELETED,
    ChangedFolders,
    DeltaState,
    ItemState,
    grant_digests,
)
from connectors.m365.errors import BadRequest, NotFound, ResyncRequired, permission_for
from connectors.m365.facet_sample import (
    FacetSampleCheck,
    FacetTrust,
    add_to_sample,
    inherited_digests,
)
from connectors.m365.graph import BATCH
from connectors.m365.normalize import container_of, grants_of, item_of, time_of
from connectors.m365.owner_group import OwnerGroup, group_grants
from connectors.m365.remaining_time import RemainingTime
from connectors.sdk.batched import batched
from connectors.sdk.errors import (
    AccessDenied,
    ConnectorError,
    QuotaExhausted,
    UnexpectedResponse,
)
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.listing_guard import ListingGuard
from connectors.sdk.message import say
from connectors.sdk.records import (
    Checkpoint,
    CountedItems,
    Coverage,
    Grant,
    Item,
    Record,
    Removed,
    Scope,
    Started,
    Status,
)

_FACTS = "2"  # counted up when a scan yields more facts of an unchanged library
log = logging.getLogger(__name__)

REREAD_BATCH = 5 * BATCH  # permission lists that are read again between two checkpoints
# 20,000 lists of 5 units at 1,250 units a minute: 80 minutes in the smallest tenant.
# Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)  # noqa: E501 -- an address
MAX_SINGLE_QUERIES = (
    20_000  # items of a library whose facets are unreliable: up to here each is read
)


class Library:
    """The scan of one document library, full or by its delta."""

    def __init__(
        self,
        client: Client,
        context: ConnectorContext,
        scope: Scope,
        domains: frozenset[str],
        *,
        full_every: int,
        group: OwnerGroup | ConnectorError | None = None,
        facets: FacetTrust | None = None,
        extras: Sequence[str] = (),
    ) -> None:
        """Prepare the scan; nothing is sent.

        Args:
            client: The calls to Graph.
            context: The context of the run.
            scope: The library; its id is the id of the drive.
            domains: The verified domains of the tenant, in lower case.
            full_every: Days after which a full scan is repeated.
            group: The Microsoft 365 group behind the site of the library, or why it is not known.
            facets: Whether the facets of the tenant are believed.
            extras: Names of the optional details that are added to the records of this scan; a
                full scan follows when one is added.
        """
        self._client = client
        self._map = context.map
        self._now = context.now
        self._drive = scope.id
        self._name = scope.title.rpartition(" / ")[2]
        self._path = unquote(urlsplit(scope.url).path) or scope.title
        self._domains = domains
        self._group = group
        self._facets = facets or FacetTrust()
        self._settings_key = " ".join((PREFER, *sorted(domains), *extras, _FACTS))
        self._full_every = full_every
        self._delta_state = DeltaState(context.scan_state(scope))
        self._remaining_time = RemainingTime(context.now)

    def scan(self, cursor: str | None) -> Iterator[Record]:
        """Yield all items, or those that changed, each with all its grants.

        Raises:
            QuotaExhausted: The quota, the time or the call budget of the run is used up; the hint
                estimates what is left.
            AccessDenied: The listing was refused.
            UnexpectedResponse: A listing ended without a delta link or did not end, or Graph gave
                up the delta token twice in one scan.
            Unreachable: Graph did not answer.
        """
        try:
            yield from self._scan(cursor)
        except QuotaExhausted as spent:
            raise self._remaining_time.with_hint(spent) from spent

    def _scan(self, cursor: str | None) -> Iterator[Record]:
        page, position, resumed = self._open_cursor(cursor)
        yield Started(full=position.full, resumed=resumed)
        if position.full:
            if not resumed:
                self._delta_state.clear()
            self._delta_state.preload()
        if page is not None:
            position = yield from self._read_pages(page, position)
        position = yield from self._reread_below(position)
        facet_check = FacetSampleCheck(
            self._client, self._drive, self._delta_state, self._readable_grants
        )
        if position.full and not position.every and not facet_check.passes(position):
            self._facets.missed = True
        doubtful = position.full and not position.every and self._facets.missed
        self._delta_state.clear_changed()
        coverage = coverage_of(position, doubtful=doubtful)
        yield Checkpoint(cursor=self._next_cursor(position, coverage, doubtful=doubtful))
        yield coverage

    def _open_cursor(self, cursor: str | None) -> tuple[DeltaPage | None, LibraryCursor, bool]:
        """Return the first page to process, the cursor that belongs to it, and whether it resumes.

        A cursor that Graph does not accept any more starts a full scan. The page is None where all
        pages were read and only the items below changed folders are left.
        """
        position = LibraryCursor.from_json(cursor)
        if position is not None and position.basis != self._settings_key:
            position = None
        if position is None or not position.next:
            every = position is not None and position.every
            return *self._first_page(every=every or self._facets.missed), False
        if position.walked:
            return None, position, True
        if position.at_rest and self._facets.missed:
            return *self._first_page(every=True), False
        if position.at_rest and position.full_scan_due(self._now(), self._full_every):
            return *self._first_page(), False
        try:
            page = self._client.delta_page(position.next)
        except (ResyncRequired, BadRequest):  # 410, or a token that Graph cannot read any more
            return *self._first_page(every=position.every), False
        if position.at_rest and not page.sharing_tracked:  # a permission was taken away meanwhile
            return *self._first_page(), False
        return page, replace(position, at_rest=False), not position.at_rest

    def _first_page(self, *, every: bool = False) -> tuple[DeltaPage, LibraryCursor]:
        now = self._now().isoformat()
        path = self._client.first_delta_path(self._drive)
        page = self._client.delta_page(path)
        position = LibraryCursor(
            self._settings_key,
            now,
            now,
            next=path,
            every=every,
            hierarchical=page.hierarchical,
            tracked=page.sharing_tracked,
        )
        return page, position

    def _read_pages(
        self, page: DeltaPage, position: LibraryCursor
    ) -> Generator[Record, None, LibraryCursor]:
        """Read all pages from this one on; return the cursor after the last one.

        Where Graph answers 410 between two pages, the listing starts again once.

        Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)

        Raises:
            ResyncRequired: The second 410 in one scan.
            UnexpectedResponse: A page has neither a next link nor a delta link.
        """
        renewed = False
        guard = ListingGuard(self._name)
        while True:
            self._remaining_time.update(position)
            guard.check(page.next, [item.get("id") for item in page.items])
            position = yield from self._page_records(page.items, position)
            page.items.clear()  # not two pages of every library at once
            if page.changes and not page.next:
                break
            if not page.next:
                raise UnexpectedResponse(say("m365.no_end"), hint=say("m365.report"))
            position = replace(position, next=page.next)
            yield Checkpoint(cursor=position.to_json())
            try:
                page = self._client.delta_page(position.next)
            except ResyncRequired:
                if renewed:
                    yield Checkpoint(cursor="")  # the next reading is a full one
                    raise
                renewed = True
                guard = ListingGuard(self._name)
                page, position = self._first_page(every=position.every)
                yield Started(full=True, resumed=False)
                self._delta_state.clear()
                self._delta_state.preload()
                self._remaining_time = RemainingTime(self._now)
        if position.full and not position.rooted:
            position = yield from self._unlisted_root(position)
        position = replace(position, next=page.changes, walked=True)
        yield Checkpoint(cursor=position.to_json())
        return position

    def _unlisted_root(self, position: LibraryCursor) -> Generator[Record, None, LibraryCursor]:
        """Yield the root where the listing did not hold it; count it where it cannot be read."""
        try:
            root = self._client.root_item(self._drive)
        except (AccessDenied, UnexpectedResponse):
            return replace(position, unread=position.unread + 1)
        return (yield from self._page_records([root], position))

    def _page_records(
        self, page: Sequence[DriveItem], position: LibraryCursor
    ) -> Generator[Record, None, LibraryCursor]:
        """Yield the records of a page; return the cursor with its counts.

        An item may be listed more than once, and its last occurrence counts. An item whose
        permission list is refused, or makes no sense, is counted as unread.

        Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
        """
        items = {item["id"]: item for item in page if item.get("id")}  # the last occurrence wins
        nameless = sum(not item.get("id") for item in page)
        position = replace(
            _add_size(position, items.values()),
            page=position.page + 1,
            unread=position.unread + nameless,
        )
        lists = self._permission_lists(items.values(), every=position.every)
        vanished = self._vanished(lists)
        plain: list[DriveItem] = []
        for id_, item in items.items():
            if item.get("deleted") is not None:
                yield from self._removed_record(id_)
                continue
            is_root = item.get("root") is not None
            rows = lists.get(id_)
            position = replace(position, rooted=True) if is_root else position
            if id_ in vanished:  # since it was listed
                continue
            if "file" not in item and (container := container_of(item, self._drive, self._path)):
                self._track_folder(item, position)
                yield container
            if rows is None:
                plain.append(item)
            elif (grants := self._readable_grants(rows)) is None:
                self._delta_state.put_unread(id_)
                position = replace(position, unread=position.unread + 1)
            else:
                yield self._item_record(item, grants, position)
                crowded = position.crowded + rows.maybe_truncated
                position = replace(
                    position,
                    unmarked=position.unmarked + self._is_unmarked(item, grants, position),
                    own=position.own + 1,
                    unread=position.unread + (is_root and isinstance(self._group, ConnectorError)),
                    crowded=crowded,
                )
        yield from self._count_plain(plain, position)
        return (
            replace(position, sample=add_to_sample(plain, position)) if position.full else position
        )

    def _item_record(
        self, item: DriveItem, grants: tuple[Grant, ...], position: LibraryCursor
    ) -> Item:
        """Return the item with the grants of its permission list.

        A folder whose grants changed is noted: the items below it are read again.
        """
        if isinstance(self._group, OwnerGroup) and item.get("root") is not None:
            grants += group_grants(self._group, grants)
        state = ItemState(item, grant_digests(grants), position.page)
        before = self._delta_state.item_state(item["id"])
        changed = (
            before.grant_digests != state.grant_digests if before is not None else not position.full
        )
        if changed and "file" not in item:
            self._delta_state.mark_changed(item["id"], position.page)
        self._delta_state.put_item_state(state)
        return item_of(item, self._drive, grants, library=self._name)

    def _is_unmarked(
        self, item: DriveItem, grants: tuple[Grant, ...], position: LibraryCursor
    ) -> bool:
        """Whether an item has grants of its own although it has no facet."""
        if not position.every or _has_unique_permissions(item):
            return False
        parent = str((item.get("parentReference") or {}).get("id") or "")
        inherited = inherited_digests(self._delta_state, parent)
        return inherited is not None and not set(grant_digests(grants)) <= inherited

    def _count_plain(self, plain: Sequence[DriveItem], position: LibraryCursor) -> Iterator[Record]:
        """Yield the number of items without permissions of their own, by folder.

        Yield an item with no grants where it had permissions of its own before.
        """
        counts: Counter[str] = Counter()
        for item in plain:
            if self._delta_state.item_state(item["id"]) is not None:
                self._delta_state.remove_item_state(item["id"])
                if "file" not in item:
                    self._delta_state.mark_changed(item["id"], position.page)
                yield item_of(item, self._drive, (), library=self._name)
            elif position.full or _is_new(item, position.since):
                counts[str((item.get("parentReference") or {}).get("id") or "")] += 1
        for parent, count in counts.items():
            yield CountedItems(parent_id=f"{self._drive}/{parent}" if parent else None, count=count)

    def _track_folder(self, item: DriveItem, position: LibraryCursor) -> None:
        """Store the parent of a folder; note a folder that was moved or is new in a delta."""
        parent = "" if "root" in item else str((item.get("parentReference") or {}).get("id") or "")
        before = self._delta_state.folder_parent(item["id"])
        if before == parent:
            return
        self._delta_state.put_folder(item["id"], parent)
        if before is not None or not position.full:
            self._delta_state.mark_changed(item["id"], position.page)

    def _removed_record(self, id_: str) -> Iterator[Record]:
        if self._delta_state.folder_parent(id_) is not None:
            self._delta_state.mark_changed(id_, DELETED)
        self._delta_state.remove(id_)
        yield Removed(item_id=f"{self._drive}/{id_}")

    def _reread_below(self, position: LibraryCursor) -> Generator[Record, None, LibraryCursor]:
        """Yield the items below changed folders, which a delta does not list.

        Source: https://github.com/OneDrive/onedrive-api-docs/issues/1670 (read 2026-11-29)
        """
        changed = self._delta_state.changed_folders()
        if not changed:
            return position
        if changed.any_deleted:
            for folder, parent in self._delta_state.folders():
                if parent and changed.last_change_above(parent) == DELETED:
                    changed.mark_deleted(folder)
                    yield Removed(item_id=f"{self._drive}/{folder}")
            yield Checkpoint(cursor=position.to_json())
        outdated = self._outdated_items(changed)
        while some := list(islice(outdated, REREAD_BATCH)):
            position = yield from self._reread([own for own, gone in some if not gone], position)
            for own, deleted in some:
                if deleted:
                    yield from self._removed_record(own.item["id"])
            yield Checkpoint(cursor=position.to_json())
        return position

    def _outdated_items(self, changed: ChangedFolders) -> Iterator[tuple[ItemState, bool]]:
        """Yield items whose permissions were read before a folder above them changed.

        The flag says whether that folder was deleted.
        """
        for state in self._delta_state.item_states():
            above = changed.last_change_above(state.parent) if state.parent else None
            if above is not None and (above == DELETED or above > state.page):
                yield state, above == DELETED

    def _reread(
        self, states: Sequence[ItemState], position: LibraryCursor
    ) -> Generator[Record, None, LibraryCursor]:
        """Read the permission lists of these items again; return the cursor with its counts."""
        items = {own.item["id"]: own.item for own in states}
        lists = self._permission_lists(items.values(), every=True)
        vanished = self._vanished(lists)  # the next delta lists them as deleted
        for id_, rows in lists.items():
            grants = self._readable_grants(rows)
            if grants is not None:
                yield self._item_record(items[id_], grants, position)
                position = replace(position, crowded=position.crowded + rows.maybe_truncated)
            elif id_ not in vanished:
                self._delta_state.put_unread(id_)
                position = replace(position, unread=position.unread + 1)
        return position

    def _vanished(self, lists: Mapping[str, PermissionList]) -> set[str]:
        """Return the items that do not exist any more, of those whose list was not found."""
        missing = [id_ for id_, rows in lists.items() if isinstance(rows.error, NotFound)]
        return {
            id_
            for some in batched(missing, BATCH)
            for id_, gone in zip(some, self._client.vanished(self._drive, some), strict=True)
            if gone
        }

    def _next_cursor(self, position: LibraryCursor, coverage: Coverage, *, doubtful: bool) -> str:
        """Return the cursor of the next scan.

        It is that of a delta where this scan is complete, and empty (a full scan) otherwise.
        """
        complete = coverage.status is Status.COMPLETE
        proven = position.every and not position.unmarked and complete  # the facets are right again
        if not proven and (position.every or (doubtful and position.items <= MAX_SINGLE_QUERIES)):
            return replace(position, next="", every=True, unmarked=0, sample=()).to_json()
        if coverage.status is not Status.COMPLETE or not position.tracked:
            return ""
        return replace(
            position,
            since=self._now().isoformat(),
            full=False,
            every=False,
            at_rest=True,
            walked=False,
            items=0,
            own=0,
            read_bytes=0,
            all_bytes=0,
            children=0,
            sample=(),
        ).to_json()

    def _permission_lists(
        self, items: Iterable[DriveItem], *, every: bool
    ) -> dict[str, PermissionList]:
        """Read the permission lists of the items that have their own, in parallel batches."""
        own = [
            i["id"]
            for i in items
            if i.get("deleted") is None and (every or _has_unique_permissions(i))
        ]
        if not own:
            return {}
        batches = batched(own, BATCH)
        read = partial(self._client.permissions, self._drive)
        return dict(zip(own, chain.from_iterable(self._map(read, batches)), strict=True))

    def _readable_grants(self, rows: PermissionList) -> tuple[Grant, ...] | None:
        """Return the grants of a permission list, None for one that could not be read."""
        if rows.error is not None:
            return None
        try:
            return self._grants_of(rows)
        except (AttributeError, KeyError, TypeError, ValueError):  # of a shape that is not known
            log.exception("a permission list of %s", self._drive)
            return None

    def _grants_of(self, rows: PermissionList) -> tuple[Grant, ...]:
        grants = (grants_of(row, self._drive, self._domains) for row in rows.rows)
        return tuple(chain.from_iterable(grants))


def _has_unique_permissions(item: DriveItem) -> bool:
    return item.get("shared") is not None or item.get("root") is not None


def _add_size(position: LibraryCursor, items: Collection[DriveItem]) -> LibraryCursor:
    """Return the cursor with the number and the size of these items added."""
    read = sum(item.get("size") or 0 for item in items if "file" in item)
    root = next((item for item in items if item.get("root") is not None), None)
    children = cast(dict[str, object], (root or {}).get("folder") or {}).get("childCount")
    return replace(
        position,
        items=position.items + len(items),
        read_bytes=position.read_bytes + read,
        all_bytes=(root or {}).get("size") or position.all_bytes,
        children=children if isinstance(children, int) else position.children,
    )


def _is_new(item: DriveItem, since: str) -> bool:
    made = time_of(item.get("createdDateTime"))
    return isinstance(made, datetime) and made > datetime.fromisoformat(since)


def coverage_of(position: LibraryCursor, *, doubtful: bool) -> Coverage:
    """Return the coverage of a scan; of several losses the worst one is the reason.

    `doubtful` is the result of the check of the facets.
    """
    if position.full and position.items <= 1 and (position.children or position.all_bytes):
        reason, hint = say("m365.not_empty"), say("m365.report")
    elif position.unread:
        reason = say("m365.items_unread", count=position.unread)
        hint = say("m365.items_unread_hint", permission=permission_for("/permissions"))
    elif doubtful and position.items > MAX_SINGLE_QUERIES:
        reason, hint = say("m365.doubtful"), say("m365.doubtful_hint", count=position.items)
    elif doubtful:
        reason, hint = say("m365.doubtful"), say("m365.doubtful_each_hint", count=position.items)
    elif not position.hierarchical:
        reason, hint = say("m365.not_hierarchical"), say("m365.not_hierarchical_hint")
    elif position.crowded:
        reason, hint = say("m365.crowded", count=position.crowded), say("m365.crowded_hint")
    else:
        return Coverage(status=Status.COMPLETE)
    return Coverage(status=Status.PARTIAL, reason=reason, hint=hint)
