"""Reads the ledger's day: what was booked, the trial balance and the head at its end."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from basics.days import day_of, midnight
from penalties.booking.queries import head, last_day
from penalties.ledger_text import Daily, Kind
from storage.tables import penalties as t

SETTLED = timedelta(minutes=5)  # after midnight: by then whatever began to book before it has ended


def report(conn: Connection, day: date) -> Daily:
    """The ledger's day, however long ago: the same again at any time, for nothing is edited (LEDGER-1)."""
    before, after = head(conn, midnight(day)), head(conn, midnight(day + timedelta(days=1)))
    p, fen = t.postings.c, t.lines.c.amount_fen
    fallen = p.key.like("%:reversed")
    kinds = (
        select(p.rule, fallen, func.count(p.id.distinct()), func.sum(fen))
        .join(t.lines, t.lines.c.posting_id == p.id)
        .where(p.seq > before.seq, p.seq <= after.seq, fen > 0)
        .group_by(p.rule, fallen)
        .order_by(p.rule, fallen)
    )
    account = t.lines.c.account
    sums = select(account, func.sum(fen)).join(t.postings, p.id == t.lines.c.posting_id).where(p.seq <= after.seq)
    return Daily(
        day,
        tuple(Kind(rule, bool(back), count, int(moved)) for rule, back, count, moved in conn.execute(kinds)),
        {name: int(total) for name, total in conn.execute(sums.group_by(account).order_by(account))},
        after.seq,
        after.chain,
    )


def next_day(conn: Connection, now: datetime) -> date | None:
    """The day whose head is to be written down next. None: nothing is to do, or nothing was ever booked."""
    p = t.postings.c
    last = last_day(conn, day_of(now) - timedelta(days=1))  # whatever says that it is of a later day stops nothing
    if last is not None:
        day = last + timedelta(days=1)
    elif (first := conn.scalar(select(p.recorded_at).order_by(p.seq).limit(1))) is not None:
        day = day_of(first)
    else:
        return None
    return day if midnight(day + timedelta(days=1)) + SETTLED <= now else None


def heads(conn: Connection) -> list[Row[Any]]:
    """Every head that was written down: day, seq, chain, oldest first."""
    h = t.ledger_heads.c
    return list(conn.execute(select(h.day, h.seq, h.chain).order_by(h.day)))
