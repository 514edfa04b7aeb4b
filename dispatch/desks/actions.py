"""Raises the change numbers of desks, in the transaction that changes what they show."""

from collections.abc import Iterable

from sqlalchemy import Connection

from dispatch.batch import Batch
from storage.sql import count_up
from storage.tables.dispatch import desk_changes


def rise(conn: Connection, stations: Iterable[str]) -> None:
    """One statement, in the order of the stations' codes: two batches cannot wait in a ring. Called last in a
    transaction: whoever raises the same number waits for its end."""
    wanted = set(stations)
    if wanted:
        count_up(conn, desk_changes, "station", "number", wanted)


def rise_for(conn: Connection, batch: Batch) -> None:
    """For all that ever held an order of the batch, which are seldom more than two: before or after it, it stood on
    their desks. A console that asks for nothing is told that nothing is new."""
    rise(conn, (held.station for life in batch.touched.values() for held in life.assignments))
