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

from connectors.m365.api_types import DriveItem
from connectors.sdk.interface import ScanState
from connectors.sdk.records import Grant

DELETED = -1  # stands for the page number of a folder that was deleted
# A path has at most 400 characters, so it has fewer folders: more steps up mean a loop.
# Source: https://learn.microsoft.com/en-us/answers/questions/1850459/sharepoint-file-path-length-encoded-or-decoded (read 2026-11-29)  # noqa: E501 -- an address
MAX_DEPTH = 400
_FILTER_BITS = 1 << 20
_FOLDER_KEY, _ITEM_KEY, _CHANGED_KEY, _UNREAD_KEY = "f/", "o/", "m/", "u/"


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item with permissions of its own, as it was read last.

    Attributes:
        item: The item as Graph returned it.
        grant_digests: One short digest for each grant in its permission list.
        page: The number of pages that had been listed when its permissions were read.
    """

    item: DriveItem
    grant_digests: tuple[str, ...]
    page: int

    @property
    def parent(self) -> str:
        """The id of the parent folder; empty where Graph gave none."""
        return str((self.item.get("parentReference") or {}).get("id") or "")


class DeltaState:
    """The folders, the items with permissions of their own, and the folders that changed.

    Writes become durable with the next checkpoint.
    """

    def __init__(self, scan_state: ScanState) -> None:
        self._scan_state = scan_state
        self._key_filter: bytearray | None = None

    def clear(self) -> None:
        """Delete everything that is stored for this library."""
        for key, _ in self._scan_state.items(""):
            self._scan_state.put(key, None)

    def preload(self) -> None:
        """Load a filter of the stored keys, so that most lookups of unknown ids read nothing."""
        self._key_filter = bytearray(_FILTER_BITS // 8)
        for key, _ in self._scan_state.items(""):
            self._add_to_filter(key)

    def folder_parent(self, id_: str) -> str | None:
        """Return the id of a folder's parent, "" for the root, None for an unknown folder."""
        return self._get(_FOLDER_KEY + id_)

    def put_folder(self, id_: str, parent: str) -> None:
        """Store a folder with the id of its parent."""
        self._put(_FOLDER_KEY + id_, parent)

    def item_state(self, id_: str) -> ItemState | None:
        """Return what is stored of an item with permissions of its own, None where nothing is."""
        text = self._get(_ITEM_KEY + id_)
        return None if text is None else _parse_item_state(text)

    def put_item_state(self, state: ItemState) -> None:
        """Store an item whose permission list was read."""
        stored = {"item": state.item, "gave": state.grant_digests, "page": state.page}
        self._put(_ITEM_KEY + state.item["id"], json.dumps(stored))
        if self.is_unread(state.item["id"]):
            self._scan_state.put(_UNREAD_KEY + state.item["id"], None)

    def put_unread(self, id_: str) -> None:
        """Note that the permission list of this item was asked for and could not be read."""
        self._put(_UNREAD_KEY + id_, "")

    def is_unread(self, id_: str) -> bool:
        """Whether the permission list of this item was asked for and could not be read."""
        return self._get(_UNREAD_KEY + id_) is not None

    def remove(self, id_: str) -> None:
        """Delete what is stored of an item or folder that does not exist any more."""
        self._scan_state.put(_FOLDER_KEY + id_, None)
        self._scan_state.put(_ITEM_KEY + id_, None)
        self._scan_state.put(_UNREAD_KEY + id_, None)

    def remove_item_state(self, id_: str) -> None:
        """Delete the stored grants of an item that only inherits now."""
        self._scan_state.put(_ITEM_KEY + id_, None)

    def item_states(self) -> Iterator[ItemState]:
        """Iterate over all stored items with permissions of their own."""
        return (_parse_item_state(text) for _, text in self._scan_state.items(_ITEM_KEY))

    def folders(self) -> Iterator[tuple[str, str]]:
        """Iterate over all stored folders as pairs (id, id of the parent)."""
        return (
            (key[len(_FOLDER_KEY) :], parent) for key, parent in self._scan_state.items(_FOLDER_KEY)
        )

    def mark_changed(self, id_: str, page: int) -> None:
        """Note that what is inherited from a folder changed with this page.

        `DELETED` instead of a page number: the folder was deleted.
        """
        self._scan_state.put(_CHANGED_KEY + id_, str(page))

    def changed_folders(self) -> ChangedFolders:
        """Return the folders that changed and whose descendants were not read again yet."""
        pages = {
            key[len(_CHANGED_KEY) :]: int(page)
            for key, page in self._scan_state.items(_CHANGED_KEY)
        }
        return ChangedFolders(self, pages)

    def clear_changed(self) -> None:
        """Forget the changed folders: their descendants were read again."""
        for key, _ in list(self._scan_state.items(_CHANGED_KEY)):
            self._scan_state.put(key, None)

    def _get(self, key: str) -> str | None:
        if self._key_filter is not None:
            byte, bit = _bit_of(key)
            if not self._key_filter[byte] & bit:
                return None
        return self._scan_state.get(key)

    def _put(self, key: str, value: str) -> None:
        self._add_to_filter(key)
        self._scan_state.put(key, value)

    def _add_to_filter(self, key: str) -> None:
        if self._key_filter is not None:
            byte, bit = _bit_of(key)
            self._key_filter[byte] |= bit


class ChangedFolders:
    """The folders that changed, and which items below them are outdated."""

    def __init__(self, delta_state: DeltaState, changed: dict[str, int]) -> None:
        self._changed = changed
        self._delta_state = delta_state
        self._parent_of = lru_cache(maxsize=4096)(delta_state.folder_parent)

    def __bool__(self) -> bool:
        """Whether any folder changed."""
        return bool(self._changed)

    @property
    def any_deleted(self) -> bool:
        """Whether any folder was deleted."""
        return DELETED in self._changed.values()

    def last_change_above(self, folder: str) -> int | None:
        """Return the last page that changed what is inherited from this folder.

        Return `DELETED` where the folder or one of its ancestors was deleted, and None where
        nothing changed.
        """
        latest: int | None = None
        for _ in range(MAX_DEPTH):
            page = self._changed.get(folder)
            if page == DELETED:
                return DELETED
            if page is not None:
                latest = max(page, latest or 0)
            parent = self._parent_of(folder)
            if not parent:
                break
            folder = parent
        return latest

    def mark_deleted(self, folder: str) -> None:
        """Note that a folder was deleted with one of its ancestors."""
        self._changed[folder] = DELETED
        self._delta_state.mark_changed(folder, DELETED)
        self._delta_state.remove(folder)


def grant_digests(grants: Sequence[Grant]) -> tuple[str, ...]:
    """Return one short digest for each grant.

    Two permission lists with the same digests grant the same access to the same principals.
    """
    return tuple(sorted({_grant_digest(grant) for grant in grants}))


def _grant_digest(grant: Grant) -> str:
    what = (grant.id, grant.audience, grant.access, grant.principal_id or grant.principal)
    text = "\0".join((*what, str(grant.expires_at), str(grant.password)))
    return blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _parse_item_state(text: str) -> ItemState:
    stored = json.loads(text)
    return ItemState(cast(DriveItem, stored["item"]), tuple(stored["gave"]), int(stored["page"]))


def _bit_of(key: str) -> tuple[int, int]:
    index = crc32(key.encode()) % _FILTER_BITS
    return index >> 3, 1 << (index & 7)
