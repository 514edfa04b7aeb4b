"""Reads notices: what the next one of a week would tell, those published, and the violations behind a figure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, and_, func, or_, select

from basics.days import week_bounds, week_of
from basics.refusal import Refusal
from notify.messages import in_batches
from penalties.notices import CONFIRMED, OVERTURNED, WEEK, Item, as_told, freeze
from storage.tables import penalties as t
from storage.tables.dispatch import orders
from storage.tables.geo import stations
from storage.tables.sla import violations

PAGE = 12  # weeks
v, n, item = violations.c, t.notices.c, t.notice_items.c
_ITEM: tuple[Column[Any], ...] = (
    v.id, stations.c.province, v.station, stations.c.name, v.house, v.kind, t.cases.c.state, v.fine_fen,
    orders.c.logistics_no, v.happened_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """The next notice of a week as it would be now."""

    number: int
    items: list[Item]
    provinces: list[str]  # whom it concerns: all of them, of a supplement those it tells of


def draft(conn: Connection, week: str, now: datetime) -> Refusal | Draft:
    """`week_not_over` before its end."""
    start, end = week_bounds(week)
    if now < end:
        return Refusal("week_not_over", "本周尚未结束 / the week is not over yet", "week")
    # The number first: whoever publishes between the two reads takes it away, and we are refused.
    number = conn.execute(select(func.count()).select_from(t.notices).where(n.week == week)).scalar_one()
    items = freeze(decided_in(conn, start, end), told_in_week(conn, week))
    provinces = {one.province for one in items}
    if number == 0:
        provinces |= set(conn.scalars(select(stations.c.province).distinct()))
    return Draft(number, items, sorted(provinces))


def offered(conn: Connection, week: str, now: datetime) -> Refusal | Draft:
    """What people are offered to publish: no first notice of a week before the record begins, `week_too_old`. A
    mistyped year would tell the whole network of it."""
    found = draft(conn, week, now)
    if isinstance(found, Draft) and found.number == 0 and week < (first_week(conn) or week_of(now - WEEK)):
        return Refusal("week_too_old", "该周早于首个订单,不能发布 / the week is before the first order", "week")
    return found


def first_week(conn: Connection) -> str:
    """The week of the first order or violation known, "" without any."""
    order = select(orders.c.created_at).order_by(orders.c.id).limit(1)
    found = [at for at in (conn.scalar(order), conn.scalar(select(func.min(v.happened_at)))) if at is not None]
    return week_of(min(found)) if found else ""


def decided_in(conn: Connection, start: datetime, end: datetime) -> list[Item]:
    """Decided violations that happened in [start, end), with the province of their station (SETTLE-2)."""
    query: Select[Any] = (
        select(*_ITEM)
        .select_from(violations)
        .join(t.cases, t.cases.c.violation_id == v.id)
        .join(stations, stations.c.code == v.station)
        .join(orders, orders.c.id == v.order_id)
        .where(v.happened_at >= start, v.happened_at < end, t.cases.c.state.in_((CONFIRMED, OVERTURNED)))
        .order_by(stations.c.province, v.station, v.id)
    )
    return _items(conn, query)


def told_in_week(conn: Connection, week: str) -> list[tuple[int, str]]:
    """What the notices of a week told so far, (violation, state) latest last."""
    query = (
        select(item.violation_id, item.state)
        .join(t.notices, n.id == item.notice_id)
        .where(n.week == week)
        .order_by(n.number)
    )
    return [(row.violation_id, row.state) for row in conn.execute(query)]


def weeks_untold(conn: Connection, before: datetime) -> set[str]:
    """Weeks in which a violation happened that was confirmed, or fell after it was told, before this instant, and of
    which no notice tells it."""
    case = t.cases.c
    # By violation, once: notice_items has no index by it.
    told = select(item.violation_id, func.count().label("times")).group_by(item.violation_id).subquery()
    times = func.coalesce(told.c.times, 0)  # 1: as confirmed; 2: as fallen, too
    query = (
        select(v.happened_at)
        .join(t.cases, case.violation_id == v.id)
        .outerjoin(told, told.c.violation_id == v.id)
        .where(case.changed_at < before)
        .where(or_(and_(case.state == CONFIRMED, times == 0), and_(case.state == OVERTURNED, times == 1)))
    )
    return {week_of(at) for at in conn.scalars(query)}


def published_weeks(conn: Connection) -> dict[str, int]:
    """Week -> how many notices it has."""
    return {row[0]: row[1] for row in conn.execute(select(n.week, func.count()).group_by(n.week))}


def notices_of(conn: Connection, week: str) -> Sequence[Row[Any]]:
    """The notice of a week and its supplements, in order."""
    return conn.execute(select(t.notices).where(n.week == week).order_by(n.number)).all()


def newest(conn: Connection, before: str = "", limit: int = PAGE) -> tuple[Sequence[Row[Any]], str]:
    """Notices by week, newest week first; the supplements of a week in order. `before`: of earlier weeks only. And the
    week after which the next page begins, "" on the last."""
    weeks = select(n.week).distinct().order_by(n.week.desc()).limit(limit + 1)
    if before:
        weeks = weeks.where(n.week < before)
    found = list(conn.scalars(weeks))
    rows = conn.execute(select(t.notices).where(n.week.in_(found[:limit])).order_by(n.week.desc(), n.number)).all()
    return rows, found[limit - 1] if len(found) > limit else ""


def items_of(
    conn: Connection,
    notice: Row[Any],
    codes: Collection[str] | None = None,
    kind: str = "",
    state: str = "",
    after: int = 0,
    limit: int | None = None,
) -> list[Item]:
    """Violations that a notice tells, as it told them, by their number; `codes`: of these stations only. Province and
    name of a station are the frozen ones."""
    columns = [item.state if column is t.cases.c.state else item.fine_fen if column is v.fine_fen else column
               for column in _ITEM]  # fmt: skip
    query: Select[Any] = (
        select(*columns)
        .select_from(t.notice_items)
        .join(violations, v.id == item.violation_id)
        .join(stations, stations.c.code == v.station)
        .join(orders, orders.c.id == v.order_id)
        .where(item.notice_id == notice.id, v.id > after)
    )
    if kind:
        query = query.where(v.kind == kind)
    if state:
        query = query.where(item.state == state)
    query = query.order_by(v.id).limit(limit)
    found: list[Item] = []
    if codes is None:
        found = _items(conn, query)
    else:
        for some in in_batches(sorted(codes)):
            found += _items(conn, query.where(v.station.in_(some)))
    return as_told(sorted(found, key=lambda one: one.violation_id)[:limit], notice.figures)


def _items(conn: Connection, query: Select[Any]) -> list[Item]:
    return [Item(*row) for row in conn.execute(query)]
