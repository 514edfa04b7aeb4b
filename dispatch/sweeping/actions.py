"""The sweep's fast lane: a night's deadlines fired by a handful of statements, from what was judged in advance."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, case, func, null, or_, select, update

from basics.words import Verdict
from dispatch.batch import World
from dispatch.desks.actions import rise
from sla import actions as sla
from sla.outages import OURS, Outage
from sla.queries import Ripe, outages_after, ripe
from storage.sql import among
from storage.tables import dispatch as t
from storage.tables.sla import clocks

# An outage is written down a little after it was noticed, and a process may go by what it read before that.
SPREADS = timedelta(minutes=10)
log = logging.getLogger("lanshou.dispatch")


def fire(conn: Connection, heads: Sequence[Row[Any]], world: World, now: datetime) -> set[int]:
    """Of these locked orders, those whose missed clocks were judged in advance: done, as judging them in full would.

    The others must be judged in full: what has no clock past due (it is held, confirmed, or somebody wants it looked at
    again), what is not known in advance, and what an outage has touched since (VIO-3). So must all of them when one
    row is so bad that the statements fail: it must not hold up the rest (F-15).
    """
    try:
        with conn.begin_nested():
            return _fire(conn, heads, world, now)
    except Exception:
        log.exception("deadlines are judged one by one, for they could not be fired together")
        return set()


def judge_again(conn: Connection, order_ids: Sequence[int], now: datetime) -> None:
    """These orders are due at once and judged in full by the next sweep, whichever of their clocks is over by then.
    A few thousand at most, ascending: everybody locks orders by id."""
    o = t.orders.c
    these = among(conn, o.id, order_ids)
    conn.execute(select(o.id).where(these).order_by(o.id).with_for_update())
    conn.execute(update(t.orders).where(these, or_(o.next_at.is_(None), o.next_at > now)).values(next_at=now))
    sla.judge_in_full(conn, order_ids)


def _fire(conn: Connection, heads: Sequence[Row[Any]], world: World, now: datetime) -> set[int]:
    late = ripe(conn, [head.id for head in heads], world.book, now) if heads else []
    unknown = {one.order_id for one in late if not one.known} | _touched(conn, heads, late)
    fit = {one.order_id for one in late} - unknown
    if fit:
        house_of = world.network.house_of
        houses = {one.station: house_of.get(one.station, one.station) for one in late}
        sla.fire(conn, sorted(fit), {station: house for station, house in houses.items() if station != house}, now)
        _write_orders(conn, sorted(fit), now)
        rise(conn, {one.station for one in late if one.order_id in fit})
    return fit


def _touched(conn: Connection, heads: Sequence[Row[Any]], late: Sequence[Ripe]) -> set[int]:
    """Orders with a clock during which somebody was away, as was not known when it was judged in advance."""
    outages = outages_after(conn, min(one.starts_at for one in late)) if late else []
    head_of = {head.id: head for head in heads} if outages else {}
    return {
        one.order_id
        for outage, noticed_at in outages
        for one in late
        if _concerns(outage, one, head_of[one.order_id].channel)
        and not _was_known(outage, noticed_at, head_of[one.order_id].received_at)
    }


def _concerns(outage: Outage, one: Ripe, channel: str) -> bool:
    overlaps = outage.since < one.due_at and (outage.until is None or outage.until > one.starts_at)
    return overlaps and outage.source in (OURS, channel)


def _was_known(outage: Outage, noticed_at: datetime, at: datetime) -> bool:
    return outage.until is not None and max(outage.until, noticed_at) + SPREADS <= at


def _write_orders(conn: Connection, order_ids: Sequence[int], now: datetime) -> None:
    """What the rows of these orders say of their clocks (dispatch.course.order_row)."""
    o, c = t.orders.c, clocks.c

    def running(due: Column[datetime]) -> ColumnElement[Any]:
        return case((due < now, null()), else_=due)

    following = select(func.min(c.due_at)).where(c.order_id == o.id, c.verdict == Verdict.RUNNING.value)
    conn.execute(
        update(t.orders)
        .where(among(conn, o.id, order_ids))
        .values(
            accept_due_at=running(o.accept_due_at),
            transfer_due_at=running(o.transfer_due_at),
            pickup_due_at=running(o.pickup_due_at),
            next_at=following.scalar_subquery(),
        )
    )
