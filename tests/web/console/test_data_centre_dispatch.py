"""分件台, what is sent where: what is filled in, what is refused, what is told (ROUTE-2, ROUTE-3, ROUTE-6)."""

import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from dispatch.batch import World
from geo.actions import import_closures, import_districts
from geo.queries import load_network
from geo.stations import Closure, Station
from rulebook.book import packaged
from storage.session import writing
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from tests.web.console.test_data_centre import chips, row_of
from web.console.choices import Candidate, sure

As = Callable[[str], Visitor]


def filled(row: str) -> str:
    return re.findall(r'name="to-\d+"[^>]*value="([^"]*)"', row)[0]


def test_the_one_it_can_only_be_is_filled_in_unless_closed(land: Land, as_: As, engine: Engine) -> None:
    """Nobody served its district when it came; one station does now."""
    land.order("KD1", local("09:00"), lng=None, lat=None, adcode="330199")
    land.clock.at = local("09:30")
    hq = as_("hq")
    assert filled(row_of(hq.get("/data-centre").text, "KD1")) == ""
    with writing(engine) as conn:
        import_districts(conn, [("330199", "HZ03")], local("09:20"))
    row = row_of(hq.get("/data-centre").text, "KD1")
    assert land.row("KD1").routing_cause == "no_district" and filled(row) == "HZ03" and chips(row) == ["HZ03"]
    with writing(engine) as conn:
        import_closures(conn, [Closure("HZ03", local("09:00"), local("11:00"))], local("08:30"))
    assert filled(row_of(hq.get("/data-centre").text, "KD1")) == ""


def test_what_is_not_sure_is_not_filled_in(land: Land, as_: As, engine: Engine) -> None:
    """ROUTE-2: each has one station that covers it or serves its district, and is for a person all the same."""
    with writing(engine) as conn:
        import_closures(conn, [Closure("HZ02", local("09:00"), local("09:10"))], local("08:30"))
        land.world = World(load_network(conn), packaged())
    land.order("LP1", local("09:00"), "HZ03")  # a contradicting prefix (CHAN-1)
    land.order("KD1", local("09:00"), lng=121.9, lat=31.4, adcode="330106")  # in no area, far away
    land.order("KD2", local("09:00"), "HZ02")  # closed then, open now
    land.order("KD3", local("09:15"), "HZ03")
    land.transfer("KD3", "HZ03", local("09:20"), "DATA_CENTRE")
    land.clock.at = local("09:30")
    text = as_("hq").get("/data-centre").text
    for number, cause in (("LP1", "prefix"), ("KD1", "no_area"), ("KD2", "closed"), ("KD3", "area")):
        assert land.row(number).routing_cause == cause
        row = row_of(text, number)
        assert filled(row) == "" and row.count("btn-outline-primary") == 1, number


@pytest.mark.parametrize(
    ("cause", "code"),
    [("no_district", "HZ01"), ("area", "HZ01"), ("no_area", ""), ("far_from_district", ""), ("several_stations", ""),
     ("ambiguous_address", ""), ("prefix", ""), ("closed", "")],
)  # fmt: skip
def test_which_causes_are_sure(cause: str, code: str) -> None:
    station = Station("HZ01", "西湖网点", 1, None, "浙江省", "standard", True)
    other = Candidate(station, False, 10.0, False, False)

    def told(sent: str = "routing", **more: Any) -> str:
        one = replace(Candidate(station, True, 4_000.0, False, False), **more)
        return sure(SimpleNamespace(sent_cause=sent, routing_cause=cause), [one, other], 5_000.0)

    assert told() == told(metres=5_000.0) == told(metres=None) == code
    assert told("transfer") == told(metres=5_000.1) == told(closed=True) == told(likely=False) == ""


JSON = {"Accept": "application/json"}


def test_a_program_is_told_what_was_refused(land: Land, as_: As) -> None:
    """One order: the second of two at HQ finds it gone."""
    order, hq = land.order("KD1", local("09:00"), "gap"), as_("hq")

    def post(to: str, one: int = order) -> tuple[int, str]:
        answer: Any = hq.post(
            "/data-centre/dispatch", {"one": str(one), f"to-{one}": to}, page="/data-centre", headers=JSON
        )
        return answer.status_code, "" if answer.status_code == 303 else answer.json["code"]

    assert post("NONE") == (422, "station_unknown") and post("") == (422, "invalid")
    assert post("HZ02") == (303, "") and land.row("KD1").station == "HZ02"
    assert post("HZ02") == (409, "not_at_data_centre") and post("HZ02", 99_999) == (404, "not_found")
    answer = hq.post("/data-centre/dispatch", {"one": str(order), f"to-{order}": "HZ02"}, page="/data-centre")
    assert answer.status_code == 303 and "失败 1 单,订单不在数据中心" in hq.get("/data-centre").text


def test_route_6_a_station_that_is_closed_now_is_told(land: Land, as_: As, engine: Engine) -> None:
    """It may have closed after the page was drawn."""
    with writing(engine) as conn:
        import_closures(conn, [Closure("HZ02", local("09:00"), local("11:00"))], local("08:30"))
    land.clock.at = local("09:00")
    hq = as_("hq")
    for number, station, warns in (("KD1", "HZ03", False), ("KD2", "HZ02", True)):
        order = land.order(number, local("09:00"), "gap")
        hq.post("/data-centre/dispatch", {"one": str(order), f"to-{order}": station}, page="/data-centre")
        text = hq.get("/data-centre").text
        assert f"已分件 1 单:{number}" in text
        assert ("所分网点停业中,停业期间时钟不计 / closed now: HZ02" in text) is warns
        gone = hq.post("/data-centre/dispatch", {"one": str(order), f"to-{order}": station}, page="/data-centre")
        assert gone.status_code == 303 and "停业中" not in hq.get("/data-centre").text  # nothing was dispatched


def test_route_5_a_note_is_asked_for_where_there_is_a_dispute(land: Land, as_: As) -> None:
    """Not when the sender moved since: nobody passed that place on."""
    land.order("KD1", local("09:00"), "HZ02")
    land.transfer("KD1", "HZ02", local("09:05"), "DATA_CENTRE", "不在我处")
    hq = as_("hq")
    assert "归属说明" in hq.get("/data-centre").text
    land.order("KD1", local("09:06"), "HZ01", address="浙江省杭州市西湖区文一路1号")
    row = row_of(hq.get("/data-centre").text, "KD1")
    assert "归属说明" not in row and "拱墅一网点 → 数据中心:不在我处" in row


@pytest.mark.parametrize("name", ["station=%00", "station=a%00b", "station=" + "9" * 10_000])
def test_what_no_database_takes_is_refused(land: Land, as_: As, name: str) -> None:
    """D12: PostgreSQL knows no NUL."""
    pages = ("/closures", "/borders", "/areas", "/areas/data", "/areas/versions", "/areas/findings")
    for path in (*pages, f"/areas/find?q={name[8:]}"):
        answer = as_("hq").get(path if "?" in path else f"{path}?{name}")
        assert answer.status_code == 422, path
