"""Explanations say what routing did, and only that (ROUTE-1, ROUTE-2, ROUTE-6, CHAN-1; issue 4)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from basics.words import DATA_CENTRE
from dispatch.explain import Facts, as_json, facts, remembered
from dispatch.explain_words import steps
from dispatch.places import read_place, said
from dispatch.routing import Place, choose
from geo.addresses import packaged as gazetteer
from geo.areas import Area
from geo.districts import DistrictShapes
from geo.named_places import NamedPlace
from geo.network import Network
from geo.stations import Closure, Station
from rulebook.book import packaged

EDITION = packaged().editions[0]
NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def station(code: str, parent: str | None = None, accepts: bool = True) -> Station:
    return Station(code, f"{code}网点", 2 if parent else 1, parent, "浙江省", "standard", accepts)


# P with its contracted area PA, S smaller than P, T as small as S, Q accepts nothing, Z is closed at noon.
STATIONS = [station(code) for code in ("P", "S", "T", "Z")] + [station("PA", "P"), station("Q", accepts=False)]
AREAS = [
    Area("P", box(120.0, 30.0, 120.4, 30.4)),
    Area("PA", box(120.0, 30.0, 120.1, 30.1)),
    Area("S", box(120.2, 30.2, 120.3, 30.3), valid_from=NOON - HOUR, change=7),
    Area("T", box(120.2, 30.2, 120.3, 30.3)),
    Area("Q", box(120.25, 30.25, 120.28, 30.28)),
    Area("Z", box(120.6, 30.0, 120.7, 30.1), valid_until=NOON + HOUR),
    Area("Z", box(120.62, 30.02, 120.64, 30.04)),
]
VERSIONS = [(area.change, area.valid_from) for area in AREAS]
DISTRICTS = [("330106", "P"), ("330108", "S"), ("330108", "T"), ("330108", "Q"), ("330110", "Z")]
CLOSED = [Closure("Z", NOON, NOON + HOUR)]
NAMED = [NamedPlace("330106", "翡翠城", "T", NOON - HOUR), NamedPlace("330106", "古荡新村", "Q", NOON - HOUR)]
NETWORK = Network(STATIONS, AREAS, DISTRICTS, CLOSED, NAMED)
DRAWN = DistrictShapes(
    {"330106": "西湖区", "330108": "滨江区"},
    {"330106": box(120.0, 30.0, 120.2, 30.4), "330108": box(120.2, 30.0, 120.4, 30.4)},
)
SHAPED = Network(STATIONS, AREAS, DISTRICTS, CLOSED, NAMED, DRAWN)


def told(network: Network = NETWORK, at: datetime = NOON, **content: Any) -> Facts:
    place = read_place(content, EDITION, gazetteer(), network.shapes)
    known = facts(content, place, network, at, EDITION, gazetteer(), VERSIONS)
    assert known.route == choose([place], network, [at])[0], "the very route, not a second decision"
    return known


def point(lng: float, lat: float, datum: str = "GCJ-02") -> dict[str, Any]:
    return {"lng": lng, "lat": lat, "datum": datum}


def chinese(known: Facts, exact: bool = True) -> str:
    return "\n".join(step.zh for step in steps(known, exact))


def passed(known: Facts) -> list[tuple[str, str]]:
    return [(one.station, one.passed) for one in known.polygons]


def test_who_was_passed_over() -> None:
    """ROUTE-1: the smaller, then the lower code; who does not accept is passed over, and a parent gives way."""
    assert passed(told(**point(120.26, 30.26))) == [
        ("S", "chosen"), ("T", "higher_code"), ("P", "larger"), ("Q", "not_accepting"),
    ]  # fmt: skip
    assert passed(told(**point(120.05, 30.05))) == [("PA", "chosen"), ("P", "parent")]
    assert passed(told(**point(120.15, 30.15))) == [("P", "chosen")]


def test_a_polygon_and_its_version() -> None:
    """Level, size, version of the area that held then, and metres to its border."""
    known = told(**point(120.22, 30.25))
    [one] = [one for one in known.polygons if one.station == "S"]
    assert (one.level, one.change, one.valid_from) == (1, 7, "2026-05-04T11:00:00+08:00")
    assert one.square_km == pytest.approx(9.64 * 11.09, rel=0.002)  # a tenth of a degree each way, at 30.25° N
    assert one.metres_to_border == pytest.approx(1925, rel=0.01)
    assert "第 7 号变更,2026-05-04T11:00:00+08:00 起" in chinese(known)
    before = told(at=NOON - 2 * HOUR, **point(120.22, 30.25))
    assert passed(before) == [("T", "chosen"), ("P", "larger")], "S's area did not hold yet"


def test_closed() -> None:
    """ROUTE-6: the winner is named though it is closed, and its larger area beside the one that counted."""
    known = told(**point(120.63, 30.03))
    assert (known.route.station, known.rule) == (DATA_CENTRE, "ROUTE-6")
    assert passed(known) == [("Z", "closed"), ("Z", "same_station")]
    assert "停业" in chinese(known)
    known = told(adcode="330110")
    assert [(one.station, one.passed) for one in known.serving] == [("Z", "closed")] and known.rule == "ROUTE-6"


def test_named_place() -> None:
    """ROUTE-1, decision 9: the named place decides, so no polygon is called larger or smaller."""
    known = told(**point(120.26, 30.26), adcode="330106", address="翡翠城3幢")
    assert (known.route.station, known.route.cause) == ("T", "named_place")
    assert {why for _, why in passed(known)} == {"", "not_accepting"}
    assert "「翡翠城」已划归 T网点(T)" in chinese(known)
    assert "翡翠城" not in chinese(known, exact=False)


def test_a_named_place_that_is_passed_over() -> None:
    """ROUTE-1: its station does not accept, so the area decides, and both are said."""
    known = told(**point(120.26, 30.26), adcode="330106", address="古荡新村3幢")
    assert (known.route.station, known.route.cause) == ("S", "area")
    assert "「古荡新村」划归 Q,它不接单,略过" in chinese(known) and "古荡" not in chinese(known, exact=False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (point(0, 0), "坐标为 0,0,未采用"),
        (point(30.1, 120.1), "坐标疑似经纬度颠倒,未采用"),
        (point(181, 30), "坐标不在中国范围内,未采用"),
        ({"adcode": "330106"}, "没有坐标"),
        ({"adcode": "330106"}, "区县代码 浙江省杭州市西湖区(330106)"),
        ({"adcode": "330106"}, "服务该区县的网点:P网点(P)[选中]"),
        ({"adcode": "330108"}, "该区县有多个网点"),
        ({"adcode": "330108"}, "Q网点(Q)[不接单]"),
        ({"adcode": "330199"}, "代码不在名录中"),
        ({"adcode": "330199"}, "没有网点服务该区县"),
        ({"address": "浙江省杭州市西湖区文三路"}, "地址写明 浙江省杭州市西湖区(330106)"),
        ({"address": "朝阳区建国路"}, "多个城市有这个区县名"),
        ({"address": "浙江省"}, "地址只到省或市"),
        ({"address": "啊啊啊"}, "地址里没有认得的地名"),
        ({}, "没有区县代码或可读的地址"),
        (point(121, 31), "坐标不在任何服务范围内"),
        (point(121, 31) | {"adcode": "330106"}, "有坐标时不由它们决定:P网点(P)"),
        (point(121, 31), "附近其他网点:P网点(P) 88.0 公里"),
    ],
)
def test_words(content: dict[str, Any], words: str) -> None:
    """B-71, ROUTE-2."""
    assert words in chinese(told(**content))


def test_former_code() -> None:
    """A code of former times is said beside the one of today."""
    former = next(code for code in ("330103", "330104") if gazetteer().today(code) not in ((), (code,)))
    known = told(adcode=former)
    if len(gazetteer().today(former)) == 1:
        assert f"原区县代码 {former},现为" in chinese(known)
    else:
        assert "该区县已拆分" in chinese(known)


def test_far_from_its_district() -> None:
    """B-70: with the kilometres, and where the point does lie."""
    known = told(SHAPED, **point(120.35, 30.15), adcode="330106")
    assert (known.route.cause, known.route.candidates) == ("far_from_district", ("P",))
    assert "坐标距该区县 14.5 公里,位于 浙江省杭州市滨江区(330108),超过 10 公里" in chinese(known)
    assert "不超过 10 公里" in chinese(told(SHAPED, **point(120.25, 30.15), adcode="330106"))
    assert "坐标在该区县内" in chinese(told(SHAPED, **point(120.15, 30.15), adcode="330106"))


def test_polygons_that_came_later() -> None:
    """What was routed without polygons is not said to have been near enough."""
    content = {**point(120.35, 30.15), "adcode": "330106"}
    known = facts(content, remembered(content, {}, "", EDITION), SHAPED, NOON, EDITION, gazetteer())
    assert known.route.cause == "area" and "14.5 公里" in chinese(known) and "当时未作比较" in chinese(known)


def test_prefix() -> None:
    """CHAN-1: the place decides nothing."""
    content = point(120.05, 30.05)
    place = read_place(content, EDITION, None, None)
    known = facts(content, place, NETWORK, NOON, EDITION, prefix_fits=False)
    assert (known.route.station, known.rule, {why for _, why in passed(known)}) == (DATA_CENTRE, "CHAN-1", {""})
    assert chinese(known).endswith("单号前缀与渠道不符")


def test_nearest_others() -> None:
    """At most three, whatever holds the point, by distance to their border."""
    known = told(**point(120.05, 30.05))
    assert [one.station for one in known.nearest] == ["S", "T", "Q"]
    assert known.nearest[0].metres == pytest.approx(22_060, rel=0.01)


def test_blurred() -> None:
    """ROLE-2: who may not see the point exactly cannot work it out from this."""
    known = told(**point(120.043456, 30.043456, "WGS-84"))
    exact, blurred = chinese(known), chinese(known, exact=False)
    assert "120.043456" in exact and "GCJ-02 120.04" in exact
    assert "120.04, 30.04 (WGS-84)" in blurred and "120.043" not in blurred and "BD-09" not in blurred
    assert f"{known.polygons[0].metres_to_border:.0f} 米" in exact
    assert " 米" not in blurred and ("不到 1 公里" in blurred or "约 " in blurred)


def test_json() -> None:
    """Plain values only, whatever was told."""
    for content in (point(120.26, 30.26, "BD-09"), point(1e300, -1e300), {"address": "朝阳区"}, {"adcode": "330108"}):
        known = told(SHAPED, **content)
        again = json.loads(json.dumps(as_json(known, steps(known)), allow_nan=False))
        assert again["cause"] == known.route.cause and again["steps"][-1]["rule"] == known.rule
        assert len(str(again)) < 5000


CONTENTS = [
    {"lng": 0, "lat": 0, "adcode": "330106"},
    {"address": "朝阳区建国路"},
    {"address": "杭州市西湖区翡翠城3幢"},
    {"adcode": "330199"},
    {**point(120.35, 30.15), "adcode": "330106"},
    {**point(120.15, 30.15, "WGS-84"), "adcode": "330106", "address": "浙江省杭州市西湖区文三路"},
]


@pytest.mark.parametrize("content", CONTENTS)
def test_remembered_as_the_log_kept_it(content: dict[str, Any]) -> None:
    """From the words told and what the log kept of them the same place comes again, whatever the lists say by then."""
    place = read_place(content, EDITION, gazetteer(), DRAWN)
    kept = said(place) | ({"adcode": place.adcode} if place.adcode != content.get("adcode") else {})
    [route] = choose([place], SHAPED, [NOON])
    again = remembered(content, json.loads(json.dumps(kept)), route.fragment, EDITION)
    assert choose([again], SHAPED, [NOON]) == [route]
    assert replace(again, fragments=place.fragments) == replace(place, source=again.source)


@given(st.floats(119.9, 120.8), st.floats(29.9, 30.5), st.sampled_from([None, "330106", "330108", "330110"]))
def test_every_reason_is_true(lng: float, lat: float, adcode: str | None) -> None:
    """ROUTE-1: exactly one is chosen (or closed), and whoever is called larger, parent or not accepting is that."""
    place = Place(lng, lat, adcode)
    known = facts(point(lng, lat), place, NETWORK, NOON, EDITION)
    whys = [one.passed for one in known.polygons]
    assert whys.count("chosen") == (known.route.cause == "area") and whys.count("closed") == (
        known.route.cause == "closed"
    )
    best = known.polygons[0] if known.polygons else None
    for one in known.polygons:
        own = NETWORK.stations[one.station]
        assert (one.passed == "not_accepting") == (not own.accepts)
        if one.passed == "parent":
            assert any(NETWORK.stations[other.station].parent == one.station for other in known.polygons)
        if one.passed == "larger":
            assert best is not None and one.square_km > best.square_km
