"""边界登记 (ROUTE-4, ROUTE-5): what HQ decided, for both sides, their houses, the province and HQ (ROLE-1)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from dispatch.borders.queries import PAGE
from storage.session import reading, writing
from storage.tables.dispatch import border_entries
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]


@pytest.fixture
def decided(land: Land, as_: As) -> Land:
    """HZ01A and HZ02 passed KD1 to each other; HQ gave it to HZ02."""
    order = land.order("KD1", local("09:00"), "HZ01A", adcode="330106")
    land.transfer("KD1", "HZ01A", local("09:05"), "HZ02", "不在我处")
    land.transfer("KD1", "HZ02", local("09:10"), "HZ01A", "也不在我处")
    assert land.row("KD1").station == "DATA_CENTRE"
    land.clock.at = local("09:20")
    form = {"one": str(order), f"to-{order}": "HZ02", f"note-{order}": "欧阳明月说河西归拱墅,问 13812345678"}
    assert as_("hq").post("/data-centre/dispatch", form, page="/data-centre").status_code == 303
    return land


def entries(engine: Engine) -> list[Any]:
    with reading(engine) as conn:
        return list(conn.execute(select(border_entries)))


def test_route_5_what_the_register_keeps(decided: Land, engine: Engine) -> None:
    """Written with the dispatch; a street, and no house number, name or phone."""
    [row] = entries(engine)
    assert (row.station, row.others, row.seq) == ("HZ02", ["HZ01A"], 4)
    assert (row.decided_by, row.decided_at) == ("总部赵敏", local("09:20"))
    assert (row.lng, row.lat, row.adcode) == (120.03, 30.03, "330106")
    assert row.fragment.endswith("文三路") and row.note == "欧***说河西归拱墅,问 ****"
    kept = f"{row.fragment}{row.others}{row.adcode}{row.note}"
    assert not re.search("123号|4幢|501|欧阳明月|13812345678", kept)


@pytest.mark.parametrize(
    ("login", "sees", "number"),
    [("hz02", True, True), ("hz01a", True, False), ("hz01", True, False), ("zhejiang", True, True), ("hq", True, True),
     ("xinjiang", False, False)],
)  # fmt: skip
def test_role_1_both_sides_see_it(decided: Land, as_: As, login: str, sees: bool, number: bool) -> None:
    """An order that is no longer theirs stays without its number."""
    text = as_(login).get("/borders").text
    assert ("文三路" in text) is sees and ("KD1" in text) is number
    assert ("河西归拱墅" in text) is sees and not re.search("13812345678|欧阳明月", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|None|\{\{", text)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("login", ["finance", "admin"])
def test_role_1_others_do_not(decided: Land, as_: As, login: str) -> None:
    assert as_(login).get("/borders").status_code == 403


def test_filter_and_pages(decided: Land, as_: As, engine: Engine) -> None:
    hq = as_("hq")
    for station, sees in (("HZ01A", True), ("HZ02", True), ("HZ01", False), ("%", False), ("'", False)):
        assert ("文三路" in hq.get("/borders", query_string={"station": station}).text) is sees, station
    for query in ("after=x", "station=%00", "station=a%00b", "station=" + "9" * 33):
        assert hq.get(f"/borders?{query}").status_code == 422, query
    row = entries(engine)[0]._asdict()
    more = [{**row, "id": 1_000 + n, "seq": 100 + n, "fragment": f"街{n:02d}路"} for n in range(PAGE)]
    with writing(engine) as conn:
        conn.execute(border_entries.insert(), more)
    first = hq.get("/borders?station=HZ02").text
    (following,) = re.findall(r'id="next-page" href="([^"]+)"', first)
    second = hq.get(following.replace("&amp;", "&")).text
    shown = [re.findall(r"(街\d\d路|文三路)", page) for page in (first, second)]
    assert [len(one) for one in shown] == [PAGE, 1] and len({*shown[0], *shown[1]}) == PAGE + 1


def test_a_dispatch_without_dispute_leaves_none(land: Land, as_: As, engine: Engine) -> None:
    order = land.order("KD1", local("09:00"), "gap")
    form = {"one": str(order), f"to-{order}": "HZ02", f"note-{order}": "x"}
    as_("hq").post("/data-centre/dispatch", form, page="/data-centre")
    assert land.row("KD1").station == "HZ02" and entries(engine) == []


def test_a_later_order_there_shows_the_decision(decided: Land, as_: As) -> None:
    """ROUTE-5: what was settled is seen where the next one comes in, the street only behind the mask."""
    near = decided.order("KD2", local("09:30"), "HZ02", adcode="330106")
    text = as_("hz02").get(f"/orders/{near}").text
    assert "附近的边界判定" in text and "河西归拱墅" in text and "13812345678" not in text
    card = text[text.index("附近的边界判定") :][:900]
    assert "HZ02" in card and "HZ01A" in card and "文三路" not in card
    elsewhere: dict[str, Any] = {"address": "上海市静安区南京西路1号", "lng": 120.2, "lat": 30.2}
    far = decided.order("KD3", local("09:31"), "HZ01A", adcode="330108", **elsewhere)
    assert "附近的边界判定" not in as_("hq").get(f"/orders/{far}").text
