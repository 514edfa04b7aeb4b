"""Reads service areas and the changes that brought them, for people and maps."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from sqlalchemy import Connection, Select, and_, exists, or_, select

from basics.words import State
from geo.areas import Area
from storage.tables import geo as tables
from storage.tables.dispatch import assignments, orders, waybill_stock
from storage.tables.people import users

OPEN = (State.WAITING, State.ACCEPTED, State.AWAITING_WAYBILL)  # with a station that must still do something
FEW = 500  # so many stations are named in a statement; of more, the whole table is read

MOST = 10_000_000  # more areas than there can be

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Change:
    """A version of the areas of some stations, who made it and why; `effective_at` None: since ever."""

    id: int
    effective_at: datetime | None
    recorded_at: datetime
    by: str
    source: str
    note: str
    stations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area as it is stored: geometry in GCJ-02, number `part` among those of its station."""

    id: int
    station: str
    part: int
    geometry: Polygon | MultiPolygon
    datum: str
    valid_from: datetime | None
    valid_until: datetime | None
    change_id: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """The areas of one station over a time: how many, from when (None: since ever) until when (None: still)."""

    change: Change | None
    areas: int
    valid_from: datetime | None
    valid_until: datetime | None


_CHANGE = (
    tables.area_changes.c.id, tables.area_changes.c.effective_at, tables.area_changes.c.recorded_at,
    tables.area_changes.c.by, tables.area_changes.c.source, tables.area_changes.c.note, tables.area_changes.c.stations,
)  # fmt: skip


def changes(conn: Connection, before: int | None, limit: int) -> list[Change]:
    """Changes with an id below `before` (None: all), newest first."""
    query = select(*_CHANGE).order_by(tables.area_changes.c.id.desc()).limit(limit)
    return _changes(conn, query if before is None else query.where(tables.area_changes.c.id < before))


def planned(conn: Connection, now: datetime) -> list[Change]:
    """What takes effect later than `now`, by that time; each with those of its stations that no later change took."""
    query = select(*_CHANGE).where(tables.area_changes.c.effective_at > now)
    ahead = _changes(conn, query.order_by(tables.area_changes.c.effective_at, tables.area_changes.c.id))
    if not ahead:
        return []
    later = _changes(conn, select(*_CHANGE).where(tables.area_changes.c.id > min(one.id for one in ahead)))
    standing = (_standing(one, later) for one in ahead)
    return [one for one in standing if one.stations]


def _standing(one: Change, later: Iterable[Change]) -> Change:
    """A change recorded later, that holds no later, takes its stations out of an earlier plan."""
    taken = {
        station
        for other in later
        if other.id > one.id and _before(other.effective_at, one.effective_at)
        for station in other.stations
    }
    left = tuple(station for station in one.stations if station not in taken)
    return replace(one, stations=left)


def _before(one: datetime | None, other: datetime | None) -> bool:
    return one is None or (other is not None and one <= other)


def _changes(conn: Connection, query: Select[Any]) -> list[Change]:
    return [
        Change(row.id, row.effective_at, row.recorded_at, row.by, row.source, row.note, tuple(row.stations))
        for row in conn.execute(query)
    ]


def areas_at(
    conn: Connection, at: datetime, box: Box | None, stations: Collection[str] | None, limit: int
) -> list[AreaRow]:
    """Areas valid at an instant, by station and part: of `stations` (None: all) whose bounds meet the `box`
    (west, south, east, north; None: everywhere), at most `limit`.

    The bounds are computed from all that is valid: 0.2 s for 20,000 areas.
    """
    a = tables.areas.c
    query = (
        select(a.id, a.station, a.part, a.wkb, a.datum, a.valid_from, a.valid_until, a.change_id)
        .where(or_(a.valid_from.is_(None), a.valid_from <= at), or_(a.valid_until.is_(None), a.valid_until > at))
        .order_by(a.station, a.part)
    )
    if stations is not None:
        query = _among(query, a.station, stations)
    if box is None and (stations is None or len(stations) <= FEW):
        query = query.limit(limit)
    rows = [row for row in conn.execute(query) if stations is None or row.station in stations]
    shapes = shapely.from_wkb(np.array([row.wkb for row in rows], dtype=object))
    meets = np.flatnonzero(_meet(shapes, box))[:limit]
    return [
        AreaRow(row.id, row.station, row.part, shapes[k], row.datum, row.valid_from, row.valid_until, row.change_id)
        for k in meets.tolist()
        if (row := rows[k])
    ]


def present_areas(conn: Connection, at: datetime, stations: Collection[str] | None = None) -> list[Area]:
    """The areas valid at an instant, of `stations` (None: all), as the rules know them."""
    rows = areas_at(conn, at, None, stations, MOST)
    return [
        Area(row.station, row.geometry, row.datum, None, row.valid_from, row.valid_until, row.change_id or 0)
        for row in rows
    ]


def _meet(shapes: Any, box: Box | None) -> Any:
    if box is None or not len(shapes):
        return np.ones(len(shapes), dtype=bool)
    west, south, east, north = box
    b = shapely.bounds(shapes)
    return (b[:, 0] <= east) & (b[:, 2] >= west) & (b[:, 1] <= north) & (b[:, 3] >= south)


def versions_of(conn: Connection, station: str) -> list[Version]:
    """What areas a station had, has and will have, newest first. A time without any is a gap between two of them."""
    a = tables.areas.c
    query = select(a.valid_from, a.valid_until, a.change_id).where(a.station == station)
    counted: dict[tuple[Any, ...], int] = {}
    for row in conn.execute(query):
        counted[tuple(row)] = counted.get(tuple(row), 0) + 1
    named = {change for *_, change in counted if change is not None}
    known = {
        change.id: change for change in _changes(conn, select(*_CHANGE).where(tables.area_changes.c.id.in_(named)))
    }
    found = [Version(known.get(change), n, start, end) for (start, end, change), n in counted.items()]
    return sorted(found, key=lambda one: one.valid_from.timestamp() if one.valid_from else -inf, reverse=True)


def same_as_stored(conn: Connection, areas: Mapping[str, Sequence[Area]], at: datetime) -> set[str]:
    """Stations that have exactly these areas from `at` on for good."""
    a = tables.areas.c
    query = (
        select(a.station, a.wkb, a.datum, a.original)
        .where(a.valid_until.is_(None), or_(a.valid_from.is_(None), a.valid_from <= at))
        .order_by(a.station, a.part)
    )
    stored: dict[str, list[tuple[Any, ...]]] = {}
    for row in conn.execute(_among(query, a.station, areas)):
        stored.setdefault(row.station, []).append((bytes(row.wkb), row.datum, row.original))
    given = {
        station: [
            (wkb, one.datum, one.original)
            for one, wkb in zip(own, shapely.to_wkb([one.geometry for one in own]), strict=True)
        ]
        for station, own in areas.items()
    }
    return {station for station, own in given.items() if own == stored.get(station, [])}


def ahead_of(conn: Connection, stations: Collection[str], at: datetime) -> list[tuple[int, datetime | None]]:
    """(id, valid_from) of the areas of `stations` that hold after `at`, or would."""
    a = tables.areas.c
    query = select(a.id, a.station, a.valid_from).where(or_(a.valid_until.is_(None), a.valid_until > at))
    rows = conn.execute(_among(query, a.station, stations))
    return [(row.id, row.valid_from) for row in rows if row.station in stations]


def with_areas(conn: Connection, stations: Collection[str]) -> set[str]:
    """Those of `stations` that have areas, ever had some, or will."""
    a = tables.areas.c.station
    return set(conn.scalars(_among(select(a).distinct(), a, stations))) & set(stations)


def any_orders(conn: Connection) -> bool:
    """Whether the installation has taken an order yet."""
    return conn.scalar(select(orders.c.id).limit(1)) is not None


def ever_held(conn: Connection, stations: Collection[str]) -> set[str]:
    """Those of `stations` that hold or ever held an order."""
    code = tables.stations.c.code
    held = select(code).where(exists().where(assignments.c.station == code))
    return set(conn.scalars(_among(held, code, stations))) & set(stations)


def open_orders(conn: Connection, stations: Collection[str]) -> set[str]:
    """Those of `stations` that hold an open order now (B-88)."""
    code = tables.stations.c.code
    holds = exists().where(and_(orders.c.station == code, orders.c.state.in_(OPEN)))
    return set(conn.scalars(_among(select(code).where(holds), code, stations))) & set(stations)


def uses_of(conn: Connection, station: str) -> list[str]:
    """What hangs on a station, so that it cannot be removed: tables by name, the gravest first."""
    s = tables.stations.c
    whats = {
        "orders": exists().where(assignments.c.station == station),
        "contracted_areas": exists().where(s.parent == station),
        "users": exists().where(users.c.station == station),
        "areas": exists().where(tables.areas.c.station == station),
        "named_places": exists().where(tables.named_places.c.station == station),
        "closure_requests": exists().where(tables.closure_requests.c.station == station),
        "waybill_stock": exists().where(waybill_stock.c.station == station),
    }
    row = conn.execute(select(*(what.label(name) for name, what in whats.items()))).one()
    return [name for name, there in zip(whats, row, strict=True) if there]


def _among(query: Select[Any], column: Any, stations: Collection[str]) -> Select[Any]:
    return query.where(column.in_(sorted(stations))) if len(stations) <= FEW else query
