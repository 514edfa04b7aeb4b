"""Reads what a posting rests on, and the postings that rest on something (issue: money explains itself).

Scope (ROLE-1): a posting is seen by whom it is tagged with and by whose account it moves. Nothing of a customer is
read but what reasons must not repeat of him (ROLE-2).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, true

from basics.days import month_bounds, month_of
from penalties.hiding.queries import hidden_of, hidden_of_requests
from penalties.ledger import NO_CHAIN, OWN_ACCOUNTS
from penalties.settlement import REFUND_1, REFUND_2, before
from penalties.statements.entry import kind_of
from penalties.statements.queries import within
from people.access import Scope
from storage.sql import among
from storage.tables import penalties as t
from storage.tables.dispatch import orders
from storage.tables.geo import stations
from storage.tables.sla import violations

p, line, item, v = t.postings.c, t.lines.c, t.settlement_items.c, violations.c
Rows = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A posting by its number; `amount_fen` is that of the stations' accounts, + they owe."""

    seq: int
    kind: str
    month: str
    rule: str
    logistics_no: str
    station: str
    amount_fen: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A violation and its case. `hidden`: what of its customer free text may not repeat."""

    violation: Row[Any]
    steps: Rows
    notices: Rows
    appeals: Rows
    files: Mapping[int, Rows]
    hidden: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settlement:
    """The settlement of an item, all items of that house and month, and the fines that a refund is of. `decided`: of a
    difference, what changed of the house's fines in its months since its money was settled before."""

    row: Row[Any]
    item: Row[Any]
    siblings: Sequence[Link]
    fines: Sequence[Link]
    fines_month: str
    decided: Sequence[Link] | None


@dataclass(frozen=True, slots=True)
class Trail:
    """A posting with all that it rests on; `before` is the chain's link that its own is made over. `others`: postings
    of the same violation; `refunds`: of its fine's month; `changes`: requests that concern this very posting.
    `hidden`: what free text about it must not repeat of a customer."""

    posting: Row[Any]
    kind: str
    lines: Rows
    before: str
    case: Case | None
    others: Sequence[Link]
    refunds: Sequence[Link]
    settlement: Settlement | None
    request: Row[Any] | None
    changes: Rows
    hidden: frozenset[str]


def seen_by(scope: Scope) -> ColumnElement[bool]:
    """The condition on `postings` that the scope sees it."""
    if scope.everywhere:
        return true()
    s = stations.c
    inside = select(s.code).where(within(scope, s.code, s.province))
    account = exists().where(and_(line.posting_id == p.id, line.account.in_(inside)))
    return or_(p.station.in_(inside), account)


def trail(conn: Connection, seq: int, scope: Scope) -> Trail | None:
    """None when there is no such posting, or the scope does not see it."""
    found = conn.execute(_postings().where(p.seq == seq, seen_by(scope))).one_or_none()
    if found is None:
        return None
    kind = kind_of(found.key, found.violation_id, found.item_kind, found.request_kind)
    lines = conn.execute(
        select(line.account, line.amount_fen).where(line.posting_id == found.id).order_by(line.account)
    )
    case = _case(conn, found.violation_id) if found.violation_id is not None else None
    return Trail(
        found, kind, lines.all(),
        conn.execute(select(p.chain).where(p.seq == seq - 1)).scalar_one_or_none() or NO_CHAIN,
        case,
        [one for one in _links(conn, scope, p.violation_id == found.violation_id) if one.seq != seq] if case else (),
        _refunds(conn, scope, case.violation) if case else (),
        _settlement(conn, scope, found) if found.item_kind else None,
        _request(conn, found.request_id) if found.request_id is not None else None,
        conn.execute(select(t.money_requests).where(t.money_requests.c.about == found.key)).all(),
        case.hidden if case else _hidden(conn, found.request_id),
    )  # fmt: skip


def links_of(conn: Connection, scope: Scope, violation_ids: Collection[int]) -> dict[int, list[Link]]:
    """Violation -> its postings, oldest first, as far as the scope sees them."""
    if not violation_ids:
        return {}
    query = _linked(scope, among(conn, p.violation_id, violation_ids))
    found: dict[int, list[Link]] = {}
    for row in conn.execute(query):
        found.setdefault(row.violation_id, []).append(_link(row))
    return found


def links_of_request(conn: Connection, scope: Scope, request_id: int) -> list[Link]:
    """What an approved request posted, at most a page of it."""
    return [_link(row) for row in conn.execute(_linked(scope, p.request_id == request_id).limit(50))]


def _postings() -> Select[Any]:
    return (
        select(t.postings, item.kind.label("item_kind"), t.money_requests.c.kind.label("request_kind"))
        .outerjoin(t.settlement_items, item.posting_id == p.id)
        .outerjoin(t.money_requests, t.money_requests.c.id == p.request_id)
    )


def _linked(scope: Scope, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Every list of postings goes through here, so that none shows what the scope does not see (ROLE-1)."""
    total = select(func.sum(line.amount_fen)).where(line.posting_id == p.id, line.account.not_in(OWN_ACCOUNTS))
    query = _postings().add_columns(total.scalar_subquery().label("fen"))
    return query.where(seen_by(scope), *conditions).order_by(p.seq)


def _link(row: Row[Any]) -> Link:
    kind = kind_of(row.key, row.violation_id, row.item_kind, row.request_kind)
    why = row.why if row.item_kind else ""  # of a request it is the digest
    return Link(row.seq, kind, row.month, row.rule, row.logistics_no, row.station, int(row.fen or 0), why)


def _links(conn: Connection, scope: Scope, *conditions: ColumnElement[bool]) -> list[Link]:
    return [_link(row) for row in conn.execute(_linked(scope, *conditions))]


def _case(conn: Connection, violation_id: int) -> Case:
    c, a, f = t.cases.c, t.appeals.c, t.appeal_files.c
    violation = conn.execute(
        select(violations, c.state.label("case_state"), orders.c.logistics_no, orders.c.channel, orders.c.content)
        .join(t.cases, c.violation_id == v.id)
        .join(orders, orders.c.id == v.order_id)
        .where(v.id == violation_id)
    ).one()
    n, told = t.notices.c, t.notice_items.c
    notices = select(n.id, n.week, n.number, n.published_at, told.state, told.fine_fen).join(
        t.notice_items, told.notice_id == n.id
    )
    files: dict[int, list[Any]] = {}
    given = select(f.id, f.appeal_id, f.own_name, f.name, f.size, f.by, f.added_at).join(t.appeals, a.id == f.appeal_id)
    for one in conn.execute(given.where(a.violation_id == violation_id).order_by(f.id)):
        files.setdefault(one.appeal_id, []).append(one)
    return Case(
        violation,
        conn.execute(select(t.case_log).where(t.case_log.c.violation_id == violation_id).order_by("step")).all(),
        conn.execute(notices.where(told.violation_id == violation_id).order_by(n.published_at, n.id)).all(),
        conn.execute(select(t.appeals).where(a.violation_id == violation_id).order_by(a.id)).all(),
        files,
        frozenset(hidden_of(violation.content)),
    )  # fmt: skip


def _refunds(conn: Connection, scope: Scope, violation: Row[Any]) -> list[Link]:
    """What came back of the fines of its house and month (REFUND-1): with the month after, and the one after that."""
    after = month_of(month_bounds(month_of(violation.happened_at))[1])
    last, s = month_of(month_bounds(after)[1]), t.settlements.c
    parts = or_(and_(s.month == after, item.kind == REFUND_1), and_(s.month == last, item.kind == REFUND_2))
    ids = (
        select(item.posting_id).join(t.settlements, s.id == item.settlement_id)
        .where(item.station == violation.house, parts)
    )  # fmt: skip
    return _links(conn, scope, p.id.in_(ids))


def _settlement(conn: Connection, scope: Scope, posting: Row[Any]) -> Settlement:
    s = t.settlements.c
    own = conn.execute(select(t.settlement_items).where(item.posting_id == posting.id)).one()
    row = conn.execute(select(t.settlements).where(s.id == own.settlement_id)).one()
    ids = select(item.posting_id).join(t.settlements, s.id == item.settlement_id)
    siblings = _links(conn, scope, p.id.in_(ids.where(item.station == own.station, s.month == row.month)))
    month = {REFUND_1: before(row.month), REFUND_2: before(before(row.month))}.get(own.kind, "")
    fines = _fines(conn, scope, own.station, month, month) if month else ()
    earlier = [one.seq for one in siblings if one.kind == own.kind and one.seq < posting.seq]
    decided = None
    if earlier:
        every = _fines(conn, scope, own.station, month or row.month, row.month)
        decided = [one for one in every if earlier[-1] < one.seq < posting.seq]
    return Settlement(row, own, siblings, fines, month, decided)


def _fines(conn: Connection, scope: Scope, house: str, month: str, last: str) -> list[Link]:
    """Fines and reversals of violations of that house that happened from the one month to the other (SETTLE-2)."""
    start, end = month_bounds(month)[0], month_bounds(last)[1]
    of_month = select(v.id).where(v.house == house, v.happened_at >= start, v.happened_at < end)
    return _links(conn, scope, p.violation_id.in_(of_month))


def _hidden(conn: Connection, request_id: int | None) -> frozenset[str]:
    found = hidden_of_requests(conn, [request_id]) if request_id is not None else {}
    return frozenset().union(*found.values())


def _request(conn: Connection, request_id: int) -> Row[Any]:
    return conn.execute(select(t.money_requests).where(t.money_requests.c.id == request_id)).one()
