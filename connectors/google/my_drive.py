"""Scan of one user's My Drive: the files that the user owns, with their permissions.

A page of `files.list` carries the permissions of its files, so that no request per file is needed.

Source: https://developers.google.com/drive/api/reference/rest/v3/files (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.google.api import PageGuard
from connectors.google.api_types import ChangePage, File, FilePage
from connectors.google.change_log import ChangeLog, needs_full_scan
from connectors.google.client import Client
from connectors.google.errors import (
    LOCAL_ERRORS,
    AccountUnavailable,
    PageTokenExpired,
)
from connectors.google.folder_state import NO_PARENT, FolderEntry, FolderState, clear_state, digest
from connectors.google.labels import LabelReader
from connectors.google.normalize import (
    FOLDER,
    InternalDomains,
    file_item,
    folder_container,
    is_private,
    map_grants,
    unknown_grants,
)
from connectors.google.publications import PublicationReader
from connectors.google.read_gaps import ReadGaps, RefusalStreak
from connectors.sdk.cursor import Cursor
from connectors.sdk.errors import ConnectorError
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.records import (
    Checkpoint,
    CountedItems,
    Grant,
    Item,
    Record,
    Scope,
    Started,
    State,
    Status,
)


@dataclass(frozen=True, slots=True)
class MyDriveCursor(Cursor):
    """Position of a scan. The cursor is its JSON, by field name: the names must not change.

    Attributes:
        state: The state of the owner's account; a resumed scan needs no request for it.
        house: The digest of the tenant's domains, by which grants are internal or external, and of
            whether labels are read.
        log: The token of the change log, taken before the scan began.
        since: When the scan began, in ISO 8601.
        page: The token of the next page; empty if only the change log is to be read.
    """

    state: str
    house: str
    log: str
    since: str
    page: str = ""


class MyDrive:
    """Scan of the files of one user, on behalf of this user.

    Args:
        scope: The scope; its title is the address of the user.
        client: The Drive API.
        context: The services of the run.
        state: The state of the user's account.
        internal: The domains of the tenant.
        every_days: Days between two full scans; 0 for a full scan each time.
        labels: What reads labels; None to read none.
        publications: What reads what is published to the web; None to read nothing of it.
    """

    def __init__(
        self,
        scope: Scope,
        client: Client,
        context: ConnectorContext,
        *,
        state: State,
        internal: InternalDomains,
        every_days: int,
        labels: LabelReader | None = None,
        publications: PublicationReader | None = None,
    ) -> None:
        self._client = client
        self._scan_state = context.scan_state(scope)
        self._folders = FolderState(self._scan_state)
        self._gaps = ReadGaps(self._scan_state)
        self._streak = RefusalStreak()
        self._user = scope.title
        self._state = state
        self._internal = internal
        self._now = context.now()
        self._every_days = every_days
        self._labels = labels
        self._publications = publications and publications(self._user, self._gaps)

    def records(self, cursor: str | None) -> Iterator[Record]:
        """Yield the records of a full scan, of the rest of one, or of the changes since then.

        A full scan is made when there is no cursor, or the tenant's domains, the owner's state or
        the wish for labels differ, or the last one is too old, or Google refuses the token of the
        cursor.

        Args:
            cursor: The cursor of an earlier run, or None.

        Raises:
            AccountUnavailable: No request can be made as this user.
            AccessDenied: Google refused a request for another reason.
            PageTokenExpired: A page token was refused in the middle of the scan.
        """
        records = self._records(cursor)
        return records if self._labels is None else self._labels(self._user).with_labels(records)

    def _records(self, cursor: str | None) -> Iterator[Record]:
        position = MyDriveCursor.from_json(cursor)
        if position is not None and (page := self._resume_page(position)):
            yield Started(full=True, resumed=True)
        elif position is not None and (log := self._changes_since(position)):
            yield Started(full=False, resumed=True)
            yield from self._changes(position, log)
            return
        else:
            clear_state(self._scan_state)
            start = self._log_position()
            position = MyDriveCursor(
                self._state, self._settings_digest, start, self._now.isoformat()
            )
            page = self._client.my_drive_files(self._user, None)
            yield Started(full=True, resumed=False)
        yield from self._full_scan(position, page)

    def _log_position(self) -> str:
        """Return the present end of the change log; empty if it is refused.

        Only a later run needs it: without it, that run reads everything.
        """
        try:
            return self._client.my_drive_start_token(self._user)
        except AccountUnavailable:
            raise
        except LOCAL_ERRORS:
            return ""

    @property
    def _settings_digest(self) -> str:
        labels = () if self._labels is None else ("labels",)
        published = () if self._publications is None else ("published",)
        return digest(sorted(self._internal.domains), *labels, *published)

    def _resume_page(self, position: MyDriveCursor) -> FilePage | None:
        """Return the next page of an interrupted scan; None if its token has expired."""
        if not position.page:
            return None
        try:
            return self._client.my_drive_files(self._user, position.page)
        except PageTokenExpired:
            return None

    def _changes_since(self, position: MyDriveCursor) -> ChangePage | None:
        """Return the first page of the change log; None if a full scan is needed."""
        other = (
            position.page
            or position.house != self._settings_digest
            or position.state != self._state
        )
        if other or needs_full_scan(position.since, self._now, self._every_days):
            return None
        try:
            return self._client.my_drive_changes(self._user, position.log)
        except AccountUnavailable:
            raise
        except LOCAL_ERRORS:
            return None

    def _full_scan(self, position: MyDriveCursor, page: FilePage) -> Iterator[Record]:
        guard = PageGuard("files")
        while True:
            if page.get("incompleteSearch"):
                self._gaps.note_incomplete_listing()
            files = guard.new_entries(page)
            following = guard.next_token(page)
            yield from self._page_records(files)
            if not following:
                break
            position = replace(position, page=following)
            yield Checkpoint(cursor=position.to_json())
            page = self._client.my_drive_files(self._user, following)
        yield from self._finish(replace(position, page=""))

    def _changes(self, position: MyDriveCursor, page: ChangePage) -> Iterator[Record]:
        changes = ChangeLog(
            self._folders,
            fetch_page=lambda token: self._client.my_drive_changes(self._user, token),
            list_folder=lambda folder, token: self._client.my_drive_files(
                self._user, token, folder=folder
            ),
            to_records=self._changed_records,
            in_scope=lambda file: file.get("ownedByMe", False),
            look_up=lambda id_: self._client.look_up(self._user, id_),
            gaps=self._gaps,
        )
        log = yield from changes.records(
            position.log, page, lambda token: replace(position, log=token).to_json()
        )
        yield from self._finish(replace(position, log=log))

    def _finish(self, position: MyDriveCursor) -> Iterator[Record]:
        """Yield the last checkpoint and the coverage; a gap makes the next scan a full one."""
        coverage = self._gaps.coverage()
        lasting = coverage.status is Status.COMPLETE and self._every_days and position.log
        if not lasting:
            clear_state(self._scan_state)
        yield Checkpoint(cursor=position.to_json() if lasting else "")
        yield coverage

    def _page_records(self, files: Sequence[File]) -> Iterator[Record]:
        """Yield the records of a page; files that only their owner can access are counted."""
        passed: Counter[str | None] = Counter()
        published = self._published(files)
        for file in files:
            folder = file.get("mimeType") == FOLDER
            if folder:
                yield folder_container(file)
            elif file["id"] not in published and is_private(
                file.get("permissions"), self._internal
            ):
                passed[next(iter(file.get("parents") or ()), None)] += 1
                continue
            item = self._item(file, published.get(file["id"], ()))
            if folder or item.may_be_exposed:
                self._folders.put(file["id"], _folder_entry(file, folder=folder))
            yield item
        for parent_id, count in passed.items():
            yield CountedItems(parent_id=parent_id, count=count)

    def _changed_records(self, files: Sequence[File]) -> Iterator[Record]:
        """Yield the records of changed files; a folder whose inherited grants changed is queued."""
        published = self._published(files)
        for file in files:
            folder = file.get("mimeType") == FOLDER
            before, entry = self._folders.get(file["id"]), _folder_entry(file, folder=folder)
            item = self._item(file, published.get(file["id"], ()))
            self._folders.remove(file["id"])
            if folder:
                yield folder_container(file)
            if folder or item.may_be_exposed:
                self._folders.put(file["id"], entry)
            if folder and (before is None or before.grant_digest != entry.grant_digest):
                self._folders.queue_walk(file["id"])
            yield item

    def _published(self, files: Sequence[File]) -> dict[str, tuple[Grant, ...]]:
        return {} if self._publications is None else self._publications.grants(files)

    def _item(self, file: File, published: tuple[Grant, ...]) -> Item:
        grants = (*self._grants(file), *published)
        return file_item(file, owner=self._user, owner_state=self._state, grants=grants)

    def _grants(self, file: File) -> tuple[Grant, ...]:
        permissions = file.get("permissions")
        # absent where the user may not share the file; there is always an owner, so that an empty
        # list is none
        if not permissions:
            answer = self._client.acl_or_error(self._user, file["id"])
            self._streak.note(answer)
            if isinstance(answer, ConnectorError) or not answer:
                self._gaps.count_unread(1)
                return unknown_grants(["unread"])
            permissions = answer
        return map_grants(permissions, self._internal, file)


def _folder_entry(file: File, *, folder: bool) -> FolderEntry:
    """Return the entry to store for a file. A folder's digest covers what its content inherits."""
    parent_id = next(iter(file.get("parents") or ()), NO_PARENT)
    if not folder:
        return FolderEntry(parent_id, is_folder=False)
    grants = sorted(json.dumps(p, sort_keys=True) for p in file.get("permissions", []))
    return FolderEntry(
        parent_id,
        is_folder=True,
        grant_digest=digest(
            grants, file.get("trashed", False), file.get("inheritedPermissionsDisabled", False)
        ),
    )
