"""Waybill numbers with a keyboard and a scanner, which types fast and ends with Enter (WAYBILL-1, DO-5, DO-9)."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TYPED, MEANT = "55000000000910", "55000000000190"


def picture(page: Page, name: str) -> None:
    """Kept where somebody asks for it: `LANSHOU_PICTURES=/some/folder`."""
    if folder := os.environ.get("LANSHOU_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"waybill-{name}.png"), full_page=True)


def test_scanned_twice_slipped_and_healed(page: Page, land: Land, complaints: list[str]) -> None:
    for number in ("KD1", "KD2"):
        land.order(number, local("09:00"))
        land.accept(number, "HZ01", local("09:01"))
    land.clock.at = local("09:20")
    log_in(page, "hz01")
    page.goto("/desk?tab=to_pick_up")
    page.get_by_label("运单号 KD1").click()
    page.keyboard.type("55000000000001\n")
    expect(page.locator("h1")).to_contain_text("请再录入一次运单号")
    picture(page, "again")
    page.keyboard.type("55000000000002\n")
    expect(page.locator("h1")).to_contain_text("请重新录入运单号")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    picture(page, "differs")
    page.set_viewport_size({"width": 1440, "height": 900})
    for _ in range(2):
        expect(page.get_by_label("运单号")).to_be_focused()
        page.keyboard.type("55000000000001\n")
    expect(page.locator("#notes")).to_contain_text("揽件已确认 KD1")
    assert land.row("KD1").waybill_no == "55000000000001"

    page.get_by_label("运单号 KD2").click()
    page.keyboard.type(TYPED + "\n")
    page.get_by_label("运单号").press_sequentially(TYPED + "\n")
    expect(page.locator("#notes")).to_contain_text("揽件已确认 KD2")
    land.scan(MEANT, "HZ01A", local("09:15"))
    page.goto("/unscanned")
    expect(page.locator("tbody tr", has_text="KD2")).to_contain_text("是否应为")
    picture(page, "meant")
    page.get_by_label("KD2 面单上的运单号").fill(MEANT)
    page.get_by_role("button", name="KD2 更正").click()
    expect(page.locator("#notes")).to_contain_text("运单号已保存 KD2")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert land.row("KD2").picked_up_at == local("09:15")
    assert all("422" in one for one in complaints), complaints  # the browser names every answer that is no success
