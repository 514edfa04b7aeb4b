"""Explanations of what the log keeps, and of what may not be seen exactly (ROLE-2, law 11; issue 4)."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from shapely import box

from basics.words import DATA_CENTRE
from dispatch.explain import facts, remembered
from dispatch.explain_words import steps
from dispatch.places import read_place, said
from dispatch.routing import Place, Route, choose
from geo.addresses import packaged as gazetteer
from geo.areas import Area
from geo.datum import DATUMS, from_gcj02
from geo.network import Network
from tests.rules.explain_town import DRAWN, EDITION, NETWORK, NOON, SHAPED, chinese, english, point, station, told


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
    place = remembered(content, kept, "", EDITION, lambda adcode: bool(gazetteer().today(adcode)))
    stored = choose([read_place(content, EDITION, None, None)], NETWORK, [NOON])[0]
    known = facts(content, place, NETWORK, NOON, EDITION, gazetteer(), stored)
    assert words in chinese(known) and known.decided is None
    assert ("not read then" in english(known)) == (words == "当时未读地址")


def test_polygons_that_came_later() -> None:
    """What was routed without polygons is not said to have been near enough."""
    content = {**point(120.35, 30.15), "adcode": "330106"}
    known = facts(content, remembered(content, {}, "", EDITION), SHAPED, NOON, EDITION, gazetteer())
    assert known.route.cause == "area" and "14.5 公里" in chinese(known) and "当时未作比较" in chinese(known)


def test_blurred() -> None:
    """ROLE-2: who may not see the point exactly cannot work it out from this."""
    content = point(120.043456, 30.043456, "WGS-84")
    known = told(**content)
    exact, blurred = chinese(known), chinese(told(exact=False, **content))
    assert "120.043456" in exact and "GCJ-02 120.04" in exact
    assert "120.05, 30.04 (GCJ-02)" in blurred and "WGS-84" not in blurred and "BD-09" not in blurred
    assert f"{known.polygons[0].metres_to_border:.0f} 米" in exact
    assert " 米" not in blurred and not re.search(r"[0-9] 公里", blurred)


WIDE = Network([station("P")], [Area("P", box(110, 20, 130, 40))], [], [], shapes=DRAWN)
CELLS = {
    "between neighbours": (SHAPED, 120.15, 30.15, {}),  # somewhere in it PA is as near as S
    "a district's border": (SHAPED, 120.2, 30.35, {"adcode": "330106"}),
    "far": (SHAPED, 120.35, 30.15, {"adcode": "330106"}),
    "in no area": (NETWORK, 120.5, 30.05, {"adcode": "330110"}),
    "a wide area": (WIDE, 120.2, 30.15, {}),
    "far, at a third district's border": (WIDE, 120.4, 30.15, {"adcode": "330106"}),
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
    place = read_place(content, EDITION, gazetteer(), SHAPED)
    kept = said(place) | ({"adcode": place.adcode} if place.adcode != content.get("adcode") else {})
    [route] = choose([place], SHAPED, [NOON])
    again = remembered(content, json.loads(json.dumps(kept)), route.fragment, EDITION)
    assert choose([again], SHAPED, [NOON]) == [route]
    assert replace(again, fragments=place.fragments) == replace(place, source=again.source)
