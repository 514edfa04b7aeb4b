"""The task that learns how fast each station takes its orders (DO-8): yesterday is counted once it is over."""

from datetime import date, datetime
from functools import partial

from jobs.environment import Environment
from sla.pace import actions, queries
from sla.pace.tally import Wait, cells_of
from storage.session import reading, run


def pace(env: Environment) -> None:
    """Count the days that are over and not counted yet, each in a transaction of its own.

    A day is read and cut up outside the transaction that writes: at 300,000 orders that takes seconds. With nothing to
    do it is one row read.
    """
    for _ in range(queries.MOST_DAYS):
        now = env.clock()
        found = _read(env, now)
        if found is None:
            return
        day, waits = found
        run(env.engine, partial(actions.count, day=day, waits=waits, cells=cells_of(waits), now=now))


def _read(env: Environment, now: datetime) -> tuple[date, dict[str, list[Wait]]] | None:
    """The next day to count and its waits; None when all are counted."""
    with reading(env.engine) as conn:
        day = queries.next_day(conn, queries.counted(conn).until, now)
        if day is None:
            return None
        world = env.world(conn)
        edition = world.book.at(now)
        return day, queries.waits_on(conn, day, lambda station: world.calendar(station, edition))
