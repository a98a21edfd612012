"""Folder state of one scope, kept between runs: its folders, and the stored items in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from connectors.sdk.contract import Memory

_AT = "at:"  # id -> the stored entry
_IN = "in:"  # parent id and id, one key for each item in a folder
_WALK = "walk:"  # queue of folders whose content must be read again
NOWHERE = "-"  # the parent of an item whose parent is not visible


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder, or a file whose grants are stored. Saved as a JSON list, by position.

    Attributes:
        parent_id: The id of the parent folder.
        is_folder: True for a folder.
        permission_digest: For a folder: the digest of its permission ids, which items without
            own grants have too.
        grant_digest: For a folder: the digest of everything else that its content inherits.
    """

    place: str
    folder: bool
    ids: str = ""
    state: str = ""


class Tree:
    """The folders of one scope, stored in its scan state."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def known(self, id_: str) -> Kept | None:
        """Return what is stored about an item, or None."""
        found = self._memory.get(_AT + id_)
        return Kept(*json.loads(found)) if found else None

    def keep(self, id_: str, kept: Kept) -> None:
        """Store an item, and list it under its parent."""
        words = json.dumps([kept.place, kept.folder, kept.ids, kept.state], separators=(",", ":"))
        self._memory.put(_AT + id_, words)
        self._memory.put(f"{_IN}{kept.place}/{id_}", "1")

    def drop(self, id_: str) -> None:
        """Remove an item. The content of a folder stays until that folder is read again."""
        if kept := self.known(id_):
            self._memory.put(_AT + id_, None)
            self._memory.put(f"{_IN}{kept.place}/{id_}", None)

    def inside(self, place: str) -> Iterator[str]:
        """Yield the ids of the stored items directly in a folder."""
        start = f"{_IN}{place}/"
        return (key.removeprefix(start) for key, _ in self._memory.items(start))

    def walk_later(self, folder: str) -> None:
        """Queue a folder whose content must be read again."""
        self._memory.put(_WALK + folder, "1")

    def waiting(self) -> str | None:
        """Return a queued folder, or None."""
        return next((key.removeprefix(_WALK) for key, _ in self._memory.items(_WALK)), None)

    def walked(self, folder: str) -> None:
        """Remove a folder from the queue."""
        self._memory.put(_WALK + folder, None)


def print_of(*values: object) -> str:
    """Return a short digest (18 hex digits) of JSON-serializable values."""
    return blake2b(json.dumps(values).encode(), digest_size=9).hexdigest()


def forget(memory: Memory) -> None:
    """Delete everything in a scan state, 500 keys at a time to bound memory."""
    while keys := [key for key, _ in islice(memory.items(), 500)]:
        for key in keys:
            memory.put(key, None)
