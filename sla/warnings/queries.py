"""Accept clocks that run, the ring log, and what province and station see of it (DO-8)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select

from basics.words import ClockKind, State, Verdict
from channels.outbox.queries import batches
from sla.ladder import CALL_LIST, SOUND, STEPS
from sla.warnings.plan import Running
from storage.sql import among
from storage.tables.dispatch import assignments, orders
from storage.tables.sla import clocks, rings

CALLED_BY, CALLED_AT = "called_by", "called_at"  # in `told` of a ring of the call list, once somebody has called
MOST_LISTED = 300  # stations on a call list
_BITS = {step: 1 << place for place, step in enumerate(STEPS)}
_TAKEN = [frozenset(step for step, bit in _BITS.items() if mask & bit) for mask in range(1 << len(STEPS))]

o, r = orders.c, rings.c
# A ring is about the assignment in hand when the order waits with the same station since before it rang.
_STILL = and_(o.id == r.order_id, o.state == State.WAITING, o.station == r.station, o.assigned_at <= r.rung_at)


def running(conn: Connection, now: datetime) -> list[Running]:
    """Accept clocks that have begun and are not over, with steps left to take."""
    c, a = clocks.c, assignments.c
    own = (r.order_id == c.order_id, r.seq == c.seq)
    mask = select(func.sum(case(_BITS, value=r.step, else_=0))).where(*own).scalar_subquery()
    query: Select[Any] = (
        select(
            c.order_id, c.seq, o.logistics_no, c.region, c.station, c.starts_at, c.due_at, c.edition, a.outside,
            func.coalesce(mask, 0),
        )
        .join(orders, o.id == c.order_id)
        .join(assignments, and_(a.order_id == c.order_id, a.seq == c.seq))
        .where(c.kind == ClockKind.ACCEPT, c.verdict == Verdict.RUNNING, c.starts_at <= now, c.due_at >= now)
    )  # fmt: skip
    return [
        Running(order, seq, number, region, station, starts, due, edition, outside, _TAKEN[taken])
        for order, seq, number, region, station, starts, due, edition, outside, taken in conn.execute(query)
    ]


def still_running(conn: Connection, order_ids: Collection[int], now: datetime) -> set[tuple[int, int]]:
    """(order, assignment) of those whose accept clock counts at `now`. Holds the orders, in the order of their ids: who
    acts on one comes before or after."""
    held = select(o.id).where(among(conn, o.id, order_ids)).order_by(o.id).with_for_update(read=True, key_share=True)
    conn.execute(held)
    c = clocks.c
    query = select(c.order_id, c.seq).where(
        among(conn, c.order_id, order_ids), c.kind == ClockKind.ACCEPT, c.verdict == Verdict.RUNNING,
        c.starts_at <= now, c.due_at >= now,
    )  # fmt: skip
    return {(row.order_id, row.seq) for row in conn.execute(query)}


def rings_of(conn: Connection, order_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The ring log of some orders: order, assignment, step, when, its deadline, risk, whether ahead, whom it told.

    `told`: `messages`, keys of messages; on the call list `called_by` and `called_at`, once somebody has called.
    """
    found: list[Row[Any]] = []
    for some in batches(order_ids):
        query = select(rings).where(r.order_id.in_(some)).order_by(r.order_id, r.seq, r.rung_at, r.id)
        found += conn.execute(query)
    return found


def rung_at(conn: Connection, order_ids: Collection[int], at: datetime) -> set[tuple[int, int, str]]:
    """(order, seq, step) of the steps that were taken at this very instant."""
    query = select(r.order_id, r.seq, r.step).where(among(conn, r.order_id, order_ids), r.rung_at == at)
    return {(row.order_id, row.seq, row.step) for row in conn.execute(query)}


def waiting_at(conn: Connection, stations: Collection[str]) -> dict[str, bool]:
    """Those of these stations with a waiting order, and whether the bell rings loud for one of theirs."""
    rung = func.max(case((r.id.is_not(None), 1), else_=0))
    query: Select[Any] = (
        select(o.station, rung)
        .outerjoin(rings, and_(_STILL, r.step == SOUND))
        .where(o.station.in_(stations), o.state == State.WAITING)
        .group_by(o.station)
    )
    return {station: loud == 1 for station, loud in conn.execute(query)}


def call_list(
    conn: Connection, now: datetime, stations: Collection[str] | None, limit: int = MOST_LISTED
) -> Sequence[Row[Any]]:
    """Stations to telephone: `orders` that wait and are on the call list, the first `due_at` of those not late yet,
    how many are `late`, and how many nobody has called about (`open`), with who called last and when. What can still
    be saved comes first. `stations` None: all."""
    at, by = r.told[CALLED_AT].as_string(), r.told[CALLED_BY].as_string()
    last = func.first_value(by).over(partition_by=r.station, order_by=(at.is_(None), at.desc(), r.id))
    listed: Select[Any] = select(r.station, r.due_at, at.label(CALLED_AT), last.label(CALLED_BY))
    own = listed.join(orders, _STILL).where(r.step == CALL_LIST, *_at(stations)).subquery().c
    first, nobody = func.min(case((own.due_at >= now, own.due_at))), func.count(case((own.called_at.is_(None), 1)))
    query: Select[Any] = (
        select(
            own.station,
            func.count().label("orders"),
            first.label("due_at"),
            func.count(case((own.due_at < now, 1))).label("late"),
            nobody.label("open"),
            func.max(own.called_at).label(CALLED_AT),
            func.max(own.called_by).label(CALLED_BY),
        )
        .group_by(own.station)
        .order_by(first.is_(None), nobody == 0, first, own.station)
        .limit(limit)
    )
    return conn.execute(query).all()


def to_call(conn: Connection, station: str) -> Sequence[Row[Any]]:
    """Rings of the call list of one station that nobody has called about, locked."""
    query: Select[Any] = select(r.id, r.told).join(orders, _STILL).where(r.station == station, r.step == CALL_LIST)
    nobody = r.told[CALLED_AT].as_string().is_(None)
    return conn.execute(query.where(nobody).order_by(r.id).with_for_update(of=rings)).all()


def calls_open(conn: Connection, stations: Collection[str] | None) -> int:
    """How many stations are to be called."""
    nobody = r.told[CALLED_AT].as_string().is_(None)
    query = select(func.count(r.station.distinct())).join(orders, _STILL)
    return conn.execute(query.where(r.step == CALL_LIST, nobody, *_at(stations))).scalar_one()


def _at(stations: Collection[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if stations is None else (r.station.in_(stations), o.station.in_(stations))
