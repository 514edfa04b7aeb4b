"""快递员 and the paper that one takes along (ROLE-1, ROLE-2, DO-3)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from storage.session import reading
from storage.tables.people import audit
from storage.tables.pickups import couriers
from tests.web.conftest import Visitor, body
from tests.web.console.conftest import Land, local
from tests.web.console.test_board import JSON, accepted, courier

As = Callable[[str], Visitor]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def change(visitor: Visitor, who: str, what: str, **form: str) -> tuple[int, str]:
    answer = visitor.post(f"/couriers/{who}/{what}", form, page="/couriers", headers=JSON)
    return answer.status_code, body(answer)["code"] if answer.status_code != 303 else ""


def test_added_renamed_stopped_and_used_again(land: Land, as_: As) -> None:
    """One name is one person of a station; who carries no more gets nothing new, and keeps what he has."""
    visitor = as_("hz01")
    zhang, li = courier(visitor), courier(visitor, "李四", "HZ01A")
    order, other = accepted(land, "KD1"), accepted(land, "KD2")
    visitor.post("/board/assign", {"courier": zhang, "one": str(order)}, page="/board")
    again = visitor.post("/couriers", {"name": " 张三 "}, page="/couriers", headers=JSON)
    assert (again.status_code, body(again)["code"]) == (409, "courier_known")
    assert body(visitor.post("/couriers", {"name": ""}, page="/couriers", headers=JSON))["code"] == "name_required"
    courier(visitor, "张三丰")
    assert change(visitor, zhang, "rename", name="张三丰") == (409, "courier_known")
    assert change(visitor, zhang, "rename", name="章三") == (303, "")
    assert change(visitor, li, "rename", name="张三丰") == (303, ""), "another station's namesake"
    assert change(visitor, zhang, "active", active="0") == (303, "")
    page = visitor.get("/board").text
    assert "章三" in page and "(停用)" in page
    said = visitor.post("/board/assign", {"courier": zhang, "one": str(other), "back": "/board"}, page="/board")
    assert said.status_code == 303 and "该快递员已停用" in visitor.get("/board").text
    assert change(visitor, zhang, "active", active="1") == (303, "")


def test_whose_couriers(land: Land, as_: As) -> None:
    """ROLE-1: level 1 those of its level-2 stations too, not the other way round; nobody else any."""
    zhang = courier(as_("hz01"))
    for login in ("hz01a", "hz02"):
        assert change(as_(login), zhang, "rename", name="王五")[0] == 404
        assert change(as_(login), zhang, "active", active="0")[0] == 404
        assert as_(login).get(f"/couriers/list?courier={zhang}").status_code == 404
        form = {"name": "王五", "station": "HZ01"}
        assert as_(login).post("/couriers", form, page="/couriers").status_code == 404
    for login in ("hq", "zhejiang", "admin"):
        assert as_(login).get("/couriers").status_code == 403
    with reading(land.engine) as conn:
        assert [(row.name, row.active) for row in conn.execute(select(couriers))] == [("张三", True)]


def test_role_2_the_list_shows_the_door_for_a_logged_reason_only(land: Land, as_: As) -> None:
    orders = {accepted(land, number) for number in ("KD1", "KD2")}
    elsewhere = accepted(land, "KD3", "HZ02")
    visitor = as_("hz01")
    zhang = courier(visitor)
    form = {"courier": zhang, "orders": [str(one) for one in orders]}
    visitor.post("/board/assign", form, page="/board")
    masked = visitor.get(f"/couriers/list?courier={zhang}").text
    assert "KD1" in masked and "13812345678" not in masked and "4幢" not in masked and "KD3" not in masked

    def looks() -> list[tuple[int, str]]:
        with reading(land.engine) as conn:
            rows = conn.execute(select(audit).where(audit.c.what == "unmask").order_by(audit.c.order_id))
            return [(row.order_id, row.reason) for row in rows]

    where = f"/couriers/list?courier={zhang}"
    for reason in ("", "好奇"):
        assert visitor.post(where, {"reason": reason}, page="/board", headers=JSON).status_code == 422
    assert looks() == []
    full = visitor.post(where, {"reason": "核实地址"}, page="/board").text
    assert "13812345678" in full and "文三路123号4幢501室" in full and "欧阳明月" in full
    assert looks() == [(one, "核实地址") for one in sorted(orders)] and elsewhere not in orders


def test_b_121_a_list_counts_as_many_looks_as_it_has_orders(
    land: Land, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("people.actions.MOST_LOOKS_AN_HOUR", 1)
    for number in ("KD1", "KD2"):
        accepted(land, number)
    land.clock.at = local("10:00")
    answer = as_("hz01").post("/couriers/list", {"reason": "核实地址"}, page="/board", headers=JSON)
    assert answer.status_code == 429 and body(answer)["code"] == "too_many_requests"
