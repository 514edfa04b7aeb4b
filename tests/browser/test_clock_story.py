"""Whose minutes, the clocks step by step and a past minute, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from dispatch.facts import Dispatch, Target
from geo.actions import import_closures
from geo.stations import Closure
from storage.session import writing
from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land, local


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_time_of_an_order(land: Land, page: Page, complaints: list[str]) -> None:
    with writing(land.engine) as conn:
        import_closures(conn, [Closure("HZ02", local("15:30"), local("16:30"))], local("08:40"))
    order = land.order("KD1", local("09:00"), sender={"name": "欧阳明月"})  # held until its phone comes
    land.order("KD1", local("09:06"))
    land.transfer("KD1", "HZ01", local("10:05"), "DATA_CENTRE")
    land.do(local("15:00"), Dispatch(Target("KD1"), "HZ02", "hq"))
    land.accept("KD1", "HZ02", local("16:40"))
    land.sweep(local("20:30"))
    log_in(page, "hq")
    page.goto(f"/orders/{order}")
    kinds = [bar.get_attribute("class") for bar in page.locator(".minutes-bar rect").all()]
    assert [kind.split()[0].removeprefix("part-") for kind in kinds if kind] == [
        "held", "station", "data_centre", "station", "closed", "station", "off_duty",
    ]  # fmt: skip
    clock = page.locator(".clock").nth(4)
    expect(clock.locator("li").first).to_be_hidden()
    clock.locator("summary").click()
    expect(clock).to_contain_text("Closed 2026-05-04 15:30:00 to 2026-05-04 16:30:00: 1 h left out")
    page.emulate_media(media="print")  # on paper every clock is open
    expect(page.locator(".clock").first.locator("li").first).to_be_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 400, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.fill("#as-of", "2026-05-04T09:20")
    page.click("form:has(#as-of) button")
    expect(page.locator("#time")).to_contain_text("2026-05-04 09:20:00 所知的情况")
    expect(page.locator(".minutes-bar rect")).to_have_count(2)
    expect(page.locator(".clock")).to_have_count(3)  # two clocks and the promise
    assert complaints == []
