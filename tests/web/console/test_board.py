"""揽件台: what is to be fetched, by deadline and courier; numbers by scanner; the reminder for a missing one
(DO-3, DO-4, DO-9, WAYBILL-1, ROLE-1, ROLE-2)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from channels.actions import set_channel
from channels.sender_texts import Telling
from dispatch.batch import World
from dispatch.facts import Dispatch, Target
from pickups.couriers.queries import history
from storage.session import reading, writing
from storage.tables.channels import channels, outbox
from tests.web.conftest import Visitor, body
from tests.web.console.conftest import Land, local
from tests.web.console.test_desk import notes

As = Callable[[str], Visitor]
NUMBER, OTHER = "55000000000001", "55000000000002"
JSON = {"Accept": "application/json"}


def accepted(land: Land, number: str, place: str = "HZ01", at: str = "09:00", **more: Any) -> int:
    order = land.order(number, local(at), place, **more)
    land.accept(number, place, local(at) + timedelta(minutes=1))
    return order


def courier(visitor: Visitor, name: str = "张三", station: str = "") -> str:
    form = {"name": name} | ({"station": station} if station else {})
    assert visitor.post("/couriers", form, page="/couriers").status_code == 303
    cards = re.findall(
        r'<li class="[^"]*">\s*<div><strong>([^<]+)<.*?courier=(\d+)', visitor.get("/couriers").text, re.S
    )
    return dict(cards)[name]


def shown(visitor: Visitor, query: str = "") -> list[str]:
    return re.findall(r'data-no="(KD\d+)"', visitor.get(f"/board{query}").text)


def scan(visitor: Visitor, number: str, order: int | None = None, first: str = "") -> tuple[int, str, str]:
    """Status, outcome or code, and the order that it is about."""
    form = (
        {"waybill_no": number} | ({"order": str(order)} if order else {}) | ({"waybill_first": first} if first else {})
    )
    answer = visitor.post("/board/scan", form, page="/board", headers=JSON)
    told = body(answer)
    return answer.status_code, told.get("outcome") or told["code"], told.get("number", "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_by_deadline_within_scope(land: Land, as_: As) -> None:
    """ROLE-1, ROLE-2: own and the level-2 station's, nobody else's, earliest deadline first, masked."""
    accepted(land, "KD1", at="10:00")
    accepted(land, "KD2", "HZ01A", at="09:00")
    accepted(land, "KD3", "HZ02")
    land.order("KD4", local("09:00"))
    land.clock.at = local("10:30")
    assert shown(as_("hz01")) == ["KD2", "KD1"] and shown(as_("hz01a")) == ["KD2"]
    page = as_("hz01").get("/board").text
    assert "欧阳明月" not in page and "13812345678" not in page and "4幢" not in page
    assert "欧***" in page and "文三路" in page
    assert shown(as_("hz01"), "?channel=alipay") == [] and shown(as_("hz01"), "?state=accepted") == ["KD2", "KD1"]
    for login in ("hq", "zhejiang", "finance", "admin"):
        assert as_(login).get("/board").status_code == 403


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_couriers_and_who_goes(land: Land, as_: As) -> None:
    """DO-3: one for many orders, an answer for each; only the holder's; a transferred order's counts no more."""
    orders = {number: accepted(land, number) for number in ("KD1", "KD2")}
    orders["KD3"] = accepted(land, "KD3", "HZ01A")
    orders["KD4"] = accepted(land, "KD4", "HZ02")
    visitor = as_("hz01")
    zhang = courier(visitor)

    def assign(who: str, *numbers: str) -> list[str]:
        form = {"courier": who, "orders": [str(orders[number]) for number in numbers], "back": "/board"}
        answer = visitor.post("/board/assign", form, page="/board")
        return notes(visitor.get(answer.headers["Location"]).text) if answer.status_code == 303 else [answer.text]

    said = assign(zhang, "KD1", "KD2", "KD3", "KD4")
    assert any("已分配 2 单" in one and "KD1、KD2" in one for one in said)
    assert any("KD3" in one and "不属于持有订单的网点" in one for one in said), "a level-2 order gets its own station's"
    assert not any("KD4" in one for one in said), "orders of others do not exist"
    assert shown(visitor, f"?courier={zhang}") == ["KD1", "KD2"] and shown(visitor, "?courier=none") == ["KD3"]
    assert "快递员 张三" in visitor.get("/board").text
    assert "请选择快递员" in assign("", "KD1")[0]
    assign("none", "KD2")
    assert shown(visitor, f"?courier={zhang}") == ["KD1"]

    land.transfer("KD1", "HZ01", local("09:30"), "HZ02")
    land.transfer("KD1", "HZ02", local("09:40"), "DATA_CENTRE")
    assert land.do(local("09:50"), Dispatch(Target("KD1"), "HZ01", "hq")) == [None]
    land.accept("KD1", "HZ01", local("09:51"))
    assert shown(visitor, f"?courier={zhang}") == [], "it came back: nobody was sent for it since"
    assert "KD1" in shown(visitor, "?courier=none")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_assignment_keeps_its_past(land: Land, as_: As) -> None:
    """Twice the same is once; a change is a new line with its time and who made it."""
    order, visitor = accepted(land, "KD1"), as_("hz01")
    zhang, li = courier(visitor), courier(visitor, "李四")
    for who in (zhang, zhang, li, "none"):
        visitor.post("/board/assign", {"courier": who, "one": str(order)}, page="/board")
    with reading(land.engine) as conn:
        assert [row.courier for row in history(conn, order)] == [None, "李四", "张三"]
        assert {row.by for row in history(conn, order)} == {"西湖王芳"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_number_at_any_time(land: Land, as_: As) -> None:
    """WAYBILL-1, DO-3: leads to its order; fills the chosen one after the guard; else a clear answer."""
    first, second = accepted(land, "KD1"), accepted(land, "KD2")
    known = land.order("KD3", local("09:00"), business_type="online_order", waybill_no=OTHER)
    land.accept("KD3", "HZ01", local("09:01"))
    accepted(land, "KD4", "HZ02")
    land.confirm("KD4", "HZ02", local("09:02"), "55000000000009")
    visitor = as_("hz01")
    assert scan(visitor, OTHER) == (200, "found", "KD3"), "the label of a known order"
    assert scan(visitor, "KD1") == (200, "found", "KD1"), "a logistics number too"
    assert scan(visitor, NUMBER) == (422, "number_free", "")
    assert scan(visitor, "") == (422, "invalid", "")
    assert scan(visitor, "5500000000000", first)[:2] == (422, "waybill_invalid")
    assert scan(visitor, "55000000000009", first)[:2] == (409, "waybill_in_use"), "another house's: not whose"
    assert scan(visitor, OTHER, first) == (200, "found", "KD3"), "it is not this order's number"
    assert scan(visitor, NUMBER, first)[:2] == (422, "waybill_again")
    assert scan(visitor, "55000000000003", first, NUMBER)[:2] == (422, "waybill_differs")
    assert land.row("KD1").state == "accepted"
    assert scan(visitor, NUMBER, first, NUMBER) == (200, "confirmed", "KD1")
    assert land.row("KD1").state == "picked_up" and land.row("KD1").waybill_no == NUMBER
    assert scan(visitor, NUMBER, second) == (200, "elsewhere", "KD1"), "the label of the parcel before"
    assert scan(visitor, OTHER, known) == (200, "confirmed", "KD3"), "scanned again with its order chosen"
    assert scan(visitor, NUMBER, land.id("KD4"))[1] == "elsewhere" and land.row("KD4").waybill_no == "55000000000009"
    assert scan(visitor, "55000000000011", land.id("KD4"))[0] == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_double_reading_is_two_entries(land: Land, as_: As) -> None:
    """WAYBILL-1: a scanner without an Enter of its own, used twice; and a form without script."""
    order, visitor = accepted(land, "KD1"), as_("hz01")
    asked = visitor.post("/board/scan", {"waybill_no": NUMBER, "order": str(order)}, page="/board")
    assert asked.status_code == 422 and f'action="/orders/{order}/confirm"' in asked.text
    assert scan(visitor, NUMBER + NUMBER, order) == (200, "confirmed", "KD1")


def telling(land: Land) -> None:
    """SMS is set up; senders of orders without a channel are told, those of Kuaidi100 are not (CHAN-7)."""
    with writing(land.engine) as conn:
        assert set_channel(conn, b"", "sms", {}, local("08:00")) is None
        conn.execute(update(channels).where(channels.c.name == "sms").values(feedback_url="https://sms.invalid/"))
    land.world = World(land.world.network, land.world.book, Telling(ways=frozenset({"sms"})))


def needed(land: Land) -> int:
    with reading(land.engine) as conn:
        return conn.execute(select(func.count()).select_from(outbox).where(outbox.c.kind == "needed")).scalar_one()


def remind(visitor: Visitor, order: int) -> str:
    answer = visitor.post("/board/remind", {"one": str(order), "back": "/board"}, page="/board")
    assert answer.status_code == 303
    return " ".join(notes(visitor.get("/board").text))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_do_3_reminded_at_most_once_in_four_hours(land: Land, as_: As) -> None:
    """DO-3: the acceptance told the sender the first time; exactly four hours later he may be told again, once."""
    telling(land)
    order = accepted(land, "KD1", business_type="online_order", online=False)
    land.clock.at, visitor = local("13:00") + timedelta(seconds=59), as_("hz01")
    assert needed(land) == 1 and land.row("KD1").state == "awaiting_waybill"
    assert "上次提醒 05-04 09:01" in visitor.get("/board").text
    assert "4 小时内已提醒" in remind(visitor, order) and needed(land) == 1
    land.clock.at = local("13:01")
    assert f'id="remind-{order}"' in visitor.get("/board").text
    assert "已提醒寄件人 1 单" in remind(visitor, order) and needed(land) == 2
    assert "4 小时内已提醒" in remind(visitor, order) and needed(land) == 2
    land.clock.at = local("17:01")
    visitor = as_("hz01")
    assert scan(visitor, NUMBER, order)[1] == "waybill_again"
    assert scan(visitor, NUMBER, order, NUMBER)[1] == "confirmed"
    assert "订单当前状态不允许该操作" in remind(visitor, order) and needed(land) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_do_3_where_nobody_can_be_told_the_station_calls(land: Land, as_: As) -> None:
    """DO-3, CHAN-7: the channel tells its senders nothing through us; no mobile number; and no way set up."""
    pushed = accepted(land, "KD1", business_type="online_order")
    landline = {"name": "欧阳明月", "phone": "02112345678"}
    fixed = accepted(land, "KD2", business_type="online_order", online=False, sender=landline)
    plain = accepted(land, "KD3", business_type="online_order", online=False)
    visitor = as_("hz01")
    page = visitor.get("/board").text
    for one in ("该渠道不由本系统通知寄件人", "没有可用的手机号或邮箱", "短信和邮件未设置"):
        assert one in page and "请致电" in page
    for order, why in ((pushed, "该渠道的寄件人"), (fixed, "没有可用的手机号"), (plain, "尚未设置")):
        assert why in remind(visitor, order)
    assert (
        visitor.post(f"/orders/{pushed}/call", {"back": "/board", "remark": "索要运单号"}, page="/board").status_code
        == 303
    )
    assert "上次致电" in visitor.get("/board").text
    stranger = as_("hz02")
    assert "没有这个订单" in remind(stranger, pushed)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_list_is_asked_for_alone_and_only_when_it_changed(land: Land, as_: As) -> None:
    """B-109: 204 while it shows all there is."""
    accepted(land, "KD1")
    visitor = as_("hz01")
    part = visitor.get("/board", headers={"HX-Request": "true"})
    version = re.search(r'data-shown="(\w+)"', part.text)
    assert version and "<html" not in part.text
    again = {"HX-Request": "true", "X-Shown": version[1]}
    assert visitor.get("/board", headers=again).status_code == 204
    accepted(land, "KD2")
    assert visitor.get("/board", headers=again).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_this_page_alone_may_ask_for_the_camera(land: Land, as_: As) -> None:
    visitor = as_("hz01")
    allowed = {path: visitor.get(path).headers["Permissions-Policy"] for path in ("/board", "/couriers", "/unscanned")}
    assert [path for path, policy in allowed.items() if "camera=(self)" in policy] == ["/board"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("bad", ["courier=x", "state=gone", "order=x", "after=x", "channel=nope"])
def test_a_bad_address_says_which_field(land: Land, as_: As, bad: str) -> None:
    answer = as_("hz01").get(f"/board?{bad}", headers=JSON)
    assert answer.status_code == 422 and body(answer)["errors"][0]["field"] == bad.partition("=")[0]
