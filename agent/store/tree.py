"""Where an item lies: its path, what its containers already give, how much lies below."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, delete, func, literal, select

from agent.store import schema
from agent.store.rows import VALUES, Row, among, listed, plain
from agent.store.words import maybe_time_of
from connectors.sdk.records import Audience, Grant, PrincipalKind, Unknown

HELD = 4096  # containers kept in memory; neighbours share their ancestors
DEEPEST = 400  # more steps up than any service allows: the vendor's tree has a loop

_STRANGE = frozenset({Audience.EXT_NAMED, Audience.EXT_UNRESOLVED})

_C, _G = schema.container.c, schema.grant.c
_OF_NODE: Sequence[Column[Any]] = (
    _C.id, _C.parent_id, _C.name, _G.id, _G.principal_key, _G.principal_kind, _G.access,
    _G.expires_at, _G.audience, _G.principal, _G.principal_id,
)  # fmt: skip

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
        if not givers:
            return False
        wanted = marks(grant)
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

    def gather(self, ids: Iterable[str | None]) -> None:
        """Read these containers and all above them at once, as far as they are not held."""
        while len(self._held) > HELD:
            self._held.popitem(last=False)
        for _ in range(DEEPEST):
            missing = {id_ for id_ in ids if id_ is not None and id_ not in self._held}
            if not missing:
                break
            nodes = self._read(missing)
            self._held |= dict.fromkeys(missing) | nodes
            ids = [node.parent_id for node in nodes.values()]

    def _node(self, node_id: str) -> Node | None:
        if node_id not in self._held:
            self.gather([node_id])
        self._held.move_to_end(node_id)
        return self._held[node_id]

    def _read(self, ids: Collection[str]) -> dict[str, Node]:
        query = _nodes(self._db.dialect.name)
        here = {"scope": self._scope, VALUES: listed(self._db, ids)}
        rows = plain(self._db.execute(query, here))
        return {id_: _node_of(list(given)) for id_, given in groupby(rows, key=itemgetter(0))}


@lru_cache(maxsize=2)
def _nodes(dialect: str) -> Select[Any]:
    """Containers with what is granted on them, one after the other."""
    return (
        select(*_OF_NODE)
        .outerjoin(schema.grant, (_G.scope == _C.scope) & (_G.item_id == _C.id))
        .where(_C.scope == bindparam("scope"), among(_C.id, dialect))
        .order_by(_C.id)
    )


def _node_of(rows: Sequence[Row]) -> Node:
    ends: dict[Mark, End] = {}
    strangers: set[tuple[str, str, str]] = set()
    for _, _, _, id_, key, kind, access, expires_at, audience, principal, principal_id in rows:
        if id_ is None:  # nothing is granted on it
            continue
        end = maybe_time_of(expires_at)
        if audience in _STRANGE or kind == PrincipalKind.GROUP:
            strangers.add((principal, kind, principal_id))
        for mark in marks_of(id_, key, kind, access):
            if mark not in ends or _outlasts(end, ends[mark]):
                ends[mark] = end
    node_id, parent_id, name, *_ = rows[0]
    return Node(node_id, parent_id, name, ends, frozenset(strangers))


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
