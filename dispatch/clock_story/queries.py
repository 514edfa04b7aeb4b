"""Reads one order as it stood at any past instant: only what had reached us by then counts, and closures granted by
then; judged by the edition of the order (issue 5, point 3)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from dispatch.batch import World
from dispatch.clock_story.story import Story, Unknown
from dispatch.course import course_of
from dispatch.facts import Event
from dispatch.facts_of_life import window_end
from dispatch.life import Life, replay
from dispatch.lists.queries import visible
from people.access import Scope
from sla.clocks import clocks_of
from sla.course import Course, Holding
from sla.duty import disjoint
from sla.explain import spared
from sla.minutes import lost_before, minutes_of
from sla.promise import promise_of
from storage.tables.dispatch import events, orders
from storage.tables.geo import closures

o, e = orders.c, events.c


def named(conn: Connection, logistics_no: str, channel: str | None = None) -> list[tuple[int, str, str]]:
    """(id, channel, number) of the orders with that number, else with that other name. Several channels may have one
    number, and several orders, of one channel too, one name."""
    query = select(o.id, o.channel, o.logistics_no).order_by(o.channel, o.logistics_no)
    if channel:
        query = query.where(o.channel == channel)
    rows = conn.execute(query.where(o.logistics_no == logistics_no)).all()
    return [tuple(row) for row in rows or conn.execute(query.where(o.alias == logistics_no))]


def story(
    conn: Connection, world: World, order_id: int, at: datetime, scope: Scope | None = None, *, latest: bool = False
) -> Story | Unknown | None:
    """The order at `at`; None when there is none, or the scope does not hold it. `latest`: `at` is now, and all that is
    stored counts, also what a process wrote whose clock is ahead of ours."""
    head = select(o.id, o.channel, o.logistics_no, o.region, o.created_at, o.received_at).where(o.id == order_id)
    if scope is not None:
        head = head.where(visible(scope))
    order = conn.execute(head).one_or_none()
    if order is None:
        return None
    log = select(e.kind, e.happened_at, e.recorded_at, e.by, e.data).where(e.order_id == order_id)
    known = log if latest else log.where(e.recorded_at <= at)
    told = [Event(*row) for row in conn.execute(known.order_by(e.seq))]
    if not told:
        return Unknown(order.received_at)
    if latest:
        at = max(at, *(event.recorded_at for event in told))
    life = Life(order.channel, order.logistics_no, world.houses, world.book)
    edition = world.book.at(replay(life, told).zero)
    course = _by_closures_of(conn, course_of(life, world, edition), None if latest else at)
    minutes = minutes_of(course, at)
    clocks = clocks_of(course, edition, at)
    promise = promise_of(course, window_end(life.view().content), edition, at)
    return Story(
        order_id, order.channel, order.logistics_no, at, course, clocks, minutes,
        lost_before(minutes, course.holdings), promise, spared(course, clocks),
    )  # fmt: skip


def _by_closures_of(conn: Connection, course: Course, at: datetime | None) -> Course:
    """The same with the closures that had been granted by then; None: with all."""
    c = closures.c
    query = select(c.station, c.starts_at, c.ends_at).where(
        c.station.in_({holding.station for holding in course.holdings})
    )
    if at is not None:
        query = query.where(c.imported_at <= at)
    known: dict[str, list[tuple[datetime, datetime]]] = {}
    for station, starts_at, ends_at in conn.execute(query):
        known.setdefault(station, []).append((starts_at, ends_at))

    def then(holding: Holding) -> Holding:
        if holding.calendar is None:
            return holding
        shut = disjoint(known.get(holding.station, ()))
        return replace(holding, calendar=replace(holding.calendar, closures=shut))

    return replace(course, holdings=tuple(then(holding) for holding in course.holdings))
