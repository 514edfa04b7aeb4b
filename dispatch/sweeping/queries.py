"""Which orders a closure concerns."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, and_, or_, select

from storage.tables.sla import clocks

AT_ONCE = 2000  # orders
CLOSURES = 200  # in one condition: SQLite takes a thousand
One = TypeVar("One")


def moved_by(conn: Connection, closed: Sequence[tuple[str, datetime]]) -> list[int]:
    """Orders, ascending, with a clock that one of these closures, (station, from), can move (ROUTE-6)."""
    found: set[int] = set()
    c = clocks.c
    for batch in batches(closed, CLOSURES):
        late = (and_(c.station == station, c.due_at > since) for station, since in batch)
        found.update(conn.scalars(select(c.order_id).where(or_(*late)).distinct()))
    return sorted(found)


def batches(these: Sequence[One], size: int = AT_ONCE) -> list[Sequence[One]]:
    """The same in order, no more at a time than a statement may name or a transaction lock."""
    return [these[first : first + size] for first in range(0, len(these), size)]
