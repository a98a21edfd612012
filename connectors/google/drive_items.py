"""Items of a shared drive with their grants, with as few requests for permissions as possible.

The list of a shared drive carries no permissions. It carries permission ids, and a flag
(`hasAugmentedPermissions`) where an item has permissions of its own. The permissions of flagged
items are read. Any other item must have exactly the permission ids of its parent; where it does
not, its permissions are read as well. So a wrong flag costs requests, but hides no grant.

Sources:
Source: https://developers.google.com/drive/api/reference/rest/v3/files (read 2026-11-29)
That `permissionIds` of an item is complete:
Source: not documented; assumed
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from connectors.google import multipart
from connectors.google.api_types import DrivePermission, File
from connectors.google.client import Client
from connectors.google.errors import LOCAL_ERRORS, AclForbidden, NotFound
from connectors.google.folder_state import NO_PARENT, FolderEntry, FolderState, digest
from connectors.google.normalize import (
    FOLDER,
    FORM,
    SITE,
    InternalDomains,
    file_item,
    folder_container,
    map_grants,
    unknown_grants,
)
from connectors.google.publications import Publications
from connectors.google.read_gaps import ReadGaps, RefusalStreak
from connectors.sdk.batched import batched
from connectors.sdk.errors import ConnectorError
from connectors.sdk.interface import ConnectorContext, ScanState
from connectors.sdk.records import Checkpoint, CountedItems, Grant, Item, Record, Removed, State

_DEFERRED_BATCH = 200  # deferred items between two checkpoints
_DEFERRED = "waits:"  # id of a deferred item, which came before its parent -> its JSON
_MEMBER_IDS = "members"  # the permission ids of the drive


@dataclass(frozen=True, slots=True)
class _Acl:
    """The grants of one item.

    Attributes:
        grants: The grants; empty if they could not be read.
        read: True if they were read.
        vanished: True if the item vanished after it was listed.
    """

    grants: tuple[Grant, ...] = ()
    read: bool = True
    vanished: bool = False


class DriveItems:
    """Converts the items of one shared drive to records, on behalf of one member.

    Args:
        client: The Drive API.
        context: The services of the run.
        scan_state: The scan state of the scope.
        reader: The address of the member.
        internal: The domains of the tenant.
        publications: Reads what is published to the web; None to read nothing of it.
    """

    def __init__(
        self,
        client: Client,
        context: ConnectorContext,
        scan_state: ScanState,
        *,
        reader: str,
        internal: InternalDomains,
        publications: Publications | None = None,
    ) -> None:
        self._client = client
        self._context = context
        self._scan_state = scan_state
        self._folders = FolderState(scan_state)
        self._gaps = ReadGaps(scan_state)
        self._streak = RefusalStreak()
        self._reader = reader
        self._internal = internal
        self._publications = publications

    def full_page(self, files: Sequence[File]) -> Iterator[Record]:
        """Yield the records of one page of a full scan.

        Items that come before their parent are deferred.

        Raises:
            ConnectorError: Permissions were refused for a reason that holds for the next item, too.
        """
        digests: dict[str, str | None] = {}
        for file in files:
            if _is_folder(file):
                ids = digests[file["id"]] = _permission_digest(file)
                self._folders.put(
                    file["id"], FolderEntry(_parent_id(file), is_folder=True, permission_digest=ids)
                )
                yield folder_container(file)
        now: list[File] = []
        for file in files:
            if _has_own_grants(file) or self._parent_digest(file, digests) is not None:
                now.append(file)
            else:
                self._scan_state.put(_DEFERRED + file["id"], json.dumps(file))
        yield from self._items(now, digests, count_plain=True)

    def deferred(self, cursor: str) -> Iterator[Record]:
        """Yield the records of the deferred items, with a checkpoint after every 200 of them.

        Args:
            cursor: The cursor of those checkpoints.

        Raises:
            ConnectorError: As for a page of a full scan.
        """
        while waiting := list(islice(self._scan_state.items(_DEFERRED), _DEFERRED_BATCH)):
            yield from self._items([json.loads(file) for _, file in waiting], {}, count_plain=True)
            for key, _ in waiting:
                self._scan_state.put(key, None)
            yield Checkpoint(cursor=cursor)

    def changed(self, files: Sequence[File]) -> Iterator[Record]:
        """Yield the records of changed files; a folder whose inherited grants changed is queued.

        Raises:
            ConnectorError: As for a page of a full scan.
        """
        before = {file["id"]: self._folders.get(file["id"]) for file in files}
        for file in files:
            self._folders.remove(file["id"])
            if _is_folder(file):
                self._folders.put(
                    file["id"],
                    FolderEntry(
                        _parent_id(file), is_folder=True, permission_digest=_permission_digest(file)
                    ),
                )
                yield folder_container(file)
        yield from self._items(files, {}, count_plain=False)
        for file in files:
            if _is_folder(file) and self._folders.get(file["id"]) != _with_current_parent(
                before, file
            ):
                self._folders.queue_walk(file["id"])

    def _items(
        self, files: Sequence[File], digests: dict[str, str | None], *, count_plain: bool
    ) -> Iterator[Record]:
        """Yield the items with their grants.

        Args:
            files: The items.
            digests: The permission digests of folders that are known already, by id.
            count_plain: True in a full scan, where files without own grants are only counted.
        """
        own = [f for f in files if _has_own_grants(f) or not self._matches_parent(f, digests)]
        acls = self._acls(own)
        published = {} if self._publications is None else self._publications.grants(files)
        passed: Counter[str | None] = Counter()
        for file in files:
            acl = acls.get(file["id"])
            publication = published.get(file["id"], ())
            if acl is None and count_plain and not _is_folder(file) and not publication:
                passed[_parent_id(file)] += 1
                continue
            if acl is None:
                acl = _Acl()
            if acl.vanished:
                self._folders.remove(file["id"])
                if not count_plain:
                    yield Removed(item_id=file["id"])
                continue
            grants = (*(acl.grants if acl.read else self._unknown_grants(file)), *publication)
            item = file_item(file, owner=None, owner_state=State.UNKNOWN, grants=grants)
            self._store_entry(file, item)
            yield item
        for parent_id, count in passed.items():
            yield CountedItems(parent_id=parent_id, count=count)

    def _store_entry(self, file: File, item: Item) -> None:
        folder = _is_folder(file)
        if not folder and not item.may_be_exposed:
            return
        entry = FolderEntry(_parent_id(file), is_folder=folder)
        if folder:
            limited = file.get("inheritedPermissionsDisabled", False)
            state = digest(sorted(map(repr, item.grants)), item.trashed, limited)
            entry = replace(entry, permission_digest=_permission_digest(file), grant_digest=state)
        self._folders.put(file["id"], entry)

    def _matches_parent(self, file: File, digests: dict[str, str | None]) -> bool:
        """Return True if an item has exactly the permission ids of its parent."""
        return bool(file.get("permissionIds")) and _permission_digest(file) == self._parent_digest(
            file, digests
        )

    def _parent_digest(self, file: File, digests: dict[str, str | None]) -> str | None:
        parent_id = _parent_id(file)
        if parent_id not in digests:
            entry = self._folders.get(parent_id)
            digests[parent_id] = entry.permission_digest if entry else None
        return digests[parent_id]

    def _acls(self, files: Sequence[File]) -> dict[str, _Acl]:
        ids = [file["id"] for file in files]
        some = batched(ids, multipart.MAX_PARTS)
        read = self._context.map(lambda part: self._client.acls(self._reader, part), some)
        acls = {
            file["id"]: self._acl(file, answer)
            for file, answer in zip(files, chain.from_iterable(read), strict=True)
        }
        self._gaps.count_unread(sum(not (acl.read or acl.vanished) for acl in acls.values()))
        self._gaps.count_vanished(sum(acl.vanished for acl in acls.values()))
        return acls

    def _acl(self, file: File, answer: list[DrivePermission] | ConnectorError) -> _Acl:
        if isinstance(answer, AclForbidden | NotFound) and not self._exists(file["id"]):
            return _Acl(read=False, vanished=True)
        self._streak.note(answer)
        # there is always somebody who manages the drive: an ACL without entries is none
        if isinstance(answer, ConnectorError) or not answer:
            return _Acl(read=False)
        return _Acl(map_grants(answer, self._internal, file))

    def _exists(self, file_id: str) -> bool:
        """Return True unless Google says twice that the item is not found."""
        try:
            return self._client.exists(self._reader, file_id)
        except LOCAL_ERRORS:
            return True

    def _unknown_grants(self, file: File) -> tuple[Grant, ...]:
        """Return an unknown grant for each permission id that is not a member's of the drive.

        One stands for all where no id is listed: what could not be read is not without grants.
        """
        members = set(json.loads(self._scan_state.get(_MEMBER_IDS) or "[]"))
        own = [i for i in file.get("permissionIds", []) if i not in members]
        return unknown_grants(own or ["unread"])


def store_members(scan_state: ScanState, drive_id: str, members: Sequence[DrivePermission]) -> None:
    """Store the permissions of a shared drive, which everything in it inherits.

    Args:
        scan_state: The scan state of the scope.
        drive_id: The id of the drive, which is the parent of its topmost items.
        members: The permissions on the drive.
    """
    ids = [m["id"] for m in members]
    scan_state.put(_MEMBER_IDS, json.dumps(ids))
    FolderState(scan_state).put(
        drive_id, FolderEntry(NO_PARENT, is_folder=True, permission_digest=digest(sorted(ids)))
    )


def _with_current_parent(before: dict[str, FolderEntry | None], file: File) -> FolderEntry | None:
    """Return the stored entry of a folder with its parent replaced by the current one."""
    entry = before[file["id"]]
    return entry and replace(entry, parent_id=_parent_id(file))


def _is_folder(file: File) -> bool:
    return file.get("mimeType") == FOLDER


def _parent_id(file: File) -> str:
    return next(iter(file.get("parents") or ()), NO_PARENT)


def _permission_digest(file: File) -> str:
    return digest(sorted(file.get("permissionIds", [])))


def _has_own_grants(file: File) -> bool:
    """Return True if the permissions of an item must be read.

    Those of a site and of a form always: whether the list tells of its published view is not
    documented.
    """
    published = file.get("mimeType") in (SITE, FORM)
    return bool(
        published or file.get("hasAugmentedPermissions") or file.get("inheritedPermissionsDisabled")
    )
