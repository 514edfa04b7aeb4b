"""Reads the network."""

from threading import Lock

import numpy as np
import shapely
from sqlalchemy import Connection, exists, select

from geo.areas import Area
from geo.network import Network
from geo.stations import Closure, Station
from storage.tables import geo as tables
from storage.tables.dispatch import assignments


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
    """Codes of the stations that hold or ever held an order."""
    code = tables.stations.c.code
    return set(conn.scalars(select(code).where(exists().where(assignments.c.station == code))))


def network_version(conn: Connection) -> int:
    """How many imports there were: 0 before the first."""
    return conn.scalar(select(tables.network_version.c.version)) or 0


def load_network(conn: Connection) -> Network:
    """The network as the tables hold it now, in four queries."""
    a, d, c = tables.areas.c, tables.districts.c, tables.closures.c
    areas = conn.execute(
        select(a.station, a.wkb, a.datum, a.original).where(a.valid_until.is_(None)).order_by(a.station, a.part)
    ).all()
    shapes = shapely.from_wkb(np.array([row.wkb for row in areas], dtype=object))
    return Network(
        list(stations_by_code(conn).values()),
        [Area(row.station, shape, row.datum, row.original) for row, shape in zip(areas, shapes, strict=True)],
        [(row.adcode, row.station) for row in conn.execute(select(d.adcode, d.station))],
        [Closure(*row) for row in conn.execute(select(c.station, c.starts_at, c.ends_at))],
    )


class NetworkCache:
    """The network in memory, one cache a database for the whole process; loaded again after an import.

    Not to be asked inside a transaction that imports: if that rolls back, its number will be given again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: tuple[int, Network] | None = None

    def get(self, conn: Connection) -> Network:
        """The present network; costs one small query when nothing changed."""
        version = network_version(conn)
        held = self._held
        if held is not None and held[0] == version:
            return held[1]
        with self._lock:
            # An import that commits between two of our queries must not leave half of each in memory.
            while self._held is None or self._held[0] != version:
                network = load_network(conn)
                before, version = version, network_version(conn)
                if before == version:
                    self._held = (version, network)
            return self._held[1]
