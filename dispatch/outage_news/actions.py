"""Of an outage there is news after suspicions that it concerns had been found: they are judged once more (VIO-3)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, or_, select

from basics.words import CaseState
from dispatch.sweeping.actions import judge_again
from sla.availability.queries import until
from sla.outages import OURS
from storage.sql import among
from storage.tables.dispatch import orders
from storage.tables.penalties import cases
from storage.tables.sla import clocks, outages, violations

BATCH = 2000


def look_again(conn: Connection, found: Sequence[int], now: datetime, after: int = 0) -> int | None:
    """Orders after id `after` with an open suspicion, one of whose clocks ran in one of these outages, are due at once
    for the next sweep; up to BATCH of them. Returns what to go on after; None: that was all. What is decided stays as
    it was reviewed. An outage of a channel concerns its own orders.
    """
    # `due_at` may move when the order is judged, `happened_at` is what is charged: the outage began before it.
    o, v = outages.c, violations.c
    in_time = (v.happened_at > o.started_at) & (clocks.c.due_at > o.started_at) & (clocks.c.starts_at < until(now))
    away = exists().where(among(conn, o.id, found), or_(o.source == OURS, o.source == orders.c.channel), in_time)
    concerned = (
        select(v.order_id)
        .join(cases, cases.c.violation_id == v.id)
        .join(orders, orders.c.id == v.order_id)
        .join(clocks, clocks.c.order_id == v.order_id)
        .where(cases.c.state == CaseState.SUSPECTED, v.order_id > after, away)
    )
    ids = conn.scalars(concerned.distinct().order_by(v.order_id).limit(BATCH)).all()
    if ids:
        judge_again(conn, ids, now)
    return ids[-1] if len(ids) == BATCH else None
