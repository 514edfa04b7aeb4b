"""Lists of violations to appeal against and of appeals, by who may see them (ROLE-1, APPEAL-1, APPEAL-2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, String, and_, cast, exists, func, or_, select, true

from basics.words import CaseState
from penalties.appeals import HQ, PROVINCE, AppealState
from penalties.hearings.telling import KEY, About
from people.access import Scope
from storage.sql import among
from storage.tables import penalties as t
from storage.tables.dispatch import orders
from storage.tables.geo import stations
from storage.tables.notify import messages
from storage.tables.sla import violations

PAGE = 50
Cursor = tuple[datetime, int]
v, a, f = violations.c, t.appeals.c, t.appeal_files.c
OF_VIOLATION = (v.kind, v.house, v.order_id, v.happened_at, v.fine_fen, orders.c.logistics_no)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and where the next page begins; None on the last."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


def published(conn: Connection, scope: Scope, after: Cursor | None = None) -> Page:
    """Violations that stand confirmed and were told as such, those told last first; `at`: when."""
    n, item = t.notices.c, t.notice_items.c
    told = (
        select(item.violation_id.label("id"), func.min(n.published_at).label("at"))
        .join(t.notices, n.id == item.notice_id)
        .join(violations, v.id == item.violation_id)
        .where(item.state == CaseState.CONFIRMED, within(scope))
        .group_by(item.violation_id)
        .subquery()
    )
    query = (
        select(v.id, v.station, *OF_VIOLATION, told.c.at)
        .join(told, told.c.id == v.id)
        .join(t.cases, t.cases.c.violation_id == v.id)
        .join(orders, orders.c.id == v.order_id)
        .where(t.cases.c.state == CaseState.CONFIRMED)
    )
    return _page(conn, query, told.c.at, v.id, after)


def waiting(conn: Connection, scope: Scope, stage: str, now: datetime, after: Cursor | None = None) -> Page:
    """Open at that stage, those entered first first. What a province was silent about is HQ's from the end on."""
    silent = and_(a.stage == PROVINCE, a.due_at <= now)
    there = or_(a.stage == HQ, silent) if stage == HQ else and_(a.stage == PROVINCE, ~silent)
    query = _appeals(scope).where(a.state == AppealState.OPEN, there)
    return _page(conn, query, a.opened_at, a.id, after, oldest_first=True)


def closed_by(conn: Connection, scope: Scope, by: str, after: Cursor | None = None) -> Page:
    """What this person decided, newest first."""
    return _page(conn, _appeals(scope).where(a.closed_by == by), a.closed_at, a.id, after)


def entered(conn: Connection, scope: Scope, after: Cursor | None = None) -> Page:
    """All of the scope, newest first."""
    return _page(conn, _appeals(scope), a.opened_at, a.id, after)


def stages(conn: Connection, violation_id: int) -> Sequence[Row[Any]]:
    """The stages of one violation, the province's first."""
    return conn.execute(select(t.appeals).where(a.violation_id == violation_id).order_by(a.id)).all()


def files(conn: Connection, appeal_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The files of these appeals, without what is in them."""
    query: Select[Any] = select(f.appeal_id, f.own_name, f.name, f.media_type, f.size, f.by, f.added_at)
    return conn.execute(query.where(among(conn, f.appeal_id, appeal_ids)).order_by(f.id)).all()


def file(conn: Connection, own_name: str, scope: Scope) -> Row[Any] | None:
    """One file with its content; None when its violation is not in the scope."""
    query: Select[Any] = (
        select(f.own_name, f.name, f.media_type, f.content, a.violation_id, v.order_id)
        .join(t.appeals, a.id == f.appeal_id)
        .join(violations, v.id == a.violation_id)
        .where(f.own_name == own_name, within(scope))
    )
    return conn.execute(query).one_or_none()


def of_order(conn: Connection, logistics_no: str, scope: Scope) -> Sequence[Row[Any]]:
    """The confirmed violations of an order, of the scope."""
    query: Select[Any] = (
        select(v.id, v.station, *OF_VIOLATION)
        .join(orders, orders.c.id == v.order_id)
        .join(t.cases, t.cases.c.violation_id == v.id)
        .where(orders.c.logistics_no == logistics_no, t.cases.c.state == CaseState.CONFIRMED, within(scope))
    )
    return conn.execute(query.order_by(v.id)).all()


def weeks_of(conn: Connection, violation_id: int) -> Sequence[Row[Any]]:
    """The notices that hold a violation: week, number, published_at."""
    n, item = t.notices.c, t.notice_items.c
    query: Select[Any] = select(n.week, n.number, n.published_at).join(t.notice_items, item.notice_id == n.id)
    return conn.execute(query.where(item.violation_id == violation_id).order_by(n.published_at)).all()


def about(conn: Connection, violation_ids: Collection[int]) -> list[About]:
    """The stages of these violations, as they are told."""
    query = (
        select(
            a.id, a.violation_id, a.stage, v.kind, a.station, v.house, a.province, orders.c.logistics_no, a.state,
            a.due_at,
        )
        .join(violations, v.id == a.violation_id)
        .join(orders, orders.c.id == v.order_id)
        .where(among(conn, a.violation_id, violation_ids))
        .order_by(a.id)
    )  # fmt: skip
    return [About(*row[:8], AppealState(row.state), row.due_at) for row in conn.execute(query)]


def untold(conn: Connection, limit: int) -> list[int]:
    """Violations whose appeal is open at HQ, which was not told of it."""
    said = exists().where(messages.c.key == KEY + cast(a.id, String))
    query = select(a.violation_id).where(a.state == AppealState.OPEN, a.stage == HQ, ~said)
    return list(conn.scalars(query.order_by(a.id).limit(limit)))


def within(scope: Scope) -> ColumnElement[bool]:
    """The condition on `violations` that `scope.holds` says of the station they are of."""
    if scope.everywhere:
        return true()
    if scope.province is not None:
        return v.station.in_(select(stations.c.code).where(stations.c.province == scope.province))
    return v.station.in_(scope.stations)


def _appeals(scope: Scope) -> Select[Any]:
    return (
        select(t.appeals, *OF_VIOLATION)
        .join(violations, v.id == a.violation_id)
        .join(orders, orders.c.id == v.order_id)
        .where(within(scope))
    )


def _page(
    conn: Connection, query: Select[Any], at: ColumnElement[Any], key: ColumnElement[Any], after: Cursor | None,
    oldest_first: bool = False,
) -> Page:  # fmt: skip
    if after is not None:
        when, last = after
        further = or_(at > when, and_(at == when, key > last)) if oldest_first else or_(
            at < when, and_(at == when, key < last)
        )  # fmt: skip
        query = query.where(further)
    order = (at, key) if oldest_first else (at.desc(), key.desc())
    rows = conn.execute(query.add_columns(at.label("page_at")).order_by(*order).limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    return Page(shown, (shown[-1].page_at, shown[-1].id) if len(rows) > PAGE else None)
