"""规则 in a real browser: one admin pastes an edition, another reads the differences and approves (ROLE-3, DAY-1)."""

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from people.actions import NewUser, add_users
from storage.session import writing
from tests.rules.editions import FIRST_CALL, later_text
from tests.web.conftest import PASSWORD, STORED, Clock
from tests.web.console.conftest import Land

JUNE = later_text("2026-06-01", ("accept = { value = 30", "accept = { value = 20"), more=FIRST_CALL)


def log_in(page: Page, login: str) -> None:
    page.context.clear_cookies()
    page.goto("/login")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def test_from_a_pasted_text_to_an_edition(
    page: Page, engine: Engine, land: Land, clock: Clock, complaints: list[str]
) -> None:
    with writing(engine) as conn:
        add_users(conn, [NewUser("admin2", "审核员", "admin", STORED)], clock())
    log_in(page, "admin")
    page.goto("/rulebook")
    page.fill("#reason", "试行更短的接单时限")
    page.fill("#text", JUNE)
    page.get_by_role("button", name="提交提案").click()
    expect(page.get_by_text("这是您自己的提案")).to_be_visible()
    log_in(page, "admin2")
    page.goto("/rulebook")
    page.get_by_role("link", name="2026-06-01").click()
    expect(page.get_by_text("自下单起 20 分钟(在岗时间)内")).to_be_visible()
    page.fill("#reason", "同意")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="批准并公布").click()
    expect(page.get_by_text("28 天后生效")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/rulebook", "/rulebook/2026-06-01", "/rulebook/proposals/1"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
    assert complaints == []
