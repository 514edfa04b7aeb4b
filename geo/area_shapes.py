"""What the shape of a service area must be (B-83 to B-86): the rules that all formats share. Never repaired (D15)."""

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, MultiPolygon, Polygon, STRtree

from geo.areas import Area
from geo.datum import DATUMS, LAT_RANGE, LNG_RANGE, Floats, to_gcj02
from geo.errors import BadArea, NetworkError, place_in

MAX_VERTICES = 20_000
MAX_PARTS = 1_000
MOST_CROSSINGS = 30_000  # of outlines: what cuts or unites them takes the longer the more there are
MOST_LOOKED_AT = 3_000_000  # pairs of edges whose boxes meet: outlines that lie so close take as long
AT_A_TIME = 64  # edges: all others may lie close to each of them
SHOWN = 40  # characters of what cannot be used


def area_of(station: Any, geometry: Polygon | MultiPolygon, datum: Any) -> Area:
    """The area in GCJ-02, checked; one given in another datum keeps its original. BadArea."""
    if not isinstance(station, str) or not station:
        raise BadArea("station_missing", "缺少 properties.station (properties.station is missing)")
    if not isinstance(datum, str) or datum not in DATUMS:
        raise BadArea("datum_unknown", f"未知坐标系 (unknown datum): {shown(datum)}")
    given = geometry
    if datum != "GCJ-02":
        geometry = shapely.transform(given, lambda xy: np.column_stack(to_gcj02(xy[:, 0], xy[:, 1], datum)))
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        raise BadArea("invalid_geometry", f"图形无效 (invalid geometry): {reason}", place_in(reason))
    return Area(station, geometry, datum, None if datum == "GCJ-02" else shapely.to_geojson(given))


def check_valid(areas: Sequence[Area]) -> None:
    """Whoever made them: an invalid shape is never stored (D15). NetworkError with its place."""
    shapes = np.array([area.geometry for area in areas], dtype=object)
    wrong = np.flatnonzero(~shapely.is_valid(shapes) | shapely.is_empty(shapes))
    if not len(wrong):
        return
    reason = shapely.is_valid_reason(shapes[wrong[0]])
    cause = f"图形无效 (invalid geometry): {areas[wrong[0]].station}: {reason}"
    raise NetworkError("", None, cause, "invalid_geometry", place_in(reason))


def tangled(shapes: Sequence[Geometry], others: Sequence[Geometry] = ()) -> bool:
    """Whether the outlines (or lines) of `shapes` cross each other and `others` so often that to cut or unite them
    would occupy a worker. Asked before it is tried: two valid combs across each other take minutes and gigabytes."""
    edges = _edges(shapes)
    if not len(edges):
        return False
    beside = _edges(others)
    low, high = edges.min(axis=(0, 1)), edges.max(axis=(0, 1))
    near = (beside.min(axis=1) <= high).all(axis=1) & (beside.max(axis=1) >= low).all(axis=1)
    every = np.concatenate((edges, beside[near]))
    if len(edges) * len(every) <= MOST_CROSSINGS:
        return False
    lines: NDArray[Any] = np.asarray(shapely.linestrings(every))
    tree = STRtree(lines)
    looked_at = crossed = 0
    for start in range(0, len(edges), AT_A_TIME):
        one, other = tree.query(lines[start : min(start + AT_A_TIME, len(edges))])
        looked_at += len(one)
        if looked_at > MOST_LOOKED_AT:
            return True
        once = one + start < other
        crossed += _crossings(every[one[once] + start], every[other[once]])
        if crossed > MOST_CROSSINGS:
            return True
    return False


def _edges(shapes: Sequence[Geometry]) -> Floats:
    """n x 2 x 2: the ends of each edge."""
    parts = shapely.get_parts(np.array(shapes, dtype=object))
    lines = np.concatenate((shapely.get_rings(parts), parts[shapely.get_dimensions(parts) == 1]))
    points, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    edges: Floats = np.stack((points[:-1][same], points[1:][same]), axis=1)
    return edges


def _crossings(one: Floats, other: Floats) -> int:
    """How many edges cross the one beside them: no end of either lies on the other."""
    apart = _divides(one, other)  # mostly few: the other half is asked of these only
    return int(_divides(other[apart], one[apart]).sum())


def _divides(edge: Floats, other: Floats) -> NDArray[np.bool_]:
    """Whether the ends of the other lie on opposite sides of the line through the edge."""
    (x, y), (dx, dy) = edge[:, 0].T, (edge[:, 1] - edge[:, 0]).T
    first, second = (dx * (other[:, end, 1] - y) - dy * (other[:, end, 0] - x) for end in (0, 1))
    # By sign and not by product: that of two tiny ones is 0.
    opposite: NDArray[np.bool_] = ((first > 0) & (second < 0)) | ((first < 0) & (second > 0))
    return opposite


def shown(value: Any) -> str:
    """The beginning of something unusable, for a message."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def from_coordinates(kind: Any, coordinates: Any) -> Polygon | MultiPolygon:
    """The shape of GeoJSON's coordinates of a Polygon or MultiPolygon. BadArea."""
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadArea(
            "unsupported_geometry", f"只接受 Polygon 或 MultiPolygon (only Polygon and MultiPolygon): {shown(kind)}"
        )
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise BadArea("no_coordinates", "没有坐标 (no coordinates)")
    check_parts(len(parts))
    if not all(isinstance(rings, list) and rings for rings in parts):
        raise BadArea("no_coordinates", "没有坐标 (no coordinates)")
    check_vertices(sum(len(ring) for rings in parts for ring in rings if isinstance(ring, list)))
    polygons = [polygon_of([_ring(ring) for ring in rings]) for rings in parts]
    return polygons[0] if kind == "Polygon" else MultiPolygon(polygons)


def check_parts(parts: int) -> None:
    """B-86."""
    if parts > MAX_PARTS:
        raise BadArea("too_many_parts", f"多于 {MAX_PARTS} 个面 (more than {MAX_PARTS} parts)")


def check_vertices(vertices: int) -> None:
    """B-83. Asked before any of them is looked at."""
    if vertices > MAX_VERTICES:
        raise BadArea("too_many_vertices", f"多于 {MAX_VERTICES} 个顶点 (more than {MAX_VERTICES} vertices)")


def polygon_of(rings: Sequence[Floats]) -> Polygon:
    """A polygon of rings (n x 2: lng, lat), the outer one first, each checked. BadArea."""
    for ring in rings:
        if len(ring) < 4:
            raise BadArea("not_closed", "环少于四个点 (a ring has fewer than four positions)")
        check_range(ring)
        if tuple(ring[0]) != tuple(ring[-1]):
            place = (float(ring[-1, 0]), float(ring[-1, 1]))
            raise BadArea("not_closed", "环未闭合 (a ring is not closed)", place)
    return Polygon(rings[0], rings[1:])


def _ring(ring: Any) -> Floats:
    """Positions of a ring, n x 2, whatever they are; B-84."""
    if not isinstance(ring, list) or len(ring) < 4:
        raise BadArea("not_closed", "环少于四个点 (a ring has fewer than four positions)")
    if set(map(type, ring)) != {list} or set(map(len, ring)) != {2}:
        raise BadArea("bad_position", "点不是 [经度, 纬度] (a position is not [lng, lat])")
    # By exact type: numpy would read the text "1" and the word true as numbers.
    if not set(map(type, chain.from_iterable(ring))) <= {int, float}:
        raise BadArea("bad_number", "坐标不是数字 (a coordinate is no number)")
    try:
        return np.array(ring, dtype=np.float64)
    except OverflowError:
        raise BadArea("bad_number", "坐标过大 (a coordinate is too large)") from None


def check_range(points: Floats) -> None:
    """B-85: inside the country's box, in the datum in which they were given."""
    low, high = np.array([LNG_RANGE, LAT_RANGE]).T
    outside = ~((points >= low) & (points <= high)).all(axis=1)
    if not outside.any():
        return
    lng, lat = points[outside.argmax()].tolist()
    cause = f"坐标不在中国范围内 (outside_country): [{lng}, {lat}]"
    if LNG_RANGE[0] <= lat <= LNG_RANGE[1] and LAT_RANGE[0] <= lng <= LAT_RANGE[1]:
        raise BadArea("outside_country", f"{cause},经纬度颠倒了? (are the axes swapped?)", (lat, lng))
    raise BadArea("outside_country", cause)
