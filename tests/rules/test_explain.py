"""Explanations say what routing did, and only that (ROUTE-1, ROUTE-2, ROUTE-6, CHAN-1; issue 4)."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basics.words import DATA_CENTRE
from dispatch.explain import as_json, facts, remembered, rule_of
from dispatch.explain_words import steps
from dispatch.places import read_place
from dispatch.routing import Place, Route
from geo.addresses import packaged as gazetteer
from geo.districts import DistrictShapes
from tests.rules.explain_town import EDITION, HOUR, NETWORK, NOON, SHAPED, chinese, passed, point, told


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
        ({"adcode": "330199", "address": "浙江省杭州市西湖区"}, "西湖区(330106),所填代码 330199 不在名录中"),
        ({"adcode": "330106", "address": "浙江省杭州市滨江区"}, "西湖区(330106),地址写的是别的区县,以代码为准"),
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


def test_json() -> None:
    """Plain values only, whatever was told."""
    for content in (point(120.26, 30.26, "BD-09"), point(1e300, -1e300), {"address": "朝阳区"}, {"adcode": "330108"}):
        known = told(SHAPED, **content)
        again = json.loads(json.dumps(as_json(known, steps(known)), allow_nan=False))
        assert again["cause"] == known.route.cause and again["steps"][-1]["rule"] == rule_of(known.route)
        assert len(str(again)) < 5000


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
