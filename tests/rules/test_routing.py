"""Where orders go: ROUTE-1, ROUTE-2, ROUTE-6, CHAN-1, and TRANSFER-1's inside."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from basics.words import DATA_CENTRE
from channels.registry import prefix_fits
from dispatch.routing import Place, Route, choose, place_of, usable
from geo.areas import Area
from geo.network import Network
from geo.stations import Closure, Station
from rulebook.book import packaged

COUNTRY = packaged().editions[0].country

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def station(code: str, parent: str | None = None, accepts: bool = True) -> Station:
    return Station(code, code, 2 if parent else 1, parent, "浙江省", "standard", accepts)


def square(code: str, west: float, south: float, east: float, north: float) -> Area:
    return Area(code, box(west, south, east, north))


# P holds its contracted areas PA and PB; PB does not accept. Q overlaps P, T1 and T2 are equally small,
# PC is larger than its parent's second, small polygon. S accepts nothing.
NETWORK = Network(
    [
        station("P"),
        station("PA", "P"),
        station("PB", "P", accepts=False),
        station("PC", "P"),
        station("Q"),
        station("S", accepts=False),
        station("T1"),
        station("T2"),
        station("Z"),
    ],
    [
        square("P", 100, 30, 110, 40),
        square("PA", 101, 31, 102, 32),
        square("PB", 103, 31, 104, 32),
        square("Q", 108, 30, 112, 40),
        square("S", 120, 30, 121, 31),
        square("T2", 115, 30, 116, 31),
        Area("T1", box(115, 30, 116, 31 + 1e-10)),
        Area("P", box(80, 30, 81, 31)),
        square("PC", 79, 29, 83, 33),
        Area("Z", MultiPolygon([box(90, 30, 90.1, 30.1), box(92, 30, 95, 33)])),
        square("Q", 89, 29, 91, 31),
    ],
    [
        ("330101", "P"),
        ("330102", "P"),
        ("330102", "Q"),
        ("330103", "S"),
        ("330104", "Q"),
        ("330104", "S"),
        ("330105", "P"),
        ("330105", "PA"),
        ("330106", "Z"),
        ("330107", "Z"),
        ("330107", "Q"),
    ],
    [Closure("Z", NOON, NOON + HOUR), Closure("P", NOON - 2 * HOUR, NOON - HOUR)],
)


def at(lng: float, lat: float, adcode: str | None = None) -> Place:
    return Place(lng, lat, adcode)


def district(adcode: str | None) -> Place:
    return Place(None, None, adcode)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param(at(105, 35), Route("P", "area", ("P",)), id="ROUTE-1 in one area"),
        pytest.param(at(101.5, 31.5), Route("PA", "area", ("PA", "P")), id="ROUTE-1 level 2 before parent"),
        pytest.param(at(103.5, 31.5), Route("P", "area", ("P",)), id="ROUTE-1 no accepts, parent's area"),
        pytest.param(at(109, 35), Route("Q", "area", ("Q", "P")), id="ROUTE-1 the smaller of two"),
        pytest.param(at(115.5, 30.5), Route("T1", "area", ("T1", "T2")), id="ROUTE-1 equal: lower code"),
        pytest.param(at(80.5, 30.5), Route("PC", "area", ("PC", "P")), id="ROUTE-1 level 2 wins though larger"),
        pytest.param(at(90.05, 30.05), Route(DATA_CENTRE, "closed", ("Z", "Q")), id="ROUTE-1 one polygon's size"),
        pytest.param(at(110, 40), Route("Q", "area", ("Q", "P")), id="ROUTE-1 a corner lies in both"),
        pytest.param(at(100, 35), Route("P", "area", ("P",)), id="ROUTE-1 the border belongs"),
        pytest.param(at(120.5, 30.5), Route(DATA_CENTRE, "no_area", ()), id="ROUTE-2 only one that accepts nothing"),
        pytest.param(at(130, 50), Route(DATA_CENTRE, "no_area", ()), id="ROUTE-2 in no area"),
        pytest.param(
            at(130, 50, "330101"),
            Route(DATA_CENTRE, "no_area", ("P",)),
            id="ROUTE-2 in no area: the district is a candidate, no answer",
        ),
        pytest.param(at(105, 35, "330104"), Route("P", "area", ("P",)), id="ROUTE-1 the point before the district"),
        pytest.param(at(93, 31), Route(DATA_CENTRE, "closed", ("Z",)), id="ROUTE-2 winner closed"),
        pytest.param(district("330101"), Route("P", "district", ("P",)), id="ROUTE-1 one station in the district"),
        pytest.param(
            district("330102"),
            Route(DATA_CENTRE, "several_stations", ("P", "Q")),
            id="ROUTE-2 several stations",
        ),
        pytest.param(district("330103"), Route(DATA_CENTRE, "no_district", ()), id="ROUTE-2 none that accepts"),
        pytest.param(district("330104"), Route("Q", "district", ("Q",)), id="ROUTE-1 accepts 0 is no candidate"),
        pytest.param(
            district("330105"),
            Route(DATA_CENTRE, "several_stations", ("P", "PA")),
            id="ROUTE-2 a parent and its level-2 are two",
        ),
        pytest.param(district("330106"), Route(DATA_CENTRE, "closed", ("Z",)), id="ROUTE-2 the only one closed"),
        pytest.param(
            district("330107"),
            Route(DATA_CENTRE, "several_stations", ("Q", "Z")),
            id="ROUTE-2 a closed one is a candidate",
        ),
        pytest.param(district("999999"), Route(DATA_CENTRE, "no_district", ()), id="ROUTE-2 unknown district"),
        pytest.param(district(None), Route(DATA_CENTRE, "no_district", ()), id="ROUTE-2 no place at all"),
    ],
)
def test_choose(place: Place, expected: Route) -> None:
    assert choose([place], NETWORK, [NOON]) == [expected]


@pytest.mark.parametrize(
    ("offset", "cause"),
    [(-1, "area"), (0, "closed"), (3599, "closed"), (3600, "area")],
)
def test_route_6_from_until(offset: int, cause: str) -> None:
    """ROUTE-6: closed from `from` on, open again at `until`."""
    [route] = choose([at(93, 31)], NETWORK, [NOON + timedelta(seconds=offset)])
    assert route.cause == cause


def test_route_6_closes_one_station_only() -> None:
    """ROUTE-6: the contracted areas of a closed station go on."""
    while_closed = NOON - 2 * HOUR
    routes = choose([at(101.5, 31.5), at(105, 35)], NETWORK, [while_closed] * 2)
    assert [route.station for route in routes] == ["PA", DATA_CENTRE]


@pytest.mark.parametrize(
    ("lng", "lat", "expected"),
    [
        (73, 3, True),
        (136, 54, True),
        (72.999999, 30, False),
        (136.000001, 30, False),
        (120, 2.999999, False),
        (120, 54.000001, False),
        (30, 120, False),
        (None, 30, False),
        (120, None, False),
        (float("nan"), 30, False),
    ],
)
def test_usable(lng: float | None, lat: float | None, expected: bool) -> None:
    """ROUTE-1: inside 73-136° E, 3-54° N."""
    assert usable(lng, lat, COUNTRY) is expected


def test_place_of() -> None:
    """ROUTE-1: usable is judged as given, then the point becomes GCJ-02."""
    place = place_of(120.0190, 30.2780, "WGS-84", "330106", COUNTRY)
    assert (place.lng, place.lat) == pytest.approx((120.023732, 30.275601), abs=1e-6)
    assert place.adcode == "330106"
    assert place_of(136.000001, 30, "BD-09", "", COUNTRY) == Place(None, None, None, "outside_country")
    assert place_of(136, 30, "BD-09", None, COUNTRY).lng is not None


@pytest.mark.parametrize(
    ("channel", "number", "fits"),
    [
        ("cainiao", "LP00000000000001", True),
        ("kuaidi100", "KD1", True),
        ("crm", "IS1", True),
        ("wechat", "wx1", True),
        ("website", "wx1", True),
        ("touchpal", "CT_H_1", True),
        ("alipay", "ali1", True),
        ("alipay", "wx1", False),
        ("crm", "LP1", False),
        ("touchpal", "CT_X_1", False),
        ("cainiao", "lp1", False),
        ("cainiao", "XX1", False),
        ("cainiao", "", False),
    ],
)
def test_chan_1_prefix(channel: str, number: str, fits: bool) -> None:
    assert prefix_fits(channel, number) is fits


@pytest.mark.parametrize(
    ("code", "lng", "lat", "inside"),
    [
        pytest.param("P", 105, 35, True, id="own polygon"),
        pytest.param("P", 82, 32, True, id="polygon of a contracted area"),
        pytest.param("PA", 105, 35, False, id="the parent's polygon is not its own"),
        pytest.param("S", 120.5, 30.5, True, id="accepting or not"),
        pytest.param("P", 103.5, 31.5, True, id="a contracted area that accepts nothing"),
        pytest.param("Q", 108, 35, True, id="border"),
        pytest.param("T1", 105, 35, False, id="elsewhere"),
        pytest.param("Z", 94, 32, True, id="second part"),
    ],
)
def test_transfer_1_inside(code: str, lng: float, lat: float, inside: bool) -> None:
    assert NETWORK.covers(code, lng, lat, NOON) is inside
    assert NETWORK.covers_many([code, code], [(lng, lat), (lng, lat)], [NOON] * 2) == [inside] * 2


def test_empty_batches() -> None:
    assert choose([], NETWORK, []) == []
    assert NETWORK.covers_many([], [], []) == []
    assert choose([at(105, 35)], Network([], [], [], []), [NOON])[0].cause == "no_area"


# --- against brute force: squares on a small grid, so that borders, corners and equal sizes are frequent ---

CODES = ("A", "A1", "A2", "B", "B1", "C")
PARENTS = {"A1": "A", "A2": "A", "B1": "B"}
Square = tuple[str, int, int, int, int]
squares = st.builds(
    lambda code, x, y, width, height: (code, x, y, x + width, y + height),
    st.sampled_from(CODES), st.integers(0, 5), st.integers(0, 5), st.integers(1, 4), st.integers(1, 4),
)  # fmt: skip


def brute_force(grid: list[Square], accepting: set[str], x: int, y: int) -> str | None:
    """ROUTE-1 read aloud, on whole numbers."""
    held = [
        (code, (east - west) * (north - south))
        for code, west, south, east, north in grid
        if code in accepting and west <= x <= east and south <= y <= north
    ]
    children = {PARENTS.get(code) for code, _ in held}
    rest = [(size, code) for code, size in held if code not in children]
    return min(rest)[1] if rest else None


@given(
    st.lists(squares, max_size=12),
    st.sets(st.sampled_from(CODES)),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20),
)
def test_route_1_brute_force(grid: list[Square], accepting: set[str], points: list[tuple[int, int]]) -> None:
    """ROUTE-1: every choice of a batch is that of the rule, whatever else is in the batch."""
    network = Network(
        [station(code, PARENTS.get(code), code in accepting) for code in CODES],
        [square(code, 100 + west, 30 + south, 100 + east, 30 + north) for code, west, south, east, north in grid],
        [],
        [],
    )
    routes = choose([at(100 + x, 30 + y) for x, y in points], network, [NOON] * len(points))
    expected = [brute_force(grid, accepting, x, y) for x, y in points]
    assert [route.station for route in routes] == [code or DATA_CENTRE for code in expected]
    assert all(route.candidates[:1] == ((route.station,) if route.cause == "area" else ()) for route in routes)


def test_holes_are_outside() -> None:
    """ROUTE-1: a hole belongs to nobody, its border to the polygon."""
    ring = Polygon(box(100, 30, 103, 33).exterior, [box(101, 31, 102, 32).exterior])
    network = Network([station("A")], [Area("A", ring)], [], [])
    hits = network.areas.hits(np.array([[101.5, 31.5], [101.0, 31.5], [100.5, 30.5]]), [NOON] * 3)
    assert hits == [[], [("A", 8.0)], [("A", 8.0)]]
