"""Reads the ledger: its head, closed months, balances, postings."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from basics.days import month_of
from penalties.ledger import NO_CHAIN
from penalties.ledger_text import Entry
from storage.tables import penalties as t
from storage.tables.dispatch import orders

AT_ONCE = 2_000  # rows in memory at a time
SOME_DAYS = 20


@dataclass(frozen=True, slots=True)
class Head:
    """The last posting, and the greatest id, which may be another's where the ledger was not yet a chain; of an empty
    ledger 0, 0, NO_CHAIN and None."""

    id: int
    seq: int
    chain: str
    recorded_at: datetime | None = None


def head(conn: Connection, before: datetime | None = None) -> Head:
    """Where the chain ends; `before`: where it ended at that instant."""
    p = t.postings.c
    greatest = select(func.max(p.id)).scalar_subquery()
    query = select(greatest, p.seq, p.chain, p.recorded_at).order_by(p.seq.desc()).limit(1)
    row = conn.execute(query if before is None else query.where(p.recorded_at < before)).one_or_none()
    return Head(*row) if row else Head(0, 0, NO_CHAIN)


def last_day(conn: Connection, until: date) -> date | None:
    """The last day, this one or before, whose head was written down. What is no day is not looked at."""
    day = t.ledger_heads.c.day
    query = select(day).where(day <= until.isoformat(), day.like("____-__-__")).order_by(day.desc()).limit(SOME_DAYS)
    return next((found for text in conn.scalars(query) if (found := _as_day(text))), None)


def _as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def closed_months(conn: Connection) -> dict[str, datetime]:
    """Month -> when it was closed."""
    c = t.closed_months.c
    return {row.month: row.closed_at for row in conn.execute(select(c.month, c.closed_at).order_by(c.month))}


def first_month(conn: Connection) -> str | None:
    """The month of the first order or posting; None before there is any."""
    first = conn.scalar(select(func.min(orders.c.created_at)))
    found = [month_of(first)] if first is not None else []
    booked = conn.scalar(select(func.min(t.postings.c.month)))
    return min([*found, *([booked] if booked else [])], default=None)


def hashes_of(conn: Connection, keys: Sequence[str]) -> dict[str, str]:
    """Key -> content hash of those that are posted. The keys are one parameter, however many they are."""
    p = t.postings.c
    if conn.dialect.name == "postgresql":
        wanted = p.key == any_(bindparam(None, list(keys), ARRAY(Text)))
    else:
        wanted = p.key.in_(select(func.json_each(json.dumps(list(keys))).table_valued("value").c.value))
    return {row.key: row.content_hash for row in conn.execute(select(p.key, p.content_hash).where(wanted))}


def balances(conn: Connection) -> dict[str, int]:
    """Fen by account, in the order of the accounts; they sum to zero (LEDGER-1, I-12)."""
    query = (
        select(t.lines.c.account, func.sum(t.lines.c.amount_fen))
        .group_by(t.lines.c.account)
        .order_by(t.lines.c.account)
    )
    return {account: int(total) for account, total in conn.execute(query)}


@dataclass(frozen=True, slots=True)
class Period:
    """Which postings: those booked in a month, or recorded in [start, end); None: without a bound."""

    month: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    def holds(self) -> list[ColumnElement[bool]]:
        """As conditions on `postings`."""
        p, found = t.postings.c, []
        if self.month is not None:
            found.append(p.month == self.month)
        if self.start is not None:
            found.append(p.recorded_at >= self.start)
        if self.end is not None:
            found.append(p.recorded_at < self.end)
        return found


def entries(conn: Connection, period: Period) -> Iterator[Entry]:
    """Postings of a period by their numbers, read as they are asked for: memory stays flat."""
    p, ln = t.postings.c, t.lines.c
    query = select(t.postings, ln.account, ln.amount_fen).join(t.lines, ln.posting_id == p.id)
    query = query.where(*period.holds()).order_by(p.seq, ln.account)
    rows = conn.execute(query.execution_options(yield_per=AT_ONCE))
    for _, some in groupby(rows, key=lambda row: row.seq):
        its = list(some)
        yield Entry(its[0], tuple((row.account, row.amount_fen) for row in its))


def moved(conn: Connection, period: Period) -> dict[str, int]:
    """Fen by account that the postings of a period moved; they sum to zero."""
    query = select(t.lines.c.account, func.sum(t.lines.c.amount_fen)).group_by(t.lines.c.account)
    query = query.join(t.postings, t.postings.c.id == t.lines.c.posting_id).where(*period.holds())
    return {account: int(total) for account, total in conn.execute(query.order_by(t.lines.c.account))}


def recorded(conn: Connection, period: Period) -> tuple[datetime, datetime] | None:
    """When the first and the last posting of a period were recorded; None: there is none."""
    p = t.postings.c
    first, last = conn.execute(select(func.min(p.recorded_at), func.max(p.recorded_at)).where(*period.holds())).one()
    return None if first is None else (first, last)
