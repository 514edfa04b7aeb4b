"""Other orders of an order's sender, with what failed in them and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Row, select

from dispatch.lists.queries import visible
from people.access import Scope
from storage.tables.dispatch import events, orders

BACK = timedelta(days=180)
MOST = 20


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt: `stage` accept or pickup, the reason's code of the edition and what was added to it."""

    station: str
    stage: str
    reason: str
    detail: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class OtherOrder:
    """A row of `orders`, and its failures, oldest first."""

    order: Row[Any]
    failures: Sequence[Failure]


def others_of_sender(conn: Connection, scope: Scope, order: Row[Any]) -> list[OtherOrder]:
    """Orders of the same phone number of the last 180 days that the scope holds, newest first, at most 20; none where
    no number is known."""
    if not order.sender_phone:
        return []
    o = orders.c
    query = (
        select(o.id, o.logistics_no, o.state, o.station, o.channel, o.business_type, o.created_at, o.ended_at)
        .where(o.sender_phone == order.sender_phone, o.id != order.id, visible(scope))
        .where(o.created_at > order.created_at - BACK)
        .order_by(o.created_at.desc(), o.id.desc())
        .limit(MOST)
    )
    rows = conn.execute(query).all()
    failed = _failures(conn, [row.id for row in rows])
    return [OtherOrder(cast("Row[Any]", row), failed.get(row.id, ())) for row in rows]


def _failures(conn: Connection, ids: Sequence[int]) -> dict[int, list[Failure]]:
    e = events.c
    query = select(e.order_id, e.data, e.happened_at).where(e.order_id.in_(ids), e.kind == "failed")
    found: dict[int, list[Failure]] = {}
    for row in conn.execute(query.order_by(e.order_id, e.seq)) if ids else ():
        data = row.data
        found.setdefault(row.order_id, []).append(
            Failure(data.get("station", ""), data["stage"], data["reason"], data.get("detail", ""), row.happened_at)
        )
    return found
