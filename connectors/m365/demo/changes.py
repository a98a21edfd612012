"""The changes of a demo library since it was created: shared, moved, renamed, deleted items."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.m365.demo.scenario import Node


@dataclass(slots=True)
class Changes:
    """The changed items, and a log for `/root/delta`.

    Attributes:
        nodes: The changed items, by number.
        parents: The new parents of moved items, by number.
        broken_inheritance: The items that stopped inheriting permissions.
        deleted: The items that were deleted, together with everything below them.
        log: The number of each item that was changed, in order.
        added: How many items are new.
    """

    nodes: dict[int, Node] = field(default_factory=dict[int, Node])
    parents: dict[int, int] = field(default_factory=dict[int, int])
    broken_inheritance: set[int] = field(default_factory=set[int])
    deleted: set[int] = field(default_factory=set[int])
    log: list[int] = field(default_factory=list[int])
    added: int = 0

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.log)
