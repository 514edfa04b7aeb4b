"""申诉 in a real browser: a station appeals with a file, the province upholds, HQ overturns; it fits a phone."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import log_in
from tests.rules.test_appeal_files import png
from tests.web.console.conftest import Land
from tests.web.console.test_notices import ids, publish

__all__ = ["ids"]

PHONE, OFFICE = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


def fits(page: Page, name: str) -> None:
    """No page is wider than the screen."""
    folder = os.environ.get("LANSHOU_PICTURES")
    for size in (PHONE, OFFICE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"], (name, size)
        if folder:
            page.screenshot(path=f"{folder}/{name}-{size['width']}.png", full_page=True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_appeal_1_to_3_from_station_to_hq(
    land: Land, page: Page, ids: dict[str, int], complaints: list[str], tmp_path: Path
) -> None:
    publish(land)
    page.on("dialog", lambda dialog: dialog.accept())
    picture = tmp_path / "长文件名的截图.png"
    picture.write_bytes(png())
    one = f"/appeals/{ids['KD1']}"

    _appeals(page, picture)
    _upholds(page, one)
    _overturns(page, one)
    assert complaints == []


def _appeals(page: Page, picture: Path) -> None:
    log_in(page, "hz01")
    page.goto("/violations")
    page.locator("tr", has_text="KD1").get_by_role("link", name="申诉").click()
    expect(page.locator("h1")).to_contain_text(re.compile("申诉.* KD1"))
    fits(page, "ask")
    page.fill("#text", "当时系统无法接单,\n附截图为证")
    page.set_input_files("#files", [picture])
    page.click("#ask")
    expect(page.locator("#notes")).to_contain_text("申诉已提交省平台")
    page.goto("/appeals")
    fits(page, "station")
    page.click("text=退出")


def _upholds(page: Page, one: str) -> None:
    log_in(page, "zhejiang")
    page.goto("/inbox")
    page.click("text=前往")
    with page.expect_download() as download:
        page.get_by_role("link", name="长文件名的截图.png").click()
    assert download.value.suggested_filename == "长文件名的截图.png"
    fits(page, "decide")
    page.goto("/appeals")
    fits(page, "inbox")
    page.goto("/appeals/mail?number=KD3")
    fits(page, "mail")
    page.goto(one)
    page.fill("#reason", "截图时间不符")
    page.get_by_role("button", name="维持").click()
    expect(page.locator("#notes")).to_contain_text("已维持")
    page.click("text=退出")


def _overturns(page: Page, one: str) -> None:
    log_in(page, "hz01")
    page.goto(one)
    page.fill("#text", "截图为北京时间")
    page.click("#ask")
    expect(page.locator("#notes")).to_contain_text("申诉已提交总部")
    page.click("text=退出")

    log_in(page, "hq")
    page.goto("/appeals")
    page.get_by_role("link", name="KD1 V-ACCEPT").click()
    page.fill("#reason", "截图属实")
    page.get_by_role("button", name="撤销违规").click()
    expect(page.locator("#notes")).to_contain_text("已撤销违规")
    page.goto(one)
    expect(page.locator("main")).to_contain_text("截图属实")
    fits(page, "decided")
