"""Reads which raw messages are old enough to go (RELIABILITY 11.3)."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.tables.channels import inbox

i = inbox.c


def old_bodies(conn: Connection, before: datetime, limit: int, after: int = 0) -> list[int]:
    """Messages with a body that came before then, by id."""
    query = select(i.id).where(i.id > after, i.received_at < before, func.length(i.body) > 0)
    return list(conn.scalars(query.order_by(i.id).limit(limit)))


def count_bodies(conn: Connection, before: datetime) -> tuple[int, datetime | None]:
    """How many they are, and when the first came."""
    query = select(func.count(), func.min(i.received_at)).where(i.received_at < before, func.length(i.body) > 0)
    number, oldest = conn.execute(query).one()
    return number, oldest
