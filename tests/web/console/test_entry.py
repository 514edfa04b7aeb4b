"""录单: orders by phone, mail, fax or at the counter (CHAN-2, CHAN-5, CHAN-7's fields, ROLE-1)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from rulebook.book import packaged
from storage.session import reading, snapshot
from storage.tables.channels import inbox
from storage.tables.dispatch import orders
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from verify.queries import check

As = Callable[[str], Visitor]
FORM = {
    "business_type": "send_express", "source": "counter", "language": "en", "sender_name": "王小二",
    "sender_phone": "+86 138-0013-8000", "sender_email": "er@example.com", "sender_province": "浙江省",
    "sender_city": "杭州市", "sender_district": "西湖区", "sender_address": "文三路1号", "adcode": "330106",
    "receiver_name": "李雷", "receiver_phone": "021-62345678", "receiver_address": "上海市静安区南京西路1号",
    "goods": "书", "pieces": "2", "weight": "1.5", "window_start": "2026-05-04T14:00", "window_end": "2026-05-04T16:00",
    "remark": "门口",
}  # fmt: skip


def token(visitor: Visitor) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{32})"', visitor.get("/entry").text)
    assert found
    return found[1]


def save(visitor: Visitor, key: str = "", **fields: str) -> Any:
    return visitor.post("/entry", {"token": key or token(visitor), **FORM, **fields}, page="/entry")


def stored(engine: Engine) -> list[Any]:
    with reading(engine) as conn:
        return list(conn.execute(select(orders).order_by(orders.c.id)))


def test_chan_2_an_order_is_typed_in_and_routed(land: Land, as_: As, engine: Engine) -> None:
    """By its district, by the clock of now; the log names the clerk; the order page says whence it came."""
    land.clock.at = local("09:00:07")
    visitor = as_("hz01")
    answer = save(visitor)
    [row] = stored(engine)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/orders/{row.id}")
    assert re.fullmatch(r"LS20260504-\d{6}", row.logistics_no)
    assert (row.channel, row.online, row.state, row.station, row.routing_cause) == (
        "staff", False, "waiting", "HZ01", "district",
    )  # fmt: skip
    assert (row.created_at, row.received_at) == (local("09:00:07"), local("09:00:07"))
    assert (row.window_start, row.window_end) == (local("14:00"), local("16:00"))
    assert row.content == {
        "online": False, "business_type": "send_express", "source": "counter", "language": "en", "adcode": "330106",
        "address": "浙江省杭州市西湖区文三路1号", "goods": "书", "pieces": 2, "weight_g": 1500, "remark": "门口",
        "window_start": "2026-05-04T14:00:00+08:00", "window_end": "2026-05-04T16:00:00+08:00",
        "sender": {"name": "王小二",
                   "phone": "13800138000", "province": "浙江省", "city": "杭州市", "district": "西湖区",
                   "address": "文三路1号", "email": "er@example.com"},
        "receiver": {"name": "李雷", "phone": "021-62345678", "address": "上海市静安区南京西路1号"},
    }  # fmt: skip
    page = visitor.get(f"/orders/{row.id}").text
    assert "已保存,派至 西湖网点" in page and "西湖王芳" in page and "柜台" in page
    assert "13800138000" not in page
    with snapshot(engine) as conn:
        assert check(conn, packaged()) == []


def test_route_1_the_clerk_does_not_choose_the_station(land: Land, as_: As, engine: Engine) -> None:
    """ROLE-1: what is routed elsewhere he only hears of."""
    visitor = as_("hz02")
    answer = save(visitor)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/entry")
    assert stored(engine)[0].station == "HZ01"
    assert "派至 西湖网点" in visitor.get("/entry").text


NOWHERE = {"adcode": "", "sender_province": "", "sender_city": "", "sender_district": ""}
PLACES = [
    ("several stations in the district", {"adcode": "330105"}, None, "several_stations"),
    ("the address names the district", {"adcode": ""}, "HZ01", "district"),
    ("no district", NOWHERE, None, "no_district"),
    ("of several cities", {**NOWHERE, "sender_district": "鼓楼区"}, None, "ambiguous_address"),
    ("a point decides", {"adcode": "", "lng": "120.25", "lat": "30.05"}, "HZ02", "area"),
    ("what the list shows behind the code is no matter", {"adcode": "330106 · 西湖"}, "HZ01", "district"),
]


@pytest.mark.parametrize(
    ("fields", "station", "cause"), [c[1:] for c in PLACES], ids=[f"ROUTE-2 {c[0]}" for c in PLACES]
)
def test_where_it_goes(
    land: Land, as_: As, engine: Engine, fields: dict[str, str], station: str | None, cause: str
) -> None:
    save(as_("hq"), **fields)
    [row] = stored(engine)
    assert (row.station, row.routing_cause) == (station or "DATA_CENTRE", cause)


def test_chan_3_sent_twice_it_is_one_order(land: Land, as_: As, engine: Engine) -> None:
    """The same form, even changed; a fresh form is another order."""
    visitor = as_("hz01")
    key = token(visitor)
    first, again, changed = save(visitor, key), save(visitor, key), save(visitor, key, goods="鞋")
    assert first.headers["Location"] == again.headers["Location"] == changed.headers["Location"]
    [row] = stored(engine)
    assert (row.content["goods"], row.version) == ("书", 1)
    assert "未重复录入" in visitor.get(f"/orders/{row.id}").text
    save(visitor)
    assert len(stored(engine)) == 2
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(inbox)) == 2


def test_chan_3_the_token_of_one_clerk_is_not_that_of_another(land: Land, as_: As, engine: Engine) -> None:
    key = "0123456789abcdef" * 2
    save(as_("hz01"), key)
    save(as_("hq"), key)
    assert len(stored(engine)) == 2


def test_numbers_are_drawn_until_one_is_free(
    land: Land, as_: As, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([7, 7, 7, 8])
    monkeypatch.setattr("web.console.entry.secrets.randbelow", lambda _: next(drawn))
    visitor = as_("hz01")
    save(visitor)
    save(visitor, goods="鞋")
    assert [row.logistics_no[-6:] for row in stored(engine)] == ["000007", "000008"]


MISSING = [
    ("no phone", {"sender_phone": ""}, "寄件人电话"),
    (
        "no place",
        {"sender_province": "", "sender_city": "", "sender_district": "", "sender_address": "", "adcode": ""},
        "地址",
    ),
]


@pytest.mark.parametrize(("fields", "lacks"), [c[1:] for c in MISSING], ids=[f"CHAN-5 {c[0]}" for c in MISSING])
def test_what_is_missing_is_asked_before_it_is_held(
    land: Land, as_: As, engine: Engine, fields: dict[str, str], lacks: str
) -> None:
    visitor = as_("hz01")
    key = token(visitor)
    answer = save(visitor, key, **fields)
    assert (answer.status_code, stored(engine)) == (422, [])
    assert f"缺少:{lacks}" in answer.text and 'value="王小二"' in answer.text and key in answer.text
    assert save(visitor, key, hold="1", **fields).status_code == 303
    [row] = stored(engine)
    assert (row.state, row.station) == ("held", None)
    assert f"待补资料:{lacks}" in visitor.get("/entry").text


WRONG = [
    ({"sender_phone": "1380013800"}, "sender_phone"), ({"receiver_phone": "abc"}, "receiver_phone"),
    ({"sender_email": "a@b"}, "sender_email"), ({"sender_email": "a\nb@c.com"}, "sender_email"),
    ({"source": "pigeon"}, "source"), ({"business_type": ""}, "business_type"), ({"language": "fr"}, "language"),
    ({"adcode": "999999"}, "adcode"), ({"adcode": "330106'--"}, "adcode"),
    ({"pieces": "0"}, "pieces"), ({"pieces": "1e3"}, "pieces"), ({"pieces": "-1"}, "pieces"),
    ({"weight": "0"}, "weight"), ({"weight": "9" * 12}, "weight"), ({"weight": "1.23456"}, "weight"),
    ({"window_end": "2026-05-04T13:00"}, "window_end"),
    ({"window_start": "", "window_end": "2026-05-04T08:00"}, "window_end"),
    ({"window_start": "2026-02-30T10:00"}, "window_start"), ({"window_end": "2099-05-04T10:00"}, "window_end"),
    ({"lng": "120"}, "lat"), ({"lng": "x", "lat": "30"}, "lng"), ({"lng": "120", "lat": "30", "datum": "X"}, "datum"),
    ({"waybill_no": "55000000000017"}, "waybill_no"),
    ({"business_type": "online_order", "waybill_no": "5"}, "waybill_no"),
    ({"sender_name": "x" * 65}, "sender_name"), ({"remark": "a\x00b"}, "remark"), ({"goods": "x" * 201}, "goods"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "field"), WRONG, ids=[f"{c[1]}={next(iter(c[0].values()))[:12]!r}" for c in WRONG])
def test_what_cannot_be_is_marked_and_nothing_is_stored(
    land: Land, as_: As, engine: Engine, fields: dict[str, str], field: str
) -> None:
    """B-93, D12, D13: the form comes back with everything else as it was typed."""
    answer = save(as_("hz01"), **fields)
    assert (answer.status_code, stored(engine)) == (422, [])
    assert re.findall(r'id="wrong-(\w+)"', answer.text) == [field]
    assert 'value="文三路1号"' in answer.text


def test_do_3_an_online_order_brings_its_number(land: Land, as_: As, engine: Engine) -> None:
    """WAYBILL-1: one that another order has is not taken, and the clerk hears it."""
    visitor, number = as_("hz01"), "55000000000017"
    for _ in range(2):
        save(visitor, business_type="online_order", waybill_no=number, waybill_first=number)
    assert [row.waybill_no for row in stored(engine)] == [number, None]
    assert "运单号已被其他订单使用" in visitor.get("/entry").text


HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}\u202e'


def test_hostile_text_is_text(land: Land, as_: As, engine: Engine) -> None:
    """B-109: in the form that comes back, on the order page, in the desk's list."""
    visitor = as_("hz01")
    texts = dict.fromkeys(("sender_name", "sender_address", "goods", "remark", "receiver_name"), HOSTILE)
    pages = [save(visitor, pieces="x", **texts).text]
    save(visitor, **texts)
    [row] = stored(engine)
    pages += [visitor.get(path).text for path in (f"/orders/{row.id}", "/desk", "/orders")]
    others = visitor.post("/entry/others", {"sender_phone": "13800138000"}, page="/entry").text
    for page in (*pages, others):
        assert "<script>alert" not in page
    assert "{{ 7*7 }}" in pages[0]
    assert row.content["goods"] == HOSTILE


# ---- paste, other orders, districts


def test_paste_fills_the_form_and_keeps_the_rest(land: Land, as_: As, engine: Engine) -> None:
    visitor = as_("hz01")
    block = "李雷 13912345678 上海市浦东新区世纪大道100号"
    form = {"token": token(visitor), **FORM, "pasted": block, "paste_to": "receiver"}
    for part in (False, True):
        headers = {"HX-Request": "true"} if part else {}
        answer = visitor.post("/entry/parse", form, page="/entry", headers=headers)
        assert answer.status_code == 200 and ("<html" in answer.text) is not part
        for shown in (
            ("receiver_name", "李雷"),
            ("receiver_phone", "13912345678"),
            ("receiver_district", "浦东新区"),
            ("receiver_address", "世纪大道100号"),
            ("sender_name", "王小二"),
            ("goods", "书"),
            ("token", form["token"]),
        ):
            assert re.search(rf'name="{shown[0]}" value="{shown[1]}"', answer.text), shown
    assert stored(engine) == []


def test_a_block_with_both_fills_one_side_and_leaves_the_other_in_the_box(land: Land, as_: As) -> None:
    visitor = as_("hz01")
    block = "寄件人:王芳 13800138000\n收件人:李雷 13912345678"
    form = {"token": token(visitor), "pasted": block, "paste_to": "receiver"}
    text = visitor.post("/entry/parse", form, page="/entry").text
    assert re.search(r'name="receiver_name" value="李雷"', text)
    assert (
        re.search(r'name="receiver_phone" value="13912345678"', text) and "寄件人:王芳 13800138000</textarea>" in text
    )
    assert not re.search(r'name="(sender|receiver)_other_phone" value="1', text)


@pytest.mark.parametrize("pasted", ["x" * 1001, "a\x00b"])
def test_d16_what_is_pasted_is_limited(land: Land, as_: As, pasted: str) -> None:
    visitor = as_("hz01")
    form = {"token": token(visitor), "pasted": pasted, "paste_to": "sender"}
    assert visitor.post("/entry/parse", form, page="/entry").status_code == 422


def test_other_open_orders_of_this_sender(land: Land, as_: As) -> None:
    """ROLE-1, ROLE-2: of the clerk's scope, masked; HQ sees all of them; what is over is none."""
    sender = {"name": "欧阳明月", "phone": "13800138000"}
    land.order("KD1", local("08:31"), sender=sender)
    land.order("KD2", local("08:32"), "HZ02", sender=sender)
    land.order("KD3", local("08:33"), sender=sender)
    land.withdraw("KD3", local("08:34"))
    land.order("KD4", local("08:35"), sender={"phone": "13800138001"})
    for login, sees in (("hz01", {"KD1"}), ("hq", {"KD1", "KD2"}), ("hz01a", set())):
        answer = as_(login).post("/entry/others", {"sender_phone": "138 0013 8000"}, page="/entry")
        assert answer.status_code == 200
        assert set(re.findall(r">(KD\d)</a>", answer.text)) == sees
        assert "欧阳明月" not in answer.text and "501室" not in answer.text
    assert re.findall("KD", as_("hq").post("/entry/others", {"sender_phone": "%"}, page="/entry").text) == []


def test_districts_are_found_by_code_and_station(land: Land, as_: As) -> None:
    visitor = as_("hz01")
    found = lambda words: re.findall(r'value="(\d+)"', visitor.get(f"/districts/find?adcode={words}").text)  # noqa: E731
    assert (found("65"), found("拱墅"), found("<x"), len(found(""))) == (
        ["650102", "650103"],
        ["330105", "330108"],
        [],
        7,
    )


@pytest.mark.parametrize("login", ["zhejiang", "finance", "admin"])
def test_role_1_who_may_not_enter_orders(land: Land, as_: As, login: str) -> None:
    visitor = as_(login)
    assert visitor.get("/entry").status_code == 403
    assert visitor.post("/entry", {"token": "0" * 32, **FORM}, page="/nothing").status_code == 403


def test_b_89_a_form_without_its_token_is_refused(land: Land, as_: As, engine: Engine) -> None:
    visitor = as_("hz01")
    for path in ("/entry", "/entry/parse", "/entry/others"):
        assert visitor.client.post(path, data={"token": "0" * 32, **FORM}).status_code == 403
    assert save(visitor, "x" * 32).status_code == 422
    assert stored(engine) == []
