"""Service areas: which polygons hold a point. Built once for a network, asked for whole batches."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, STRtree

from geo.datum import Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Area:
    """One service area of a station; `geometry` is in GCJ-02.

    One given in another `datum` keeps its `original` coordinates, a GeoJSON geometry as text. It holds points from
    `valid_from` (None: since ever) until before `valid_until` (None: still); `change` is the id of the change that
    brought it, 0 for one that came with the network.
    """

    station: str
    geometry: Polygon | MultiPolygon
    datum: str = "GCJ-02"
    original: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    change: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A polygon that holds a point: whose, its square degrees, which of the areas, metres to its border."""

    station: str
    size: float
    area: int
    metres: float


@dataclass(frozen=True, slots=True)
class Near:
    """A station near a point: metres to its nearest border, 0 when the point is inside."""

    station: str
    metres: float
    inside: bool


class AreaIndex:
    """A tree over the single polygons of all areas; a border belongs to its polygon (ROUTE-1)."""

    def __init__(self, areas: Sequence[Area]) -> None:
        geometries = np.array([area.geometry for area in areas], dtype=object)
        self._polygons, self._owners = shapely.get_parts(geometries, return_index=True)
        self._areas = areas
        self.stations: list[str] = [areas[owner].station for owner in self._owners]
        # "Smaller" is the planar area of the one polygon that holds the point, in square degrees (ROUTE-1).
        self.sizes: Floats = shapely.area(self._polygons)
        self._tree = STRtree(self._polygons)

    def _valid(self, polygon: int, at: datetime) -> bool:
        area = self._areas[self._owners[polygon]]
        return (area.valid_from is None or area.valid_from <= at) and (
            area.valid_until is None or at < area.valid_until
        )

    def hits(self, points: Floats, ats: Sequence[datetime]) -> list[list[tuple[str, float]]]:
        """For each of n points (n x 2: lng, lat), each at its instant, the (station, size) of the polygons that hold it.

        Sizes are square degrees. A station stands once for each of its polygons. Sorted by station and size.
        """
        result: list[list[tuple[str, float]]] = [[] for _ in range(len(points))]
        if not self.stations or not len(points):
            return result
        # "intersects" because "within" leaves the border out.
        of_point, of_polygon = self._tree.query(shapely.points(points), predicate="intersects")
        for point, polygon in zip(of_point.tolist(), of_polygon.tolist(), strict=True):
            if self._valid(polygon, ats[point]):
                result[point].append((self.stations[polygon], float(self.sizes[polygon])))
        for held_by in result:
            held_by.sort()
        return result

    def _metres(self, lng: float, lat: float, polygons: Any) -> Any:
        scale = np.array([np.cos(np.radians(lat)), 1.0]) * 111_319.5
        local = shapely.transform(polygons, lambda xy: (xy - (lng, lat)) * scale)
        return shapely.distance(shapely.boundary(local), shapely.Point(0, 0))

    def found(self, lng: float, lat: float, at: datetime) -> list[Found]:
        """The polygons that hold the point at that instant, by station and size."""
        if not self.stations:
            return []
        inside = [int(k) for k in self._tree.query(shapely.Point(lng, lat), "intersects") if self._valid(int(k), at)]
        metres = self._metres(lng, lat, self._polygons[inside])
        result = [
            Found(self.stations[k], float(self.sizes[k]), int(self._owners[k]), float(m))
            for k, m in zip(inside, metres, strict=True)
        ]
        return sorted(result, key=lambda one: (one.station, one.size, one.area))

    def nearest(
        self, lng: float, lat: float, at: datetime, most: int, wanted: Collection[str] | None = None
    ) -> list[Near]:
        """At most `most` stations by distance to their nearest border, 0 inside; ties by code."""
        keep = [k for k, s in enumerate(self.stations) if (wanted is None or s in wanted) and self._valid(k, at)]
        if not keep:
            return []
        metres = self._metres(lng, lat, self._polygons[keep])
        inside = shapely.intersects_xy(self._polygons[keep], lng, lat)
        best: dict[str, Near] = {}
        for k, m, i in zip(keep, metres.tolist(), inside.tolist(), strict=True):
            one = Near(self.stations[k], 0.0 if i else m, i)
            if one.station not in best or (not one.inside, one.metres) < (
                not best[one.station].inside,
                best[one.station].metres,
            ):
                best[one.station] = one
        return sorted(best.values(), key=lambda one: (one.metres, one.station))[:most]

    def locate(self, points: Floats, at: datetime) -> tuple[Ints, Ints]:
        """Pairs (number of the point, number of the polygon that holds it), points ascending."""
        if not self.stations or not len(points):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        of_point, of_polygon = self._tree.query(shapely.points(points), predicate="intersects")
        valid = np.array([self._valid(int(k), at) for k in of_polygon], dtype=bool)
        order = np.argsort(of_point[valid], kind="stable")
        return of_point[valid][order], of_polygon[valid][order]

    def covers(self, stations: Collection[str], lng: float, lat: float, at: datetime) -> bool:
        """Whether a polygon of any of `stations` holds the point at that instant, border included."""
        return self.covers_many([stations], np.array([[lng, lat]], dtype=np.float64), [at])[0]

    def covers_many(self, stations: Sequence[Collection[str]], points: Floats, ats: Sequence[datetime]) -> list[bool]:
        """`covers` for n sets of stations, n points (n x 2) and n instants."""
        return [
            any(station in wanted for station, _ in held_by)
            for wanted, held_by in zip(stations, self.hits(points, ats), strict=True)
        ]
