"""Where an item lies: its path, what its containers already give, how much lies below."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, bindparam, delete, func, literal, select

from agent.store import schema
from agent.store.words import maybe_time_of
from connectors.sdk.records import Audience, Grant, PrincipalKind, Unknown

HELD = 4096  # containers kept in memory; neighbours share their ancestors
DEEPEST = 400  # more steps up than any service allows: the vendor's tree has a loop

_STRANGE = frozenset({Audience.EXT_NAMED, Audience.EXT_UNRESOLVED})

_C, _G = schema.container.c, schema.grant.c
_CONTAINER = select(_C.parent_id, _C.name).where(
    _C.scope == bindparam("scope"), _C.id == bindparam("id")
)
_GIVEN = select(
    _G.id, _G.principal_key, _G.principal_kind, _G.access, _G.expires_at, _G.audience,
    _G.principal, _G.principal_id,
).where(_G.scope == bindparam("scope"), _G.item_id == bindparam("id"))  # fmt: skip

Mark = tuple[str, str, str]
End = datetime | Unknown | None


def marks_of(grant_id: str, principal_key: str, kind: str, access: str) -> tuple[Mark, ...]:
    """What makes two grants the same one: the id, or (but for links) who and how much.

    A second link on a child is a door of its own: closing the folder's link leaves it open.
    """
    same = (f"{grant_id}\0{principal_key}", access, "id")
    if kind == PrincipalKind.LINK or not principal_key:
        return (same,)
    return (same, (principal_key, access, "who"))


def marks(grant: Grant) -> tuple[Mark, ...]:
    """The marks of a grant that is still a record."""
    key = grant.principal_id or grant.principal
    return marks_of(grant.id, key, grant.principal_kind, grant.access)


@dataclass(frozen=True, slots=True)
class Node:
    """A container with the marks of the grants made or listed on it, and when each ends.

    `strangers` are the outsiders and groups among those who were let in: (principal, its kind, id).
    """

    id: str
    parent_id: str | None
    name: str
    grants: Mapping[Mark, End]
    strangers: frozenset[tuple[str, str, str]]


class Tree:
    """The containers of one scope, read as they are needed."""

    def __init__(self, db: Connection, scope: int) -> None:
        self._db = db
        self._scope = scope
        self._held: OrderedDict[str, Node | None] = OrderedDict()
        self._above = lru_cache(HELD)(self._path_above)
        self._givers = lru_cache(HELD)(self._givers_of)

    def ancestors(self, parent_id: str | None) -> Iterator[Node]:
        """From the parent up to the top, as far as they were read."""
        for _ in range(DEEPEST):
            node = self._node(parent_id) if parent_id is not None else None
            if node is None:
                return
            yield node
            parent_id = node.parent_id

    def path(self, item_id: str, parent_id: str | None, name: str, *, container: bool) -> str:
        """Names from the top down; a top container's name is a path already."""
        top = self._node(item_id) if container and parent_id is None else None
        if top is not None:
            return top.name or f"/{name}"
        return f"{self._above(parent_id)}/{name}"

    def gives(self, container_id: str | None, grant: Grant) -> bool:
        """Whether this container or one above gives the same grant, for at least as long."""
        givers = self._givers(container_id)
        wanted = marks(grant) if givers else ()
        return any(
            mark in node.grants and _outlasts(node.grants[mark], grant.expires_at)
            for node in givers
            for mark in wanted
        )

    def strangers(self, container_id: str | None) -> Iterator[frozenset[tuple[str, str, str]]]:
        """Who was let into this container and into each one above."""
        return (node.strangers for node in self._givers(container_id))

    def _givers_of(self, container_id: str | None) -> tuple[Node, ...]:
        return tuple(node for node in self.ancestors(container_id) if node.grants)

    def _path_above(self, parent_id: str | None) -> str:
        above = [node.name for node in self.ancestors(parent_id)]
        root = above.pop().rstrip("/") if above and above[-1].startswith("/") else ""
        return "/".join((root, *(n for n in reversed(above) if n)))

    def _node(self, node_id: str) -> Node | None:
        if node_id in self._held:
            self._held.move_to_end(node_id)
            return self._held[node_id]
        node = self._held[node_id] = self._read(node_id)
        if len(self._held) > HELD:
            self._held.popitem(last=False)
        return node

    def _read(self, node_id: str) -> Node | None:
        here = {"scope": self._scope, "id": node_id}
        row = self._db.execute(_CONTAINER, here).one_or_none()
        if row is None:
            return None
        given = self._db.execute(_GIVEN, here)
        ends: dict[Mark, End] = {}
        strangers: set[tuple[str, str, str]] = set()
        for r in given:
            end = maybe_time_of(r.expires_at)
            if r.audience in _STRANGE or r.principal_kind == PrincipalKind.GROUP:
                strangers.add((r.principal, r.principal_kind, r.principal_id))
            for mark in marks_of(r.id, r.principal_key, r.principal_kind, r.access):
                if mark not in ends or _outlasts(end, ends[mark]):
                    ends[mark] = end
        return Node(node_id, row.parent_id, row.name, ends, frozenset(strangers))


def _outlasts(one: End, other: End) -> bool:
    """Whether a grant surely lasts at least as long as another."""
    if one is None or one == other:
        return True
    return isinstance(one, datetime) and isinstance(other, datetime) and one >= other


def measure(db: Connection, scope: int) -> None:
    """Count what lies below every container that something was granted on."""
    c, i, t, r = (x.c for x in (schema.container, schema.item, schema.tally, schema.reach))
    db.execute(delete(schema.reach).where(r.scope == scope))
    opened = (
        select(c.id.label("top"), c.id.label("id"), literal(0).label("depth"))
        .join(schema.item, (i.scope == c.scope) & (i.id == c.id))
        .where(c.scope == scope)
        .cte("below", recursive=True)
    )
    deeper = (
        select(opened.c.top, c.id, opened.c.depth + 1)
        .join(opened, c.parent_id == opened.c.id)
        .where(c.scope == scope, opened.c.depth < DEEPEST)
    )
    below = opened.union_all(deeper)
    counted = (
        select(literal(scope), below.c.top, func.sum(t.item_count))
        .join(schema.tally, (t.scope == scope) & (t.container_id == below.c.id))
        .group_by(below.c.top)
    )
    db.execute(schema.reach.insert().from_select(["scope", "container_id", "item_count"], counted))
