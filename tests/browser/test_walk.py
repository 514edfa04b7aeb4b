"""A day at the console in a real browser: station and HQ, from log-in to the weekly report."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PASSWORD
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGES = {
    "hz01": ("/desk", "/desk?tab=to_pick_up", "/desk?tab=to_handle", "/orders", "/unscanned", "/weekly"),
    "zhejiang": ("/orders", "/weekly"),
    "hq": ("/data-centre", "/review", "/review?tab=decided", "/orders", "/weekly"),
    "admin": ("/",),
}


WORK = {"hq": "/data-centre", "zhejiang": "/orders", "admin": "/"}  # where the others begin; stations at the desk


def log_in(page: Page, login: str) -> None:
    page.goto(f"/login?next={WORK.get(login, '/desk')}")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "/login" not in url)
    page.wait_for_selector("html[data-ready]")


def go(page: Page, screen: str) -> None:
    """By the navigation: a part of the work opens its screens under the pointer."""
    part = page.locator("nav.topnav li.group", has=page.locator(f"a:text-is('{screen}')"))
    part.locator("> .top").hover()
    part.locator(f"a:text-is('{screen}')").last.click()  # a part's first screen may have the part's own name


def test_station_walk(page: Page, land: Land, complaints: list[str]) -> None:
    """DO-1, DO-2, DO-3, DO-8"""
    for number in ("KD1", "KD2", "KD3"):
        land.order(number, local("09:00"))
    land.clock.at = local("09:22")
    log_in(page, "hz01")
    expect(page).to_have_title("(3) 接单台 · 揽收 Lanshou")
    expect(page.locator("tbody .left").first).to_contain_text("仅剩")

    page.click("text=接所选订单")
    expect(page.locator("#notes")).to_contain_text("请先勾选")
    for number in ("KD1", "KD2"):
        page.get_by_label(f"选择 {number}").check()
    land.order("KD4", local("09:22"))
    page.evaluate("htmx.ajax('GET', '/desk', '#desk')")  # what the page does by itself every ten seconds
    expect(page.locator("#desk tbody tr")).to_have_count(4)
    expect(page.get_by_label("选择 KD1")).to_be_checked()
    page.click("text=接所选订单")
    page.get_by_role("button", name="立即提交").click()
    expect(page.locator("#notes")).to_contain_text("已接单 2 单:KD1、KD2")
    assert [land.row(f"KD{n}").state for n in (1, 2, 3)] == ["accepted", "accepted", "waiting"]

    page.locator("tr", has_text="KD3").get_by_text("失败").click()
    dialog = page.locator("dialog")
    dialog.get_by_label("失败原因").select_option("cannot_reach")
    expect(dialog.locator("[data-asked]")).to_have_text("通话时间")
    dialog.get_by_label("通话时间").fill("09:20 无人接听")
    page.once("dialog", lambda question: question.accept())
    dialog.get_by_role("button", name="登记接单失败").click()
    expect(page.locator("#notes")).to_contain_text("已登记失败 KD3")

    page.get_by_role("link", name="待揽收").click()
    page.get_by_label("运单号 KD1").fill("55000000000001")
    page.get_by_label("运单号 KD1").press("Enter")
    expect(page.get_by_label("运单号")).to_be_focused()  # WAYBILL-1: neither check digit nor stock says anything
    assert len(complaints) == 1 and "422" in complaints.pop()  # the browser names the status of that question
    page.keyboard.type("55000000000001\n")
    expect(page.locator("#notes")).to_contain_text("揽件已确认 KD1")
    page.goto("/unscanned")
    page.get_by_role("link", name="KD1").click()
    expect(page.locator(".log li").first).to_contain_text("揽件确认")
    assert (land.row("KD1").state, land.row("KD3").state) == ("picked_up", "accept_failed")
    assert complaints == []


def test_headquarters_walk(page: Page, land: Land, complaints: list[str]) -> None:
    """ROUTE-3, VIO-4, SETTLE-2"""
    land.order("KD1", local("09:00"), "gap", adcode="330105")
    land.order("KD2", local("09:00"))
    land.sweep(local("10:00"))
    log_in(page, "hq")
    page.on("dialog", lambda asked: asked.accept())  # a station more than 10 km away is asked for again
    page.locator("tbody").get_by_text("拱墅二网点").first.click()
    page.click("tbody button:has-text('分件')")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD1")
    assert land.row("KD1").station == "HZ03"

    go(page, "稽核台")
    page.click("tbody >> text=查看")
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("ACCEPT-1")
    dialog.get_by_label("理由").fill("情况属实")
    dialog.get_by_role("button", name="确认违规").click()
    expect(page.locator("#notes")).to_contain_text("已确认违规 1 件")
    assert [case[2] for case in land.cases()] == ["confirmed"]

    go(page, "周报")
    expect(page.locator("#money tbody")).to_contain_text("100.00")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "weekly-2026-W19-now.csv"
    assert complaints == []


@pytest.mark.parametrize("login", PAGES)
def test_fits_a_telephone(page: Page, land: Land, complaints: list[str], login: str) -> None:
    """Nothing is wider than 360 pixels."""
    land.order("KD1", local("09:00"), remark="很长的备注" * 30)
    land.order("KD2", local("09:00"), "gap")
    land.order("KD3", local("09:00"))
    land.accept("KD3", "HZ01", local("09:01"))
    land.sweep(local("10:00"))
    page.set_viewport_size({"width": 360, "height": 740})
    log_in(page, login)
    order = f"/orders/{land.id('KD1')}"
    for path in (*PAGES[login], *([] if login == "admin" else [order])):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{path}: {wide} pixels"
    assert complaints == []
