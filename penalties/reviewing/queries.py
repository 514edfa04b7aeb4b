"""Second looks that wait or were taken, and how often reviewers agree (VIO-4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from basics.words import CaseState
from editions.rules import same_person, signed
from penalties.requests.queries import own_codes
from people.access import Actor
from storage.sql import among
from storage.tables.dispatch import orders
from storage.tables.penalties import appeals, case_log, cases, second_reviews
from storage.tables.sla import violations

PAGE = 50
LOOKED_AT = 50_000  # decisions that the figures are made of
Cursor = tuple[datetime, int]

s, v = second_reviews.c, violations.c
# Once news or an appeal has changed a case, another look at it would judge other facts than the first.
_WAITS = and_(s.decided_at.is_(None), cases.c.state.in_((CaseState.CONFIRMED, CaseState.DISMISSED)))
_BY_PERSON = and_(
    case_log.c.from_state == CaseState.SUSPECTED, case_log.c.to_state.in_((CaseState.CONFIRMED, CaseState.DISMISSED))
)


def waiting(conn: Connection, by: Actor, limit: int = PAGE) -> list[Row[Any]]:
    """What waits for a second look of this person, oldest first: nothing of verdict, reason or first reviewer in it."""
    columns = (
        s.violation_id, s.sampled_at, v.kind, v.station, v.house, v.happened_at, v.fine_fen, v.excuse, v.evidence,
        orders.c.logistics_no, orders.c.channel,
    )  # fmt: skip
    query = _joined(*columns).where(*_for(conn, by))
    return list(conn.execute(query.order_by(s.sampled_at, s.violation_id).limit(limit)))


def waiting_count(conn: Connection, by: Actor) -> int:
    """How many wait for a second look of this person."""
    query = _joined(func.count()).where(*_for(conn, by))
    count: int = conn.execute(query).scalar_one()
    return count


def _for(conn: Connection, by: Actor) -> tuple[ColumnElement[bool], ...]:
    """What waits and may be looked at by this person: neither his own decision nor of his own station (APPEAL-2)."""
    own = own_codes(conn, by)
    return _WAITS, ~s.first_by.like(_mine(by)), v.station.not_in(own), v.house.not_in(own)


def blinded(conn: Connection, by: Actor, violation_ids: Sequence[int]) -> set[int]:
    """Those whose verdict this person must not see, because he may still give them a second look."""
    if not violation_ids:
        return set()
    query = _joined(s.violation_id, s.first_by, v.station, v.house).where(
        _WAITS, among(conn, s.violation_id, violation_ids)
    )
    me, own = signed(by.name, by.user_id), own_codes(conn, by)
    return {
        row.violation_id
        for row in conn.execute(query)
        if not same_person(row.first_by, me) and not own & {row.station, row.house}
    }


def disagreements(conn: Connection, after: Cursor | None = None, limit: int = PAGE) -> list[Row[Any]]:
    """Second looks that came to another verdict, the last first, with both reasons; one more than `limit` when there
    are more."""
    query = (
        _joined(
            s.violation_id, s.decided_at, s.first_by, s.first_decision, s.second_by, s.second_decision,
            s.reason.label("second_reason"), case_log.c.reason.label("first_reason"), v.kind, v.station, v.happened_at,
            v.fine_fen, orders.c.logistics_no, cases.c.state.label("case_state"),
        )
        .join(case_log, and_(case_log.c.violation_id == s.violation_id, _BY_PERSON))
        .where(s.second_decision != s.first_decision)
    )  # fmt: skip
    if after is not None:
        at, last = after
        query = query.where(or_(s.decided_at < at, and_(s.decided_at == at, s.violation_id < last)))
    return list(conn.execute(query.order_by(s.decided_at.desc(), s.violation_id.desc()).limit(limit + 1)))


def figures(conn: Connection) -> list[Row[Any]]:
    """(kind, reviewer) -> decided, confirmed, fallen of those and fallen at an appeal, second looks and how many of
    them agreed; of the last LOOKED_AT decisions."""
    last = select(case_log.c.id).where(_BY_PERSON).order_by(case_log.c.id.desc()).limit(LOOKED_AT).subquery()
    confirmed = case_log.c.to_state == CaseState.CONFIRMED
    fallen = and_(confirmed, cases.c.state == CaseState.OVERTURNED)
    heard = select(appeals.c.violation_id).where(appeals.c.state == "overturned").distinct().subquery()
    by = case_log.c.by
    query = (
        select(
            v.kind, by, func.count().label("decided"), _count(confirmed, "confirmed"), _count(fallen, "fallen"),
            _count(and_(fallen, heard.c.violation_id.is_not(None)), "at_appeal"),
            _count(s.decided_at.is_not(None), "second"), _count(s.second_decision == s.first_decision, "agreed"),
        )
        .select_from(last)
        .join(case_log, case_log.c.id == last.c.id)
        .join(violations, v.id == case_log.c.violation_id)
        .join(cases, cases.c.violation_id == case_log.c.violation_id)
        .outerjoin(second_reviews, s.violation_id == case_log.c.violation_id)
        .outerjoin(heard, heard.c.violation_id == case_log.c.violation_id)
        .group_by(v.kind, by)
        .order_by(v.kind, by)
    )  # fmt: skip
    return list(conn.execute(query))


def _count(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0)).label(name)


def _joined(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(second_reviews)
        .join(violations, v.id == s.violation_id)
        .join(cases, cases.c.violation_id == s.violation_id)
        .join(orders, orders.c.id == v.order_id)
    )


def _mine(by: Actor) -> str:
    """A person is his account's number: a name may change."""
    return f"%#{by.user_id}"
