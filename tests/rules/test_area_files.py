"""Files of service areas (B-83 to B-86): three formats, one set of rules, and an answer within a second to each
hostile one."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import shapefile  # type: ignore[import-untyped]
from shapely import MultiPolygon, Polygon, box, from_wkt

from geo.area_files import LARGEST, read_areas
from geo.areas import Area
from geo.errors import NetworkError

RING = [[120.0, 30.0], [120.1, 30.0], [120.1, 30.1], [120.0, 30.1], [120.0, 30.0]]
HOLE = [[120.02, 30.02], [120.02, 30.04], [120.04, 30.04], [120.04, 30.02], [120.02, 30.02]]
GEOGRAPHIC = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]'
PROJECTED = 'PROJCS["WGS_1984_UTM_Zone_50N",GEOGCS["GCS_WGS_1984"]]'
SECONDS = 3.0  # the rule is one second; a test machine may be busy with three other tests


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
SAME = {
    "a.geojson": geojson(feature(RING)),
    "A.JSON": b"\xef\xbb\xbf" + geojson(feature(RING)),
    "a.geojson.gz": gzip.compress(geojson(feature(RING))),
    "a.csv": csv(f"HZ01,{SQUARE_WKT}"),
    "crlf.csv": csv(f'"HZ01",{SQUARE_WKT}').replace(b"\n", b"\r\n"),
    "turned.csv": csv(f"{SQUARE_WKT.replace('POLYGON', 'polygon')},GCJ-02,HZ01", header="WKT,Datum,Station"),
    "a.csv.gz": gzip.compress(csv(f"HZ01,{SQUARE_WKT}")),
    "a.zip": zipped([RING[::-1]]),
    "other_way.zip": zipped([RING]),
    "capital.zip": zipped([RING[::-1]], names=("STATION",)),
    "said.zip": zipped([RING[::-1]], prj=GEOGRAPHIC, datum="GCJ-02"),
}


@pytest.mark.parametrize(("name", "data"), SAME.items(), ids=SAME)
def test_all_formats_say_the_same(name: str, data: bytes) -> None:
    [area] = read_areas(name, data)
    assert (area.station, area.datum, area.original) == ("HZ01", "GCJ-02", None)
    assert area.geometry.normalize() == box(120.0, 30.0, 120.1, 30.1).normalize()


def test_parts_and_holes_of_a_shapefile() -> None:
    far = [[x + 1, y] for x, y in RING[::-1]]
    island = [[120.025, 30.025], [120.025, 30.03], [120.03, 30.03], [120.03, 30.025], [120.025, 30.025]]
    [area] = read_areas("a.zip", zipped([RING[::-1], far, HOLE[::-1], island]))
    assert isinstance(area.geometry, MultiPolygon)
    expected = MultiPolygon([Polygon(RING, [HOLE]), Polygon(far), Polygon(island)])
    assert area.geometry.normalize() == expected.normalize()


def test_parts_and_holes_of_a_csv() -> None:
    shape = MultiPolygon([Polygon(RING, [HOLE]), box(121, 30, 121.5, 30.25)])
    [area] = read_areas("a.csv", csv(f'HZ01,"{shape.wkt}"'))
    assert area.geometry == from_wkt(shape.wkt)


@pytest.mark.parametrize(
    ("name", "data", "datum"),
    [
        ("a.csv", csv(f"HZ01,{SQUARE_WKT},WGS-84", header="station,wkt,datum"), None),
        ("a.csv", csv(f"HZ01,{SQUARE_WKT},", header="station,wkt,datum"), "WGS-84"),
        ("a.geojson", geojson(feature(RING)), "WGS-84"),
        ("a.geojson", geojson(feature(RING, datum="WGS-84")), "BD-09"),
        ("a.zip", zipped([RING[::-1]], prj=GEOGRAPHIC, datum="WGS-84"), None),
        ("a.zip", zipped([RING[::-1]], prj=GEOGRAPHIC), "WGS-84"),
    ],
)
def test_the_datum_is_said_by_the_feature_or_for_the_file(name: str, data: bytes, datum: str | None) -> None:
    [area] = read_areas(name, data, datum=datum)
    assert area.datum == "WGS-84" and area.original is not None
    assert area.geometry.bounds[0] == pytest.approx(120.00468, abs=1e-4), "moved to GCJ-02"


def test_the_station_may_stand_in_another_field() -> None:
    for name, data in {
        "a.geojson": geojson(feature(RING, station=None, code="HZ02")),
        "a.csv": csv(f"HZ02,{SQUARE_WKT}", header="code,wkt"),
        "a.zip": zipped([RING[::-1]], names=("CODE",), station="HZ02"),
    }.items():
        assert [area.station for area in read_areas(name, data, "code")] == ["HZ02"]


# ---- hostile ones ----------------------------------------------------------------------------------------------


def star(points: int) -> list[list[float]]:
    """A closed ring in which nearly every edge crosses nearly every other."""
    turn = np.arange(points) * (points // 2) * 2 * np.pi / points
    ring = np.column_stack([120 + np.cos(turn), 30 + np.sin(turn)]).tolist()
    return [*ring, ring[0]]


def comb(points: int) -> list[list[float]]:
    """A valid ring of long thin teeth."""
    teeth = [[100 + i / points, 30 + 5 * (i % 2)] for i in range(points - 3)]
    return [*teeth, [101.1, 29.9], [99.9, 29.9], teeth[0]]


def nested(depth: int) -> bytes:
    inner: dict[str, Any] = {"type": "GeometryCollection", "geometries": []}
    for _ in range(depth):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    return geojson({"type": "Feature", "properties": {"station": "HZ01"}, "geometry": inner})


def with_number(text: str) -> bytes:
    return geojson(feature([["N", 30.0], *RING[1:-1], ["N", 30.0]])).replace(b'"N"', text.encode())


def as_wkt(ring: list[list[float]]) -> str:
    return '"POLYGON ((' + ",".join(f"{x} {y}" for x, y in ring) + '))"'


TEN_MEGABYTES = b" " * LARGEST
BOMB = archive({"a.shp": b"\0" * (40 << 20), "a.shx": b"", "a.dbf": b""})
SWAPPED = [[y, x] for x, y in RING]
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
    "400,000 vertices": ("a.geojson", lambda: geojson(feature(comb(260_000))), "too_many_vertices"),
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
    "a .gz of 500 MiB": ("a.geojson.gz", lambda: gzip.compress(b" " * (500 << 20), 1), "too_large"),
    "a .gz cut off": ("a.geojson.gz", lambda: gzip.compress(geojson(feature(RING)))[:-9], "unusable_file"),
    "no .gz": ("a.geojson.gz", lambda: b"{}", "unusable_file"),
    "a key twice": ("a.geojson", lambda: b'{"type":"x","type":"FeatureCollection"}', "duplicate_key"),
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
    "NaN in WKT": ("a.csv", lambda: csv('HZ01,"POLYGON ((nan 30,121 30,121 31,nan 30))"'), "outside_country"),
    "1e400 in WKT": ("a.csv", lambda: csv('HZ01,"POLYGON ((1e400 30,121 30,121 31,1e400 30))"'), "outside_country"),
    "WKT not closed": ("a.csv", lambda: csv('HZ01,"POLYGON ((120 30,121 30,121 31,120 31))"'), "not_closed"),
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
    "another kind of file": ("a.kml", lambda: b"<kml/>", "unusable_file"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_refused_at_once(what: str) -> None:
    name, make, code = HOSTILE[what]
    data, began = make(), perf_counter()
    with pytest.raises(NetworkError) as caught:
        read_areas(name, data)
    took = perf_counter() - began
    assert caught.value.code == code, str(caught.value)
    assert caught.value.file == name and len(str(caught.value)) < 400
    assert took < SECONDS, f"{what}: {took:.2f} s"


def test_the_place_of_what_is_wrong() -> None:
    bow = [[120.0, 30.0], [120.1, 30.1], [120.1, 30.0], [120.0, 30.1], [120.0, 30.0]]
    with pytest.raises(NetworkError) as caught:
        read_areas("a.geojson", geojson(feature(RING), feature(bow)))
    assert caught.value.line == 2 and caught.value.place == pytest.approx((120.05, 30.05))
    with pytest.raises(NetworkError) as caught:
        read_areas("a.geojson", geojson(feature(SWAPPED)))
    assert caught.value.place == (120.0, 30.0), "where it would be, were they the other way"


def test_cut_shapefiles_are_refused_never_a_traceback() -> None:
    """Whatever is cut off or overwritten is said to be broken, or is read as something else that is valid."""
    good, random = zipped([RING[::-1], HOLE[::-1]]), np.random.default_rng(7)
    with zipfile.ZipFile(io.BytesIO(good)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    outcomes = set()
    for _ in range(300):
        name = str(random.choice(sorted(files)))
        data = bytearray(files[name])
        if random.random() < 0.5:
            del data[int(random.integers(len(data))) :]
        else:
            data[int(random.integers(len(data)))] = int(random.integers(256))
        try:
            read_areas("a.zip", archive(files | {name: bytes(data)}))
            outcomes.add("read")
        except NetworkError as error:
            assert error.code
            outcomes.add(error.code)
    assert {"read", "unusable_file"} <= outcomes


def test_many_valid_areas_are_read_quickly() -> None:
    data = geojson(*[feature(comb(10_000))] * 10)
    areas = read_areas("a.geojson", data)
    assert len(areas) == 10 and all(isinstance(area, Area) for area in areas)
