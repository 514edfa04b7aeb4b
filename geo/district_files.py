"""District (区县) polygons from an operator's file: checked, GCJ-02, without the limits of service areas."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from geo.area_shapes import check_range, shown
from geo.errors import BadArea, NetworkError, place_in
from geo.geojson import features, parted

LARGEST = 64 * 1024 * 1024  # bytes
CODE_LIMIT, NAME_LIMIT = 12, 100

Rows = list[tuple[str, str, bytes]]


def read_district_shapes(data: bytes, file: str) -> Rows:
    """(adcode, name, well-known binary) of each feature of a GeoJSON with these properties. NetworkError."""
    codes, names, geometries = [], [], []
    for number, feature in enumerate(features(data, file), start=1):
        try:
            properties, geometry = parted(feature)
        except BadArea as bad:
            raise bad.within(file, number) from None
        codes.append(properties.get("adcode"))
        names.append(properties.get("name"))
        geometries.append(_shape(geometry, file, number))
    return check_district_shapes(codes, names, np.array(geometries, dtype=object), file)


def _shape(geometry: dict[str, Any], file: str, number: int) -> Any:
    """By numpy, ring by ring: the library's own reader is no faster, and takes a text for a number."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    try:
        if kind not in ("Polygon", "MultiPolygon"):
            raise ValueError(f"only Polygon and MultiPolygon: {shown(kind)}")
        parts: Any = [coordinates] if kind == "Polygon" else coordinates
        polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in ([_ring(r) for r in part] for part in parts)]
        return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    except (ValueError, TypeError, IndexError, OverflowError, ShapelyError) as error:
        raise NetworkError(file, number, f"图形不可用 (no usable shape: {error})"[:300], "invalid_geometry") from None


def _ring(ring: Any) -> NDArray[np.float64]:
    points = np.array(ring)
    if points.dtype.kind not in "if" or points.ndim != 2 or points.shape[1] != 2:
        raise ValueError("a ring is no list of [lng, lat]")
    return points.astype(np.float64)


def from_wkb(wkbs: Sequence[Any], file: str) -> Any:
    """Shapes of well-known binary. NetworkError."""
    try:
        return shapely.from_wkb(np.array(wkbs, dtype=object))
    except (ShapelyError, TypeError) as error:
        raise NetworkError(file, None, f"图形不可用 (no usable shape: {error})"[:300], "invalid_geometry") from None


def check_district_shapes(codes: Sequence[Any], names: Sequence[Any], shapes: Any, file: str) -> Rows:
    """Each code once, each with a name, each shape a valid polygon of the country. NetworkError with its number."""
    seen: set[str] = set()
    wrong = ~np.isin(shapely.get_type_id(shapes), (3, 6)) | shapely.is_empty(shapes)
    invalid = ~shapely.is_valid(shapes)
    for number, (code, name) in enumerate(zip(codes, names, strict=True), start=1):
        shape = shapes[number - 1]
        if not isinstance(code, str) or not 0 < len(code) <= CODE_LIMIT or not code.isalnum() or code in seen:
            raise NetworkError(
                file, number, f"adcode 无效或重复 (bad or duplicate adcode): {shown(code)}", "bad_adcode"
            )
        if not isinstance(name, str) or not 0 < len(name) <= NAME_LIMIT:
            raise NetworkError(file, number, f"缺少 name (no name): {code}", "bad_name")
        if wrong[number - 1]:
            raise NetworkError(file, number, "只接受面 (only polygons)", "unsupported_geometry")
        if invalid[number - 1]:
            reason = shapely.is_valid_reason(shape)
            cause = f"图形无效 (invalid geometry): {code}: {reason}"
            raise NetworkError(file, number, cause, "invalid_geometry", place_in(reason))
        try:
            check_range(np.array(shape.bounds).reshape(2, 2))
        except BadArea as bad:
            raise bad.within(file, number) from None
        seen.add(code)
    wkbs = shapely.to_wkb(shapely.force_2d(shapes))
    return list(zip(codes, names, (bytes(wkb) for wkb in wkbs), strict=True))
