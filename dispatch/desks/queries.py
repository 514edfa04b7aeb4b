"""Reads the change numbers of desks; no order is touched."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from storage.tables.dispatch import desk_changes


def numbers(conn: Connection, stations: Collection[str]) -> dict[str, int]:
    """Station -> its number; 0 where nothing has changed since the installation."""
    c = desk_changes.c
    rows = conn.execute(select(c.station, c.number).where(c.station.in_(stations)))
    return dict.fromkeys(stations, 0) | {row.station: row.number for row in rows}
