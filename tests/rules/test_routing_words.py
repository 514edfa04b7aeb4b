"""Routing by places in words and by versions of areas: ROUTE-1, ROUTE-2, decisions 9 and 10, readings 38, 39 and 42."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shapely import box

from basics.words import DATA_CENTRE
from dispatch.batch import Batch, World
from dispatch.routing import Place, Route, choose
from geo.areas import Area
from geo.named_places import NamedPlace
from geo.network import Network
from geo.stations import Closure, Station
from rulebook.book import packaged

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def station(code: str, accepts: bool = True) -> Station:
    return Station(code, code, 1, None, "浙江省", "standard", accepts)


def square(code: str, west: float, south: float, east: float, north: float) -> Area:
    return Area(code, box(west, south, east, north))


WORDS = Network(
    [station("A"), station("B"), station("C", accepts=False), station("D"), station("E")],
    [square("A", 100, 30, 101, 31), square("B", 101, 30, 102, 31)],
    [("330106", "A"), ("330108", "B"), ("330109", "A"), ("330110", "D"), ("330110", "E"), ("330111", "C")],
    [Closure("D", NOON, NOON + HOUR)],
    [
        NamedPlace("330106", "翡翠城", "B", NOON - HOUR, NOON + HOUR),
        NamedPlace("330106", "文三路", "D", NOON - HOUR),
        NamedPlace("330106", "古荡", "C", NOON - HOUR),
    ],
)


def words(adcode: str | None, *fragments: str, point: bool = False, candidates: tuple[str, ...] = ()) -> Place:
    return Place(100.5 if point else None, 30.5 if point else None, adcode, candidates=candidates, fragments=fragments)


@pytest.mark.parametrize(
    ("place", "at", "expected"),
    [
        pytest.param(words("330106", "翡翠城", point=True), NOON, ("B", "named_place"), id="before any polygon"),
        pytest.param(words("330106", "翡翠城"), NOON, ("B", "named_place"), id="without a point"),
        pytest.param(words("330106", "翡翠城", "文三路"), NOON + HOUR, ("D", "named_place"), id="an end is exclusive"),
        pytest.param(words("330106", "文三路"), NOON, (DATA_CENTRE, "closed"), id="its station is closed"),
        pytest.param(words("330106", "翡翠城"), NOON - HOUR, ("B", "named_place"), id="from the first instant"),
        pytest.param(
            words("330106", "翡翠城"), NOON - HOUR - timedelta(microseconds=1), ("A", "district"), id="not before it"
        ),
        pytest.param(words("330106", "古荡"), NOON, ("A", "district"), id="its station does not accept"),
        pytest.param(words("330106", "古荡", "翡翠城"), NOON, ("B", "named_place"), id="passed over, then the next"),
        pytest.param(words("330108", "翡翠城"), NOON, ("B", "district"), id="another district's estate of that name"),
        pytest.param(words(None, "翡翠城", point=True), NOON, ("A", "area"), id="no district known"),
    ],
)
def test_route_1_a_named_place_is_the_smallest_area(place: Place, at: datetime, expected: tuple[str, str]) -> None:
    """ROUTE-1, decision 9."""
    [route] = choose([place], WORDS, [at])
    assert (route.station, route.cause) == expected
    assert bool(route.fragment) == (route.cause in ("named_place", "closed"))


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        pytest.param(("330106", "330109"), ("A", "district", ("A",)), id="one station serves either"),
        pytest.param(("330106", "330108"), (DATA_CENTRE, "ambiguous_address", ("A", "B")), id="two stations"),
        pytest.param(("330106", "330199"), (DATA_CENTRE, "ambiguous_address", ("A",)), id="nobody serves the other"),
        pytest.param(
            ("330106", "330111"), (DATA_CENTRE, "ambiguous_address", ("A",)), id="the other's does not accept"
        ),
        pytest.param(("330106", "330110"), (DATA_CENTRE, "ambiguous_address", ("A", "D", "E")), id="three stations"),
        pytest.param(("330198", "330199"), (DATA_CENTRE, "ambiguous_address", ()), id="nobody serves any"),
    ],
)
def test_route_2_districts_that_words_may_mean(candidates: tuple[str, ...], expected: tuple[str, str, Any]) -> None:
    """ROUTE-2: certain only when whichever is meant gives the same station (reading 39)."""
    [route] = choose([words(None, candidates=candidates)], WORDS, [NOON])
    assert (route.station, route.cause, route.candidates) == expected


def test_route_2_far_from_its_district() -> None:
    """ROUTE-2: point and district contradict one another; not even a named place is certain then."""
    place = replace(words("330108", "翡翠城", point=True), far=52_000)
    [route] = choose([place], WORDS, [NOON])
    assert route == Route(DATA_CENTRE, "far_from_district", ("B", "A"))


def test_route_1_areas_of_the_instant() -> None:
    """ROUTE-1, reading 42: the area valid at the start of the assignment; its end is exclusive."""
    network = Network(
        [station("A"), station("B")],
        [
            Area("A", box(100, 30, 101, 31), valid_until=NOON),
            Area("B", box(100, 30, 101, 31), valid_from=NOON),
        ],
        [],
        [],
    )
    ats = [NOON - timedelta(microseconds=1), NOON]
    assert [route.station for route in choose([Place(100.5, 30.5, None)] * 2, network, ats)] == ["A", "B"]
    assert network.covers_many(["A", "A"], [(100.5, 30.5)] * 2, ats) == [True, False]


def test_transfer_1_every_named_place_of_an_address_is_inside() -> None:
    """TRANSFER-1, decision 9: as with overlapping polygons, each of their stations covers it."""
    batch = Batch(World(WORDS, packaged()))
    place = words("330106", "翡翠城", "文三路", point=True)  # in A's polygon; 翡翠城 is B's, 文三路 D's
    assert [batch.outside(code, place, NOON) for code in ("A", "B", "D", "E")] == [False, False, False, True]
    assert batch.outside("B", place, NOON + HOUR), "the place has ended"
