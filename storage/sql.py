"""The few statements that both databases spell alike through different constructors (DESIGN law 8)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    TableValuedAlias,
    Text,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy import column as named
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

Rows = Sequence[Mapping[str, Any]]


@lru_cache(maxsize=256)
def _insert_ignore(dialect: str, table: Table, key: tuple[str, ...], returning: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table).on_conflict_do_nothing(index_elements=key)
    return statement.returning(*(table.c[name] for name in returning)) if returning else statement


@lru_cache(maxsize=256)
def _upsert(dialect: str, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Any:
    """Kept, because `excluded` copies every column of the table: a fifth of what a push costs."""
    statement = _insert(dialect, table)
    changed = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)


def _insert(dialect: str, table: Table) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def insert_ignore(
    conn: Connection, table: Table, rows: Rows, key: Sequence[str], returning: Sequence[str] = ()
) -> list[Any]:
    """Insert what is new by the unique `key`; rows already there stay as they are. Returns the new rows' columns."""
    if not rows:
        return []
    found = conn.execute(_insert_ignore(conn.dialect.name, table, tuple(key), tuple(returning)), list(rows))
    return list(found) if returning else []


def upsert(conn: Connection, table: Table, rows: Rows, key: Sequence[str]) -> None:
    """Insert, or overwrite every given column that is not part of the unique `key`."""
    if not rows:
        return
    conn.execute(_upsert(conn.dialect.name, table, tuple(key), tuple(rows[0])), list(rows))


def insert_from(conn: Connection, table: Table, names: Sequence[str], query: Select[Any], key: Sequence[str]) -> None:
    """Insert what a query finds; rows already there by the unique `key` stay as they are. The query needs a WHERE."""
    statement = _insert(conn.dialect.name, table).from_select(list(names), query)
    conn.execute(statement.on_conflict_do_nothing(index_elements=list(key)))


def among(conn: Connection, column: Column[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """`column` is one of many ids, which are one parameter however many they are."""
    if conn.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(ids), type_=postgresql.ARRAY(BigInteger)))
    return column.in_(select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value))


class _OneOf(FunctionElement[bool]):
    """`column IN (query)`, its rows read first on PostgreSQL: see `one_of`."""

    name, inherit_cache = "one_of", True  # of no type: as a Boolean SQLite would be asked whether it equals 1


@compiles(_OneOf)
def _in(element: _OneOf, compiler: Any, **kw: Any) -> str:
    column, query = element.clauses
    return f"{compiler.process(column, **kw)} IN {compiler.process(query, **kw)}"


@compiles(_OneOf, "postgresql")
def _any_of(element: _OneOf, compiler: Any, **kw: Any) -> str:
    column, query = element.clauses
    return f"{compiler.process(column, **kw)} = ANY (ARRAY{compiler.process(query, **kw)})"


def one_of(column: ColumnElement[Any], query: Select[Any], few: bool) -> ColumnElement[bool]:
    """`column` is in what the query finds. `few`: of rows that are rare. Listed, PostgreSQL looks them up by an index,
    before the row security that calls a function for each row (decision 15); of many it would sort them all."""
    return _OneOf(column, query.correlate(None).scalar_subquery()) if few else column.in_(query)


def pairs(conn: Connection, mapping: Mapping[str, str]) -> TableValuedAlias:
    """A mapping as a table of two columns, `key` and `value`, in one parameter."""
    text = bindparam(None, json.dumps(mapping), type_=Text)
    on_postgresql = conn.dialect.name == "postgresql"
    each = func.jsonb_each_text(text.cast(postgresql.JSONB)) if on_postgresql else func.json_each(text)
    return each.table_valued(named("key", String), named("value", String))
