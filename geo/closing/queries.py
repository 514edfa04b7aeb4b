"""Reads closures and the requests for them (ROUTE-6). `stations` None: of every station."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, true

from basics.words import FINAL, Verdict
from geo.stations import Closure
from storage.tables.dispatch import orders
from storage.tables.geo import closure_requests, closures, network_version
from storage.tables.sla import clocks

PAGE = 50
Cursor = tuple[datetime, int]  # sort key and id of the last row seen
r, c = closure_requests.c, closures.c


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of requests or closures, and where the next page begins; None on the last."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


@dataclass(frozen=True, slots=True)
class Hit:
    """What a closure would touch: orders with a running clock that it would move, and those booked for a time in it."""

    running: int = 0
    booked: int = 0


def standing_of(conn: Connection, station: str, now: datetime) -> list[Closure]:
    """What of a station is granted and not over, or asked for and can still be granted."""
    granted = select(c.station, c.starts_at, c.ends_at).where(c.station == station, c.ends_at > now)
    asked = select(r.station, r.starts_at, r.ends_at)
    asked = asked.where(r.station == station, r.state == "asked", r.starts_at >= now)
    return [Closure(*row) for row in conn.execute(granted.union(asked))]


def recorded(conn: Connection, spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[str, datetime]]:
    """(station, from) of the closures that were recorded in one of these spans, each after its start and up to its
    end. While the network did not change since, it costs a look at one row."""
    changed = select(network_version.c.changed_at).scalar_subquery()
    within = or_(*(and_(c.imported_at > start, c.imported_at <= end) for start, end in spans))
    query = select(c.station, c.starts_at).where(changed > min(start for start, _ in spans), within)
    return [(row.station, row.starts_at) for row in conn.execute(query.order_by(c.id))]


def open_requests(conn: Connection, stations: Collection[str] | None, after: Cursor | None) -> Page:
    """What waits for HQ, the earliest start first."""
    query = select(closure_requests).where(r.state == "asked", _of(r.station, stations))
    return _page(conn, query, r.starts_at, r.id, after)


def granted(conn: Connection, stations: Collection[str] | None, now: datetime, after: Cursor | None) -> Page:
    """Closures that hold or will hold, imported ones too, the earliest start first."""
    return _page(conn, select(closures).where(c.ends_at > now, _of(c.station, stations)), c.starts_at, c.id, after)


def decided(conn: Connection, stations: Collection[str] | None, after: Cursor | None) -> Page:
    """Requests with what became of them, the latest decision first."""
    query = select(closure_requests).where(r.state != "asked", _of(r.station, stations))
    return _page(conn, query, r.decided_at, r.id, after, newest_first=True)


def _page(
    conn: Connection,
    query: Select[Any],
    key: ColumnElement[Any],
    number: ColumnElement[Any],
    after: Cursor | None,
    newest_first: bool = False,
) -> Page:
    """Keyset paging: one row more than shown tells whether there is another page."""
    if after is not None:
        at, last = after
        beyond, behind = (key < at, number < last) if newest_first else (key > at, number > last)
        query = query.where(or_(beyond, and_(key == at, behind)))
    order = (key.desc(), number.desc()) if newest_first else (key, number)
    rows = conn.execute(query.add_columns(key.label("sort_key")).order_by(*order).limit(PAGE + 1)).all()
    return Page(rows[:PAGE], (rows[PAGE - 1].sort_key, rows[PAGE - 1].id) if len(rows) > PAGE else None)


def hits(conn: Connection, requests: Collection[int]) -> dict[int, Hit]:
    """What each request would touch if it were granted now."""
    if not requests:
        return {}
    these = r.id.in_(requests)
    moved = and_(clocks.c.station == r.station, clocks.c.verdict == Verdict.RUNNING, clocks.c.due_at > r.starts_at)
    running = select(r.id, func.count(clocks.c.order_id.distinct())).join(clocks, moved).where(these).group_by(r.id)
    o = orders.c
    first, last = func.coalesce(o.window_start, o.window_end), func.coalesce(o.window_end, o.window_start)
    waiting = and_(o.station == r.station, o.state.not_in(FINAL), first < r.ends_at, last > r.starts_at)
    booked = select(r.id, func.count(o.id)).join(orders, waiting).where(these).group_by(r.id)
    counted = {row[0]: row[1] for row in conn.execute(running)}
    planned = {row[0]: row[1] for row in conn.execute(booked)}
    return {one: Hit(counted.get(one, 0), planned.get(one, 0)) for one in requests}


def _of(column: ColumnElement[Any], stations: Collection[str] | None) -> ColumnElement[bool]:
    return true() if stations is None else column.in_(stations)
