"""The list of stations and the orders that the machine failed to judge: filters, pages, and whose they are."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import insert, update

from dispatch.actions import TRIES
from storage.session import writing
from storage.tables.dispatch import orders, troubles
from storage.tables.geo import stations
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from web.console import stations as screen

As = Callable[[str], Visitor]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HANGZHOU = ["HZ01", "HZ01A", "HZ02", "HZ03"]


def codes(visitor: Visitor, query: str = "") -> list[str]:
    """The stations of the list, in its order."""
    answer = visitor.get(f"/stations{query}")
    assert answer.status_code == 200, query
    return re.findall(r'href="/areas#(\w+)"', answer.text)


def test_role_1_a_province_sees_its_own_stations(land: Land, as_: As) -> None:
    province = as_("zhejiang")
    everything = codes(as_("hq"))
    assert "XJ01" in everything and set(HANGZHOU) < set(everything)
    assert set(HANGZHOU) <= set(codes(province)) and "XJ01" not in codes(province)
    assert codes(as_("xinjiang")) == ["XJ01", "XJ02"]
    for query in ("?q=XJ01", "?province=新疆维吾尔自治区", "?after=XI"):  # nor by any filter, nor its name in a choice
        assert "XJ01" not in codes(province, query), query
        assert "XJ01" not in province.get(f"/stations{query}").text.split("<main")[1].replace(query[3:], ""), query
    assert 'value="新疆维吾尔自治区"' not in province.get("/stations").text
    assert set(codes(as_("hz01"))) == {"HZ01", "HZ01A"}, "a station: itself and its contracted areas"
    assert as_("finance").get("/stations").status_code == 403


def test_filters_are_taken_together(land: Land, as_: As) -> None:
    with writing(land.engine) as conn:
        conn.execute(update(stations).where(stations.c.code == "HZ03").values(accepts=False))
    visitor = as_("hq")
    assert codes(visitor, "?q=hz01") == ["HZ01", "HZ01A"], "capitals do not matter"
    assert codes(visitor, "?q=拱墅一") == ["HZ02"]
    assert codes(visitor, "?q=HZ&level=2") == ["HZ01A"]
    assert "HZ03" in codes(visitor, "?q=HZ&accepts=0") and "HZ02" not in codes(visitor, "?q=HZ&accepts=0")
    assert "HZ03" not in codes(visitor, "?accepts=1") and "HZ02" in codes(visitor, "?accepts=1")
    assert "没有符合的网点" in visitor.get("/stations?q=nobody").text
    for query in ("?level=3", "?accepts=yes", "?q=" + "x" * 41):
        assert visitor.get(f"/stations{query}").status_code == 422, query


def test_pages_hold_each_station_once(land: Land, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = as_("hq")
    whole = codes(visitor)
    monkeypatch.setattr(screen, "PAGE", 2)
    query, met = "?level=1", list[str]()
    for _ in whole:
        met += codes(visitor, query)
        following = re.search(r'id="next-page" href="/stations([^"]+)"', visitor.get(f"/stations{query}").text)
        if not following:
            break
        query = following[1].replace("&amp;", "&")
        assert "level=1" in query, "the filter goes with the page"
    assert met == [one for one in whole if one != "HZ01A"]


def test_troubled_orders_stuck_or_all(land: Land, as_: As) -> None:
    """RELIABILITY F-15: who waits for a person, and who is tried again; the error is masked, hostile text is text."""
    tries = {"KD1": TRIES - 1, "KD2": TRIES}
    for number, place in (("KD1", "HZ01"), ("KD2", "XJ01")):
        land.order(number, local("09:00"), place)
    error = "ValueError: <script>x</script> 13812345678"
    with writing(land.engine) as conn:
        rows = [
            {"order_id": land.id(one), "tries": many, "last_at": local("09:10"), "error": error}
            for one, many in tries.items()
        ]
        conn.execute(insert(troubles), rows)
        conn.execute(update(orders).where(orders.c.id == land.id("KD2")).values(next_at=None))
    hq = as_("hq")
    found = {kind: re.findall(r">(KD\d)<", hq.get(f"/troubles?kind={kind}").text) for kind in ("all", "stuck")}
    assert found == {"all": ["KD1", "KD2"], "stuck": ["KD2"]}
    page = hq.get("/troubles").text.split("<main")[1]
    assert "&lt;script&gt;" in page and "<script>x" not in page and "13812345678" not in page
    assert page.count("waits for a person") + page.count('bg-red-lt">等待人工') == 1, "the other is tried again"
    last = max(map(land.id, tries))
    assert "没有异常订单" in hq.get(f"/troubles?after={last}").text
    for query in ("?after=x", "?after=-1", "?after=" + "9" * 19, "?kind=mine"):
        assert hq.get(f"/troubles{query}").status_code == 422, query
    assert '<a class="no"' not in as_("admin").get("/troubles").text, "an admin opens no orders"
    assert {as_(one).get("/troubles").status_code for one in ("hz01", "zhejiang", "finance")} == {403}
