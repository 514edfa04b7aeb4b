"""What needs somebody now and how one stands, in counts: a few set-wise queries, whatever the number of orders."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select

from basics.days import midnight
from basics.words import CaseState, State
from dispatch.evidence.queries import within
from dispatch.lists.late.queries import TO_PICK_UP, late_accept, late_pickup
from dispatch.lists.queries import o, visible
from penalties.appeals import HQ, PROVINCE, AppealState
from people.access import Scope
from storage.tables.dispatch import assignments
from storage.tables.penalties import appeals, cases
from storage.tables.sla import violations

a, v = appeals.c, violations.c


@dataclass(frozen=True, slots=True)
class Now:
    """Orders of a scope as they lie. `late_accept` and `late_pickup` are past their deadline, `next_accept` and
    `next_pickup` the next deadlines to come. A clock that is over runs no more: then the order has none."""

    waiting: int
    late_accept: int
    next_accept: datetime | None
    to_pick_up: int
    late_pickup: int
    next_pickup: datetime | None
    at_data_centre: int
    held: int


def lying(conn: Connection, scope: Scope, now: datetime) -> Now:
    """What lies with the scope's holders, at the data centre and at the gate."""
    waits, picks = o.state == State.WAITING, o.state.in_(TO_PICK_UP)
    row = conn.execute(
        select(
            func.count().filter(waits),
            func.count().filter(late_accept(now)),
            func.min(case((and_(waits, o.accept_due_at >= now), o.accept_due_at))),
            func.count().filter(picks),
            func.count().filter(late_pickup(now)),
            func.min(case((and_(picks, o.pickup_due_at >= now), o.pickup_due_at))),
            func.count().filter(o.state == State.AT_DATA_CENTRE),
            func.count().filter(o.state == State.HELD),
        )
        .where(visible(scope, few=True))
        .where(o.state.in_((State.WAITING, *TO_PICK_UP, State.AT_DATA_CENTRE, State.HELD)))
    ).one()
    return Now(*row)


def suspected(conn: Connection, scope: Scope) -> tuple[int, datetime | None]:
    """Suspicions nobody has decided, and since when the oldest waits."""
    query = (
        select(func.count(), func.min(cases.c.opened_at))
        .join_from(cases, violations, v.id == cases.c.violation_id)
        .where(cases.c.state == CaseState.SUSPECTED, within(scope))
    )
    row = conn.execute(query).one()
    return row[0], row[1]


def hearings(conn: Connection, scope: Scope, stage: str, now: datetime) -> tuple[int, datetime | None]:
    """Appeals that wait for `stage`, and when the first of them falls due (APPEAL-2): what a province was silent about
    is HQ's."""
    silent = and_(a.stage == PROVINCE, a.due_at <= now)
    there = or_(a.stage == HQ, silent) if stage == HQ else and_(a.stage == PROVINCE, ~silent)
    query = (
        select(func.count(), func.min(a.due_at))
        .join_from(appeals, violations, v.id == a.violation_id)
        .where(a.state == AppealState.OPEN, there, within(scope))
    )
    row = conn.execute(query).one()
    return row[0], row[1]


def violations_by_day(conn: Connection, scope: Scope, days: Sequence[date]) -> dict[str, list[int]]:
    """Kind -> how many happened on each of these days in a row, oldest first, that have not fallen."""
    standing = cases.c.state.in_((CaseState.SUSPECTED, CaseState.CONFIRMED))
    query = (
        select(v.kind, *_each(v.happened_at, days))
        .join(cases, cases.c.violation_id == v.id)
        .where(v.happened_at >= midnight(days[0]), v.happened_at < _end(days), standing, within(scope))
        .group_by(v.kind)
        .order_by(v.kind)
    )
    return {row[0]: list(row[1:]) for row in conn.execute(query)}


def orders_by_day(conn: Connection, stations: Sequence[str], days: Sequence[date]) -> Mapping[str, list[int]]:
    """`assigned` and `accepted`: how many orders came to these stations on each of these days, and how many of those
    they accepted."""
    since = assignments.c.started_at
    accepted = assignments.c.accepted_at.is_not(None)
    query = select(*_each(since, days), *_each(since, days, accepted)).where(
        assignments.c.station.in_(stations), since >= midnight(days[0]), since < _end(days)
    )
    row = conn.execute(query).one()
    return {"assigned": list(row[: len(days)]), "accepted": list(row[len(days) :])}


def _each(at: Any, days: Sequence[date], *also: Any) -> list[Any]:
    starts = [midnight(day) for day in days] + [_end(days)]
    return [func.count().filter(at >= start, at < end, *also) for start, end in itertools.pairwise(starts)]


def _end(days: Sequence[date]) -> datetime:
    return midnight(date.fromordinal(days[-1].toordinal() + 1))
