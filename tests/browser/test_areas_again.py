"""The map editor in a real browser, beside others: what is loaded meanwhile takes nothing and hides nothing (B-88)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_areas import changes, choose, click, drag, open_map, parts, pixel
from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LOADED_AGAIN = """async () => {
  const answer = await AreaAsk.view({ box: "119.5,29.5,121,31" });
  AreaState.forget(new Set(answer.stations.map((one) => one.code)));
  AreaState.load(answer.stations, answer.version);
}"""


def check_and_store(page: Page, note: str) -> None:
    page.click("#check")
    page.wait_for_selector("#result p")
    page.fill("#note", note)
    page.click("#store-button")


def test_what_is_done_again_never_overwrites_anothers_change(page: Page, land: Land, complaints: list[str]) -> None:
    """Done, undone, another one stores, the view is loaded again, redone: refused."""
    log_in(page, "hq")
    open_map(page)
    choose(page, "HZ01")
    page.click("#tool-edit")
    drag(page, (120.1, 30.1), (120.09, 30.09))
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    assert page.context.browser
    other = page.context.browser.new_context(base_url=page.url.split("/areas")[0]).new_page()
    log_in(other, "admin")
    open_map(other)
    choose(other, "HZ01")
    other.click("#tool-edit")
    drag(other, (120.0, 30.0), (120.02, 30.02))
    other.keyboard.press("Escape")
    check_and_store(other, "他人的变更")
    expect(other.locator("#notes")).to_contain_text("已保存版本")
    page.evaluate(LOADED_AGAIN)
    page.keyboard.press("Control+y")
    check_and_store(page, "我的变更")
    expect(page.locator("#result")).to_contain_text("更改")
    assert [one.note for one in changes(land)] == ["他人的变更"]
    page.get_by_role("button", name="放弃修改").click()
    expect(page.locator("#proposal")).to_be_hidden()
    assert all("409" in one for one in complaints)


def test_a_line_belongs_to_the_station_it_was_begun_for(page: Page, land: Land, complaints: list[str]) -> None:
    """Whoever is chosen or loaded meanwhile; and nothing is checked or stored while it is unfinished."""
    log_in(page, "hq")
    open_map(page)
    choose(page, "HZ01")
    page.click("#tool-draw")
    click(page, (120.11, 30.02), (120.13, 30.02), (120.13, 30.06))
    page.locator("#area-list button", has_text="HZ02").click()
    page.evaluate(LOADED_AGAIN)
    page.click("#finish")
    assert (len(parts(page, "HZ01")), len(parts(page, "HZ02"))) == (2, 1)

    page.locator("#area-parts button").first.click()
    page.click("#tool-split")
    click(page, (119.99, 30.05))
    page.click("#check")
    expect(page.locator("#notes")).to_contain_text("请先完成或放弃正在画的线")
    page.mouse.dblclick(*pixel(page, 120.11, 30.05))
    page.wait_for_selector("#split-panel:not([hidden])")
    page.evaluate(LOADED_AGAIN)
    page.locator("#split-parts input").nth(1).fill("HZ02")
    page.click("#split-apply")
    assert (len(parts(page, "HZ01")), len(parts(page, "HZ02"))) == (2, 2)
    assert complaints == []


def test_a_part_that_was_loaded_again_can_still_be_split(page: Page, land: Land, complaints: list[str]) -> None:
    log_in(page, "hq")
    open_map(page)
    choose(page, "HZ01")
    page.click("#tool-split")
    click(page, (119.99, 30.05))
    page.mouse.dblclick(*pixel(page, 120.11, 30.05))
    page.wait_for_selector("#split-panel:not([hidden])")
    page.evaluate(LOADED_AGAIN)
    page.locator("#split-parts input").nth(1).fill("HZ02")
    page.click("#split-apply")
    assert (len(parts(page, "HZ01")), len(parts(page, "HZ02"))) == (1, 2)
    assert complaints == []


def test_the_delete_key_acts_on_the_map_and_the_list_alone(page: Page, land: Land, complaints: list[str]) -> None:
    log_in(page, "hq")
    open_map(page)
    choose(page, "HZ01")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Delete")
    assert len(parts(page, "HZ01")) == 1
    page.focus("#map")
    page.keyboard.press("Delete")
    assert parts(page, "HZ01") == []
    page.keyboard.press("Control+z")
    assert len(parts(page, "HZ01")) == 1 and complaints == []
