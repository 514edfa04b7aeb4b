"""Reads of orders that could not be judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from dispatch.actions import TRIES
from storage.tables.dispatch import orders, troubles

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """`following`: the order id that the next page begins after; None at the end."""

    rows: Sequence[Any]
    following: int | None


def listed(conn: Connection, stuck: bool, after: int = 0) -> Page:
    """`stuck`: only those that are no longer tried by themselves. By order id, so that a page stays where it was."""
    query = (
        select(
            troubles.c.order_id, troubles.c.tries, troubles.c.last_at, troubles.c.error, orders.c.logistics_no,
            orders.c.channel, orders.c.state, orders.c.station, orders.c.next_at,
        )
        .join_from(troubles, orders, troubles.c.order_id == orders.c.id)
        .where(troubles.c.order_id > after)
        .order_by(troubles.c.order_id)
        .limit(PAGE + 1)
    )  # fmt: skip
    if stuck:
        query = query.where(troubles.c.tries >= TRIES)
    rows = conn.execute(query).all()
    return Page(rows[:PAGE], rows[PAGE - 1].order_id if len(rows) > PAGE else None)


def counts(conn: Connection) -> tuple[int, int]:
    """All of them, and those that wait for a person."""
    many = select(func.count(), func.count().filter(troubles.c.tries >= TRIES)).select_from(troubles)
    row = conn.execute(many).one()
    return row[0], row[1]
