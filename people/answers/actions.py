"""Keeps what was answered under an idempotency key, in the transaction of the act itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from storage.sql import insert_ignore
from storage.tables.people import api_answers as a

KEPT = timedelta(days=7)
IN_HAND = 0  # the status of what is being done; nobody else ever sees it committed


def claim(conn: Connection, user_id: int, key: str, asked_hash: str, now: datetime) -> bool:
    """Whether the key was free. A transaction that holds it makes this one wait until it is known what became of it."""
    row = {"user_id": user_id, "key": key, "asked_hash": asked_hash, "status": IN_HAND, "created_at": now}
    return bool(insert_ignore(conn, a, [row], ["user_id", "key"], ["id"]))


def keep(conn: Connection, user_id: int, key: str, status: int, answer: Any) -> None:
    """What the claimed key was answered; it must hold no personal data that a screen would mask."""
    where = (a.c.user_id == user_id, a.c.key == key)
    conn.execute(update(a).where(*where).values(status=status, answer=answer))


def forget_answers(conn: Connection, now: datetime, most: int) -> int:
    """Takes away the oldest `most` answers that are past their time; after it a key is free again."""
    old = select(a.c.id).where(a.c.created_at < now - KEPT).order_by(a.c.created_at).limit(most)
    return conn.execute(delete(a).where(a.c.id.in_(old))).rowcount
