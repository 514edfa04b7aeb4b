"""HQ's review list and the decided cases (VIO-4), with their orders. Keyset paging, no query per row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, func, or_, select

from basics.words import CaseState
from storage.sql import among
from storage.tables.dispatch import orders
from storage.tables.penalties import case_log, cases
from storage.tables.sla import violations

PAGE = 50
Cursor = tuple[datetime, int]
EXCUSED, NOT_EXCUSED = "excused", "not_excused"
AGES = (1, 3, 7, 0)  # days; 0: older than all of them
REASONS_FROM = 2_000  # decisions, the last ones

v = violations.c


@dataclass(frozen=True, slots=True)
class Filters:
    """`kind` is a violation's id; `excuse` is EXCUSED, NOT_EXCUSED or one check of VIO-3; `until`: happened by then;
    `from_fen`: a fine of that or more. Empty: all."""

    kind: str = ""
    excuse: str = ""
    station: str = ""
    until: datetime | None = None
    from_fen: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """Open suspicions of one kind, excuse, fine and age: the first of AGES that they are not past; 0: past all."""

    kind: str
    excuse: str
    fine_fen: int
    age: int
    count: int

    @property
    def fen(self) -> int:
        """What is at stake."""
        return self.fine_fen * self.count


@dataclass(frozen=True, slots=True)
class Page:
    """Violations with their case and order, and where the next page begins; None on the last."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


def suspicions(conn: Connection, filters: Filters, after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Open suspicions with their evidence, oldest first."""
    # Which ones first, by narrow columns alone: a hundred thousand with their evidence are slow to sort.
    found = oldest(filters, limit + 1)
    if after is not None:
        at, last = after
        found = found.where(or_(v.happened_at > at, and_(v.happened_at == at, v.id > last)))
    rows = conn.execute(_select().where(v.id.in_(found)).order_by(v.happened_at, v.id)).all()
    return _page(rows, limit, "happened_at")


def oldest(filters: Filters, limit: int) -> Select[Any]:
    """Ids of the oldest open suspicions, for another query."""
    query = select(v.id).join(cases, cases.c.violation_id == v.id).where(cases.c.state == CaseState.SUSPECTED)
    return narrowed(query, filters).order_by(v.happened_at, v.id).limit(limit)


def decided(conn: Connection, filters: Filters, after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Cases that were decided or that news cleared, last decision first."""
    c = cases.c
    found = select(c.violation_id).where(c.state != CaseState.SUSPECTED, c.decided_at.is_not(None))
    if filters != Filters():
        found = narrowed(found.join(violations, v.id == c.violation_id), filters)
    if after is not None:
        at, last = after
        found = found.where(or_(c.decided_at < at, and_(c.decided_at == at, c.violation_id < last)))
    found = found.order_by(c.decided_at.desc(), c.violation_id.desc()).limit(limit + 1)
    rows = conn.execute(_select().where(v.id.in_(found)).order_by(c.decided_at.desc(), v.id.desc())).all()
    return _page(rows, limit, "decided_at")


def suspicion(conn: Connection, violation_id: int) -> Row[Any] | None:
    """One violation with its case and order."""
    return conn.execute(_select().where(v.id == violation_id)).one_or_none()


def suspicions_of(conn: Connection, violation_ids: Sequence[int]) -> list[Row[Any]]:
    """These, with their case and order, oldest first."""
    query = _select().where(among(conn, v.id, violation_ids))
    return list(conn.execute(query.order_by(v.happened_at, v.id)))


def steps_of(conn: Connection, violation_id: int) -> list[Row[Any]]:
    """The log of its case, first step first."""
    query = select(case_log).where(case_log.c.violation_id == violation_id)
    return list(conn.execute(query.order_by(case_log.c.step)))


def excused_of(conn: Connection, violation_ids: Sequence[int]) -> list[int]:
    """Those of them that are open and likely excused."""
    query = select(v.id).join(cases, cases.c.violation_id == v.id)
    query = query.where(among(conn, v.id, violation_ids), v.excuse != "")
    return list(conn.scalars(query.where(cases.c.state == CaseState.SUSPECTED)))


def open_totals(conn: Connection, now: datetime, station: str = "") -> list[Total]:
    """How many suspicions are open, by kind, excuse, fine and age in days."""
    past = [(v.happened_at > now - timedelta(days=days), days) for days in AGES[:-1]]
    age = case(*past, else_=AGES[-1]).label("age")
    query = (
        select(v.kind, v.excuse, v.fine_fen, age, func.count())
        .join(cases, cases.c.violation_id == v.id)
        .where(cases.c.state == CaseState.SUSPECTED)
        .group_by(v.kind, v.excuse, v.fine_fen, age)
    )
    if station:
        query = query.where(v.station == station)
    return [Total(*row) for row in conn.execute(query)]


def frequent_reasons(conn: Connection, most: int = 6) -> list[str]:
    """What people gave as their reason lately, the most frequent first."""
    c = case_log.c
    decided = c.to_state.in_((CaseState.CONFIRMED, CaseState.DISMISSED)), c.from_state == CaseState.SUSPECTED
    last = select(c.reason).where(*decided).order_by(c.id.desc()).limit(REASONS_FROM).subquery()
    query = select(last.c.reason).group_by(last.c.reason).having(func.count() > 1)
    return list(conn.scalars(query.order_by(func.count().desc(), last.c.reason).limit(most)))


def narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    """A query on violations, of those that the filters let through."""
    if filters.kind:
        query = query.where(v.kind == filters.kind)
    if filters.station:
        query = query.where(v.station == filters.station)
    if filters.until is not None:
        query = query.where(v.happened_at <= filters.until)
    if filters.from_fen:
        query = query.where(v.fine_fen >= filters.from_fen)
    if filters.excuse == EXCUSED:
        return query.where(v.excuse != "")
    if filters.excuse == NOT_EXCUSED:
        return query.where(v.excuse == "")
    return query.where(v.excuse == filters.excuse) if filters.excuse else query


def _select() -> Select[Any]:
    return (
        select(
            violations,
            cases.c.state.label("case_state"), cases.c.opened_at, cases.c.decided_at, cases.c.decided_by,
            cases.c.reason, orders.c.logistics_no, orders.c.channel, orders.c.state.label("order_state"),
            orders.c.created_at,
        )
        .join(cases, cases.c.violation_id == v.id)
        .join(orders, orders.c.id == v.order_id)
    )  # fmt: skip


def _page(rows: Sequence[Row[Any]], limit: int, key: str) -> Page:
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], (getattr(last, key), last.id))
