"""Writes the network. An import is checked whole; at a NetworkError its transaction must roll back."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Connection, bindparam, delete, insert, update

from geo.areas import Area
from geo.errors import NetworkError
from geo.folder import STATIONS_FILE, check_areas, check_closures, check_districts, check_stations
from geo.queries import station_codes, stations_by_code, stations_with_orders
from geo.stations import Closure, Station
from storage.sql import insert_ignore, upsert
from storage.tables import geo as tables


def import_stations(conn: Connection, stations: Sequence[Station], now: datetime) -> None:
    """Add the stations, or overwrite those that are there. Others stay: orders and verdicts point at them.

    House and duty of one that has or had orders stay as they are: verdicts would change behind it (B-88).
    """
    _count_up(conn, now)
    present = stations_by_code(conn)
    check_stations(stations, present)
    if any(_moved(station, present) for station in stations):
        _check_free(stations, present, stations_with_orders(conn))
    rows = [
        {
            "code": station.code,
            "name": station.name,
            "level": station.level,
            "parent": station.parent,
            "province": station.province,
            "duty": station.duty,
            "accepts": station.accepts,
            "contact": station.contact or None,
            "phone": station.phone or None,
            "address": station.address or None,
            "imported_at": now,
        }
        for station in sorted(stations, key=lambda one: (one.level, one.code))  # a parent before its children
    ]
    upsert(conn, tables.stations, rows, ["code"])


def _moved(station: Station, present: Mapping[str, Station]) -> bool:
    old = present.get(station.code)
    return old is not None and (old.parent, old.duty) != (station.parent, station.duty)


def _check_free(stations: Sequence[Station], present: Mapping[str, Station], busy: Collection[str]) -> None:
    for line, station in enumerate(stations, start=2):
        if station.code in busy and _moved(station, present):
            cause = f"网点已有订单,不能改上级或班次 (it has orders: parent and duty must stay): {station.code}"
            raise NetworkError(STATIONS_FILE, line, cause)


def import_areas(conn: Connection, areas: Sequence[Area], now: datetime) -> None:
    """Replace the areas of every station named; those of other stations stay."""
    _count_up(conn, now)
    check_areas(areas, station_codes(conn))
    _delete_where(conn, tables.areas.c.station, {area.station for area in areas})
    part: Counter[str] = Counter()
    rows: list[Mapping[str, Any]] = []
    for area, wkb in zip(areas, shapely.to_wkb([area.geometry for area in areas]), strict=True):
        part[area.station] += 1
        rows.append(
            {
                "station": area.station,
                "part": part[area.station],
                "datum": area.datum,
                "wkb": wkb,
                "original": area.original,
                "imported_at": now,
            }
        )
    if rows:
        conn.execute(insert(tables.areas), rows)


def import_districts(conn: Connection, rows: Sequence[tuple[str, str]], now: datetime) -> None:
    """Replace the stations of every district named in the (adcode, station) rows; other districts stay."""
    _count_up(conn, now)
    check_districts(rows, station_codes(conn))
    _delete_where(conn, tables.districts.c.adcode, {adcode for adcode, _ in rows})
    if rows:
        conn.execute(insert(tables.districts), [{"adcode": adcode, "station": station} for adcode, station in rows])


def import_closures(conn: Connection, closures: Sequence[Closure], now: datetime) -> None:
    """Add the closures. One that is there already stays: clocks were judged by it (ROUTE-6)."""
    _count_up(conn, now)
    check_closures(closures, station_codes(conn))
    rows = [
        {"station": closure.station, "starts_at": closure.start, "ends_at": closure.end, "imported_at": now}
        for closure in closures
    ]
    insert_ignore(conn, tables.closures, rows, ["station", "starts_at", "ends_at"])


def _count_up(conn: Connection, now: datetime) -> None:
    """Comes first in an import: its row lock makes two imports queue."""
    version = tables.network_version
    insert_ignore(conn, version, [{"id": 1, "version": 0, "changed_at": now}], ["id"])
    conn.execute(update(version).values(version=version.c.version + 1, changed_at=now))


def _delete_where(conn: Connection, column: Any, values: set[str]) -> None:
    # One statement run with many parameters: an IN list of every station would exceed what a database takes.
    if values:
        conn.execute(
            delete(column.table).where(column == bindparam("named")),
            [{"named": value} for value in sorted(values)],
        )
