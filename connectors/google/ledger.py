"""What a scope could not be told, kept where a resumed reading finds it again."""

from __future__ import annotations

from itertools import islice

from connectors.sdk.contract import Memory
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Status

_UNREAD = "ledger:unread"
_CUT = "ledger:cut"


class Ledger:
    """The doubts of one scope; without any, it was read completely."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def count_unread(self, items: int) -> None:
        """Some items are known, but not who may use them."""
        if items:
            self._memory.put(_UNREAD, str(self._unread() + items))

    def note_cut(self) -> None:
        """Google itself says that its answer is incomplete."""
        self._memory.put(_CUT, "1")

    def coverage(self) -> Coverage:
        """How the reading ended."""
        if self._memory.get(_CUT):
            return Coverage(
                status=Status.PARTIAL,
                reason=say("google.search_cut"),
                hint=say("google.run_again"),
            )
        if unread := self._unread():
            return Coverage(
                status=Status.PARTIAL,
                reason=say("google.acls_unread", count=unread),
                hint=say("google.acls_unread_hint"),
            )
        return Coverage(status=Status.COMPLETE)

    def _unread(self) -> int:
        return int(self._memory.get(_UNREAD) or 0)


def forget(memory: Memory) -> None:
    """Empty the memory, a part at a time: it may be larger than ours."""
    while keys := [key for key, _ in islice(memory.items(), 500)]:
        for key in keys:
            memory.put(key, None)
