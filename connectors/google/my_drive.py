"""Scan of one user's My Drive: the files that the user owns, with their permissions.

A page of `files.list` carries the permissions of its files, so that no request per file is needed.

Source: https://developers.google.com/drive/api/reference/rest/v3/files (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.google.answers import ChangePage, File, FilePage
from connectors.google.changes import Changes, stale
from connectors.google.client import Client
from connectors.google.labels import Labelling
from connectors.google.ledger import Ledger
from connectors.google.normalize import (
    FOLDER,
    Inside,
    container_of,
    grants_of,
    item_of,
    owner_alone,
    unread_grants,
)
from connectors.google.refusal import AclRefused, NotFound, PageRefused
from connectors.google.tree import NOWHERE, Kept, Tree, forget, print_of
from connectors.sdk.contract import Context
from connectors.sdk.cursor import Cursor
from connectors.sdk.records import (
    Checkpoint,
    Grant,
    Item,
    Passed,
    Record,
    Scope,
    Started,
    State,
    Status,
)


@dataclass(frozen=True, slots=True)
class Place(Cursor):
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
    """

    def __init__(
        self,
        scope: Scope,
        client: Client,
        context: Context,
        *,
        state: State,
        inside: Inside,
        every_days: int,
        labels: Labelling | None = None,
    ) -> None:
        self._client = client
        self._memory = context.memory(scope)
        self._tree = Tree(self._memory)
        self._ledger = Ledger(self._memory)
        self._user = scope.title
        self._state = state
        self._inside = inside
        self._now = context.now()
        self._every_days = every_days
        self._labels = labels

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
        told = self._records(cursor)
        return told if self._labels is None else self._labels(self._user).added(told)

    def _records(self, cursor: str | None) -> Iterator[Record]:
        place = Place.from_json(cursor)
        if place is not None and (page := self._resumed(place)):
            yield Started(full=True, resumed=True)
        elif place is not None and (log := self._log_since(place)):
            yield Started(full=False, resumed=True)
            yield from self._changed(place, log)
            return
        else:
            forget(self._memory)
            start = self._client.own_start(self._user)
            place = Place(self._state, self._house, start, self._now.isoformat())
            page = self._client.own_files(self._user, None)
            yield Started(full=True, resumed=False)
        yield from self._whole(place, page)

    @property
    def _house(self) -> str:
        labels = () if self._labels is None else ("labels",)
        return print_of(sorted(self._inside.domains), *labels)

    def _resumed(self, place: Place) -> FilePage | None:
        """Return the next page of an interrupted scan; None if its token has expired."""
        if not place.page:
            return None
        try:
            return self._client.own_files(self._user, place.page)
        except PageRefused:
            return None

    def _log_since(self, place: Place) -> ChangePage | None:
        """Return the first page of the change log; None if a full scan is needed."""
        other = place.page or place.house != self._house or place.state != self._state
        if other or stale(place.since, self._now, self._every_days):
            return None
        try:
            return self._client.own_changes(self._user, place.log)
        except (PageRefused, NotFound):
            return None

    def _whole(self, place: Place, page: FilePage) -> Iterator[Record]:
        while True:
            if page.get("incompleteSearch"):
                self._ledger.note_cut()
            yield from self._facts(page.get("files", []))
            following = page.get("nextPageToken")
            if not following:
                break
            place = replace(place, page=following)
            yield Checkpoint(cursor=place.to_json())
            page = self._client.own_files(self._user, following)
        yield from self._closed(replace(place, page=""))

    def _changed(self, place: Place, page: ChangePage) -> Iterator[Record]:
        changes = Changes(
            self._tree,
            log=lambda token: self._client.own_changes(self._user, token),
            contents=lambda folder, token: self._client.own_files(self._user, token, folder=folder),
            facts=self._news,
            ours=lambda file: file.get("ownedByMe", False),
        )
        log = yield from changes.records(
            place.log, page, lambda token: replace(place, log=token).to_json()
        )
        yield from self._closed(replace(place, log=log))

    def _closed(self, place: Place) -> Iterator[Record]:
        """Yield the last checkpoint and the coverage; a gap makes the next scan a full one."""
        coverage = self._ledger.coverage()
        lasting = coverage.status is Status.COMPLETE and self._every_days
        if not lasting:
            forget(self._memory)
        yield Checkpoint(cursor=place.to_json() if lasting else "")
        yield coverage

    def _facts(self, files: Sequence[File]) -> Iterator[Record]:
        """Yield the records of a page; files that only their owner can access are counted."""
        passed: Counter[str | None] = Counter()
        for file in files:
            folder = file.get("mimeType") == FOLDER
            if folder:
                yield container_of(file)
            elif owner_alone(file.get("permissions")):
                passed[next(iter(file.get("parents") or ()), None)] += 1
                continue
            item = self._item(file)
            if folder or item.worth_keeping:
                self._tree.keep(file["id"], _kept(file, folder=folder))
            yield item
        for place, count in passed.items():
            yield Passed(parent_id=place, count=count)

    def _news(self, files: Sequence[File]) -> Iterator[Record]:
        """Yield the records of changed files; a folder whose inherited grants changed is queued."""
        for file in files:
            folder = file.get("mimeType") == FOLDER
            before, kept = self._tree.known(file["id"]), _kept(file, folder=folder)
            item = self._item(file)
            self._tree.drop(file["id"])
            if folder:
                yield container_of(file)
            if folder or item.worth_keeping:
                self._tree.keep(file["id"], kept)
            if folder and (before is None or before.state != kept.state):
                self._tree.walk_later(file["id"])
            yield item

    def _item(self, file: File) -> Item:
        return item_of(file, owner=self._user, owner_state=self._state, grants=self._grants(file))

    def _grants(self, file: File) -> tuple[Grant, ...]:
        permissions = file.get("permissions")
        if permissions is None:  # present only if the user may share the file: absent is not empty
            try:
                permissions = self._client.acl(self._user, file["id"])
            except (AclRefused, NotFound):
                self._ledger.count_unread(1)
                return unread_grants(["unread"])
        return grants_of(permissions, self._inside, file)


def _kept(file: File, *, folder: bool) -> Kept:
    """Return the entry to store for a file. A folder's digest covers what its content inherits."""
    place = next(iter(file.get("parents") or ()), NOWHERE)
    if not folder:
        return Kept(place, folder=False)
    grants = sorted(json.dumps(p, sort_keys=True) for p in file.get("permissions", []))
    return Kept(place, folder=True, state=print_of(grants, file.get("trashed", False)))
