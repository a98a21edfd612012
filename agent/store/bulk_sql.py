"""Move rows between this program and the database driver in bulk.

SQLAlchemy's work for each row costs more than reading and writing it; here it only builds the
statements. Values are in the order of the columns.
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

RawRow = Sequence[Any]


def bulk_insert(
    db: Connection, table: Table, rows: Sequence[RawRow], *, replace: bool = False
) -> None:
    """Insert rows with all columns of the table.

    Args:
        replace: Overwrite rows with the same primary key.
    """
    if not rows:
        return
    sql = _sql(db.dialect, table, over=replace)
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
    """Return the insert of the dialect; both support `ON CONFLICT` with the same methods."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # saves 2 MB where it is not used

        return postgresql.insert(table)  # pyright: ignore[reportReturnType]
    return sqlite.insert(table)


def fetch_raw(result: CursorResult[Any]) -> Sequence[RawRow]:
    """Return all rows of a result as the driver gives them; a flag may be a number."""
    assert result.cursor is not None
    return result.cursor.fetchall()


def rows_where(db: Connection, column: Column[str], values: Collection[str]) -> Sequence[RawRow]:
    """Return all columns of the rows whose column has one of these values."""
    return fetch_raw(
        db.execute(_rows_where_sql(column, db.dialect.name), {VALUES: bind_list(db, values)})
    )


@lru_cache(maxsize=64)
def _rows_where_sql(column: Column[str], dialect: str) -> Select[Any]:
    return select(column.table).where(in_list(column, dialect))


VALUES = "values"


def in_list(column: Column[str], dialect: str) -> ColumnElement[bool]:
    """Return the condition that a column has one of the values bound as `VALUES`.

    The list is a single value for the driver; `IN (?, ?, ...)` would be a new statement for each
    length of it.
    """
    if dialect == "postgresql":
        return column == any_(bindparam(VALUES, type_=ARRAY(Text)))
    return column.in_(select(func.json_each(bindparam(VALUES)).table_valued("value").c.value))


def bind_list(db: Connection, values: Collection[str]) -> object:
    """Return the values in the form that the condition of this dialect expects."""
    return list(values) if db.dialect.name == "postgresql" else json.dumps(list(values))
