"""Reads a day's accept clocks by columns, and the paces that were counted from them."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from basics.days import day_of, midnight
from basics.words import ClockKind, State, Verdict
from sla.duty import Calendar, duty_between
from sla.forecast import Pace
from sla.pace.tally import Crowd, Own, Wait, common_of, crowd_of, own_of, pace_of
from sla.pace.waiting import Waiting
from storage.tables.dispatch import orders
from storage.tables.sla import clocks, paces

NETWORK = ""  # the row of all stations together
MOST_DAYS = 28  # what is older is not counted at first
SETTLED = timedelta(hours=1)  # after midnight: by then yesterday's deadlines are judged
MOST_NAMED = 1_000  # stations in one statement; for more all are read
_AXIS = midnight(date(2000, 1, 1))
_MINUTE = timedelta(minutes=1)
c, o, p = clocks.c, orders.c, paces.c


@dataclass(frozen=True, slots=True)
class Counted:
    """The network's figures as they are kept. `until`: the last day in them; None before the first."""

    until: date | None
    crowd: Crowd


def counted(conn: Connection) -> Counted:
    """How far the counting has come."""
    figures = conn.scalar(select(p.figures).where(p.station == NETWORK))
    until = date.fromisoformat(figures["until"]) if figures else None
    return Counted(until, crowd_of(figures))


def next_day(conn: Connection, until: date | None, now: datetime) -> date | None:
    """The day to count next: over for an hour, at most 28 days back. None: nothing is to do."""
    last = day_of(now - SETTLED) - timedelta(days=1)
    first = last - timedelta(days=MOST_DAYS - 1)
    if until is not None:
        first = max(first, until + timedelta(days=1))
    else:
        earliest = conn.scalar(select(func.min(c.due_at)).where(c.due_at >= midnight(first)))
        if earliest is None:
            return None
        first = day_of(earliest)
    return first if first <= last else None


def waits_on(conn: Connection, day: date, calendar: Callable[[str], Calendar]) -> dict[str, list[Wait]]:
    """Station -> the waits whose accept clock was due that day and is decided. Reads that day's clocks only."""
    that_day = (c.due_at >= midnight(day), c.due_at < midnight(day + timedelta(days=1)), c.verdict != Verdict.RUNNING)
    moved = select(c.order_id, c.seq).where(*that_day, c.kind == ClockKind.TRANSFER)
    outside = {(order_id, seq) for order_id, seq in conn.execute(moved)}
    query = select(c.order_id, c.seq, c.station, c.starts_at, c.due_at, c.verdict, c.decided_by)
    waits: dict[str, list[Wait]] = defaultdict(list)
    for order_id, seq, station, starts, due, verdict, decided in conn.execute(
        query.where(*that_day, c.kind == ClockKind.ACCEPT)
    ):
        cal = calendar(station)
        begin = duty_between(cal.always_open(), _AXIS, starts) / _MINUTE
        length = duty_between(cal, starts, decided or due) / _MINUTE
        late = verdict == Verdict.MISSED
        waits[station].append(Wait(begin, length, late, (order_id, seq) in outside, cal.opens, cal.closes))
    return dict(waits)


def owns(conn: Connection, stations: Collection[str], until: date) -> dict[str, Own]:
    """What is kept of these stations, each order weighing what it does at `until`; none for those not counted yet."""
    query = select(p.station, p.figures).where(p.station != NETWORK)
    if len(stations) <= MOST_NAMED:
        query = query.where(p.station.in_(stations))
    return {
        station: own_of(figures).older((until - date.fromisoformat(figures["until"])).days)
        for station, figures in conn.execute(query)
    }


def paces_of(conn: Connection, stations: Collection[str]) -> dict[str, Pace]:
    """The pace of each of these stations, the network's own for one without orders; empty before the first count."""
    found = counted(conn)
    if found.until is None or not stations:
        return {}
    common, known = common_of(found.crowd), owns(conn, stations, found.until)
    nothing = own_of(None)
    return {station: pace_of(known.get(station, nothing), common) for station in stations}


def waiting(conn: Connection, station: str = "") -> list[Waiting]:
    """Orders whose accept clock runs, of one station or of all."""
    query = select(o.logistics_no, o.station, o.assigned_at, o.accept_due_at, o.transfer_due_at.is_not(None)).where(
        o.state == State.WAITING, o.accept_due_at.is_not(None), o.station.is_not(None)
    )
    if station:
        query = query.where(o.station == station)
    return [Waiting(*row) for row in conn.execute(query)]
