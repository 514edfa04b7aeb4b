"""揽件台 in a real browser: a scanner types fast and ends with Enter, wherever the keyboard is (DO-3, WAYBILL-1); a
telephone of 360 pixels; and a day signed (DAY-1)."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from pickups.couriers.actions import add
from storage.session import writing
from tests.browser.conftest import BINARIES
from tests.browser.test_walk import log_in
from tests.web.conftest import PASSWORD
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FIRST, SECOND, KNOWN = "55000000000001", "55000000000002", "55000000000103"


def picture(page: Page, name: str) -> None:
    """Kept where somebody asks for it: `LANSHOU_PICTURES=/some/folder`."""
    if folder := os.environ.get("LANSHOU_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"board-{name}.png"), full_page=True, caret="initial")


def pictures(page: Page, name: str) -> None:
    """At the three widths; nothing scrolls sideways."""
    for width in (2560, 360, 1440):
        page.set_viewport_size({"width": width, "height": 900 if width > 360 else 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        picture(page, f"{name}-{width}")


def filled(land: Land) -> None:
    for number in ("KD1", "KD2"):
        land.order(number, local("09:00"), remark="门卫处取件,先打电话")
        land.accept(number, "HZ01", local("09:01"))
    more = {"business_type": "online_order"}
    land.order("KD3", local("09:10"), waybill_no=KNOWN, **more)
    land.order("KD4", local("09:20"), online=False, **more)
    land.order("KD5", local("09:30"), "HZ01A")
    for number in ("KD3", "KD4"):
        land.accept(number, "HZ01", local("09:31"))
    land.accept("KD5", "HZ01A", local("09:31"))
    land.clock.at = local("10:30")


def test_couriers_are_sent(page: Page, land: Land, complaints: list[str]) -> None:
    filled(land)
    log_in(page, "hz01")
    page.goto("/couriers")
    page.get_by_label("姓名", exact=True).fill("张三")
    page.get_by_role("button", name="添加").click()
    pictures(page, "couriers")

    page.goto("/board")
    page.get_by_label("选择 KD1").check()
    page.get_by_label("选择 KD2").check()
    page.get_by_label("分配给").select_option(label="张三 · HZ01(0)")
    page.get_by_role("button", name="分配所选").click()
    expect(page.locator("#notes")).to_contain_text("已分配 2 单")
    pictures(page, "list")
    for box in page.locator(".order button, .order-pick label, .scan button:visible").all():
        if box.is_visible():
            size = box.bounding_box()
            assert size is not None and size["height"] >= 44
    assert complaints == []


def test_scanned_wherever_the_keyboard_is(page: Page, land: Land, complaints: list[str]) -> None:
    filled(land)
    log_in(page, "hz01")
    page.goto("/board")
    page.locator("h1").click()  # the keyboard is nowhere
    page.keyboard.type(KNOWN + "\n")
    expect(page.locator(".order.chosen")).to_have_attribute("data-no", "KD3")
    expect(page.locator("[data-said]")).to_contain_text("找到订单 KD3")
    page.keyboard.type(KNOWN + "\n")
    expect(page.locator("[data-said]")).to_contain_text("揽件已确认 KD3")
    expect(page.locator('[data-no="KD3"]')).to_have_count(0)

    page.keyboard.type(FIRST + "\n")
    expect(page.locator("[data-said]")).to_contain_text("没有订单使用此号码")
    page.get_by_label("扫码 KD1").click()
    expect(page.locator("[data-chosen-no]")).to_have_text("KD1")
    page.keyboard.type(FIRST + "\n")
    expect(page.locator("[data-said]")).to_contain_text("再扫描或输入一次")
    picture(page, "again")
    page.keyboard.type(SECOND + "\n")
    expect(page.locator("[data-said]")).to_contain_text("两次输入的运单号不一致")
    for _ in range(2):
        page.keyboard.type(FIRST + "\n")
        expect(page.locator("[data-said]")).not_to_contain_text("处理中")
    expect(page.locator("[data-said]")).to_contain_text("揽件已确认 KD1")
    assert land.row("KD1").waybill_no == FIRST and land.row("KD2").waybill_no is None

    page.set_viewport_size({"width": 360, "height": 740})
    box = page.get_by_label("运单号 KD2")
    for said in ("再扫描或输入一次", None):
        box.fill(SECOND)
        box.press("Enter")
        if said:
            expect(page.locator('[data-no="KD2"] [data-row-said]')).to_contain_text(said)
            picture(page, "row-again")
    expect(page.locator("[data-said]")).to_contain_text("揽件已确认 KD2")
    expect(page.locator('[data-no="KD2"]')).to_have_count(0)
    assert land.row("KD2").state == "picked_up"
    assert all("422" in one for one in complaints), [one for one in complaints if "422" not in one]


def test_nothing_is_lost_on_the_way(page: Page, land: Land, complaints: list[str]) -> None:
    """A scan while another is under way; the courier chosen before the list is renewed; an order found beyond it."""
    filled(land)
    with writing(land.engine) as conn:
        assert add(conn, "HZ01", "张三") == 1
    log_in(page, "hz01")
    page.goto("/board")
    under_way: list[Route] = []
    page.route("**/board/scan", lambda route: route.continue_() if under_way else under_way.append(route))
    page.keyboard.type(KNOWN + "\n")
    expect(page.locator("[data-said]")).to_have_text("处理中…")
    page.keyboard.type("KD1\n")
    under_way[0].continue_()
    expect(page.locator(".order.chosen")).to_have_attribute("data-no", "KD1")

    page.get_by_label("分配给").select_option("1")
    land.order("KD6", local("10:31"))
    land.accept("KD6", "HZ01", local("10:32"))
    page.evaluate("htmx.trigger('#board-renew', 'renew-board')")
    expect(page.locator('[data-no="KD6"]')).to_have_count(1)
    expect(page.get_by_label("分配给")).to_have_value("1")

    page.goto(f"/board?order={land.id('KD2')}")
    expect(page.locator("[data-chosen-no]")).to_have_text("KD2")
    assert complaints == []


def test_a_day_is_closed_and_signed(page: Page, land: Land, complaints: list[str]) -> None:
    """DAY-1, DO-5"""
    filled(land)
    land.confirm("KD1", "HZ01", local("10:31"), FIRST)
    land.clock.at = local("20:05")
    log_in(page, "hz01")
    page.goto("/board")
    page.locator(".nav-tabs").get_by_role("link", name="未扫描").click()
    pictures(page, "unscanned")
    page.locator(".nav-tabs").get_by_role("link", name="关账").click()
    pictures(page, "sheet")
    page.get_by_label("统一原因").fill("明早补扫")
    page.get_by_label("签字:请输入您的姓名").fill("西湖王芳")
    page.get_by_label("我已核对").check()
    page.get_by_role("button", name="签字关账").click()
    expect(page.locator("#notes")).to_contain_text("已关账并签字")
    land.confirm("KD2", "HZ01", local("20:30"), SECOND)
    page.reload()
    expect(page.locator("main")).to_contain_text("已揽收:1 → 2")
    pictures(page, "signed")
    page.goto("/couriers/list")
    pictures(page, "paper")
    page.get_by_label("查看原因").select_option("核实地址")
    page.get_by_role("button", name="显示完整地址和电话").click()
    page.get_by_label("您的密码").fill(PASSWORD)  # logged in longer than ten minutes ago
    page.get_by_role("button", name="确认并提交").click()
    expect(page.locator("main")).to_contain_text("4幢501室")
    pictures(page, "paper-full")
    assert all("403" in one for one in complaints), complaints  # the page that asked for the password


# Code 128, set C, of 55000000000001: start, its seven pairs, the check symbol and the stop, as widths of bars and gaps.
LABEL = "211232311321" + 5 * "212222" + "2221221114222331112"
WIDE, HIGH, UNIT = 640, 360, 4


def film(path: Path) -> None:
    """A film of one picture, the label, as Chromium takes it for its camera."""
    dark, line = True, b""
    for width in LABEL:
        line += (b"\x10" if dark else b"\xeb") * (int(width) * UNIT)
        dark = not dark
    blank = b"\xeb" * ((WIDE - len(line)) // 2)
    line = blank + line + b"\xeb" * (WIDE - len(line) - len(blank))
    picture = (b"\xeb" * WIDE) * 120 + line * 120 + (b"\xeb" * WIDE) * 120 + b"\x80" * (WIDE * HIGH // 2)
    head = f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + 2 * (b"FRAME\n" + picture))


def test_a_telephone_reads_the_label(chromium: Browser, address: str, land: Land, tmp_path: Path) -> None:
    """The decoder is fetched when the camera is opened and not before; what it reads goes the way of a scanner."""
    filled(land)
    film(tmp_path / "label.y4m")
    switches = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    switches.append(f"--use-file-for-fake-video-capture={tmp_path / 'label.y4m'}")
    binary = next((path for path in map(shutil.which, BINARIES) if path), None)
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    own = chromium.browser_type.launch(executable_path=binary, args=[*switches, *as_root])
    page = own.new_page(viewport={"width": 360, "height": 740}, base_url=address)
    page.set_default_timeout(10_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "zxing" in request.url else None)
    log_in(page, "hz01")
    page.goto("/board")
    page.get_by_label("扫码 KD1").click()
    assert asked == []
    page.get_by_role("button", name="摄像头").click()
    expect(page.locator("[data-said]")).to_contain_text("再对准一次")
    picture(page, "camera")
    page.get_by_role("button", name="关闭").click()
    page.get_by_role("textbox", name="扫描").fill(FIRST)
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("揽件已确认 KD1")
    assert land.row("KD1").waybill_no == FIRST
    own.close()
