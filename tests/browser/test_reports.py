"""Monday morning: HQ and a station open the week, a figure, its rows, an order and the evidence of a violation."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_axe import ASK, AXE
from tests.browser.test_walk import go, log_in
from tests.web.console.conftest import Land
from tests.web.console.reports_scenes import WEEK, frozen, week

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def opened(page: Page, row: str) -> None:
    """The figure of this week in a row of the first table."""
    page.locator("#summary tr", has_text=row).first.locator("td a").first.click()
    expect(page.locator("#equal")).to_contain_text("=")


@pytest.mark.parametrize(("login", "confirmed"), [("hq", 4), ("hz01", 1)])
def test_from_a_figure_to_the_evidence(
    land: Land, page: Page, complaints: list[str], login: str, confirmed: int
) -> None:
    """ROLE-1: a station walks the same way within its scope."""
    week(land)
    frozen(land)
    log_in(page, login)
    go(page, "报表")
    page.locator("#weekly a.big").click()
    expect(page.locator("h1")).to_contain_text(WEEK)
    expect(page.locator(".report-state")).to_contain_text("定稿")
    said = page.locator("#summary th .said").first
    said.focus()
    assert said.evaluate("one => getComputedStyle(one, '::after').content").strip('"') == said.get_attribute(
        "data-says"
    )
    expect(page.locator("#trend canvas")).to_be_visible()
    for width in (360, 2560, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    week_page = page.url

    opened(page, "接单按时")
    expect(page.locator("#equal")).to_contain_text("行数")
    page.evaluate(AXE)
    assert page.evaluate(ASK) == []
    page.locator("tbody a.no").first.click()
    expect(page.locator("h1")).to_contain_text("KD")

    page.goto(week_page)
    opened(page, "确认")
    expect(page.locator("tbody tr")).to_have_count(confirmed)
    page.locator("tbody a[href$='/pack']").first.click()
    expect(page.locator("h1")).to_contain_text("证据包")
    assert complaints == []


def test_schedules_and_runs(land: Land, page: Page, complaints: list[str]) -> None:
    log_in(page, "hq")
    go(page, "定时发送")
    page.get_by_label("形式").select_option("line")
    page.get_by_role("button", name="加入").click()
    expect(page.locator("#notes")).to_contain_text("已加入")
    page.on("dialog", lambda asked: asked.accept())
    page.locator("tr", has_text="一行文字").get_by_role("button", name="停止").click()
    expect(page.locator("#notes")).to_contain_text("已停止")
    go(page, "生成记录")
    expect(page.locator("#runs")).to_contain_text("没有生成中的报表")
    assert complaints == []
