"""What an order's words say of its place, from the push to the log (ROUTE-1, ROUTE-2, B-70, B-71, B-72; issue 4)."""

import json
from dataclasses import replace
from typing import Any

import pytest
from shapely import box
from sqlalchemy import Engine

from basics.words import DATA_CENTRE
from dispatch.places import PLACE_KEYS, read_place, said
from dispatch.routing import Place
from geo.actions import import_district_shapes
from geo.addresses import packaged as gazetteer
from geo.datum import DATUMS, from_gcj02
from geo.districts import DistrictShapes
from geo.network import Network
from geo.stations import Station
from rulebook.book import packaged
from storage.session import writing
from storage.tables.dispatch import events, orders
from tests.web.door import NOON, Door, order

EDITION = packaged().editions[0]
HZ01 = (120.07, 30.07)


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine)


def pushed(door: Door, lng: object, lat: object, datum: str = "GCJ-02", **sender: Any) -> tuple[Any, dict[str, Any]]:
    """Row and log entry of a pushed order."""
    location = {"lng": str(lng), "lat": str(lat), "datum": datum}
    told = {f"data.sender.location.{key}": value for key, value in location.items()}
    answer = door.push(order(**told, **{f"data.sender.{key}": value for key, value in sender.items()}))
    assert answer.status_code == 200, answer.text
    [row], [event] = door.rows(orders), door.rows(events)
    return row, event.data


@pytest.mark.parametrize("datum", DATUMS)
def test_a_point_is_kept_as_told_and_in_gcj02(door: Door, datum: str) -> None:
    """ROUTE-1: the content keeps point and datum as told; the order's own degrees are GCJ-02."""
    lng, lat = (round(value, 9) for value in from_gcj02(*HZ01, datum))
    row, data = pushed(door, lng, lat, datum)
    assert (row.lng, row.lat) == pytest.approx(HZ01, abs=2e-9)
    assert [row.content[key] for key in PLACE_KEYS[:3]] == [lng, lat, datum]
    assert (row.station, row.routing_cause) == ("HZ01", "area")
    assert data["content"]["datum"] == datum and "ignored" not in data.get("place", {})


def test_the_datum_decides_at_a_border(door: Door) -> None:
    """HZ01 ends at 120.1° E: taken for GCJ-02 these digits would lie in it, half a kilometre away."""
    row, _ = pushed(door, 120.098, 30.07, "WGS-84")
    assert row.lng > 120.1 and (row.station, row.routing_cause) == (DATA_CENTRE, "no_area")


@pytest.mark.parametrize(
    ("lng", "lat", "ignored"),
    [
        ("30.07", "120.07", "swapped"), ("0", "0", "zero"), ("0.0", "-0.0", "zero"), ("181", "30", "outside_country"),
        ("72.999999", "30", "outside_country"), ("136.000001", "30", "outside_country"),
        ("120", "2.99", "outside_country"),
        ("120", "54.01", "outside_country"), ("-120.07", "30.07", "outside_country"), ("2", "1", "outside_country"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_unusable_points(door: Door, lng: str, lat: str, ignored: str) -> None:
    """B-71: the point is ignored with its cause in the log, then the district decides."""
    row, data = pushed(door, lng, lat, province="浙江省", city="杭州市", district="西湖区", address="文三路123号")
    assert data["place"]["ignored"] == ignored
    assert (row.lng, row.lat, row.adcode) == (None, None, "330106")
    assert (row.station, row.routing_cause) == ("HZ01", "district")
    assert (row.content["lng"], row.content["lat"]) == (float(lng), float(lat)), "kept as told"


@pytest.mark.parametrize("value", ["NaN", "nan", "Infinity", "1e400", "1e2", "１２０", "", " ", "0x10", "120,07"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_number(door: Door, value: str) -> None:
    """B-62, B-71: refused at the door, in whatever shape it comes."""
    location = {"data.sender.location.lng": value}
    assert door.push(order(**location)).status_code == 422 and door.rows(orders) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_point_needs_its_datum(door: Door) -> None:
    """B-72"""
    answer = door.push(order(**{"data.sender.location.datum": None}))
    assert answer.status_code == 422 and "datum_required" in answer.text


# ---- far from its district (B-70)


def draw(engine: Engine, adcode: str, shape: Any) -> None:
    with writing(engine) as conn:
        import_district_shapes(conn, [(adcode, adcode, shape.wkb)], NOON)


WEST_LAKE = {"province": "浙江省", "city": "杭州市", "district": "西湖区", "address": "文三路123号"}


def test_far_from_the_district(door: Door, engine: Engine) -> None:
    """B-70, ROUTE-2: to the data centre with the cause and the distance; the point's own area changes nothing."""
    draw(engine, "330106", box(120.6, 30.0, 120.7, 30.1))
    row, data = pushed(door, *HZ01, **WEST_LAKE)
    assert (row.station, row.routing_cause) == (DATA_CENTRE, "far_from_district")
    assert data["place"]["far"] == pytest.approx(51_100, rel=0.01)
    assert row.candidates == ["HZ01"] and row.lng == HZ01[0]


@pytest.mark.parametrize("drawn", [None, "330108"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_its_polygon_nothing_is_far(door: Door, engine: Engine, drawn: str | None) -> None:
    if drawn:
        draw(engine, drawn, box(120.6, 30.0, 120.7, 30.1))
    row, _ = pushed(door, *HZ01, **WEST_LAKE)
    assert (row.station, row.routing_cause) == ("HZ01", "area")


class Ruler(DistrictShapes):
    """Says a distance."""

    def __init__(self, metres: float | None) -> None:
        super().__init__({}, {})
        self._metres = metres

    def metres(self, adcode: str, lng: float, lat: float) -> float | None:
        return self._metres


def ruled(metres: float | None) -> Network:
    """A network with such polygons, which serves a code of its own."""
    return Network(
        [Station("X", "X", 1, None, "浙江省", "standard", True)], [], [("999001", "X")], [], (), Ruler(metres)
    )


@pytest.mark.parametrize(
    ("metres", "far"), [(None, None), (0.0, None), (10_000.0, None), (10_000.001, 10_000), (52_345.6, 52_346)]
)
def test_the_limit(metres: float | None, far: int | None) -> None:
    """ROUTE-2: exactly at the limit is near enough."""
    content = {"lng": HZ01[0], "lat": HZ01[1], "datum": "GCJ-02", "adcode": "330106"}
    assert read_place(content, EDITION, gazetteer(), ruled(metres)).far == far
    wider = replace(EDITION, far_from_district=53)
    assert read_place(content, wider, gazetteer(), ruled(metres)).far is None


@pytest.mark.parametrize(
    "content",
    [
        {"adcode": "330106"},
        {"lng": 0.0, "lat": 0.0, "datum": "GCJ-02", "adcode": "330106"},
        {"lng": HZ01[0], "lat": HZ01[1], "datum": "GCJ-02"},
        {"lng": HZ01[0], "lat": HZ01[1], "datum": "GCJ-02", "address": "建国路1号"},
    ],
)
def test_far_needs_point_and_district(content: dict[str, Any]) -> None:
    assert read_place(content, EDITION, gazetteer(), ruled(99_000)).far is None


def test_a_replay_reads_no_words() -> None:
    """Its inputs name the district; no polygon is asked either."""
    content = {"lng": HZ01[0], "lat": HZ01[1], "datum": "GCJ-02", "adcode": "330199", "address": "朝阳区"}
    assert read_place(content, EDITION, None, ruled(99_000)) == Place(*HZ01, "330199")


def test_far_from_every_district_it_may_mean() -> None:
    """ROUTE-2: the contradiction is certain whichever is meant; a polygon that is not known leaves it open."""
    content = {"lng": HZ01[0], "lat": HZ01[1], "datum": "GCJ-02", "address": "朝阳区建国路"}

    class Two(Ruler):
        def metres(self, adcode: str, lng: float, lat: float) -> float | None:
            return {"110105": 900_000.0}.get(adcode, self._metres)

    for other, far in ((5_000.0, None), (20_000.0, 20_000), (None, None)):
        network = Network([], [], [], [], (), Two(other))
        assert read_place(content, EDITION, gazetteer(), network).far == far


HOME = "浙江省杭州市西湖区文三路1号"


@pytest.mark.parametrize(
    ("content", "adcode", "candidates", "source", "why"),
    [
        pytest.param({"adcode": "330103"}, "330105", (), "code", "", id="40 merged"),
        pytest.param({"adcode": "330104"}, None, ("330102", "330114"), "code", "split", id="40 split"),
        pytest.param(
            {"adcode": "330104", "address": "浙江省杭州市上城区凯旋路"}, "330102", (), "code", "split", id="40 one"
        ),
        pytest.param(
            {"adcode": "330104", "address": HOME}, None, ("330102", "330114"), "code", "address_elsewhere",
            id="41 split, and none of them",
        ),
        pytest.param({"adcode": "330106", "address": HOME}, "330106", (), "code", "", id="41 they agree"),
        pytest.param({"adcode": "330105", "address": HOME}, "330105", (), "code", "address_elsewhere", id="41"),
        pytest.param({"adcode": "999999"}, "999999", (), "code", "unknown_code", id="40 no such code"),
        pytest.param({"adcode": "330100", "address": HOME}, "330106", (), "address", "unknown_code", id="40 a city"),
        pytest.param({"adcode": "999001", "address": HOME}, "999001", (), "code", "address_elsewhere", id="40 our own"),
        pytest.param({"adcode": ["330106"], "address": {"a": 1}}, None, (), "", "", id="no text"),
    ],
)  # fmt: skip
def test_code_and_address(
    content: dict[str, Any], adcode: str | None, candidates: tuple[str, ...], source: str, why: str
) -> None:
    """Readings 40 and 41. A street is not looked up in a district that its own address denies."""
    place = read_place(content, EDITION, gazetteer(), ruled(None))
    assert (place.adcode, place.candidates, place.source, place.why) == (adcode, candidates, source, why)
    assert bool(place.fragments) is ("address" in content and why != "address_elsewhere" and adcode is not None)
    assert (why in json.dumps(said(place))) or not why
