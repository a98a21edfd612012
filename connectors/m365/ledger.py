"""What is remembered of a library between pages and between runs.

A delta says which folder was shared or moved, and nothing of what lies below it. So the folders
are kept with their parents, and the items with permissions of their own with what they gave.
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

GONE = -1  # the mark of a folder that was deleted
DEEPEST = 400  # more steps up than SharePoint allows: the tree has a loop
_BITS = 1 << 20
_FOLDER, _OWN, _MARK = "f/", "o/", "m/"


@dataclass(frozen=True, slots=True)
class Own:
    """An item with permissions of its own, as it was read last.

    Attributes:
        item: As Graph told it.
        gave: One short print for each grant in its list.
        page: The page that had been listed when its rows were read.
    """

    item: DriveItem
    gave: tuple[str, ...]
    page: int

    @property
    def parent(self) -> str:
        """The id of the folder that it lies in."""
        return str((self.item.get("parentReference") or {}).get("id") or "")


class Ledger:
    """The folders, the items with permissions of their own, and the folders that changed."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._sieve: bytearray | None = None

    def forget(self) -> None:
        """Begin anew."""
        for key, _ in self._memory.items(""):
            self._memory.put(key, None)

    def survey(self) -> None:
        """Learn what is known, so that asking for one of a million other things costs nothing."""
        self._sieve = bytearray(_BITS // 8)
        for key, _ in self._memory.items(""):
            self._note(key)

    def folder(self, id_: str) -> str | None:
        """The parent of a folder, "" for the root; None for what is no folder known here."""
        return self._get(_FOLDER + id_)

    def put_folder(self, id_: str, parent: str) -> None:
        """A folder lies there now."""
        self._put(_FOLDER + id_, parent)

    def own(self, id_: str) -> Own | None:
        """An item with permissions of its own."""
        told = self._get(_OWN + id_)
        return None if told is None else _own_of(told)

    def put_own(self, own: Own) -> None:
        """Its rows were read."""
        told = {"item": own.item, "gave": own.gave, "page": own.page}
        self._put(_OWN + own.item["id"], json.dumps(told))

    def drop(self, id_: str) -> None:
        """There is no such item any more."""
        self._memory.put(_FOLDER + id_, None)
        self._memory.put(_OWN + id_, None)

    def drop_own(self, id_: str) -> None:
        """It only inherits now."""
        self._memory.put(_OWN + id_, None)

    def owns(self) -> Iterator[Own]:
        """All items with permissions of their own."""
        return (_own_of(told) for _, told in self._memory.items(_OWN))

    def folders(self) -> Iterator[tuple[str, str]]:
        """All folders, each with its parent."""
        return ((key[len(_FOLDER) :], parent) for key, parent in self._memory.items(_FOLDER))

    def mark(self, id_: str, page: int) -> None:
        """What a folder gives to those below changed with this page; `GONE` with it."""
        self._memory.put(_MARK + id_, str(page))

    def marks(self) -> Marks:
        """All marks."""
        told = {key[len(_MARK) :]: int(page) for key, page in self._memory.items(_MARK)}
        return Marks(self, told)

    def unmark(self) -> None:
        """All that lies below the marked folders is known again."""
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
    """The folders that changed, and what that means for those below."""

    def __init__(self, ledger: Ledger, marks: dict[str, int]) -> None:
        self._marks = marks
        self._ledger = ledger
        self._folder = lru_cache(maxsize=4096)(ledger.folder)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._marks)

    @property
    def gone(self) -> bool:
        """Whether a folder was deleted."""
        return GONE in self._marks.values()

    def above(self, folder: str) -> int | None:
        """The last page that changed what this folder hands down; `GONE` where it was deleted."""
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
        """A folder went with the one it lay in."""
        self._marks[folder] = GONE
        self._ledger.mark(folder, GONE)
        self._ledger.drop(folder)


def prints_of(grants: Sequence[Grant]) -> tuple[str, ...]:
    """One short print for each grant: two lists with the same prints open the same doors."""
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
