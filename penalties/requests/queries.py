"""Reads requests of people, what they would change, and how the months stand (ROLE-3, DAY-1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select, union_all

from basics.days import month_bounds
from basics.words import CaseState
from penalties import byhand
from penalties.booking.queries import closed_months, first_month
from penalties.byhand import Account
from penalties.ledger import is_closed
from penalties.settling.queries import STILL_WRITTEN
from people.access import Actor
from storage.tables import penalties as t
from storage.tables.geo import stations
from storage.tables.sla import violations

PAGE = 50
MOST_OTHERS = 10
Cursor = tuple[datetime, int]
r = t.money_requests.c


@dataclass(frozen=True, slots=True)
class Page:
    """Requests, and where the next page begins; None on the last."""

    rows: Sequence[Row[Any]]
    following: Cursor | None


@dataclass(frozen=True, slots=True)
class Concerned:
    """A posting as the checker sees it; `lines` are (account, fen)."""

    key: str
    rule: str
    station: str
    logistics_no: str
    month: str
    happened_at: datetime
    recorded_at: datetime
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Payout:
    """What a house's credit would allow: `credit_fen` 0 or more, paid out only when it is above `above_fen`."""

    station: str
    credit_fen: int
    above_fen: int

    @property
    def allowed(self) -> bool:
        """ROLE-3: at the edition's sum it is not above it."""
        return self.credit_fen > self.above_fen


@dataclass(frozen=True, slots=True)
class MonthState:
    """How a month stands. `settled`: how often, `sum_fen` what stations received by it; `changed`: cases decided since
    that may change what it posted; `waiting`: kind -> id of an open request. `closed`: it or a later month was;
    `closed_at`: when it was itself; `earlier_open`: the month before is to be closed first."""

    month: str
    settled: int
    settled_at: datetime | None
    sum_fen: int
    closed_at: datetime | None
    waiting: Mapping[str, int]
    changed: int
    closed: bool = False
    earlier_open: bool = False


def request_of(conn: Connection, number: int) -> Row[Any] | None:
    """One request."""
    return conn.execute(select(t.money_requests).where(r.id == number)).one_or_none()


def open_for(conn: Connection, actor: Actor, after: Cursor | None = None) -> Page:
    """Open requests that somebody else made, oldest first."""
    query = select(t.money_requests).where(r.state == byhand.OPEN, ~_made_by(actor))
    if after is not None:
        query = query.where(or_(r.made_at > after[0], and_(r.made_at == after[0], r.id > after[1])))
    return _page(conn, query.order_by(r.made_at, r.id), "made_at")


def made_by(conn: Connection, actor: Actor, after: Cursor | None = None) -> Page:
    """What a person asked for, newest first."""
    return _newest(conn, select(t.money_requests).where(_made_by(actor)), after)


def decided(conn: Connection, after: Cursor | None = None) -> Page:
    """Whatever is no longer open, newest first by when it was asked."""
    return _newest(conn, select(t.money_requests).where(r.state != byhand.OPEN), after)


def about_stations(conn: Connection, codes: Collection[str], after: Cursor | None = None) -> Page:
    """What concerns these stations and either was carried out or they asked for themselves, newest first."""
    theirs = or_(r.state == byhand.APPROVED, r.kind == byhand.PAYOUT)
    return _newest(conn, select(t.money_requests).where(r.station.in_(codes), theirs), after)


def others_of(conn: Connection, house: str, but: int) -> Sequence[Row[Any]]:
    """The last other requests that move this house's account, newest first: the same may have been asked for twice."""
    s = stations.c
    codes = select(s.code).where(or_(s.code == house, s.parent == house))
    query = select(t.money_requests).where(r.station.in_(codes), r.id != but)
    return conn.execute(query.order_by(r.made_at.desc(), r.id.desc()).limit(MOST_OTHERS)).all()


def _made_by(actor: Actor) -> Any:
    return r.maker.endswith(f" #{actor.user_id}")  # a name may change between two signatures


def _newest(conn: Connection, query: Select[Any], after: Cursor | None) -> Page:
    if after is not None:
        query = query.where(or_(r.made_at < after[0], and_(r.made_at == after[0], r.id < after[1])))
    return _page(conn, query.order_by(r.made_at.desc(), r.id.desc()), "made_at")


def _page(conn: Connection, query: Select[Any], by: str) -> Page:
    rows = conn.execute(query.limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    return Page(shown, (getattr(shown[-1], by), shown[-1].id) if len(rows) > PAGE else None)


def house_of(conn: Connection, code: str) -> tuple[str | None, int]:
    """The level-1 station of a code, and the level of the code itself; None for an unknown one."""
    s = stations.c
    row = conn.execute(select(func.coalesce(s.parent, s.code).label("house"), s.level).where(s.code == code))
    found = row.one_or_none()
    return (found.house, found.level) if found else (None, 0)


def own_codes(conn: Connection, actor: Actor) -> frozenset[str]:
    """The station that is a person's own, and its house (APPEAL-2)."""
    if not actor.station:
        return frozenset()
    house, _ = house_of(conn, actor.station)
    return frozenset({actor.station, house or actor.station})


def balances_of(conn: Connection, accounts: Collection[str]) -> dict[str, int]:
    """Fen by account, 0 for one without a line; > 0: it owes."""
    line = t.lines.c
    query = select(line.account, func.sum(line.amount_fen)).where(line.account.in_(accounts)).group_by(line.account)
    return dict.fromkeys(accounts, 0) | {account: int(total) for account, total in conn.execute(query)}


def concerned(conn: Connection, key: str) -> Concerned | None:
    """A posting by its key."""
    row = conn.execute(select(t.postings).where(t.postings.c.key == key)).one_or_none() if key else None
    if row is None:
        return None
    line = t.lines.c
    query = select(line.account, line.amount_fen).where(line.posting_id == row.id).order_by(line.account)
    lines = tuple((account, fen) for account, fen in conn.execute(query))
    return Concerned(
        row.key, row.rule, row.station, row.logistics_no, row.month, row.happened_at, row.recorded_at, lines
    )


def account_of(conn: Connection, station: str, about: str) -> Account:
    """How the ledger stands for a station, with the posting of this key."""
    house, level = house_of(conn, station)
    if house is None:
        return Account(None)
    one = concerned(conn, about)
    named = (one.month, one.happened_at, frozenset(account for account, _ in one.lines)) if one else None
    balance, closed = balances_of(conn, [house])[house], closed_months(conn).keys()
    return Account(house, level, balance, closed, named, first_month(conn) or "")


def payout_of(conn: Connection, house: str, above_fen: int) -> Payout:
    """What a house could be paid out now."""
    return Payout(house, max(0, -balances_of(conn, [house])[house]), above_fen)


def month_states(conn: Connection, months: Sequence[str]) -> list[MonthState]:
    """How each of these months stands, in their order."""
    s, i = t.settlements.c, t.settlement_items.c
    query = (
        select(s.month, func.count(s.id.distinct()), func.max(s.settled_at), func.coalesce(func.sum(i.amount_fen), 0))
        .outerjoin(t.settlement_items, i.settlement_id == s.id)
        .where(s.month.in_(months))
        .group_by(s.month)
    )
    settled = {month: (count, last, int(fen)) for month, count, last, fen in conn.execute(query)}
    closed, waiting = closed_months(conn), _waiting(conn, months)
    changed = _changed(conn, {month: last for month, (_, last, _) in settled.items()})
    following = byhand.next_to_close(closed, first_month(conn))
    return [
        MonthState(
            month, *settled.get(month, (0, None, 0)), closed.get(month), waiting.get(month, {}), changed.get(month, 0),
            is_closed(month, closed), following is not None and month > following,
        )
        for month in months
    ]  # fmt: skip


def _waiting(conn: Connection, months: Sequence[str]) -> dict[str, dict[str, int]]:
    query = select(r.month, r.kind, r.id).where(
        r.state == byhand.OPEN, r.kind.in_(byhand.OF_MONTHS), r.month.in_(months)
    )
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(query):
        found.setdefault(row.month, {})[row.kind] = row.id
    return found


def _changed(conn: Connection, settled: Mapping[str, datetime]) -> dict[str, int]:
    """Month -> cases confirmed or overturned since it was settled, of violations in it or the two months before: those
    move its rewards and refunds (REFUND-1). A hint: only a dry run says whether anything is to be posted. Counted are
    those of the minutes before too, which may have been committed only after it."""
    if not settled:
        return {}
    v, c = violations.c, t.cases.c
    moved = c.state.in_((CaseState.CONFIRMED, CaseState.OVERTURNED))

    def since(last: datetime) -> Any:
        return c.changed_at > last - STILL_WRITTEN

    counts = [
        select(func.min(month).label("month"), func.count().label("cases"))
        .select_from(violations.join(t.cases, c.violation_id == v.id))
        .where(v.happened_at >= _two_before(month), v.happened_at < month_bounds(month)[1], moved, since(last))
        for month, last in settled.items()
    ]
    return {row.month: row.cases for row in conn.execute(union_all(*counts)) if row.cases}


def _two_before(month: str) -> datetime:
    year, number = int(month[:4]), int(month[5:]) - 2
    return month_bounds(f"{year - (number < 1):04d}-{number + 12 * (number < 1):02d}")[0]


def digest_settled(conn: Connection, number: int) -> str | None:
    """The digest of the settlement that this request led to; None: it led to none."""
    s = t.settlements.c
    figures = conn.scalar(select(s.figures).where(s.request_id == number))
    return str(figures["digest"]) if figures else None


def items_of(conn: Connection, month: str, codes: Collection[str] | None, kind: str, most: int) -> Sequence[Row[Any]]:
    """What the settlements of a month posted, by station; `codes`: of these only, `kind` "": of each."""
    s, i = t.settlements.c, t.settlement_items.c
    query: Select[Any] = select(s.number, i.station, i.kind, i.amount_fen, i.why)
    query = query.join(t.settlements, s.id == i.settlement_id).where(s.month == month)
    if codes is not None:
        query = query.where(i.station.in_(codes))
    if kind:
        query = query.where(i.kind == kind)
    return conn.execute(query.order_by(i.station, i.kind, s.number).limit(most)).all()


def settled_times(conn: Connection, month: str) -> Sequence[Row[Any]]:
    """The settlements of a month, first one first: number, instant, how many items, what they sum to."""
    s, i = t.settlements.c, t.settlement_items.c
    query = (
        select(
            s.number, s.settled_at, s.edition, s.request_id, r.maker, r.checker,
            func.count(i.station).label("items"), func.coalesce(func.sum(i.amount_fen), 0).label("sum_fen"),
        )
        .outerjoin(t.settlement_items, i.settlement_id == s.id)
        .outerjoin(t.money_requests, r.id == s.request_id)
        .where(s.month == month)
        .group_by(s.id, s.number, s.settled_at, s.edition, s.request_id, r.maker, r.checker)
        .order_by(s.number)
    )  # fmt: skip
    return conn.execute(query).all()
