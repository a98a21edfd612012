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

from connectors.google import batch
from connectors.google.answers import File, Permission
from connectors.google.client import Client
from connectors.google.ledger import Ledger
from connectors.google.normalize import (
    FOLDER,
    Inside,
    container_of,
    grants_of,
    item_of,
    unread_grants,
)
from connectors.google.refusal import AclRefused, NotFound
from connectors.google.tree import NOWHERE, Kept, Tree, print_of
from connectors.sdk.batched import batched
from connectors.sdk.contract import Context, Memory
from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import Checkpoint, Grant, Item, Passed, Record, Removed, State

_SETTLED = 200  # deferred items between two checkpoints
_WAITS = "waits:"  # id of a deferred item, which came before its parent -> its JSON
_MEMBERS = "members"  # the permission ids of the drive


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
    gone: bool = False


class DriveItems:
    """Converts the items of one shared drive to records, on behalf of one member.

    Args:
        client: The Drive API.
        context: The services of the run.
        scan_state: The scan state of the scope.
        reader: The address of the member.
        internal: The domains of the tenant.
    """

    def __init__(
        self, client: Client, context: Context, memory: Memory, *, reader: str, inside: Inside
    ) -> None:
        self._client = client
        self._context = context
        self._memory = memory
        self._tree = Tree(memory)
        self._ledger = Ledger(memory)
        self._reader = reader
        self._inside = inside

    def whole(self, files: Sequence[File]) -> Iterator[Record]:
        """Yield the records of one page of a full scan.

        Items that come before their parent are deferred.

        Raises:
            ConnectorError: Permissions were refused for another reason than that this member may
                not see them, or that the item vanished.
        """
        prints: dict[str, str | None] = {}
        for file in files:
            if _is_folder(file):
                ids = prints[file["id"]] = _ids_of(file)
                self._tree.keep(file["id"], Kept(_place_of(file), folder=True, ids=ids))
                yield container_of(file)
        now: list[File] = []
        for file in files:
            if _speaks_for_itself(file) or self._parents_ids(file, prints) is not None:
                now.append(file)
            else:
                self._memory.put(_WAITS + file["id"], json.dumps(file))
        yield from self._told(now, prints, counted=True)

    def settled(self, cursor: str) -> Iterator[Record]:
        """Yield the records of the deferred items, with a checkpoint after every 200 of them.

        Args:
            cursor: The cursor of those checkpoints.

        Raises:
            ConnectorError: As for a page of a full scan.
        """
        while waiting := list(islice(self._memory.items(_WAITS), _SETTLED)):
            yield from self._told([json.loads(file) for _, file in waiting], {}, counted=True)
            for key, _ in waiting:
                self._memory.put(key, None)
            yield Checkpoint(cursor=cursor)

    def news(self, files: Sequence[File]) -> Iterator[Record]:
        """Yield the records of changed files; a folder whose inherited grants changed is queued.

        Raises:
            ConnectorError: As for a page of a full scan.
        """
        before = {file["id"]: self._tree.known(file["id"]) for file in files}
        for file in files:
            self._tree.drop(file["id"])
            if _is_folder(file):
                self._tree.keep(file["id"], Kept(_place_of(file), folder=True, ids=_ids_of(file)))
                yield container_of(file)
        yield from self._told(files, {}, counted=False)
        for file in files:
            if _is_folder(file) and self._tree.known(file["id"]) != _unmoved(before, file):
                self._tree.walk_later(file["id"])

    def _told(
        self, files: Sequence[File], prints: dict[str, str | None], *, counted: bool
    ) -> Iterator[Record]:
        """Yield the items with their grants.

        Args:
            files: The items.
            digests: The permission digests of folders that are known already, by id.
            count_plain: True in a full scan, where files without own grants are only counted.
        """
        own = [f for f in files if _speaks_for_itself(f) or not self._as_predicted(f, prints)]
        acls = self._acls(own)
        passed: Counter[str | None] = Counter()
        for file in files:
            acl = acls.get(file["id"])
            if acl is None and counted and not _is_folder(file):
                passed[_place_of(file)] += 1
                continue
            if acl is None:
                acl = _Acl()
            if acl.gone:
                self._tree.drop(file["id"])
                if not counted:
                    yield Removed(item_id=file["id"])
                continue
            grants = acl.grants if acl.read else self._unread(file)
            item = item_of(file, owner=None, owner_state=State.UNKNOWN, grants=grants)
            self._remember(file, item)
            yield item
        for place, count in passed.items():
            yield Passed(parent_id=place, count=count)

    def _remember(self, file: File, item: Item) -> None:
        folder = _is_folder(file)
        if not folder and not item.worth_keeping:
            return
        kept = Kept(_place_of(file), folder=folder)
        if folder:
            state = print_of(sorted(map(repr, item.grants)), item.trashed)
            kept = replace(kept, ids=_ids_of(file), state=state)
        self._tree.keep(file["id"], kept)

    def _as_predicted(self, file: File, prints: dict[str, str | None]) -> bool:
        """Return True if an item has exactly the permission ids of its parent."""
        return bool(file.get("permissionIds")) and _ids_of(file) == self._parents_ids(file, prints)

    def _parents_ids(self, file: File, prints: dict[str, str | None]) -> str | None:
        place = _place_of(file)
        if place not in prints:
            kept = self._tree.known(place)
            prints[place] = kept.ids if kept else None
        return prints[place]

    def _acls(self, files: Sequence[File]) -> dict[str, _Acl]:
        ids = [file["id"] for file in files]
        some = batched(ids, batch.MOST)
        read = self._context.map(lambda part: self._client.acls(self._reader, part), some)
        acls = {i: self._acl(i, a) for i, a in zip(ids, chain.from_iterable(read), strict=True)}
        self._ledger.count_unread(sum(not (acl.read or acl.gone) for acl in acls.values()))
        self._ledger.count_gone(sum(acl.gone for acl in acls.values()))
        return acls

    def _acl(self, file_id: str, answer: list[Permission] | ConnectorError) -> _Acl:
        if isinstance(answer, AclRefused | NotFound):
            return _Acl(read=False, gone=not self._client.exists(self._reader, file_id))
        if isinstance(answer, ConnectorError):
            raise answer
        return _Acl(grants_of(answer, self._inside))

    def _unread(self, file: File) -> tuple[Grant, ...]:
        """Return an unknown grant for each permission id that is not a member's of the drive."""
        members = set(json.loads(self._memory.get(_MEMBERS) or "[]"))
        return unread_grants([i for i in file.get("permissionIds", []) if i not in members])


def note_members(memory: Memory, drive_id: str, members: Sequence[Permission]) -> None:
    """Store the permissions of a shared drive, which everything in it inherits.

    Args:
        scan_state: The scan state of the scope.
        drive_id: The id of the drive, which is the parent of its topmost items.
        members: The permissions on the drive.
    """
    ids = [m["id"] for m in members]
    memory.put(_MEMBERS, json.dumps(ids))
    Tree(memory).keep(drive_id, Kept(NOWHERE, folder=True, ids=print_of(sorted(ids))))


def _unmoved(before: dict[str, Kept | None], file: File) -> Kept | None:
    """Return the stored entry of a folder with its parent replaced by the current one."""
    kept = before[file["id"]]
    return kept and replace(kept, place=_place_of(file))


def _is_folder(file: File) -> bool:
    return file.get("mimeType") == FOLDER


def _place_of(file: File) -> str:
    return next(iter(file.get("parents") or ()), NOWHERE)


def _ids_of(file: File) -> str:
    return print_of(sorted(file.get("permissionIds", [])))


def _speaks_for_itself(file: File) -> bool:
    return bool(file.get("hasAugmentedPermissions") or file.get("inheritedPermissionsDisabled"))
