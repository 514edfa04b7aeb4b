"""来电: a caller is matched, and what he wants is done before anybody has accepted (CHAN-8, DO-7, ROLE-1, ROLE-2)."""

import re

import pytest
from sqlalchemy import Engine, select

from rulebook.book import packaged
from storage.session import reading, snapshot
from storage.tables.people import audit
from tests.web.console.calls import NAME, PHONE, As, change, find, log, proof, withdraw
from tests.web.console.conftest import Land, local
from verify.queries import check

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def searches(engine: Engine) -> list[tuple[str, str, str]]:
    query = (
        select(audit.c.what, audit.c.subject, audit.c.reason).where(audit.c.what.like("caller%")).order_by(audit.c.id)
    )
    with reading(engine) as conn:
        return [(row[0], row[1], row[2]) for row in conn.execute(query)]


SAID = [
    ("number and phone", {"number": "KD1", "phone": PHONE}, True),
    ("phone as people write it", {"number": "KD1", "phone": "+86 138-1234-5678"}, True),
    ("blanks around", {"number": " KD1 ", "name": f" {NAME} "}, True),
    ("phone and name", {"phone": PHONE, "name": NAME}, True),
    ("all three", {"number": "KD1", "phone": PHONE, "name": NAME}, True),
    ("two right, one wrong", {"number": "KD1", "phone": PHONE, "name": "欧阳"}, False),
    ("another's number", {"number": "KD2", "phone": PHONE}, False),
    ("a part of the number", {"number": "KD", "phone": PHONE}, False),
    ("a wrong phone", {"number": "KD1", "phone": "13812345679"}, False),
    ("a part of the name", {"number": "KD1", "name": "欧阳"}, False),
    ("a pattern", {"number": "KD1", "name": "%"}, False),
    ("sql", {"number": "KD1", "name": "' or 1=1 --"}, False),
    ("an empty name is none", {"phone": PHONE, "name": "\u3000"}, None),
    ("number alone", {"number": "KD1"}, None),
    ("phone alone", {"phone": PHONE}, None),
    ("nothing", {}, None),
]


@pytest.mark.parametrize(("said", "found"), [c[1:] for c in SAID], ids=[f"CHAN-8 {c[0]}" for c in SAID])
def test_two_of_three_must_match(land: Land, as_: As, engine: Engine, said: dict[str, str], found: bool | None) -> None:
    """Nothing of an order is shown before, and nothing says what was wrong; the audit holds no personal data."""
    order = land.order("KD1", local("08:31"))
    land.order("KD2", local("08:31"), sender={"name": "李雷", "phone": "13900000000"})
    visitor = as_("hq")
    reply = find(visitor, **said)
    if found is None:
        assert (reply.status_code, searches(engine)) == (422, [])
    else:
        kinds = "+".join(kind for kind in ("number", "phone", "name") if kind in said)
        assert searches(engine) == [("caller_found" if found else "caller_not_found", kinds, "")]
    if found:
        assert (reply.status_code, reply.headers["Location"].partition("?")[0]) == (303, f"/callers/{order}")
        text = visitor.get(reply.headers["Location"]).text
        assert PHONE not in text and NAME not in text and "501室" not in text
    else:
        assert f"/callers/{order}" not in reply.text and "订单页" not in reply.text
        assert ("没有同时符合所填各项的订单" in reply.text) is (found is False)


def test_b_126_guessing_is_made_to_wait(land: Land, as_: As, engine: Engine) -> None:
    land.order("KD1", local("08:31"))
    visitor = as_("hz01")
    assert {find(visitor, "KD1", f"138000000{n:02d}").status_code for n in range(20)} == {200}
    assert find(visitor, "KD1", PHONE).status_code == 429
    assert find(as_("hq"), "KD1", PHONE).status_code == 303
    land.clock.at = local("09:31:01")
    assert find(as_("hz01"), "KD1", PHONE).status_code == 303


SEES = [("hz01", 303, 200), ("hz01a", 200, 200), ("hq", 303, 303), ("hz02", 200, 200)]


@pytest.mark.parametrize(("login", "own", "centre"), SEES)
def test_role_1_whose_orders(land: Land, as_: As, login: str, own: int, centre: int) -> None:
    """A station its own; HQ all, those of the data centre too. What is not there looks like a mismatch."""
    land.order("KD1", local("08:31"))
    land.order("KD2", local("08:31"), "gap")
    visitor = as_(login)
    assert [find(visitor, number, PHONE).status_code for number in ("KD1", "KD2")] == [own, centre]


@pytest.mark.parametrize("login", ["zhejiang", "finance", "admin"])
def test_role_1_who_takes_no_calls(land: Land, as_: As, login: str) -> None:
    order, visitor = land.order("KD1", local("08:31")), as_(login)
    assert visitor.get("/callers").status_code == 403
    for path in ("find", f"{order}/change", f"{order}/withdraw", f"{order}/answer"):
        assert visitor.post(f"/callers/{path}", {}, page="/nothing").status_code == 403


def test_without_a_match_there_is_no_way_to_an_order(land: Land, as_: As) -> None:
    """CHAN-8: the proof is of this session, this order and this half hour."""
    first, second = land.order("KD1", local("08:31")), land.order("KD2", local("08:31"))
    visitor, other = as_("hz01"), as_("hz01")
    good = proof(visitor)
    for order, who, given in (
        (first, visitor, ""),
        (first, visitor, "x"),
        (second, visitor, good),
        (first, other, good),
    ):
        assert who.get(f"/callers/{order}?proof={given}").status_code == 403
        assert change(who, order, given or "-", remark="x").status_code == 403
    assert visitor.get(f"/callers/{first}?proof={good}").status_code == 200
    land.clock.at = local("09:01:01")
    assert visitor.get(f"/callers/{first}?proof={good}").status_code == 403
    assert land.row("KD1").version == land.row("KD2").version == 1


def test_a_change_before_the_acceptance_is_an_update(land: Land, as_: As, engine: Engine) -> None:
    """CHAN-3: routed again by the new district; the log shows before and after, masked until somebody looks."""
    order = land.order("KD1", local("08:31"), adcode="330106")
    visitor = as_("hq")
    reply = change(
        visitor, order, sender_address="浙江省杭州市余杭区五常街道文一西路969号3号楼", adcode="650103", remark="门口",
        sender_phone="139 0000 0000", window_end="2026-05-04T18:00",
    )  # fmt: skip
    assert (reply.status_code, reply.headers["Location"]) == (303, f"/orders/{order}")
    row = land.row("KD1")
    assert (row.station, row.state, row.lng, row.adcode, row.window_end) == (
        "XJ02",
        "waiting",
        None,
        "650103",
        local("18:00"),
    )
    assert row.content["sender"] == {
        "name": NAME, "phone": "13900000000", "province": "浙江省", "city": "杭州市", "district": "余杭区",
        "address": "五常街道文一西路969号3号楼",
    }  # fmt: skip
    text = log(visitor, order)
    assert "来电变更" in text and "总部赵敏" in text
    lines = (
        "寄件人电话:<del>138******78</del> → <ins>139******00</ins>",
        "备注:<del>—</del> → <ins>门口</ins>",
        "预约结束:<del>—</del> → <ins>2026-05-04 18:00</ins>",
        "派单区县:<del>330106</del> → <ins>650103</ins>",
    )
    for line in lines:
        assert line in text
    assert "13900000000" not in text and "969号" not in text
    seen = visitor.post(f"/orders/{order}/look", {"reason": "核实地址"}, page="/callers").text
    assert "<ins>13900000000</ins>" in seen and "969号3号楼</ins>" in seen
    with snapshot(engine) as conn:
        assert check(conn, packaged()) == []


def test_what_moves_away_is_no_longer_the_clerks(land: Land, as_: As) -> None:
    order = land.order("KD1", local("08:31"))
    reply = change(as_("hz01"), order, sender_address="新疆维吾尔自治区乌鲁木齐市天山区解放路1号", adcode="650102")
    assert (reply.status_code, reply.headers["Location"], land.row("KD1").station) == (303, "/callers", "XJ01")


WRONG = [
    ({}, "remark"), ({"sender_address": "浙江省杭州市西湖区文三路1号"}, "district_is"),
    ({"adcode": "999999"}, "adcode"),
    ({"sender_phone": "12"}, "sender_phone"), ({"window_start": "2026-05-04T18:00"}, "window_end"),
    ({"window_end": "2026-05-04T08:00"}, "window_end"), ({"pieces": "0"}, "pieces"), ({"weight": "x"}, "weight"),
    ({"remark": "a\x00"}, "remark"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "field"), WRONG)
def test_what_cannot_be_changed_is_marked(land: Land, as_: As, fields: dict[str, str], field: str) -> None:
    order = land.order("KD1", local("08:31"))
    reply = change(as_("hq"), order, goods="鞋" if fields and "remark" not in fields else "", **fields)
    assert (reply.status_code, land.row("KD1").version) == (422, 1)
    assert re.findall(r'id="wrong-(\w+)"', reply.text) == [field]


def test_a_withdrawal_before_the_acceptance(land: Land, as_: As) -> None:
    """DO-6: the sender's, with his reason and the clerk's name."""
    order, visitor = land.order("KD1", local("08:31")), as_("hq")
    assert withdraw(visitor, order, "").status_code == 422
    assert withdraw(visitor, order, "改走别家<b>").status_code == 303
    row = land.row("KD1")
    assert (row.state, row.withdrawal_origin, row.withdrawal_reason) == ("withdrawn", "sender", "改走别家<b>")
    text = log(visitor, order)
    assert "总部赵敏" in text and "改走别家&lt;b&gt;" in text
    assert withdraw(visitor, order).status_code == 409
    assert "订单已结束" in visitor.get(f"/callers/{order}?proof={proof(visitor)}").text
