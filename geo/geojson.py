"""Service areas from GeoJSON: checked, converted to GCJ-02, never repaired (that can take minutes)."""

import json
from itertools import chain
from typing import Any, NoReturn

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from geo.areas import Area
from geo.datum import DATUMS, LAT_RANGE, LNG_RANGE, Floats, to_gcj02
from geo.errors import NetworkError, decoded

AREAS_FILE = "areas.geojson"
MAX_VERTICES = 20_000
MAX_PARTS = 1_000
NO_CRS = "不支持 crs,请用 properties.datum (crs is not read, say properties.datum)"


class _Bad(Exception):
    """Why one feature cannot be used; the caller knows its number."""


def parse_areas(data: str | bytes) -> list[Area]:
    """The features of a FeatureCollection of Polygon / MultiPolygon, in order.

    NetworkError with the number of the feature from 1; of an invalid shape it tells the reason and the place.
    """
    document = _load(decoded(data, AREAS_FILE))
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise NetworkError(AREAS_FILE, None, "不是 FeatureCollection (not a FeatureCollection)")
    if "crs" in document:
        raise NetworkError(AREAS_FILE, None, NO_CRS)
    features = document.get("features")
    if not isinstance(features, list):
        raise NetworkError(AREAS_FILE, None, "features 不是列表 (features is no list)")
    areas = []
    for number, feature in enumerate(features, start=1):
        try:
            areas.append(_area(feature))
        except _Bad as bad:
            raise NetworkError(AREAS_FILE, number, str(bad)) from None
    return areas


def _load(text: str) -> Any:
    def no_number(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")

    try:
        return json.loads(text, parse_constant=no_number)
    except json.JSONDecodeError as error:
        cause = f"第 {error.lineno} 行不是 JSON (line {error.lineno}: {error.msg})"
    except RecursionError:
        cause = "嵌套过深 (nested too deep)"
    except ValueError as error:  # NaN, Infinity, an integer of thousands of digits
        cause = f"不是 JSON (not JSON: {error})"
    raise NetworkError(AREAS_FILE, None, cause)


def _area(feature: Any) -> Area:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise _Bad("不是 Feature (not a Feature)")
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        raise _Bad("缺少 properties (no properties)")
    station, datum = properties.get("station"), properties.get("datum", "GCJ-02")
    if not isinstance(station, str) or not station:
        raise _Bad("缺少 properties.station (properties.station is missing)")
    if datum not in DATUMS:
        raise _Bad(f"未知坐标系 (unknown datum): {datum!r}")
    if "crs" in feature or (isinstance(feature.get("geometry"), dict) and "crs" in feature["geometry"]):
        raise _Bad(NO_CRS)
    given = _geometry(feature.get("geometry"))
    geometry = given if datum == "GCJ-02" else _converted(given, datum)
    if not geometry.is_valid:
        raise _Bad(f"图形无效 (invalid geometry): {shapely.is_valid_reason(geometry)}")
    return Area(station, geometry, datum, None if datum == "GCJ-02" else shapely.to_geojson(given))


def _geometry(geometry: Any) -> Polygon | MultiPolygon:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _Bad(f"只接受 Polygon 或 MultiPolygon (only Polygon and MultiPolygon): {kind!r}")
    coordinates = geometry.get("coordinates")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise _Bad("没有坐标 (no coordinates)")
    if len(parts) > MAX_PARTS:
        raise _Bad(f"多于 {MAX_PARTS} 个面 (more than {MAX_PARTS} parts)")
    if not all(isinstance(rings, list) and rings for rings in parts):
        raise _Bad("没有坐标 (no coordinates)")
    shapes = [[_ring(ring) for ring in rings] for rings in parts]
    if sum(len(ring) for rings in shapes for ring in rings) > MAX_VERTICES:
        raise _Bad(f"多于 {MAX_VERTICES} 个顶点 (more than {MAX_VERTICES} vertices)")
    polygons = [Polygon(rings[0], rings[1:]) for rings in shapes]
    return polygons[0] if kind == "Polygon" else MultiPolygon(polygons)


def _ring(ring: Any) -> Floats:
    """A closed ring of [lng, lat], n x 2."""
    if not isinstance(ring, list) or len(ring) < 4:
        raise _Bad("环少于四个点 (a ring has fewer than four positions)")
    if set(map(type, ring)) != {list} or set(map(len, ring)) != {2}:
        raise _Bad("点不是 [经度, 纬度] (a position is not [lng, lat])")
    # By exact type: numpy would read the text "1" and the word true as numbers.
    if not set(map(type, chain.from_iterable(ring))) <= {int, float}:
        raise _Bad("坐标不是数字 (a coordinate is no number)")
    try:
        points = np.array(ring, dtype=np.float64)
    except OverflowError:
        raise _Bad("坐标过大 (a coordinate is too large)") from None
    _check_range(points)
    if ring[0] != ring[-1]:
        raise _Bad("环未闭合 (a ring is not closed)")
    return points


def _check_range(points: Floats) -> None:
    low, high = np.array([LNG_RANGE, LAT_RANGE]).T
    outside = ~((points >= low) & (points <= high)).all(axis=1)
    if not outside.any():
        return
    lng, lat = points[outside.argmax()].tolist()
    swapped = LNG_RANGE[0] <= lat <= LNG_RANGE[1] and LAT_RANGE[0] <= lng <= LAT_RANGE[1]
    hint = ",经纬度颠倒了? (are the axes swapped?)" if swapped else ""
    raise _Bad(f"坐标不在中国范围内 (outside_country): [{lng}, {lat}]{hint}")


def _converted(geometry: Polygon | MultiPolygon, datum: str) -> Polygon | MultiPolygon:
    return shapely.transform(geometry, lambda xy: np.column_stack(to_gcj02(xy[:, 0], xy[:, 1], datum)))
