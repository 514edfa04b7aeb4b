"""WAYBILL-1, DO-3, DO-9: a number entered by hand in the console, a second time where nothing else bears it out, and
the correction that the un-scanned list offers (DO-5)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from dispatch.stock.actions import issue
from dispatch.stock.blocks import Block
from storage.session import writing
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

As = Callable[[str], Visitor]
NUMBER, OTHER = "55000000000001", "55000000000002"
JSON = {"Accept": "application/json"}
TICK = timedelta(microseconds=1)


def stock(land: Land, station: str, first: str = NUMBER, last: str = OTHER) -> None:
    with writing(land.engine) as conn:
        rows = [(2, Block(station, first, last))]
        assert issue(conn, rows, "import", local("08:00"), only_check=False) == (1, {})


def accepted(land: Land, number: str = "KD1") -> int:
    order = land.order(number, local("09:00"))
    land.accept(number, "HZ01", local("09:01"))
    return order


def enter(visitor: Visitor, order: int, number: str, first: str = "", act: str = "confirm") -> tuple[int, str]:
    """Status and code; as a machine, which gets the code in words."""
    form = {"waybill_no": number} | ({"waybill_first": first} if first else {})
    answer = visitor.post(f"/orders/{order}/{act}", form, page="/desk", headers=JSON)
    return answer.status_code, answer.json["code"] if answer.json else ""


def test_b_96_why_a_confirmation_is_refused(land: Land, as_: As) -> None:
    """B-96: none 422, used 409, impossible 422, another station's 422; nothing is stored."""
    order, other = accepted(land), accepted(land, "KD2")
    land.confirm("KD2", "HZ01", local("09:02"), NUMBER)
    stock(land, "HZ02", OTHER, OTHER)
    visitor = as_("hz01")
    assert enter(visitor, order, "") == (422, "waybill_required")
    assert enter(visitor, order, "5500000000000") == (422, "waybill_invalid")
    assert enter(visitor, order, NUMBER) == (409, "waybill_in_use")
    assert enter(visitor, order, OTHER, OTHER) == (422, "waybill_elsewhere")
    assert land.row("KD1").state == "accepted"
    text = visitor.post(f"/orders/{order}/confirm", {"waybill_no": "550000000000015"}, page="/desk").text
    assert "应为 14 位" in text
    assert other != order


@pytest.mark.parametrize("act", ["confirm", "waybill"])
def test_waybill_1_twice_and_alike(land: Land, as_: As, act: str) -> None:
    """The page asks without showing the number, and keeps where the form came from."""
    order, visitor = accepted(land), as_("hz01")
    if act == "waybill":
        land.confirm("KD1", "HZ01", local("09:10"), "55000000000009")
    back = "/desk?tab=to_pick_up"
    asked = visitor.post(f"/orders/{order}/{act}", {"waybill_no": NUMBER, "back": back}, page="/desk")
    assert asked.status_code == 422 and "请再录入一次运单号" in asked.text and "KD1" in asked.text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    assert hidden["waybill_first"] == NUMBER and hidden["back"] == back
    assert asked.text.count(NUMBER) == 1, "a second entry must be read from the label"
    assert land.row("KD1").waybill_no != NUMBER
    done = visitor.post(f"/orders/{order}/{act}", {**hidden, "waybill_no": NUMBER}, page="/desk")
    assert (done.status_code, done.headers["Location"]) == (303, back)
    assert land.row("KD1").waybill_no == NUMBER


def test_waybill_1_two_that_differ(land: Land, as_: As) -> None:
    order, visitor = accepted(land), as_("hz01")
    assert enter(visitor, order, OTHER, NUMBER) == (422, "waybill_differs")
    again = visitor.post(f"/orders/{order}/confirm", {"waybill_no": OTHER, "waybill_first": NUMBER}, page="/desk")
    assert again.status_code == 422 and "两次录入的运单号不一致" in again.text
    assert "waybill_first" not in again.text, "it begins anew"
    assert land.row("KD1").state == "accepted"


def test_waybill_1_a_scanner_that_fills_the_field_twice(land: Land, as_: As) -> None:
    order, visitor = accepted(land), as_("hz01")
    assert enter(visitor, order, NUMBER + OTHER) == (422, "waybill_invalid")
    assert enter(visitor, order, NUMBER + NUMBER, OTHER) == (422, "waybill_differs")
    assert enter(visitor, order, NUMBER + NUMBER) == (303, "")
    assert land.row("KD1").waybill_no == NUMBER


def test_waybill_1_once_is_enough_for_what_the_house_scanned(land: Land, as_: As) -> None:
    """The own stock alone bears nothing out: the next label is one digit away."""
    order = accepted(land)
    stock(land, "HZ01A")
    assert enter(as_("hz01"), order, NUMBER) == (422, "waybill_again")
    land.scan(NUMBER, "HZ01A", local("09:05"))
    assert enter(as_("hz01"), order, NUMBER) == (303, "")


def test_role_1_nobody_is_asked_about_an_order_of_others(land: Land, as_: As) -> None:
    order = accepted(land)
    assert enter(as_("hz02"), order, NUMBER) == (404, "not_found")
    for first in ("", OTHER):
        form = {"waybill_no": NUMBER, "waybill_first": first}
        assert as_("hz02").post(f"/orders/{order}/confirm", form, page="/desk").status_code == 404
    answer = as_("hz01").post(f"/orders/{order}/confirm", {"waybill_no": NUMBER, "back": "//evil"}, page="/desk")
    assert "evil" not in answer.text


# ---- DO-5, DO-9: what was meant

TYPED, MEANT, NEAR = "55000000000910", "55000000000190", "55000000000901"


def slipped(land: Land, station: str = "HZ01", at: datetime | None = None, scanned: str = MEANT) -> int:
    """KD1 was confirmed at 09:10 with two digits swapped; its parcel was scanned."""
    order = accepted(land)
    land.confirm("KD1", "HZ01", local("09:10"), TYPED)
    land.scan(scanned, station, at or local("09:05"))
    return order


def proposed(visitor: Visitor) -> list[str]:
    found = re.findall(r'meant\?</small></span> <span class="no">(.*?)</span>', visitor.get("/unscanned").text)
    return [re.sub(r"</?mark>", "", one) for one in found]


def test_do_9_the_list_offers_what_was_meant(land: Land, as_: As) -> None:
    order, visitor = slipped(land), as_("hz01")
    assert proposed(visitor) == [MEANT]
    page = visitor.get("/unscanned").text
    assert "55000000000<mark>1</mark><mark>9</mark>0" in page.replace("\n", "")
    assert "waybill_first" not in page and f'value="{MEANT}"' not in page, "it is read from the label"
    form = {"waybill_no": MEANT, "back": "/unscanned"}
    done = visitor.post(f"/orders/{order}/waybill", form, page="/unscanned", follow_redirects=True)
    assert "运单号已保存 KD1" in done.text and "全部已扫描" in done.text
    land.sweep(local("09:30", "2026-05-06"))
    assert (land.row("KD1").picked_up_at, land.cases()) == (local("09:05"), [])


NOT = {
    "two slips": {"scanned": "55000000000091"},
    "of another house": {"scanned": NEAR, "station": "HZ02"},
    "before the order": {"scanned": NEAR, "at": local("09:00") - TICK},
}


@pytest.mark.parametrize("case", NOT.values(), ids=NOT)
def test_do_9_what_is_not_offered(land: Land, as_: As, case: dict[str, object]) -> None:
    slipped(land, **case)  # type: ignore[arg-type]
    assert proposed(as_("hz01")) == []


def test_do_9_a_scan_at_the_creation_and_by_a_contracted_area(land: Land, as_: As) -> None:
    slipped(land, "HZ01A", local("09:00"), NEAR)
    assert proposed(as_("hz01")) == [NEAR]


@pytest.mark.parametrize(("created", "offered"), [(local("09:05"), []), (local("09:05") + TICK, [NEAR])])
def test_do_9_not_while_the_scan_may_be_of_an_order_without_a_number(
    land: Land, as_: As, created: datetime, offered: list[str]
) -> None:
    """Labels are consecutive: the next parcel's is one digit away, and it may be typed later than it is scanned."""
    slipped(land, scanned=NEAR)
    land.order("KD2", created)
    assert proposed(as_("hz01")) == [NEAR], "nobody has accepted it"
    land.accept("KD2", "HZ01", local("09:11"))
    assert proposed(as_("hz01")) == offered


def test_do_9_not_where_two_may_be_meant(land: Land, as_: As) -> None:
    """Two scans as near to one number; one scan as near to two numbers that nobody scanned."""
    slipped(land, scanned=NEAR)
    visitor = as_("hz01")
    land.scan("55000000000911", "HZ01", local("09:06"))
    assert proposed(visitor) == []
    accepted(land, "KD2")
    land.confirm("KD2", "HZ01", local("09:12"), "55000000000911")
    assert proposed(visitor) == [NEAR], "the second scan has its order"
    accepted(land, "KD3")
    land.confirm("KD3", "HZ01", local("09:13"), "55000000000902")
    assert proposed(visitor) == []
    land.scan("55000000000902", "HZ01", local("09:14"))
    assert proposed(visitor) == [NEAR]


def test_do_9_no_scan_of_another_order(land: Land, as_: As) -> None:
    slipped(land, scanned=NEAR)
    accepted(land, "KD2")
    land.confirm("KD2", "HZ01", local("09:12"), NEAR)
    assert proposed(as_("hz01")) == []


def test_do_9_only_while_it_can_be_corrected(land: Land, as_: As) -> None:
    """24 h from the first typed number, the end included; a correction starts no period anew; never a channel's."""
    slipped(land, scanned=NEAR)
    land.order("KD3", local("09:00"), business_type="online_order", waybill_no="55000000003781")
    land.accept("KD3", "HZ01", local("09:01"))
    land.scan("55000000003782", "HZ01", local("09:05"))
    land.clock.at = local("09:10", "2026-05-05")
    visitor = as_("hz01")
    assert proposed(visitor) == [NEAR]
    land.clock.at += TICK
    assert proposed(visitor) == []


def test_do_9_a_page_costs_three_statements(land: Land, as_: As, engine: Engine) -> None:
    """DESIGN law 9: however many typed numbers it shows."""
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    visitor, counts = as_("hz01"), []
    for lot in range(2):
        for n in range(3 + 20 * lot):
            number = f"KD{lot}{n:02d}"
            accepted(land, number)
            land.confirm(number, "HZ01", local("09:10"), f"5500000{lot}{n:02d}0000")
        visitor.get("/unscanned")
        statements.clear()
        visitor.get("/unscanned")
        counts.append(len(statements))
    assert counts[0] == counts[1], counts
