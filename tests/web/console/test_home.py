"""The first page of each role: its numbers are those of the lists behind them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from basics.days import day_of
from people.access import EVERYWHERE, Scope
from reports.overview import queries
from storage.session import reading
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
HZ01 = Scope(stations=frozenset({"HZ01", "HZ01A"}))
ZHEJIANG = Scope(province="浙江省")


def needs(page: str) -> dict[str, tuple[str, str]]:
    """Name of each number -> (the number, its address)."""
    found = re.findall(r'<a class="card need[^"]*" href="([^"]+)">\s*<span class="need-count">([^<]*)</span>\s*'
                       r'<span class="need-name">([^<]*?)(?: <small|<)', page)  # fmt: skip
    return {name.strip(): (count, url) for url, count, name in found}


def a_day(land: Land) -> None:
    land.order("KD1", local("08:31"))
    land.order("KD2", local("08:32"))
    land.order("KD3", local("08:33"), "HZ02")
    land.order("KD4", local("08:34"), "gap")
    land.accept("KD2", "HZ01", local("08:40"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_station_sees_its_own_numbers(land: Land, as_: As) -> None:
    """ROLE-1"""
    a_day(land)
    land.clock.at = local("08:45")
    own = needs(as_("hz01").get("/home").text)
    assert own["待接单"] == ("1", "/desk") and own["待揽收"][0] == "1"
    assert "数据中心待分件" not in own
    assert needs(as_("hz02").get("/home").text)["待接单"][0] == "1"
    assert needs(as_("hz01a").get("/home").text)["待接单"][0] == "0"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_role_has_a_first_page(land: Land, as_: As) -> None:
    a_day(land)
    assert needs(as_("hq").get("/home").text)["数据中心待分件"] == ("1", "/data-centre")
    assert "待裁决的申诉" in needs(as_("zhejiang").get("/home").text)
    assert "待电话催办的网点" in needs(as_("zhejiang").get("/home").text)
    for visitor in (as_("hq"), as_("zhejiang"), as_("hz02")):
        assert visitor.get("/home").status_code == 200
        page = visitor.get("/", follow_redirects=False)
        assert (page.status_code, page.headers["Location"]) == (302, "/home")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_late_begins_after_the_deadline(land: Land, engine: Engine) -> None:
    """DUTY-2: at 30:00 the order is in time, a microsecond later it is late."""
    land.order("KD1", local("08:31"))
    with reading(engine) as conn:
        due = queries.lying(conn, HZ01, local("08:31")).next_accept
        assert due is not None
        on_time, late = queries.lying(conn, HZ01, due), queries.lying(conn, HZ01, due + timedelta(microseconds=1))
    assert (on_time.late_accept, on_time.next_accept) == (0, due)
    assert (late.late_accept, late.next_accept) == (1, None)
    land.sweep(local("12:00"))
    with reading(engine) as conn:
        assert queries.lying(conn, HZ01, local("12:00")).late_accept == 1, "its clock is over and runs no more"


def test_numbers_keep_to_the_scope(land: Land, engine: Engine) -> None:
    a_day(land)
    land.order("KD5", local("08:41"), "XJ01")
    with reading(engine) as conn:
        told = {
            name: (row.waiting, row.to_pick_up, row.at_data_centre)
            for name, scope in (("HZ01", HZ01), ("浙江", ZHEJIANG), ("all", EVERYWHERE), ("none", Scope()))
            for row in [queries.lying(conn, scope, local("08:45"))]
        }
    assert told == {"HZ01": (1, 1, 0), "浙江": (2, 1, told["浙江"][2]), "all": (3, 1, 1), "none": (0, 0, 0)}


def test_violations_stand_on_their_day(land: Land, engine: Engine) -> None:
    """VIO-1: dated at the deadline, which for an order of the evening is the next morning."""
    land.order("KD1", local("08:31"))
    land.order("KD2", local("19:55"))
    land.sweep(local("20:30"))
    land.sweep(local("12:00", "2026-05-05"))
    days = [day_of(local("12:00")) + timedelta(days=k) for k in (-1, 0, 1)]
    with reading(engine) as conn:
        assert queries.violations_by_day(conn, HZ01, days)["V-ACCEPT"] == [0, 1, 1]
        assert queries.violations_by_day(conn, Scope(stations=frozenset({"HZ02"})), days) == {}
        assert queries.orders_by_day(conn, ["HZ01"], days) == {"assigned": [0, 2, 0], "accepted": [0, 0, 0]}
        count, oldest = queries.suspected(conn, HZ01)
    assert count == 4 and oldest is not None  # each order is late for its pickup too


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_chart_has_its_table(land: Land, as_: As) -> None:
    land.order("KD1", local("08:31"))
    land.sweep(local("12:00"))
    page = as_("hz01").get("/home").text
    table = page.split('id="table-violations"')[1].split("</table>")[0]
    assert re.search(r'<th scope="row">05-04</th><td class="text-end">1</td>', table)
    assert 'data-table="table-violations"' in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("time", "shown"), [("09:59", True), ("10:00", False)])
def test_day_1_leftovers_of_yesterday_stand_on_top_until_ten(land: Land, as_: As, time: str, shown: bool) -> None:
    """DAY-1"""
    land.order("KD1", local("19:30"))
    land.accept("KD1", "HZ01", local("19:40"))
    land.order("KD2", local("19:50"))
    land.clock.at = local(time, "2026-05-05")
    page = as_("hz01").get("/home").text
    assert ("昨日遗留" in page) is shown
    assert (page.find("昨日遗留") < page.find("现在要办")) is True
    if shown:
        assert re.findall(r"<strong>(\d+)</strong> (单[^<]*)</a>", page) == [("1", "单未接"), ("1", "单未揽收")]
    assert "昨日遗留" not in as_("hz02").get("/home").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_day_1_the_province_sees_who_has_not_closed(land: Land, as_: As) -> None:
    """DAY-1"""
    land.order("KD1", local("19:30"))
    land.clock.at = local("09:00", "2026-05-05")
    assert needs(as_("zhejiang").get("/home").text)["昨日未关账的网点"][0] == "1"
    assert "昨日未关账的网点" not in needs(as_("xinjiang").get("/home").text)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_late_opens_the_late_ones(land: Land, as_: As) -> None:
    """The number of the first page is the number of rows behind it."""
    land.order("KD1", local("08:31"))
    land.order("KD2", local("08:32"))
    land.accept("KD2", "HZ01", local("08:40"))
    land.order("KD3", local("09:20"))
    land.sweep(local("09:30"))
    hq = as_("hq")
    count, url = needs(hq.get("/home").text)["超时未接单"]
    assert (count, url) == ("1", "/orders?late=accept")
    assert re.findall(r'id="order-\d+"[^>]*>(KD\d)', hq.get(url).text) == ["KD1"]
    land.sweep(local("12:00", "2026-05-05"))
    hq = as_("hq")
    count, url = needs(hq.get("/home").text)["超时未揽收"]
    assert re.findall(r'id="order-\d+"[^>]*>(KD\d)', hq.get(url).text) == ["KD2"] and count == "1"
