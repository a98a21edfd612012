"""Containers of a scope: paths, inherited grants, and the number of items below."""

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
from agent.store.bulk_sql import VALUES, RawRow, bind_list, fetch_raw, in_list
from agent.store.tri_state import decode_optional_time
from connectors.sdk.records import Audience, Grant, PrincipalKind, Unknown

CACHE_SIZE = 4096  # containers kept in memory; neighbours share their ancestors
MAX_DEPTH = 400  # levels; more than any service allows, so a deeper tree has a loop

_EXTERNAL_AUDIENCES = frozenset({Audience.EXT_NAMED, Audience.EXT_UNRESOLVED})

_C, _G = schema.container.c, schema.grant.c
_OF_NODE: Sequence[Column[Any]] = (
    _C.id, _C.parent_id, _C.name, _G.id, _G.principal_key, _G.principal_kind, _G.access,
    _G.expires_at, _G.audience, _G.principal, _G.principal_id, _C.inherits,
)  # fmt: skip

GrantKey = tuple[str, str, str]
Expiry = datetime | Unknown | None


def grant_keys_of(
    grant_id: str, principal_key: str, kind: str, access: str
) -> tuple[GrantKey, ...]:
    """Return the keys by which two grants count as the same: the id; or principal and access.

    Links have only the first: a second link on a child stays open if that of the folder is removed.
    """
    same = (f"{grant_id}\0{principal_key}", access, "id")
    if kind == PrincipalKind.LINK or not principal_key:
        return (same,)
    return (same, (principal_key, access, "who"))


def grant_keys(grant: Grant) -> tuple[GrantKey, ...]:
    """Return the keys of a grant that is not stored."""
    key = grant.principal_id or grant.principal
    return grant_keys_of(grant.id, key, grant.principal_kind, grant.access)


@dataclass(frozen=True, slots=True)
class ContainerNode:
    """A container.

    Attributes:
        grants: Key of a grant made or listed on it -> when the grant expires; None for never.
        external_principals: External accounts and groups with a grant on it: (principal, kind, id).
        inherits: False if what is granted above does not hold here and below.
    """

    id: str
    parent_id: str | None
    name: str
    grants: Mapping[GrantKey, Expiry]
    external_principals: frozenset[tuple[str, str, str]]
    inherits: bool = True


class ContainerTree:
    """The containers of one scope, read on demand and cached."""

    def __init__(self, db: Connection, scope: int) -> None:
        self._db = db
        self._scope = scope
        self._cache: OrderedDict[str, ContainerNode | None] = OrderedDict()
        self._path_cache = lru_cache(CACHE_SIZE)(self._path_above)
        self._grant_cache = lru_cache(CACHE_SIZE)(self._granting_containers)

    def ancestors(self, parent_id: str | None) -> Iterator[ContainerNode]:
        """Yield the containers from this one up to the top, as far as they are stored."""
        for _ in range(MAX_DEPTH):
            node = self._node(parent_id) if parent_id is not None else None
            if node is None:
                return
            yield node
            parent_id = node.parent_id

    def path(self, item_id: str, parent_id: str | None, name: str, *, container: bool) -> str:
        """Return the names from the top container to the item, joined by slashes.

        The name of a top container may already be a path.
        """
        top = self._node(item_id) if container and parent_id is None else None
        if top is not None:
            return top.name or f"/{name}"
        return f"{self._path_cache(parent_id)}/{name}"

    def grants_inherited(self, container_id: str | None, grant: Grant) -> bool:
        """Return True if this container or one above has the same grant, for at least as long."""
        givers = self._grant_cache(container_id)
        if not givers:
            return False
        wanted = grant_keys(grant)
        return any(
            mark in node.grants and _lasts_at_least_as_long(node.grants[mark], grant.expires_at)
            for node in givers
            for mark in wanted
        )

    def external_principals(
        self, container_id: str | None
    ) -> Iterator[frozenset[tuple[str, str, str]]]:
        """Yield external accounts and groups with a grant on this container, then on each above."""
        return (node.external_principals for node in self._grant_cache(container_id))

    def _granting_containers(self, container_id: str | None) -> tuple[ContainerNode, ...]:
        """Return the containers whose grants hold in this one, from the nearest up."""
        givers: list[ContainerNode] = []
        for node in self.ancestors(container_id):
            if node.grants:
                givers.append(node)
            if not node.inherits:
                break
        return tuple(givers)

    def inherits(self, container_id: str) -> bool:
        """Return False for a container in which nothing holds that is granted above."""
        node = self._node(container_id)
        return node is None or node.inherits

    def _path_above(self, parent_id: str | None) -> str:
        above = [node.name for node in self.ancestors(parent_id)]
        root = above.pop().rstrip("/") if above and above[-1].startswith("/") else ""
        return "/".join((root, *(n for n in reversed(above) if n)))

    def prefetch(self, ids: Iterable[str | None]) -> None:
        """Read these containers and all above them into the cache, one query for each level."""
        while len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        for _ in range(MAX_DEPTH):
            missing = {id_ for id_ in ids if id_ is not None and id_ not in self._cache}
            if not missing:
                break
            nodes = self._read(missing)
            self._cache |= dict.fromkeys(missing) | nodes
            ids = [node.parent_id for node in nodes.values()]

    def _node(self, node_id: str) -> ContainerNode | None:
        if node_id not in self._cache:
            self.prefetch([node_id])
        self._cache.move_to_end(node_id)
        return self._cache[node_id]

    def _read(self, ids: Collection[str]) -> dict[str, ContainerNode]:
        query = _nodes(self._db.dialect.name)
        here = {"scope": self._scope, VALUES: bind_list(self._db, ids)}
        rows = fetch_raw(self._db.execute(query, here))
        return {id_: _node_of(list(given)) for id_, given in groupby(rows, key=itemgetter(0))}


@lru_cache(maxsize=2)
def _nodes(dialect: str) -> Select[Any]:
    """Return the query for containers with the grants on them."""
    return (
        select(*_OF_NODE)
        .outerjoin(schema.grant, (_G.scope == _C.scope) & (_G.item_id == _C.id))
        .where(_C.scope == bindparam("scope"), in_list(_C.id, dialect))
        .order_by(_C.id)
    )


def _node_of(rows: Sequence[RawRow]) -> ContainerNode:
    ends: dict[GrantKey, Expiry] = {}
    strangers: set[tuple[str, str, str]] = set()
    for _, _, _, id_, key, kind, access, expires_at, audience, principal, principal_id, _ in rows:
        if id_ is None:  # nothing is granted on it
            continue
        end = decode_optional_time(expires_at)
        if audience in _EXTERNAL_AUDIENCES or kind == PrincipalKind.GROUP:
            strangers.add((principal, kind, principal_id))
        for mark in grant_keys_of(id_, key, kind, access):
            if mark not in ends or _lasts_at_least_as_long(end, ends[mark]):
                ends[mark] = end
    node_id, parent_id, name, *_, inherits = rows[0]
    return ContainerNode(
        node_id, parent_id, name, ends, frozenset(strangers), inherits=bool(inherits)
    )


def _lasts_at_least_as_long(one: Expiry, other: Expiry) -> bool:
    """Return True if the first expiry is certainly not earlier than the second."""
    if one is None or one == other:
        return True
    return isinstance(one, datetime) and isinstance(other, datetime) and one >= other


def count_descendants(db: Connection, scope: int) -> None:
    """Count the items below every container that has a grant, and store the counts.

    What lies in a container that does not inherit is no part of what is granted above it.
    """
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
        .where(c.scope == scope, opened.c.depth < MAX_DEPTH, c.inherits != 0)
    )
    below = opened.union_all(deeper)
    counted = (
        select(literal(scope), below.c.top, func.sum(t.item_count))
        .join(schema.tally, (t.scope == scope) & (t.container_id == below.c.id))
        .group_by(below.c.top)
    )
    db.execute(schema.reach.insert().from_select(["scope", "container_id", "item_count"], counted))
