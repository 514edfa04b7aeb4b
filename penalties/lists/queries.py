"""HQ's review list and the decided cases (VIO-4), with their orders. Keyset paging, no query per row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from basics.words import CaseState
from storage.tables.dispatch import orders
from storage.tables.penalties import cases
from storage.tables.sla import violations

PAGE = 50
Cursor = tuple[datetime, int]
EXCUSED, NOT_EXCUSED = "excused", "not_excused"

v = violations.c


@dataclass(frozen=True, slots=True)
class Filters:
    """`kind` is a violation's id; `excuse` is EXCUSED, NOT_EXCUSED or one check of VIO-3. Empty: all."""

    kind: str = ""
    excuse: str = ""
    station: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Violations with their case and order, and where the next page begins; None on the last."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


def suspicions(conn: Connection, filters: Filters, after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Open suspicions with their evidence, oldest first."""
    query = _select(filters).where(cases.c.state == CaseState.SUSPECTED)
    if after is not None:
        at, last = after
        query = query.where(or_(v.happened_at > at, and_(v.happened_at == at, v.id > last)))
    rows = conn.execute(query.order_by(v.happened_at, v.id).limit(limit + 1)).all()
    return _page(rows, limit, "happened_at")


def decided(conn: Connection, filters: Filters, after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Cases that were decided or that news cleared, last decision first."""
    decided_at = cases.c.decided_at
    query = _select(filters).where(cases.c.state != CaseState.SUSPECTED, decided_at.is_not(None))
    if after is not None:
        at, last = after
        query = query.where(or_(decided_at < at, and_(decided_at == at, v.id < last)))
    rows = conn.execute(query.order_by(decided_at.desc(), v.id.desc()).limit(limit + 1)).all()
    return _page(rows, limit, "decided_at")


def suspicion(conn: Connection, violation_id: int) -> Row[Any] | None:
    """One violation with its case and order."""
    return conn.execute(_select(Filters()).where(v.id == violation_id)).one_or_none()


def excused_of(conn: Connection, violation_ids: Sequence[int]) -> list[int]:
    """Those of them that are open and likely excused."""
    query = select(v.id).join(cases, cases.c.violation_id == v.id).where(v.id.in_(violation_ids), v.excuse != "")
    return list(conn.scalars(query.where(cases.c.state == CaseState.SUSPECTED)))


def open_counts(conn: Connection) -> dict[tuple[str, str], int]:
    """(kind, excuse) -> open suspicions."""
    query = (
        select(v.kind, v.excuse, func.count())
        .join(cases, cases.c.violation_id == v.id)
        .where(cases.c.state == CaseState.SUSPECTED)
        .group_by(v.kind, v.excuse)
    )
    return {(row[0], row[1]): row[2] for row in conn.execute(query)}


def _select(filters: Filters) -> Select[Any]:
    query = (
        select(
            violations,
            cases.c.state.label("case_state"), cases.c.opened_at, cases.c.decided_at, cases.c.decided_by,
            cases.c.reason, orders.c.logistics_no, orders.c.channel, orders.c.state.label("order_state"),
            orders.c.created_at,
        )
        .join(cases, cases.c.violation_id == v.id)
        .join(orders, orders.c.id == v.order_id)
    )  # fmt: skip
    if filters.kind:
        query = query.where(v.kind == filters.kind)
    if filters.station:
        query = query.where(v.station == filters.station)
    if filters.excuse == EXCUSED:
        return query.where(v.excuse != "")
    if filters.excuse == NOT_EXCUSED:
        return query.where(v.excuse == "")
    return query.where(v.excuse == filters.excuse) if filters.excuse else query


def _page(rows: Sequence[Row[Any]], limit: int, key: str) -> Page:
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], (getattr(last, key), last.id))
