"""District polygons: how far a point is from its district, and real places in their districts (ROUTE-2, issue 4)."""

import numpy as np
import polars as pl
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from geo.datum import EARTH_RADIUS, ECCENTRICITY_2, Floats, to_gcj02
from geo.districts import DistrictShapes
from tests.paths import shared

NOTCHED = Polygon([(0, 0), (1, 0), (1, 1), (0.5, 0.2), (0, 1)], [[(0.1, 0.05), (0.2, 0.05), (0.15, 0.1)]])


def shapes(**polygons: Polygon | MultiPolygon) -> DistrictShapes:
    return DistrictShapes({code: code for code in polygons}, polygons)


def geodesic(lng: float, lat: float, lngs: Floats, lats: Floats) -> Floats:
    """Metres from a point to each of many, by Vincenty's formulas on the ellipsoid."""
    f = 1 - np.sqrt(1 - ECCENTRICITY_2)
    axis = EARTH_RADIUS * (1 - f)
    u1, u2 = np.arctan((1 - f) * np.tan(np.radians(lat))), np.arctan((1 - f) * np.tan(np.radians(lats)))
    turn = lam = np.radians(lngs - lng)
    for _ in range(5):
        across = np.cos(u2) * np.sin(lam)
        along = np.cos(u1) * np.sin(u2) - np.sin(u1) * np.cos(u2) * np.cos(lam)
        sin_s = np.hypot(across, along)
        cos_s = np.sin(u1) * np.sin(u2) + np.cos(u1) * np.cos(u2) * np.cos(lam)
        sigma = np.arctan2(sin_s, cos_s)
        sin_a = np.cos(u1) * np.cos(u2) * np.sin(lam) / np.where(sin_s > 0, sin_s, 1)
        cos2_a = 1 - sin_a**2
        mid = cos_s - 2 * np.sin(u1) * np.sin(u2) / np.where(cos2_a > 0, cos2_a, 1)
        c = f / 16 * cos2_a * (4 + f * (4 - 3 * cos2_a))
        bend = mid + c * cos_s * (2 * mid**2 - 1)
        lam = turn + (1 - c) * f * sin_a * (sigma + c * sin_s * bend)
    u = cos2_a * (EARTH_RADIUS**2 - axis**2) / axis**2
    a = 1 + u / 16384 * (4096 + u * (-768 + u * (320 - 175 * u)))
    b = u / 1024 * (256 + u * (-128 + u * (74 - 47 * u)))
    bend = mid + b / 4 * (cos_s * (2 * mid**2 - 1) - b / 6 * mid * (4 * sin_s**2 - 3) * (4 * mid**2 - 3))
    return np.asarray(axis * a * (sigma - b * sin_s * bend))


@pytest.mark.parametrize("lat", [4, 18, 30, 45, 53])
def test_metres_against_the_geodesic(lat: int) -> None:
    """Within 0.5 % of brute force for points up to 40 km away: the limit is some 10 km (ROUTE-2)."""
    district = shapely.transform(NOTCHED, lambda xy: xy * 0.5 + (100.0, lat))
    edge = shapely.get_coordinates(shapely.segmentize(shapely.boundary(district), 5e-4))
    random = np.random.default_rng(lat)
    asked = 0
    for lng, north in zip(random.uniform(99.7, 100.8, 80), random.uniform(lat - 0.3, lat + 0.8, 80), strict=True):
        metres = shapes(D=district).metres("D", lng, north)
        if metres and metres > 1000:
            asked += 1
            assert metres == pytest.approx(float(geodesic(lng, north, edge[:, 0], edge[:, 1]).min()), rel=1e-3)
    assert asked > 30


def test_metres_far_away() -> None:
    """A slip of a province or two is still told well enough."""
    metres = shapes(D=box(120, 30, 121, 31)).metres("D", 118.0, 39.0)
    edge = np.linspace(120, 121, 1001)
    assert metres == pytest.approx(float(geodesic(118.0, 39.0, edge, np.full(1001, 31.0)).min()), rel=0.005)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((0.3, 0.2), 0.0), ((0.0, 0.5), 0.0), ((1.0, 1.0), 0.0), ((0.15, 0.06), 1105.7), ((0.5, 0.2), 0.0),
        ((5.5, 5.5), 0.0), ((5.0, 6.0), 0.0), ((2.0, 0.0), 111_322.0),
    ],
)  # fmt: skip
def test_inside_is_nothing(point: tuple[float, float], expected: float) -> None:
    """On a border is inside; in a hole is not; an exclave counts."""
    both = shapes(D=MultiPolygon([NOTCHED, box(5, 5, 6, 6)]))
    assert both.metres("D", *point) == pytest.approx(expected, rel=0.01)


def test_unknown_district() -> None:
    assert shapes(D=NOTCHED).metres("E", 0.5, 0.5) is None


def test_holding() -> None:
    """Two on a border, none in a gap or a hole, in the order of the codes."""
    three = shapes(
        B=box(0, 0, 1, 1), A=box(1, 0, 2, 1), C=Polygon(box(5, 0, 8, 3).exterior, [box(6, 1, 7, 2).exterior])
    )
    points = [(0.5, 0.5), (1.0, 0.5), (3.0, 0.5), (6.5, 1.5), (6.0, 1.5)]
    assert three.holding(points) == [["B"], ["A", "B"], [], [], ["C"]]
    assert three.holding([]) == [] and shapes().holding(points) == [[]] * 5


# ---- 20,000 real places of Shanghai in real districts


@pytest.fixture(scope="module")
def country() -> DistrictShapes:
    table = pl.read_parquet(shared("data", "areas", "districts_gcj02.parquet"))
    polygons = shapely.from_wkb(np.array(table["wkb"].to_list(), dtype=object))
    codes = table["adcode"].to_list()
    return DistrictShapes(dict(zip(codes, table["name"], strict=True)), dict(zip(codes, polygons, strict=True)))


def in_its_district(country: DistrictShapes, datum: str) -> float:
    places = pl.read_csv(shared("data", "addresses", "shanghai_poi_wgs84.csv.gz"))
    named = {name: code for code, name in country.names.items() if code.startswith("3101")}
    lng, lat = to_gcj02(places["lon"].to_numpy(), places["lat"].to_numpy(), datum)
    held = country.holding(list(zip(lng.tolist(), lat.tolist(), strict=True)))
    return sum(named[name] in codes for name, codes in zip(places["adname"], held, strict=True)) / len(places)


def test_places_of_shanghai(country: DistrictShapes) -> None:
    """Converted, 99.9 % lie where they say; taken as they are, one in twenty would go astray."""
    assert in_its_district(country, "WGS-84") >= 0.999
    assert 0.045 < 1 - in_its_district(country, "GCJ-02") < 0.048
