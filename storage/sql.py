"""The few statements that both databases spell alike through different constructors (DESIGN law 8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]]


def _insert(conn: Connection, table: Table) -> Any:
    return (postgresql if conn.dialect.name == "postgresql" else sqlite).insert(table)


def insert_ignore(
    conn: Connection, table: Table, rows: Rows, key: Sequence[str], returning: Sequence[str] = ()
) -> list[Any]:
    """Insert what is new by the unique `key`; rows already there stay as they are. Returns the new rows' columns."""
    if not rows:
        return []
    statement = _insert(conn, table).on_conflict_do_nothing(index_elements=list(key))
    if not returning:
        conn.execute(statement, list(rows))
        return []
    return list(conn.execute(statement.returning(*(table.c[name] for name in returning)), list(rows)))


def upsert(conn: Connection, table: Table, rows: Rows, key: Sequence[str]) -> None:
    """Insert, or overwrite every given column that is not part of the unique `key`."""
    if not rows:
        return
    statement = _insert(conn, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), list(rows))
