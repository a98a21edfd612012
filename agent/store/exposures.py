"""Judged exposures: what the files and the second look are made from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, select

from agent.store import schema
from agent.store.body import unpacked
from agent.store.rows import put

_E = schema.exposure.c


def forget(db: Connection, scope: int) -> None:
    """A scope is judged anew."""
    db.execute(delete(schema.exposure).where(_E.scope == scope))


Line = tuple[int, str, str, str, str, str]
"""A judged exposure in the order of the columns; the last is the body, packed."""


def enter(db: Connection, lines: Sequence[Line]) -> None:
    """Judged exposures of a scope that was forgotten."""
    put(db, schema.exposure, lines)


def bodies(engine: Engine, tenants: Sequence[int]) -> Iterator[list[Any]]:
    """The bodies of all exposures of these tenants, scope by scope."""
    s = schema.scope.c
    query = (
        select(_E.body)
        .join(schema.scope, s.key == _E.scope)
        .where(s.tenant.in_(tenants))
        .order_by(_E.scope, _E.item_id, _E.grant_id, _E.principal_key)
        .execution_options(yield_per=500)
    )
    with engine.connect() as db:
        for body in db.execute(query).scalars():
            yield unpacked(body)


def groups_of(db: Connection, scope: int, member: str) -> dict[str, str]:
    """The own groups that an outsider is in, as far as they were read: id and name."""
    m, p = schema.membership.c, schema.principal.c
    query = (
        select(p.id, p.name)
        .join(schema.membership, (m.scope == p.scope) & (m.group_id == p.id))
        .where(m.scope == scope, m.member_id == member)
        .order_by(p.name)
    )
    return {row.id: row.name for row in db.execute(query)}


def reached(db: Connection, tenant: int, principal: str, groups: Collection[str]) -> int:
    """How many items of a tenant are open to a principal by name or through these groups."""
    query = select(func.count(func.distinct(_E.item_id)))
    return db.execute(query.where(_open_to(tenant, principal, groups))).scalar_one()


def places(db: Connection, tenant: int, principal: str, groups: Collection[str]) -> int:
    """How many places are open to a principal by name or through these groups: containers, and
    what single things lie in."""
    i, c = schema.item.c, schema.container.c
    itself = (c.scope == i.scope) & (c.id == i.id)
    place = case((c.id.is_not(None), i.id), else_=func.coalesce(i.parent_id, i.id))
    found = (
        select(_E.scope, place.label("place"))
        .join(schema.item, (i.scope == _E.scope) & (i.id == _E.item_id))
        .outerjoin(schema.container, itself)
        .where(_open_to(tenant, principal, groups))
        .distinct()
    )
    return db.execute(select(func.count()).select_from(found.subquery())).scalar_one()


def _open_to(tenant: int, principal: str, groups: Collection[str]) -> ColumnElement[bool]:
    s = schema.scope.c
    ours = _E.scope.in_(select(s.key).where(s.tenant == tenant))
    by_name = (_E.principal == principal.lower()) & (_E.principal != "")
    by_group = _E.principal_key.in_(groups) & (_E.principal_key != "")
    return ours & (by_name | by_group)
