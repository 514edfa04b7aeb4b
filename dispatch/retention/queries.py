"""Reads which orders are old enough to lose their people (RELIABILITY 11.3)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, select

from channels.feedback import WAITING
from penalties.retention.queries import still_needed
from storage.sql import among
from storage.tables.channels import outbox
from storage.tables.dispatch import events, orders, troubles, waiting

o = orders.c


def _old(before: datetime, now: datetime) -> ColumnElement[bool]:
    """Ended before, with nothing that falls due, waits to be sent, or waits for a person; and no case needs it."""
    return and_(
        o.pseudonymised_at.is_(None),
        o.ended_at < before,
        o.created_at < before,  # implied; it is what the index knows
        o.next_at.is_(None),
        ~exists().where(troubles.c.order_id == o.id),
        ~exists().where(outbox.c.order_id == o.id, outbox.c.state == WAITING),
        ~still_needed(o.id, now),
    )


def next_orders(conn: Connection, before: datetime, now: datetime, limit: int, after: int) -> list[Row[Any]]:
    """The next ones by id, locked; what somebody else writes at this moment is left for another night."""
    query = select(o.id, o.content, o.withdrawal_origin, o.withdrawal_reason, o.lng, o.lat)
    query = query.where(o.id > after, _old(before, now)).order_by(o.id).limit(limit)
    return list(conn.execute(query.with_for_update(skip_locked=True)))


def count_orders(conn: Connection, before: datetime, now: datetime) -> tuple[int, datetime | None]:
    """How many they are, and when the first ended."""
    number, oldest = conn.execute(select(func.count(), func.min(o.ended_at)).where(_old(before, now))).one()
    return number, oldest


def logs_of(conn: Connection, order_ids: Collection[int]) -> list[Row[Any]]:
    """Every line of these orders' logs."""
    e = events.c
    return list(conn.execute(select(e.id, e.order_id, e.data).where(among(conn, e.order_id, order_ids))))


def count_waiting(conn: Connection, before: datetime) -> tuple[int, datetime | None]:
    """Messages for orders that never came, told before then."""
    w = waiting.c
    number, oldest = conn.execute(select(func.count(), func.min(w.told_at)).where(w.told_at < before)).one()
    return number, oldest
