"""The search in the header (DO-7, ROLE-1): numbers, one or a pasted list; a station, a week, a ledger entry."""

import re
from collections.abc import Callable

import pytest

from penalties.noticing.actions import publish_notice
from rulebook.book import packaged
from storage.session import writing
from tests.web.conftest import Visitor, body
from tests.web.console.conftest import Land, local
from tests.web.console.money import JSON, credit

As = Callable[[str], Visitor]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WAYBILL = "55000000000001"


def ask(visitor: Visitor, q: str) -> str:
    """Where it leads; else the page that it shows."""
    answer = visitor.post("/search", {"q": q}, page="/home")
    assert answer.status_code in (200, 303), answer.text
    return answer.headers["Location"] if answer.status_code == 303 else answer.text


def listed(page: str) -> tuple[list[str], list[str]]:
    """Orders of the list, and the numbers that nobody knows."""
    missing = re.search(r'alert-warning">.*?<span class="no">([^<]*)<', page, re.S)
    return re.findall(r'class="no" [^>]*href="/orders/\d+">(KD\d+)<', page), missing[1].split("、") if missing else []


def test_do_7_one_number_leads_to_its_order(land: Land, as_: As) -> None:
    """By the logistics or the present waybill number; another station's does not exist."""
    order = land.order("KD1", local("08:31"))
    land.accept("KD1", "HZ01", local("08:40"))
    land.confirm("KD1", "HZ01", local("08:50"), WAYBILL)
    for login in ("hz01", "zhejiang", "hq"):
        assert [ask(as_(login), q) for q in ("KD1", f"  {WAYBILL}\n")] == [f"/orders/{order}"] * 2, login
    for login in ("hz02", "xinjiang"):
        assert listed(ask(as_(login), "KD1")) == ([], ["KD1"]), login
        assert listed(ask(as_(login), WAYBILL)) == ([], [WAYBILL]), login
    for login in ("finance", "admin"):  # they see no orders
        page = ask(as_(login), "KD1")
        assert "没有找到" in page and "/orders/" not in page.split("<main")[1], login


def test_do_7_a_pasted_list_and_what_nobody_knows(land: Land, as_: As) -> None:
    """However it is separated, each once; a list holds neither a foreign order nor a word of whose it is."""
    for number, place in (("KD1", "HZ01"), ("KD2", "HZ01A"), ("KD3", "HZ02")):
        land.order(number, local("08:31"), place)
    pasted = "KD1, KD2\r\nKD3;KD1\tKD9"
    assert listed(ask(as_("hz01"), pasted)) == (["KD2", "KD1"], ["KD3", "KD9"])
    assert listed(ask(as_("hq"), pasted)) == (["KD3", "KD2", "KD1"], ["KD9"])
    many = [f"KD{k}" for k in range(1, 1_001)]
    assert listed(ask(as_("hz01"), "\n".join(many)))[0] == ["KD2", "KD1"]
    refused = {"\n".join([*many, "KD1001"]): "too_many_numbers", "": "field_required", " , ": "field_required",
               "x" * 65: "text_too_long", "KD\x001": "text_invalid"}  # fmt: skip
    for q, code in refused.items():
        answer = as_("hz01").post("/search", {"q": q}, page="/home", headers=JSON)
        assert (answer.status_code, body(answer)["errors"]) == (422, [{"code": code, "field": "q"}]), q[:20]


def test_stations_by_code_or_name_within_ones_scope(land: Land, as_: As) -> None:
    """ROLE-1: one found is its page, several a list; a code that fits exactly is meant."""
    assert ask(as_("hz01"), "hz01") == "/statements/HZ01"
    assert ask(as_("finance"), "XJ01") == ask(as_("hq"), "xj01") == "/statements/XJ01"
    for login in ("hz01", "zhejiang"):
        assert "/statements/XJ01" not in ask(as_(login), "XJ01"), login
    assert set(re.findall(r'href="(/statements/\w+)"', ask(as_("zhejiang"), "HZ"))) == {
        f"/statements/{code}" for code in ("HZ01", "HZ01A", "HZ02", "HZ03", "HZ09")
    }
    for login, found in (("hz01", ["HZ01", "HZ01A"]), ("hz02", [])):
        assert re.findall(r'href="/statements/(\w+)"', ask(as_(login), "西湖").split("<main")[1]) == found, login
    assert "没有找到" in ask(as_("admin"), "HZ01")


def test_a_week_leads_to_its_notice_when_there_is_one(land: Land, as_: As) -> None:
    """NOTICE-1: HQ sees it before it is published. What has no page is said to be unknown, not led to."""
    land.clock.at = local("08:00", "2026-05-11")
    assert ask(as_("hq"), "2026-w19") == "/notices/2026-W19"
    assert listed(ask(as_("hz01"), "2026-W19"))[1] == ["2026-W19"] and "没有找到" in ask(as_("finance"), "2026-W19")
    with writing(land.engine) as conn:
        publish_notice(conn, "2026-W19", land.clock.at, "总部赵敏", None, packaged())
    for login in ("hz01", "finance", "hq"):
        assert ask(as_(login), "2026W19") == "/notices/2026-W19", login
    assert "没有找到" in ask(as_("admin"), "2026-W19")
    assert listed(ask(as_("hq"), "2026-W99"))[1] == ["2026-W99"]


def test_an_entry_of_the_ledger_for_who_reads_it(land: Land, as_: As) -> None:
    """ROLE-1: HQ and finance; a station looks at its statement."""
    credit(land.engine, "HZ01", 12_300)
    for login in ("hq", "finance"):
        assert ask(as_(login), "#1") == "/ledger/1", login
    assert "没有找到" in ask(as_("finance"), "#2") and listed(ask(as_("hq"), "#2"))[1] == ["#2"]
    assert listed(ask(as_("hz01"), "#1"))[1] == ["#1"]


def test_it_stands_in_the_header(land: Land, as_: As) -> None:
    """For all whom it can find something; nobody searches by an address, which is kept and shown around."""
    has = {login: 'action="/search"' in as_(login).get("/home").text
           for login in ("hz01", "zhejiang", "hq", "finance", "admin")}  # fmt: skip
    assert has == {"hz01": True, "zhejiang": True, "hq": True, "finance": True, "admin": False}
    assert as_("hq").get("/search?q=KD1").status_code == 405
