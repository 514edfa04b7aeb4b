"""Reads which orders a case still needs, and which files of appeals may go (RELIABILITY 11.3)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, exists, func, or_, select

from basics.words import CaseState
from penalties import byhand
from storage.tables import penalties as t
from storage.tables.sla import violations

# An appeal may follow for some days after a notice, and one to HQ after the province's answer (APPEAL-1, APPEAL-2);
# a settlement of the month too. Far longer than all of them.
RECENT = timedelta(days=92)

v, c, a, f = violations.c, t.cases.c, t.appeals.c, t.appeal_files.c


def still_needed(order_id: Column[int], now: datetime) -> ColumnElement[bool]:
    """Whether a suspicion, an appeal or a request of money about this order is open, or may yet come."""
    item, n, r, p = t.notice_items.c, t.notices.c, t.money_requests.c, t.postings.c
    told = exists().where(item.violation_id == v.id)
    lately = exists().where(item.violation_id == v.id, n.id == item.notice_id, n.published_at >= now - RECENT)
    heard = exists().where(a.violation_id == v.id, or_(a.state == "open", a.closed_at >= now - RECENT))
    asked = exists().where(p.violation_id == v.id, r.about == p.key, r.state == byhand.OPEN)
    return exists().where(
        v.order_id == order_id,
        c.violation_id == v.id,
        or_(
            c.state == CaseState.SUSPECTED,
            (c.state == CaseState.CONFIRMED) & ~told,
            c.changed_at >= now - RECENT,
            lately,
            heard,
            asked,
        ),
    )


def _over(before: datetime) -> ColumnElement[bool]:
    """Files with content whose violation has no open appeal and had its last decision before."""
    others = t.appeals.alias()
    later = exists().where(
        others.c.violation_id == a.violation_id, or_(others.c.closed_at.is_(None), others.c.closed_at >= before)
    )
    return (func.length(f.content) > 0) & ~later


def old_files(conn: Connection, before: datetime, limit: int) -> list[int]:
    """Files whose case was decided for good before then."""
    query = select(f.id).join(t.appeals, a.id == f.appeal_id).where(_over(before)).order_by(f.id).limit(limit)
    return list(conn.scalars(query))


def count_files(conn: Connection, before: datetime) -> tuple[int, datetime | None]:
    """How many they are, and when the first of them was decided."""
    query: Any = select(func.count(), func.min(a.closed_at)).select_from(t.appeal_files)
    number, oldest = conn.execute(query.join(t.appeals, a.id == f.appeal_id).where(_over(before))).one()
    return number, oldest
