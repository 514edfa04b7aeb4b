"""Reads one order as it stood at any past instant: only what had reached us by then counts, and closures granted by
then; judged by the edition of the order (issue 5, point 3)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from dispatch.batch import World
from dispatch.clock_story.story import Story, Unknown
from dispatch.course import course_of
from dispatch.facts import Event
from dispatch.life import Life, replay
from dispatch.lists.queries import visible
from people.access import Scope
from sla.clocks import clocks_of
from sla.course import Course, Holding
from sla.duty import disjoint
from sla.minutes import lost_before, minutes_of
from storage.tables.dispatch import events, orders
from storage.tables.geo import closures

o, e = orders.c, events.c


def named(conn: Connection, logistics_no: str, channel: str | None = None) -> list[tuple[int, str]]:
    """(id, channel) of the orders with that number, or with that other name; several channels may have one number."""
    query = select(o.id, o.channel).order_by(o.channel)
    if channel:
        query = query.where(o.channel == channel)
    rows = conn.execute(query.where(o.logistics_no == logistics_no)).all()
    return [(row.id, row.channel) for row in rows or conn.execute(query.where(o.alias == logistics_no))]


def story(
    conn: Connection, world: World, order_id: int, at: datetime, scope: Scope | None = None
) -> Story | Unknown | None:
    """The order at `at`; None when there is none, or the scope does not hold it."""
    head = select(o.id, o.channel, o.logistics_no, o.region, o.created_at, o.received_at).where(o.id == order_id)
    if scope is not None:
        head = head.where(visible(scope))
    order = conn.execute(head).one_or_none()
    if order is None:
        return None
    log = select(e.kind, e.happened_at, e.recorded_at, e.by, e.data).where(e.order_id == order_id)
    told = [Event(*row) for row in conn.execute(log.where(e.recorded_at <= at).order_by(e.seq))]
    if not told:
        return Unknown(order.received_at)
    life = Life(order.channel, order.logistics_no, world.houses)
    life.proof = world.book.at(order.created_at).scan_proof
    edition = world.book.at(replay(life, told).zero)
    course = _by_closures_of(conn, course_of(life, world, edition), at)
    minutes = minutes_of(course, at)
    return Story(
        order_id, order.channel, order.logistics_no, at, course, clocks_of(course, edition, at), minutes,
        lost_before(minutes, course.holdings),
    )  # fmt: skip


def _by_closures_of(conn: Connection, course: Course, at: datetime) -> Course:
    """The same with the closures that had been granted by then."""
    c = closures.c
    query = select(c.station, c.starts_at, c.ends_at).where(
        c.station.in_({holding.station for holding in course.holdings}), c.imported_at <= at
    )
    known: dict[str, list[tuple[datetime, datetime]]] = {}
    for station, starts_at, ends_at in conn.execute(query):
        known.setdefault(station, []).append((starts_at, ends_at))

    def then(holding: Holding) -> Holding:
        if holding.calendar is None:
            return holding
        shut = disjoint(known.get(holding.station, ()))
        return replace(holding, calendar=replace(holding.calendar, closures=shut))

    return replace(course, holdings=tuple(then(holding) for holding in course.holdings))
