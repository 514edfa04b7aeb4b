"""What the pickup board shows: what is to be fetched, who goes, what was tried for a missing number (DO-3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, or_, select

from dispatch.lists.late.queries import TO_PICK_UP
from dispatch.lists.queries import PAGE, Cursor, Filters, Page, visible
from people.access import Scope
from pickups.couriers.queries import going
from storage.tables.channels import outbox
from storage.tables.dispatch import assignments, events, orders

NOBODY = 0  # as a filter: orders that no courier was sent for
NEEDED = "needed"  # the message of CHAN-7 that asks for the number

o = orders.c


@dataclass(frozen=True, slots=True)
class Tried:
    """What was done for a missing number, whoever held the order then: the last message to the sender, how that stands,
    and the last call."""

    reminded_at: datetime | None = None
    state: str = ""
    called_at: datetime | None = None


def to_fetch(
    conn: Connection,
    scope: Scope,
    filters: Filters,
    courier: int | None = None,
    state: str = "",
    after: Cursor | None = None,
    limit: int = PAGE,
    only: int | None = None,
) -> Page:
    """Orders to pick up by deadline, each with its `courier`; late ones lead, by creation. `courier`: an id,
    `NOBODY`, or None for any. `only` one order."""
    key, goes = func.coalesce(o.pickup_due_at, o.created_at), going()
    query = select(orders, goes.label("courier"), key.label("sort_key")).where(
        visible(scope), o.state.in_((state,) if state else TO_PICK_UP)
    )
    equal = ((o.channel, filters.channel), (o.business_type, filters.business_type), (o.station, filters.station))
    query = query.where(*(column == value for column, value in equal if value))
    if filters.online is not None:
        query = query.where(o.online.is_(filters.online))
    if courier is not None:
        query = query.where(goes == courier if courier else goes.is_(None))
    if only is not None:
        query = query.where(o.id == only)
    if after is not None:
        at, last = after
        query = query.where(or_(key > at, and_(key == at, o.id > last)))
    rows = conn.execute(query.order_by(key, o.id).limit(limit + 1)).all()
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], (rows[limit - 1].sort_key, rows[limit - 1].id))


def tried(conn: Connection, order_ids: Collection[int]) -> dict[int, Tried]:
    """Of each of these orders what was done for its number."""
    asked = outbox.c
    query = select(asked.order_id, asked.created_at, asked.state).where(
        asked.order_id.in_(order_ids), asked.kind == NEEDED
    )
    last = {row.order_id: row for row in conn.execute(query.order_by(asked.order_id, asked.seq))}
    called = (
        select(events.c.order_id, func.max(events.c.happened_at))
        .where(events.c.order_id.in_(order_ids), events.c.kind == "called")
        .group_by(events.c.order_id)
    )
    calls = {row[0]: row[1] for row in conn.execute(called)}
    return {
        one: Tried(
            last[one].created_at if one in last else None, last[one].state if one in last else "", calls.get(one)
        )
        for one in last.keys() | calls.keys()
    }


def numbers_of(conn: Connection, order_ids: Collection[int], station: str) -> dict[int, str]:
    """Logistics numbers of those that the station ever held, whoever holds them now: for the sheet of a day, whose rows
    may have gone on. Other ids do not exist for it: they may come from a form (ROLE-1)."""
    held = exists().where(assignments.c.order_id == o.id, assignments.c.station == station)
    query = select(o.id, o.logistics_no).where(o.id.in_(order_ids), held)
    return {row.id: row.logistics_no for row in conn.execute(query)}
