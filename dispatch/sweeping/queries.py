"""Which orders a closure concerns."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from storage.tables.sla import clocks

AT_ONCE = 2000  # orders
CLOSURES = 200  # in one condition: SQLite takes a thousand


def moved_by(conn: Connection, closed: Sequence[tuple[str, datetime]]) -> list[int]:
    """Orders, ascending, with a clock that one of these closures, (station, from), can move (ROUTE-6)."""
    found: set[int] = set()
    c = clocks.c
    for batch in [closed[first : first + CLOSURES] for first in range(0, len(closed), CLOSURES)]:
        late = (and_(c.station == station, c.due_at > since) for station, since in batch)
        found.update(conn.scalars(select(c.order_id).where(or_(*late)).distinct()))
    return sorted(found)


def batches(order_ids: Sequence[int]) -> list[Sequence[int]]:
    """The same, in lists of AT_ONCE."""
    return [order_ids[first : first + AT_ONCE] for first in range(0, len(order_ids), AT_ONCE)]
