"""Reads named places as people look at them: whose, since when, until when, and who said so."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
import shapely.geometry
from sqlalchemy import Connection, and_, or_, select

from storage.tables.geo import areas, named_places

MOST_SHOWN = 500
MOST_VERTICES, THINNED = 2_000, 0.0002  # of one area on a small map; degrees

n = named_places.c


@dataclass(frozen=True, slots=True)
class Named:
    """A row of `named_places`."""

    id: int
    adcode: str
    fragment: str
    station: str
    valid_from: datetime
    valid_until: datetime | None
    by: str
    note: str


_COLUMNS = (n.id, n.adcode, n.fragment, n.station, n.valid_from, n.valid_until, n.by, n.note)


def named_now(conn: Connection, now: datetime) -> list[Named]:
    """Those that hold, newest first."""
    holds = and_(n.valid_from <= now, or_(n.valid_until.is_(None), n.valid_until > now))
    query = select(*_COLUMNS).where(holds).order_by(n.valid_from.desc(), n.id.desc()).limit(MOST_SHOWN)
    return [Named(*row) for row in conn.execute(query)]


def find_named(conn: Connection, place_id: int) -> Named | None:
    """One of them, whether it holds or not."""
    row = conn.execute(select(*_COLUMNS).where(n.id == place_id)).one_or_none()
    return None if row is None else Named(*row)


def shapes_of(conn: Connection, codes: Collection[str], now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Service areas of these stations that hold now, as GeoJSON geometries to look at: thinned where they are long."""
    a = areas.c
    holds = and_(or_(a.valid_from.is_(None), a.valid_from <= now), or_(a.valid_until.is_(None), a.valid_until > now))
    query = select(a.station, a.wkb).where(a.station.in_(codes), holds).order_by(a.station, a.part)
    found: dict[str, list[dict[str, Any]]] = {}
    for station, wkb in conn.execute(query):
        shape = shapely.from_wkb(wkb)
        if shapely.get_num_coordinates(shape) > MOST_VERTICES:
            shape = shapely.simplify(shape, THINNED)
        found.setdefault(station, []).append(shapely.geometry.mapping(shape))
    return found
