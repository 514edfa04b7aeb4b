"""Counts how a month stands, and reads what was counted last."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from basics.days import SECOND, month_bounds, month_of
from penalties.rewards import HouseMonth
from penalties.settlement import targets
from penalties.settling.queries import facts_of, settled_before
from penalties.standing import Stake, Standing, standings
from rulebook.book import Book
from storage.tables.penalties import settlements
from storage.tables.penalties import standings as table


def counted(conn: Connection, month: str, book: Book, now: datetime) -> list[Standing]:
    """How each house stands in that month. Reads the whole month's orders, a row a station."""
    facts = facts_of(conn, month, book, settled_before(conn, month).network)
    level_1 = facts.network.level_1()
    due = targets(facts.houses, facts.fined, level_1, facts.terms)
    end = month_bounds(month)[1]
    fines = book.at(min(now, end - SECOND)).fines
    return standings(facts.houses, facts.fined, level_1, facts.terms, due, fines, now >= end)


def to_count(conn: Connection, now: datetime) -> list[str]:
    """The running month and, until it is settled, the one before."""
    running = month_of(now)
    last = month_of(month_bounds(running)[0] - SECOND)
    s = settlements.c
    done = conn.execute(select(s.id).where(s.month == last).limit(1)).first()
    return [running] if done else [last, running]


def standing_of(conn: Connection, month: str, station: str) -> tuple[Standing, datetime] | None:
    """How a house stood in that month when it was counted last, and when that was; None: not counted yet, or no level-1
    station."""
    query = select(table.c.figures, table.c.counted_at).where(table.c.month == month, table.c.station == station)
    row = conn.execute(query).one_or_none()
    return None if row is None else (standing(row.figures), row.counted_at)


def standing(figures: Mapping[str, Any]) -> Standing:
    """A standing as it was kept."""
    house, stake = HouseMonth(**figures["house"]), Stake(**figures["stake"])
    return Standing(**{**figures, "house": house, "stake": stake})
