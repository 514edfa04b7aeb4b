"""The map editor's requests in few words, for tests."""

import json
from typing import Any

from tests.web.conftest import Visitor

Ring = list[list[float]]


def square(west: float, south: float, size: float = 0.1) -> Ring:
    """A closed ring."""
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(station: str, *rings: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"station": station}, "geometry": geometry}


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def send(visitor: Visitor, path: str, body: Any, token: str | None = None) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-CSRF-Token": visitor.token("/areas") if token is None else token, "Accept": "application/json"}
    return visitor.client.post(path, data=raw, headers=headers, content_type="application/json")


def stored(visitor: Visitor, *features: Any, **more: Any) -> Any:
    """A change, of the stations that its features name unless told otherwise."""
    stations = sorted({one["properties"]["station"] for one in features})
    told: dict[str, Any] = {"stations": stations, "effective": "", "note": "道路改线", "key": "form-0001"}
    base = more["loaded"] if "loaded" in more else loaded(visitor)
    told |= {"loaded": base, "checked": base}
    return send(visitor, "/areas/store", collection(*features, **(told | more)))


def loaded(visitor: Visitor) -> int:
    return int(seen(visitor)["version"])


def seen(visitor: Visitor, **given: str) -> Any:
    return visitor.client.get("/areas/data", query_string=given).json


def stations(visitor: Visitor, **given: str) -> dict[str, Any]:
    return {one["code"]: one for one in seen(visitor, **given)["stations"]}
