"""Reads the change numbers of desks; no order is touched."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from storage.tables.dispatch import desk_changes

MANY = 200  # of these the whole table, a row for each station, is read faster


def numbers(conn: Connection, stations: Collection[str]) -> dict[str, int]:
    """Station -> its number; 0 where nothing has changed since the installation."""
    c = desk_changes.c
    query = select(c.station, c.number)
    if len(stations) <= MANY:
        query = query.where(c.station.in_(stations))
    found = {row.station: row.number for row in conn.execute(query)}
    return {station: found.get(station, 0) for station in stations}
