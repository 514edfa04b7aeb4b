"""Reads the ledger posting by posting, filtered (LEDGER-1). Keyset paging by the number, no query per row."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, select

from penalties.statements.entry import FINE, OTHER, REFUND_1, REFUND_2, REVERSAL, REWARD, kind_of
from storage.sql import among
from storage.tables import penalties as t

PAGE = 50
p, line, item, r = t.postings.c, t.lines.c, t.settlement_items.c, t.money_requests.c


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty: all. `account`: one that is moved; `kind`: a word of penalties.statements.entry.KINDS."""

    account: str = ""
    month: str = ""
    rule: str = ""
    kind: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting with its lines as (account, fen)."""

    row: Row[Any]
    kind: str
    lines: tuple[tuple[str, int], ...]


def newest(conn: Connection, filters: Filters, below: int | None = None, limit: int = PAGE) -> list[Posted]:
    """Those with a number below `below`, newest first."""
    query = _filtered(filters).order_by(p.seq.desc()).limit(limit)
    return _with_lines(conn, query if below is None else query.where(p.seq < below))


def following(conn: Connection, filters: Filters, after: int, until: int, limit: int) -> list[Posted]:
    """Those after the number `after`, oldest first, none after `until`: the ledger as it ended there."""
    return _with_lines(conn, _filtered(filters).where(p.seq > after, p.seq <= until).order_by(p.seq).limit(limit))


def _with_lines(conn: Connection, query: Select[Any]) -> list[Posted]:
    rows = conn.execute(query).all()
    of: dict[int, list[tuple[str, int]]] = {row.id: [] for row in rows}
    found = select(line.posting_id, line.account, line.amount_fen).where(among(conn, line.posting_id, of))
    for one in conn.execute(found.order_by(line.posting_id, line.account)):
        of[one.posting_id].append((one.account, one.amount_fen))
    return [
        Posted(row, kind_of(row.key, row.violation_id, row.item_kind, row.request_kind), tuple(of[row.id]))
        for row in rows
    ]


def _filtered(filters: Filters) -> Select[Any]:
    query = (
        select(t.postings, item.kind.label("item_kind"), r.kind.label("request_kind"))
        .outerjoin(t.settlement_items, item.posting_id == p.id)
        .outerjoin(t.money_requests, r.id == p.request_id)
    )
    if filters.account:
        query = query.where(exists().where(and_(line.posting_id == p.id, line.account == filters.account)))
    if filters.month:
        query = query.where(p.month == filters.month)
    if filters.rule:
        query = query.where(p.rule == filters.rule)
    if filters.number:
        query = query.where(p.logistics_no == filters.number)
    return query.where(*_of_kind(filters.kind)) if filters.kind else query


def _of_kind(kind: str) -> tuple[ColumnElement[bool], ...]:
    """What `kind_of` says, as conditions."""
    plain = (item.kind.is_(None), r.kind.is_(None))
    if kind == FINE:
        return (*plain, p.violation_id.is_not(None), p.key.not_like("%:reversed"))
    if kind == REVERSAL:
        return (*plain, p.violation_id.is_not(None), p.key.like("%:reversed"))
    if kind == OTHER:
        return (*plain, p.violation_id.is_(None))
    return (item.kind == kind,) if kind in (REWARD, REFUND_1, REFUND_2) else (item.kind.is_(None), r.kind == kind)
