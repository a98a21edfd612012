"""Scan of a shared drive: its permissions as the administrator, its items as one of its members.

`files.list` answers members only, so one of them is chosen to act as.

Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
Source: https://developers.google.com/drive/api/guides/limited-expansive-access (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from connectors.google.admin import Admin
from connectors.google.answers import ChangePage, FilePage, Permission
from connectors.google.changes import Changes, stale
from connectors.google.client import Client
from connectors.google.drive_items import DriveItems, note_members
from connectors.google.labels import Labelling
from connectors.google.ledger import Ledger
from connectors.google.normalize import Inside, grants_of
from connectors.google.readers import Reader, readers_of
from connectors.google.refusal import PageRefused
from connectors.google.tree import Tree, forget, print_of
from connectors.sdk.contract import Context
from connectors.sdk.cursor import Cursor
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import say
from connectors.sdk.records import (
    Checkpoint,
    Container,
    Coverage,
    Item,
    Record,
    Scope,
    Setting,
    Started,
    Status,
)

_TRIES = 20  # members to try before a drive counts as unreadable


@dataclass(frozen=True, slots=True)
class Place(Cursor):
    """Position of a scan. The cursor is its JSON, by field name: the names must not change.

    Attributes:
        reader: The address of the member in whose name the drive is read.
        manager: True if this member is an organizer.
        house: The digest of the drive's permissions, the tenant's domains and whether labels are
            read.
        log: The token of the change log, taken before the scan began.
        since: When the scan began, in ISO 8601.
        page: The token of the next page.
        settling: True if all pages are read, but not all deferred items.
    """

    reader: str
    manager: bool
    house: str
    log: str
    since: str
    page: str = ""
    settling: bool = False


class SharedDrive:
    """Scan of one shared drive on behalf of a member, an organizer if possible.

    Args:
        scope: The scope; its id ends with the id of the drive.
        client: The Drive API.
        admin: The Directory API, for members of groups.
        context: The services of the run.
        internal: The domains of the tenant.
        restrictions: The restrictions of the drive, as `drives.list` states them.
        every_days: Days between two full scans; 0 for a full scan each time.
        labels: What reads labels; None to read none.
    """

    def __init__(
        self,
        scope: Scope,
        client: Client,
        admin: Admin,
        context: Context,
        *,
        inside: Inside,
        restrictions: Mapping[str, bool],
        every_days: int,
        labels: Labelling | None = None,
    ) -> None:
        self._id = scope.id.partition(":")[2]
        self._name = scope.title
        self._client = client
        self._admin = admin
        self._context = context
        self._memory = context.memory(scope)
        self._ledger = Ledger(self._memory)
        self._inside = inside
        self._restrictions = restrictions
        self._every_days = every_days
        self._labels = labels

    def records(self, cursor: str | None) -> Iterator[Record]:
        """Yield the records of a full scan, of the rest of one, or of the changes since then.

        A full scan is made when there is no cursor, or the drive's permissions, the tenant's
        domains or the wish for labels differ, or the last one is too old, or Google or the member
        refuses the token of the cursor.

        Args:
            cursor: The cursor of an earlier run, or None.

        Raises:
            AccessDenied: No member of the own tenant can read the drive, or Google refused a
                request.
            PageTokenExpired: A page token was refused in the middle of the scan.
        """
        place = Place.from_json(cursor)
        if place is not None and (place.page or place.settling):
            page = self._resumed(place)
            if page is not None:
                yield Started(full=True, resumed=True)
                yield from self._labelled(place, self._whole(place, page))
                return
            place = None
        members = self._client.drive_members(self._id)
        if place is not None and (log := self._log_since(place, members)):
            yield Started(full=False, resumed=True)
            yield from self._drive_itself(members)
            yield from self._labelled(place, self._changed(place, log))
            return
        forget(self._memory)
        note_members(self._memory, self._id, members)
        yield Started(full=True, resumed=False)
        yield from self._drive_itself(members)
        place, page = self._entered(members)
        yield from self._labelled(place, self._whole(place, page))

    def _labelled(self, place: Place, records: Iterator[Record]) -> Iterator[Record]:
        return records if self._labels is None else self._labels(place.reader).added(records)

    def _resumed(self, place: Place) -> FilePage | None:
        """Return the next page of an interrupted scan; None if it is refused."""
        if place.settling:
            return {}
        try:
            return self._page(place.reader, place.page)
        except (PageRefused, AccessDenied):
            return None

    def _log_since(self, place: Place, members: list[Permission]) -> ChangePage | None:
        """Return the first page of the change log; None if a full scan is needed."""
        other = place.house != self._house(members)
        if other or stale(place.since, self._context.now(), self._every_days):
            return None
        try:
            return self._client.drive_changes(place.reader, self._id, place.log)
        except (PageRefused, AccessDenied):
            return None

    def _house(self, members: list[Permission]) -> str:
        told = sorted(json.dumps(m, sort_keys=True) for m in members)
        labels = () if self._labels is None else ("labels",)
        return print_of(sorted(self._inside.domains), told, *labels)

    def _drive_itself(self, members: list[Permission]) -> Iterator[Record]:
        yield Container(id=self._id, parent_id=None, name=f"/{self._name}")
        for name, value in sorted(self._restrictions.items()):
            yield Setting(id=f"drive.restrictions.{name}", subject=self._name, value=value)
        yield Item(
            id=self._id,
            kind="drive",
            name=self._name,
            url=f"https://drive.google.com/drive/folders/{self._id}",
            owner=None,
            grants=grants_of(members, self._inside),
        )

    def _entered(self, members: list[Permission]) -> tuple[Place, FilePage]:
        """Return the position and the first page of the first member who can read the drive.

        Raises:
            AccessDenied: None of the first twenty candidates can read it.
        """
        tried = 0
        for reader in islice(readers_of(members, self._inside, self._expanded), _TRIES):
            tried += 1
            try:
                return self._opened(reader, members)
            except AccessDenied:
                continue
        raise AccessDenied(say("google.no_reader", tried=tried), hint=say("google.no_reader_hint"))

    def _opened(self, reader: Reader, members: list[Permission]) -> tuple[Place, FilePage]:
        log = self._client.drive_start(reader.mail, self._id)
        place = Place(
            reader=reader.mail,
            manager=reader.manager,
            house=self._house(members),
            log=log,
            since=self._context.now().isoformat(),
        )
        return place, self._page(reader.mail, "")

    def _expanded(self, group: str) -> Iterator[str]:
        """Yield the addresses of active users in a group; none if it cannot be read."""
        try:
            for member in self._admin.members(group):
                if member.get("type") == "USER" and member.get("status", "ACTIVE") == "ACTIVE":
                    yield member.get("email", "")
        except AccessDenied:
            return

    def _page(self, reader: str, token: str) -> FilePage:
        return self._client.drive_files(reader, self._id, token or None)

    def _whole(self, place: Place, page: FilePage) -> Iterator[Record]:
        items = self._items(place)
        while not place.settling:
            if page.get("incompleteSearch"):
                self._ledger.note_cut()
            yield from items.whole(page.get("files", []))
            following = page.get("nextPageToken", "")
            place = replace(place, page=following, settling=not following)
            yield Checkpoint(cursor=place.to_json())
            if following:
                page = self._page(place.reader, following)
        yield from items.settled(place.to_json())
        yield from self._closed(replace(place, settling=False))

    def _changed(self, place: Place, page: ChangePage) -> Iterator[Record]:
        changes = Changes(
            Tree(self._memory),
            log=lambda token: self._client.drive_changes(place.reader, self._id, token),
            contents=lambda folder, token: self._client.drive_files(
                place.reader, self._id, token, folder=folder
            ),
            facts=self._items(place).news,
            ours=lambda _: True,
        )
        log = yield from changes.records(
            place.log, page, lambda token: replace(place, log=token).to_json()
        )
        yield from self._closed(replace(place, log=log))

    def _items(self, place: Place) -> DriveItems:
        return DriveItems(
            self._client, self._context, self._memory, reader=place.reader, inside=self._inside
        )

    def _closed(self, place: Place) -> Iterator[Record]:
        """Yield the last checkpoint and the coverage; a gap makes the next scan a full one."""
        coverage = self._coverage(place)
        lasting = coverage.status is Status.COMPLETE and self._every_days
        if not lasting:
            forget(self._memory)
        yield Checkpoint(cursor=place.to_json() if lasting else "")
        yield coverage

    def _coverage(self, place: Place) -> Coverage:
        """Return the coverage; partial if the reader is no organizer.

        Only organizers see into every folder with limited access.
        """
        coverage = self._ledger.coverage()
        if place.manager or coverage.status is not Status.COMPLETE:
            return coverage
        return Coverage(
            status=Status.PARTIAL,
            reason=say("google.not_manager", user=place.reader),
            hint=say("google.not_manager_hint"),
        )
