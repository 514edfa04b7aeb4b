"""The review desk in a real browser: a cause opened and decided as one, then a blind second look (VIO-4)."""

import pytest
from playwright.sync_api import Page, expect

from penalties.lifecycle import DISMISS
from penalties.reviewing.actions import Verdict, decide
from storage.session import writing
from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land, local
from tests.web.console.review_calls import add_reviewers, late, reviewer


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cause_is_decided_and_looked_at_again(land: Land, page: Page, complaints: list[str]) -> None:
    add_reviewers(land)
    late(land, 4)
    other = late(land, 1, "HZ02")[-1]
    with writing(land.engine) as conn:
        decide(conn, [Verdict(other, DISMISS, "推送有误")], reviewer(land, "hq2"), 100, local("10:05"))
    log_in(page, "hq")
    page.goto("/review")
    expect(page.locator("#at-stake")).to_contain_text("400.00")
    page.click("text=按原因")
    page.click("#dimensions >> text=网点 1")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.click("text=打开")
    expect(page.locator("tbody input:checked")).to_have_count(4)
    page.locator("tbody input").first.uncheck()
    page.fill("input[name=reason]", "核对扫描记录,情况属实")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=确认勾选的")
    expect(page.locator("#notes")).to_contain_text("已确认违规 3 件")
    page.click("text=待稽核")
    page.locator("td.ops >> text=查看").first.click()
    expect(page.locator("#dialog #precedents tbody tr")).to_have_count(3)
    expect(page.locator("#dialog:modal")).to_be_visible()  # its content is there a moment before it opens
    page.keyboard.press("Escape")
    page.click(".nav-tabs >> text=复核")
    page.locator("td.ops >> text=复核").first.click()
    expect(page.locator("main")).not_to_contain_text("推送有误")
    page.fill("#second-reason", "应计网点责任")
    page.click("text=应当确认")
    expect(page.locator("main")).to_contain_text("意见不一致")
    page.click("text=一致率")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.set_viewport_size({"width": 400, "height": 900})
    for path in (
        "/review",
        "/review/causes",
        "/review/causes/one?cause=station:HZ01",
        "/review/second",
        "/review/figures",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 400, path
    assert complaints == []
