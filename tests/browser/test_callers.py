"""A call taken in a real browser: an order typed in from a pasted block, changed, asked of its holder, answered."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import go, log_in
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BLOCK = "收件人: 王小二\n电话: 138-0013-8000\n地址: 浙江省杭州市西湖区文三路969号3号楼"
SHOTS = os.environ.get("SHOTS")


def shot(page: Page, name: str) -> None:
    """A picture to look at, where somebody asks for it."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def type_in(page: Page) -> str:
    """An order from a pasted block, mended once; its number."""
    go(page, "录单")
    page.get_by_label("粘贴识别").fill(BLOCK)
    page.get_by_role("button", name="填入寄件人").click()
    expect(page.get_by_label("取件地址")).to_have_value("文三路969号3号楼")
    expect(page.get_by_label("电话 Phone").first).to_have_value("13800138000")
    expect(page.locator("#others")).to_contain_text("KD9")
    page.get_by_label("派单区县").fill("3301")
    expect(page.locator("#districts option")).to_have_count(5)
    page.get_by_label("派单区县").fill("330106")
    page.get_by_label("预约结束").fill("2026-05-04T08:00")
    shot(page, "entry")
    page.get_by_role("button", name="保存订单").click()
    expect(page.locator("#wrong-window_end")).to_contain_text("结束时间已过")
    shot(page, "entry-wrong")
    page.get_by_label("预约结束").fill("2026-05-04T12:00")
    page.get_by_label("预约结束").press("Enter")
    expect(page.get_by_role("button", name="保存订单")).to_be_visible()
    page.get_by_role("button", name="保存订单").click()
    expect(page.locator("#notes")).to_contain_text("已保存,派至 西湖网点")
    shot(page, "entered")
    return page.locator("h1 .no").inner_text()


def test_a_call_from_end_to_end(page: Page, land: Land, complaints: list[str]) -> None:
    """CHAN-2, CHAN-8"""
    land.order("KD9", local("08:20"), sender={"name": "王小二", "phone": "13800138000"})
    land.clock.at = local("08:35")
    log_in(page, "hz01")
    number = type_in(page)
    page.get_by_role("button", name="接单").click()

    go(page, "来电")
    page.get_by_label("物流号").fill(number)
    page.get_by_label("寄件人电话").fill("13900000000")
    page.get_by_role("button", name="核对").click()
    expect(page.locator("[role=status].alert")).to_contain_text("没有同时符合所填各项的订单")
    shot(page, "no-match")
    page.get_by_label("寄件人电话").fill("138 0013 8000")
    page.get_by_role("button", name="核对").click()
    expect(page.locator("h1")).to_contain_text(number)
    shot(page, "caller")
    page.get_by_label("备注").fill("放门卫室")
    expect(page.locator("#to-hq")).to_contain_text("须由总部受理")
    expect(page.get_by_label("新预约结束")).to_have_count(0)
    page.locator("#agree-change").uncheck()
    page.get_by_role("button", name="提交变更").click()
    expect(page.locator("#ask")).to_contain_text("放门卫室")
    shot(page, "asked")
    go(page, "接单台")
    page.get_by_role("link", name="待揽收").click()
    expect(page.locator("#desk tbody")).to_contain_text("来电待答复")
    shot(page, "desk")
    page.get_by_role("link", name=number, exact=True).click()
    page.locator("#ask").get_by_label("备注").fill("已通知快递员")
    page.get_by_role("button", name="同意变更").click()
    expect(page.locator(".log li").first).to_contain_text("放门卫室")
    shot(page, "answered")
    assert land.row(number).content["remark"] == "放门卫室"
    assert complaints == ["Failed to load resource: the server responded with a status of 422 (UNPROCESSABLE ENTITY)"]


def test_a_caller_withdraws_what_lies_with_hq(page: Page, land: Land, complaints: list[str]) -> None:
    """CHAN-8: several orders of one sender, one of them withdrawn; on a telephone nothing is too wide."""
    for number in ("KD1", "KD2"):
        land.order(number, local("08:20"), "gap")
    land.order("KD3", local("08:20"))
    land.accept("KD3", "HZ01", local("08:21"))
    land.clock.at = local("08:35")
    page.set_viewport_size({"width": 360, "height": 740})
    log_in(page, "hq")
    for path in ("/entry", "/callers"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    shot(page, "narrow-callers")
    page.get_by_label("寄件人电话").fill("13812345678")
    page.get_by_label("寄件人姓名").fill("欧阳明月")
    page.get_by_role("button", name="核对").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    shot(page, "narrow-matches")
    page.locator("tr", has_text="KD2").get_by_text("变更或撤单").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("来电人的原因").fill("不寄了")
    shot(page, "narrow-caller")
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="撤单").click()
    expect(page.locator("#notes")).to_contain_text("KD2 已撤单")
    assert [land.row(f"KD{n}").state for n in (1, 2, 3)] == ["at_data_centre", "withdrawn", "accepted"]
    assert complaints == []
