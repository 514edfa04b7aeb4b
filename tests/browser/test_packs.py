"""The evidence pack in a real browser: what a station and a reviewer look at, and what comes out of the printer."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_walk import go, log_in
from tests.web.console.conftest import Land
from tests.web.console.packs_scenes import case_of, wrong_accept


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_pack_is_seen_and_printed(land: Land, page: Page, complaints: list[str]) -> None:
    wrong_accept(land)
    case = case_of(land, "V-WRONG-ACCEPT")
    log_in(page, "hz02")
    go(page, "违规")
    page.locator(f"a[href='/violations/{case}/pack']").click()
    expect(page.locator("h1")).to_contain_text("证据包")
    expect(page.locator(".pack-found li")).to_have_count(3)
    expect(page.locator("#timeline tr.marked")).to_have_count(3)
    drawn = page.locator(".pack-map svg path[fill-opacity]")
    assert drawn.count() == 2 and (drawn.first.bounding_box() or {"width": 0})["width"] > 50
    bar = page.locator(".pack-bar svg rect").first.bounding_box()
    assert bar is not None and bar["height"] > 15  # it fills its height though its width is the page's
    page.set_viewport_size({"width": 400, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.emulate_media(media="print")
    expect(page.locator(".topbar")).to_be_hidden()
    expect(page.locator(".page-actions")).to_be_hidden()
    expect(page.locator("#digest")).to_be_visible()
    paper = page.pdf(format="A4", print_background=False, prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-") and paper.count(b"/Type /Page\n") <= 4
    assert complaints == []
