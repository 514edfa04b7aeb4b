"""为什么派到这里 on the order page: what the log says, by the areas that held then (issue 4, B-70, B-71, ROLE-2)."""

import re
from collections.abc import Callable

import pytest
from shapely import box
from sqlalchemy import Engine, event, insert, update

from channels.messages import OrderPush
from dispatch.batch import World
from geo.actions import import_district_shapes
from geo.addresses import packaged as gazetteer
from geo.queries import load_network
from people.access import LOOK_REASONS
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables import geo as tables
from tests.web.conftest import Visitor
from tests.web.console.calls import log
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

As = Callable[[str], Visitor]


def why(visitor: Visitor, order: int) -> str:
    """The card's text."""
    page = visitor.get(f"/orders/{order}")
    assert page.status_code == 200
    if 'id="why"' not in page.text:
        return ""
    card = page.text.split('id="why"')[1].split('<div class="col-lg-5">')[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", card))


def counted_up(engine: Engine, statement: object) -> None:
    """A change of the network that every process sees."""
    with writing(engine) as conn:
        conn.execute(statement)  # type: ignore[call-overload]
        conn.execute(update(tables.network_version).values(version=tables.network_version.c.version + 1))


def reading_words(land: Land) -> None:
    """The engine of the tests reads addresses, as an installation does."""
    with reading(land.engine) as conn:
        land.world = World(load_network(conn), packaged(), gazetteer=gazetteer())


def test_why_this_station(land: Land, as_: As) -> None:
    """ROUTE-1: chosen and passed over, with the rule of each step; nothing about today when it is the same."""
    order = land.order("KD1", local("09:00"), "HZ01A")
    text = why(as_("hz01a"), order)
    for words in ("HZ01A", "其承包区在内,让位", "选中", "ROUTE-1", "按 2026-05-04 09:00:00", "its service area holds"):
        assert words in text, words
    assert "今天" not in text and "此后有改动" not in text


def test_the_areas_of_then(land: Land, as_: As) -> None:
    """The area valid at the assignment's start explains it; today's, which would decide otherwise, is a note."""
    order = land.order("KD1", local("09:00"), "HZ01A")
    area = tables.areas
    counted_up(land.engine, update(area).where(area.c.station == "HZ01A").values(valid_until=local("12:00")))
    land.clock.at = local("11:59")
    assert "今天" not in why(as_("hz01"), order)
    land.clock.at = local("12:00")
    text = why(as_("hz01"), order)
    assert "选中" in text and "按今天的资料会派到" in text and "HZ01)" in text.split("按今天的资料会派到")[1][:40]
    assert "此后有改动" not in text


def test_stations_that_changed(land: Land, as_: As) -> None:
    """Stations have no versions: where they make the difference, the log's word stands and the page says so."""
    order = land.order("KD1", local("09:00"), "HZ01A")
    stations = tables.stations
    counted_up(land.engine, update(stations).where(stations.c.code == "HZ01A").values(accepts=False))
    text = why(as_("hz01"), order)
    assert "此后有改动" in text and text.index("HZ01A") < text.index("按现有资料推演") < text.index("不接单")
    rehearsed, decided = text.split("推演结果")[1].split("当时的决定")
    assert "(HZ01)" in rehearsed and "(HZ01A)" in decided and "坐标在它的服务范围内" in decided
    assert "decided then: HZ01A" in decided and " 结果:" not in text


def test_the_version_of_an_area(land: Land, as_: As) -> None:
    """Which change brought the area, since when."""
    area = tables.areas
    since = local("08:00", "2026-05-01")
    counted_up(land.engine, update(area).where(area.c.station == "HZ01A").values(valid_from=since))
    text = why(as_("hz01a"), land.order("KD1", local("09:00"), "HZ01A"))
    assert "第 1 号变更,2026-05-01T08:00:00+08:00 起" in text and "change 1, since 2026-05-01" in text


def test_a_named_place_that_was_passed_over(land: Land, as_: As) -> None:
    """Its station accepts nothing: what the log keeps of it is shown, masked."""
    stations, named = tables.stations, tables.named_places
    counted_up(land.engine, update(stations).where(stations.c.code == "HZ03").values(accepts=False))
    place = {"adcode": "330106", "fragment": "文三路", "station": "HZ03", "valid_from": local("08:00"), "by": "赵敏"}
    counted_up(land.engine, insert(named).values(**place, note=""))
    reading_words(land)
    order = land.order("KD1", local("09:00"), "HZ01A")
    text = why(as_("hq"), order)
    assert "「地址中的一处地名」划归 HZ03,它不接单,略过" in text and "文三路" not in text
    assert "此后有改动" not in text and "今天" not in text


def test_an_address_that_was_not_read_then(land: Land, as_: As) -> None:
    """An order of before addresses were read: not `unreadable`, and nothing has changed since because of that."""
    order = land.order("KD1", local("09:00"), lng=None, lat=None)
    text = why(as_("hq"), order)
    assert "当时未读地址" in text and "可读" not in text and "此后有改动" not in text
    assert "当时未读地址,今天会读;按今天的资料会派到" in text and "(HZ01)" in text
    order = land.order("KD2", local("09:00"), lng=None, lat=None, adcode="339999")
    text = why(as_("hq"), order)
    assert "339999,代码不在名录中" in text and "改动" not in text
    assert "当时未读地址,今天会读;按今天的资料会派到" in text


@pytest.mark.parametrize(
    ("lng", "lat", "words"),
    [(0, 0, "坐标为 0,0,未采用"), (30.07, 120.07, "坐标疑似经纬度颠倒,未采用"), (181, 1, "坐标不在中国范围内,未采用")],
)
def test_ignored_points(land: Land, as_: As, lng: float, lat: float, words: str) -> None:
    """B-71: in the log and in the explanation."""
    order = land.order("KD1", local("09:00"), lng=lng, lat=lat, adcode="330106")
    visitor = as_("hz01")
    assert words in log(visitor, order) and words in why(visitor, order)


def test_far_and_ambiguous(land: Land, as_: As) -> None:
    """B-70, ROUTE-2: kilometres and candidates, with their names."""
    with writing(land.engine) as conn:
        import_district_shapes(conn, [("330106", "西湖区", box(120.6, 30.0, 120.7, 30.1).wkb)], local("08:00"))
    reading_words(land)
    order = land.order("KD1", local("09:00"))
    visitor = as_("hq")
    assert "坐标距所填区县超过 51 公里" in log(visitor, order)
    assert "坐标距该区县超过 10 公里" in why(visitor, order) and "51" not in why(visitor, order)
    order = land.order("KD2", local("09:00"), lng=None, lat=None, address="朝阳区建国路1号")
    assert "地址可指 2 个区县" in log(visitor, order)
    assert "北京市朝阳区(110105)" in why(visitor, order)


def test_behind_the_mask(land: Land, as_: As) -> None:
    """ROLE-2: point, distances and names of the address are exact only after a look."""
    order = land.order("KD1", local("09:00"))
    visitor = as_("hq")
    masked = why(visitor, order)
    assert "120.07, 30.07 (GCJ-02)" in masked and "120.070000" not in masked and "WGS-84" not in masked
    assert not re.search(r"[0-9] (米|公里|m\b|km\b)", masked)
    looked = visitor.post(f"/orders/{order}/look", {"reason": LOOK_REASONS[0]}, page=f"/orders/{order}")
    assert looked.status_code == 200 and "120.070000, 30.070000" in looked.text and "WGS-84 120.06" in looked.text
    assert re.search(r"距边界 [0-9]+ 米", looked.text)


def test_prefix(land: Land, as_: As) -> None:
    """CHAN-1"""
    order = land.order("LP1", local("09:00"))
    assert "单号前缀与渠道不符" in why(as_("hq"), order)


def test_held(land: Land, as_: As) -> None:
    """CHAN-5: nothing to explain before it is routed."""
    push = OrderPush("kuaidi100", "KD1", local("09:00"), {"business_type": "send_express", "online": True})
    assert land.do(local("09:00"), push) == [None]
    assert why(as_("hq"), land.id("KD1")) == ""


def test_an_update_explains_the_last_route(land: Land, as_: As) -> None:
    """CHAN-3: a new place is routed again, and that is what is explained."""
    order = land.order("KD1", local("09:00"))
    land.order("KD1", local("09:10"), "HZ02")
    text = why(as_("hz02"), order)
    assert "HZ02" in text and "按 2026-05-04 09:10:00" in text
    assert as_("hz01").get(f"/orders/{order}").status_code == 404


def test_no_more_queries(land: Land, as_: As) -> None:
    """An explanation asks the network in memory, not the database: as many statements as for an order held, but for
    the one that asks for the sender's other orders: a held one has no number to ask by."""
    held = land.order("KD9", local("09:00"), "HZ01A", sender={"name": "欧阳明月"})
    assert land.row("KD9").state == "held" and why(as_("hq"), held) == ""
    order, visitor = land.order("KD1", local("09:00"), "HZ01A"), as_("hq")
    for one in (order, held):
        visitor.get(f"/orders/{one}")
    said: list[str] = []
    event.listen(land.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    counts: list[list[str]] = []
    more: list[int] = []
    for one in (order, held):
        said.clear()
        visitor.get(f"/orders/{one}")
        counts.append([one for one in said if "sender_phone = " not in one])
        more.append(len(said) - len(counts[-1]))
    assert len(counts[0]) <= len(counts[1]) and more == [1, 0]
