"""What a later reading must know of this one: the folders, and what is kept in each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from connectors.sdk.contract import Memory

_AT = "at:"  # id -> what is known of it
_IN = "in:"  # place and id, for everything that lies in a place
_WALK = "walk:"  # folders whose contents must be looked at again
NOWHERE = "-"


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder, or a file with grants that are stored.

    Attributes:
        ids: A folder's fingerprint: what its contents have, if they have nothing of their own.
        state: A folder's fingerprint of everything else that its contents take over.
    """

    place: str
    folder: bool
    ids: str = ""
    state: str = ""


class Tree:
    """The folders of one scope, in its memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def known(self, id_: str) -> Kept | None:
        """What an earlier page or reading said."""
        found = self._memory.get(_AT + id_)
        return Kept(*json.loads(found)) if found else None

    def keep(self, id_: str, kept: Kept) -> None:
        """Remember what is new, or newer."""
        words = json.dumps([kept.place, kept.folder, kept.ids, kept.state], separators=(",", ":"))
        self._memory.put(_AT + id_, words)
        self._memory.put(f"{_IN}{kept.place}/{id_}", "1")

    def drop(self, id_: str) -> None:
        """Forget one thing; what lies in it stays until its place is walked."""
        if kept := self.known(id_):
            self._memory.put(_AT + id_, None)
            self._memory.put(f"{_IN}{kept.place}/{id_}", None)

    def inside(self, place: str) -> Iterator[str]:
        """What lies directly in a folder."""
        start = f"{_IN}{place}/"
        return (key.removeprefix(start) for key, _ in self._memory.items(start))

    def walk_later(self, folder: str) -> None:
        """Something about a folder changed that its contents take over."""
        self._memory.put(_WALK + folder, "1")

    def waiting(self) -> str | None:
        """A folder that must still be walked."""
        return next((key.removeprefix(_WALK) for key, _ in self._memory.items(_WALK)), None)

    def walked(self, folder: str) -> None:
        """A folder's contents are known again."""
        self._memory.put(_WALK + folder, None)


def print_of(*values: object) -> str:
    """A short word that differs where the values do."""
    return blake2b(json.dumps(values).encode(), digest_size=9).hexdigest()


def forget(memory: Memory) -> None:
    """Empty the memory, a part at a time: it may be larger than ours."""
    while keys := [key for key, _ in islice(memory.items(), 500)]:
        for key in keys:
            memory.put(key, None)
