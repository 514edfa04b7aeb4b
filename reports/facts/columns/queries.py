"""A query's whole result as one frame, read by columns: PostgreSQL sends it as CSV by COPY, SQLite in large pieces.

No row becomes an object of ours. Text that is null comes back as "".
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import polars as pl
from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, Select, cast, func

AT_ONCE = 50_000  # rows of SQLite in memory as Python values
INSTANT = pl.Datetime("us", "UTC")
_MICROSECONDS = 1_000_000
Schema = dict[str, Any]


def instant(conn: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """An instant as it is sent: on PostgreSQL microseconds since 1970, which are shorter and read faster than a date;
    SQLite's text is taken as it lies. A double holds an instant of this century closely enough to be rounded."""
    if conn.dialect.name != "postgresql":
        return column
    return cast(func.date_part("epoch", column) * _MICROSECONDS, BigInteger)


def flag(conn: Connection, column: ColumnElement[bool]) -> ColumnElement[Any]:
    """A yes or no as it is sent: 1 or 0."""
    return cast(column, Integer) if conn.dialect.name == "postgresql" else column


def hurry(conn: Connection) -> None:
    """Until the transaction ends: room to join by hashing, and rows of parallel workers cost nothing to take over,
    without which PostgreSQL reads a week of millions by one process. Elsewhere nothing."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL work_mem = '64MB'; SET LOCAL parallel_tuple_cost = 0; SET LOCAL jit = off")


def read(conn: Connection, query: Select[Any], schema: Schema) -> pl.DataFrame:
    """The query's rows with this schema, whose columns it selects in order: instants as `instant`, flags as `flag`."""
    # As a text with its values in it: COPY takes no parameters.
    text = str(query.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True}))
    found = _copied(conn, text, schema) if conn.dialect.name == "postgresql" else _fetched(conn, text, schema)
    return found.select(_as_told(name, dtype, found.schema[name]) for name, dtype in schema.items())


def _copied(conn: Connection, text: str, schema: Schema) -> pl.DataFrame:
    buffer = BytesIO()
    text = text.replace("%%", "%")  # doubled for a driver that would fill in parameters
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            buffer.write(block)
    sent = {name: pl.String if dtype == pl.String else pl.Int64 for name, dtype in schema.items()}
    if not buffer.tell():
        return pl.DataFrame(schema=sent)
    buffer.seek(0)
    return pl.read_csv(buffer, has_header=False, schema=sent)


def _fetched(conn: Connection, text: str, schema: Schema) -> pl.DataFrame:
    sent = {name: _of_sqlite(dtype) for name, dtype in schema.items()}
    cursor: Any = conn.exec_driver_sql(text).cursor
    pieces = [pl.DataFrame(schema=sent), *(_piece(rows, sent) for rows in _pieces(cursor))]
    return pl.concat(pieces, rechunk=True)


def _pieces(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(AT_ONCE):
        yield rows


def _piece(rows: list[tuple[Any, ...]], sent: Schema) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [pl.Series(name, column, dtype) for (name, dtype), column in zip(sent.items(), columns, strict=True)]
    )


def _of_sqlite(dtype: Any) -> Any:
    return pl.String if dtype == INSTANT else pl.Int64 if dtype == pl.Boolean else dtype


def _as_told(name: str, dtype: Any, sent: Any) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.String:
        return column.fill_null("")
    if dtype == INSTANT and sent == pl.String:
        return column.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us").dt.replace_time_zone("UTC")
    return column.cast(dtype)
