"""An outage was put down after suspicions that it concerns had been found: they are judged once more (VIO-3)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, literal, or_, select, update

from basics.words import CaseState
from sla.outages import OURS, Outage
from storage.tables.dispatch import orders
from storage.tables.penalties import cases
from storage.tables.sla import clocks, violations


def look_again(conn: Connection, found: Sequence[Outage], now: datetime) -> None:
    """Orders with an open suspicion, one of whose clocks ran in an outage, are due at once for the next sweep. What is
    decided stays as it was reviewed. An outage of a channel concerns its own orders."""
    # `due_at` may move when the order is judged, `happened_at` is what is charged: the outage began before it.
    concerned = (
        select(violations.c.order_id)
        .join(cases, cases.c.violation_id == violations.c.id)
        .join(clocks, clocks.c.order_id == violations.c.order_id)
        .where(
            cases.c.state == CaseState.SUSPECTED,
            violations.c.happened_at > bindparam("_since"),
            clocks.c.starts_at < bindparam("_until"),
            clocks.c.due_at > bindparam("_since"),
        )
    )
    instant = literal(now, orders.c.next_at.type)  # untyped, SQLite would keep a +08:00 as if it were UTC
    soon = case((orders.c.next_at < now, orders.c.next_at), else_=instant)
    mine = or_(bindparam("_source") == OURS, orders.c.channel == bindparam("_source"))
    spans = [{"_source": one.source, "_since": one.since, "_until": one.until or now} for one in found]
    if spans:
        conn.execute(update(orders).where(orders.c.id.in_(concerned), mine).values(next_at=soon), spans)
