"""Whose rows a figure opens, on both databases: behind the second wall too (ROLE-1, I-23)."""

import re

from tests.web.console.conftest import Land
from tests.web.console.reports_scenes import WEEK, As, frozen, week

PAGE = f"/reports/weekly/{WEEK}"


def test_a_level_1_station_opens_its_contracted_area(land: Land, as_: As) -> None:
    """DO-1: level 2 is its own; the other way round it is not."""
    week(land)
    assert as_("hz01").get(f"{PAGE}?scope=station:HZ01A").status_code == 200
    rows = as_("hz01").get(f"{PAGE}/rows?cell=accept_clocks@station:HZ01A").text
    assert ">KD1<" in rows and ">KD0<" not in rows


def test_a_percentile_marks_its_row_and_an_order_opens_where_one_may(land: Land, as_: As) -> None:
    week(land)
    visitor = as_("hq")
    page = visitor.get(f"{PAGE}/rows?cell=accept_p90@network:").text
    marked = re.search(r'<tr class="marked" id="marked">(.*?)</tr>', page, re.S)
    assert marked is not None and "KD13" in marked[1] and page.count('class="marked"') == 1, (
        "13 minutes, the most of four"
    )
    assert f'href="/orders/{land.id("KD13")}"' in marked[1]
    case = next(one for one, kind, _ in land.cases() if kind == "V-ACCEPT")
    assert f'href="/violations/{case}/pack"' in visitor.get(f"{PAGE}/rows?cell=confirmed@network:").text
    land.transfer("KD11", "HZ01A", land.clock.at, "HZ02")
    own = as_("hz01a").get(f"{PAGE}/rows?cell=holdings@station:HZ01A").text
    assert "KD11" in own and f'href="/orders/{land.id("KD11")}"' not in own, "it held it, and holds it no more"


def test_a_station_sees_its_frozen_rows_and_no_others(land: Land, as_: As) -> None:
    """Its part lies with its whole province's."""
    week(land)
    frozen(land)
    for login, mine, other in (("hz01a", "station:HZ01A", "station:HZ02"), ("zhejiang", "province:浙江省", "network:")):
        page = as_(login).get(f"{PAGE}/rows?cell=orders@{mine}").text
        assert ">KD1<" in page and ">KD3<" not in page and 'class="equal "' in page
        assert as_(login).get(f"{PAGE}/rows?cell=orders@{other}").status_code == 404
