"""The day of a station in figures, its signed sheets, what is left of yesterday, and who has not closed (DAY-1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from basics.days import midnight
from basics.words import State, Verdict
from dispatch.lists.late.queries import TO_PICK_UP
from dispatch.lists.queries import Filters, unscanned
from people.access import Scope
from pickups.figures import FAILED
from storage.tables.dispatch import assignments, events, orders
from storage.tables.geo import stations
from storage.tables.pickups import day_sheets
from storage.tables.sla import clocks

MOST = 1_000  # un-scanned orders on one sheet
SHOWN = 50  # ids of leftovers: a page of them
REACH = timedelta(days=93)  # how long before its end a station may have got an order, for an index to find it
FAILURES = (State.ACCEPT_FAILED, State.PICKUP_FAILED)

o, held, s = orders.c, assignments.c, day_sheets.c


@dataclass(frozen=True, slots=True)
class Leftover:
    """How many orders of one kind, and the first of them."""

    count: int
    orders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Province:
    """How a province stands with one day: stations with orders in it, and those of them that have not signed."""

    name: str
    stations: int
    open: int


def figures(conn: Connection, station: str, day: date) -> dict[str, set[int]]:
    """The orders behind each figure of one station, as is known now."""
    since, until = midnight(day), midnight(day + timedelta(days=1))
    # One more than a sheet takes, so that `sign` sees that there are too many.
    left = unscanned(conn, Scope(stations=frozenset({station})), Filters(created_until=until), limit=MOST + 1)
    found: dict[str, set[int]] = {"unscanned": {row.id for row in left.rows}}
    for name, order in (*_moves(conn, station, since, until), *_ends(conn, station, since, until)):
        found.setdefault(name, set()).add(order)
    k = clocks.c
    late = select(k.order_id).where(k.station == station, k.verdict == Verdict.MISSED, _within(k.due_at, since, until))
    found["late"] = set(conn.scalars(late))
    return found


def _moves(conn: Connection, station: str, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """What came, was accepted and went on: each in the day in which it happened. What went on is another's now:
    the reader must see beyond his own orders."""
    mine = select(held.order_id, held.cause, held.started_at, held.accepted_at, held.ended_at).where(
        held.station == station, held.started_at >= since - REACH, held.started_at < until
    )
    touched = or_(*(_within(at, since, until) for at in (held.started_at, held.accepted_at, held.ended_at)))
    found = []
    for row in conn.execute(mine.where(touched)):
        came = "received" if row.cause == "routing" else "transferred_in"
        at = ((came, row.started_at), ("accepted", row.accepted_at), ("transferred_out", row.ended_at))
        found += [(name, row.order_id) for name, when in at if when is not None and since <= when < until]
    return found


def _ends(conn: Connection, station: str, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """How orders ended that the station held last, failures by reason; and what is open with it now."""
    here = select(held.order_id).where(
        held.station == station, held.started_at >= since - REACH, held.started_at < until
    )
    query = (
        select(o.id, o.state, events.c.data)
        .outerjoin(events, and_(events.c.order_id == o.id, events.c.kind == "failed"))
        .where(o.station == station, o.id.in_(here))
        .where(
            or_(
                and_(o.state == State.PICKED_UP, _within(o.picked_up_at, since, until)),
                and_(o.state.in_((*FAILURES, State.WITHDRAWN)), _within(o.ended_at, since, until)),
            )
        )
    )
    names = {State.PICKED_UP: "picked_up", State.WITHDRAWN: "withdrawn"}
    found = [
        (FAILED + row.data["reason"] if row.state in FAILURES else names[row.state], row.id)
        for row in conn.execute(query)
    ]
    open_now = select(o.id, o.state).where(o.station == station, o.state.in_((State.WAITING, *TO_PICK_UP)))
    open_now = open_now.where(o.created_at < until)
    found += [("waiting" if row.state == State.WAITING else "to_pick_up", row.id) for row in conn.execute(open_now)]
    return found


def _within(column: Any, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(column >= since, column < until)


def sheet_of(conn: Connection, station: str, day: date) -> Row[Any] | None:
    """The signed sheet of one station and day."""
    return conn.execute(select(day_sheets).where(s.station == station, s.day == day.isoformat())).one_or_none()


def sheets(conn: Connection, station: str, limit: int = 31) -> Sequence[Row[Any]]:
    """The last sheets of a station, newest day first."""
    return conn.execute(select(day_sheets).where(s.station == station).order_by(s.day.desc()).limit(limit)).all()


def told_since(conn: Connection, order_ids: Collection[int], at: datetime) -> dict[int, Row[Any]]:
    """Of each of these orders what was told of it first after `at`, the last line of that: it made the difference to a
    signed sheet."""
    e = events.c
    query: Select[Any] = select(e.order_id, e.kind, e.recorded_at).where(e.order_id.in_(order_ids), e.recorded_at > at)
    return {row.order_id: row for row in conn.execute(query.order_by(e.order_id, e.recorded_at.desc(), e.seq))}


def leftovers(conn: Connection, stations: Collection[str], day: date) -> dict[str, Leftover]:
    """DAY-1: what these stations held already before `day` and have not done: `waiting`, `to_pick_up`, `unscanned`.
    With the first 50 orders of each; a kind with none is not named."""
    before, scope = midnight(day), Scope(stations=frozenset(stations))
    found: dict[str, list[int]] = {}
    query = select(o.id, o.state).where(o.station.in_(stations), o.state.in_((State.WAITING, *TO_PICK_UP)))
    for row in conn.execute(query.where(o.assigned_at < before).order_by(o.created_at, o.id)):
        found.setdefault("waiting" if row.state == State.WAITING else "to_pick_up", []).append(row.id)
    left = unscanned(conn, scope, Filters(created_until=before), limit=MOST).rows
    found["unscanned"] = [row.id for row in left]
    return {name: Leftover(len(ids), tuple(ids[:SHOWN])) for name, ids in found.items() if ids}


def provinces(conn: Connection, scope: Scope, day: date) -> list[Province]:
    """How the provinces of the scope stand with `day`; only stations that had an order in it have to close it."""
    here = _with_orders(scope, day).subquery()
    counts = select(here.c.province, func.count(), func.count().filter(here.c.sheet.is_(None)))
    return [Province(*row) for row in conn.execute(counts.group_by(here.c.province).order_by(here.c.province))]


def not_closed(conn: Connection, scope: Scope, day: date, province: str, limit: int = MOST) -> Sequence[Row[Any]]:
    """`code` and `name` of the stations of a province that had an order in `day` and have not signed its sheet."""
    query = _with_orders(scope, day).where(stations.c.province == province, s.id.is_(None))
    return conn.execute(query.order_by(stations.c.code).limit(limit)).all()


def _with_orders(scope: Scope, day: date) -> Any:
    at = stations.c
    since, until = midnight(day), midnight(day + timedelta(days=1))
    had = exists().where(held.station == at.code, held.started_at >= since, held.started_at < until)
    query = select(at.code, at.name, at.province, s.id.label("sheet")).outerjoin(
        day_sheets, and_(s.station == at.code, s.day == day.isoformat())
    )
    query = query.where(had)
    if scope.everywhere:
        return query
    return query.where(at.province == scope.province if scope.province else at.code.in_(scope.stations))
