"""Who looked when, and who is silent (DUTY-3)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from basics.words import State
from sla.duty import Closure, disjoint
from sla.outages import OURS
from storage.tables.dispatch import orders
from storage.tables.sla import outages, presence, silences


def seen(conn: Connection) -> dict[str, datetime]:
    """When each station last looked at its desk; those that never did are left out."""
    rows = conn.execute(select(presence.c.station, presence.c.seen_at))
    return {row.station: row.seen_at for row in rows}


def open_silences(conn: Connection, stations: Collection[str] | None = None) -> Sequence[Row[Any]]:
    """Silences that go on, with the `waiting` orders of each station; those that have some lead, then the longest.
    `stations` None: all."""
    s = silences.c
    queue = (
        select(orders.c.station, func.count().label("waiting"))
        .where(orders.c.state == State.WAITING)
        .group_by(orders.c.station)
        .subquery()
    )
    waiting = func.coalesce(queue.c.waiting, 0)
    query: Select[Any] = (
        select(s.id, s.station, s.started_at, presence.c.seen_at, waiting.label("waiting"))
        .outerjoin(queue, queue.c.station == s.station)
        .outerjoin(presence, presence.c.station == s.station)
        .where(s.ended_at.is_(None), *_of(stations))
        .order_by(waiting == 0, s.started_at, s.station)
    )
    return conn.execute(query).all()


def silent_minutes(
    conn: Connection, start: datetime, end: datetime, stations: Collection[str] | None = None
) -> list[tuple[str, int, int]]:
    """(station, silences, minutes in all, each begun one counted whole) in [start, end), the longest first. `end` not
    after now: a silence that goes on counts until then. While our own console was away is nobody's silence."""
    s = silences.c
    query = select(s.station, s.started_at, s.ended_at).where(s.started_at < end, *_of(stations))
    if end <= start:
        return []
    away = _away(conn, start, end)
    totals: dict[str, tuple[int, timedelta]] = {}
    for row in conn.execute(query.where(or_(s.ended_at.is_(None), s.ended_at > start))):
        times, total = totals.get(row.station, (0, timedelta(0)))
        since, until = max(row.started_at, start), min(row.ended_at or end, end)
        length = until - since - sum((_common((since, until), one) for one in away), timedelta(0))
        totals[row.station] = (times + 1, total + length)
    minute = timedelta(minutes=1)
    found = [(station, times, -(-total // minute)) for station, (times, total) in totals.items()]
    return sorted(found, key=lambda one: (-one[2], one[0]))


def able_since(conn: Connection, now: datetime) -> tuple[datetime | None, bool]:
    """When our own console last came back (None: it was never away), and whether it is away now: nobody can look."""
    c = outages.c
    goes_on = or_(c.ended_at.is_(None), c.ended_at > now)
    query = select(func.max(c.ended_at), func.count().filter(goes_on)).where(*_ours(now))
    row = conn.execute(query).one()
    return row[0], row[1] > 0


def _away(conn: Connection, start: datetime, end: datetime) -> tuple[Closure, ...]:
    """When our own console was away in [start, end), each instant once."""
    c = outages.c
    query = select(c.started_at, c.ended_at).where(*_ours(end), or_(c.ended_at.is_(None), c.ended_at > start))
    return disjoint((row.started_at, min(row.ended_at or end, end)) for row in conn.execute(query))


def _common(one: Closure, other: Closure) -> timedelta:
    return max(min(one[1], other[1]) - max(one[0], other[0]), timedelta(0))


def _ours(before: datetime) -> tuple[ColumnElement[bool], ...]:
    c = outages.c
    return (c.source == OURS, c.started_at < before, c.withdrawn_at.is_(None))


def _of(stations: Collection[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if stations is None else (silences.c.station.in_(stations),)
