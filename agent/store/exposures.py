"""Store and read the rows of `exposures.csv`, and count what a principal can reach."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, select

from agent.classify.exposure_row import ExposureRow
from agent.store import schema
from agent.store.bulk_sql import bulk_insert
from agent.store.json_codec import dumps, getter_of, loads

_E = schema.exposure.c

_CELLS: Final = tuple(field.name for field in fields(ExposureRow))
_cells_of: Final = getter_of(_CELLS)


def delete_scope(db: Connection, scope: int) -> None:
    """Delete the exposures of a scope, which is about to be evaluated again."""
    db.execute(delete(schema.exposure).where(_E.scope == scope))


ExposureRecord = tuple[int, str, str, str, str, str]
"""A judged exposure in the order of the columns; the last is the body, packed."""


def line_of(row: ExposureRow, *, scope: int, principal_key: str) -> ExposureRecord:
    """Return the stored form of a judged exposure of this scope.

    `principal_key`: see `agent.store.fact_batch.principal_key`.
    """
    name = row.principal.lower()
    return scope, row.item_id, row.grant_id, principal_key, name, body_of(row)


def body_of(row: ExposureRow) -> str:
    """Return the cells of a row: a JSON array of its fields in their order."""
    return dumps(_cells_of(row))


def row_of(body: str) -> ExposureRow:
    """Return the row that was stored, also by an older program.

    Older programs stored an object with names instead of an array, or fewer fields: a field that
    was added later has its default.
    """
    stored: dict[str, Any] | list[Any] = loads(body)
    if isinstance(stored, list):
        stored = dict(zip(_CELLS, stored, strict=False))
    return ExposureRow(**stored)


def insert(db: Connection, records: Sequence[ExposureRecord]) -> None:
    """Insert the exposures of a scope whose earlier ones were deleted."""
    bulk_insert(db, schema.exposure, records)


def iter_rows(engine: Engine, tenants: Sequence[int]) -> Iterator[ExposureRow]:
    """Yield all exposures of these tenants, scope by scope."""
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
            yield row_of(body)


def groups_of(db: Connection, scope: int, member: str) -> dict[str, str]:
    """Return the groups of the tenant that an external account is a member of: id -> name."""
    m, p = schema.membership.c, schema.principal.c
    query = (
        select(p.id, p.name)
        .join(schema.membership, (m.scope == p.scope) & (m.group_id == p.id))
        .where(m.scope == scope, m.member_id == member)
        .order_by(p.name)
    )
    return {row.id: row.name for row in db.execute(query)}


def count_reachable_items(
    db: Connection, tenant: int, principal: str, groups: Collection[str]
) -> int:
    """Return the number of items of a tenant that a principal can reach, by name or by groups."""
    query = select(func.count(func.distinct(_E.item_id)))
    return db.execute(query.where(_reachable(tenant, principal, groups))).scalar_one()


def count_reachable_containers(
    db: Connection, tenant: int, principal: str, groups: Collection[str]
) -> int:
    """Return the number of containers that a principal can reach, by name or by groups.

    An item that is no container counts as the container that holds it.
    """
    i, c = schema.item.c, schema.container.c
    itself = (c.scope == i.scope) & (c.id == i.id)
    container_id = case((c.id.is_not(None), i.id), else_=func.coalesce(i.parent_id, i.id))
    found = (
        select(_E.scope, container_id.label("place"))
        .join(schema.item, (i.scope == _E.scope) & (i.id == _E.item_id))
        .outerjoin(schema.container, itself)
        .where(_reachable(tenant, principal, groups))
        .distinct()
    )
    return db.execute(select(func.count()).select_from(found.subquery())).scalar_one()


def _reachable(tenant: int, principal: str, groups: Collection[str]) -> ColumnElement[bool]:
    s = schema.scope.c
    ours = _E.scope.in_(select(s.key).where(s.tenant == tenant))
    by_name = (_E.principal == principal.lower()) & (_E.principal != "")
    by_group = _E.principal_key.in_(groups) & (_E.principal_key != "")
    return ours & (by_name | by_group)
