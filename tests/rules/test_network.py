"""The network as a value (ROUTE-6), and real networks under real pickups (ROUTE-1)."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.registry import prefix_fits
from dispatch.routing import choose, place_of
from geo import folder
from geo.network import Network
from geo.stations import Closure, Station
from rulebook.book import packaged

COUNTRY = packaged().editions[0].country

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_closures_are_merged() -> None:
    """ROUTE-6: no minute is counted twice."""
    rows = [(3, 4), (0, 2), (1, 1.5), (2, 2.5)]
    closures = [Closure("A", NOON + HOUR * start, NOON + HOUR * end) for start, end in rows]
    network = Network([Station("A", "A", 1, None, "浙江省", "standard", True)], [], [], closures)
    spans = [((one.start - NOON) / HOUR, (one.end - NOON) / HOUR) for one in network.closures_of("A")]
    assert spans == [(0, 2.5), (3, 4)]
    hours = [-0.1, 0, 2.4, 2.5, 2.9, 3, 4]
    assert [network.closed("A", NOON + HOUR * hour) for hour in hours] == [0, 1, 1, 0, 0, 1, 0]
    assert network.closures_of("B") == () and not network.closed("B", NOON)


@pytest.mark.parametrize(("city", "orders", "level_2"), [("chongqing", 1470, 411), ("shanghai", 1285, 668)])
def test_real_pickups(shared: Path, city: str, orders: int, level_2: int) -> None:
    """ROUTE-1 on real pickups: none at the data centre, and as many at level-2 stations as is known."""
    place = shared / "data" / "replay" / city
    if not place.exists():
        pytest.skip(f"needs ../shared/data/replay/{city}, which is not here")
    network = folder.build(
        folder.parse_stations((place / "stations.csv").read_bytes()),
        folder.parse_areas(gzip.decompress((place / "areas.geojson.gz").read_bytes())),
        folder.parse_districts((place / "districts.csv").read_bytes()),
    )
    lines = gzip.decompress((place / "events.jsonl.gz").read_bytes()).splitlines()
    pushed = {event["logistics_no"]: event for event in map(json.loads, lines) if event["do"] == "order"}
    places = [
        place_of(one["lng"], one["lat"], one.get("datum", "GCJ-02"), one.get("adcode"), COUNTRY)
        for one in pushed.values()
    ]
    routes = choose(places, network, [NOON] * len(places))
    assert len(routes) == orders
    assert {route.cause for route in routes} == {"area"}
    assert sum(network.stations[route.station].level == 2 for route in routes) == level_2
    assert all(prefix_fits(one["channel"], one["logistics_no"]) for one in pushed.values())
    points = [(one.lng, one.lat) for one in places if one.lng is not None and one.lat is not None]
    assert all(network.covers_many([route.station for route in routes], points, [NOON] * len(points)))
