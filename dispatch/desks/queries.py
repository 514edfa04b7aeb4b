"""Reads the change numbers of desks; no order is touched."""

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from storage.tables.dispatch import desk_changes

MANY = 200  # of these the whole table, some rows for each station, is read faster


def numbers(conn: Connection, stations: Collection[str]) -> dict[str, int]:
    """Station -> its number, the sum of its rows; 0 where nothing has changed since the installation. It rises with
    every commit, in whatever order they come."""
    c = desk_changes.c
    query = select(c.station, func.sum(c.number).label("number")).group_by(c.station)
    if len(stations) <= MANY:
        query = query.where(c.station.in_(stations))
    found = {row.station: int(row.number) for row in conn.execute(query)}
    return {station: found.get(station, 0) for station in stations}
