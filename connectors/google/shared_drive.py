"""Scan of a shared drive: its permissions as the administrator, its items as one of its members.

`files.list` answers members only, so one of them is chosen to act as.

Source: https://developers.google.com/drive/api/reference/rest/v3/files/list (read 2026-11-29)
Source: https://developers.google.com/drive/api/guides/limited-expansive-access (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from connectors.google.admin_api import AdminApi
from connectors.google.api import PageGuard
from connectors.google.api_types import ChangePage, DrivePermission, FilePage
from connectors.google.change_log import ChangeLog, needs_full_scan
from connectors.google.client import Client
from connectors.google.drive_items import DriveItems, store_members
from connectors.google.errors import LOCAL_ERRORS
from connectors.google.folder_state import FolderState, clear_state, digest
from connectors.google.impersonation import DriveReader, candidate_readers
from connectors.google.labels import LabelReader
from connectors.google.normalize import InternalDomains, map_grants
from connectors.google.publications import PublicationReader
from connectors.google.read_gaps import ReadGaps
from connectors.sdk.cursor import Cursor
from connectors.sdk.errors import AccessDenied, UnexpectedResponse
from connectors.sdk.interface import ConnectorContext
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

_MAX_BROKEN = 2  # readers with an answer that is not known
_MAX_READERS = 20  # members to try before a drive counts as unreadable


@dataclass(frozen=True, slots=True)
class SharedDriveCursor(Cursor):
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
        inactive: Addresses of accounts that are suspended or archived: what Google answers in the
            name of one is not documented, so that an empty list could be no list.
        every_days: Days between two full scans; 0 for a full scan each time.
        labels: What reads labels; None to read none.
        publications: What reads what is published to the web; None to read nothing of it.
    """

    def __init__(
        self,
        scope: Scope,
        client: Client,
        admin: AdminApi,
        context: ConnectorContext,
        *,
        internal: InternalDomains,
        restrictions: Mapping[str, bool],
        inactive: Collection[str] = (),
        every_days: int,
        labels: LabelReader | None = None,
        publications: PublicationReader | None = None,
    ) -> None:
        self._id = scope.id.partition(":")[2]
        self._name = scope.title
        self._client = client
        self._admin = admin
        self._context = context
        self._scan_state = context.scan_state(scope)
        self._gaps = ReadGaps(self._scan_state)
        self._internal = internal
        self._restrictions = restrictions
        self._inactive = inactive
        self._every_days = every_days
        self._labels = labels
        self._publications = publications

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
        position = SharedDriveCursor.from_json(cursor)
        if position is not None and (position.page or position.settling):
            page = self._resume_page(position)
            if page is not None:
                yield Started(full=True, resumed=True)
                yield from self._with_labels(position, self._full_scan(position, page))
                return
            position = None
        members = self._client.shared_drive_members(self._id)
        if position is not None and (log := self._changes_since(position, members)):
            yield Started(full=False, resumed=True)
            yield from self._drive_records(members)
            yield from self._with_labels(position, self._changes(position, log))
            return
        clear_state(self._scan_state)
        store_members(self._scan_state, self._id, members)
        yield Started(full=True, resumed=False)
        yield from self._drive_records(members)
        position, page = self._first_readable_page(members)
        yield from self._with_labels(position, self._full_scan(position, page))

    def _with_labels(
        self, position: SharedDriveCursor, records: Iterator[Record]
    ) -> Iterator[Record]:
        return (
            records if self._labels is None else self._labels(position.reader).with_labels(records)
        )

    def _resume_page(self, position: SharedDriveCursor) -> FilePage | None:
        """Return the next page of an interrupted scan; None if it is refused."""
        if position.settling:
            return {}
        try:
            return self._page(position.reader, position.page)
        except LOCAL_ERRORS:
            return None

    def _changes_since(
        self, position: SharedDriveCursor, members: list[DrivePermission]
    ) -> ChangePage | None:
        """Return the first page of the change log; None if a full scan is needed."""
        other = position.house != self._settings_digest(members)
        if other or needs_full_scan(position.since, self._context.now(), self._every_days):
            return None
        try:
            return self._client.shared_drive_changes(position.reader, self._id, position.log)
        except LOCAL_ERRORS:
            return None

    def _settings_digest(self, members: list[DrivePermission]) -> str:
        permissions = sorted(json.dumps(m, sort_keys=True) for m in members)
        labels = () if self._labels is None else ("labels",)
        published = () if self._publications is None else ("published",)
        return digest(sorted(self._internal.domains), permissions, *labels, *published)

    def _drive_records(self, members: list[DrivePermission]) -> Iterator[Record]:
        yield Container(id=self._id, parent_id=None, name=f"/{self._name}")
        for name, value in sorted(self._restrictions.items()):
            yield Setting(id=f"drive.restrictions.{name}", subject=self._name, value=value)
        yield Item(
            id=self._id,
            kind="drive",
            name=self._name,
            url=f"https://drive.google.com/drive/folders/{self._id}",
            owner=None,
            grants=map_grants(members, self._internal),
        )

    def _first_readable_page(
        self, members: list[DrivePermission]
    ) -> tuple[SharedDriveCursor, FilePage]:
        """Return the position and the first page of the first member who can read the drive.

        Raises:
            AccessDenied: None of the first twenty candidates can read it.
            UnexpectedResponse: What was answered to two of them is not known.
        """
        tried, broken = 0, 0
        for reader in islice(
            candidate_readers(members, self._internal, self._group_users, drive=self._id),
            _MAX_READERS,
        ):
            tried += 1
            if reader.mail in self._inactive:
                continue
            try:
                return self._start_with_reader(reader, members)
            except AccessDenied:
                continue
            except UnexpectedResponse:
                broken += 1
                if broken == _MAX_BROKEN:  # it is not the reader
                    raise
        raise AccessDenied(say("google.no_reader", tried=tried), hint=say("google.no_reader_hint"))

    def _start_with_reader(
        self, reader: DriveReader, members: list[DrivePermission]
    ) -> tuple[SharedDriveCursor, FilePage]:
        try:
            log = self._client.shared_drive_start_token(reader.mail, self._id)
        except UnexpectedResponse:  # only a later run needs it, and reads everything then
            log = ""
        position = SharedDriveCursor(
            reader=reader.mail,
            manager=reader.manager,
            house=self._settings_digest(members),
            log=log,
            since=self._context.now().isoformat(),
        )
        return position, self._page(reader.mail, "")

    def _group_users(self, group: str) -> Iterator[str]:
        """Yield the addresses of active users in a group; none if it cannot be read."""
        try:
            for member in self._admin.members(group):
                if member.get("type") == "USER" and member.get("status", "ACTIVE") == "ACTIVE":
                    yield member.get("email", "")
        except LOCAL_ERRORS:
            return

    def _page(self, reader: str, token: str) -> FilePage:
        return self._client.shared_drive_files(reader, self._id, token or None)

    def _full_scan(self, position: SharedDriveCursor, page: FilePage) -> Iterator[Record]:
        items = self._items(position)
        guard = PageGuard("files")
        while not position.settling:
            if page.get("incompleteSearch"):
                self._gaps.note_incomplete_listing()
            files = guard.new_entries(page)
            following = guard.next_token(page)
            yield from items.full_page(files)
            position = replace(position, page=following, settling=not following)
            yield Checkpoint(cursor=position.to_json())
            if following:
                page = self._page(position.reader, following)
        yield from items.deferred(position.to_json())
        yield from self._finish(replace(position, settling=False))

    def _changes(self, position: SharedDriveCursor, page: ChangePage) -> Iterator[Record]:
        changes = ChangeLog(
            FolderState(self._scan_state),
            fetch_page=lambda token: self._client.shared_drive_changes(
                position.reader, self._id, token
            ),
            list_folder=lambda folder, token: self._client.shared_drive_files(
                position.reader, self._id, token, folder=folder
            ),
            to_records=self._items(position).changed,
            in_scope=lambda _: True,
            look_up=lambda id_: self._client.look_up(position.reader, id_),
            gaps=self._gaps,
        )
        log = yield from changes.records(
            position.log, page, lambda token: replace(position, log=token).to_json()
        )
        yield from self._finish(replace(position, log=log))

    def _items(self, position: SharedDriveCursor) -> DriveItems:
        return DriveItems(
            self._client,
            self._context,
            self._scan_state,
            reader=position.reader,
            internal=self._internal,
            publications=self._publications and self._publications(position.reader, self._gaps),
        )

    def _finish(self, position: SharedDriveCursor) -> Iterator[Record]:
        """Yield the last checkpoint and the coverage; a gap makes the next scan a full one."""
        coverage = self._coverage(position)
        lasting = coverage.status is Status.COMPLETE and self._every_days and position.log
        if not lasting:
            clear_state(self._scan_state)
        yield Checkpoint(cursor=position.to_json() if lasting else "")
        yield coverage

    def _coverage(self, position: SharedDriveCursor) -> Coverage:
        """Return the coverage; partial if the reader is no organizer.

        Only organizers see into every folder with limited access.
        """
        coverage = self._gaps.coverage()
        if position.manager or coverage.status is not Status.COMPLETE:
            return coverage
        return Coverage(
            status=Status.PARTIAL,
            reason=say("google.not_manager", user=position.reader),
            hint=say("google.not_manager_hint"),
        )
