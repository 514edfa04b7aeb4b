"""Service areas: which polygons hold a point. Built once for a network, asked for whole batches."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon, STRtree

from geo.datum import Floats


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


class AreaIndex:
    """A tree over the single polygons of all areas; a border belongs to its polygon (ROUTE-1)."""

    def __init__(self, areas: Sequence[Area]) -> None:
        geometries = np.array([area.geometry for area in areas], dtype=object)
        self._polygons, owners = shapely.get_parts(geometries, return_index=True)
        self._stations = [areas[owner].station for owner in owners]
        # "Smaller" is the planar area of the one polygon that holds the point, in square degrees (ROUTE-1).
        self._sizes: list[float] = shapely.area(self._polygons).tolist()
        self._tree = STRtree(self._polygons)
        self._of: dict[str, list[int]] = defaultdict(list)
        for number, station in enumerate(self._stations):
            self._of[station].append(number)

    def hits(self, points: Floats) -> list[list[tuple[str, float]]]:
        """For each of n points (n x 2: lng, lat) the (station, size) of the polygons that hold it.

        Sizes are square degrees. A station stands once for each of its polygons. Sorted by station and size.
        """
        result: list[list[tuple[str, float]]] = [[] for _ in range(len(points))]
        if not self._stations or not len(points):
            return result
        # "intersects" because "within" leaves the border out.
        of_point, of_polygon = self._tree.query(shapely.points(points), predicate="intersects")
        for point, polygon in zip(of_point.tolist(), of_polygon.tolist(), strict=True):
            result[point].append((self._stations[polygon], self._sizes[polygon]))
        for held_by in result:
            held_by.sort()
        return result

    def covers(self, stations: Collection[str], lng: float, lat: float) -> bool:
        """Whether a polygon of any of `stations` holds the point, border included."""
        own = [number for station in stations for number in self._of.get(station, ())]
        return bool(own) and bool(shapely.intersects_xy(self._polygons[own], lng, lat).any())

    def covers_many(self, stations: Sequence[Collection[str]], points: Floats) -> list[bool]:
        """`covers` for n sets of stations and n points (n x 2), in one tree query."""
        return [
            any(station in wanted for station, _ in held_by)
            for wanted, held_by in zip(stations, self.hits(points), strict=True)
        ]
