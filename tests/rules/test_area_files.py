"""Files of service areas: three formats, one set of rules, and the place of what is wrong (B-84, B-85, D15)."""

import gzip
import io
import zipfile

import numpy as np
import pytest
from shapely import MultiPolygon, Polygon, box, from_wkt

from geo.area_files import read_areas
from geo.areas import Area
from geo.errors import NetworkError
from tests.rules.area_making import (
    GEOGRAPHIC,
    HOLE,
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


ISLANDS = {
    "its first vertex": [[120.02, 30.02], [120.025, 30.03], [120.03, 30.025], [120.02, 30.02]],
    "every vertex": [
        [120.02, 30.02], [120.026, 30.03], [120.02, 30.04], [120.03, 30.034], [120.04, 30.04], [120.034, 30.03],
        [120.04, 30.02], [120.03, 30.026], [120.02, 30.02],
    ],
}  # fmt: skip


@pytest.mark.parametrize("where", ISLANDS)
def test_an_island_touches_the_hole_around_it(where: str) -> None:
    """The hole is the ring's around it, not the island's."""
    island = ISLANDS[where]
    [area] = read_areas("a.zip", zipped([RING[::-1], HOLE[::-1], island]))
    assert area.geometry.normalize() == MultiPolygon([Polygon(RING, [HOLE]), Polygon(island)]).normalize()


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_not_even_begun(kind: int) -> None:
    """They are unpacked whole before they are cut, so not even a harmless one is read."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(zipped([RING[::-1]]))) as opened, zipfile.ZipFile(packed, "w", kind) as made:
        for name in opened.namelist():
            made.writestr(name, opened.read(name))
    with pytest.raises(NetworkError, match="deflate") as caught:
        read_areas("a.zip", packed.getvalue())
    assert caught.value.code == "unusable_file"


def test_every_member_of_a_gz_is_read() -> None:
    lines = [f"HZ0{number},{SQUARE_WKT}\n".encode() for number in range(3)]
    data = b"".join(gzip.compress(part) for part in (b"station,wkt\n" + lines[0], b"", lines[1] + lines[2], b""))
    assert [area.station for area in read_areas("a.csv.gz", data)] == ["HZ00", "HZ01", "HZ02"]


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


def test_the_place_of_what_is_wrong() -> None:
    bow = [[120.0, 30.0], [120.1, 30.1], [120.1, 30.0], [120.0, 30.1], [120.0, 30.0]]
    with pytest.raises(NetworkError) as caught:
        read_areas("a.geojson", geojson(feature(RING), feature(bow)))
    assert caught.value.line == 2 and caught.value.place == pytest.approx((120.05, 30.05))
    with pytest.raises(NetworkError) as caught:
        read_areas("a.geojson", geojson(feature(SWAPPED)))
    assert caught.value.place == (120.0, 30.0), "where it would be, were they the other way"


@pytest.mark.filterwarnings("ignore:Declared file size")
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
