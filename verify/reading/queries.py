"""Goes on where a value cannot be read, and names the row that holds it. Reads only.

PostgreSQL stores only what a column can hold; SQLite stores whatever it is given.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Integer,
    String,
    Table,
    Text,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)  # fmt: skip
from sqlalchemy.exc import DBAPIError

from storage.tables.base import Instant
from verify.finding import Finding

SHOWN = 20  # rows of a part that hold such values
_UNREADABLE = (
    TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError, AssertionError,
)  # fmt: skip


def guarded_row(invariant: str, table: str, key: Any, found: Iterator[Finding]) -> Iterator[Finding]:
    """What is found of a row; a value of it that is of no sort to be looked at is a finding too."""
    try:
        yield from found
    except _UNREADABLE as error:
        message = f"无法核对，值不可读 / cannot be checked, a value cannot be read: {type(error).__name__} {error}"
        yield Finding(invariant, table, str(key), message[:300])


def guarded(conn: Connection, invariant: str, tables: Sequence[Table], found: Iterator[Finding]) -> Iterator[Finding]:
    """What is found of a part of the database, `tables`. Where a value ends the reading, which rows hold such values,
    and that the rest of the part was not looked at."""
    try:
        yield from found
    except (*_UNREADABLE, DBAPIError) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        message = f"其余未核对，值不可读 / the rest was not checked, a value cannot be read: {said}"
        yield Finding(invariant, tables[0].name, "*", message[:300])
        if conn.dialect.name == "sqlite":
            yield from _rows(conn, invariant, tables)


def _rows(conn: Connection, invariant: str, tables: Sequence[Table]) -> Iterator[Finding]:
    parts = [
        select(literal(table.name).label("place"), _key(table).label("row"), literal(column.name).label("field")).where(
            bad
        )
        for table in tables
        for column in table.columns
        if (bad := _bad(column)) is not None
    ]
    for row in conn.execute(union_all(*parts).limit(SHOWN)):
        message = f"{row.field}: 值不可读 / a value that cannot be read"
        yield Finding(invariant, row.place, row.row, message)


def _key(table: Table) -> Any:
    parts: list[ColumnElement[str]] = [
        func.coalesce(cast(func.quote(column), Text), "") for column in table.primary_key
    ]
    first, *more = parts
    for part in more:
        first = first + " " + part
    return first


def _bad(column: Column[Any]) -> Any:
    """Whether it holds what its type cannot be."""
    sort = func.typeof(column)
    if isinstance(column.type, Instant):
        return column.is_not(None) & or_(sort != "text", func.datetime(column).is_(None))
    if isinstance(column.type, JSON):
        return column.is_not(None) & or_(sort != "text", func.json_valid(column) == 0)
    if isinstance(column.type, Integer):
        return sort.not_in(("integer", "null"))
    return sort.not_in(("text", "null")) if isinstance(column.type, String) else None
