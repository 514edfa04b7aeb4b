"""Geometry of the map editor that needs rigour: splitting, merging, what overlaps anew. Degrees in GCJ-02."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely import Geometry, LineString, MultiPolygon, Polygon
from shapely.ops import split as split_by

from geo.area_shapes import tangled
from geo.areas import Area
from geo.checks import GRID, LEAST_OVERLAP, Finding, overlaps, square_metres
from geo.stations import Station
from web.errors import Problem

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


def refuse_tangled(shapes: Sequence[Geometry], others: Sequence[Geometry] = ()) -> None:
    """Problem `too_complex`, before anything is computed that it would make long."""
    if tangled(shapes, others):
        detail = "边界互相交叉过多,请简化图形或分批提交 / The outlines cross too often: simplify them, or send fewer"
        raise Problem("too_complex", detail)


def new_overlaps(
    stations: Mapping[str, Station],
    proposed: Mapping[str, Sequence[Area]],
    present: Sequence[Area],
) -> list[Finding]:
    """What the areas of `proposed` in place of the present ones would overlap that does not overlap today, by size."""
    others = [area for area in present if area.station not in proposed]
    every = [*(area for own in proposed.values() for area in own), *others]
    was = [area for area in present if area.station in proposed]
    known: dict[tuple[str | None, str | None], Geometry | None] = {}
    if not tangled([area.geometry for area in was], [area.geometry for area in others]):
        known = {(one.station, one.other): one.geometry for one in overlaps(stations, present, proposed.keys())}
    found = (_beyond(one, known.get((one.station, one.other))) for one in overlaps(stations, every, proposed.keys()))
    return sorted((one for one in found if one is not None), key=lambda one: -(one.square_metres or 0.0))


def _beyond(one: Finding, before: Geometry | None) -> Finding | None:
    """The part of an overlap that was none before; None when there is nothing of it."""
    if before is None:
        return one
    pieces = shapely.get_parts(shapely.difference(one.geometry, before, grid_size=GRID))
    polygons = [piece for piece in pieces if shapely.get_dimensions(piece) == 2]
    rest = shapely.multipolygons(polygons)
    size = square_metres(rest) if polygons else 0.0
    return replace(one, geometry=rest, square_metres=size) if size > LEAST_OVERLAP else None
