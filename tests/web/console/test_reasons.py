"""Why acceptance or pickup may fail, as the console asks for it (DO-2, B-93)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from rulebook.book import Book, read_edition
from tests.paths import REPO
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

As = Callable[[str], Visitor]


@pytest.mark.parametrize("reason", ["short_staff", "too_far", ""])
def test_forbidden_reasons_by_hand(land: Land, as_: As, reason: str) -> None:
    """B-93"""
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    form = {"stage": "accept", "reason": reason, "detail": "人手不足"}
    answer = visitor.post(f"/orders/{order}/fail", form, page="/desk", headers={"Accept": "application/json"})
    assert answer.status_code == 422 and answer.json
    assert (answer.json["code"], answer.json["errors"][0]["field"]) == ("reason_not_allowed", "reason")


FAILURES = [
    ("cannot_reach", "", 422, "请补充:通话时间"),
    ("cannot_reach", "09:12", 303, ""),
    ("other", "   ", 422, "请补充:具体情况"),
    ("cannot_enter", "", 303, ""),
    ("short_staff", "人手不足", 422, "没有这个原因"),
    ("", "", 422, "没有这个原因"),
    ("wrong_number", "打门口电话", 422, "请填写所拨的电话号码"),
    ("wrong_number", "138123", 422, "请填写所拨的电话号码"),
    ("wrong_number", "1" * 16, 422, "请填写所拨的电话号码"),
    ("wrong_number", "+86 138-1234-5678", 303, ""),
    ("wrong_number", "5888123", 303, ""),
    ("other", "x" * 201, 422, "text_too_long"),
    ("other", "a\x00b", 422, "text_invalid"),
]


@pytest.mark.parametrize(("reason", "detail", "status", "says"), FAILURES)
def test_fail_with_what_the_reason_asks_for(
    land: Land, as_: As, reason: str, detail: str, status: int, says: str
) -> None:
    """DO-2, B-93"""
    order, visitor = land.order("KD1", local("09:00")), as_("hz01")
    form = {"stage": "accept", "reason": reason, "detail": detail}
    answer = visitor.post(f"/orders/{order}/fail", form, page="/desk")
    assert answer.status_code == status and says in answer.text
    assert land.row("KD1").state == ("accept_failed" if status == 303 else "waiting")


def test_reasons_are_those_of_the_edition_of_the_order(app: Flask, land: Land, as_: As) -> None:
    """DO-2: an edition that came after the order changes neither its list nor what a reason asks for."""
    shipped = (REPO / "rulebook" / "editions" / "2017-01-01.toml").read_text(encoding="utf-8")
    later = shipped.replace("2017-01-01", "2026-05-05").replace("cannot_enter", "door_closed")
    after = read_edition(later)
    asks_more = {code: replace(one, asks="text") for code, one in after.reasons.items()}
    book = Book([read_edition(shipped), replace(after, reasons=asks_more)])
    app.extensions["lanshou"] = replace(app.extensions["lanshou"], shipped=book)
    land.world.book = book
    orders = [land.order("KD1", local("19:59")), land.order("KD2", local("08:00", "2026-05-05"))]
    land.clock.at = local("08:01", "2026-05-05")
    visitor = as_("hz01")
    drawn = [visitor.get(f"/orders/{order}/dialog").text for order in orders]
    assert ["cannot_enter" in text for text in drawn] == [True, False]
    assert ["door_closed" in text for text in drawn] == [False, True]

    def fail(order: int, reason: str, detail: str = "") -> int:
        form = {"stage": "accept", "reason": reason, "detail": detail}
        return visitor.post(f"/orders/{order}/fail", form, page="/desk").status_code

    assert fail(orders[1], "cannot_enter") == 422 and fail(orders[0], "door_closed") == 422
    assert fail(orders[1], "door_closed") == 422 and fail(orders[1], "door_closed", "无人") == 303
    assert fail(orders[0], "cannot_enter") == 303, "the edition of its own day asks for nothing"
    assert fail(999_999, "cannot_enter") == 404
