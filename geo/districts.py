"""District (区县) polygons: how far a point is from the district that its order names. GCJ-02."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon, STRtree

from geo.datum import metres_of_degree


class DistrictShapes:
    """Polygons by district code, and their names. The polygons are not copied; a border belongs to both sides."""

    def __init__(self, names: Mapping[str, str], polygons: Mapping[str, Polygon | MultiPolygon]) -> None:
        self.names = names
        self.polygons = polygons

    def metres(self, adcode: str, lng: float, lat: float) -> float | None:
        """Distance of the point to the district, 0 inside; None when its polygon is not known.

        Degrees are stretched to metres of the latitude half-way between the point and the district, which is good to
        0.01 % for tens of kilometres.
        """
        polygon = self.polygons.get(adcode)
        if polygon is None:
            return None
        west, south, east, north = polygon.bounds
        in_bounds = west <= lng <= east and south <= lat <= north
        if in_bounds and shapely.intersects_xy(polygon, lng, lat):
            return 0.0
        nearest_lat = min(max(lat, south), north)
        per_degree = metres_of_degree((lat + nearest_lat) / 2)
        flat = shapely.transform(polygon, lambda xy: (xy - (lng, lat)) * per_degree)
        return float(shapely.distance(flat, shapely.Point(0.0, 0.0)))

    def holding(self, points: Sequence[tuple[float, float]]) -> list[list[str]]:
        """For each point the codes of the districts that hold it: two on a border, none in a gap."""
        result: list[list[str]] = [[] for _ in points]
        tree, codes = self._tree
        if codes and points:
            of_point, of_polygon = tree.query(shapely.points(np.array(points, dtype=np.float64)), "intersects")
            for point, polygon in zip(of_point.tolist(), of_polygon.tolist(), strict=True):
                result[point].append(codes[polygon])
        return [sorted(codes) for codes in result]

    @cached_property
    def _tree(self) -> tuple[STRtree, list[str]]:
        """Boxes only, a few hundred kilobytes for the whole country."""
        return STRtree(list(self.polygons.values())), list(self.polygons)
