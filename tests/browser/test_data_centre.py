"""分件台 in a real browser: rows by key, the map, one key to dispatch, and what asks again (ROUTE-2, ROUTE-3)."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route, expect
from sqlalchemy import Engine

from dispatch.facts import Dispatch, Target
from geo.actions import import_closures
from geo.stations import Closure
from storage.session import writing
from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
QUIET = 650  # milliseconds after a dispatch in which no key acts, and a little more
FILLED = """addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll("input[name^='to-']")) box.value = "HZ01";
})"""  # were each of them sure
NUMBERS = ("KD1", "KD2", "KD3", "KD4")


@pytest.fixture
def waiting(land: Land) -> Land:
    """Four orders in the gap: HZ01 and HZ02 are 4.8 km away, HZ03 12.5 km."""
    for minute, number in enumerate(NUMBERS):
        land.order(number, local(f"09:0{minute}"), "gap", adcode="330105")
    land.clock.at = local("10:05")
    return land


def shown(page: Page, number: str) -> None:
    """The row is chosen, and the map is its own."""
    expect(page.locator("tr.table-active")).to_contain_text(number)
    expect(page.locator("#map")).to_have_attribute("data-shown", number)


def test_keys_choose_rows_and_the_map_follows(page: Page, waiting: Land, complaints: list[str]) -> None:
    page.clock.install(time=waiting.clock.at)
    log_in(page, "hq")
    shown(page, "KD1")
    page.clock.run_for("02:30")  # HQ's own minutes go on: it came at 09:00
    expect(page.locator(".lay").first).to_have_text("1 时 07 分")
    for key, number in (
        ("j", "KD2"),
        ("ArrowDown", "KD3"),
        ("j", "KD4"),
        ("j", "KD4"),
        ("k", "KD3"),
        ("ArrowUp", "KD2"),
    ):
        page.keyboard.press(key)
        expect(page.locator("tr.table-active")).to_contain_text(number)
    shown(page, "KD2")
    expect(page.locator("[data-beside]")).to_contain_text("范围外最近")
    assert page.locator("#map path").count() >= 4  # areas, and the point
    page.keyboard.press("x")
    expect(page.get_by_label("选择 KD2")).to_be_checked()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    page.keyboard.press("j")  # not while the help stands there
    page.keyboard.press("Escape")
    expect(page.locator("tr.table-active")).to_contain_text("KD2")
    page.locator("tr", has_text="KD4").click(position={"x": 200, "y": 5})
    shown(page, "KD4")
    assert complaints == []


def test_one_key_dispatches(page: Page, waiting: Land, complaints: list[str]) -> None:
    """ROUTE-3: to the candidate of that number; on with the order that came after it."""
    log_in(page, "hq")
    shown(page, "KD1")
    page.keyboard.press("j")
    row = page.locator("tr", has_text="KD2")
    station = row.locator("button[data-fill]").nth(1).get_attribute("data-value")
    page.keyboard.press("2")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD2")
    assert waiting.row("KD2").station == station
    shown(page, "KD3")
    page.wait_for_timeout(QUIET)
    page.keyboard.press("/")
    expect(page.get_by_label("分件至 KD3")).to_be_focused()
    page.keyboard.type("HZ01")  # j, k and figures are letters here
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD3")
    assert waiting.row("KD3").station == "HZ01"
    shown(page, "KD4")
    page.wait_for_timeout(QUIET)
    page.keyboard.press("9")  # no such candidate
    assert [waiting.row(number).station for number in ("KD1", "KD4")] == ["DATA_CENTRE"] * 2
    assert complaints == []


def left(waiting: Land) -> list[str]:
    return [number for number in NUMBERS if waiting.row(number).station == "DATA_CENTRE"]


@pytest.mark.parametrize("key", ["1", "Enter"])
@pytest.mark.parametrize(
    "pause", [0, pytest.param(60, marks=pytest.mark.soak), 150, pytest.param(300, marks=pytest.mark.soak), 450]
)
def test_a_key_pressed_twice_dispatches_one_order(page: Page, waiting: Land, key: str, pause: int) -> None:
    """The next one slid into the place: nobody has seen it yet."""
    page.add_init_script(FILLED)
    log_in(page, "hq")
    shown(page, "KD1")
    page.keyboard.press(key)
    page.wait_for_timeout(pause)
    page.keyboard.press(key)
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD1")
    page.wait_for_timeout(300)
    assert left(waiting) == ["KD2", "KD3", "KD4"]
    shown(page, "KD2")
    page.wait_for_timeout(QUIET)
    page.keyboard.press(key)  # meant
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD2")
    assert left(waiting) == ["KD3", "KD4"]


def test_a_double_click_dispatches_one_order(page: Page, waiting: Land) -> None:
    page.add_init_script(FILLED)
    log_in(page, "hq")
    shown(page, "KD1")
    page.get_by_role("button", name="分件 KD1").click()
    page.get_by_role("button", name="分件 KD2").click()
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD1")
    page.wait_for_timeout(300)
    assert left(waiting) == ["KD2", "KD3", "KD4"]


def test_no_key_acts_on_an_order_that_is_not_seen(page: Page, waiting: Land) -> None:
    """Neither its map is there, nor was it chosen by hand; a map that fails holds up nobody."""
    held: list[Route] = []
    page.route("**/map", lambda route: held.append(route))
    page.add_init_script(FILLED)
    log_in(page, "hq")
    expect(page.locator("tr.table-active")).to_contain_text("KD1")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert left(waiting) == list(NUMBERS)
    held.pop().abort()
    expect(page.locator("[data-beside]")).to_contain_text("地图暂不可用")
    page.keyboard.press("1")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD1")
    expect(page.locator("tr.table-active")).to_contain_text("KD2")
    page.wait_for_timeout(QUIET)
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert left(waiting) == ["KD2", "KD3", "KD4"]
    page.keyboard.press("j")  # by hand: without a map too
    page.keyboard.press("1")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD3")
    assert left(waiting) == ["KD2", "KD4"]


def test_goes_on_with_the_order_and_not_with_the_line(page: Page, waiting: Land) -> None:
    """Another at HQ took away what stood above; and after the last comes the one before it."""
    log_in(page, "hq")
    shown(page, "KD1")
    page.keyboard.press("j")
    shown(page, "KD2")
    assert waiting.do(local("10:05"), Dispatch(Target("KD1"), "HZ02", "other")) == [None]
    page.keyboard.press("1")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD2")
    shown(page, "KD3")
    page.wait_for_timeout(QUIET)
    page.keyboard.press("j")
    page.keyboard.press("1")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD4")
    shown(page, "KD3")


def test_a_typed_station_that_is_doubtful_is_asked_for_again(
    page: Page, waiting: Land, engine: Engine, complaints: list[str]
) -> None:
    """By Enter, by the row's button, and for all ticked rows in one question."""
    with writing(engine) as conn:
        now = waiting.clock.at
        import_closures(conn, [Closure("HZ01", now, now + timedelta(hours=2))], now)
    asked: list[str] = []

    def no(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", no)
    log_in(page, "hq")
    shown(page, "KD1")
    for station, words in (("HZ01", "停业中"), ("HZ03", "距离 12."), ("XJ01", "XJ01 不是候选网点")):
        page.get_by_label("分件至 KD1").fill(station)
        page.keyboard.press("Enter")  # in the box
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")  # on the row
        page.get_by_role("button", name="分件 KD1").click()
        assert len(asked) == 3 and all("KD1: " in one and words in one for one in asked), asked
        asked.clear()
    page.get_by_label("分件至 KD2").fill("HZ02")
    for number in ("KD1", "KD2"):
        page.get_by_label(f"选择 {number}").check()
    page.get_by_role("button", name="分所选订单").click()
    assert len(asked) == 1 and "KD1: XJ01" in asked[0] and "KD2" not in asked[0]
    page.get_by_label("统一分至").fill("HZ03")
    page.get_by_role("button", name="分所选订单").click()
    assert len(asked) == 2 and asked[1].count("距离 12.") == 2
    assert left(waiting) == list(NUMBERS)
    page.get_by_label("统一分至").fill("HZ02")  # near and open
    page.get_by_role("button", name="分所选订单").click()
    expect(page.locator("#notes")).to_contain_text("已分件 2 单")
    assert len(asked) == 2 and complaints == []


def test_enter_sends_nothing_far_away_by_itself(page: Page, land: Land) -> None:
    """In no area, 200 km from the one station of its district: the box is empty."""
    land.order("KD1", local("09:00"), "gap", lng=121.9, lat=31.4, adcode="330106")
    land.clock.at = local("09:30")
    log_in(page, "hq")
    shown(page, "KD1")
    page.keyboard.press("Enter")
    expect(page.locator("#notes")).to_contain_text("1 单未选网点")
    assert land.row("KD1").station == "DATA_CENTRE"


def test_a_far_or_closed_candidate_is_asked_for_again(
    page: Page, waiting: Land, engine: Engine, complaints: list[str]
) -> None:
    with writing(engine) as conn:
        now = waiting.clock.at
        import_closures(conn, [Closure("HZ01", now, now + timedelta(hours=2))], now)
    asked: list[str] = []

    def answer(dialog: Dialog, accept: bool) -> None:
        asked.append(dialog.message)
        if accept:
            dialog.accept()
        else:
            dialog.dismiss()

    log_in(page, "hq")
    shown(page, "KD1")
    keys = {
        chip.get_attribute("data-value"): str(number)
        for number, chip in enumerate(page.locator("tr", has_text="KD1").locator("button[data-fill]").all(), 1)
    }
    for code, words in (("HZ01", "停业中"), ("HZ03", "距离 12.")):
        page.once("dialog", lambda dialog: answer(dialog, False))
        page.keyboard.press(keys[code])
        assert words in asked[-1]
    assert waiting.row("KD1").station == "DATA_CENTRE"
    page.once("dialog", lambda dialog: answer(dialog, True))
    page.keyboard.press(keys["HZ03"])
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD1")
    assert (waiting.row("KD1").station, len(asked)) == ("HZ03", 3)
    assert complaints == []


def test_orders_without_a_point_and_disputed_ones(page: Page, land: Land, complaints: list[str]) -> None:
    """ROUTE-5: who passed it to whom stands beside the order, and what HQ notes goes into the register."""
    land.order("KD8", local("09:00"), lng=None, lat=None, adcode="330105")
    land.order("KD9", local("09:01"), "HZ02")
    land.transfer("KD9", "HZ02", local("09:10"), "HZ01", "不在我处")
    land.transfer("KD9", "HZ01", local("09:20"), "HZ02", "也不在我处")
    land.clock.at = local("10:05")
    log_in(page, "hq")
    shown(page, "KD8")
    expect(page.locator("[data-beside]")).to_contain_text("没有可用坐标")
    page.keyboard.press("j")
    shown(page, "KD9")
    row: Any = page.locator("tr", has_text="KD9")
    expect(row).to_contain_text("拱墅一网点 → 西湖网点:不在我处")
    expect(row).to_contain_text("该网点曾持有此单")
    row.get_by_label("归属说明 KD9").fill("河西归二号")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator("#notes")).to_contain_text("已分件 1 单:KD9")
    assert land.row("KD9").station == "HZ02"
    page.goto("/borders")
    expect(page.locator("tbody")).to_contain_text("河西归二号")
    assert complaints == []


@pytest.mark.parametrize("login", ["hq", "hz01", "zhejiang"])
def test_fits_a_telephone(page: Page, waiting: Land, complaints: list[str], login: str) -> None:
    """Nothing is wider than 360 pixels."""
    page.set_viewport_size({"width": 360, "height": 740})
    log_in(page, login)
    for path in (*(["/data-centre"] if login == "hq" else []), "/closures", "/closures?tab=granted", "/borders"):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{path}: {wide} pixels"
    assert complaints == []
