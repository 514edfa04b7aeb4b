"""Service areas from GeoJSON: checked, converted to GCJ-02, never repaired (that can take minutes)."""

import json
from typing import Any, NoReturn

import numpy as np

from geo.area_limits import check_features
from geo.area_shapes import area_of, from_coordinates
from geo.areas import Area
from geo.errors import BadArea, NetworkError, decoded

AREAS_FILE = "areas.geojson"
MAX_DEPTH = 32
NO_CRS = "不支持 crs,请用 properties.datum (crs is not read, say properties.datum)"


def parse_areas(
    data: str | bytes,
    file: str = AREAS_FILE,
    field: str = "station",
    datum: str = "GCJ-02",
    most: int | None = None,
) -> list[Area]:
    """The features of a FeatureCollection of Polygon / MultiPolygon, in order; `most` of them (None: any number).

    `field` is the property with the station's code, `datum` holds where a feature says none. NetworkError with the
    number of the feature from 1; of an invalid shape it tells the reason and the place.
    """
    found, areas = features(data, file), []
    if most is not None:
        check_features(len(found), file, most)
    for number, feature in enumerate(found, start=1):
        try:
            areas.append(_area(feature, field, datum))
        except BadArea as bad:
            raise bad.within(file, number) from None
    return areas


def features(data: str | bytes, file: str) -> list[Any]:
    """What stands in a FeatureCollection, nothing of it checked. NetworkError."""
    document = _load(decoded(data, file), file)
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise NetworkError(file, None, "不是 FeatureCollection (not a FeatureCollection)", "unusable_file")
    if "crs" in document:
        raise NetworkError(file, None, NO_CRS, "crs_not_supported")
    found = document.get("features")
    if not isinstance(found, list):
        raise NetworkError(file, None, "features 不是列表 (features is no list)", "unusable_file")
    return found


class _Twice(ValueError):
    """A key stands twice in an object: nobody knows which one is meant."""


def _load(text: str, file: str) -> Any:
    def no_number(name: str) -> NoReturn:
        raise OverflowError(f"{name} is no JSON number")

    code = "not_json"
    try:
        if _depth(text) > MAX_DEPTH:
            raise RecursionError
        return json.loads(text, parse_constant=no_number, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        cause = f"第 {error.lineno} 行不是 JSON (line {error.lineno}: {error.msg})"
    except RecursionError:
        code, cause = "too_deep", "嵌套过深 (nested too deep)"
    except _Twice as error:
        code, cause = "duplicate_key", f"键重复 (duplicate key): {error}"
    except (OverflowError, ValueError) as error:  # NaN, Infinity, an integer of thousands of digits
        code, cause = "bad_number", f"不是 JSON (not JSON: {error})"
    raise NetworkError(file, None, cause, code)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Twice(repr(name[:40]))
            seen.add(name)
    return found


def _depth(text: str) -> int:
    """How deep brackets are nested, those in strings left out. For 10 MiB a fraction of what reading it takes."""
    raw = text.encode("utf-8", "surrogatepass").replace(b"\\\\", b"").replace(b'\\"', b"")
    letters = np.frombuffer(raw, dtype=np.uint8)
    # Of the four brackets and the quote only: they are few beside the digits.
    marks = letters[np.isin(letters, np.frombuffer(b'[]{}"', dtype=np.uint8))]
    plain = np.cumsum(marks == ord('"')) % 2 == 0
    opens, closes = (marks == ord("[")) | (marks == ord("{")), (marks == ord("]")) | (marks == ord("}"))
    steps = np.where(plain & opens, 1, 0) - np.where(plain & closes, 1, 0)
    return int(np.cumsum(steps).max(initial=0))


def _area(feature: Any, field: str, datum: str) -> Area:
    properties, geometry = parted(feature)
    station = properties.get(field)
    given = from_coordinates(geometry.get("type"), geometry.get("coordinates"))
    return area_of(station, given, properties.get("datum", datum))


def parted(feature: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Properties and geometry of a feature; a CRS is refused (B-86). BadArea."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise BadArea("unusable_file", "不是 Feature (not a Feature)")
    properties, geometry = feature.get("properties"), feature.get("geometry")
    if not isinstance(properties, dict):
        raise BadArea("station_missing", "缺少 properties (no properties)")
    geometry = geometry if isinstance(geometry, dict) else {}
    if "crs" in feature or "crs" in geometry:
        raise BadArea("crs_not_supported", NO_CRS)
    return properties, geometry
