"""Whether a transaction has changed anything so far, as the database knows it."""

from typing import Any, cast

from sqlalchemy import Connection, text


def changes_before(conn: Connection) -> int:
    """A mark at the beginning of a transaction, for `has_changed`."""
    if conn.dialect.name == "postgresql":
        return 0
    return cast(int, cast(Any, conn.connection.driver_connection).total_changes)


def has_changed(conn: Connection, before: int) -> bool:
    """Whether it changed, or on PostgreSQL locked, a row since. A transaction that only read has no number there."""
    if conn.dialect.name == "postgresql":
        return bool(conn.scalar(text("SELECT txid_current_if_assigned() IS NOT NULL")))
    return changes_before(conn) != before
