"""Service areas: which polygons hold a point. Built once for a network, asked for whole batches."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

import numpy as np
from shapely import MultiPolygon, Polygon

from geo.datum import Floats
from geo.grid import Ints
from geo.grid_build import build_grid
from geo.grid_distance import least_metres, metres_to_border, rising
from geo.grid_outlines import shapes_of
from geo.grid_point import Finder
from geo.grid_query import pairs
from geo.grid_terms import Terms, instants

FEW = 16  # up to so many points are found faster one by one


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
    """A grid over the single polygons of all areas ever valid; a border belongs to its polygon (ROUTE-1).

    Points are GCJ-02 degrees. An area counts at an instant iff `valid_from` <= instant < `valid_until`. A geometry
    must be valid in the sense of simple features; one that is not may be found to hold other points than it draws.
    """

    def __init__(self, areas: Sequence[Area]) -> None:
        shapes = shapes_of(np.array([area.geometry for area in areas], dtype=object))
        self._owners = shapes.owners
        # Of each polygon its station and its planar area in square degrees, by which "smaller" is meant (ROUTE-1).
        self.stations: list[str] = [areas[owner].station for owner in self._owners.tolist()]
        self.sizes: Floats = shapes.sizes
        # Of each area the change that brought it and since when it holds, as numbered by `Found.area`.
        self.versions: list[tuple[int, datetime | None]] = [(area.change, area.valid_from) for area in areas]
        self._bounds = shapes.bounds
        self._outlines = shapes.outlines
        self._grid = build_grid(self._outlines)
        self._finder = Finder(self._grid, self._outlines)
        self._terms = Terms([(areas[owner].valid_from, areas[owner].valid_until) for owner in self._owners.tolist()])
        self._of: dict[str, list[int]] = defaultdict(list)
        for number, station in enumerate(self.stations):
            self._of[station].append(number)

    def hits(self, points: Floats, ats: Sequence[datetime]) -> list[list[tuple[str, float]]]:
        """For each of n points (n x 2: lng, lat), at its instant, the (station, size) of the polygons that hold it.

        Sizes are square degrees. A station stands once for each of its polygons. Sorted by station and size.
        """
        result: list[list[tuple[str, float]]] = [[] for _ in range(len(points))]
        sizes = self.sizes
        for point, polygon in self._pairs(points, ats):
            result[point].append((self.stations[polygon], float(sizes[polygon])))
        for held_by in result:
            held_by.sort()
        return result

    def _pairs(self, points: Floats, ats: Sequence[datetime]) -> Iterable[tuple[int, int]]:
        """(point, polygon) of what holds each point at its instant."""
        if len(points) <= FEW:
            return [
                (number, polygon)
                for number, (lng, lat) in enumerate(points.tolist())
                for polygon in self._finder.holders(lng, lat)
                if self._terms.holds(polygon, ats[number])
            ]
        of_point, of_polygon = pairs(self._grid, self._outlines, points[:, 0], points[:, 1])
        if self._terms.limited:
            holds = self._terms.hold(of_polygon, instants(ats)[of_point])
            of_point, of_polygon = of_point[holds], of_polygon[holds]
        return zip(of_point.tolist(), of_polygon.tolist(), strict=True)

    def locate(self, points: Floats, at: datetime) -> tuple[Ints, Ints]:
        """For n points (n x 2) pairs (number of the point, number of the polygon that holds it), both ascending.

        Polygons are numbered as in `stations` and `sizes`.
        """
        of_point, of_polygon = pairs(self._grid, self._outlines, points[:, 0], points[:, 1])
        if not self._terms.limited:
            return of_point, of_polygon
        holds = self._terms.hold_at(at)[of_polygon]
        return of_point[holds], of_polygon[holds]

    def found(self, lng: float, lat: float, at: datetime) -> list[Found]:
        """The polygons that hold the point at that instant, by station and size."""
        result = [
            Found(
                self.stations[polygon],
                float(self.sizes[polygon]),
                int(self._owners[polygon]),
                metres_to_border(self._outlines, polygon, lng, lat),
            )
            for polygon in self._finder.holders(lng, lat)
            if self._terms.holds(polygon, at)
        ]
        return sorted(result, key=lambda one: (one.station, one.size, one.area))

    def covers(self, stations: Collection[str], lng: float, lat: float, at: datetime) -> bool:
        """Whether a polygon of any of `stations` holds the point at that instant, border included."""
        return any(
            self.stations[polygon] in stations and self._terms.holds(polygon, at)
            for polygon in self._finder.holders(lng, lat)
        )

    def covers_many(self, stations: Sequence[Collection[str]], points: Floats, ats: Sequence[datetime]) -> list[bool]:
        """`covers` for n sets of stations, n points (n x 2) and n instants."""
        result = [False] * len(points)
        for point, polygon in self._pairs(points, ats):
            result[point] |= self.stations[polygon] in stations[point]
        return result

    def nearest(
        self, lng: float, lat: float, at: datetime, most: int, wanted: Collection[str] | None = None
    ) -> list[Near]:
        """At most `most` stations, only `wanted` ones if given, by metres to their nearest border, ties by code.

        A point inside a station's area is 0 metres from it. Metres are those of a flat earth around the point.
        """
        if most < 1 or not isfinite(lng) or not isfinite(lat):
            return []
        holders = {self.stations[number] for number in self._finder.holders(lng, lat) if self._terms.holds(number, at)}
        best = {code: Near(code, 0.0, True) for code in holders if wanted is None or code in wanted}
        numbers = np.flatnonzero(self._terms.hold_at(at))
        if wanted is not None:
            own = np.array(sorted(number for code in set(wanted) for number in self._of.get(code, ())), dtype=np.int64)
            numbers = np.intersect1d(numbers, own, assume_unique=True)
        least = least_metres(self._bounds[numbers], lng, lat)
        for place in rising(least):
            polygon, code = int(numbers[place]), self.stations[numbers[place]]
            # Nothing that is left can come before the stations found.
            if len(best) >= most and least[place] > sorted(one.metres for one in best.values())[most - 1]:
                break
            if code in best and best[code].metres <= least[place]:
                continue
            metres = metres_to_border(self._outlines, polygon, lng, lat)
            if code not in best or metres < best[code].metres:
                best[code] = Near(code, metres, False)
        return sorted(best.values(), key=lambda one: (one.metres, one.station))[:most]
