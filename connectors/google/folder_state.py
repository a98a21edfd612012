"""Folder state of one scope, kept between runs: its folders, and the stored items in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from connectors.sdk.interface import ScanState

_ENTRY = "at:"  # id -> the stored entry
_CHILD = "in:"  # parent id and id, one key for each item in a folder
_WALK = "walk:"  # queue of folders whose content must be read again
NO_PARENT = "-"  # the parent of an item whose parent is not visible


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A folder, or a file whose grants are stored. Saved as a JSON list, by position.

    Attributes:
        parent_id: The id of the parent folder.
        is_folder: True for a folder.
        permission_digest: For a folder: the digest of its permission ids, which items without
            own grants have too.
        grant_digest: For a folder: the digest of everything else that its content inherits.
    """

    parent_id: str
    is_folder: bool
    permission_digest: str = ""
    grant_digest: str = ""


class FolderState:
    """The folders of one scope, stored in its scan state."""

    def __init__(self, scan_state: ScanState) -> None:
        self._scan_state = scan_state

    def get(self, id_: str) -> FolderEntry | None:
        """Return what is stored about an item, or None."""
        found = self._scan_state.get(_ENTRY + id_)
        return FolderEntry(*json.loads(found)) if found else None

    def put(self, id_: str, entry: FolderEntry) -> None:
        """Store an item, and list it under its parent."""
        words = json.dumps(
            [entry.parent_id, entry.is_folder, entry.permission_digest, entry.grant_digest],
            separators=(",", ":"),
        )
        self._scan_state.put(_ENTRY + id_, words)
        self._scan_state.put(f"{_CHILD}{entry.parent_id}/{id_}", "1")

    def remove(self, id_: str) -> None:
        """Remove an item. The content of a folder stays until that folder is read again."""
        if entry := self.get(id_):
            self._scan_state.put(_ENTRY + id_, None)
            self._scan_state.put(f"{_CHILD}{entry.parent_id}/{id_}", None)

    def children(self, parent_id: str) -> Iterator[str]:
        """Yield the ids of the stored items directly in a folder."""
        start = f"{_CHILD}{parent_id}/"
        return (key.removeprefix(start) for key, _ in self._scan_state.items(start))

    def queue_walk(self, folder: str) -> None:
        """Queue a folder whose content must be read again."""
        self._scan_state.put(_WALK + folder, "1")

    def next_walk(self) -> str | None:
        """Return a queued folder, or None."""
        return next((key.removeprefix(_WALK) for key, _ in self._scan_state.items(_WALK)), None)

    def walk_done(self, folder: str) -> None:
        """Remove a folder from the queue."""
        self._scan_state.put(_WALK + folder, None)


def digest(*values: object) -> str:
    """Return a short digest (18 hex digits) of JSON-serializable values."""
    return blake2b(json.dumps(values).encode(), digest_size=9).hexdigest()


def clear_state(scan_state: ScanState) -> None:
    """Delete everything in a scan state, 500 keys at a time to bound memory."""
    while keys := [key for key, _ in islice(scan_state.items(), 500)]:
        for key in keys:
            scan_state.put(key, None)
