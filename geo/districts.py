"""District (区县) polygons: how far a point is from the district that its order names. GCJ-02."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from geo.areas import Area, AreaIndex
from geo.datum import EARTH_RADIUS

WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)  # the polygons have no versions


class DistrictShapes:
    """Polygons by district code, and their names."""

    def __init__(self, names: Mapping[str, str], polygons: Mapping[str, Polygon | MultiPolygon]) -> None:
        self.names = names
        self.polygons = polygons

    def metres(self, adcode: str, lng: float, lat: float) -> float | None:
        """Distance of the point to the district, 0 inside; None when its polygon is not known.

        The nearest point is found in degrees stretched to equal metres at the point, exact enough for kilometres.
        """
        polygon = self.polygons.get(adcode)
        if polygon is None:
            return None
        if shapely.intersects_xy(polygon, lng, lat):
            return 0.0
        per_degree = np.array([np.cos(np.radians(lat)), 1.0]) * np.radians(EARTH_RADIUS)
        flat = shapely.transform(polygon, lambda xy: (xy - (lng, lat)) * per_degree)
        return float(shapely.distance(flat, shapely.Point(0.0, 0.0)))

    def holding(self, points: Sequence[tuple[float, float]]) -> list[list[str]]:
        """For each point the codes of the districts that hold it: two on a border, none in a gap."""
        found = self._index.hits(np.array(points, dtype=np.float64).reshape(-1, 2), [WHENEVER] * len(points))
        return [[adcode for adcode, _ in hits] for hits in found]

    @cached_property
    def _index(self) -> AreaIndex:
        return AreaIndex([Area(adcode, polygon) for adcode, polygon in self.polygons.items()])
