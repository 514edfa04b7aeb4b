"""问题: the stored findings, by kind and station, each with its place on the map (B-87)."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from geo.checks import find
from geo.findings.actions import refresh
from geo.queries import network_version
from geo.service_areas.queries import present_areas
from storage.session import reading, writing
from tests.web.conftest import Visitor
from tests.web.console.areas_calls import feature, square, stored
from tests.web.console.conftest import Land, local
from web.console import findings
from web.console.findings import size

As = Callable[[str], Visitor]


def check(land: Land, engine: Engine) -> int:
    """Finds what is doubtful now; the network's version."""
    with reading(engine) as conn:
        network, version = land.world.network, network_version(conn)
        found = find(network.stations, present_areas(conn, land.clock()), network.serves, network.shapes)
    with writing(engine) as conn:
        assert refresh(conn, version, found, land.clock())
    return version


def numbers(text: str) -> list[int]:
    return [int(one) for one in re.findall(r"#(\d+)</small></td>", text)]


def test_b_87_the_list_and_the_way_to_the_map(land: Land, as_: As, engine: Engine) -> None:
    visitor = as_("hq")
    assert "还没有检查过" in visitor.get("/areas/findings").text
    assert stored(visitor, stations=["XJ02"]).status_code == 200  # a station without area
    version = check(land, engine)
    text = visitor.get("/areas/findings").text
    assert "重叠" in text and "拱墅一网点" in text and "拱墅二网点" in text and "21." in text
    assert "网点无范围" in text and "沙依巴克网点" in text and "即将重新检查" not in text
    assert f"/areas?finding={version}-1" in text and "/areas?station=XJ02" in text
    page = visitor.get(f"/areas?finding={version}-1")
    assert page.status_code == 200 and "重叠" in page.text and "&#34;parts&#34;: [[[[120.2" in page.text
    for role in ("hz01", "zhejiang"):
        assert 'data-finding=""' in as_(role).get(f"/areas?finding={version}-1").text  # theirs is the map alone


def test_filters_and_pages(land: Land, as_: As, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = as_("admin")
    stored(visitor, feature("HZ09", square(120.2, 30.0)), stations=["HZ09", "XJ01", "XJ02"])
    check(land, engine)
    everything = numbers(visitor.get("/areas/findings").text)
    assert everything == list(range(1, len(everything) + 1)) and len(everything) >= 5
    only = visitor.get("/areas/findings?kind=no_area").text
    assert "天山网点" in only and "拱墅一网点" not in only
    assert len(numbers(visitor.get("/areas/findings?station=HZ03").text)) == 2  # either side of an overlap
    assert "没有问题" in visitor.get("/areas/findings?station=nobody").text
    for bad in ("kind=odd", "after=x", "after=-1", "after=" + "9" * 30):
        assert visitor.get(f"/areas/findings?{bad}").status_code == 422, bad
    monkeypatch.setattr(findings, "PAGE", 2)
    shown, path = [], "/areas/findings"
    while path:
        text = visitor.get(path).text
        shown += numbers(text)
        following = re.search(r'href="(/areas/findings\?after=\d+)"', text)
        path = following[1] if following else ""
    assert shown == everything


def test_what_was_found_before_a_change_is_told_so(land: Land, as_: As, engine: Engine) -> None:
    visitor, version = as_("hq"), check(land, engine)
    land.clock.at = local("08:45")
    stored(visitor, feature("HZ03", square(120.3, 30.0)))
    assert "即将重新检查" in visitor.get("/areas/findings").text
    check(land, engine)
    assert "即将重新检查" not in visitor.get("/areas/findings").text
    for gone in (f"{version}-1", "x", "1", f"{version}-x", f"{version}-0", f"{version + 1}-99", "-1", "٣-١"):
        assert visitor.get("/areas", query_string={"finding": gone}).status_code == 404, gone


def test_sizes_in_words() -> None:
    assert [size(one) for one in (None, 0.4, 350.2, 99_999, 2_412_000)] == [
        "",
        "0 m²",
        "350 m²",
        "99,999 m²",
        "2.41 km²",
    ]
