"""Files of service areas, made for tests: GeoJSON, CSV, zipped shapefiles."""

import io
import json
import zipfile
from typing import Any

import shapefile  # type: ignore[import-untyped]

RING = [[120.0, 30.0], [120.1, 30.0], [120.1, 30.1], [120.0, 30.1], [120.0, 30.0]]
HOLE = [[120.02, 30.02], [120.02, 30.04], [120.04, 30.04], [120.04, 30.02], [120.02, 30.02]]
GEOGRAPHIC = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]'
PROJECTED = 'PROJCS["WGS_1984_UTM_Zone_50N",GEOGCS["GCS_WGS_1984"]]'


def feature(ring: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"station": "HZ01", **properties}, "geometry": geometry}


def geojson(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def zipped(
    rings: list[list[list[float]]], prj: str = "", station: str = "HZ01", names: tuple[str, ...] = ("station",),
    more: dict[str, bytes] | None = None, **fields: str,
) -> bytes:  # fmt: skip
    """A shapefile of one record in a .zip; rings as shapefiles have them: outer ones clockwise."""
    parts = {ending: io.BytesIO() for ending in ("shp", "shx", "dbf")}
    with shapefile.Writer(shapeType=shapefile.POLYGON, **parts) as writer:
        for name in (*names, *fields):
            writer.field(name, "C", 40)
        writer.poly(rings)
        writer.record(*[station] * len(names), *fields.values())
    files = {f"areas.{ending}": data.getvalue() for ending, data in parts.items()}
    return archive(files | ({"areas.prj": prj.encode()} if prj else {}) | (more or {}))


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return packed.getvalue()


def csv(*lines: str, header: str = "station,wkt") -> bytes:
    return "\n".join((header, *lines, "")).encode()


SQUARE_WKT = '"POLYGON ((120 30, 120.1 30, 120.1 30.1, 120 30.1, 120 30))"'
SWAPPED = [[y, x] for x, y in RING]


def comb(points: int) -> list[list[float]]:
    """A valid ring of long thin teeth."""
    teeth = [[100 + i / points, 30 + 5 * (i % 2)] for i in range(points - 3)]
    return [*teeth, [101.1, 29.9], [99.9, 29.9], teeth[0]]
