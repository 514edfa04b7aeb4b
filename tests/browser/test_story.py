"""One order's whole way in a real browser, each role at its own screen, in both languages: it arrives and calls, is
accepted in bulk, transferred, picked up, late, suspected, reviewed, told, appealed, overturned, and the month settled.

Pictures of every station of it are left in test-pictures/story.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine

from tests.browser.test_walk import log_in
from tests.paths import REPO
from tests.web.console.conftest import Land, local
from tests.web.console.money import second_finance

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PICTURES = REPO / "test-pictures" / "story"  # every run of pytest empties test-results at its start


class People:
    """A window for each person, all in one language."""

    def __init__(self, browser: Browser, address: str, language: str, complaints: list[str]) -> None:
        self._browser, self._address, self._language, self._complaints = browser, address, language, complaints
        self._pages: dict[str, Page] = {}
        self._taken = 0

    def at(self, login: str, path: str) -> Page:
        """This person's window at an address; logged in the first time, and again when days have passed."""
        page = self._pages.get(login) or self._open(login)
        page.goto(path)
        if "/login" in page.url:
            log_in(page, login)
            page.goto(path)
        return page

    def _open(self, login: str) -> Page:
        context: BrowserContext = self._browser.new_context(
            viewport={"width": 1280, "height": 900}, locale="zh-CN", base_url=self._address
        )
        context.add_cookies([{"name": "lanshou-language", "value": self._language, "url": self._address}])
        page = self._pages[login] = context.new_page()
        page.set_default_timeout(10_000)
        page.on("dialog", lambda asked: asked.accept())
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        log_in(page, login)
        return page

    def picture(self, page: Page, name: str) -> None:
        self._taken += 1
        folder = PICTURES / self._language
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{self._taken:02d}-{name}.png", full_page=True)

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


@pytest.fixture(params=["zh", "en"])
def people(request: pytest.FixtureRequest, chromium: Browser, address: str, complaints: list[str]) -> Iterator[People]:
    found = People(chromium, address, request.param, complaints)
    yield found
    found.close()


def until(page: Page, true: Callable[[], bool]) -> None:
    """What the page does by itself is done within seconds, or never."""
    for _ in range(100):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("never came true")


def test_one_order_from_its_arrival_to_the_settlement(
    land: Land, engine: Engine, people: People, complaints: list[str]
) -> None:
    """DO-1, DO-3, DO-8, ROUTE-4, VIO-1, VIO-4, NOTICE-1, APPEAL-1 to APPEAL-3, LEDGER-1, SETTLE-1, ROLE-3"""
    second_finance(engine)
    _arrives_and_is_accepted(land, people)
    _is_transferred_and_picked_up(land, people)
    violation = _is_late_and_confirmed(land, people)
    _is_told_and_appealed(land, people, violation)
    _is_settled(land, people)
    assert complaints == []


def _arrives_and_is_accepted(land: Land, people: People) -> None:
    land.clock.at = local("09:00")
    desk = people.at("hz01", "/desk")
    people.picture(desk, "nothing-waits")
    for number in ("KD1", "KD2", "KD3"):
        land.order(number, local("09:00"))
    row = desk.locator(f"#order-{land.id('KD3')}")
    expect(row).to_be_visible()  # by itself
    expect(desk).to_have_title(re.compile(r"\(3\)"))
    assert desk.locator("[data-waiting]").first.get_attribute("data-bell"), "it calls"
    people.picture(desk, "three-arrived")
    for number in ("KD1", "KD2"):
        desk.check(f"#pick-{land.id(number)}")
    desk.click("#accept-picked")
    expect(desk.locator("#hold")).to_be_visible()
    people.picture(desk, "ten-seconds-to-take-back")
    desk.click("[data-take-back]")
    expect(desk.locator("#hold")).to_be_hidden()
    assert land.row("KD1").state == "waiting"
    for number in ("KD1", "KD2"):
        desk.check(f"#pick-{land.id(number)}")
    desk.click("#accept-picked")
    desk.click("[data-send-now]")
    until(desk, lambda: land.row("KD1").state == land.row("KD2").state == "accepted")
    people.picture(desk, "accepted")


def _is_transferred_and_picked_up(land: Land, people: People) -> None:
    desk = people.at("hz01", f"/orders/{land.id('KD3')}")
    people.picture(desk, "order")
    desk.goto("/desk")
    desk.locator(f"#order-{land.id('KD3')}").wait_for()
    desk.keyboard.press("j")
    desk.keyboard.press("t")
    dialog = desk.locator("dialog[open]")
    dialog.wait_for()
    people.picture(desk, "transfer")
    dialog.locator("[data-to=HZ02]").click()  # suggested, with its distance
    until(desk, lambda: land.row("KD3").station == "HZ02")
    board = people.at("hz01", "/board")
    _pick_up(land, board, "KD1", "55000000000001")
    people.picture(board, "board")


def _pick_up(land: Land, board: Page, number: str, waybill: str) -> None:
    """The guard asks once: neither check digit nor stock says anything of the number (WAYBILL-1)."""
    said = board.locator(f"#row-{land.id(number)} [data-row-said]")
    board.fill(f"#waybill-{land.id(number)}", waybill)
    board.click(f"#confirm-{land.id(number)}")
    expect(said).not_to_be_empty()
    board.fill(f"#waybill-{land.id(number)}", waybill)
    board.click(f"#confirm-{land.id(number)}")
    until(board, lambda: land.row(number).state == "picked_up")


def _is_late_and_confirmed(land: Land, people: People) -> int:
    land.sweep(local("12:00", "2026-05-05"))
    (violation,) = [one for one, kind, _ in land.cases() if kind == "V-PICKUP" and one in _of(land, "KD2")]
    review = people.at("hq", "/review")
    people.picture(review, "review")
    review.goto(f"/review/{violation}")
    review.fill("#case-reason", "核对日志,无扫描")
    review.click("button[name=decision][value=confirm]")
    until(review, lambda: {one: state for one, _, state in land.cases()}[violation] == "confirmed")
    people.picture(review, "confirmed")
    return violation


def _of(land: Land, number: str) -> set[int]:
    from sqlalchemy import select

    from storage.session import reading
    from storage.tables.sla import violations

    with reading(land.engine) as conn:
        return set(conn.scalars(select(violations.c.id).where(violations.c.order_id == land.id(number))))


def _is_told_and_appealed(land: Land, people: People, violation: int) -> None:
    land.clock.at = local("09:30", "2026-05-11")
    notice = people.at("hq", "/notices/2026-W19")
    notice.locator("form[action$='/publish'] button").click()
    expect(notice.locator("#draft")).to_have_count(0)
    people.picture(notice, "notice")
    station = people.at("hz01", f"/appeals/{violation}")
    station.fill("#text", "寄件人当时改期")
    people.picture(station, "appeal")
    station.click("#ask")
    expect(station.locator("#notes .alert")).to_be_visible()
    province = people.at("zhejiang", f"/appeals/{violation}")
    province.fill("#reason", "无改期记录")
    province.click("button[name=decision][value=uphold]")
    expect(province.locator("#notes .alert")).to_be_visible()
    people.picture(province, "upheld")
    station = people.at("hz01", f"/appeals/{violation}")
    station.fill("#text", "有通话录音")
    station.click("#ask")
    hq = people.at("hq", f"/appeals/{violation}")
    hq.fill("#reason", "录音属实")
    hq.click("button[name=decision][value=overturn]")
    expect(hq.locator("#notes .alert")).to_be_visible()
    people.picture(hq, "overturned")
    account = people.at("hz01", "/statements/HZ01/2026-05")
    people.picture(account, "statement")


def _is_settled(land: Land, people: People) -> None:
    land.sweep(local("09:00", "2026-06-02"))
    finance = people.at("finance", "/settlement/2026-05")
    finance.fill("#reason", "五月结算")
    finance.click("form[action$='/propose'] button")
    people.picture(finance, "first-signature")
    checker = people.at("finance2", "/approvals/1")
    checker.fill("#reason", "核对无误")
    checker.click("button[name=decision][value=approve]")
    expect(checker.locator("#notes .alert")).to_be_visible()
    people.picture(checker, "second-signature")
    done = people.at("finance", "/settlement")
    expect(done.locator("tr", has_text="2026-05")).to_be_visible()
    people.picture(done, "settled")
