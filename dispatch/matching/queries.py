"""Reads orders to set them beside the rows of a file: by their numbers, and page by page through a period."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from channels.order_compare import Ours
from storage.tables.dispatch import events, orders

_OURS = (
    orders.c.logistics_no, orders.c.created_at, orders.c.business_type, orders.c.state, orders.c.waybill_no,
    orders.c.content,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands: `version` counts the events of its log; `missing` as in CHAN-5."""

    version: int
    state: str
    missing: tuple[str, ...]
    waybill_no: str | None


@dataclass(frozen=True, slots=True)
class InPeriod:
    """An order of a period, for a list of what somebody else does not have."""

    logistics_no: str
    created_at: datetime
    state: str


Place = tuple[datetime, int]  # where a page ended


def standing_of(conn: Connection, channel: str, numbers: Collection[str]) -> dict[str, Standing]:
    """How the orders of a channel with these numbers stand; unknown numbers are left out."""
    o = orders.c
    query = select(o.logistics_no, o.version, o.state, o.missing, o.waybill_no).where(
        o.channel == channel, o.logistics_no.in_(numbers)
    )
    return {
        row.logistics_no: Standing(row.version, row.state, tuple(row.missing), row.waybill_no)
        for row in conn.execute(query)
    }


def told_before(conn: Connection, channel: str, numbers: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Every content that the orders with these numbers ever had, by number: one told again is no news (CHAN-6)."""
    if not numbers:
        return {}
    query = (
        select(orders.c.logistics_no, events.c.data)
        .join(events, events.c.order_id == orders.c.id)
        .where(orders.c.channel == channel, orders.c.logistics_no.in_(numbers))
        .where(events.c.kind.in_(("created", "updated")))
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for number, data in conn.execute(query):
        found.setdefault(number, []).append(data["content"])
    return found


def ours_of(conn: Connection, channel: str, numbers: Collection[str]) -> dict[str, Ours]:
    """The orders of a channel with these numbers."""
    query = select(*_OURS).where(orders.c.channel == channel, orders.c.logistics_no.in_(numbers))
    return {row.logistics_no: Ours(*row) for row in conn.execute(query)}


def created_between(
    conn: Connection, channel: str, start: datetime, until: datetime, after: Place | None, limit: int
) -> tuple[list[InPeriod], Place | None]:
    """Orders of a channel by creation, `until` excluded: one page, and where it ended (None: the last page)."""
    o = orders.c
    query = select(o.id, o.logistics_no, o.created_at, o.state).where(o.channel == channel, o.created_at < until)
    if after is None:
        query = query.where(o.created_at >= start)
    else:
        at, last = after
        query = query.where(o.created_at >= at, or_(o.created_at > at, and_(o.created_at == at, o.id > last)))
    rows = list(conn.execute(query.order_by(o.created_at, o.id).limit(limit)))
    found = [InPeriod(row.logistics_no, row.created_at, row.state) for row in rows]
    return found, (rows[-1].created_at, rows[-1].id) if len(rows) == limit else None
