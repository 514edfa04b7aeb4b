"""Keeps filters under a name, and forgets them."""

from datetime import datetime

from sqlalchemy import Connection, delete

from basics.refusal import Refusal
from people.filters.queries import kept_filters
from storage.locks import lock_names
from storage.sql import upsert
from storage.tables.people import saved_filters

MOST = 20  # of one person on one screen
TOO_MANY = Refusal("too_many", f"最多保存 {MOST} 个筛选 / At most {MOST} saved filters", "name")


def keep(conn: Connection, user_id: int, screen: str, name: str, query: str, now: datetime) -> Refusal | None:
    """Under that name from now on; one kept under it before is replaced."""
    lock_names(conn, [f"filters {user_id}"])
    known = {kept.name for kept in kept_filters(conn, user_id, screen)}
    if name not in known and len(known) >= MOST:
        return TOO_MANY
    row = {"user_id": user_id, "screen": screen, "name": name, "query": query, "created_at": now}
    upsert(conn, saved_filters, [row], ["user_id", "screen", "name"])
    return None


def forget(conn: Connection, user_id: int, filter_id: int) -> bool:
    """False: this person has none of that id."""
    c = saved_filters.c
    return conn.execute(delete(saved_filters).where(c.id == filter_id, c.user_id == user_id)).rowcount == 1
