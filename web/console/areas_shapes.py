"""Geometry of the map editor that needs rigour: splitting and merging. Degrees in GCJ-02."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.ops import split as split_by

REACH = 1e-7  # degrees


def split(polygon: Polygon, line: Sequence[Sequence[float]]) -> list[Polygon]:
    """The parts into which a line cuts a polygon, larger ones first; one part when it does not cross it."""
    parts = [one for one in split_by(polygon, _longer(line)).geoms if isinstance(one, Polygon)]
    return sorted(parts, key=lambda one: -one.area)


def _longer(line: Sequence[Sequence[float]]) -> LineString:
    """A line drawn to a point on the outline ends a rounding before it or behind it: a centimetre more crosses it."""
    xy = np.array(line, dtype=np.float64)
    for end, before in ((0, 1), (-1, -2)):
        way = xy[end] - xy[before]
        xy[end] += way / max(float(np.hypot(*way)), REACH) * REACH
    return LineString(xy)


def merged(polygons: Sequence[Polygon | MultiPolygon]) -> list[Polygon]:
    """The polygons as few as can be: those that touch along a line or overlap become one."""
    union = shapely.union_all(np.array(polygons, dtype=object))
    return [one for one in shapely.get_parts(union).tolist() if isinstance(one, Polygon)]
