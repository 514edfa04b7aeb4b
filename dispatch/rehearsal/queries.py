"""Reads a period of the live database and judges it under the rulebook and under a draft (issue 6, rule rehearsal)."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from basics.days import midnight, month_bounds, month_of
from basics.words import ClockKind, Verdict
from dispatch.batch import World
from dispatch.course import course_of
from dispatch.facts import Event
from dispatch.life import Life, replay
from dispatch.rehearsal.draft import rehearsed
from dispatch.rehearsal.figures import Money, Tally, figures, whole_months
from dispatch.rehearsal.outcome import Case, Found, Key, outcomes
from penalties.ledger import FINES
from penalties.settlement import REWARD, Fined, Target, Terms, targets, terms
from penalties.settling.queries import Facts, facts_of, posted, settled_before
from rulebook.book import Edition
from sla.clocks import Clock, clocks_of
from sla.suspicions import suspicions_of
from storage.sql import among
from storage.tables import penalties as p
from storage.tables.dispatch import events, orders, rehearsals
from storage.tables.sla import violations

CHUNK = 2_000  # orders in memory at a time
# A clock may run out long after its order was made: a booked window, a transfer, the 24 h of a scan.
REACH = timedelta(days=31)
o, e, v = orders.c, events.c, violations.c
log = logging.getLogger("lanshou.dispatch")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is rehearsed: the worlds of both rulebooks, and the Shanghai days, both included."""

    present: World
    draft: World
    first: date
    last: date

    @property
    def span(self) -> tuple[datetime, datetime]:
        """First instant of the period, and the first after it."""
        return midnight(self.first), midnight(self.last + timedelta(days=1))


def plan_of(world: World, draft: Edition, first: date, last: date) -> Plan:
    """The draft from the first day on; network, closures and outages as they are."""
    book = rehearsed(world.book, draft, first)
    other = World(world.network, book, world.telling, world.gazetteer, world.availability)
    return Plan(world, other, first, last)


def count(conn: Connection, plan: Plan) -> int:
    """How many orders a rehearsal looks at."""
    return conn.execute(select(func.count()).select_from(orders).where(_concerned(plan))).scalar_one()


def rehearse(
    conn: Connection, plan: Plan, now: datetime, progress: Callable[[int], None] = lambda done: None
) -> dict[str, Any]:
    """Figures of `dispatch.rehearsal.figures`. Give it one snapshot; memory stays flat, a house a row.

    An order whose log cannot be read is counted and left as it is stored.
    """
    tally = Tally()
    for rows in _chunks(conn, plan):
        _look(conn, plan, rows, now, tally)
        progress(tally.orders)
    houses: dict[str, Money] = defaultdict(Money)
    _fines(conn, plan, tally, houses)
    months = {month: _month(conn, plan, month, tally, houses) for month in whole_months(plan.first, plan.last)}
    network = plan.present.network
    stations = network.stations
    names = {code: stations[code].name for code in houses if code in stations}
    provinces = {code: stations[code].province for code in houses if code in stations}
    return figures(houses, provinces, names, tally, months)


def _concerned(plan: Plan) -> Any:
    start, end = plan.span
    late = select(v.order_id).where(v.happened_at >= start, v.happened_at < end)
    return or_(and_(o.created_at >= start - REACH, o.created_at < end), o.id.in_(late))


def _chunks(conn: Connection, plan: Plan) -> Iterator[Sequence[Any]]:
    """Orders ascending by id, some at a time."""
    query = select(o.id, o.channel, o.logistics_no, o.created_at).where(_concerned(plan)).order_by(o.id).limit(CHUNK)
    rows = conn.execute(query).all()
    while rows:
        yield rows
        rows = conn.execute(query.where(o.id > rows[-1].id)).all()


def _look(conn: Connection, plan: Plan, rows: Sequence[Row[Any]], now: datetime, tally: Tally) -> None:
    ids = [row.id for row in rows]
    told: dict[int, list[Event]] = defaultdict(list)
    query = select(e.order_id, e.kind, e.happened_at, e.recorded_at, e.by, e.data).where(among(conn, e.order_id, ids))
    for row in conn.execute(query.order_by(e.order_id, e.seq)):
        told[row.order_id].append(Event(*row[1:]))
    stored = _stored(conn, ids)
    for order in rows:
        tally.orders += 1
        cases, house_of = stored.get(order.id, {}), plan.present.network.house_of
        present = draft = None
        try:
            present = _judged(order, told[order.id], plan.present, now)
            same = plan.draft.book is plan.present.book
            draft = present if same else _judged(order, told[order.id], plan.draft, now)
        except Exception:  # one order must not end what looks at a month of them; it is counted, and stays as it is
            present = draft = None
            tally.unreadable += 1
            log.exception("order %s cannot be rehearsed", order.id)
        before, after = present or Judged({}, {}), draft or Judged({}, {})
        for one in outcomes(cases, before.found, after.found, plan.span):
            station = (one.after or one.before).station  # type: ignore[union-attr]
            tally.add(one, house_of.get(station, station))
        _count_clocks(tally, order, before, after, house_of)


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging finds, and the accept clocks that were decided: seq -> (station, verdict)."""

    found: Mapping[Key, Found]
    accepts: Mapping[int, tuple[str, Verdict]]


def _judged(order: Row[Any], told: Sequence[Event], world: World, now: datetime) -> Judged:
    life = replay(Life(order.channel, order.logistics_no, world.houses, world.book), told)
    edition = world.book.at(life.zero)
    course = course_of(life, world, edition)
    clocks = clocks_of(course, edition, now)
    suspicions = suspicions_of(course, clocks, world.book, world.availability, now)
    return Judged(
        {(s.seq, s.kind): Found(s.station, s.happened_at, s.fine_fen, bool(s.excuse)) for s in suspicions},
        {clock.seq: (clock.station, clock.verdict) for clock in clocks if _decided(clock)},
    )


def _decided(clock: Clock) -> bool:
    return clock.kind == ClockKind.ACCEPT and clock.verdict in (Verdict.KEPT, Verdict.MISSED)


def _count_clocks(tally: Tally, order: Row[Any], before: Judged, after: Judged, house_of: Mapping[str, str]) -> None:
    """By how much the draft changes what decides between equals (REWARD-2)."""
    if before.accepts == after.accepts:
        return
    month = month_of(order.created_at)
    for judged, sign in ((before, -1), (after, 1)):
        for station, verdict in judged.accepts.values():
            counter = tally.kept if verdict is Verdict.KEPT else tally.missed
            counter[house_of.get(station, station), month] += sign


def _stored(conn: Connection, ids: Sequence[int]) -> dict[int, dict[Key, Case]]:
    """Violations of these orders with the state of their case."""
    query = (
        select(
            v.order_id, v.seq, v.kind, v.station, v.happened_at, v.fine_fen, v.excuse, p.cases.c.state,
        )
        .join(p.cases, p.cases.c.violation_id == v.id)
        .where(among(conn, v.order_id, ids))
    )  # fmt: skip
    found: dict[int, dict[Key, Case]] = defaultdict(dict)
    for row in conn.execute(query):
        of = Found(row.station, row.happened_at, row.fine_fen, bool(row.excuse))
        found[row.order_id][row.seq, row.kind] = Case(of, row.state)
    return found


# ---- money ------------------------------------------------------------------------------------------------------


def _fines(conn: Connection, plan: Plan, tally: Tally, houses: dict[str, Money]) -> None:
    """Before: what the ledger has of violations of the period; under the draft: what was counted."""
    start, end = plan.span
    query = (
        select(v.house, func.sum(p.lines.c.amount_fen))
        .join_from(p.postings, p.lines, p.lines.c.posting_id == p.postings.c.id)
        .join(violations, v.id == p.postings.c.violation_id)
        .where(v.happened_at >= start, v.happened_at < end, p.lines.c.account == FINES)
        .group_by(v.house)
    )
    for house, fen in conn.execute(query):
        houses[house].before["fines"] -= int(fen)
    for which in ("draft", "worst"):
        counted: Counter[tuple[str, str]] = getattr(tally, which)
        for (house, _), fen in counted.items():
            getattr(houses[house], which)["fines"] += fen


def _month(conn: Connection, plan: Plan, month: str, tally: Tally, houses: dict[str, Money]) -> dict[str, Any]:
    """Rewards and refunds of one month, added to the houses; and how often it is settled, and its places."""
    settled = settled_before(conn, month)
    facts = facts_of(conn, month, plan.present.book, settled.network)
    level_1 = facts.network.level_1()
    due = targets(facts.houses, facts.fined, level_1, facts.terms)
    paid = {key: one.amount_fen for key, one in posted(conn, month).items()}
    before = paid if settled.number else {key: one.amount_fen for key, one in due.items()}
    for (station, kind), fen in before.items():
        houses[station].before[_part(kind)] += fen
    its = terms(plan.draft.book, month)
    for which, dirty in (("draft", tally.dirty), ("worst", tally.dirty_worst)):
        for key, target in _due(plan, facts, its, tally, which, dirty).items():
            # What is still to be posted of a settled month is no doing of the draft's.
            change = target.amount_fen - due[key].amount_fen
            getattr(houses[key[0]], which)[_part(key[1])] += before.get(key, 0) + change
    unlike = sum(1 for key, one in due.items() if one.amount_fen != paid.get(key, 0)) if settled.number else 0
    return {
        "settled": settled.number,
        "unlike_ledger": unlike,
        "places": its.places,
        "places_before": facts.terms.places,
    }


def _part(kind: str) -> str:
    return "rewards" if kind == REWARD else "refunds"


def _due(
    plan: Plan, facts: Facts, its: Terms, tally: Tally, which: str, dirty: set[tuple[str, str]]
) -> Mapping[tuple[str, str], Target]:
    """What the month would have paid under the draft."""
    houses = [
        replace(
            one, dirty=(one.station, its.month) in dirty,
            kept=one.kept + tally.kept[one.station, its.month],
            missed=one.missed + tally.missed[one.station, its.month],
        )
        for one in facts.houses
    ]  # fmt: skip
    fines: Counter[tuple[str, str]] = getattr(tally, which)
    fined = {house.station: _fined(plan, facts, its, house.station, fines, dirty) for house in houses}
    return targets(houses, fined, facts.network.level_1(), its)


def _fined(
    plan: Plan, facts: Facts, its: Terms, house: str, fines: Counter[tuple[str, str]], dirty: set[tuple[str, str]]
) -> Fined:
    """Fines of the two months before: of the period as rehearsed, of earlier ones as they are."""
    old = facts.fined.get(house, Fined())
    rehearsed_last, rehearsed_before = (month_bounds(month)[0] >= plan.span[0] for month in (its.last, its.before_last))
    return Fined(
        fines[house, its.last] if rehearsed_last else old.last,
        fines[house, its.before_last] if rehearsed_before else old.before_last,
        (house, its.last) in dirty if rehearsed_last else old.ended,
    )


def asked_for(conn: Connection, limit: int = 50) -> Sequence[Any]:
    """Rehearsals that people asked for, newest first, without their figures."""
    r = rehearsals.c
    columns = (r.id, r.asked_by, r.asked_at, r.first_day, r.last_day, r.edition, r.state, r.done, r.total, r.ended_at)
    return conn.execute(select(*columns).order_by(r.id.desc()).limit(limit)).all()


def rehearsal(conn: Connection, number: int) -> Row[Any] | None:
    """One of them, with its figures."""
    return conn.execute(select(rehearsals).where(rehearsals.c.id == number)).one_or_none()
