"""A proposal in a real browser: its map, and adopting it from the keyboard (ROUTE-1, ROUTE-4)."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land
from tests.web.console.test_memory import ESTATE, filled, places

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def picture(page: Page, name: str) -> None:
    """Kept where somebody asks for it: `LANSHOU_PICTURES=/some/folder`."""
    if folder := os.environ.get("LANSHOU_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"memory-{name}.png"), full_page=True)


def tab_to(page: Page, label: str) -> None:
    """Walk by Tab until the element of this name has the keyboard."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()").startswith(label):
            return
    raise AssertionError(f"no Tab leads to {label}")


def test_a_proposal_is_looked_at_and_adopted(page: Page, land: Land, complaints: list[str]) -> None:
    filled(land)
    log_in(page, "hq")
    page.goto("/memory")
    picture(page, "list")
    tab_to(page, ESTATE)
    page.keyboard.press("Enter")
    page.wait_for_selector("#memory-map[data-drawn]")
    expect(page.locator("#memory-map path.leaflet-interactive")).not_to_have_count(0)
    green = page.locator("#memory-map .leaflet-points-pane path")
    expect(green).to_have_count(10)
    assert set(green.evaluate_all("all => all.map(one => one.getAttribute('fill'))")) == {"#2fb344"}
    expect(page.locator("main")).to_contain_text("西湖网点 HZ01 → 拱墅一网点 HZ02")
    picture(page, "one")

    before = green.first.get_attribute("d")
    tab_to(page, "只看订单")
    page.keyboard.press("Enter")
    expect(page.locator("#memory-zoom")).to_have_attribute("aria-pressed", "true")
    expect(green.first).not_to_have_attribute("d", before or "")
    picture(page, "near")

    page.get_by_label("说明").focus()
    page.keyboard.type("实地核实")
    page.once("dialog", lambda question: question.dismiss())
    page.keyboard.press("Enter")  # the first button of the form, and it asks
    assert places(land) == []
    tab_to(page, "采纳")
    page.once("dialog", lambda question: question.accept())
    page.keyboard.press("Enter")
    expect(page.locator("#notes")).to_contain_text("已采纳")
    assert places(land) == [(ESTATE, "HZ02", True)]

    page.get_by_role("link", name="已归属").click()
    expect(page.locator("tbody")).to_contain_text(ESTATE)
    picture(page, "places")
    page.get_by_role("link", name="误派").click()
    expect(page.locator("tbody")).to_contain_text("浙江省杭州市西湖区")
    picture(page, "misrouting")
    page.get_by_role("link", name="已决定").click()
    expect(page.locator("tbody")).to_contain_text("实地核实")
    assert complaints == []


def test_a_place_is_named_and_ended_by_hand(page: Page, land: Land, complaints: list[str]) -> None:
    log_in(page, "hq")
    page.goto("/memory?tab=places")
    for label, value in (("区县代码", "330106"), ("路、小区或楼宇", "翡翠城"), ("网点编号", "HZ03"), ("理由", "核定")):
        page.get_by_label(label).fill(value)
    land.clock.forward(minutes=1)
    page.get_by_role("button", name="归属").click()
    expect(page.locator("#notes")).to_contain_text("翡翠城 已归属 HZ03")
    land.clock.forward(minutes=1)
    page.locator("summary", has_text="终止").click()
    page.locator("td").get_by_label("理由").fill("拆迁")
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="终止 翡翠城").click()
    expect(page.locator("#notes")).to_contain_text("已终止")
    assert places(land) == [("翡翠城", "HZ03", False)]
    assert complaints == []


def test_it_fits_a_telephone(page: Page, land: Land, complaints: list[str]) -> None:
    proposal = filled(land)
    page.set_viewport_size({"width": 360, "height": 740})
    log_in(page, "hq")
    for path in (
        "/memory",
        f"/memory/{proposal}",
        "/memory?tab=places",
        "/memory?tab=decided",
        "/memory?tab=misrouting",
    ):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{path}: {wide} pixels"
        picture(page, "phone-" + path.rpartition("/")[2].replace("?", "-"))
    assert complaints == []
