"""The demo network in memory, and a small lookup of who holds an order.

The lookup follows ROUTE-1 and ROUTE-2 in its own few lines, because the traffic maker must know who will hold
an order before it can tell what the holder did. The product's own routing knows nothing of this one.
"""

from dataclasses import dataclass, field
from datetime import datetime

import shapely
from shapely import MultiPolygon, Point, Polygon, STRtree

DATA_CENTRE = "DATA_CENTRE"
_USABLE = (73.0, 3.0, 136.0, 54.0)  # ROUTE-1: a point outside is no point


@dataclass(frozen=True, slots=True)
class Station:
    """One row of stations.csv. `parent` is empty for level 1, `duty` is `standard` or `xinjiang`."""

    code: str
    name: str
    level: int
    parent: str
    province: str
    duty: str
    accepts: bool


@dataclass(frozen=True, slots=True)
class Closure:
    """One row of closures.csv: closed from `since` until before `until` (ROUTE-6)."""

    station: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Routed:
    """Who gets an order and why: cause `area` or `district`, or at the data centre one of ROUTE-2's."""

    station: str
    cause: str


@dataclass(eq=False)
class Network:
    """Stations by code, areas as (station, GCJ-02 shape), stations by district code, closures."""

    stations: dict[str, Station]
    areas: list[tuple[str, Polygon | MultiPolygon]]
    districts: dict[str, list[str]]
    closures: list[Closure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.polygons = [(code, part) for code, area in self.areas for part in shapely.get_parts(area)]
        self._near: dict[str, list[str]] = {}
        self._tree = STRtree([part for _, part in self.polygons])
        self._borders = STRtree([part.boundary for _, part in self.polygons])

    def route(self, point: tuple[float, float] | None, adcode: str | None, at: datetime) -> Routed:
        """The holder by ROUTE-1, or the data centre by ROUTE-2. `point` is (lng, lat) in GCJ-02."""
        if point is None or not usable(point):
            served = [code for code in self.districts.get(adcode or "", ()) if self.stations[code].accepts]
            if len(served) != 1:
                return Routed(DATA_CENTRE, "several_stations" if served else "no_district")
            winner, cause = served[0], "district"
        else:
            found = self.winner(point)
            if found is None:
                return Routed(DATA_CENTRE, "no_area")
            winner, cause = found, "area"
        return Routed(DATA_CENTRE, "closed") if self.closed(winner, at) else Routed(winner, cause)

    def winner(self, point: tuple[float, float]) -> str | None:
        """The accepting station that holds the point: level 2 over its parent, smaller area, lower code."""
        hits = [(part.area, code) for code, part in self._holding(point) if self.stations[code].accepts]
        parents = {self.stations[code].parent for _, code in hits}
        return min((hit for hit in hits if hit[1] not in parents), default=(0.0, None))[1]

    def covers(self, station: str, point: tuple[float, float]) -> bool:
        """Whether the point is in a polygon of the station or of its contracted areas (TRANSFER-1)."""
        return any(station in (code, self.stations[code].parent) for code, _ in self._holding(point))

    def nobody_at(self, point: tuple[float, float]) -> bool:
        """Whether no area holds the point, not even of a station that does not accept."""
        return not self._holding(point)

    def near_border(self, point: tuple[float, float], degrees: float) -> bool:
        """Whether any border is that near: such points are not drawn, so that no rounding moves an order."""
        return bool(self._borders.query(Point(point), predicate="dwithin", distance=degrees).size)

    def children(self, station: str) -> list[str]:
        """Its contracted areas."""
        return [other.code for other in self.stations.values() if other.parent == station]

    def near(self, station: str) -> list[str]:
        """The three nearest other level-1 stations of its province that accept."""
        if station not in self._near:
            here = self.stations[station]
            others = [
                other.code
                for other in self.stations.values()
                if other.level == 1 and other.accepts and other.province == here.province
                and other.code not in (here.code, here.parent)
            ]  # fmt: skip
            middle = Point(self.centre(station))
            others.sort(key=lambda code: middle.distance(Point(self.centre(code))))
            self._near[station] = others[:3]
        return self._near[station]

    def closed(self, station: str, at: datetime) -> bool:
        """Whether the station itself is closed at the instant (ROUTE-6)."""
        return any(c.station == station and c.since <= at < c.until for c in self.closures)

    def centre(self, station: str) -> tuple[float, float]:
        """A point inside the station's largest area."""
        inside = max((part for code, part in self.polygons if code == station), key=lambda part: part.area)
        point = inside.representative_point()
        return point.x, point.y

    def _holding(self, point: tuple[float, float]) -> list[tuple[str, Polygon]]:
        return [self.polygons[i] for i in self._tree.query(Point(point), predicate="intersects")]


def usable(point: tuple[float, float]) -> bool:
    """ROUTE-1: inside 73-136 E, 3-54 N."""
    west, south, east, north = _USABLE
    return west <= point[0] <= east and south <= point[1] <= north
