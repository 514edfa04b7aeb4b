"""Enter acts on the row where it is pressed, and a list that renews itself leaves the keyboard where it was."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NUMBERS = ("KD1", "KD2", "KD3")
RENEW = "htmx.trigger('[data-background]', 'renew')"


def stations(land: Land) -> list[str]:
    return [land.row(number).station for number in NUMBERS]


def test_enter_at_the_data_centre(page: Page, land: Land, complaints: list[str]) -> None:
    """ROUTE-3: the last row, whatever else is ticked; a tick's Enter is for no row; that of the bar for the ticked."""
    for number in NUMBERS:
        land.order(number, local("09:00"), "gap", adcode="330105")
    log_in(page, "hq")
    page.on("dialog", lambda asked: asked.accept())  # a station more than 10 km away is asked for again
    page.get_by_label("选择 KD1").check()
    page.get_by_label("选择 KD2").press("Enter")
    page.get_by_label("统一分至").fill("HZ01")
    page.get_by_label("分件至 KD3").fill("HZ03")
    page.get_by_label("分件至 KD3").press("Enter")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD3")
    assert stations(land) == ["DATA_CENTRE", "DATA_CENTRE", "HZ03"]

    page.wait_for_timeout(700)  # just after a dispatch nothing is taken: it may be a key pressed twice
    page.get_by_label("统一分至").fill("HZ02")
    page.get_by_label("统一分至").press("Enter")
    expect(page.locator("#notes")).to_contain_text("请先勾选")
    page.wait_for_timeout(700)
    page.get_by_label("选择 KD2").check()
    page.get_by_label("统一分至").press("Enter")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD2")
    assert stations(land) == ["DATA_CENTRE", "HZ02", "HZ03"]
    page.reload()
    assert page.url.endswith("/data-centre") and complaints == []


def test_enter_at_the_desk(page: Page, land: Land, complaints: list[str]) -> None:
    """DO-1: on a tick it is for no row; on a row's button for that one alone."""
    for number in NUMBERS:
        land.order(number, local("09:00"))
    log_in(page, "hz01")
    page.get_by_label("选择 KD3").check()
    page.get_by_label("选择 KD3").press("Enter")
    page.get_by_label("接单 KD2", exact=True).press("Enter")
    page.get_by_role("button", name="立即提交").click()
    expect(page.locator("#notes")).to_contain_text("已接单 1 单:KD2")
    assert [land.row(number).state for number in NUMBERS] == ["waiting", "accepted", "waiting"]
    assert complaints == []


def test_enter_without_script(page: Page, land: Land, complaints: list[str]) -> None:
    """The form's first button does nothing: neither the first row's act nor that of another."""
    for number in NUMBERS:
        land.order(number, local("09:00"), "gap", adcode="330105")
    page.route("**/app.js*", lambda route: route.fulfill(body="document.documentElement.dataset.ready = '1'"))
    log_in(page, "hq")
    page.get_by_label("选择 KD2").check()
    for field in ("分件至 KD3", "选择 KD2"):
        page.get_by_label(field).press("Enter")
        expect(page.locator("#notes")).to_contain_text("请先勾选订单")
    assert stations(land) == ["DATA_CENTRE"] * 3 and complaints == []


def test_a_renewed_list_keeps_the_keyboard(page: Page, land: Land, complaints: list[str]) -> None:
    """DO-8: the focus stays on the same order, the call is renewed in a region that stays."""
    land.order("KD2", local("09:10"))
    log_in(page, "hz01")
    button = page.get_by_label("转单 KD2")
    button.focus()
    region = page.locator("#call[role=status]").element_handle()
    land.order("KD1", local("09:00"))
    with page.expect_response("**/desk") as answer:
        page.evaluate(RENEW)
    assert answer.value.status == 200
    expect(page.locator("#desk tbody tr")).to_have_count(2)
    expect(button).to_be_focused()
    expect(page).to_have_title("(2) 接单台 · 揽收 Lanshou")
    assert region and "2 单待接" in region.inner_text(), "the same element"
    with page.expect_response("**/desk") as answer:
        page.evaluate(RENEW)
    assert answer.value.status == 204
    expect(page.locator("#desk tbody tr")).to_have_count(2)
    button.press("Enter")
    expect(page.get_by_role("dialog", name="转单 KD2")).to_be_visible()
    assert complaints == []
