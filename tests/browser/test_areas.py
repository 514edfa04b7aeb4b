"""The map editor in a real browser: with mouse and keyboard from a drawn area to a stored version (issue 4)."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from storage.session import reading
from storage.tables.geo import area_changes
from tests.browser.test_walk import log_in
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

IN_VIEW = """([lng, lat]) => {
  const map = AreaView.map(), at = map.latLngToContainerPoint([lat, lng]);
  const box = map.getContainer().getBoundingClientRect();
  return [box.left + at.x, box.top + at.y];
}"""


def open_map(page: Page, path: str = "/areas") -> None:
    page.emulate_media(reduced_motion="reduce")  # the map stands where it is told to at once
    page.goto(path)
    page.wait_for_selector("#areas[data-ready]")


def choose(page: Page, code: str) -> None:
    """As somebody would who knows the station's code, with the keyboard."""
    page.fill("#area-search", code)
    page.wait_for_selector("#area-found button")
    page.press("#area-search", "Enter")
    expect(page.locator("#area-list .active")).to_contain_text(code)


def pixel(page: Page, lng: float, lat: float) -> tuple[float, float]:
    x, y = page.evaluate(IN_VIEW, [lng, lat])
    return x, y


def click(page: Page, *points: tuple[float, float]) -> None:
    for point in points:
        page.mouse.click(*pixel(page, *point))


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*pixel(page, *start))
    page.mouse.down()
    page.mouse.move(*pixel(page, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    page.mouse.move(*pixel(page, *end))
    page.mouse.up()


def parts(page: Page, code: str) -> Any:
    return page.evaluate("(code) => AreaState.partsOf(code)", code)


def has(ring: Any, lng: float, lat: float) -> bool:
    return any(abs(x - lng) < 2e-3 and abs(y - lat) < 2e-3 for x, y in ring)


def changes(land: Land) -> list[Any]:
    with reading(land.engine) as conn:
        return list(conn.execute(select(area_changes).where(area_changes.c.source == "console")))


def draw(page: Page) -> None:
    """A second part of HZ01, with one click too many that is taken back."""
    choose(page, "HZ01")
    page.click("#tool-draw")
    click(page, (120.11, 30.02), (120.13, 30.02), (120.13, 30.06), (120.11, 30.07))
    page.keyboard.press("Backspace")
    page.mouse.dblclick(*pixel(page, 120.11, 30.06))
    expect(page.locator("#area-parts li")).to_have_count(2)
    assert [len(ring) for ring in parts(page, "HZ01")[1]] == [4]


def split(page: Page) -> None:
    """The first part of HZ01; its north goes to HZ02."""
    page.locator("#area-parts button").first.click()
    page.click("#tool-split")
    click(page, (119.99, 30.05), (120.05, 30.06))
    page.mouse.dblclick(*pixel(page, 120.11, 30.05))
    page.locator("#split-parts input").nth(1).fill("HZ02")
    page.click("#split-apply")
    assert len(parts(page, "HZ01")) == len(parts(page, "HZ02")) == 2
    assert has(parts(page, "HZ01")[1][0], 120.05, 30.06) and has(parts(page, "HZ02")[1][0], 120.05, 30.06)


def move_the_shared_border(page: Page) -> None:
    """There, back and there again."""
    page.locator("#area-parts button").nth(1).click()
    page.click("#tool-edit")
    drag(page, (120.05, 30.06), (120.05, 30.08))
    for code in ("HZ01", "HZ02"):  # both move
        (ring,) = parts(page, code)[1]
        assert has(ring, 120.05, 30.08) and not has(ring, 120.05, 30.06)
    shared = [point for point in parts(page, "HZ01")[1][0] if has([point], 120.05, 30.08)]
    assert shared[0] in parts(page, "HZ02")[1][0]  # to the last digit: neither gap nor overlap
    page.keyboard.press("Control+z")
    assert has(parts(page, "HZ02")[1][0], 120.05, 30.06)
    page.keyboard.press("Control+y")
    assert has(parts(page, "HZ02")[1][0], 120.05, 30.08)
    page.keyboard.press("Escape")


def store(page: Page) -> None:
    """After a look at what it would have done; a double click stores once."""
    expect(page.locator("#store-button")).to_be_disabled()
    page.click("#check")
    expect(page.locator("#effect")).to_contain_text("查看了 4 单,3 单会改派")
    expect(page.locator("#result table")).to_contain_text("西湖网点 → 拱墅一网点")
    page.click("#result summary")
    expect(page.locator("#result details li")).to_have_count(3)
    expect(page.locator("#store-button")).to_have_text(
        "立即生效,2 个网点的范围变更,上月 3 单会改派 / Store now: 2 stations, 3 orders moved"
    )
    page.fill("#note", "文三路以北划给拱墅一网点")
    page.dblclick("#store-button")
    expect(page.locator("#notes")).to_contain_text("已保存版本 #")
    expect(page.locator("#proposal")).to_be_hidden()


def test_from_a_drawn_area_to_a_stored_version(page: Page, land: Land, complaints: list[str]) -> None:
    """Draw, split, move a shared border, see last month's orders, store, find it again."""
    for k in range(3):
        land.order(f"KD{k}", local("09:00"), lng=120.02 + 0.03 * k, lat=30.09)
    land.order("KD9", local("09:00"), lng=120.06, lat=30.03)  # stays
    log_in(page, "hq")
    open_map(page)
    expect(page.locator("#area-list li")).to_have_count(7)
    draw(page)
    split(page)
    move_the_shared_border(page)
    store(page)
    (change,) = changes(land)
    assert (change.stations, change.note) == (["HZ01", "HZ02"], "文三路以北划给拱墅一网点")

    page.reload()
    page.wait_for_selector("#areas[data-ready]")
    assert len(parts(page, "HZ01")) == 2 and has(parts(page, "HZ02")[1][0], 120.05, 30.08)
    page.get_by_role("link", name="版本").click()
    expect(page.locator("tbody")).to_contain_text("文三路以北划给拱墅一网点")
    assert complaints == []


def test_with_the_keyboard_alone(page: Page, land: Land, complaints: list[str]) -> None:
    """From the search to the button that stores, planned for a day to come; the day's map shows it."""
    log_in(page, "hq")
    open_map(page)
    choose(page, "HZ03")
    page.focus("#tool-draw")
    page.keyboard.press("Enter")
    for point in ("120.37, 30.01", "120.39,30.01", "120.39,30.05", "999, 30"):
        page.focus("#point")
        page.keyboard.type(point)
        page.keyboard.press("Enter")
    expect(page.locator("#notes")).to_contain_text("坐标应为")
    page.focus("#map")
    page.keyboard.press("Enter")
    assert parts(page, "HZ03")[1] == [[[120.37, 30.01], [120.39, 30.01], [120.39, 30.05]]]
    page.focus("#tool-edit")
    page.keyboard.press("Enter")
    page.locator(".area-handle.corner").nth(1).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("+")
    (ring,) = parts(page, "HZ03")[1]
    assert len(ring) == 4 and ring[1][0] > 120.39
    page.keyboard.press("Delete")
    assert len(parts(page, "HZ03")[1][0]) == 3
    page.focus("#map")
    page.keyboard.press("Escape")

    page.focus("#check")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("没有带坐标的订单")
    page.get_by_label("自 from").check()
    expect(page.locator("#store-button")).to_have_text("请填生效时间 When?")
    page.fill('[name="effective"]', "2026-12-01T00:00")
    button = page.locator("#store-button")
    expect(button).to_have_text("12 月 1 日 00:00 起,1 个网点的范围变更 / Store 2026-12-01 00:00: 1 stations")
    page.fill('[name="effective"]', "2027-12-01T00:00")
    expect(button).to_contain_text("2027 年 12 月 1 日 00:00 起")
    page.fill('[name="effective"]', "2026-12-01T00:00")
    page.fill("#note", "冬季调整")
    page.focus("#store-button")
    page.keyboard.press("Enter")
    expect(page.locator("#notes")).to_contain_text("自 2026-12-01 00:00 起生效")
    assert len(parts(page, "HZ03")) == 1  # not yet
    page.get_by_role("link", name="版本").click()
    page.get_by_role("row", name="冬季调整").first.get_by_role("link", name="地图").click()
    page.wait_for_selector("#areas[data-ready]")
    expect(page.locator("#banner")).to_contain_text("只读")
    assert len(parts(page, "HZ03")) == 2 and page.locator("#tool-draw").count() == 0
    assert complaints == []


def test_a_file_is_shown_and_what_crosses_itself_is_pointed_at(
    page: Page, land: Land, complaints: list[str], tmp_path: Path
) -> None:
    def file(ring: Any) -> str:
        geometry = {"type": "Polygon", "coordinates": [ring]}
        one = {"type": "Feature", "properties": {"station": "HZ09"}, "geometry": geometry}
        path = tmp_path / "areas.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}))
        return str(path)

    log_in(page, "admin")
    open_map(page)
    page.set_input_files("#upload", file([[120.4, 30.0], [120.6, 30.0], [120.6, 30.1], [120.4, 30.0]]))
    expect(page.locator("#touched")).to_contain_text("HZ09")
    expect(page.locator("#result")).to_contain_text("没有新的重叠")
    page.get_by_label("还原 HZ09").click()
    expect(page.locator("#proposal")).to_be_hidden()
    page.set_input_files("#upload", file([[120.4, 30.0], [120.5, 30.1], [120.5, 30.0], [120.4, 30.1], [120.4, 30.0]]))
    expect(page.locator("#notes")).to_contain_text("图形无效")
    middle = page.evaluate("(({ lng, lat }) => [lng, lat])(AreaView.map().getCenter())")
    assert middle == pytest.approx([120.45, 30.05], abs=1e-3)
    assert changes(land) == [] and all("422" in one for one in complaints)


@pytest.mark.parametrize("login", ["hz01", "zhejiang", "hq"])
def test_the_screens_fit_a_telephone(page: Page, land: Land, complaints: list[str], login: str) -> None:
    """Nothing is wider than 360 pixels; the map stands above the list, and on the first screen while one edits."""
    page.set_viewport_size({"width": 360, "height": 740})
    log_in(page, login)
    open_map(page)
    page.locator("#area-list button").first.click()
    above, below = page.locator("#map").bounding_box(), page.locator("#area-list").bounding_box()
    assert above and below and above["y"] < below["y"]
    page.reload()
    page.wait_for_selector("#areas[data-ready]")
    begins = page.locator("#map").bounding_box()
    assert begins and begins["y"] < 600
    if login == "hq":
        page.locator("#area-list button").first.click()
        page.click("#tool-edit")
        shown = page.locator("#map").bounding_box()
        assert shown and shown["y"] > 0 and shown["y"] + shown["height"] < 740
    for path in ("/areas", "/areas/versions", *(["/areas/findings"] if login == "hq" else [])):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert complaints == []
