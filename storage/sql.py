"""The few statements that both databases spell alike through different constructors (DESIGN law 8)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

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
