"""分件台 (ROUTE-2, ROUTE-3, ROUTE-5): cause in words, candidates by distance, HQ's minutes, the map of one order."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, event, select, update

from geo.actions import import_closures
from geo.stations import Closure
from storage.session import reading, writing
from storage.tables.dispatch import events, orders
from storage.tables.geo import district_shapes
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from web.console.choices import candidates, choices

As = Callable[[str], Visitor]


def row_of(text: str, number: str) -> str:
    return next(one for one in text.split("<tr ") if f">{number}</a>" in one)


def chips(row: str) -> list[str]:
    return re.findall(r'data-value="(\w+)"', row)


def test_route_2_longest_waiting_first_with_its_minutes(land: Land, as_: As) -> None:
    land.order("KD2", local("09:30"), "gap")
    land.order("KD1", local("08:40"), "gap")
    land.clock.at = local("10:45")
    text = as_("hq").get("/data-centre").text
    assert re.findall(r'class="no"[^>]*>(KD\d)</a>', text) == ["KD1", "KD2"]
    assert re.findall(r'class="lay"[^>]*>([^<]+)<', text) == ["2 时 05 分", "1 时 15 分"]
    assert "已超 5 分" in row_of(text, "KD1") and "剩 45 分" in row_of(text, "KD2")  # PROMISE-1


def test_candidates_by_distance_to_their_border(land: Land, as_: As, engine: Engine) -> None:
    """The gap's point is 0.05 degrees from HZ01 and HZ02: 4.8 km. HZ09 accepts nothing, Xinjiang is no neighbour."""
    land.order("KD1", local("09:00"), "gap", lng=120.151, adcode="330105")
    with writing(engine) as conn:
        import_closures(conn, [Closure("HZ02", local("09:00"), local("11:00"))], local("08:30"))
    land.clock.at = local("09:30")
    row = row_of(as_("hq").get("/data-centre").text, "KD1")
    assert chips(row) == ["HZ02", "HZ01", "HZ01A", "HZ03"]
    assert "4.7 公里" not in row and "4.9 公里" in row  # HZ02's 4.7 km give way to 停业中
    assert re.findall(r'data-warn="([^"]+)"', row) == [
        "拱墅一网点 停业中",
        "西湖承包区甲 距离 10.8 公里",
        "拱墅二网点 距离 12.4 公里",
    ]
    assert 'value=""' in row  # two serve the district: nothing is filled in


def test_without_a_point_the_districts_stations(land: Land, as_: As) -> None:
    land.order("KD1", local("09:00"), lng=None, lat=None, adcode="330105")
    row = row_of(as_("hq").get("/data-centre").text, "KD1")
    assert chips(row) == ["HZ02", "HZ03"] and "无坐标" in row and "距离不明" in row and "区县有多个网点" in row


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("cause", "place", "words"),
    [
        ("far_from_district", {"far": 23_400}, "坐标距所填区县浙江省杭州市西湖区 23.4 公里"),
        ("ambiguous_address", {"candidates": ["330106", "330105"]}, "可能是 浙江省杭州市西湖区、浙江省杭州市拱墅区"),
        ("ambiguous_address", {"candidates": [str(n) for n in range(110000, 110008)]}, "110005 等"),
        ("no_district", {"ignored": "zero"}, "坐标为 (0,0),未采用"),
        ("no_district", {"ignored": "swapped"}, "经纬度颠倒,未采用"),
        ("no_district", {"ignored": "outside_country"}, "坐标在国外,未采用"),
    ],
)
def test_route_2_what_the_cause_rests_on(
    land: Land, as_: As, engine: Engine, cause: str, place: dict[str, Any], words: str
) -> None:
    """Law 11: what the log keeps of how its words were understood."""
    order = land.order("KD1", local("09:00"), "gap", adcode="330106")
    with writing(engine) as conn:
        data = conn.execute(select(events.c.data).where(events.c.order_id == order)).scalar_one()
        conn.execute(update(events).where(events.c.order_id == order).values(data={**data, "place": place}))
        conn.execute(update(orders).where(orders.c.id == order).values(routing_cause=cause))
    assert words in row_of(as_("hq").get("/data-centre").text, "KD1")


def test_route_5_who_passed_it_to_whom_and_back_to_either(land: Land, as_: As) -> None:
    for number in ("KD1", "KD2"):
        land.order(number, local("09:00"), "HZ02")
        land.transfer(number, "HZ02", local("09:05"), "HZ01", "欧阳明月不在我处")
        land.transfer(number, "HZ01", local("09:10"), "HZ02", "电话 13812345678 不通")
    land.clock.at = local("09:30")
    hq = as_("hq")
    row = row_of(hq.get("/data-centre").text, "KD1")
    assert "网点转入" in row and "原转往拱墅一网点,该网点曾持有此单" in row
    assert "拱墅一网点 → 西湖网点:欧***不在我处" in row
    assert "西湖网点 → 数据中心:电话 **** 不通" in row and "归属说明" in row  # ROLE-2
    for number, station in (("KD1", "HZ01"), ("KD2", "HZ02")):
        order = land.id(number)
        form = {"one": str(order), f"to-{order}": station}
        assert hq.post("/data-centre/dispatch", form, page="/data-centre").status_code == 303
        assert land.row(number).station == station
    land.transfer("KD1", "HZ01", local("09:40"), "HZ02")
    land.clock.at = local("09:50")
    row = row_of(hq.get("/data-centre").text, "KD1")
    assert ">10 分</strong>" in row and "共 30 分" in row  # both stays are HQ's own


def test_the_list_asks_nothing_for_each_row(land: Land, as_: As, engine: Engine) -> None:
    def statements() -> int:
        count = 0

        def one(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(engine, "before_cursor_execute", one)
        assert hq.get("/data-centre").status_code == 200
        event.remove(engine, "before_cursor_execute", one)
        return count

    land.order("KD1", local("09:00"), "gap")
    land.clock.at = local("09:10")
    hq = as_("hq")
    hq.get("/data-centre")
    few = statements()
    for n in range(2, 12):
        land.order(f"KD{n}", local("09:01"), "gap")
        land.order(f"KD1{n:02d}", local("09:01"))
        land.transfer(f"KD1{n:02d}", "HZ01", local("09:02"), "DATA_CENTRE")
    assert statements() == few


def test_the_map_of_one_order(land: Land, as_: As, engine: Engine) -> None:
    """Its point to 10 m, the candidates with their areas, what was decided near it."""
    land.order("KD9", local("09:00"), "HZ02", adcode="330106")
    land.transfer("KD9", "HZ02", local("09:05"), "DATA_CENTRE", "在河对岸")
    land.clock.at = local("09:10")
    hq, decided = as_("hq"), land.id("KD9")
    hq.post("/data-centre/dispatch", {"one": str(decided), f"to-{decided}": "HZ03"}, page="/data-centre")
    with writing(engine) as conn:
        import_closures(conn, [Closure("HZ03", local("09:00"), local("11:00"))], local("08:30"))
    order = land.order("LP1", local("09:20"), "HZ02", lng=120.2511111, adcode="330106")
    drawn: Any = hq.get(f"/data-centre/{order}/map").json
    assert (drawn["number"], drawn["point"], drawn["districts"]) == ("LP1", [30.05, 120.2511], [])
    assert [(one["code"], one["inside"], one["closed"]) for one in drawn["stations"]][:2] == [
        ("HZ02", True, False), ("HZ03", False, True),
    ]  # fmt: skip
    assert [one["metres"] for one in drawn["stations"]] == sorted(one["metres"] for one in drawn["stations"])
    [shape] = drawn["stations"][0]["areas"]
    assert shape["type"] == "Polygon" and sorted(shape["coordinates"][0])[0] == [120.2, 30.0]
    [entry] = drawn["decided"]
    assert (entry["code"], entry["others"], entry["point"]) == ("HZ03", ["拱墅一网点"], [30.05, 120.25])
    assert not re.search("13812345678|欧阳明月|501室", hq.get(f"/data-centre/{order}/map").text)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_map_is_for_hq(land: Land, as_: As) -> None:
    """ROLE-1; and unknown orders are not there."""
    order = land.order("KD1", local("09:00"), "gap")
    for login in ("hz01", "zhejiang", "finance", "admin"):
        assert as_(login).get(f"/data-centre/{order}/map").status_code == 403, login
    hq = as_("hq")
    assert hq.get("/data-centre/99999/map").status_code == 404
    assert hq.get(f"/data-centre/{10**30}/map").status_code == 404
    without = land.order("KD2", local("09:00"), lng=None, lat=None, adcode="330105")
    drawn: Any = hq.get(f"/data-centre/{without}/map").json
    assert drawn["point"] is None and [one["metres"] for one in drawn["stations"]] == [None, None]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_map_draws_the_district_that_the_order_names(land: Land, as_: As, engine: Engine) -> None:
    shape = shapely.to_wkb(shapely.box(120.1, 29.9, 120.4, 30.2))
    row = {"adcode": "330105", "name": "拱墅区", "wkb": shape, "imported_at": local("08:30")}
    with writing(engine) as conn:
        conn.execute(district_shapes.insert(), [row])
        import_closures(conn, [], local("08:30"))  # counts the network up
    named, unknown = (
        land.order(number, local("09:00"), "gap", adcode=adcode)
        for number, adcode in (("KD1", "330105"), ("KD2", "330106"))
    )
    hq = as_("hq")
    drawn: Any = hq.get(f"/data-centre/{named}/map").json
    assert [(one["name"], one["shape"]["type"]) for one in drawn["districts"]] == [("拱墅区", "Polygon")]
    drawn = hq.get(f"/data-centre/{unknown}/map").json
    assert drawn["districts"] == []


def test_a_note_too_long_is_refused(land: Land, as_: As) -> None:
    order = land.order("KD1", local("09:00"), "gap")
    form = {"one": str(order), f"to-{order}": "HZ02", f"note-{order}": "x" * 501}
    assert as_("hq").post("/data-centre/dispatch", form, page="/data-centre").status_code == 422
    assert land.row("KD1").station == "DATA_CENTRE"


def test_route_4_the_choices_of_a_transfer_stand_by_distance(land: Land) -> None:
    """HZ01's order near its eastern border: those that cover or serve it, then neighbours, then the province."""
    land.order("KD1", local("09:00"), "HZ01", lng=120.099, adcode="330105")
    with reading(land.engine) as conn:
        order = conn.execute(select(orders)).one()
    found = choices(land.world.network, order, "浙江省", local("09:30"))
    assert [station.code for station in found.likely] == ["HZ02", "HZ03"]  # its holder is no choice
    assert [station.code for station in found.others] == ["HZ01A"]
    assert found.near["HZ02"].metres == pytest.approx(9_730, rel=0.01)
    few = candidates(land.world.network, order, local("09:30"), most=2)
    assert [(one.station.code, one.likely) for one in few] == [("HZ01A", False), ("HZ02", True)]  # of each kind
