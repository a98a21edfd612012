"""Rows on their way between us and the driver, by the million.

What SQLAlchemy does for each of them costs more than the reading and writing itself: here it makes
the statements, and nothing else. Values are in the order of the columns.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Row = Sequence[Any]


def put(db: Connection, table: Table, rows: Sequence[Row], *, over: bool = False) -> None:
    """Insert rows; `over`: in place of those they meet."""
    if not rows:
        return
    sql = _sql(db.dialect, table, over=over)
    if sql.positional:
        db.exec_driver_sql(sql.string, list(map(tuple, rows)))
    else:
        names = [c.name for c in table.c]
        db.exec_driver_sql(sql.string, [dict(zip(names, row, strict=True)) for row in rows])


@lru_cache(maxsize=64)
def _sql(dialect: Dialect, table: Table, *, over: bool) -> SQLCompiler:
    insert, names = insert_into(dialect, table), [c.name for c in table.c]
    if over:
        keys = [c.name for c in table.primary_key]
        rest = {name: insert.excluded[name] for name in names if name not in keys}
        insert = insert.on_conflict_do_update(index_elements=keys, set_=rest)
    compiled = insert.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    return compiled


def insert_into(dialect: Dialect, table: Table) -> sqlite.Insert:
    """The dialect's own insert: both know `ON CONFLICT`, in the same words."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # 2 MB for whom it is of no use

        return postgresql.insert(table)  # pyright: ignore[reportReturnType]
    return sqlite.insert(table)


def plain(result: CursorResult[Any]) -> Sequence[Row]:
    """All rows of an answer; a flag may be a number."""
    assert result.cursor is not None
    return result.cursor.fetchall()


def having(db: Connection, column: Column[str], values: Collection[str]) -> Sequence[Row]:
    """All columns of the rows that have one of these values there."""
    return plain(db.execute(_having(column, db.dialect.name), {VALUES: listed(db, values)}))


@lru_cache(maxsize=64)
def _having(column: Column[str], dialect: str) -> Select[Any]:
    return select(column.table).where(among(column, dialect))


VALUES = "values"


def among(column: Column[str], dialect: str) -> ColumnElement[bool]:
    """Whether it is one of those that are bound to `VALUES` as `listed`, however many they are.

    A list is one value for the driver: `IN (?, ?, ...)` is made anew for each length of it.
    """
    if dialect == "postgresql":
        return column == any_(bindparam(VALUES, type_=ARRAY(Text)))
    return column.in_(select(func.json_each(bindparam(VALUES)).table_valued("value").c.value))


def listed(db: Connection, values: Collection[str]) -> object:
    """What `among` wants to be bound."""
    return list(values) if db.dialect.name == "postgresql" else json.dumps(list(values))
