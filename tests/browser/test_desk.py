"""The desk in a browser: taking an acceptance back, the keyboard, a new order without reload (decision 17)."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NUMBERS = ("KD1", "KD2", "KD3")


def filled(page: Page, land: Land) -> None:
    for number in NUMBERS:
        land.order(number, local("09:00"))
    log_in(page, "hz01")


def states(land: Land) -> list[str]:
    return [land.row(number).state for number in NUMBERS]


def test_taken_back_and_sent(page: Page, land: Land, complaints: list[str]) -> None:
    """DO-1: nothing is accepted while the bar counts; by the keyboard, and the next row has it afterwards."""
    filled(page, land)
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#hold")).to_contain_text("接单 1 单")
    expect(page.locator("tr[data-row]").nth(1)).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("#notes")).to_contain_text("已撤回")
    assert states(land) == ["waiting"] * 3
    for key in ("x", "j", "x", "a"):
        page.keyboard.press(key)
    expect(page.locator("#hold")).to_contain_text("接单 2 单")
    page.get_by_role("button", name=re.compile("立即提交")).click()
    expect(page.locator("#notes")).to_contain_text("已接单 2 单:KD1、KD2")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    assert states(land) == ["accepted", "accepted", "waiting"] and complaints == []


def test_sent_when_the_page_is_left(page: Page, land: Land) -> None:
    filled(page, land)
    page.get_by_label("接单 KD2", exact=True).click()
    expect(page.locator("#hold")).to_be_visible()
    page.goto("/orders")
    page.goto("/desk")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    assert states(land) == ["waiting", "accepted", "waiting"]


def test_no_hold_when_a_deadline_is_near(page: Page, land: Land, complaints: list[str]) -> None:
    """Less than 60 seconds left: sent at once."""
    filled(page, land)
    page.evaluate("document.querySelector('[data-row]').dataset.until = serverNow() / 1000 + 59")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#notes")).to_contain_text("已接单 1 单:KD1")
    assert states(land) == ["accepted", "waiting", "waiting"] and complaints == []


def test_never_lost(page: Page, land: Land) -> None:
    """It is told loudly that it has not arrived, kept over a reload, and sent again."""
    filled(page, land)
    page.route("**/desk/accept", lambda route: route.abort())
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.get_by_role("button", name=re.compile("立即提交")).click()
    expect(page.locator("#notes")).to_contain_text("接单没有送达!1 单")
    page.unroute("**/desk/accept")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#notes")).to_contain_text("已接单 1 单:KD1")
    assert states(land) == ["accepted", "waiting", "waiting"]


def test_who_logs_out_within_the_hold_has_accepted(page: Page, land: Land, complaints: list[str]) -> None:
    """Also where the browser keeps nothing, and with Caps Lock."""
    filled(page, land)
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }; }")
    page.keyboard.press("j")
    page.keyboard.press("A")
    expect(page.locator("#hold")).to_contain_text("接单 1 单")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/login")
    assert states(land) == ["accepted", "waiting", "waiting"] and complaints == []


def test_a_session_that_is_over_keeps_the_acceptance(page: Page, land: Land) -> None:
    """The bar says so though the list is emptied; whoever logs in here again sends it. A clock set back holds nothing
    for longer."""
    filled(page, land)
    kept = page.context.cookies()
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.context.clear_cookies()
    page.evaluate("() => { Date.now = () => 0; held.steady = performance.now() + 200; }")
    expect(page.locator("#hold")).to_contain_text("接单没有送达(1 单)")
    expect(page.locator("#over")).to_be_visible()
    expect(page.locator("#hold")).to_be_visible()
    assert states(land) == ["waiting"] * 3
    page.context.add_cookies(kept)  # type: ignore[arg-type] # as they came
    page.goto("/desk")
    expect(page.locator("#notes")).to_contain_text("已接单 1 单:KD1")
    page.evaluate("sessionStorage.setItem(KEPT, JSON.stringify({ user: '0', orders: ['7', '8'], at: Date.now() }))")
    page.goto("/desk")
    expect(page.locator("#notes")).to_contain_text("上次接单(2 单)可能没有送达")
    assert states(land) == ["accepted", "waiting", "waiting"]


def test_a_new_order_without_reload(page: Page, land: Land, complaints: list[str]) -> None:
    """DO-8: it comes over the stream; no question is asked for it but that for the list."""
    filled(page, land)
    expect(page.locator("#live")).to_have_text("实时")
    land.order("KD4", local("09:01"))
    expect(page.locator("tr[data-row]")).to_have_count(4)
    expect(page).to_have_title(re.compile(r"^\(4\) 接单台"))
    assert complaints == []


def test_polling_when_streams_are_refused(page: Page, land: Land) -> None:
    page.route("**/desk/stream", lambda route: route.fulfill(status=204))
    filled(page, land)
    expect(page.locator("#live")).to_have_text("每 10 秒查询")
    land.order("KD4", local("09:01"))
    page.evaluate("ask()")
    expect(page.locator("tr[data-row]")).to_have_count(4)


def test_transferred_without_leaving_the_list(page: Page, land: Land, complaints: list[str]) -> None:
    """ROUTE-4: t, then the number of the target; the next row has the keyboard. Typing is no command."""
    filled(page, land)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name=re.compile("快捷键"))).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("t")
    first = page.locator("[data-to]").first
    expect(first).to_be_visible()
    to = first.get_attribute("data-to")
    page.keyboard.press("1")
    expect(page.locator("#notes")).to_contain_text("已转单 KD1")
    assert land.row("KD1").station == to
    expect(page.locator("tr[data-row]:focus")).to_have_count(1)
    page.keyboard.press("d")
    page.get_by_role("button", name=re.compile("转数据中心")).click()
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("tr[data-row]")).to_have_count(2)  # KD1 is a contracted area's now: still on this desk
    page.keyboard.press("/")
    page.keyboard.type("jax")
    assert page.get_by_role("searchbox").input_value() == "jax" and complaints == []


def test_after_the_session_nothing_personal_stays(page: Page, land: Land) -> None:
    """RELIABILITY 11.2: the list goes, and how many wait is still said."""
    filled(page, land)
    page.keyboard.press("j")
    page.keyboard.press("f")
    expect(page.locator("#dialog")).to_be_visible()
    context: BrowserContext = page.context
    context.clear_cookies()
    page.evaluate("source.dispatchEvent(new Event('over'))")  # as the stream says it, a minute later
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("#over")).to_contain_text("3 单待接")
    expect(page.locator("tr[data-row]")).to_have_count(0)
    assert "138" not in page.locator("main").inner_text() and page.url.endswith("/desk")
