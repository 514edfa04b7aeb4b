"""Where a point lies for its holder, and whom a transfer is offered to (ROUTE-1, ROUTE-4, ROUTE-5)."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from shapely import box

from geo.areas import Area
from geo.network import Network
from geo.stations import Station
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from web.console.desk_places import NEAR, doubt, places

As = Callable[[str], Visitor]
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AT = local("09:00")
METRE = 1 / 111_195  # of latitude, in degrees


def network() -> Network:
    stations = [
        Station("A", "甲", 1, None, "浙江省", "standard", True),
        Station("A1", "承包", 2, "A", "浙江省", "standard", True),
        Station("B", "乙", 1, None, "浙江省", "standard", True),
    ]
    squares = [Area("A", box(120.0, 30.0, 120.1, 30.1)), Area("A1", box(120.0, 30.2, 120.1, 30.3))]
    return Network(stations, squares, [], [])


def at_latitude(lat: float, station: str = "A") -> SimpleNamespace:
    return SimpleNamespace(id=1, station=station, lng=120.05, lat=lat)


@pytest.mark.parametrize(
    ("lat", "inside", "near"),
    [
        (30.05, True, False),
        (30.1 - (NEAR + 5) * METRE, True, False),
        (30.1 - (NEAR - 5) * METRE, True, True),
        (30.1 + (NEAR - 5) * METRE, False, True),
        (30.1 + (NEAR + 5) * METRE, False, False),
        (30.25, True, False),  # a contracted area's is one's own
    ],
)
def test_in_out_or_near(lat: float, inside: bool, near: bool) -> None:
    """300 m on either side of the border are near."""
    found = places(network(), [at_latitude(lat)], AT)[1]
    assert (found.inside, found.near) == (inside, near)


def test_nothing_is_said_without_a_point_or_an_area() -> None:
    nowhere = SimpleNamespace(id=2, station="A", lng=None, lat=None)
    found = places(network(), [nowhere, at_latitude(30.05, "B"), at_latitude(30.05, "DATA_CENTRE")], AT)
    assert list(found) == [1] and (found[1].inside, found[1].metres, found[1].near) == (False, None, False)


def test_the_cause_is_prefilled() -> None:
    """ROUTE-2, ROUTE-4: five doubts, each in both languages."""
    inside = places(network(), [at_latitude(30.05)], AT)[1]
    outside = places(network(), [at_latitude(30.15)], AT)[1]
    told = [doubt(None, 0), doubt(inside, 2), doubt(inside, 0), doubt(outside, 1), doubt(outside, 0)]
    assert len({chinese for chinese, _ in told}) == len({english for _, english in told}) == 5
    assert told[0][0].startswith("没有可用坐标")


@SQLITE
def test_targets_on_duty_first_and_none_that_held_it(land: Land, as_: As) -> None:
    """ROUTE-5: back to a former holder would go to the data centre."""
    order = land.order("KD1", local("09:00"), "HZ03")
    land.transfer("KD1", "HZ03", local("09:01"), "HZ02")
    text = as_("hz02").get(f"/orders/{order}/dialog?what=transfer&back=/desk", headers={"HX-Request": "true"}).text
    offered = [part.split('"')[0] for part in text.split('data-to="')[1:]]
    assert len(offered) <= 3 and "HZ01" in offered and "HZ03" not in offered and "HZ02" not in offered
    assert 'hx-post="/orders/' in text
    dialog = as_("hz02").get(f"/orders/{order}/dialog?what=data_centre&back=/desk").text
    assert 'name="to" value="DATA_CENTRE"' in dialog and "不在本网点范围,归属须确认" in dialog


@SQLITE
def test_the_list_says_it(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"))
    land.order("KD2", local("09:01"), "HZ03")
    land.transfer("KD2", "HZ03", local("09:02"), "HZ02")
    assert "范围内" in as_("hz01").get("/desk").text
    assert "范围外" in as_("hz02").get("/desk").text


@SQLITE
def test_filters_are_kept_under_a_name(land: Land, as_: As) -> None:
    """Of one person; the same name replaces; what no list reads is left out; another's cannot be deleted."""
    visitor = as_("hz01")
    form = {"name": "线上 <快递100>", "back": "/desk?channel=kuaidi100&evil=1&after=x"}
    answer = visitor.post("/desk/filters", form, page="/desk")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk?channel=kuaidi100")
    visitor.post("/desk/filters", form | {"back": "/desk?online=1"}, page="/desk")
    text = visitor.get("/desk").text
    assert text.count('href="/desk?online=1"') == 1 and "&lt;快递100&gt;" in text
    number = text.split('action="/desk/filters/')[1].split("/")[0]
    other = as_("hz02")
    assert 'action="/desk/filters/1' not in other.get("/desk").text
    assert other.post(f"/desk/filters/{number}/delete", {}, page="/desk").status_code == 404
    assert visitor.post(f"/desk/filters/{number}/delete", {}, page="/desk").status_code == 303
    assert visitor.post(f"/desk/filters/{number}/delete", {}, page="/desk").status_code == 404
    assert visitor.post("/desk/filters", {"name": " "}, page="/desk").status_code == 422


@SQLITE
def test_no_more_than_twenty_filters(land: Land, as_: As) -> None:
    visitor = as_("hz01")
    told = [visitor.post("/desk/filters", {"name": f"f{n}", "back": "/desk"}, page="/desk") for n in range(21)]
    assert [one.status_code for one in told] == [303] * 20 + [422]


@SQLITE
def test_a_district_of_the_address(land: Land, as_: As) -> None:
    """The filter is kept in the address; nonsense is 422."""
    land.order("KD1", local("09:00"), adcode="330106")
    land.order("KD2", local("09:00"), adcode="330105")
    visitor = as_("hz01")
    text = visitor.get("/desk?district=330106").text
    assert ">KD1</a>" in text and ">KD2</a>" not in text and 'hx-get="/desk?district=330106"' in text
    assert visitor.get("/desk?district=x").status_code == 422


@SQLITE
def test_results_for_the_page_that_asks_by_itself(land: Land, as_: As) -> None:
    """DO-1: a result for each row; what was accepted already is refused once more and changes nothing."""
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    form, machine = {"orders": str(order)}, {"Accept": "application/json"}
    first = visitor.post("/desk/accept", form, page="/desk", headers=machine)
    assert first.json == {"results": [{"order": order, "number": "KD1", "code": None, "message": None}]}
    again = visitor.post("/desk/accept", form, page="/desk", headers=machine).json
    assert again and again["results"][0]["code"] == "not_allowed_in_state"
