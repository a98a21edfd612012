"""Changes to a demo library between two scans."""

from __future__ import annotations

from dataclasses import replace

from connectors.m365.demo.libraries import Library
from connectors.m365.demo.permission_rows import PermissionRow
from connectors.m365.demo.scenario import Node


class LibraryEditor:
    """An editor of one library; items are named by their numbers."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._changes = library.changes

    def items(self) -> list[int]:
        """Return the existing items without the root."""
        return [n for n in range(1, len(self._library)) if not self._library.is_deleted(n)]

    def folders(self) -> list[int]:
        """Return the existing folders with the root."""
        return [0, *(n for n in self.items() if self._library.node(n).kind == "folder")]

    def share(self, number: int, row: PermissionRow) -> None:
        """Add a permission, or replace the one with the same id."""
        node = self._library.node(number)
        rest = tuple(r for r in node.rows if r.id != row.id)
        self._record(number, replace(node, rows=(*rest, row)))

    def unshare(self, number: int) -> None:
        """Remove the last permission of the item itself."""
        node = self._library.node(number)
        self._record(number, replace(node, rows=node.rows[:-1]))

    def break_inheritance(self, number: int) -> None:
        """Stop inheriting: copy the inherited permissions, and ignore later changes above."""
        node = self._library.node(number)
        rows = tuple(self._library.rows(number))
        self._changes.broken_inheritance.add(number)
        self._record(number, replace(node, rows=rows))

    def restore_inheritance(self, number: int) -> None:
        """Inherit again; remove all permissions of the item itself."""
        self._changes.broken_inheritance.discard(number)
        self._record(number, replace(self._library.node(number), rows=()))

    def rename(self, number: int, name: str) -> None:
        """Give the item another name."""
        self._record(number, replace(self._library.node(number), name=name))

    def move(self, number: int, folder: int) -> None:
        """Move the item; do nothing where the folder lies below it."""
        at: int | None = folder
        while at is not None:
            if at == number:
                return
            at = self._library.parent(at)
        self._changes.parents[number] = folder
        self._changes.log.append(number)

    def delete(self, number: int) -> None:
        """Delete the item with everything below it."""
        self._changes.deleted.add(number)
        self._changes.log.append(number)

    def undelete(self, number: int) -> None:
        """Restore the deleted item with everything below it."""
        self._changes.deleted.discard(number)
        below = [n for n in self.items() if self._lies_below(n, number)]
        self._changes.log.extend((number, *below))

    def add(self, name: str, folder: int, kind: str = "file") -> int:
        """Create an item; return its number."""
        number = len(self._library)
        self._changes.added += 1
        self._changes.parents[number] = folder
        self._record(number, Node(name, kind=kind, created="2099-01-01T00:00:00Z"))
        return number

    def _record(self, number: int, node: Node) -> None:
        self._changes.nodes[number] = node
        self._changes.log.append(number)

    def _lies_below(self, number: int, folder: int) -> bool:
        at = self._library.parent(number)
        while at is not None and at != folder:
            at = self._library.parent(at)
        return at == folder
