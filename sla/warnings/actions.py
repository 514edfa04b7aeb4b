"""Steps of the ladder are taken: written to the ring log, which is kept as evidence, and told (DO-8)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, update

from basics.days import iso
from geo.network import Network
from notify.actions import notify
from rulebook.book import Book
from sla.warnings.plan import CalendarOf, Ring, addressed, messages, ring_row
from sla.warnings.queries import CALLED_AT, CALLED_BY, rung_at, still_running, to_call
from storage.sql import insert_ignore
from storage.tables.sla import rings

_KEY = ("order_id", "seq", "step")


def ring(
    conn: Connection, due: Sequence[Ring], network: Network, book: Book, calendar: CalendarOf, now: datetime
) -> int:
    """Take these steps, each once for an assignment whoever else takes it too, and tell of those that are new; how
    many those are. Whole houses only: see `by_house`. What was handed on or done since they were planned, or is too
    late by now, is left out."""
    running = still_running(conn, {one.of.order_id for one in due}, now)
    still = [one for one in due if now <= one.until and (one.of.order_id, one.of.seq) in running]
    # A ring holds its order: in the order of acts, so that the two cannot wait in a ring.
    still.sort(key=lambda one: (one.of.order_id, one.of.seq, one.step))
    told = addressed(still, network, book, calendar, now)
    insert_ignore(conn, rings, [ring_row(one, now) for one in told], _KEY)  # RETURNING would cost three times as much
    new = rung_at(conn, {one.of.order_id for one in told}, now)
    mine = [one for one in told if (one.of.order_id, one.of.seq, one.step) in new]
    notify(conn, messages(mine, network, book, calendar, now), now)
    return len(mine)


def called(conn: Connection, station: str, by: str, now: datetime) -> int:
    """Somebody has telephoned the station about all that it has on the call list; for how many orders that is new."""
    rows = to_call(conn, station)
    statement = update(rings).where(rings.c.id == bindparam("b_id")).values(told=bindparam("b_told"))
    if rows:
        said = {CALLED_BY: by, CALLED_AT: iso(now)}
        conn.execute(statement, [{"b_id": row.id, "b_told": row.told | said} for row in rows])
    return len(rows)
