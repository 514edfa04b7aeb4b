"""Reads what the operations report counts: a statement for each of its parts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, true

from basics.days import day_of, midnight
from basics.words import DATA_CENTRE, ClockKind, Verdict
from channels.registry import ADAPTERS, WAY_TITLES
from reports.archive.queries import facts_of
from reports.facts.columns.queries import instant, read
from reports.kinds import Asked, NoReport, Say
from reports.operations.backtest import JUDGED_DAYS, LEARNT_DAYS, MOST, learnt, tried
from reports.operations.counting import (
    CENTRE,
    MESSAGES,
    RINGS,
    at_centre,
    by_hour,
    calibration,
    centre_by,
    centre_total,
    feedback,
    presence,
)
from reports.operations.pages import Counted, operations
from reports.paper.document import Document
from reports.periods import unfrozen
from rulebook.book import Book
from sla.duty import Calendar, Closure, disjoint, duty_between
from sla.pace.queries import waits_on
from sla.presence.queries import silent_minutes
from storage.tables import geo
from storage.tables.channels import outbox
from storage.tables.dispatch import assignments, orders
from storage.tables.sla import clocks, rings

o, a, c, r, m, s = orders.c, assignments.c, clocks.c, rings.c, outbox.c, geo.stations.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """A period, and whose: `stations` None is the whole network; `province` "" unless a province was asked for."""

    start: datetime
    end: datetime
    stations: frozenset[str] | None
    province: str

    def within(self, at: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
        """In the period."""
        return at >= self.start, at < self.end

    def holds(self, station: ColumnElement[Any], region: ColumnElement[Any]) -> ColumnElement[bool]:
        """Of these stations; what the data centre and nobody have is of the region of the order."""
        if self.stations is None:
            return true()
        own = station.in_(sorted(self.stations))
        nobodys = func.coalesce(station, DATA_CENTRE) == DATA_CENTRE
        return or_(own, and_(nobodys, region == self.province)) if self.province else own


def document(conn: Connection, asked: Asked, say: Say) -> Document:
    """The operations report of a period, as things stand now. NoReport."""
    start, end = unfrozen(asked)
    network = conn.execute(select(s.code, s.parent, s.province, s.duty, s.accepts).order_by(s.code)).all()
    wanted = _wanted(asked.scope, network, start, end)
    say(0, 4, "派单与接单 / assignments")
    holdings = facts_of(conn, asked.archive, start, end, ("holdings",), wanted.stations)["holdings"].collect()
    hours = by_hour(holdings.filter(holdings["station"] != DATA_CENTRE))
    say(1, 4, "预测 / forecast")
    calendars, until = _calendars(conn, network, wanted, asked.book), min(end, asked.now)
    again = calibration(_tried(conn, wanted, calendars, until))
    said = calibration(_rings(conn, wanted))
    say(2, 4, "数据中心与回传 / data centre and feedback")
    centre = at_centre(read(conn, _centre(conn, wanted), CENTRE), asked.now)
    told = feedback(read(conn, _messages(conn, wanted), MESSAGES), asked.now)
    say(3, 4, "在岗 / presence")
    silent = silent_minutes(conn, start, until, wanted.stations)
    duty = {
        one.code: (one.province, duty_between(calendars[one.code], start, until))
        for one in network
        if one.accepts and (wanted.stations is None or one.code in wanted.stations)
    }
    of_provinces, of_stations = presence(silent, duty)
    return operations(
        asked,
        Counted(
            hours=hours,
            calibration=said,
            tried=again,
            why=centre_by(centre, "why"),
            centre_hours=centre_by(centre, "hour"),
            centre_total=centre_total(centre),
            feedback=told,
            channels={name: " ".join(title) for name, title in _titles().items()},
            provinces=of_provinces,
            stations=of_stations,
        ),
    )


def _titles() -> dict[str, tuple[str, str]]:
    return {name: adapter.title for name, adapter in ADAPTERS.items()} | dict(WAY_TITLES)


def _wanted(scope: str, network: Collection[Any], start: datetime, end: datetime) -> Wanted:
    """NoReport for a scope that is not there. Of a station also its level-2 ones."""
    if scope == "network":
        return Wanted(start, end, None, "")
    level, _, code = scope.partition(":")
    if level == "province":
        found = frozenset(one.code for one in network if one.province == code)
    else:
        found = frozenset(one.code for one in network if level == "station" and code in (one.code, one.parent))
    if not found:
        raise NoReport("scope_unknown", "没有这个范围 / no such scope")
    return Wanted(start, end, found, code if level == "province" else "")


def _rings(conn: Connection, wanted: Wanted) -> pl.DataFrame:
    """Steps of the ladder taken in the period, with how the accept clock ended; those of running ones say nothing."""
    decided = and_(c.order_id == r.order_id, c.seq == r.seq, c.kind == ClockKind.ACCEPT, c.verdict != Verdict.RUNNING)
    query = select(r.risk, c.verdict).join_from(rings, clocks, decided)
    query = query.where(r.risk.is_not(None), *wanted.within(r.rung_at))
    if wanted.stations is not None:
        query = query.where(r.station.in_(sorted(wanted.stations)))
    rows = [(risk, verdict == Verdict.MISSED) for risk, verdict in conn.execute(query)]
    return pl.DataFrame(rows, schema=RINGS, orient="row")


def _centre(conn: Connection, wanted: Wanted) -> Select[Any]:
    until = func.coalesce(a.ended_at, o.ended_at)
    query = select(a.cause, o.routing_cause, instant(conn, a.started_at), instant(conn, until))
    query = query.join_from(assignments, orders, o.id == a.order_id)
    return query.where(a.station == DATA_CENTRE, *wanted.within(a.started_at), wanted.holds(o.station, o.region))


def _messages(conn: Connection, wanted: Wanted) -> Select[Any]:
    """Of the network also those about pushes that made no order."""
    query = select(m.channel, m.state, instant(conn, m.created_at), instant(conn, m.sent_at))
    query = query.where(*wanted.within(m.created_at))
    if wanted.stations is None:
        return query
    return query.join(orders, o.id == m.order_id).where(wanted.holds(o.station, o.region))


def _calendars(conn: Connection, network: Collection[Any], wanted: Wanted, book: Book) -> dict[str, Calendar]:
    """Of every station, by the hours in force at the start; "" is that of one that is gone. With closures of some days
    before, for the back-test."""
    k, closed = geo.closures.c, dict[str, list[Closure]]()
    query = select(k.station, k.starts_at, k.ends_at).where(k.ends_at > wanted.start - timedelta(days=LEARNT_DAYS + 1))
    for station, since, to in conn.execute(query):
        closed.setdefault(station, []).append((since, to))
    hours = {kind: (duty.opens, duty.closes) for kind, duty in book.at(wanted.start).duty.items()}
    found = {one.code: Calendar(*hours[one.duty], disjoint(closed.get(one.code, ()))) for one in network}
    return {"": Calendar(*hours["standard"]), **found}


def _tried(conn: Connection, wanted: Wanted, calendars: Mapping[str, Calendar], until: datetime) -> pl.DataFrame:
    """The forecast tried again; nothing for more clocks than a report may read one by one."""
    first = day_of(wanted.start)
    judged = [first + timedelta(days=number) for number in range(JUDGED_DAYS)]
    judged = [day for day in judged if midnight(day + timedelta(days=1)) <= until]
    before = [first - timedelta(days=number) for number in range(LEARNT_DAYS, 0, -1)]
    since, to = midnight(before[0]), midnight(first + timedelta(days=len(judged)))
    read_ = select(func.count()).where(c.kind == ClockKind.ACCEPT, c.due_at >= since, c.due_at < to)
    found: list[tuple[float, bool]] = []
    if judged and (conn.scalar(read_) or 0) <= MOST:

        def calendar(station: str) -> Calendar:
            return calendars.get(station, calendars[""])

        paces = learnt(waits_on(conn, day, calendar) for day in before)
        for day in judged:
            found += tried(paces, waits_on(conn, day, calendar), day, wanted.stations)
    return pl.DataFrame(found, schema=RINGS, orient="row")
