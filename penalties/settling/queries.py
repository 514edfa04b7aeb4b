"""Reads what a month's settlement rests on, a row a station: never an order. And the dry run (SETTLE-1)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from basics.days import month_bounds
from basics.refusal import Refusal
from basics.words import SEND_EXPRESS, CaseState, ClockKind, State, Verdict
from penalties.rewards import HouseMonth
from penalties.settlement import (
    DryRun,
    Fined,
    Key,
    Network,
    Posted,
    Terms,
    before,
    differences,
    dry_run_of,
    provinces,
    targets,
    terms,
)
from rulebook.book import Book
from storage.tables import penalties as t
from storage.tables.dispatch import orders
from storage.tables.geo import stations
from storage.tables.sla import clocks, violations

NOT_OVER = Refusal("month_not_over", "本月尚未结束 / the month is not over yet", "month")
# A decision may carry an instant from before a settlement and be committed only after it.
STILL_WRITTEN = timedelta(minutes=10)
o, c, v = orders.c, clocks.c, violations.c


@dataclass(frozen=True, slots=True)
class Settled:
    """How often a month was settled so far, and the network it was settled by the first time."""

    number: int
    network: Network | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a month's money rests on."""

    terms: Terms
    network: Network
    names: Mapping[str, str]
    houses: Sequence[HouseMonth]
    fined: Mapping[str, Fined]


def dry_run(conn: Connection, month: str, book: Book, now: datetime, also: bool = True) -> DryRun | Refusal:
    """What settling the month would post now, with reasons. `also` False: other months are not looked at, which is
    enough for whoever only compares the digest. `month_not_over`; ValueError when there is no such month."""
    if now < month_bounds(month)[1]:
        return NOT_OVER
    run = plan(conn, month, book)[0]
    return replace(run, also=tuple(_also(conn, month, book))) if also else run


def plan(conn: Connection, month: str, book: Book) -> tuple[DryRun, Facts]:
    """The dry run of a month, over or not, and what it rests on."""
    settled = settled_before(conn, month)
    facts = facts_of(conn, month, book, settled.network)
    level_1 = facts.network.level_1()
    due = targets(facts.houses, facts.fined, level_1, facts.terms)
    items = list(differences(month, due, posted(conn, month), settled.number > 0))
    found = provinces(facts.houses, level_1, facts.terms, facts.names)
    return dry_run_of(facts.terms, settled.number, found, items, facts.network), facts


def settled_before(conn: Connection, month: str) -> Settled:
    """How the month was settled so far."""
    s = t.settlements.c
    rows = conn.execute(select(s.figures).where(s.month == month).order_by(s.number)).all()
    if not rows:
        return Settled(0, None)
    kept = rows[0].figures["network"]
    return Settled(len(rows), Network(kept["provinces"], kept["houses"]))


def posted(conn: Connection, month: str) -> dict[Key, Posted]:
    """What the settlements of a month posted so far, by station and kind."""
    s, i = t.settlements.c, t.settlement_items.c
    query = (
        select(i.station, i.kind, func.sum(i.amount_fen), func.count())
        .join(t.settlements, s.id == i.settlement_id)
        .where(s.month == month)
        .group_by(i.station, i.kind)
    )
    return {(station, kind): Posted(int(fen), count) for station, kind, fen, count in conn.execute(query)}


def facts_of(conn: Connection, month: str, book: Book, kept: Network | None) -> Facts:
    """The month as it stands now. `kept`: the network of its first settlement, by which it is settled again: a station
    that came later changes no place of a month that was settled."""
    present, names = _network(conn)
    network = present if kept is None else Network(kept.provinces, {**present.houses, **kept.houses})
    its_terms = terms(book, month)
    dirty, fined = _violations(conn, its_terms)
    return Facts(its_terms, network, names, _houses(conn, month, network, dirty), fined)


def _network(conn: Connection) -> tuple[Network, dict[str, str]]:
    """Who belongs where now, and the names of the stations."""
    s = stations.c
    rows = conn.execute(select(s.code, s.name, s.level, s.parent, s.province).order_by(s.code)).all()
    provinces = {row.code: row.province for row in rows if row.level == 1}
    houses = {row.code: row.parent for row in rows if row.level == 2}
    return Network(provinces, houses), {row.code: row.name for row in rows}


def _houses(conn: Connection, month: str, network: Network, dirty: set[str]) -> list[HouseMonth]:
    """One a level-1 station, in their order."""
    figures: dict[str, list[int]] = {code: [0, 0, 0, 0] for code in network.provinces}
    found, span = _orders(conn, month)
    parts = [(holder, (send_express, online, 0, 0)) for holder, send_express, online in found]
    if span is not None:
        parts += [(holder, (0, 0, kept, missed)) for holder, kept, missed in _clocks(conn, month, span)]
    for holder, part in parts:
        house = network.house(holder)
        if house is not None:
            figures[house] = [a + b for a, b in zip(figures[house], part, strict=True)]
    return [
        HouseMonth(code, network.provinces[code], send_express, online, kept, missed, code in dirty)
        for code, (send_express, online, kept, missed) in sorted(figures.items())
    ]


def _orders(conn: Connection, month: str) -> tuple[list[tuple[str | None, int, int]], tuple[int, int] | None]:
    """(last holder, send_express, online) of the month's orders without those withdrawn, and the least and the greatest
    id of all of them. One that is held has no holder."""
    start, end = month_bounds(month)
    counts = o.state != State.WITHDRAWN
    query = (
        select(
            o.station,
            func.count().filter(and_(counts, o.business_type == SEND_EXPRESS)),
            func.count().filter(and_(counts, o.online)),
            func.min(o.id), func.max(o.id),
        )
        .where(o.created_at >= start, o.created_at < end)
        .group_by(o.station)
    )  # fmt: skip
    rows = conn.execute(query).all()
    if not rows:
        return [], None
    return [(row[0], row[1], row[2]) for row in rows], (min(row[3] for row in rows), max(row[4] for row in rows))


def _clocks(conn: Connection, month: str, span: tuple[int, int]) -> Iterator[tuple[str, int, int]]:
    """(station, kept, missed) of the accept clocks of the month's orders. The span of their ids keeps PostgreSQL from
    walking the clocks of all years."""
    start, end = month_bounds(month)
    query = (
        select(
            c.station,
            func.count().filter(c.verdict == Verdict.KEPT),
            func.count().filter(c.verdict == Verdict.MISSED),
        )
        .join(orders, o.id == c.order_id)
        .where(o.created_at >= start, o.created_at < end, c.order_id.between(*span), o.id.between(*span))
        .where(c.kind == ClockKind.ACCEPT, c.verdict.in_((Verdict.KEPT, Verdict.MISSED)))
        .group_by(c.station)
    )
    for row in conn.execute(query):
        yield row[0], row[1], row[2]


def _violations(conn: Connection, its: Terms) -> tuple[set[str], dict[str, Fined]]:
    """Houses with a confirmed violation in the month, and the fines of all in the two months before (SETTLE-2)."""
    edges = [month_bounds(month)[0] for month in (its.before_last, its.last, its.month)]
    edges.append(month_bounds(its.month)[1])
    which = _which(list(pairwise(edges))).label("which")
    query = (
        select(v.house, which, func.sum(v.fine_fen))
        .join(t.cases, t.cases.c.violation_id == v.id)
        .where(v.happened_at >= edges[0], v.happened_at < edges[-1], t.cases.c.state == CaseState.CONFIRMED)
        .group_by(v.house, which)
    )
    dirty: set[str] = set()
    fines: dict[str, list[int | None]] = defaultdict(lambda: [None, None])
    for house, number, fen in conn.execute(query):
        if number == 2:
            dirty.add(house)
        else:
            fines[house][number] = int(fen)
    return dirty, {house: Fined(last or 0, old or 0, last is not None) for house, (old, last) in fines.items()}


def _which(spans: Sequence[tuple[datetime, datetime]]) -> Any:
    """The number of the span in which a violation happened, from 0."""
    return case(*((and_(v.happened_at >= start, v.happened_at < end), n) for n, (start, end) in enumerate(spans)))


def _also(conn: Connection, month: str, book: Book) -> Iterator[str]:
    """Other settled months that would post something if they were settled again. Looked at are those which a case
    decided since concerns: a violation tells on its own month and on the two after."""
    last = _settled(conn, month)
    for other in sorted(_touched(conn, last)):
        if plan(conn, other, book)[0].items:
            yield other


def _settled(conn: Connection, but: str) -> dict[str, datetime]:
    """Settled month -> when last."""
    s = t.settlements.c
    query = select(s.month, func.max(s.settled_at)).where(s.month != but).group_by(s.month)
    return {row.month: row[1] for row in conn.execute(query)}


def _touched(conn: Connection, settled: Mapping[str, datetime]) -> list[str]:
    """Those of the settled months for which a case was decided since."""
    if not settled:
        return []
    concerned = {month: (month, before(month), before(before(month))) for month in sorted(settled)}
    months = sorted({name for names in concerned.values() for name in names})
    which = _which([month_bounds(name) for name in months]).label("which")
    changed = t.cases.c.changed_at
    query = (
        select(which, func.max(changed))
        .join(t.cases, t.cases.c.violation_id == v.id)
        .where(t.cases.c.state.in_((CaseState.CONFIRMED, CaseState.OVERTURNED)))
        .where(changed >= min(settled.values()) - STILL_WRITTEN)
        .group_by(which)
    )
    last = {months[number]: at for number, at in conn.execute(query) if number is not None}
    return [
        month
        for month, names in concerned.items()
        if any(name in last and last[name] >= settled[month] - STILL_WRITTEN for name in names)
    ]
