"""Reads statements: the entries of a house's account with who decided them (STATEMENT-1, I-18). No query per row.

Everything is read up to one posting, the end of the ledger at the beginning: what others book meanwhile is in no part
of a statement, so that its lines and its balances belong together.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, or_, select

from penalties.booking.queries import closed_months, head
from penalties.hiding.queries import hidden_of_requests, hidden_of_violations
from penalties.statements.entry import Entry, Heard, Request, Settled, Statement, Step, kind_of
from people.access import Scope
from people.masking import mask_text
from storage.sql import among
from storage.tables import penalties as t
from storage.tables.geo import stations

PAGE = 50
p, line = t.postings.c, t.lines.c


@dataclass(frozen=True, slots=True)
class MonthSum:
    """A month in which a house's account moved; `closing_fen` is its balance after it."""

    month: str
    entries: int
    charged_fen: int
    credited_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class Houses:
    """Level-1 stations with their balance, by code, and the code after which the next page begins."""

    rows: Sequence[tuple[Any, int]]
    following: str


def statement(conn: Connection, house: str, month: str, station: str = "") -> Statement:
    """The month of a house. `station`: a level-2 one of it; then only what is tagged with that one, and no balance."""
    closed = closed_months(conn).get(month)  # before the head: a month that is closed by now lacks no entry
    end, part = head(conn), station not in ("", house)
    known = [p.seq <= end.seq, line.account == house]
    if part:
        known.append(p.station == station)
    opening = 0 if part else _sum(conn, *known, p.month < month)
    rows = conn.execute(_entries().where(*known, p.month == month).order_by(p.seq)).all()
    entries = _told(conn, rows, opening)
    return Statement(house, station or house, month, opening, entries, closed, end.seq, end.chain)


def months_of(conn: Connection, house: str, station: str = "", last: int = 24) -> list[MonthSum]:
    """The last months in which the account moved, newest first; as in `statement`."""
    charged = func.sum(case((line.amount_fen > 0, line.amount_fen), else_=0))
    query = (
        select(p.month, func.count(), charged, func.sum(line.amount_fen))
        .join(t.lines, line.posting_id == p.id)
        .where(line.account == house)
        .group_by(p.month)
        .order_by(p.month)
    )
    if station not in ("", house):
        query = query.where(p.station == station)
    found, balance = [], 0
    for month, entries, debits, total in conn.execute(query):
        balance += int(total)
        found.append(MonthSum(month, entries, int(debits), int(debits) - int(total), balance))
    return found[::-1][:last]


def balance_of(conn: Connection, house: str) -> int:
    """Fen; > 0: the house owes."""
    return _sum(conn, line.account == house)


def houses(conn: Connection, scope: Scope, asked: str = "", after: str = "", limit: int = PAGE) -> Houses:
    """The level-1 stations of a scope whose code or name holds `asked`, by code."""
    s = stations.c
    query = select(s.code, s.name, s.province).where(s.level == 1, s.code > after, within(scope, s.code, s.province))
    if asked:
        query = query.where(or_(s.code.icontains(asked, autoescape=True), s.name.icontains(asked, autoescape=True)))
    rows = conn.execute(query.order_by(s.code).limit(limit + 1)).all()
    shown = rows[:limit]
    sums = (
        select(line.account, func.sum(line.amount_fen))
        .where(line.account.in_([row.code for row in shown]))
        .group_by(line.account)
    )
    balances = {account: int(total) for account, total in conn.execute(sums)}
    return Houses([(row, balances.get(row.code, 0)) for row in shown], shown[-1].code if len(rows) > limit else "")


def settled_of(conn: Connection, house: str, last: int = 12) -> Sequence[Any]:
    """The last rewards and refunds of a house, newest first: month, number, kind, amount_fen (+ it receives), why, seq,
    settled_at."""
    s, item = t.settlements.c, t.settlement_items.c
    query = (
        select(s.month, s.number, s.settled_at, item.kind, item.amount_fen, item.why, p.seq)
        .join(t.settlement_items, item.settlement_id == s.id)
        .join(t.postings, p.id == item.posting_id)
        .where(item.station == house)
        .order_by(p.seq.desc())
        .limit(last)
    )
    return conn.execute(query).all()


def within(scope: Scope, code: ColumnElement[str], province: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that `scope.holds` says of a station (ROLE-1)."""
    if scope.everywhere:
        return code.is_not(None)
    if scope.province is not None:
        return province == scope.province
    return code.in_(scope.stations)


def _sum(conn: Connection, *conditions: ColumnElement[bool]) -> int:
    query = select(func.coalesce(func.sum(line.amount_fen), 0)).join(t.postings, p.id == line.posting_id)
    return int(conn.execute(query.where(*conditions)).scalar_one())


def _entries() -> Select[Any]:
    s, item, r = t.settlements.c, t.settlement_items.c, t.money_requests.c
    return (
        select(
            p.seq, p.key, p.happened_at, p.recorded_at, p.station, p.logistics_no, p.rule, p.edition, p.why,
            p.violation_id, p.request_id, line.amount_fen, item.kind.label("item_kind"),
            s.month.label("settled_month"), s.number, r.kind.label("request_kind"), r.maker, r.checker,
            r.reason.label("asked"),
        )
        .join(t.lines, line.posting_id == p.id)
        .outerjoin(t.settlement_items, item.posting_id == p.id)
        .outerjoin(t.settlements, s.id == item.settlement_id)
        .outerjoin(t.money_requests, r.id == p.request_id)
    )  # fmt: skip


def _told(conn: Connection, rows: Sequence[Row[Any]], opening: int) -> tuple[Entry, ...]:
    ids = sorted({row.violation_id for row in rows if row.violation_id is not None})
    hidden = hidden_of_violations(conn, ids)
    told_of = hidden_of_requests(conn, [row.request_id for row in rows if row.request_id is not None])
    steps = _steps(conn, ids, hidden) if ids else {}
    appeals = _appeals(conn, ids, hidden) if ids else {}
    entries, balance = [], opening
    for row in rows:
        balance += row.amount_fen
        kind = kind_of(row.key, row.violation_id, row.item_kind, row.request_kind)
        state = {"fine": "confirmed", "reversal": "overturned"}.get(kind, "")
        settled = Settled(row.settled_month, row.number) if row.settled_month else None
        why = row.why if row.item_kind else ""  # of a request it is the digest
        request = None
        if row.request_id is not None:
            reason = mask_text(row.asked, told_of.get(row.request_id, ()))
            request = Request(row.request_id, row.maker, row.checker or "", reason)
        entries.append(
            Entry(
                row.seq, row.key, kind, row.happened_at, row.recorded_at, row.station, row.logistics_no, row.rule,
                row.edition, row.amount_fen, balance, why, row.violation_id, steps.get((row.violation_id, state)),
                appeals.get(row.violation_id, ()), settled, request,
            )
        )  # fmt: skip
    return tuple(entries)


def _steps(conn: Connection, ids: Collection[int], hidden: dict[int, set[str]]) -> dict[tuple[int, str], Step]:
    c = t.case_log.c
    query = select(c.violation_id, c.to_state, c.at, c.by, c.reason).where(
        among(conn, c.violation_id, ids), c.to_state.in_(("confirmed", "overturned"))
    )
    return {
        (row.violation_id, row.to_state): Step(
            row.to_state, row.at, row.by, mask_text(row.reason, hidden.get(row.violation_id, ()))
        )
        for row in conn.execute(query)
    }


def _appeals(conn: Connection, ids: Collection[int], hidden: dict[int, set[str]]) -> dict[int, tuple[Heard, ...]]:
    a = t.appeals.c
    query = (
        select(a.violation_id, a.stage, a.state, a.closed_at, a.reason)
        .where(among(conn, a.violation_id, ids))
        .order_by(a.id)
    )
    found: dict[int, tuple[Heard, ...]] = {}
    for row in conn.execute(query):
        heard = Heard(row.stage, row.state, row.closed_at, mask_text(row.reason, hidden.get(row.violation_id, ())))
        found[row.violation_id] = (*found.get(row.violation_id, ()), heard)
    return found
