"""Writes the network. An import is checked whole; at a NetworkError its transaction must roll back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import shapely
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from geo.area_shapes import check_valid
from geo.areas import Area
from geo.errors import NetworkError
from geo.folder import STATIONS_FILE, check_areas, check_closures, check_districts, check_stations
from geo.queries import IN_USE, station_codes, stations_by_code, stations_with_money, stations_with_orders
from geo.service_areas.queries import ahead_of, any_orders, ever_held, open_orders, same_as_stored, uses_of, with_areas
from geo.stations import Closure, Station
from storage.locks import lock_names
from storage.sql import insert_ignore, upsert
from storage.tables import geo as tables


def import_stations(conn: Connection, stations: Sequence[Station], now: datetime) -> None:
    """Add the stations, or overwrite those that are there. Others stay: orders and verdicts point at them.

    House and duty of one that has or had orders stay as they are: verdicts would change behind it (B-88). The house of
    one with entries in the ledger stays too: they would be on no statement (LEDGER-1).
    """
    count_up(conn, now)
    present = stations_by_code(conn)
    check_stations(stations, present)
    if any(_moved(station, present) for station in stations):
        _check_free(stations, present, stations_with_orders(conn))
        away = [one.code for one in stations if one.code in present and one.parent != present[one.code].parent]
        _check_no_money(stations, stations_with_money(conn, away))
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
            cause = f"网点已有订单或扫描,不能改上级或班次 (orders or scans: parent and duty stay): {station.code}"
            raise NetworkError(STATIONS_FILE, line, cause)


def _check_no_money(stations: Sequence[Station], busy: Collection[str]) -> None:
    for line, station in enumerate(stations, start=2):
        if station.code in busy:
            told = "网点在账本中已有分录或待批申请,不能改上级 (entries or open requests: the parent stays)"
            cause = f"{told}: {station.code}"
            raise NetworkError(STATIONS_FILE, line, cause)


def change_areas(
    conn: Connection,
    areas: Mapping[str, Sequence[Area]],
    *,
    effective_at: datetime | None,
    now: datetime,
    by: str,
    source: Literal["import", "console"],
    note: str = "",
    key: str,
) -> int:
    """From `effective_at` on these are the areas of each station named; an empty sequence: it has none from then.

    Never edits what held: it ends. What was planned for these stations from then on falls away. `effective_at` None:
    since ever, for stations without any. `key` (at most 64 characters) again does nothing. Returns the change's id.
    NetworkError: `station_unknown`, `invalid_geometry`, `effective_in_the_past`, `has_open_orders` (B-88).
    """
    queue(conn, now)
    known = conn.scalar(select(tables.area_changes.c.id).where(tables.area_changes.c.key == key))
    if known is not None:
        return int(known)
    count_up(conn, now)
    # Who waited for the lock comes after whoever held it: "at once" is then, and never cuts off what holds since.
    last = conn.scalar(select(func.max(tables.area_changes.c.recorded_at))) or now
    effective_at, now = max(now, last) if effective_at == now else effective_at, max(now, last)
    _check_change(conn, areas, effective_at, now)
    change = {
        "key": key, "effective_at": effective_at, "recorded_at": now, "by": by, "source": source, "note": note,
        "stations": sorted(areas),
    }  # fmt: skip
    made = int(conn.execute(insert(tables.area_changes).returning(tables.area_changes.c.id), change).scalar_one())
    if effective_at is not None:
        _end_areas(conn, areas, effective_at)
    rows = [
        {
            "station": station, "part": part, "datum": area.datum, "wkb": shapely.to_wkb(area.geometry),
            "original": area.original, "valid_from": effective_at, "valid_until": None, "imported_at": now,
            "change_id": made,
        }
        for station, own in sorted(areas.items())
        for part, area in enumerate(own, start=1)
    ]  # fmt: skip
    if rows:
        conn.execute(insert(tables.areas), rows)
    return made


def _check_change(
    conn: Connection, areas: Mapping[str, Sequence[Area]], effective_at: datetime | None, now: datetime
) -> None:
    present = stations_by_code(conn)
    if unknown := sorted(areas.keys() - present.keys()):
        raise NetworkError("", None, f"网点不存在 (unknown station): {unknown[0]!r}", "station_unknown")
    check_valid([area for own in areas.values() for area in own])
    if effective_at is None:
        # Since ever would be in the past of verdicts: of the station's own, and of those of the one above it.
        houses = {code for station in areas for code in (station, present[station].parent) if code is not None}
        late = bool(with_areas(conn, areas.keys()) or ever_held(conn, houses))
    else:
        late = effective_at < now
    if late:
        cause = "生效时间已过,以往的判定不会改变 (it would take effect in the past, and verdicts stay)"
        raise NetworkError("", None, cause, "effective_in_the_past")
    emptied = {station for station, own in areas.items() if not own}
    if emptied:
        lock_names(conn, [IN_USE])
    if busy := sorted(open_orders(conn, emptied)):
        cause = f"网点还有未完成的订单,不能没有服务范围 (open orders need its area): {', '.join(busy[:5])}"
        raise NetworkError("", None, cause, "has_open_orders")


def _end_areas(conn: Connection, stations: Collection[str], at: datetime) -> None:
    """What holds ends at `at`; what was to begin then or later never comes."""
    a = tables.areas.c
    ahead = ahead_of(conn, stations, at)
    fallen = [{"this": one} for one, start in ahead if start is not None and start >= at]
    ended = [{"this": one} for one, start in ahead if start is None or start < at]
    if fallen:
        conn.execute(delete(tables.areas).where(a.id == bindparam("this")), fallen)
    if ended:
        conn.execute(update(tables.areas).where(a.id == bindparam("this")).values(valid_until=at), ended)


def import_areas(
    conn: Connection,
    areas: Sequence[Area],
    now: datetime,
    effective_at: datetime | None = None,
    by: str = "import",
    note: str = "",
) -> set[str]:
    """Replace the areas of every station named from `effective_at` (None: now) on; those of other stations stay.

    Before the first order a station's first areas hold since ever, unless an instant is given. A station that has these
    areas already stays as it is. Returns the stations that changed. NetworkError, see `change_areas`.
    """
    version = queue(conn, now)
    check_areas(areas, station_codes(conn))
    named: dict[str, list[Area]] = {}
    for area in areas:
        named.setdefault(area.station, []).append(area)
    start = effective_at or now
    same = same_as_stored(conn, named, start)
    changed = {station: own for station, own in named.items() if station not in same}
    dated = effective_at is not None or any_orders(conn)
    first = set() if dated else changed.keys() - with_areas(conn, changed)
    for since, stations in ((None, first), (start, changed.keys() - first)):
        if stations:
            change_areas(
                conn, {station: changed[station] for station in stations},
                effective_at=since, now=now, by=by, source="import", note=note,
                key=f"import {version} {'ever' if since is None else 'from'}",
            )  # fmt: skip
    return set(changed)


def remove_station(conn: Connection, code: str, now: datetime) -> None:
    """Remove a station on which nothing hangs, with its districts and closures. NetworkError says what does (B-88)."""
    queue(conn, now)
    count_up(conn, now)
    lock_names(conn, [IN_USE])
    if code not in station_codes(conn):
        raise NetworkError("", None, f"网点不存在 (unknown station): {code!r}", "station_unknown")
    if open_orders(conn, {code}):
        raise NetworkError("", None, f"网点还有未完成的订单 (it holds open orders): {code}", "has_open_orders")
    if uses := uses_of(conn, code):
        cause = f"网点不能删除,可设 accepts=0 (it cannot be removed, set accepts to 0): {code}: {', '.join(uses)}"
        raise NetworkError("", None, cause, "station_in_use")
    for column in (tables.districts.c.station, tables.closures.c.station, tables.stations.c.code):
        conn.execute(delete(column.table).where(column == code))


def import_district_shapes(conn: Connection, shapes: Sequence[tuple[str, str, bytes]], now: datetime) -> None:
    """Add or overwrite district polygons: (adcode, name, well-known binary in GCJ-02), checked before."""
    count_up(conn, now)
    # Rising whatever the clock says: by it a process sees that its polygons are old.
    last = conn.scalar(select(func.max(tables.district_shapes.c.imported_at)))
    now = max(now, last + timedelta(microseconds=1)) if last else now
    rows = [{"adcode": adcode, "name": name, "wkb": wkb, "imported_at": now} for adcode, name, wkb in shapes]
    upsert(conn, tables.district_shapes, rows, ["adcode"])


def import_districts(conn: Connection, rows: Sequence[tuple[str, str]], now: datetime) -> None:
    """Replace the stations of every district named in the (adcode, station) rows; other districts stay."""
    count_up(conn, now)
    check_districts(rows, station_codes(conn))
    _delete_where(conn, tables.districts.c.adcode, {adcode for adcode, _ in rows})
    if rows:
        conn.execute(insert(tables.districts), [{"adcode": adcode, "station": station} for adcode, station in rows])


def import_closures(conn: Connection, closures: Sequence[Closure], now: datetime) -> None:
    """Add the closures. One that is there already stays: clocks were judged by it (ROUTE-6)."""
    count_up(conn, now)
    check_closures(closures, station_codes(conn))
    rows = [
        {"station": closure.station, "starts_at": closure.start, "ends_at": closure.end, "imported_at": now}
        for closure in closures
    ]
    insert_ignore(conn, tables.closures, rows, ["station", "starts_at", "ends_at"])


def queue(conn: Connection, now: datetime) -> int:
    """The version's row lock, held to the end of the transaction: makes two changes queue. Returns the version."""
    version = tables.network_version
    insert_ignore(conn, version, [{"id": 1, "version": 0, "changed_at": now}], ["id"])
    return int(conn.execute(select(version.c.version).with_for_update()).scalar_one())


def count_up(conn: Connection, now: datetime) -> None:
    """Whoever holds the network in memory loads it again. It comes first: its row lock makes two writers queue."""
    queue(conn, now)
    version = tables.network_version
    conn.execute(update(version).values(version=version.c.version + 1, changed_at=now))


def _delete_where(conn: Connection, column: Any, values: set[str]) -> None:
    # One statement run with many parameters: an IN list of every station would exceed what a database takes.
    if values:
        conn.execute(
            delete(column.table).where(column == bindparam("named")),
            [{"named": value} for value in sorted(values)],
        )
