"""Hostile files of service areas (B-83 to B-86, D15): each is answered with its code, after little work."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from geo.area_files import LARGEST, read_areas
from geo.errors import NetworkError
from tests.rules.area_making import (
    GEOGRAPHIC,
    PROJECTED,
    RING,
    SQUARE_WKT,
    SWAPPED,
    archive,
    comb,
    csv,
    feature,
    geojson,
    zipped,
)  # fmt: skip
from tests.work import counted, forbid_overlays

MOST_CALLS = 700_000  # sixty thousand areas and shapes are looked at once


def star(points: int) -> list[list[float]]:
    """A closed ring in which nearly every edge crosses nearly every other."""
    turn = np.arange(points) * (points // 2) * 2 * np.pi / points
    ring = np.column_stack([120 + np.cos(turn), 30 + np.sin(turn)]).tolist()
    return [*ring, ring[0]]


def nested(depth: int) -> bytes:
    inner: dict[str, Any] = {"type": "GeometryCollection", "geometries": []}
    for _ in range(depth):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    return geojson({"type": "Feature", "properties": {"station": "HZ01"}, "geometry": inner})


def with_number(text: str) -> bytes:
    return geojson(feature([["N", 30.0], *RING[1:-1], ["N", 30.0]])).replace(b'"N"', text.encode())


def as_wkt(ring: list[list[float]]) -> str:
    return '"POLYGON ((' + ",".join(f"{x} {y}" for x, y in ring) + '))"'


TRIANGLE = [[110, 30], [111, 30], [111, 31], [110, 30]]
TEN_MEGABYTES = b" " * LARGEST


def bomb(kind: int) -> bytes:
    """An archive whose shapes say they are few, but unpack to 100 MB; zlib's own way of cutting does not help here."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", kind) as made:
        made.writestr("a.shp", bytes(100_000_000))
        made.writestr("a.shx", bytes(2_000))
        made.writestr("a.dbf", bytes(2_000))
    return packed.getvalue().replace(struct.pack("<I", 100_000_000), struct.pack("<I", 4_000))


def many_shapes() -> bytes:
    """The same record 20,001 times in the index."""
    with zipfile.ZipFile(io.BytesIO(zipped([RING[::-1]]))) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    index = files["areas.shx"]
    return archive(files | {"areas.shx": index[:100] + index[100:] * 20_001, "b.txt": np.random.bytes(9_000)})


BOMB = archive({"a.shp": b"\0" * (40 << 20), "a.shx": b"", "a.dbf": b""})
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "star of 3,000": ("a.geojson", lambda: geojson(feature(star(2_999))), "invalid_geometry"),
    "star of 20,000": ("a.geojson", lambda: geojson(feature(star(19_999))), "invalid_geometry"),
    "star in WGS-84": ("a.geojson", lambda: geojson(feature(star(19_999), datum="WGS-84")), "invalid_geometry"),
    "20 combs of 20,000, then a star": (
        "a.geojson.gz",
        lambda: gzip.compress(geojson(*[feature(comb(10_000))] * 20, feature(star(2_999))), 1),
        "invalid_geometry",
    ),
    "20,001 vertices": ("a.geojson", lambda: geojson(feature(comb(20_001))), "too_many_vertices"),
    "100,000 vertices": ("a.geojson", lambda: geojson(feature(comb(100_000))), "too_many_vertices"),
    "axes swapped": ("a.geojson", lambda: geojson(feature(SWAPPED)), "outside_country"),
    "nested collections": ("a.geojson", lambda: nested(10), "unsupported_geometry"),
    "collections nested too deep": ("a.geojson", lambda: nested(30), "too_deep"),
    "collections nested 100,000 deep": (
        "a.geojson",
        lambda: b'{"type":"GeometryCollection","geometries":[' * 100_000,
        "too_deep",
    ),
    "ten million brackets": ("a.geojson", lambda: b"[" * LARGEST, "too_deep"),
    "brackets in a text": ("a.geojson", lambda: geojson({"x": '[{"\\"[' * 50}), "unusable_file"),
    "strings for numbers": ("a.geojson", lambda: with_number('"120"'), "bad_number"),
    "true for a number": ("a.geojson", lambda: with_number("true"), "bad_number"),
    "NaN": ("a.geojson", lambda: with_number("NaN"), "bad_number"),
    "-Infinity": ("a.geojson", lambda: with_number("-Infinity"), "bad_number"),
    "1e400": ("a.geojson", lambda: with_number("1e400"), "outside_country"),
    "400 digits": ("a.geojson", lambda: with_number("9" * 400), "bad_number"),
    "five million digits": ("a.geojson", lambda: with_number("9" * 5_000_000), "bad_number"),
    "2,000 numbers of 4,200 digits": (
        "a.geojson",
        lambda: b'{"type":"x","features":[' + b",".join([b"9" * 4_200] * 2_000) + b"]}",
        "unusable_file",
    ),
    "10 MiB + 1": ("a.geojson", lambda: TEN_MEGABYTES + b" ", "too_large"),
    "10 MiB of nothing": ("a.geojson", lambda: TEN_MEGABYTES, "not_json"),
    "a .gz of 200 MiB": ("a.geojson.gz", lambda: gzip.compress(b" " * (200 << 20), 1), "too_large"),
    "a .gz cut off": ("a.geojson.gz", lambda: gzip.compress(geojson(feature(RING)))[:-9], "unusable_file"),
    "a second .gz cut off": ("a.csv.gz", lambda: gzip.compress(csv()) + gzip.compress(csv())[:-1], "unusable_file"),
    "noise behind a .gz": ("a.csv.gz", lambda: gzip.compress(csv(f"HZ01,{SQUARE_WKT}")) + b"noise", "unusable_file"),
    "2 x 6 MiB in a .gz": ("a.csv.gz", lambda: gzip.compress(b" " * (6 << 20)) * 2, "too_large"),
    "400,000 times nothing in a .gz": ("a.csv.gz", lambda: gzip.compress(b"") * 400_000, "too_large"),
    "no .gz": ("a.geojson.gz", lambda: b"{}", "unusable_file"),
    "a key twice": ("a.geojson", lambda: b'{"type":"x","type":"FeatureCollection"}', "duplicate_key"),
    "40,000 keys, one twice": (
        "a.geojson",
        lambda: ("{" + "".join(f'"{n}":0,' for n in range(40_000)) + '"39999":0}').encode(),
        "duplicate_key",
    ),
    "CRS member": (
        "a.geojson",
        lambda: b'{"type":"FeatureCollection","features":[],"crs":{}}',
        "crs_not_supported",
    ),
    "1,001 parts": (
        "a.geojson",
        lambda: geojson({**feature(RING), "geometry": {"type": "MultiPolygon", "coordinates": [[RING]] * 1_001}}),
        "too_many_parts",
    ),
    "not closed": ("a.geojson", lambda: geojson(feature(RING[:-1])), "not_closed"),
    "empty": ("a.geojson", lambda: geojson(feature([])), "not_closed"),
    "no station": ("a.geojson", lambda: geojson(feature(RING, station=7)), "station_missing"),
    "unknown datum": ("a.geojson", lambda: geojson(feature(RING, datum="EPSG:4326")), "datum_unknown"),
    "line in WKT": ("a.csv", lambda: csv('HZ01,"LINESTRING (120 30, 121 30)"'), "unsupported_geometry"),
    "collection in WKT": (
        "a.csv",
        lambda: csv('HZ01,"' + "GEOMETRYCOLLECTION (" * 10_000 + '"'),
        "unsupported_geometry",
    ),
    "brackets in WKT": ("a.csv", lambda: csv('HZ01,"POLYGON ' + "(" * 300_000 + ')"'), "unsupported_geometry"),
    "deep brackets in WKT": (
        "a.csv",
        lambda: csv('HZ01,"POLYGON (' + "(1 1," * 19_000 + "1 1" + ")" * 19_001 + '"'),
        "unsupported_geometry",
    ),
    "EMPTY in WKT": ("a.csv", lambda: csv("HZ01,POLYGON EMPTY"), "unsupported_geometry"),
    "heights in WKT": ("a.csv", lambda: csv('HZ01,"POLYGON ((120 30 1,121 30 1,121 31 1,120 30 1))"'), "bad_position"),
    "words in WKT": ("a.csv", lambda: csv('HZ01,"POLYGON ((120 30,nine 30,121 31,120 30))"'), "bad_number"),
    "NaN in WKT": ("a.csv", lambda: csv('HZ01,"POLYGON ((nan 30,121 30,121 31,nan 30))"'), "bad_number"),
    "other digits in WKT": ("a.csv", lambda: csv('HZ01,"POLYGON ((１２０ 30,121 30,121 31,１２０ 30))"'), "bad_number"),
    "1e400 in WKT": ("a.csv", lambda: csv('HZ01,"POLYGON ((1e400 30,121 30,121 31,1e400 30))"'), "outside_country"),
    "WKT not closed": ("a.csv", lambda: csv('HZ01,"POLYGON ((120 30,121 30,121 31,120 31))"'), "not_closed"),
    "four million numbers in one position": (
        "a.csv",
        lambda: csv('HZ01,"POLYGON ((' + "1 " * 4_000_000 + ',121 30,121 31,120 30))"'),
        "bad_position",
    ),
    "60,000 areas": ("a.geojson", lambda: geojson(*[feature(TRIANGLE)] * 60_000), "too_many_features"),
    "20,001 areas in CSV": ("a.csv", lambda: csv(*[f"HZ01,{SQUARE_WKT}"] * 20_001), "too_many_features"),
    "20,001 areas in a shapefile": ("a.zip", many_shapes, "too_many_features"),
    "star in WKT": ("a.csv", lambda: csv(f"HZ01,{as_wkt(star(19_999))}"), "invalid_geometry"),
    "20,001 vertices in WKT": ("a.csv", lambda: csv(f"HZ01,{as_wkt(comb(20_001))}"), "too_many_vertices"),
    "WKT without quotes": ("a.csv", lambda: csv(f"HZ01,{SQUARE_WKT[1:-1]}"), "unusable_file"),
    "quote not closed": ("a.csv", lambda: csv('HZ01,"POLYGON'), "unusable_file"),
    "a million quotes": ("a.csv", lambda: csv("HZ01," + '"' * 1_000_001), "unusable_file"),
    "ten million commas": ("a.csv", lambda: csv("," * 10_000_000), "unusable_file"),
    "other columns": ("a.csv", lambda: csv(header="station;wkt"), "unusable_file"),
    "empty CSV": ("a.csv", lambda: b"", "unusable_file"),
    "projected": ("a.zip", lambda: zipped([RING[::-1]], prj=PROJECTED), "crs_not_supported"),
    "WGS-84 .prj and no datum": ("a.zip", lambda: zipped([RING[::-1]], prj=GEOGRAPHIC), "datum_unknown"),
    "no column": ("a.zip", lambda: zipped([RING[::-1]], names=("name",)), "station_missing"),
    "no station in the table": ("a.zip", lambda: zipped([RING[::-1]], station=""), "station_missing"),
    "a bomb": ("a.zip", lambda: BOMB, "too_large"),
    "a bzip2 bomb": ("a.zip", lambda: bomb(zipfile.ZIP_BZIP2), "unusable_file"),
    "an LZMA bomb": ("a.zip", lambda: bomb(zipfile.ZIP_LZMA), "unusable_file"),
    "a folder": ("a.zip", lambda: zipped([RING[::-1]], more={"x/y.txt": b"x"}), "unusable_file"),
    "two shapefiles": ("a.zip", lambda: zipped([RING[::-1]], more={"b.shp": b"x"}), "unusable_file"),
    "no .shx": ("a.zip", lambda: archive({"a.shp": b"x" * 9, "a.dbf": b"x" * 9}), "unusable_file"),
    "no .zip": ("a.zip", lambda: b"PK\x03\x04 and so on", "unusable_file"),
    "noise for a shapefile": (
        "a.zip",
        lambda: archive({f"a.{e}": np.random.default_rng(4).bytes(5_000) for e in ("shp", "shx", "dbf")}),
        "unusable_file",
    ),
    "20,001 vertices in a shapefile": ("a.zip", lambda: zipped([comb(20_001)]), "too_many_vertices"),
    "1,001 rings in a shapefile": ("a.zip", lambda: zipped([RING[::-1]] * 1_001), "too_many_parts"),
    "star in a shapefile": ("a.zip", lambda: zipped([star(19_999)]), "invalid_geometry"),
    "axes swapped in a shapefile": ("a.zip", lambda: zipped([SWAPPED]), "outside_country"),
    "a hole outside": ("a.zip", lambda: zipped([RING[::-1], [[x + 2, y] for x, y in RING]]), "invalid_geometry"),
    "a star in a star": ("a.zip", lambda: zipped([star(9_999)[::-1], star(9_999)]), "invalid_geometry"),
    "another kind of file": ("a.kml", lambda: b"<kml/>", "unusable_file"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_refused_at_once(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is one second: nothing is cut, united or repaired, and nothing gone over by Python again and again.
    What it takes: `make bench ARGS=hostile`."""
    name, make, code = HOSTILE[what]
    data = make()
    forbid_overlays(monkeypatch)
    with pytest.raises(NetworkError) as caught, counted() as work:
        read_areas(name, data)
    assert caught.value.code == code, str(caught.value)
    assert caught.value.file == name and len(str(caught.value)) < 400
    assert work.calls <= MOST_CALLS
