"""Working in a library of the demo, as people do between two audits."""

from __future__ import annotations

from dataclasses import replace

from connectors.m365.demo.rows import Row
from connectors.m365.demo.shelves import Library
from connectors.m365.demo.story import Node


class Desk:
    """Changes one library; items go by their numbers."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._changes = library.changes

    def items(self) -> list[int]:
        """All that is there, without the root."""
        return [n for n in range(1, len(self._library)) if not self._library.gone(n)]

    def folders(self) -> list[int]:
        """All folders that are there, with the root."""
        return [0, *(n for n in self.items() if self._library.node(n).kind == "folder")]

    def share(self, number: int, row: Row) -> None:
        """Let somebody in."""
        node = self._library.node(number)
        rest = tuple(r for r in node.rows if r.id != row.id)
        self._now(number, replace(node, rows=(*rest, row)))

    def unshare(self, number: int) -> None:
        """Take back what was given last on this item itself."""
        node = self._library.node(number)
        self._now(number, replace(node, rows=node.rows[:-1]))

    def shut(self, number: int) -> None:
        """Stop inheriting: what comes from above now is copied, and later changes stay out."""
        node = self._library.node(number)
        rows = tuple(self._library.rows(number))
        self._changes.shut.add(number)
        self._now(number, replace(node, rows=rows))

    def restore(self, number: int) -> None:
        """Inherit again, and nothing else."""
        self._changes.shut.discard(number)
        self._now(number, replace(self._library.node(number), rows=()))

    def rename(self, number: int, name: str) -> None:
        """Call it something else."""
        self._now(number, replace(self._library.node(number), name=name))

    def move(self, number: int, folder: int) -> None:
        """Put it elsewhere; into itself nothing goes."""
        at: int | None = folder
        while at is not None:
            if at == number:
                return
            at = self._library.parent(at)
        self._changes.parents[number] = folder
        self._changes.log.append(number)

    def delete(self, number: int) -> None:
        """Throw it away, with all that lies in it."""
        self._changes.gone.add(number)
        self._changes.log.append(number)

    def recover(self, number: int) -> None:
        """Take it out of the bin again, with all that lies in it."""
        self._changes.gone.discard(number)
        below = [n for n in self.items() if self._lies_below(n, number)]
        self._changes.log.extend((number, *below))

    def add(self, name: str, folder: int, kind: str = "file") -> int:
        """Make something new; returns its number."""
        number = len(self._library)
        self._changes.added += 1
        self._changes.parents[number] = folder
        self._now(number, Node(name, kind=kind, created="2099-01-01T00:00:00Z"))
        return number

    def _now(self, number: int, node: Node) -> None:
        self._changes.nodes[number] = node
        self._changes.log.append(number)

    def _lies_below(self, number: int, folder: int) -> bool:
        at = self._library.parent(number)
        while at is not None and at != folder:
            at = self._library.parent(at)
        return at == folder
