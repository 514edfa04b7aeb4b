import pytest
from tests.browser.conftest import *  # noqa
from tests.browser.test_walk import log_in
from tests.browser.test_board import filled, FIRST
from tests.browser.test_axe import AXE, ASK
from tests.web.console.conftest import Land, local
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_axe(page, land):
    filled(land)
    land.confirm("KD1", "HZ01", local("10:31"), FIRST)
    land.clock.at = local("20:05")
    log_in(page, "hz01")
    page.goto("/couriers"); page.get_by_label("姓名", exact=True).fill("张三"); page.get_by_role("button", name="添加").click()
    for lang in ("zh","en"):
      page.context.add_cookies([{"name":"lanshou-language","value":lang,"url":page.url}])
      for u in ("/board","/board?state=accepted","/closing","/unscanned","/couriers","/couriers/list","/closing/orders?station=HZ01&day=2026-05-04&figure=received"):
        for w in (1280,360,2560):
            page.set_viewport_size({"width":w,"height":740}); page.goto(u); page.evaluate(AXE)
            for one in page.evaluate(ASK): print("AXE",lang,u,w,one)
    page.screenshot(path="/tmp/pics_board/en-board-filters.png",full_page=True,caret="initial")
    print("DONE")
