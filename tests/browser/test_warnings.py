"""Before it is late, in a real browser: the desk tints, rings and falls silent; inbox and call list are worked off."""

import re

import pytest
from playwright.sync_api import Page, expect

from dispatch.facts import Accept, Target
from sla.presence.actions import watch
from storage.session import writing
from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land, local
from tests.web.console.test_warnings import warn

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# Counts the tones instead of playing them.
COUNT_TONES = """
  window.tones = [];
  window.AudioContext = class {
    currentTime = 0;
    destination = {};
    createOscillator() {
      const node = { frequency: { value: 0 }, connect: (other) => other, stop() {} };
      node.start = () => window.tones.push(node.frequency.value);
      return node;
    }
    createGain() {
      const set = () => {};
      return { gain: { setValueAtTime: set, exponentialRampToValueAtTime: set }, connect: (other) => other };
    }
  };
"""
RENEW = "htmx.trigger('[data-background]', 'renew')"


def counted(page: Page) -> None:
    """The desk asks only when the test says so, and its tones are counted."""
    page.add_init_script(COUNT_TONES)
    page.route("**/desk/stream", lambda route: route.fulfill(status=204))
    page.route("**/desk/changes", lambda route: route.fulfill(status=304))


def switch_sound(page: Page) -> None:
    page.locator(".sound > summary").click()
    page.locator("[data-sound]").click()


def tones(page: Page, status: int, path: str = "**/desk") -> list[int]:
    """What one look of the desk sounds."""
    page.evaluate("window.tones.length = 0")
    with page.expect_response(path) as answer:
        page.evaluate(RENEW)
    assert answer.value.status == status
    page.wait_for_timeout(100)
    found: list[int] = page.evaluate("window.tones")
    return found


def test_do_8_the_desk_rings_until_handled(page: Page, land: Land, complaints: list[str]) -> None:
    counted(page)
    land.order("KD1", local("09:00"))
    land.order("KD2", local("09:00"))
    log_in(page, "hz01")
    assert tones(page, 204) == [], "the sound is off until somebody wants it"
    switch_sound(page)
    assert tones(page, 204) == [880]
    warn(land, local("09:15"))
    assert tones(page, 200) == [880]
    row = page.get_by_role("row").filter(has_text="KD1")
    expect(row).to_contain_text("△ 抓紧接单")
    expect(row).to_have_class("tinted")
    warn(land, local("09:25"))
    assert tones(page, 200) == [1175, 1175, 1175]
    assert tones(page, 204) == [1175, 1175, 1175], "as long as nobody acts"
    expect(page).to_have_title(re.compile(r"^【即将超时】\(2\) 接单台"))
    expect(page.locator("#unread")).to_have_text("2")
    page.get_by_label("来不及?转给邻近网点 KD2").click()
    dialog = page.get_by_role("dialog", name="转单 KD2")
    expect(dialog.get_by_label("其他网点")).to_contain_text("拱墅一网点 HZ02")
    dialog.get_by_label("其他网点").select_option("HZ02")
    dialog.get_by_role("button", name="转单").click()
    expect(page.locator("#notes")).to_contain_text("KD2")
    page.get_by_label("接单 KD1", exact=True).click()
    page.get_by_role("button", name="立即提交").click()
    expect(page.locator("#notes")).to_contain_text("已接单")
    expect(page.locator("tr[data-row]")).to_have_count(0)
    assert tones(page, 204) == [] and page.title() == "接单台 · 揽收 Lanshou"
    assert complaints == []


def test_do_8_no_bell_off_duty(page: Page, land: Land, complaints: list[str]) -> None:
    counted(page)
    land.order("KD1", local("19:45"))
    land.clock.at = local("19:59")
    log_in(page, "hz01")
    switch_sound(page)
    assert tones(page, 204) == [880]
    land.clock.at = local("20:00")
    assert tones(page, 200) == []
    expect(page.locator("#call")).to_contain_text("非值班时间,不响铃")
    assert complaints == []


def test_inbox_and_call_list_are_worked_off(page: Page, land: Land, complaints: list[str]) -> None:
    for number in ("KD1", "KD2"):
        land.order(number, local("09:00"))
    warn(land, local("09:20"))
    log_in(page, "hz01")
    page.get_by_role("link", name="消息").click()
    expect(page.get_by_role("row").filter(has_text="2 单即将超时")).to_be_visible()
    warn(land, local("09:26"))
    page.evaluate(RENEW)
    expect(page.locator("#inbox tbody tr")).to_have_count(2)
    expect(page.locator("#unread")).to_have_text("2")
    page.get_by_label("选择 2 单即将超时 / 2 about to be late").check()
    page.get_by_role("button", name="所选标为已读").click()
    expect(page.locator("#inbox tbody tr")).to_have_count(1)
    page.get_by_role("link", name="前往").click()
    page.wait_for_url("**/desk")
    page.get_by_role("button", name="退出").click()

    log_in(page, "zhejiang")
    page.get_by_role("link", name="预警").click()
    expect(page.locator("#calls tbody tr")).to_contain_text("西湖网点 HZ01")
    page.get_by_role("button", name="已致电 Called HZ01").click()
    expect(page.locator("#calls")).to_contain_text("浙江陈平")
    land.accept("KD1", "HZ01", local("09:27"))
    land.accept("KD2", "HZ01", local("09:27"))
    page.evaluate(RENEW)
    expect(page.locator("#calls")).to_contain_text("没有须催办的网点")
    page.get_by_role("link", name="静默网点").click()
    expect(page.locator("details")).to_contain_text("从未登录")
    assert complaints == []


def test_do_8_who_is_typing_is_rung_and_not_silent(page: Page, land: Land, complaints: list[str]) -> None:
    """DUTY-3: a number half typed keeps its list as it is, and nothing else."""
    counted(page)
    land.order("KD1", local("09:00"))
    land.do(local("09:01"), Accept(Target("KD1"), "HZ01"))
    log_in(page, "hz01")
    switch_sound(page)
    page.goto(page.url + "?tab=to_pick_up")
    box = page.locator("#desk input:not([type=hidden]):not([type=checkbox])").first
    box.fill("5512")
    box.blur()
    land.order("KD2", local("09:05"))
    warn(land, local("09:31"))
    assert tones(page, 200, "**/desk?*") == [1175, 1175, 1175]
    expect(box).to_have_value("5512")
    expect(page.locator("#call")).to_contain_text("1 单待接")
    expect(page.locator("#unread")).to_have_text("2")
    at, world = local("09:50"), land.world
    with writing(land.engine) as conn:
        assert watch(conn, world.network, world.book.at(at), world.calendar, at) == 0
    box.fill("")
    box.blur()
    assert tones(page, 200, "**/desk?*") == [1175, 1175, 1175]
    expect(page.locator("#tab-waiting .badge")).to_have_text("1")
    assert complaints == []


def test_do_8_a_lost_connection_rings_no_bell(page: Page, land: Land) -> None:
    """Nobody knows whether the order still waits, or whether the station is on duty."""
    counted(page)
    land.order("KD1", local("09:00"))
    log_in(page, "hz01")
    switch_sound(page)
    assert tones(page, 204) == [880]
    page.context.set_offline(True)
    page.evaluate("window.tones.length = 0")
    page.evaluate(RENEW)
    expect(page.locator("#notes")).to_contain_text("网络中断")
    assert page.evaluate("window.tones") == []


def test_do_8_one_of_several_tabs_rings(page: Page, land: Land) -> None:
    """The next one takes over; a switch is seen in all of them."""
    counted(page)
    land.order("KD1", local("09:00"))
    log_in(page, "hz01")
    switch_sound(page)
    assert tones(page, 204) == [880]
    other = page.context.new_page()
    counted(other)
    other.goto(page.url)
    assert tones(other, 204) == [] and tones(page, 204) == [880]
    switch_sound(other)
    expect(page.locator("[data-sound-state]")).to_have_text("关")
    page.locator("[data-sound]").click()
    expect(other.locator("[data-sound-state]")).to_have_text("开")
    page.close()
    assert tones(other, 204) == [880]
