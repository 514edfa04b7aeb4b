"""Reads a suspicion with all that speaks for it and against it, and the list of a station's own (ROLE-1).

Both go by the station that the violation is of, not by who holds the order now: who has passed an order on still sees
what is suspected of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, true

from notify.messages import STATION
from notify.queries import letters_of, told_by_keys
from penalties.notice_texts import key_of
from people.access import Scope
from storage.tables.dispatch import orders, scans
from storage.tables.geo import stations
from storage.tables.notify import deliveries, messages
from storage.tables.penalties import case_log, cases, notice_items, notices
from storage.tables.sla import violations

PAGE = 50
Cursor = tuple[datetime, int]

v = violations.c


@dataclass(frozen=True, slots=True)
class Page:
    """Violations with their case and order, newest first, and where the next page begins; None on the last."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


@dataclass(frozen=True, slots=True)
class Record:
    """What belongs to one suspicion. `steps` of its case, `scans` of every number its order ever had, `messages` about
    it with their `deliveries`, `notices` that hold it; each in the order of time. `told`: what its station and the
    station's house were told of these notices, by key, and `letters` by message."""

    steps: Sequence[Row[Any]]
    scans: Sequence[Row[Any]]
    messages: Sequence[Row[Any]]
    deliveries: Sequence[Row[Any]]
    notices: Sequence[Row[Any]]
    told: Mapping[str, Row[Any]]
    letters: Mapping[int, Sequence[Row[Any]]]


def charge(conn: Connection, violation_id: int, scope: Scope) -> Row[Any] | None:
    """One violation with its case, and number and channel of its order; None when the scope does not hold it."""
    return conn.execute(_select().where(v.id == violation_id, within(scope))).one_or_none()


def charges(conn: Connection, scope: Scope, state: str = "", after: Cursor | None = None, limit: int = PAGE) -> Page:
    """Violations within the scope, newest first; `state` of their case, "" for all."""
    query = _select().where(within(scope))
    if state:
        query = query.where(cases.c.state == state)
    if after is not None:
        at, last = after
        query = query.where(or_(v.happened_at < at, and_(v.happened_at == at, v.id < last)))
    rows = conn.execute(query.order_by(v.happened_at.desc(), v.id.desc()).limit(limit + 1)).all()
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], (rows[limit - 1].happened_at, rows[limit - 1].id))


def within(scope: Scope) -> ColumnElement[bool]:
    """The condition on `violations` that `scope.holds` says of the station they are of."""
    if scope.everywhere:
        return true()
    if scope.province is not None:
        return v.station.in_(select(stations.c.code).where(stations.c.province == scope.province))
    return v.station.in_(scope.stations)


def record(
    conn: Connection, violation_id: int, order_id: int, waybills: Collection[str], keys: Collection[str]
) -> Record:
    """`waybills`: every number the order ever had; `keys`: of messages that name several orders, this one among
    them."""
    s, m, d = scans.c, messages.c, deliveries.c
    about = or_(m.order_id == order_id, m.key.in_(keys)) if keys else m.order_id == order_id
    told = conn.execute(select(messages).where(about).order_by(m.created_at, m.id)).all()
    sent = select(deliveries).where(d.message_id.in_([one.id for one in told])).order_by(d.id)
    n, item = notices.c, notice_items.c
    notice: Select[Any] = (
        select(n.week, n.number, n.published_at, item.state, item.fine_fen, v.station, v.house)
        .join(notice_items, item.notice_id == n.id)
        .join(violations, v.id == item.violation_id)
        .where(item.violation_id == violation_id)
        .order_by(n.published_at, n.id)
    )
    held = conn.execute(notice).all()
    heard = told_by_keys(conn, [key for one in held for key in notice_keys(one)])
    steps = select(case_log).where(case_log.c.violation_id == violation_id).order_by(case_log.c.step)
    seen = select(scans).where(s.waybill_no.in_(waybills)).order_by(s.scanned_at, s.id)
    return Record(
        conn.execute(steps).all(),
        conn.execute(seen).all() if waybills else (),
        told,
        conn.execute(sent).all() if told else (),
        held,
        {one.key: one for one in heard},
        letters_of(conn, [one.id for one in heard]),
    )


def notice_keys(one: Any) -> list[str]:
    """Of the messages by which its station and the station's house were told of a row of `Record.notices`."""
    return [key_of(one.week, one.number, (STATION, code)) for code in dict.fromkeys((one.station, one.house))]


def _select() -> Select[Any]:
    return (
        select(
            violations, cases.c.state.label("case_state"), cases.c.opened_at, cases.c.changed_at, cases.c.decided_at,
            cases.c.decided_by, cases.c.reason, orders.c.logistics_no, orders.c.channel,
            orders.c.state.label("order_state"),
        )
        .join(cases, cases.c.violation_id == v.id)
        .join(orders, orders.c.id == v.order_id)
    )  # fmt: skip
