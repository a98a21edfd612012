"""The state of a library that is kept between pages and between runs.

A delta lists a folder that was shared, moved or deleted, and not the items below it. Therefore the
folders are stored with their parents, and the items with permissions of their own with digests of
their grants.

Source: https://learn.microsoft.com/en-us/graph/api/driveitem-delta (read 2026-11-29)
Source: https://github.com/OneDrive/onedrive-api-docs/issues/1250 (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import cast
from zlib import crc32

from connectors.m365.shapes import DriveItem
from connectors.sdk.contract import Memory
from connectors.sdk.records import Grant

GONE = -1  # stands for the page number of a folder that was deleted
# A path has at most 400 characters, so it has fewer folders: more steps up mean a loop.
# Source: https://learn.microsoft.com/en-us/answers/questions/1850459/sharepoint-file-path-length-encoded-or-decoded (read 2026-11-29)  # noqa: E501
DEEPEST = 400
_BITS = 1 << 20
_FOLDER, _OWN, _MARK = "f/", "o/", "m/"


@dataclass(frozen=True, slots=True)
class Own:
    """An item with permissions of its own, as it was read last.

    Attributes:
        item: The item as Graph returned it.
        gave: One short digest for each grant in its permission list.
        page: The number of pages that had been listed when its permissions were read.
    """

    item: DriveItem
    gave: tuple[str, ...]
    page: int

    @property
    def parent(self) -> str:
        """The id of the parent folder; empty where Graph gave none."""
        return str((self.item.get("parentReference") or {}).get("id") or "")


class Ledger:
    """The folders, the items with permissions of their own, and the folders that changed.

    Writes become durable with the next checkpoint.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._sieve: bytearray | None = None

    def forget(self) -> None:
        """Delete everything that is stored for this library."""
        for key, _ in self._memory.items(""):
            self._memory.put(key, None)

    def survey(self) -> None:
        """Load a filter of the stored keys, so that most lookups of unknown ids read nothing."""
        self._sieve = bytearray(_BITS // 8)
        for key, _ in self._memory.items(""):
            self._note(key)

    def folder(self, id_: str) -> str | None:
        """Return the id of a folder's parent, "" for the root, None for an unknown folder."""
        return self._get(_FOLDER + id_)

    def put_folder(self, id_: str, parent: str) -> None:
        """Store a folder with the id of its parent."""
        self._put(_FOLDER + id_, parent)

    def own(self, id_: str) -> Own | None:
        """Return what is stored of an item with permissions of its own, None where nothing is."""
        told = self._get(_OWN + id_)
        return None if told is None else _own_of(told)

    def put_own(self, own: Own) -> None:
        """Store an item whose permission list was read."""
        told = {"item": own.item, "gave": own.gave, "page": own.page}
        self._put(_OWN + own.item["id"], json.dumps(told))

    def drop(self, id_: str) -> None:
        """Delete what is stored of an item or folder that does not exist any more."""
        self._memory.put(_FOLDER + id_, None)
        self._memory.put(_OWN + id_, None)

    def drop_own(self, id_: str) -> None:
        """Delete the stored grants of an item that only inherits now."""
        self._memory.put(_OWN + id_, None)

    def owns(self) -> Iterator[Own]:
        """Iterate over all stored items with permissions of their own."""
        return (_own_of(told) for _, told in self._memory.items(_OWN))

    def folders(self) -> Iterator[tuple[str, str]]:
        """Iterate over all stored folders as pairs (id, id of the parent)."""
        return ((key[len(_FOLDER) :], parent) for key, parent in self._memory.items(_FOLDER))

    def mark(self, id_: str, page: int) -> None:
        """Note that what is inherited from a folder changed with this page.

        `GONE` instead of a page number: the folder was deleted.
        """
        self._memory.put(_MARK + id_, str(page))

    def marks(self) -> Marks:
        """Return the folders that changed and whose descendants were not read again yet."""
        told = {key[len(_MARK) :]: int(page) for key, page in self._memory.items(_MARK)}
        return Marks(self, told)

    def unmark(self) -> None:
        """Forget the changed folders: their descendants were read again."""
        for key, _ in list(self._memory.items(_MARK)):
            self._memory.put(key, None)

    def _get(self, key: str) -> str | None:
        if self._sieve is not None:
            place, bit = _bit_of(key)
            if not self._sieve[place] & bit:
                return None
        return self._memory.get(key)

    def _put(self, key: str, value: str) -> None:
        self._note(key)
        self._memory.put(key, value)

    def _note(self, key: str) -> None:
        if self._sieve is not None:
            place, bit = _bit_of(key)
            self._sieve[place] |= bit


class Marks:
    """The folders that changed, and which items below them are outdated."""

    def __init__(self, ledger: Ledger, marks: dict[str, int]) -> None:
        self._marks = marks
        self._ledger = ledger
        self._folder = lru_cache(maxsize=4096)(ledger.folder)

    def __bool__(self) -> bool:
        """Whether any folder changed."""
        return bool(self._marks)

    @property
    def gone(self) -> bool:
        """Whether any folder was deleted."""
        return GONE in self._marks.values()

    def above(self, folder: str) -> int | None:
        """Return the last page that changed what is inherited from this folder.

        Return `GONE` where the folder or one of its ancestors was deleted, and None where nothing
        changed.
        """
        latest: int | None = None
        for _ in range(DEEPEST):
            page = self._marks.get(folder)
            if page == GONE:
                return GONE
            if page is not None:
                latest = max(page, latest or 0)
            parent = self._folder(folder)
            if not parent:
                break
            folder = parent
        return latest

    def bury(self, folder: str) -> None:
        """Note that a folder was deleted with one of its ancestors."""
        self._marks[folder] = GONE
        self._ledger.mark(folder, GONE)
        self._ledger.drop(folder)


def prints_of(grants: Sequence[Grant]) -> tuple[str, ...]:
    """Return one short digest for each grant.

    Two permission lists with the same digests grant the same access to the same principals.
    """
    return tuple(sorted({_print_of(grant) for grant in grants}))


def _print_of(grant: Grant) -> str:
    what = (grant.id, grant.audience, grant.access, grant.principal_id or grant.principal)
    told = "\0".join((*what, str(grant.expires_at), str(grant.password)))
    return blake2b(told.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _own_of(told: str) -> Own:
    own = json.loads(told)
    return Own(cast(DriveItem, own["item"]), tuple(own["gave"]), int(own["page"]))


def _bit_of(key: str) -> tuple[int, int]:
    place = crc32(key.encode()) % _BITS
    return place >> 3, 1 << (place & 7)
