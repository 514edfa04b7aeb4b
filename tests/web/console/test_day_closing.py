"""DAY-1, DO-5: the day in figures, signed once; what changes later stands beside it; who has not signed; leftovers."""

import json
import re
from collections.abc import Callable
from datetime import date
from html import unescape
from threading import Barrier, Thread
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from dispatch.facts import Dispatch, Target
from pickups.closing.queries import figures, leftovers
from storage.session import reading, writing
from storage.tables.pickups import day_sheets
from tests.web.conftest import Visitor, body
from tests.web.console.conftest import Land, local
from tests.web.console.test_board import JSON, accepted

As = Callable[[str], Visitor]
DAY = "2026-05-04"
NAME = "西湖王芳"
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # row security, races


def a_day(land: Land) -> dict[str, int]:
    """Something of everything at HZ01."""
    orders = {number: land.order(number, local("09:00")) for number in ("KD1", "KD2", "KD3", "KD4", "KD5", "KD6")}
    orders["KD7"] = land.order("KD7", local("09:00"), "HZ02")
    for number in ("KD1", "KD2", "KD5"):
        land.accept(number, "HZ01", local("09:05"))
    land.confirm("KD1", "HZ01", local("09:30"), "55000000000001")
    land.scan("55000000000001", "HZ01", local("09:31"))
    land.confirm("KD2", "HZ01", local("09:40"), "55000000000002")
    land.fail("KD3", "HZ01", local("09:10"), "forbidden_goods", "烟花")
    land.transfer("KD4", "HZ01", local("09:11"), "HZ02")
    land.transfer("KD7", "HZ02", local("09:12"), "HZ01")
    land.withdraw("KD6", local("09:13"))
    land.sweep(local("20:00"))
    return orders


def form_of(page: str, **more: str) -> dict[str, str]:
    """The form as the page has it, signed."""
    shown = re.search(r'name="shown" value="([^"]*)"', page)
    assert shown
    return {"station": "HZ01", "day": DAY, "shown": unescape(shown[1]), "name": NAME, "sure": "1", **more}


def sign(visitor: Visitor, **more: str) -> Any:
    page = visitor.get(f"/closing?day={DAY}").text
    return visitor.post("/closing/sign", form_of(page, **more), page="/closing")


def code(visitor: Visitor, **more: str) -> str:
    page = visitor.get(f"/closing?day={DAY}").text
    answer = visitor.post("/closing/sign", form_of(page, **more), page="/closing", headers=JSON)
    return "" if answer.status_code == 303 else f"{answer.status_code} {body(answer)['code']}"


def sheets(land: Land) -> int:
    with reading(land.engine) as conn:
        return conn.execute(select(func.count()).select_from(day_sheets)).scalar_one()


@ONLY_POSTGRESQL
def test_day_1_the_figures_and_the_orders_behind_them(land: Land, as_: As) -> None:
    orders = a_day(land)
    with reading(land.engine) as conn:
        found = {name: ids for name, ids in figures(conn, "HZ01", date.fromisoformat(DAY)).items() if ids}
    of = {name: sorted(key for key, one in orders.items() if one in ids) for name, ids in found.items()}
    assert of == {
        "received": ["KD1", "KD2", "KD3", "KD4", "KD5", "KD6"], "transferred_in": ["KD7"],
        "accepted": ["KD1", "KD2", "KD5"], "transferred_out": ["KD4"], "picked_up": ["KD1", "KD2"],
        "failed:forbidden_goods": ["KD3"], "withdrawn": ["KD6"], "late": ["KD7"], "waiting": ["KD7"],
        "to_pick_up": ["KD5"], "unscanned": ["KD2"],
    }  # fmt: skip
    land.clock.at = local("20:00")
    visitor = as_("hz01")
    page = visitor.get(f"/closing?day={DAY}").text
    assert "<b>6</b>新到订单" in page and "<b>1</b>转出、改派" in page, "also behind the wall of row security"
    assert "figure=failed:forbidden_goods" in unquote(page)
    behind = visitor.get(f"/closing/orders?station=HZ01&day={DAY}&figure=transferred_out").text
    assert "已不在本网点" in behind and f'/orders/{orders["KD4"]}"' not in behind
    assert ">KD5</a>" in visitor.get(f"/closing/orders?station=HZ01&day={DAY}&figure=to_pick_up").text


@ONLY_SQLITE
def test_day_1_signed_once_with_a_word_on_each_order_without_a_scan(land: Land, as_: As) -> None:
    """The exact end of duty; own name; a tick; words; never twice, never changed."""
    a_day(land)
    land.clock.at = local("19:59")
    visitor = as_("hz01")
    left = f"word-{land.id('KD2')}"
    assert code(visitor, **{left: "明早补扫"}) == "422 day_not_over"
    land.clock.at = local("20:00")
    assert code(visitor) == "422 word_required"
    assert code(visitor, **{left: "明早补扫"}, name="别人") == "422 signature_differs"
    assert code(visitor, **{left: "明早补扫"}, sure="") == "422 invalid"
    assert code(visitor, **{left: "明早补扫"}, shown="[1]") == "422 invalid"
    assert sheets(land) == 0
    page = form_of(visitor.get(f"/closing?day={DAY}").text, **{left: "明早补扫,欧阳明月 13812345678"})
    assert visitor.post("/closing/sign", page, page="/closing").status_code == 303
    with reading(land.engine) as conn:  # kept for ever, so nobody's name gets into it (ROLE-2)
        assert list(conn.scalars(select(day_sheets.c.unscanned))) == [[[land.id("KD2"), "明早补扫,欧*** ****"]]]
    again = visitor.post("/closing/sign", page, page="/closing", headers=JSON)
    assert (again.status_code, body(again)["code"], sheets(land)) == (409, "day_closed", 1)
    signed = visitor.get(f"/closing?day={DAY}").text
    assert "已签字" in signed and NAME in signed and "明早补扫" in signed and "没有变化" in signed
    assert 'name="shown"' not in signed
    for statement in (delete(day_sheets), update(day_sheets).values(signed_by="x")):
        with pytest.raises(DBAPIError), writing(land.engine) as conn:
            conn.execute(statement)


@ONLY_SQLITE
def test_day_1_what_changed_since_it_was_shown_is_shown_first(land: Land, as_: As) -> None:
    a_day(land)
    land.clock.at = local("20:00")
    visitor = as_("hz01")
    form = form_of(visitor.get(f"/closing?day={DAY}").text, word="明早补扫")
    land.confirm("KD5", "HZ01", local("20:01"), "55000000000005")
    answer = visitor.post("/closing/sign", form, page="/closing")
    assert answer.status_code == 409 and "内容已变化" in answer.text and sheets(land) == 0
    listed = answer.text.split('role="alert"')[1].split('class="tallies"')[0]
    assert "已揽收</strong>:2 → 3" in listed and "仍待揽收</strong>:1 → 0" in listed and "KD5" in listed
    again = form_of(answer.text, word="明早补扫")
    assert visitor.post("/closing/sign", again, page="/closing").status_code == 303 and sheets(land) == 1


@ONLY_SQLITE
def test_day_1_later_changes_stand_beside_it_with_their_date(land: Land, as_: As) -> None:
    """A scan that is told late moves the pickup into the day; the sheet keeps its figures and its digest."""
    a_day(land)
    land.clock.at = local("20:00")
    visitor = as_("hz01")
    assert sign(visitor, word="明早补扫").status_code == 303
    before = re.findall(r'<div class="check-mark[^>]*>([^<]+)<', visitor.get(f"/closing?day={DAY}").text)
    land.confirm("KD5", "HZ01", local("20:30"), "55000000000005")
    page = visitor.get(f"/closing?day={DAY}").text
    beside = page.split("签字后的变化")[1].split("历史")[0]
    assert "已揽收</strong>:2 → 3" in beside and "KD5" in beside and "2026-05-04 20:30:00" in beside
    assert "仍待揽收" not in beside, "what was left is done now: no difference of that day"
    assert re.findall(r'<div class="check-mark[^>]*>([^<]+)<', page) == before
    assert "<b>2</b>已揽收" in page and "2026-05-04" in page.split("历史")[1]
    assert "KD5" not in visitor.get(f"/closing/orders?station=HZ01&day={DAY}&figure=picked_up").text


@ONLY_POSTGRESQL
def test_day_1_two_at_once_make_one_sheet(land: Land, as_: As) -> None:
    a_day(land)
    land.clock.at = local("20:00")
    visitors = [as_("hz01"), as_("hz01")]
    form = form_of(visitors[0].get(f"/closing?day={DAY}").text, word="明早补扫")
    tokens, start, got = [one.token("/closing") for one in visitors], Barrier(2), []

    def one(visitor: Visitor, token: str) -> None:
        start.wait()
        got.append(visitor.client.post("/closing/sign", data={"csrf_token": token, **form}).status_code)

    threads = [Thread(target=one, args=pair) for pair in zip(visitors, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [303, 409] and sheets(land) == 1


@ONLY_POSTGRESQL
def test_day_1_who_has_not_closed(land: Land, as_: As) -> None:
    """ROLE-1: a province its own, HQ all; a station without an order in the day has nothing to close."""
    a_day(land)
    land.clock.at = local("20:00")
    assert sign(as_("hz01"), word="明早补扫").status_code == 303
    land.clock.at = local("09:00", "2026-05-05")
    for login in ("zhejiang", "hq"):
        page = as_(login).get("/closing?province=浙江省").text
        assert DAY in page and "HZ02" in page and "station=HZ01&" not in page and "HZ03" not in page
        assert "已签字" in as_(login).get(f"/closing?station=HZ01&day={DAY}").text
    assert "浙江省" not in as_("xinjiang").get("/closing").text.split("</header>")[-1]
    for login in ("xinjiang", "hz02", "hz01a"):
        assert as_(login).get(f"/closing?station=HZ01&day={DAY}").status_code == 404
    for login in ("finance", "admin"):
        assert as_(login).get("/closing").status_code == 403
    form = {"station": "HZ02", "day": DAY, "name": "总部赵敏", "sure": "1", "shown": "{}"}
    assert as_("hq").post("/closing/sign", form, page="/closing").status_code == 403


@ONLY_SQLITE
def test_day_1_how_long_it_can_be_signed(land: Land, as_: As) -> None:
    """Later than 10:00 of the next day is marked as late; after seven days never."""
    accepted(land, "KD1")
    land.clock.at = local("10:01", "2026-05-05")
    assert sign(as_("hz01")).status_code == 303
    assert "逾期补签" in as_("hz01").get(f"/closing?day={DAY}").text
    accepted(land, "KD2", "HZ02")
    land.clock.at = local("00:00", "2026-05-12")
    page = as_("hz02").get(f"/closing?day={DAY}").text
    assert "不能再补签" in page
    form = form_of(page, station="HZ02", name="拱墅周静")
    answer = as_("hz02").post("/closing/sign", form, page="/closing", headers=JSON)
    assert (answer.status_code, body(answer)["code"]) == (422, "day_too_old")


@ONLY_SQLITE
def test_day_1_leftovers_of_yesterday(land: Land) -> None:
    """What the station held before midnight and has not done; what came since is no leftover."""
    orders = a_day(land)
    land.order("KD8", local("00:00", "2026-05-05"))
    land.transfer("KD7", "HZ01", local("08:00", "2026-05-05"), "DATA_CENTRE")
    assert land.do(local("08:01", "2026-05-05"), Dispatch(Target("KD7"), "HZ01", "hq")) == [None]
    with reading(land.engine) as conn:
        found = leftovers(conn, {"HZ01", "HZ01A"}, date(2026, 5, 5))
        nothing = leftovers(conn, {"HZ01A"}, date(2026, 5, 5))
    assert {name: (left.count, left.orders) for name, left in found.items()} == {
        "to_pick_up": (1, (orders["KD5"],)),
        "unscanned": (1, (orders["KD2"],)),
    }
    assert nothing == {}


@ONLY_POSTGRESQL
def test_role_1_a_form_learns_nothing_of_foreign_orders(land: Land, as_: As) -> None:
    """What a form says it showed is somebody's word: an id of another station's order does not get its number, and
    none that is no id reaches the database."""
    foreign = land.order("KD99", local("10:00"), "XJ01")
    a_day(land)
    land.clock.at = local("20:00")
    visitor = as_("hz01")
    page = visitor.get(f"/closing?day={DAY}").text

    def told(*ids: int) -> Any:
        form = form_of(page, word="明早补扫", shown=json.dumps({"late": ids}, separators=(",", ":")))
        return visitor.post("/closing/sign", form, page="/closing")

    answer = told(foreign, land.id("KD4"))
    assert answer.status_code == 409 and "KD4" in answer.text and "KD99" not in answer.text
    for ids in ((2**63,), (0,), range(1, 30_002)):
        assert told(*ids).status_code == 422
    assert sheets(land) == 0


@ONLY_SQLITE
def test_day_1_no_order_without_a_scan_is_left_off_the_sheet(
    land: Land, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DO-5: with more of them than a sheet holds the day is not signed, whatever the form says."""
    for module in ("queries", "actions"):
        monkeypatch.setattr(f"pickups.closing.{module}.MOST", 1)
    for k in (1, 2):
        accepted(land, f"KD{k}")
        land.confirm(f"KD{k}", "HZ01", local("09:30"), f"5500000000000{k}")
    land.clock.at = local("20:00")
    visitor = as_("hz01")
    assert "请先清理" in visitor.get(f"/closing?day={DAY}").text
    with reading(land.engine) as conn:
        found = figures(conn, "HZ01", date.fromisoformat(DAY))
    form = {"station": "HZ01", "day": DAY, "name": NAME, "sure": "1", "word": "明早补扫",
            "shown": json.dumps({name: sorted(ids) for name, ids in found.items()})}  # fmt: skip
    answer = visitor.post("/closing/sign", form, page="/closing", headers=JSON)
    assert (answer.status_code, body(answer)["code"], sheets(land)) == (422, "too_many_unscanned", 0)


@ONLY_SQLITE
@pytest.mark.parametrize("bad", ["day=2026-13-01", "day=x", "station=NOPE"])
def test_bad_addresses(land: Land, as_: As, bad: str) -> None:
    answer = as_("hz01").get(f"/closing?{bad}", headers=JSON)
    assert answer.status_code == (404 if "station" in bad else 422)
