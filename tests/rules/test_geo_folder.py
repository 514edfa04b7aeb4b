"""The network folder (REPLAY.md) and its areas (B-83 to B-86): faults named with file, line and cause."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from shapely import MultiPolygon, Polygon

from geo import folder
from geo.folder import NetworkError
from geo.stations import Closure, Station

STATIONS = "code,name,level,parent,province,duty,accepts\n"
HZ01 = "HZ01,西湖网点,1,,浙江省,standard,1\n"
HZ01A = "HZ01A,承包区甲,2,HZ01,浙江省,xinjiang,0\n"
RING = [[120.0, 30.0], [120.1, 30.0], [120.1, 30.1], [120.0, 30.1], [120.0, 30.0]]
BOW_TIE = [[120.0, 30.0], [120.1, 30.1], [120.1, 30.0], [120.0, 30.1], [120.0, 30.0]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: Any, station: Any = "HZ01", **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"station": station, **properties}, "geometry": geometry}


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def test_a_whole_network() -> None:
    stations = folder.parse_stations(("\ufeff" + STATIONS + HZ01 + HZ01A).encode().replace(b"\n", b"\r\n"))
    assert stations == [
        Station("HZ01", "西湖网点", 1, None, "浙江省", "standard", True),
        Station("HZ01A", "承包区甲", 2, "HZ01", "浙江省", "xinjiang", False),
    ]
    assert [station.house for station in stations] == ["HZ01", "HZ01"]
    areas = folder.parse_areas(collection(feature(polygon(RING)), feature(polygon(RING), "HZ01A")))
    districts = folder.parse_districts("adcode,station\n330106,HZ01A\n330106,HZ01\n")
    closures = folder.parse_closures("station,from,until\nHZ01,2026-05-01T08:00:00+08:00,2026-05-02T00:00:00Z\n")
    assert closures == [Closure("HZ01", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC))]
    network = folder.build(stations, areas, districts, closures)
    assert list(network.stations) == ["HZ01", "HZ01A"]
    assert network.children == {"HZ01": ("HZ01A",), "HZ01A": ()}
    assert network.serves == {"330106": ("HZ01", "HZ01A")}
    assert network.house("HZ01A") == "HZ01" and network.province("HZ01A") == "浙江省"
    assert network.closures_of("HZ01") == tuple(closures)
    with pytest.raises(TypeError):
        network.stations["X"] = stations[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        pytest.param("", 1, "header", id="empty file"),
        pytest.param("code,name\n", 1, "header", id="other header"),
        pytest.param(STATIONS + HZ01 + "HZ02,x,1\n", 3, "number of fields", id="too few fields"),
        pytest.param(STATIONS + "\n" + HZ01, 2, "number of fields", id="empty line"),
        pytest.param(STATIONS + '"HZ\n01",x,1,,浙江省,standard,1\n', 2, "line break", id="line break in a field"),
        pytest.param(STATIONS + 'HZ01,"x"y,1,,浙江省,standard,1\n', 2, "not CSV", id="broken quotes"),
        pytest.param(STATIONS + HZ01.replace("西", "\x00"), 2, "control", id="NUL"),
        pytest.param(STATIONS + HZ01.replace("西", "西" * 2000), 2, "too long", id="long field"),
        pytest.param(STATIONS + HZ01.replace("西湖网点", " "), 2, "name is empty", id="no name"),
        pytest.param(STATIONS + HZ01.replace("浙江省", ""), 2, "province is empty", id="no province"),
        pytest.param(STATIONS + HZ01.replace("HZ01", "HZ 01"), 2, "not a code", id="space in a code"),
        pytest.param(STATIONS + HZ01.replace("HZ01", "H" * 33), 2, "not a code", id="long code"),
        pytest.param(STATIONS + HZ01.replace(",1,,", ",3,,"), 2, "unknown level", id="level 3"),
        pytest.param(STATIONS + HZ01.replace(",1,,", ",１,,"), 2, "unknown level", id="full-width level"),
        pytest.param(STATIONS + HZ01.replace("standard", "night"), 2, "unknown duty", id="duty"),
        pytest.param(STATIONS + HZ01.replace("standard,1", "standard,true"), 2, "unknown accepts", id="accepts"),
    ],
)
def test_unusable_stations(text: str, line: int, cause: str) -> None:
    with pytest.raises(NetworkError, match=cause) as caught:
        folder.parse_stations(text)
    assert (caught.value.file, caught.value.line) == ("stations.csv", line)
    assert str(caught.value).startswith(f"stations.csv:{line}: ")


def test_not_utf_8() -> None:
    with pytest.raises(NetworkError, match="not UTF-8") as caught:
        folder.parse_stations((STATIONS + HZ01).encode() + "HZ02,网点".encode("gb18030"))
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("rows", "line", "cause"),
    [
        pytest.param([HZ01, HZ01], 3, "duplicate station", id="twice"),
        pytest.param([HZ01.replace("HZ01", "DATA_CENTRE")], 2, "reserved", id="ROUTE-2 reserved code"),
        pytest.param([HZ01, HZ01.replace("HZ01", "fines")], 3, "reserved", id="LEDGER-1 reserved code"),
        pytest.param([HZ01A], 2, "unknown parent", id="unknown parent"),
        pytest.param([HZ01A.replace(",HZ01,", ",,"), HZ01], 2, "needs a parent", id="no parent"),
        pytest.param([HZ01, HZ01A.replace(",2,", ",1,")], 3, "has no parent", id="level 1 with a parent"),
        pytest.param([HZ01, HZ01A, "HZ9,x,2,HZ01A,浙江省,standard,1\n"], 3, "cannot be a parent", id="parent level 2"),
        pytest.param(["HZ9,x,2,HZ9,浙江省,standard,1\n"], 2, "not level 1", id="its own parent"),
    ],
)
def test_stations_that_do_not_agree(rows: list[str], line: int, cause: str) -> None:
    with pytest.raises(NetworkError, match=cause) as caught:
        folder.build(folder.parse_stations(STATIONS + "".join(rows)), [], [])
    assert (caught.value.file, caught.value.line) == ("stations.csv", line)


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("adcode;station\n", 1, "header"),
        ("adcode,station\n,HZ01\n", 2, "adcode"),
        ("adcode,station\n330106,HZ01\n330106,HZ09\n", 3, "unknown station"),
        ("adcode,station\n330106,HZ01\n330106,HZ01\n", 3, "duplicate"),
        ("adcode,station\n330106,DATA_CENTRE\n", 2, "unknown station"),
    ],
)
def test_unusable_districts(text: str, line: int, cause: str) -> None:
    stations = folder.parse_stations(STATIONS + HZ01)
    with pytest.raises(NetworkError, match=cause) as caught:
        folder.build(stations, [], folder.parse_districts(text))
    assert (caught.value.file, caught.value.line) == ("districts.csv", line)


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ("HZ01,2026-05-01T08:00:00,2026-05-02T08:00:00+08:00", "offset"),
        ("HZ01,yesterday,2026-05-02T08:00:00+08:00", "ISO 8601"),
        ("HZ01,0001-01-01T00:00:00+08:00,2026-05-02T08:00:00+08:00", "ISO 8601"),
        ("HZ01,2026-05-02T08:00:00+08:00,2026-05-02T00:00:00Z", "not later"),
        ("HZ09,2026-05-01T08:00:00+08:00,2026-05-02T08:00:00+08:00", "unknown station"),
    ],
)
def test_unusable_closures(row: str, cause: str) -> None:
    """ROUTE-6."""
    stations = folder.parse_stations(STATIONS + HZ01)
    with pytest.raises(NetworkError, match=cause) as caught:
        folder.build(stations, [], [], folder.parse_closures(f"station,from,until\n{row}\n"))
    assert (caught.value.file, caught.value.line) == ("closures.csv", 2)


def circle(vertices: int) -> list[list[float]]:
    """A closed zigzag-free ring of so many vertices: a staircase up and a straight line back."""
    steps = vertices - 2
    stairs = [[120 + (i + 1) // 2 / steps, 30 + i // 2 / steps] for i in range(steps)]
    return [*stairs, [120.0, 31.0], stairs[0]]


@pytest.mark.parametrize(
    ("geometry", "cause"),
    [
        pytest.param(None, "only Polygon", id="no geometry"),
        pytest.param({"type": "Point", "coordinates": [120, 30]}, "only Polygon", id="B-86 wrong type"),
        pytest.param({"type": "GeometryCollection", "geometries": []}, "only Polygon", id="B-86 nested collection"),
        pytest.param({"type": "Polygon"}, "no coordinates", id="B-84 nothing"),
        pytest.param(polygon(), "no coordinates", id="B-84 empty"),
        pytest.param(polygon([]), "fewer than four", id="B-84 empty ring"),
        pytest.param(polygon(RING[:2]), "fewer than four", id="B-84 two points"),
        pytest.param(polygon(RING[:4]), "not closed", id="B-84 unclosed"),
        pytest.param(polygon([["120", "30"], *RING[1:]]), "no number", id="B-84 text"),
        pytest.param(polygon([[True, 30.0], *RING[1:]]), "no number", id="B-84 true"),
        pytest.param(polygon([[120.0], *RING[1:]]), "not \\[lng, lat\\]", id="B-84 half a position"),
        pytest.param(polygon([[120.0, 30.0, 5.0], *RING[1:]]), "not \\[lng, lat\\]", id="B-84 altitude"),
        pytest.param(polygon([None, *RING[1:]]), "not \\[lng, lat\\]", id="B-84 null position"),
        pytest.param(polygon([[10**400, 30.0], *RING[1:]]), "too large", id="B-84 huge"),
        pytest.param(polygon([[y, x] for x, y in RING]), "outside_country.*axes swapped", id="B-85 axes swapped"),
        pytest.param(polygon([[x + 20, y] for x, y in RING]), "outside_country", id="B-85 outside China"),
        pytest.param(polygon(BOW_TIE), "Self-intersection.*120.05", id="D15 self-crossing, told where"),
        pytest.param({"type": "MultiPolygon", "coordinates": [[RING], [RING]]}, "invalid", id="D15 parts overlap"),
        pytest.param({"type": "MultiPolygon", "coordinates": [[RING]] * 1001}, "1000 parts", id="B-86 1,001 parts"),
        pytest.param({"type": "MultiPolygon", "coordinates": [[]]}, "no coordinates", id="B-84 empty part"),
        pytest.param({**polygon(RING), "crs": {}}, "crs", id="B-86 CRS member"),
        pytest.param(polygon(circle(20_001)), "20000 vertices", id="B-83 20,001 vertices"),
    ],
)
def test_unusable_areas(geometry: Any, cause: str) -> None:
    good = feature(polygon(RING))
    with pytest.raises(NetworkError, match=cause) as caught:
        folder.parse_areas(collection(good, feature(geometry)))
    assert (caught.value.file, caught.value.line) == ("areas.geojson", 2)


def test_20000_vertices_are_taken() -> None:
    """B-83, the other side of the edge."""
    [area] = folder.parse_areas(collection(feature(polygon(circle(20_000)))))
    assert isinstance(area.geometry, Polygon) and len(area.geometry.exterior.coords) == 20_000


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        pytest.param("{", None, "line 1", id="cut off"),
        pytest.param("[]", None, "not a FeatureCollection", id="a list"),
        pytest.param('{"type": "FeatureCollection", "features": {}}', None, "no list", id="features"),
        pytest.param('{"type": "FeatureCollection", "features": [], "crs": {}}', None, "crs", id="B-86 CRS member"),
        pytest.param("[" * 100_000, None, "too deep", id="nested"),
        pytest.param(collection(feature(polygon([[float("nan"), 30], *RING[1:]]))), None, "NaN", id="B-84 NaN"),
        pytest.param(collection(feature(polygon(RING))).replace("120.1", "1e999"), 1, "outside_country", id="1e999"),
        pytest.param(collection(feature(polygon(RING))).replace("120.1", "9" * 5000), None, "not JSON", id="digits"),
        pytest.param(collection(polygon(RING)), 1, "not a Feature", id="B-86 geometry as feature"),
        pytest.param(collection({"type": "Feature", "geometry": polygon(RING)}), 1, "properties", id="properties"),
        pytest.param(collection(feature(polygon(RING), None)), 1, "station is missing", id="no station"),
        pytest.param(collection(feature(polygon(RING), datum="EPSG:4490")), 1, "unknown datum", id="datum"),
        pytest.param(collection(feature(polygon(RING), datum=["GCJ-02"])), 1, "unknown datum", id="datum list"),
        pytest.param(b"\xff{}", 1, "UTF-8", id="bytes"),
    ],
)
def test_unusable_area_files(text: str | bytes, line: int | None, cause: str) -> None:
    with pytest.raises(NetworkError, match=cause) as caught:
        folder.parse_areas(text)
    assert (caught.value.file, caught.value.line) == ("areas.geojson", line)


def test_area_of_an_unknown_station() -> None:
    areas = folder.parse_areas(collection(feature(polygon(RING)), feature(polygon(RING), "HZ09")))
    with pytest.raises(NetworkError, match=r"unknown station.*HZ09") as caught:
        folder.build(folder.parse_stations(STATIONS + HZ01), areas, [])
    assert (caught.value.file, caught.value.line) == ("areas.geojson", 2)


def test_areas_become_gcj_02() -> None:
    """Fine print 11; the original is kept beside."""
    parts = {"type": "MultiPolygon", "coordinates": [[RING], [[[x + 1, y] for x, y in RING]]]}
    triangle = [[120.019, 30.278], [119.9, 30.0], [120.1, 30.0], [120.019, 30.278]]
    plain, moved = folder.parse_areas(
        collection(
            feature(parts),
            feature(polygon(triangle), datum="WGS-84"),
        )
    )
    assert isinstance(plain.geometry, MultiPolygon) and (plain.datum, plain.original) == ("GCJ-02", None)
    assert isinstance(moved.geometry, Polygon)
    assert moved.geometry.exterior.coords[0] == pytest.approx((120.023732, 30.275601), abs=1e-6)
    assert moved.original is not None and json.loads(moved.original)["coordinates"][0][0] == [120.019, 30.278]
