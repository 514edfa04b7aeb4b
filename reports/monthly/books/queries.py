"""Reads a month's money set-wise: settlements, accounts, refund chains, as they were known at an instant."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from basics.days import month_bounds, month_of
from basics.words import OWN_ACCOUNTS
from reports.monthly.money import Account, Chain, Item, Places, Settled
from storage.tables import penalties as t
from storage.tables.sla import violations

p, line, s, i, v = t.postings.c, t.lines.c, t.settlements.c, t.settlement_items.c, violations.c
_KIND = case(
    (i.kind.is_not(None), i.kind),
    (or_(p.request_id.is_not(None), p.violation_id.is_(None)), "other"),
    (p.key.endswith(":reversed"), "reversal"),
    else_="fine",
)


def after(month: str) -> str:
    """The next one."""
    return month_of(month_bounds(month)[1])


def settled(conn: Connection, month: str, until: datetime) -> list[Settled]:
    """The settlements of a month made by then, the first one first."""
    rows = conn.execute(
        select(s.number, s.settled_at, s.edition).where(s.month == month, s.settled_at <= until).order_by(s.number)
    ).all()
    query = (
        select(s.number, i.kind, func.count(), func.sum(i.amount_fen))
        .join(t.settlement_items, i.settlement_id == s.id)
        .where(s.month == month, s.settled_at <= until)
        .group_by(s.number, i.kind)
    )
    items: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for number, kind, count, fen in conn.execute(query):
        items[number][kind] = (count, int(fen))
    return [Settled(row.number, row.settled_at, row.edition, items[row.number]) for row in rows]


def places(conn: Connection, month: str, until: datetime) -> tuple[list[Places], int | None]:
    """By province as the last settlement had them, and the gap between their sum and the edition's places."""
    query = select(s.figures).where(s.month == month, s.settled_at <= until).order_by(s.number.desc()).limit(1)
    figures = conn.scalar(query)
    if figures is None:
        return [], None
    found = [
        Places(province, figures["stations"][province], number, len(figures["winners"][province]))
        for province, number in sorted(figures["places"].items())
    ]
    return found, int(figures["gap"])


def items(
    conn: Connection, month: str, until: datetime, houses: Collection[str] | None, again: bool, limit: int
) -> list[Item]:
    """Postings of its settlements, of these houses only; `again`: those of settling again only."""
    query = (
        select(s.number, i.station, i.kind, i.amount_fen, i.why)
        .join(t.settlement_items, i.settlement_id == s.id)
        .where(s.month == month, s.settled_at <= until, s.number >= (1 if again else 0))
        .order_by(s.number, i.station, i.kind)
        .limit(limit)
    )
    if houses is not None:
        query = query.where(i.station.in_(sorted(houses)))
    return [Item(*row) for row in conn.execute(query)]


def accounts(conn: Connection, month: str, until: datetime, houses: Collection[str] | None) -> dict[str, Account]:
    """Each of these accounts that ever moved by then: its opening, and what was booked into the month, by kind."""
    of_month = and_(p.month == month)
    kind = case((of_month, _KIND), else_="opening").label("kind")
    query = (
        select(line.account, kind, func.sum(line.amount_fen))
        .join_from(t.postings, t.lines, line.posting_id == p.id)
        .outerjoin(t.settlement_items, i.posting_id == p.id)
        .where(p.month <= month, p.recorded_at <= until, _of_stations())
        .group_by(line.account, kind)
    )
    if houses is not None:
        query = query.where(line.account.in_(sorted(houses)))
    moved: dict[str, dict[str, int]] = defaultdict(dict)
    for account, name, fen in conn.execute(query):
        moved[account][name] = int(fen)
    return {house: Account(house, kinds.pop("opening", 0), kinds) for house, kinds in sorted(moved.items())}


def by_month(conn: Connection, year: str, until: datetime, houses: Collection[str] | None) -> dict[str, Account]:
    """Month of the year -> what all these accounts together had moved, and their balance before it."""
    name = case((p.month < f"{year}-01", ""), else_=p.month).label("of")
    query = (
        select(name, _KIND, func.sum(line.amount_fen))
        .join_from(t.postings, t.lines, line.posting_id == p.id)
        .outerjoin(t.settlement_items, i.posting_id == p.id)
        .where(p.month <= f"{year}-12", p.recorded_at <= until, _of_stations())
        .group_by(name, _KIND)
    )
    if houses is not None:
        query = query.where(line.account.in_(sorted(houses)))
    moved: dict[str, dict[str, int]] = defaultdict(dict)
    for month, kind, fen in conn.execute(query):
        moved[month][kind] = int(fen)
    balance, found = sum(moved.pop("", {}).values()), {}
    for number in range(1, 13):
        month = f"{year}-{number:02d}"
        found[month] = Account(month, balance, moved.get(month, {}))
        balance = found[month].closing_fen
    return found


def chains(conn: Connection, month: str, until: datetime) -> list[Chain]:
    """Each house with a confirmed fine that happened in the month, and what came back of it since (REFUND-1)."""
    months = (month, after(month), after(after(month)))
    spans = [month_bounds(one) for one in months]
    which = case(*((and_(v.happened_at >= a, v.happened_at < b), number) for number, (a, b) in enumerate(spans)))
    query = (  # what the ledger held by then: a fine that fell later was one
        select(line.account, which, func.sum(line.amount_fen))
        .join_from(t.postings, t.lines, line.posting_id == p.id)
        .join(violations, v.id == p.violation_id)
        .where(v.happened_at >= spans[0][0], v.happened_at < spans[2][1], p.recorded_at <= until, _of_stations())
        .where(p.request_id.is_(None))
        .group_by(line.account, which)
        .having(func.sum(line.amount_fen) > 0)
    )
    fined: dict[str, dict[int, int]] = defaultdict(dict)
    for house, number, fen in conn.execute(query):
        fined[house][number] = int(fen)
    first, second = _paid(conn, months[1], "refund_1", until), _paid(conn, months[2], "refund_2", until)
    return [
        Chain(house, of[0], _of(first, house), _of(second, house), (1 in of, 2 in of))
        for house, of in sorted(fined.items())
        if of.get(0)
    ]


def _paid(conn: Connection, month: str, kind: str, until: datetime) -> Mapping[str, int] | None:
    """What the settlements of a month gave back, by house; None: it was not settled by then."""
    if conn.scalar(select(func.count()).where(s.month == month, s.settled_at <= until)) == 0:
        return None
    query = (
        select(i.station, func.sum(i.amount_fen))
        .join(t.settlements, s.id == i.settlement_id)
        .where(s.month == month, s.settled_at <= until, i.kind == kind)
        .group_by(i.station)
    )
    return {house: int(fen) for house, fen in conn.execute(query)}


def _of(paid: Mapping[str, int] | None, house: str) -> int | None:
    return None if paid is None else paid.get(house, 0)


def _of_stations() -> ColumnElement[bool]:
    return line.account.not_in(sorted(OWN_ACCOUNTS))


def trial_balance(conn: Connection, until: datetime) -> int:
    """All accounts together; 0 (LEDGER-1)."""
    query = select(func.coalesce(func.sum(line.amount_fen), 0)).join(t.postings, p.id == line.posting_id)
    return int(conn.execute(query.where(p.recorded_at <= until)).scalar_one())


def chain_head(conn: Connection, until: datetime) -> tuple[int, str]:
    """Number and link of the last posting by then."""
    query = select(p.seq, p.chain).where(p.recorded_at <= until).order_by(p.seq.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return (row.seq, row.chain) if row else (0, "")
