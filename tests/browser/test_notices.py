"""The notice in a real browser: HQ previews and publishes it, a station reads its own, and it fits phone and paper."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import go, log_in
from tests.web.console.conftest import Land
from tests.web.console.test_notices import PAGE, ids, inbox_of

__all__ = ["ids"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_notice_1_from_preview_to_reading(land: Land, page: Page, ids: dict[str, int], complaints: list[str]) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    log_in(page, "hq")
    go(page, "通报")
    page.click("text=预览并发布")
    expect(page.locator("#draft tr.sum")).to_contain_text("400.00 元")
    page.click("#publish")
    expect(page.locator("#notes")).to_contain_text("已发布 TB-2026-W19")
    page.locator("section#TB-2026-W19 tr", has_text="浙江省").get_by_role("link", name="300.00 元").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.click("text=退出")
    log_in(page, "hz01")
    page.goto("/inbox")
    page.click("text=前往")
    expect(page.locator("h1")).to_contain_text("TB-2026-W19")
    expect(page.locator("tr", has_text="KD1")).to_contain_text("证据包")
    assert inbox_of(land, "HZ01")[0][1] == "西湖王芳"
    page.set_viewport_size({"width": 400, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.emulate_media(media="print")
    expect(page.locator(".topbar")).to_be_hidden()
    expect(page.locator(".page-actions")).to_be_hidden()
    assert page.url.endswith(PAGE) and complaints == []
