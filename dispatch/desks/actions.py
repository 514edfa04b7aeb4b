"""Raises the change numbers of desks, in the transaction that changes what they show."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, func, insert, select

from dispatch.batch import Batch
from storage.locks import lock_names
from storage.tables.dispatch import desk_changes

FOLD_AT = 20  # rows of a station: fewer are added up faster than they are folded
MOST = 1_000  # stations at once: after a day without the job a million rows would be read into memory
_FOLDING = "desk_changes"


def rise(conn: Connection, stations: Iterable[str]) -> None:
    """One statement. Rows are added and none is changed: an act must not wait until another's transaction at the same
    station, or a sweep over the whole network, has ended."""
    wanted = sorted(set(stations))
    if wanted:
        conn.execute(insert(desk_changes), [{"station": station, "number": 1} for station in wanted])


def rise_for(conn: Connection, batch: Batch) -> None:
    """For all that ever held an order of the batch, which are seldom more than two: before or after it, it stood on
    their desks. A console that asks for nothing is told that nothing is new."""
    rise(conn, (held.station for life in batch.touched.values() for held in life.assignments))


def fold(conn: Connection) -> int:
    """The rows of a station become one that holds their sum, which therefore does not change; how many went. The
    fullest first. What others add meanwhile is not seen here and stays."""
    lock_names(conn, [_FOLDING])  # two at once would each put in the whole sum
    c = desk_changes.c
    many = select(c.station).group_by(c.station).having(func.count() >= FOLD_AT).order_by(func.count().desc())
    stations = list(conn.scalars(many.limit(MOST)))
    gone = _taken(conn, stations)
    sums: dict[str, int] = {}
    for station, number in gone:
        sums[station] = sums.get(station, 0) + number
    if sums:
        conn.execute(insert(desk_changes), [{"station": one, "number": sums[one]} for one in sorted(sums)])
    return len(gone)


def _taken(conn: Connection, stations: Collection[str]) -> list[tuple[str, int]]:
    c = desk_changes.c
    query = delete(desk_changes).where(c.station.in_(stations)).returning(c.station, c.number)
    return [(row.station, row.number) for row in conn.execute(query)] if stations else []
