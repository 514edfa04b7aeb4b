"""ROUTE-1 for batches: the same station as routing finds order by order."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from basics.words import DATA_CENTRE
from dispatch.routing import Place, choose
from geo.areas import Area
from geo.network import Network
from geo.stations import Station
from geo.winners import NOBODY, winners

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)


def network_of(stations: dict[str, tuple[str | None, bool]], areas: list[Area]) -> Network:
    rows = [
        Station(code, code, 2 if parent else 1, parent, "浙江省", "standard", accepts)
        for code, (parent, accepts) in stations.items()
    ]
    return Network(rows, areas, [], [])


def winning(network: Network, points: Any) -> list[str | None]:
    accepts = {code for code, station in network.stations.items() if station.accepts}
    parents = {code: station.parent for code, station in network.stations.items()}
    index = network.areas
    numbers = winners(index, points, NOON, accepts, parents).tolist()
    for number, (lng, lat) in zip(numbers, points.tolist(), strict=True):
        if number != NOBODY:
            station, size = index.stations[number], index.sizes[number]
            assert size == min(one.size for one in index.found(lng, lat, NOON) if one.station == station)
    return [None if number == NOBODY else index.stations[number] for number in numbers]


BOXES = st.tuples(
    st.sampled_from(["P", "PA", "PB", "Q", "QA", "R"]), st.integers(0, 5), st.integers(0, 5), st.integers(1, 4),
    st.sampled_from([0.0, 1e-11, 1e-6]),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(BOXES, max_size=10), st.lists(st.booleans(), min_size=6, max_size=6))
def test_as_order_by_order(boxes: list[Any], accept: list[bool]) -> None:
    """ROUTE-1 with shared borders, equal and nearly equal sizes, stations that do not accept, level 2 over parent."""
    parents = {"P": None, "PA": "P", "PB": "P", "Q": None, "QA": "Q", "R": None}
    stations = {code: (parent, yes) for (code, parent), yes in zip(parents.items(), accept, strict=True)}
    areas = [
        Area(code, box(100 + west, 30 + south, 100 + west + side, 30 + south + side + more))
        for code, west, south, side, more in boxes
    ]
    network = network_of(stations, areas)
    steps = np.arange(-1, 20) / 2
    points = np.stack(np.meshgrid(100 + steps, 30 + steps), axis=-1).reshape(-1, 2)
    routes = choose([Place(lng, lat, None) for lng, lat in points.tolist()], network, [NOON] * len(points))
    assert winning(network, points) == [None if one.station == DATA_CENTRE else one.station for one in routes]


@pytest.mark.parametrize(
    ("lng", "lat", "winner"),
    [
        pytest.param(101.5, 31.5, "PA", id="level 2 over its parent, though larger than the parent's own polygon"),
        pytest.param(103.5, 31.5, "P", id="a contracted area that does not accept is passed over"),
        pytest.param(109.0, 35.0, "Q", id="smaller over larger"),
        pytest.param(115.5, 30.5, "T1", id="equal sizes: the lower code, though its polygon comes later"),
        pytest.param(120.5, 30.5, None, id="nobody who accepts"),
        pytest.param(110.0, 35.0, "Q", id="on a border of one, inside the other"),
        pytest.param(99.0, 35.0, None, id="in a gap"),
    ],
)
def test_cases(lng: float, lat: float, winner: str | None) -> None:
    """ROUTE-1, case by case."""
    stations: dict[str, tuple[str | None, bool]] = {
        "P": (None, True), "PA": ("P", True), "PB": ("P", False), "Q": (None, True), "S": (None, False),
        "T1": (None, True), "T2": (None, True),
    }  # fmt: skip
    areas = [
        Area("P", box(100, 30, 110, 40)), Area("P", box(101.4, 31.4, 101.6, 31.6)),
        Area("PA", box(101, 31, 102, 32)), Area("PB", box(103, 31, 104, 32)), Area("Q", box(108, 30, 112, 40)),
        Area("S", box(120, 30, 121, 31)), Area("T2", box(115, 30, 116, 31)),
        Area("T1", Polygon([(115, 30), (116, 30), (116, 31), (115, 31 + 1e-12)])),
    ]  # fmt: skip
    assert winning(network_of(stations, areas), np.array([[lng, lat]])) == [winner]


def test_nothing_to_win() -> None:
    assert winning(network_of({}, []), np.array([[100.0, 30.0]])) == [None]
    assert winning(network_of({}, []), np.empty((0, 2))) == []
