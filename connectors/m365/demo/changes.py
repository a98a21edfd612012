"""What has happened in a library since it was made: people share, move, rename and delete."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.m365.demo.story import Node


@dataclass(slots=True)
class Changes:
    """The items that are not any more as they were made, and a log for `/root/delta`.

    Attributes:
        nodes: What an item is now, where that changed, by its number.
        parents: Where it lies now, where that changed.
        shut: Items that stopped inheriting.
        gone: Items that were deleted; what lay in them went along.
        log: The number of each item that was changed, in order.
        added: How many items are new.
    """

    nodes: dict[int, Node] = field(default_factory=dict[int, Node])
    parents: dict[int, int] = field(default_factory=dict[int, int])
    shut: set[int] = field(default_factory=set[int])
    gone: set[int] = field(default_factory=set[int])
    log: list[int] = field(default_factory=list[int])
    added: int = 0

    def __bool__(self) -> bool:
        """Whether anything happened."""
        return bool(self.log)
