"""Reading a shared drive: its members once, its list by one member, and few ACLs besides.

The list of a shared drive never carries permissions. It carries their ids, and a flag where an
item has grants of its own. So only flagged items are asked for their ACL, and the rest is checked:
an item without the flag must have exactly the permission ids of its parent. Where it has not, its
ACL is read all the same: a wrong flag costs calls, not findings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from itertools import islice

from connectors.google.answers import File, FilePage, Permission
from connectors.google.client import Client
from connectors.google.ledger import Ledger, forget
from connectors.google.normalize import (
    FOLDER,
    Inside,
    container_of,
    grants_of,
    item_of,
    unread_grants,
)
from connectors.google.readers import readers_of
from connectors.google.refusal import AclRefused, NotFound, PageRefused
from connectors.sdk.contract import Context, Memory
from connectors.sdk.errors import AccessDenied
from connectors.sdk.message import say
from connectors.sdk.records import (
    Checkpoint,
    Container,
    Coverage,
    Grant,
    Item,
    Record,
    Scope,
    Started,
    State,
    Status,
)

_TRIES = 20  # readers that may refuse before a drive counts as unreadable
_SETTLED = 200  # waiting items that are settled between two checkpoints
_FOLDER = "folder:"  # id of a folder -> fingerprint of its permission ids
_WAITS = "waits:"  # id of an item that came before its parent -> the item
_MEMBERS = "members"  # the permission ids of the drive itself


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the reading has come, and in whose name; the cursor is its JSON."""

    reader: str
    manager: bool
    token: str = ""
    settling: bool = False

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class _Acl:
    """The grants of one item; `gone` when it vanished while we read."""

    grants: tuple[Grant, ...] = ()
    read: bool = True
    gone: bool = False


class SharedDrive:
    """One shared drive, read in the name of a member who manages it, if any can."""

    def __init__(self, scope: Scope, client: Client, context: Context, inside: Inside) -> None:
        self._id = scope.id.partition(":")[2]
        self._name = scope.title
        self._client = client
        self._context = context
        self._memory: Memory = context.memory(scope)
        self._ledger = Ledger(self._memory)
        self._inside = inside

    def records(self, cursor: str | None) -> Iterator[Record]:
        """Everything, or what comes after a checkpoint."""
        place, page = self._resumed(cursor)
        if place is None:
            forget(self._memory)
            members = self._client.drive_members(self._id)
            yield Started(full=True, resumed=False)
            yield from self._drive_itself(members)
            place, page = self._entered(members)
        else:
            yield Started(full=True, resumed=True)
        while page is not None:
            yield from self._facts(page, place)
            token = page.get("nextPageToken", "")
            place = replace(place, token=token, settling=not token)
            yield Checkpoint(cursor=place.cursor)
            page = self._page(place.reader, token) if token else None
        yield from self._settled(place)
        coverage = self._coverage(place)
        forget(self._memory)
        yield Checkpoint(cursor="")
        yield coverage

    def _resumed(self, cursor: str | None) -> tuple[_Place | None, FilePage | None]:
        """The place of a cursor and its page; neither when Google or the reader refuses it."""
        place = _place_of(cursor)
        if place is None:
            return None, None
        if place.settling:
            return place, None
        try:
            return place, self._page(place.reader, place.token)
        except (PageRefused, AccessDenied):
            return None, None

    def _drive_itself(self, members: list[Permission]) -> Iterator[Record]:
        ids = [m["id"] for m in members]
        self._memory.put(_MEMBERS, json.dumps(ids))
        self._memory.put(_FOLDER + self._id, _print_of(ids))
        yield Container(id=self._id, parent_id=None, name=f"/{self._name}")
        yield Item(
            id=self._id,
            kind="drive",
            name=self._name,
            url=f"https://drive.google.com/drive/folders/{self._id}",
            owner=None,
            grants=grants_of(members, self._inside),
        )

    def _entered(self, members: list[Permission]) -> tuple[_Place, FilePage]:
        """The first reader who is let in, and the first page."""
        tried = 0
        for reader in islice(readers_of(members, self._inside, self._expanded), _TRIES):
            tried += 1
            try:
                page = self._page(reader.mail, "")
            except AccessDenied:
                continue
            return _Place(reader=reader.mail, manager=reader.manager), page
        raise AccessDenied(say("google.no_reader", tried=tried), hint=say("google.no_reader_hint"))

    def _expanded(self, group: str) -> Iterator[str]:
        """The addresses in a group that manages a drive; none where it may not be read."""
        try:
            for member in self._client.members(group):
                if member.get("type") == "USER" and member.get("status", "ACTIVE") == "ACTIVE":
                    yield member.get("email", "")
        except AccessDenied:
            return

    def _page(self, reader: str, token: str) -> FilePage:
        return self._client.drive_files(reader, self._id, token or None)

    def _facts(self, page: FilePage, place: _Place) -> Iterator[Record]:
        if page.get("incompleteSearch"):
            self._ledger.note_cut()
        files = page.get("files", [])
        for file in files:
            if file.get("mimeType") == FOLDER:
                self._memory.put(_FOLDER + file["id"], _print_of(file.get("permissionIds", [])))
                yield container_of(file)
        now: list[File] = []
        for file in files:
            if _speaks_for_itself(file) or self._parent_print(file) is not None:
                now.append(file)
            else:
                self._memory.put(_WAITS + file["id"], json.dumps(file))
        yield from self._items(now, place)

    def _settled(self, place: _Place) -> Iterator[Record]:
        """Those whose parents came later, or never."""
        while waiting := list(islice(self._memory.items(_WAITS), _SETTLED)):
            yield from self._items([json.loads(file) for _, file in waiting], place)
            for key, _ in waiting:
                self._memory.put(key, None)
            yield Checkpoint(cursor=place.cursor)

    def _items(self, files: list[File], place: _Place) -> Iterator[Item]:
        own = [f for f in files if _speaks_for_itself(f) or not self._as_predicted(f)]
        read = self._context.map(lambda file: self._acl(file, place.reader), own)
        acls = dict(zip((f["id"] for f in own), read, strict=True))
        self._ledger.count_unread(sum(not (acl.read or acl.gone) for acl in acls.values()))
        for file in files:
            acl = acls.get(file["id"], _Acl())
            if not acl.gone:
                grants = acl.grants if acl.read else self._unread(file)
                yield item_of(file, owner=None, owner_state=State.UNKNOWN, grants=grants)

    def _as_predicted(self, file: File) -> bool:
        """Whether an item has what its parent has, and nothing else."""
        ids = file.get("permissionIds", [])
        return bool(ids) and _print_of(ids) == self._parent_print(file)

    def _parent_print(self, file: File) -> str | None:
        parent = next(iter(file.get("parents") or ()), "")
        return self._memory.get(_FOLDER + parent)

    def _acl(self, file: File, reader: str) -> _Acl:
        try:
            return _Acl(grants_of(self._client.acl(reader, file["id"]), self._inside))
        except (AclRefused, NotFound):
            return _Acl(read=False, gone=not self._client.exists(reader, file["id"]))

    def _unread(self, file: File) -> tuple[Grant, ...]:
        """What the permission ids alone tell of an item whose ACL was refused."""
        members = set(json.loads(self._memory.get(_MEMBERS) or "[]"))
        return unread_grants([i for i in file.get("permissionIds", []) if i not in members])

    def _coverage(self, place: _Place) -> Coverage:
        coverage = self._ledger.coverage()
        if place.manager or coverage.status is not Status.COMPLETE:
            return coverage
        return Coverage(
            status=Status.PARTIAL,
            reason=say("google.not_manager", user=place.reader),
            hint=say("google.not_manager_hint"),
        )


def _place_of(cursor: str | None) -> _Place | None:
    """None where there is no cursor, or one of another version of this program."""
    try:
        return _Place(**json.loads(cursor)) if cursor else None
    except (ValueError, TypeError):
        return None


def _speaks_for_itself(file: File) -> bool:
    return bool(file.get("hasAugmentedPermissions") or file.get("inheritedPermissionsDisabled"))


def _print_of(ids: list[str]) -> str:
    return blake2b("\0".join(sorted(ids)).encode(), digest_size=12).hexdigest()
