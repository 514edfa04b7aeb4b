"""Explanations say what routing did, and only that (ROUTE-1, ROUTE-2, ROUTE-6, CHAN-1; issue 4)."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from basics.words import DATA_CENTRE
from dispatch.explain import Facts, as_json, facts, remembered, rule_of
from dispatch.explain_words import steps
from dispatch.places import read_place, said
from dispatch.routing import Place, Route, choose
from geo.addresses import packaged as gazetteer
from geo.areas import Area
from geo.datum import DATUMS, from_gcj02
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
DISTRICTS = [("330106", "P"), ("330108", "S"), ("330108", "T"), ("330108", "Q"), ("330110", "Z")]
CLOSED = [Closure("Z", NOON, NOON + HOUR)]
NAMED = [
    NamedPlace("330106", name, code, NOON - HOUR) for name, code in (("翡翠城", "T"), ("古荡新村", "Q"), ("文三路", "Z"))
]
NETWORK = Network(STATIONS, AREAS, DISTRICTS, CLOSED, NAMED)
DRAWN = DistrictShapes(
    {"330106": "西湖区", "330108": "滨江区"},
    {"330106": box(120.0, 30.0, 120.2, 30.4), "330108": box(120.2, 30.0, 120.4, 30.4)},
)
SHAPED = Network(STATIONS, AREAS, DISTRICTS, CLOSED, NAMED, DRAWN)


def told(network: Network = NETWORK, at: datetime = NOON, exact: bool = True, **content: Any) -> Facts:
    place = read_place(content, EDITION, gazetteer(), network.shapes)
    known = facts(content, place, network, at, EDITION, gazetteer(), exact=exact)
    assert known.route == choose([place], network, [at])[0], "the very route, not a second decision"
    return known


def point(lng: float, lat: float, datum: str = "GCJ-02") -> dict[str, Any]:
    return {"lng": lng, "lat": lat, "datum": datum}


def chinese(known: Facts) -> str:
    return "\n".join(step.zh for step in steps(known))


def english(known: Facts) -> str:
    return "\n".join(step.en for step in steps(known))


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
    assert (known.route.station, rule_of(known.route)) == (DATA_CENTRE, "ROUTE-6")
    assert passed(known) == [("Z", "closed"), ("Z", "same_station")]
    assert "停业" in chinese(known)
    known = told(adcode="330110")
    assert [(one.station, one.passed) for one in known.serving] == [("Z", "closed")]
    assert rule_of(known.route) == "ROUTE-6"


def test_named_place() -> None:
    """ROUTE-1, decision 9: the named place decides, so no polygon is called larger or smaller."""
    content = {**point(120.26, 30.26), "adcode": "330106", "address": "翡翠城3幢"}
    known = told(**content)
    assert (known.route.station, known.route.cause) == ("T", "named_place")
    assert {why for _, why in passed(known)} == {"", "not_accepting"}
    assert "「翡翠城」已划归 T网点(T)" in chinese(known)
    assert "翡翠城" not in chinese(told(exact=False, **content))


def test_a_named_place_whose_station_is_closed() -> None:
    """ROUTE-6: its own step says so, not only the result."""
    known = told(**point(120.26, 30.26), adcode="330106", address="文三路3号")
    assert (known.route.station, known.route.cause, known.route.fragment) == (DATA_CENTRE, "closed", "文三路")
    [step] = [step for step in steps(known) if "「文三路」" in step.zh]
    assert "停业" in step.zh and "closed" in step.en and step.rule == "ROUTE-6"
    later = told(at=NOON + HOUR, **point(120.26, 30.26), adcode="330106", address="文三路3号")
    assert later.route.cause == "named_place" and "停业" not in chinese(later)


def test_a_named_place_that_is_passed_over() -> None:
    """ROUTE-1: its station does not accept, so the area decides, and both are said."""
    content = {**point(120.26, 30.26), "adcode": "330106", "address": "古荡新村3幢"}
    known = told(**content)
    assert (known.route.station, known.route.cause, known.route.passed) == ("S", "area", "古荡新村")
    assert "「古荡新村」划归 Q,它不接单,略过" in chinese(known) and as_json(known, [])["passed"] == "古荡新村"
    assert "它不接单,略过" in (masked := chinese(told(exact=False, **content))) and "古荡" not in masked
    again = facts(content, remembered(content, {}, known.route.passed, EDITION), NETWORK, NOON, EDITION)
    assert again.route == known.route and "「古荡新村」划归 Q" in chinese(again)


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
        (point(121, 31), "附近其他网点:P网点(P) 87.8 公里"),
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


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (9_960.0, "坐标距该区县 9960 米,不超过 10 公里"), (9_999.9, "坐标距该区县 10000 米,不超过 10 公里"),
        (10_000.001, "坐标距该区县略多于 10000 米,超过 10 公里"), (10_039.0, "坐标距该区县 10039 米,超过 10 公里"),
        (10_120.0, "坐标距该区县 10.1 公里,超过 10 公里"),
    ],
)  # fmt: skip
def test_no_figure_contradicts_the_limit(metres: float, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-70: `10.0 km, more than 10 km` says nothing."""
    monkeypatch.setattr(DistrictShapes, "metres", lambda *_: metres)
    known = told(SHAPED, **point(120.25, 30.15), adcode="330106")
    assert words in chinese(replace(known, lies_in=()))
    assert (known.route.cause == "far_from_district") == (metres > 10_000)


def test_what_changed_since_is_a_rehearsal() -> None:
    """Law 11: where the data of now would decide otherwise, the last word is what was decided."""
    content = point(120.05, 30.05)
    place, stored = read_place(content, EDITION, None, None), Route("S", "area", ("S",))
    known = facts(content, place, NETWORK, NOON, EDITION, stored=stored)
    *_, rehearsed, last = steps(known)
    assert (known.route.station, known.decided) == ("PA", stored)
    assert rehearsed.zh.startswith("推演结果:PA网点(PA)") and last.zh == "当时的决定:S网点(S)——坐标在它的服务范围内"
    assert "\n结果:" not in chinese(known) and last.en.startswith("decided then: S")
    gone = facts(content, place, NETWORK, NOON, EDITION, stored=Route("GONE", "area", ("GONE",)))
    assert steps(gone)[-1].zh.startswith("当时的决定:GONE——")
    same = facts(content, place, NETWORK, NOON, EDITION, stored=choose([place], NETWORK, [NOON])[0])
    assert same.decided is None and "推演" not in chinese(same)
    other = Route(DATA_CENTRE, "closed", ("S",))
    shut = facts(point(120.63, 30.03), Place(120.63, 30.03, None), NETWORK, NOON, EDITION, stored=other)
    assert shut.route.cause == "closed" and shut.decided == other, "another station's closure is another decision"


@pytest.mark.parametrize(
    ("content", "kept", "words"),
    [
        ({"address": "浙江省杭州市西湖区文三路"}, {}, "当时未读地址"),
        ({"address": "啊", "lng": 0, "lat": 0}, {"ignored": "zero"}, "当时未读地址"),
        ({"address": "啊"}, {"why": "no_name"}, "地址里没有认得的地名"),
        ({"address": " "}, {}, "没有区县代码或可读的地址"),
        ({}, {}, "没有区县代码或可读的地址"),
        ({"adcode": "330199", "address": "啊"}, {}, "330199,代码不在名录中"),
        ({"adcode": "330199"}, {"source": "code", "why": "unknown_code"}, "330199,代码不在名录中"),
    ],
)
def test_orders_of_before_addresses_were_read(content: dict[str, Any], kept: dict[str, Any], words: str) -> None:
    """What nobody read then is not called unreadable, and changes no decision."""
    place = remembered(content, kept, "", EDITION, gazetteer())
    stored = choose([read_place(content, EDITION, None, None)], NETWORK, [NOON])[0]
    known = facts(content, place, NETWORK, NOON, EDITION, gazetteer(), stored)
    assert words in chinese(known) and known.decided is None
    assert ("not read then" in english(known)) == (words == "当时未读地址")


def test_polygons_that_came_later() -> None:
    """What was routed without polygons is not said to have been near enough."""
    content = {**point(120.35, 30.15), "adcode": "330106"}
    known = facts(content, remembered(content, {}, "", EDITION), SHAPED, NOON, EDITION, gazetteer())
    assert known.route.cause == "area" and "14.5 公里" in chinese(known) and "当时未作比较" in chinese(known)


def test_prefix() -> None:
    """CHAN-1: the place decides nothing."""
    content = point(120.05, 30.05)
    place = read_place(content, EDITION, None, None)
    known = facts(content, place, NETWORK, NOON, EDITION, stored=Route(DATA_CENTRE, "prefix", ()))
    assert (known.route.station, rule_of(known.route)) == (DATA_CENTRE, "CHAN-1") and known.decided is None
    assert {why for _, why in passed(known)} == {""}
    assert chinese(known).endswith("单号前缀与渠道不符")


def test_nearest_others() -> None:
    """At most three, whatever holds the point, by distance to their border."""
    known = told(**point(120.05, 30.05))
    assert [one.station for one in known.nearest] == ["S", "T", "Q"]
    assert known.nearest[0].metres == pytest.approx(22_060, rel=0.01)


def test_blurred() -> None:
    """ROLE-2: who may not see the point exactly cannot work it out from this."""
    content = point(120.043456, 30.043456, "WGS-84")
    known = told(**content)
    exact, blurred = chinese(known), chinese(told(exact=False, **content))
    assert "120.043456" in exact and "GCJ-02 120.04" in exact
    assert "120.05, 30.04 (GCJ-02)" in blurred and "WGS-84" not in blurred and "BD-09" not in blurred
    assert f"{known.polygons[0].metres_to_border:.0f} 米" in exact
    assert " 米" not in blurred and not re.search(r"[0-9] 公里", blurred)


CELLS = {
    "between neighbours": (SHAPED, 120.15, 30.15, {}),  # somewhere in it PA is as near as S
    "a district's border": (SHAPED, 120.2, 30.35, {"adcode": "330106"}),
    "far": (SHAPED, 120.35, 30.15, {"adcode": "330106"}),
    "in no area": (NETWORK, 120.5, 30.05, {"adcode": "330110"}),
    "a wide area": (Network([station("P")], [Area("P", box(110, 20, 130, 40))], [], []), 120.2, 30.15, {}),
}


@pytest.mark.parametrize(("network", "lng", "lat", "more"), CELLS.values(), ids=CELLS)
def test_every_point_of_a_blurred_cell_gives_the_same_card(
    network: Network, lng: float, lat: float, more: dict[str, Any]
) -> None:
    """ROLE-2: nothing on the masked card narrows the point down, whatever the datum in which it was told."""
    offsets = [(n - 10) * 0.00049 for n in range(21)]
    cards = []
    for number, (east, north) in enumerate((x, y) for x in offsets for y in offsets):
        datum = DATUMS[number % 3]
        told_lng, told_lat = from_gcj02(lng + east, lat + north, datum)
        known = told(network, exact=False, **point(told_lng, told_lat, datum), **more)
        cards.append((chinese(known), english(known)))
    assert cards.count(cards[0]) == len(cards) == 441
    assert f"{lng:.2f}, {lat:.2f} (GCJ-02)" in cards[0][0]


def test_json() -> None:
    """Plain values only, whatever was told."""
    for content in (point(120.26, 30.26, "BD-09"), point(1e300, -1e300), {"address": "朝阳区"}, {"adcode": "330108"}):
        known = told(SHAPED, **content)
        again = json.loads(json.dumps(as_json(known, steps(known)), allow_nan=False))
        assert again["cause"] == known.route.cause and again["steps"][-1]["rule"] == rule_of(known.route)
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
