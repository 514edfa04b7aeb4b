"""Reads the network."""

from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, exists, func, select

from geo.areas import Area, AreaIndex
from geo.districts import DistrictShapes
from geo.named_places import NamedPlace
from geo.network import Network
from geo.stations import Closure, Station
from storage.locks import share_name
from storage.tables import geo as tables
from storage.tables.dispatch import assignments, scans
from storage.tables.penalties import lines, money_requests, postings


def station_codes(conn: Connection) -> set[str]:
    """Codes of every station."""
    return set(conn.scalars(select(tables.stations.c.code)))


def stations_by_code(conn: Connection) -> dict[str, Station]:
    """Every station."""
    s = tables.stations.c
    columns = (s.code, s.name, s.level, s.parent, s.province, s.duty, s.accepts, s.contact, s.phone, s.address)
    rows = conn.execute(select(*columns))
    return {row.code: Station(*row[:7], *(text or "" for text in row[7:])) for row in rows}


def stations_with_orders(conn: Connection) -> set[str]:
    """Codes of the stations that hold or ever held an order, or scanned a parcel: whose pickup it proves goes by the
    house (DO-4)."""
    code = tables.stations.c.code
    held = exists().where(assignments.c.station == code)
    scanned = exists().where(scans.c.station == code)
    return set(conn.scalars(select(code).where(held | scanned)))


def stations_with_money(conn: Connection, codes: Collection[str]) -> set[str]:
    """Those of `codes` with an account or an entry in the ledger, or with a request about money that waits: under
    another house these would be on the account of the old one, and on nobody's statement (LEDGER-1)."""
    s, of_line = tables.stations.c, lines.c.posting_id == postings.c.id
    account = exists().where(lines.c.account == s.code)
    tagged = exists().where(lines.c.account == s.parent, of_line, postings.c.station == s.code)
    waits = exists().where(money_requests.c.station == s.code, money_requests.c.state == "open")
    return set(conn.scalars(select(s.code).where(s.code.in_(codes), account | tagged | waits)))


def network_version(conn: Connection) -> int:
    """How many imports there were: 0 before the first."""
    return conn.scalar(select(tables.network_version.c.version)) or 0


def load_network(conn: Connection) -> Network:
    """The network as the tables hold it now."""
    return _load(conn, None).network


def _load(conn: Connection, before: "_Loaded | None") -> "_Loaded":
    """What took long to build is taken from `before` where it did not change."""
    d, c, n = tables.districts.c, tables.closures.c, tables.named_places.c
    areas_as, shapes_as = _areas_as(conn), _shapes_as(conn)
    areas = before.network.areas if before and before.areas_as == areas_as else AreaIndex(all_areas(conn))
    shapes = before.network.shapes if before and before.shapes_as == shapes_as else district_shapes(conn)
    network = Network(
        list(stations_by_code(conn).values()),
        areas,
        [(row.adcode, row.station) for row in conn.execute(select(d.adcode, d.station))],
        [Closure(*row) for row in conn.execute(select(c.station, c.starts_at, c.ends_at))],
        [
            NamedPlace(*row)
            for row in conn.execute(select(n.adcode, n.fragment, n.station, n.valid_from, n.valid_until))
        ],
        shapes,
    )
    return _Loaded(network, areas_as, shapes_as)


def all_areas(conn: Connection) -> list[Area]:
    """Service areas of every version, by station: those that held, hold and will hold."""
    a = tables.areas.c
    columns = (a.station, a.wkb, a.datum, a.original, a.valid_from, a.valid_until, a.change_id)
    rows = conn.execute(select(*columns).order_by(a.station, a.id)).all()
    shapes = shapely.from_wkb(np.array([row.wkb for row in rows], dtype=object))
    return [
        Area(row.station, shape, row.datum, row.original, row.valid_from, row.valid_until, row.change_id or 0)
        for row, shape in zip(rows, shapes, strict=True)
    ]


def district_shapes(conn: Connection) -> DistrictShapes | None:
    """The district polygons, if anybody imported them."""
    s = tables.district_shapes.c
    rows = conn.execute(select(s.adcode, s.name, s.wkb).order_by(s.adcode)).all()
    if not rows:
        return None
    shapes = shapely.from_wkb(np.array([row.wkb for row in rows], dtype=object))
    return DistrictShapes(
        {row.adcode: row.name for row in rows},
        {row.adcode: shape for row, shape in zip(rows, shapes, strict=True)},
    )


def _areas_as(conn: Connection) -> tuple[Any, ...]:
    """Different after each change of areas: every one leaves a row of its own, which nobody deletes."""
    a = tables.areas.c
    last_change = select(func.max(tables.area_changes.c.id)).scalar_subquery()
    return tuple(conn.execute(select(func.count(), func.max(a.id), func.max(a.imported_at), last_change)).one())


def _shapes_as(conn: Connection) -> tuple[Any, ...]:
    s = tables.district_shapes.c
    return tuple(conn.execute(select(func.count(), func.max(s.imported_at))).one())


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A network, and how the slow parts of it stood when it was read."""

    network: Network
    areas_as: tuple[Any, ...]
    shapes_as: tuple[Any, ...]


IN_USE = "network in use"  # shared by who decides by the network, held alone by who takes a piece away


class NetworkCache:
    """The network in memory, one cache a database for the whole process; loaded again after an import.

    Not to be asked inside a transaction that imports: if that rolls back, its number will be given again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: tuple[int, _Loaded] | None = None

    def get(self, conn: Connection, share: bool = True) -> Network:
        """The present network; costs a small query or two when nothing changed.

        Who works with it shares it: a station cannot be removed, nor its last area, between our look at the network
        and the commit of an order that goes there (B-88). Not to `share` is for who sends nothing anywhere by it.
        """
        if share:
            share_name(conn, IN_USE)
        version = network_version(conn)
        held = self._held
        if held is not None and held[0] == version:
            return held[1].network
        with self._lock:
            # An import that commits between two of our queries must not leave half of each in memory.
            while self._held is None or self._held[0] != version:
                loaded = _load(conn, self._held[1] if self._held else None)
                before, version = version, network_version(conn)
                if before == version:
                    self._held = (version, loaded)
            return self._held[1].network
