"""What a scope could not be told, kept where a resumed reading finds it again."""

from __future__ import annotations

from connectors.sdk.contract import Memory
from connectors.sdk.message import say
from connectors.sdk.records import Coverage, Status

_UNREAD = "ledger:unread"
_GONE = "ledger:gone"
_CUT = "ledger:cut"


class Ledger:
    """The doubts of one scope; without any, it was read completely."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def count_unread(self, items: int) -> None:
        """Some items are known, but not who may use them."""
        self._add(_UNREAD, items)

    def count_gone(self, items: int) -> None:
        """Some items vanished between their listing and the question who may use them."""
        self._add(_GONE, items)

    def note_cut(self) -> None:
        """Google itself says that its answer is incomplete."""
        self._memory.put(_CUT, "1")

    def coverage(self) -> Coverage:
        """How the reading ended; what vanished is named, and is no gap."""
        if self._memory.get(_CUT):
            return Coverage(
                status=Status.PARTIAL,
                reason=say("google.search_cut"),
                hint=say("google.run_again"),
            )
        if unread := self._count(_UNREAD):
            return Coverage(
                status=Status.PARTIAL,
                reason=say("google.acls_unread", count=unread),
                hint=say("google.acls_unread_hint"),
            )
        gone = self._count(_GONE)
        self._memory.put(_GONE, None)  # a doubt of this reading, not of the next
        return Coverage(
            status=Status.COMPLETE, reason=say("google.vanished", count=gone) if gone else None
        )

    def _add(self, name: str, items: int) -> None:
        if items:
            self._memory.put(name, str(self._count(name) + items))

    def _count(self, name: str) -> int:
        return int(self._memory.get(name) or 0)
