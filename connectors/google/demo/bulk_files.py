"""Drives of any size, with nodes that are computed from their number when they are read.

Of a thousand nodes about forty have a share of their own, half of them with an external account.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.google.demo.model import FOLDER, EffectiveShare, Node, Share, anyone, user

_BRANCH = 50  # every fiftieth node is a folder, and the next forty-nine lie in it


@dataclass(slots=True)
class BulkDrive:
    """A My Drive or shared drive with `count` generated nodes."""

    id: str
    number: int
    count: int
    root_shares: tuple[Share, ...]
    colleague: str
    max_page_size: int = 1000
    empty_first_page: bool = False
    changed_ids: list[str] = field(default_factory=list[str])

    def __len__(self) -> int:
        """How many nodes there are."""
        return self.count

    def at(self, position: int, *, folders_first: bool) -> Node:
        """Return the node at a position: newest first, or folders first, then oldest first."""
        if not folders_first:
            return self._node(self.count - 1 - position)
        folders = -(-self.count // _BRANCH)
        if position < folders:
            return self._node(position * _BRANCH)
        block, index_in_block = divmod(position - folders, _BRANCH - 1)
        return self._node(block * _BRANCH + index_in_block + 1)

    def node(self, id_: str) -> Node | None:
        """Return a node by its id, or None."""
        start = f"1plain-{self.number:05d}-"
        index = id_.removeprefix(start)
        known = id_.startswith(start) and index.isdecimal() and int(index) < self.count
        return self._node(int(index)) if known else None

    def effective_shares(self, node: Node) -> list[EffectiveShare]:
        """Return the shares of the drive and those of the node; no folder is shared."""
        return [EffectiveShare(share=s, at=self.id) for s in self.root_shares] + [
            EffectiveShare(share=s, at=node.id) for s in node.shares
        ]

    def shared_nodes(self) -> Iterator[Node]:
        """Yield the nodes with shares of their own."""
        return (n for n in map(self._node, range(self.count)) if n.shares)

    def children(self, folder: str) -> list[Node]:
        """Return the nodes directly in a folder."""
        return [n for n in map(self._node, range(self.count)) if n.parent == folder]

    def _node(self, index: int) -> Node:
        folder = index % _BRANCH == 0
        parent = self.id if folder else self._id(index - index % _BRANCH)
        month = index // 28 % 12
        return Node(
            id=self._id(index),
            name=f"{'フォルダ' if folder else '資料'} {index}",
            parent=parent,
            mime=FOLDER if folder else "text/plain",
            shares=() if folder else self._shares(index),
            created=f"{2018 + index // 336 % 8}-{month + 1:02d}-{index % 28 + 1:02d}T00:00:00.000Z",
        )

    def _id(self, index: int) -> str:
        return f"1plain-{self.number:05d}-{index:08d}"

    def _shares(self, index: int) -> tuple[Share, ...]:
        if index % 50 == 7:
            return (user(self.colleague, "writer"),)
        if index % 100 == 11:
            return (user(f"contact{index % 37}@supplier{index % 11}.example", "reader"),)
        return (anyone("reader"),) if index % 100 == 61 else ()
