"""接单台: accept one and many, own and foreign orders (DO-1, DO-2, DO-3, DO-6, ROLE-1)."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local
from web.console.fields import ids
from web.errors import FieldError, Problem

As = Callable[[str], Visitor]


def notes(text: str) -> list[str]:
    """What the page tells of what was done."""
    found = re.findall(r'<div class="alert alert-(?:success|warning|danger)">([^<]+)</div>', text)
    return [unescape(note) for note in found]


@pytest.mark.parametrize(
    ("login", "sees"),
    [("hz01", {"KD1", "KD2"}), ("hz01a", {"KD2"}), ("hz02", {"KD3"})],
)
def test_whose_orders(land: Land, as_: As, login: str, sees: set[str]) -> None:
    """ROLE-1, B-118: level 1 sees its level-2 station's orders, not the other way round."""
    for number, place in (("KD1", "HZ01"), ("KD2", "HZ01A"), ("KD3", "HZ02")):
        land.order(number, local("09:00"), place)
    visitor = as_(login)
    assert set(re.findall(r">(KD\d)</a>", visitor.get("/desk").text)) == sees
    for number in ("KD1", "KD2", "KD3"):
        status = 200 if number in sees else 404
        order = land.id(number)
        assert visitor.get(f"/orders/{order}").status_code == status
        assert visitor.get(f"/orders/{order}/dialog").status_code == status
        answer = visitor.post(f"/orders/{order}/accept", {}, page="/desk")
        assert answer.status_code == (303 if number in sees else 404)
        assert land.row(number).state == ("accepted" if number in sees else "waiting")


@pytest.mark.parametrize("login", ["hq", "zhejiang", "finance", "admin"])
def test_only_stations_have_a_desk(land: Land, as_: As, login: str) -> None:
    """ROLE-1, B-116"""
    order = land.order("KD1", local("09:00"))
    visitor = as_(login)
    assert visitor.get("/desk").status_code == 403
    for act in ("accept", "fail", "transfer", "confirm", "waybill", "handle"):
        assert visitor.post(f"/orders/{order}/{act}", {}, page="/nothing-here").status_code == 403
    assert land.row("KD1").state == "waiting"


def test_accept_many_with_a_result_for_each(land: Land, as_: As) -> None:
    """DO-1, B-91: own, a contracted area's, accepted, foreign, unknown, twice."""
    own, under = land.order("KD1", local("09:00")), land.order("KD2", local("09:00"), "HZ01A")
    done, foreign = land.order("KD3", local("09:00")), land.order("KD4", local("09:00"), "HZ02")
    land.accept("KD3", "HZ01", local("09:05"))
    visitor = as_("hz01")
    picked = [str(one) for one in (own, under, done, foreign, 999_999, own)]
    answer = visitor.client.post("/desk/accept", data={"csrf_token": visitor.token("/desk"), "orders": picked})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk"), "reloading posts nothing again"
    assert notes(visitor.get("/desk").text) == [
        "失败 1 单,订单当前状态不允许该操作:KD3",
        f"失败 2 单,没有这个订单:#{foreign}、#999999",
        "已接单 2 单:KD1、KD2",
    ]
    assert notes(visitor.get("/desk").text) == []
    assert [land.row(f"KD{n}").state for n in (1, 2, 3, 4)] == ["accepted"] * 3 + ["waiting"]


@pytest.mark.parametrize("orders", [["x"], ["-1"], ["1e3"], ["9" * 30], ["١"]])
def test_nonsense_is_422(land: Land, as_: As, orders: list[str]) -> None:
    """B-108"""
    visitor = as_("hz01")
    answer = visitor.client.post("/desk/accept", data={"csrf_token": visitor.token("/desk"), "orders": orders})
    assert answer.status_code == 422 and "number_invalid" in answer.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_thousand_rows_at_a_time(app: Flask) -> None:
    """B-108: `ids` refuses more, whatever lets a form of that length through to it."""
    app.config["MAX_FORM_PARTS"] = 2_000

    def picked(count: int) -> list[int]:
        with app.test_request_context(method="POST", data={"orders": [str(n) for n in range(count)]}):
            return ids("orders")

    assert len(picked(1_000)) == 1_000
    with pytest.raises(Problem) as refused:
        picked(1_001)
    assert refused.value.errors == (FieldError("orders", "too_many"),)


def test_nothing_picked(land: Land, as_: As) -> None:
    """Nor when Enter pressed the form's first button, whatever was ticked."""
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    for form in ({}, {"one": "", "orders": str(order)}):
        answer = visitor.post("/desk/accept", {"back": "/desk?channel=crm", **form}, page="/desk")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/desk?channel=crm")
        assert "请先勾选订单" in visitor.get("/desk").text
    assert land.row("KD1").state == "waiting"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_thousand_results_fit_a_cookie(land: Land, as_: As) -> None:
    """B-91, B-108: a form of 1,000 rows passes; the note counts them all and names a page of them."""
    visitor = as_("hz01")
    own = [land.order(f"KD{n:062d}", local("09:00")) for n in range(60)]
    form = {"csrf_token": visitor.token("/desk"), "orders": [str(one) for one in [*own, *range(10_000, 10_940)]]}
    assert visitor.client.post("/desk/accept", data=form).status_code == 303
    told = notes(visitor.get("/desk").text)
    assert told[0].startswith("失败 940 单,没有这个订单:#10000、#10001、")
    assert told[0].endswith("#10049 等")
    assert told[1].startswith("已接单 60 单:KD0")


def test_forms_need_their_token(land: Land, as_: As) -> None:
    """B-89"""
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    for path in ("/desk/accept", f"/orders/{order}/accept", f"/orders/{order}/look", "/orders/search"):
        answer = visitor.client.post(path, data={"orders": str(order), "reason": "x", "q": "KD1"})
        assert answer.status_code == 403 and "csrf_failed" in answer.text
    assert land.row("KD1").state == "waiting"


def test_twice_and_too_late(land: Land, as_: As) -> None:
    """B-92, B-98: 409 with the present state; a late acceptance is taken, and stays late."""
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    land.clock.at = local("11:00")
    answer = visitor.post(f"/orders/{order}/accept", {"back": "/desk?tab=waiting"}, page="/desk")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk?tab=waiting")
    assert "已接单 KD1" in visitor.get("/desk").text
    again = visitor.post(f"/orders/{order}/accept", {}, page="/desk")
    assert again.status_code == 409 and "订单当前状态不允许该操作" in again.text and "已接单" in again.text
    assert [case[1:] for case in land.cases()] == [("V-ACCEPT", "suspected")]


def test_refusals_for_machines(land: Land, as_: As) -> None:
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    land.accept("KD1", "HZ01", local("09:01"))
    answer = visitor.post(f"/orders/{order}/confirm", {}, page="/desk", headers={"Accept": "application/json"})
    assert answer.status_code == 422 and answer.json
    assert answer.json["code"] == "waybill_required"
    assert answer.json["errors"] == [{"field": "waybill_no", "code": "waybill_required"}]


def test_transfer(land: Land, as_: As) -> None:
    """ROUTE-4: the dialog offers who covers the point; gone for the sender, waiting at the other."""
    order = land.order("KD1", local("09:00"))
    land.transfer("KD1", "HZ01", local("09:01"), "HZ02")
    visitor = as_("hz02")
    assert "不在服务范围" in visitor.get("/desk").text
    dialog = visitor.get(f"/orders/{order}/dialog?what=transfer&back=/desk", headers={"HX-Request": "true"}).text
    assert 'value="DATA_CENTRE"' in dialog and 'value="HZ03"' in dialog and 'value="HZ09"' not in dialog
    assert visitor.post(f"/orders/{order}/transfer", {"to": ""}, page="/desk").status_code == 422
    assert visitor.post(f"/orders/{order}/transfer", {"to": "NONE"}, page="/desk").status_code == 422
    assert visitor.post(f"/orders/{order}/transfer", {"to": "HZ02"}, page="/desk").status_code == 409
    answer = visitor.post(f"/orders/{order}/transfer", {"to": "HZ03", "back": "//evil"}, page="/desk")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert land.row("KD1").station == "HZ03"
    assert visitor.get(f"/orders/{order}").status_code == 404


@pytest.mark.parametrize("to", ["HZ03", "DATA_CENTRE"])
def test_transfer_from_the_order_page(land: Land, as_: As, to: str) -> None:
    """ROUTE-4, ROLE-1: the order is gone, so the home page tells of it; one that stays in scope is shown again."""
    order, stays, visitor = land.order("KD1", local("09:00")), land.order("KD2", local("09:00")), as_("hz01")
    answer = visitor.post(f"/orders/{order}/transfer", {"to": to}, page="/desk", follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, "/home")
    assert notes(answer.text) == ["已转单 KD1"]
    answer = visitor.post(f"/orders/{stays}/transfer", {"to": "HZ01A"}, page="/desk")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/orders/{stays}")


def test_confirm_with_waybill(land: Land, as_: As) -> None:
    """DO-3, DO-9, WAYBILL-1, B-96"""
    order, other = land.order("KD1", local("09:00")), land.order("KD2", local("09:00"))
    for number in ("KD1", "KD2"):
        land.accept(number, "HZ01", local("09:01"))
    visitor = as_("hz01")
    assert "待揽收" in visitor.get("/desk?tab=to_pick_up").text

    def post(act: str, key: int, number: str) -> int:
        twice = {"waybill_no": number, "waybill_first": number}
        return visitor.post(f"/orders/{key}/{act}", twice, page="/desk").status_code

    assert post("confirm", order, "") == 422
    assert post("confirm", order, "1234") == 422
    assert post("confirm", order, "55000000000001") == 303
    assert post("confirm", other, "55000000000001") == 409
    assert post("waybill", order, "55000000000001") == 409
    assert post("waybill", order, "55000000000002") == 303
    assert post("waybill", order, "") == 422
    row = land.row("KD1")
    assert (row.state, row.waybill_no) == ("picked_up", "55000000000002")


def test_withdrawals_to_handle(land: Land, as_: As) -> None:
    """DO-6: those the station did not cause, until it handles them; once."""
    order = land.order("KD1", local("09:00"))
    land.order("KD2", local("09:00"))
    land.withdraw("KD1", local("09:05"))
    visitor = as_("hz01")
    text = visitor.get("/desk?tab=to_handle").text
    assert "KD1" in text and "客户取消" in text and "KD2" not in text
    assert "未处理" in visitor.get("/orders?withdrawal=not_handled").text
    assert visitor.post(f"/orders/{order}/handle", {}, page="/desk").status_code == 303
    assert visitor.post(f"/orders/{order}/handle", {}, page="/desk").status_code == 409
    assert "没有待处理的撤单" in visitor.get("/desk?tab=to_handle").text
    assert "KD1" in visitor.get("/orders?withdrawal=handled").text
