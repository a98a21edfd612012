"""A parser and evaluator for the SOQL subset that the connector uses, as strict as Salesforce."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, cast

Row = dict[str, Any]
Test = Callable[[Row], bool]

BATCH = 2000  # rows of one page
WEIGHT = "#"  # a row that stands for many has their number under this key

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<time>\d{4}-\d\d-\d\dT[\d:]+Z)|(?P<number>\d+)"
    r"|(?P<word>[A-Za-z_][\w.]*)|(?P<sign>>=|<=|!=|[=<>(),]))"
)


class SoqlError(Exception):
    """The response is an error with this code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An object: its fields, and its rows in the order of `order`.

    From the index `certain` on, all rows pass the filters that are used, so that counting a
    long table needs no look at each row. A table must be `filtered_by` a field, where one is
    named; about the `schema` only equals and AND may be asked.
    """

    fields: frozenset[str]
    rows: Sequence[Row]
    order: tuple[str, ...] = ("Id",)
    certain: int | None = None
    filtered_by: str = ""
    schema: bool = False


def table_of(rows: list[Row], fields: Iterable[str] = (), **rest: Any) -> Table:
    """A table of these rows; of an empty one the fields must be named."""
    return Table(fields=frozenset(fields or paths_of(rows[0])), rows=rows, **rest)


def paths_of(row: Row, before: str = "") -> Iterable[str]:
    """The fields of a row, those of its relationships with their path."""
    for name, value in row.items():
        if isinstance(value, dict):
            yield from paths_of(cast("Row", value), f"{before}{name}.")
        elif name != WEIGHT:
            yield before + name


@dataclass(frozen=True, slots=True)
class Count:
    """An aggregate: of a field's values, or of rows where `path` is empty."""

    path: str
    alias: str
    distinct: bool


@dataclass(slots=True, kw_only=True)
class Statement:
    """A parsed query."""

    fields: list[str] = field(default_factory=list[str])
    counts: list[Count] = field(default_factory=list["Count"])
    source: str = ""
    test: Test = lambda _: True
    after: tuple[str, str] | None = None  # a field and the value that it must exceed
    filters: set[str] = field(default_factory=set[str])
    signs: set[str] = field(default_factory=set[str])
    groups: list[str] = field(default_factory=list[str])
    order: list[str] = field(default_factory=list[str])
    limit: int = 0  # 0: none
    joins: list[Statement] = field(default_factory=list["Statement"])


class Parser:
    """A statement, word by word; semi-joins look into `tables`."""

    def __init__(self, soql: str, tables: Mapping[str, Table] | None = None) -> None:
        self._tables = tables or {}
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(soql.rstrip()):
            if not (found := _TOKEN.match(soql, at)):
                raise SoqlError("MALFORMED_QUERY", "unexpected token")
            self._tokens.append((str(found.lastgroup), found.group().strip()))
            at = found.end()
        self._tokens.append(("end", ""))
        self._at = 0
        self._made = Statement()

    def statement(self) -> Statement:
        """The whole of it."""
        made = self._select()
        if self._tokens[self._at][0] != "end":
            raise SoqlError("MALFORMED_QUERY", "unexpected token")
        return made

    def _select(self) -> Statement:
        made = self._made
        self._need("SELECT")
        while True:
            self._column()
            if not self._take(","):
                break
        self._need("FROM")
        made.source = self._word()
        if self._take("WHERE"):
            made.test = self._either(top=True)
        if self._take("GROUP"):
            self._need("BY")
            made.groups = self._list()
        if self._take("ORDER"):
            self._need("BY")
            made.order = self._list()
        if self._take("LIMIT"):
            made.limit = int(self._next()[1])
        return made

    def _column(self) -> None:
        name = self._word()
        if name not in ("COUNT", "COUNT_DISTINCT"):
            self._made.fields.append(name)
            return
        self._need("(")
        counted = "" if self._tokens[self._at][1] == ")" else self._word()
        self._need(")")
        alias = self._word() if counted and self._tokens[self._at][1] not in (",", "FROM") else ""
        self._made.counts.append(Count(counted, alias or "expr0", name == "COUNT_DISTINCT"))

    def _either(self, *, top: bool = False) -> Test:
        sides = [self._both(top=top)]
        while self._take("OR"):
            self._made.signs.add("OR")
            if top:
                self._made.after = None
            sides.append(self._both())
        return sides[0] if len(sides) == 1 else lambda row: any(test(row) for test in sides)

    def _both(self, *, top: bool = False) -> Test:
        sides = [self._one(top=top)]
        while self._take("AND"):
            sides.append(self._one(top=top))
        return sides[0] if len(sides) == 1 else lambda row: all(test(row) for test in sides)

    def _one(self, *, top: bool) -> Test:
        if self._take("("):
            inner = self._either()
            self._need(")")
            return inner
        path = self._word()
        self._made.filters.add(path)
        sign = self._next()[1]
        if sign == "NOT":
            self._need("IN")
            self._need("(")
            kept = self._values()
            return lambda row: _plain(value_of(row, path)) not in kept
        self._made.signs.add(sign)
        if sign == "IN":
            self._need("(")
            if self._tokens[self._at][1] == "SELECT":
                return self._join(path, top=top)
            wanted = self._values()
            return lambda row: _plain(value_of(row, path)) in wanted
        value = self._value()
        if sign == ">" and top and isinstance(value, str):
            self._made.after = (path, value)
        return _comparison(path, sign, value)

    def _join(self, path: str, *, top: bool) -> Test:
        """Rows whose reference is among those that another object's rows name."""
        outer, self._made = self._made, Statement()
        inner = self._select()
        self._made = outer
        self._need(")")
        outer.joins.append(inner)
        if not top or len(outer.joins) > 2 or inner.joins or "." in path:
            raise SoqlError(
                "MALFORMED_QUERY", "semi-join sub-selects stand at the top, two at most"
            )
        if len(inner.fields) != 1 or inner.counts or inner.source == outer.source:
            raise SoqlError("MALFORMED_QUERY", "a semi-join selects one field of another object")
        table = self._tables.get(inner.source)
        if table is None:
            raise SoqlError("INVALID_TYPE", f"sObject type '{inner.source}' is not supported.")
        checked(inner, table)
        wanted = {_plain(value_of(r, inner.fields[0])) for r in table.rows if inner.test(r)}
        return lambda row: _plain(value_of(row, path)) in wanted

    def _values(self) -> set[Any]:
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._need(")")
        return set(values)

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1]).casefold()
        if kind == "time":
            return datetime.fromisoformat(text)
        if kind == "number":
            return int(text)
        if text in ("true", "false"):
            return text == "true"
        if text == "null":
            return None
        raise SoqlError("MALFORMED_QUERY", "unexpected value")

    def _list(self) -> list[str]:
        names = [self._word()]
        while self._take(","):
            names.append(self._word())
        return names

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _word(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise SoqlError("MALFORMED_QUERY", "unexpected token")
        return text

    def _take(self, text: str) -> bool:
        found = self._tokens[self._at][1] == text and self._tokens[self._at][0] != "text"
        self._at += found
        return found

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise SoqlError("MALFORMED_QUERY", f"expecting {text}")


def _comparison(path: str, sign: str, value: Any) -> Test:
    def passes(row: Row) -> bool:
        found: Any = value_of(row, path)
        if isinstance(value, datetime):
            found = datetime.fromisoformat(found) if found else None
        elif None not in (value, found) and isinstance(value, bool) != isinstance(found, bool):
            raise SoqlError("INVALID_FIELD", f"value of filter criterion for field '{path}'")
        found = _plain(found)
        if sign in ("=", "!="):
            return (found == value) == (sign == "=")
        if found is None:
            return False
        return found > value if sign == ">" else found < value

    return passes


def _plain(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def value_of(row: Row, path: str) -> Any:
    """What a path through relationships leads to."""
    found: Any = row
    for step in path.split("."):
        if found is None:
            return None
        found = found[step]
    return found


def checked(statement: Statement, table: Table) -> Statement:
    """The statement, if this object has such fields and takes such a question."""
    fields = {*statement.fields, *statement.filters, *statement.groups, *statement.order}
    counted = {count.path for count in statement.counts}
    for name in sorted((fields | counted) - {""} - table.fields):
        message = f"No such column '{name}' on entity '{statement.source}'."
        raise SoqlError("INVALID_FIELD", message)
    if table.schema and (statement.signs & {"OR", "!="} or statement.counts):
        raise SoqlError("MALFORMED_QUERY", "Only equals comparisons permitted")
    if table.filtered_by and table.filtered_by not in statement.filters:
        message = f"a filter on a reified column is required [{table.filtered_by}]"
        raise SoqlError("MALFORMED_QUERY", message)
    if statement.counts and set(statement.fields) - set(statement.groups):
        raise SoqlError("MALFORMED_QUERY", "Field must be grouped or aggregated")
    if not statement.counts and not statement.fields:
        raise SoqlError("MALFORMED_QUERY", "nothing is selected")
    return statement


def first_of(statement: Statement, table: Table) -> int:
    """The index where matching rows begin, found without reading the table."""
    if statement.after is None or statement.after[0] != table.order[0]:
        return 0
    path, value = statement.after
    return bisect_right(table.rows, value, key=lambda row: _plain(value_of(row, path)))


def total_of(statement: Statement, table: Table) -> int:
    """How many records match, up to a limit."""
    every = _matching(statement, table)
    return min(every, statement.limit) if statement.limit else every


def _matching(statement: Statement, table: Table) -> int:
    start = first_of(statement, table)
    end = len(table.rows) if table.certain is None else max(start, table.certain)
    looked_at = (table.rows[i] for i in range(start, end))
    counted = sum(row.get(WEIGHT, 1) for row in looked_at if statement.test(row))
    return counted + len(table.rows) - end


def page_of(statement: Statement, table: Table, start: int) -> tuple[list[Row], int | None]:
    """Up to 2,000 rows from an index on, and the index of the next page."""
    matching = (
        (i, row) for i in range(start, len(table.rows)) if statement.test(row := table.rows[i])
    )
    found = list(islice(matching, BATCH + 1))
    if 0 < statement.limit <= BATCH:
        return [shaped(statement, row) for _, row in found[: statement.limit]], None
    rows = [shaped(statement, row) for _, row in found[:BATCH]]
    return rows, found[BATCH][0] if len(found) > BATCH else None


def grouped(statement: Statement, table: Table) -> list[Row]:
    """The rows of an aggregate query; a column is called by the last word of its path."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in (r for r in table.rows if statement.test(r)):
        key = tuple(value_of(row, name) for name in statement.groups)
        groups.setdefault(key, []).append(row)
    if len(groups) > BATCH:
        raise SoqlError("EXCEEDED_ID_LIMIT", "aggregate query does not support queryMore()")
    names = [name.rpartition(".")[2] for name in statement.groups]
    return [
        {"attributes": {"type": "AggregateResult"}}
        | dict(zip(names, key, strict=True))
        | {count.alias: _counted(count, rows) for count in statement.counts}
        for key, rows in groups.items()
    ]


def _counted(count: Count, rows: list[Row]) -> int:
    if count.distinct:
        return len({value_of(row, count.path) for row in rows} - {None})
    return sum(row.get(WEIGHT, 1) for row in rows)


def shaped(statement: Statement, row: Row) -> Row:
    """A row as the API writes it: relationships are objects of their own."""
    made: Row = {"attributes": {"type": statement.source}}
    for name in statement.fields:
        for path in _steps(name):
            relation, _, last = path.rpartition(".")
            target = value_of(made, relation) if relation else made
            if target is None:
                break
            if path == name:
                target[last] = value_of(row, path)
            elif last not in target:
                missing = value_of(row, path) is None
                target[last] = None if missing else {"attributes": {"type": last}}
    return made


def _steps(path: str) -> Iterator[str]:
    parts = path.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])
