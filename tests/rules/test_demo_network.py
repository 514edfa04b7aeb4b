"""The drawn network of the demo is sound, seeded, and routes as ROUTE-1 and ROUTE-2 say."""

import json
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
import shapely

from basics.days import SHANGHAI
from demo.datum import gcj_from_wgs, wgs_from_gcj
from demo.districts import BY_CODE
from demo.drawing import CLOSED, CONTRACTED, GAP, NOT_ACCEPTING, OVERLAP, Area, draw_network
from demo.geography import DATA_CENTRE, Closure, Network, Routed, Station
from demo.network import network_files, read_network, write_network

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
SEEDS = (1, 2, 3, 4, 5)


@pytest.fixture(scope="module", params=SEEDS)
def network(request) -> Network:
    return draw_network(request.param, TODAY)


def test_areas_are_valid_and_of_known_stations(network):
    assert [code for code, _ in network.areas] == sorted(network.stations)
    assert all(area.is_valid and not area.is_empty for _, area in network.areas)


def test_volume(network):
    levels = Counter(station.level for station in network.stations.values())
    assert levels == {1: 44, 2: 12} and sum(CONTRACTED.values()) == 12
    assert len({station.province for station in network.stations.values()}) == 5
    assert {s.duty for s in network.stations.values() if s.province == "新疆维吾尔自治区"} == {"xinjiang"}


def test_level_2_areas_lie_inside_their_parents_and_apart(network):
    areas = dict(network.areas)
    inner = [station for station in network.stations.values() if station.level == 2]
    for station in inner:
        assert network.stations[station.parent].level == 1
        assert areas[station.parent].contains(areas[station.code])
    for one in inner:
        assert not any(areas[one.code].intersects(areas[two.code]) for two in inner if two is not one)


def test_one_overlap_one_gap(network):
    areas = {code: area for code, area in network.areas if network.stations[code].level == 1}
    common = [
        {one, two} for one in areas for two in areas if one < two and areas[one].intersection(areas[two]).area > 1e-6
    ]
    assert common == [set(OVERLAP)]
    hole = shapely.union_all([areas[code] for code in GAP]).convex_hull.difference(
        shapely.union_all(list(areas.values()))
    )
    assert hole.area > 1e-4


def test_one_station_does_not_accept_and_one_district_has_two(network):
    assert [s.code for s in network.stations.values() if not s.accepts] == [NOT_ACCEPTING]
    assert [adcode for adcode, served in network.districts.items() if len(served) > 1] == ["310115"]
    assert set(network.districts) == set(BY_CODE)


def test_one_closure_within_the_last_ten_days(network):
    (closure,) = network.closures
    assert closure.station == CLOSED
    assert NOON - timedelta(days=10) < closure.since < closure.until < NOON


def test_same_seed_same_bytes_and_another_seed_other_shapes(tmp_path):
    write_network(tmp_path / "a", 1, TODAY)
    write_network(tmp_path / "b", 1, TODAY)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["README.md", "areas.geojson", "closures.csv", "districts.csv", "stations.csv"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    other = network_files(draw_network(2, TODAY))["areas.geojson"]
    assert other != (tmp_path / "a" / "areas.geojson").read_text()


def test_reading_gives_what_was_written(tmp_path):
    written = write_network(tmp_path, 1, TODAY)
    read = read_network(tmp_path)
    assert (read.stations, read.districts, read.closures) == (
        written.stations,
        written.districts,
        written.closures,
    )
    assert [code for code, _ in read.areas] == [code for code, _ in written.areas]
    for (_, one), (_, two) in zip(read.areas, written.areas, strict=True):
        assert one.equals_exact(two, 0)


def test_the_written_network_says_that_it_is_drawn(tmp_path):
    write_network(tmp_path, 1, TODAY)
    assert "DRAWN" in (tmp_path / "README.md").read_text()
    assert "drawn" in json.loads((tmp_path / "areas.geojson").read_text())


def _plain() -> Network:
    """P (0..4) with its contracted area C (1..2); Q (3..5) overlaps P and is smaller; R does not accept."""
    stations = {
        code: Station(code, code, 2 if parent else 1, parent, "省", "standard", accepts)
        for code, parent, accepts in (("P", "", True), ("C", "P", True), ("Q", "", True), ("R", "", False))
    }
    spans = {"P": (100, 30, 104, 34), "C": (101, 31, 102, 32), "Q": (103, 30, 105, 34)}
    spans["R"] = (106, 30, 108, 34)
    areas: list[tuple[str, Area]] = [(code, shapely.box(*span)) for code, span in spans.items()]
    closures = [Closure("Q", NOON, NOON + timedelta(hours=1))]
    return Network(stations, areas, {"1": ["P"], "2": ["P", "Q"], "3": ["R"], "4": ["Q", "R"]}, closures)


BEFORE, AFTER = NOON - timedelta(seconds=1), NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("point", "adcode", "at", "expected"),
    [
        pytest.param((100.5, 31.5), None, NOON, Routed("P", "area"), id="ROUTE-1 area"),
        pytest.param((101.5, 31.5), None, NOON, Routed("C", "area"), id="ROUTE-1 level 2 over its parent"),
        pytest.param((103.5, 31.5), None, BEFORE, Routed("Q", "area"), id="ROUTE-1 the smaller"),
        pytest.param((103.0, 31.5), None, BEFORE, Routed("Q", "area"), id="ROUTE-1 a border lies in both"),
        pytest.param((103.5, 31.5), None, NOON, Routed(DATA_CENTRE, "closed"), id="ROUTE-2 closed winner"),
        pytest.param((103.5, 31.5), None, AFTER, Routed("Q", "area"), id="ROUTE-6 reopened"),
        pytest.param((107.0, 31.5), None, NOON, Routed(DATA_CENTRE, "no_area"), id="ROUTE-1 does not accept"),
        pytest.param((110.0, 31.5), "1", NOON, Routed(DATA_CENTRE, "no_area"), id="ROUTE-2 no area"),
        pytest.param((0.0, 0.0), "1", NOON, Routed("P", "district"), id="ROUTE-1 unusable point"),
        pytest.param(None, "1", NOON, Routed("P", "district"), id="ROUTE-1 district"),
        pytest.param(None, "2", NOON, Routed(DATA_CENTRE, "several_stations"), id="ROUTE-2 several stations"),
        pytest.param(None, "3", NOON, Routed(DATA_CENTRE, "no_district"), id="ROUTE-2 nobody accepts there"),
        pytest.param(None, "4", BEFORE, Routed("Q", "district"), id="ROUTE-1 the one that accepts"),
        pytest.param(None, None, NOON, Routed(DATA_CENTRE, "no_district"), id="ROUTE-2 no district"),
    ],
)
def test_lookup(point, adcode, at, expected):
    assert _plain().route(point, adcode, at) == expected


def test_datum_there_and_back():
    # A published check value of the formula, and the inverse.
    assert gcj_from_wgs(120.0190, 30.2780) == pytest.approx((120.023732, 30.275601), abs=1e-6)
    assert wgs_from_gcj(*gcj_from_wgs(87.6, 43.8)) == pytest.approx((87.6, 43.8), abs=1e-9)
