"""资金 in a real browser: one proposes a month, another signs; a form, its approval, a pay-out (ROLE-3)."""

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.test_rulebook import log_in
from tests.web.console.conftest import Land, local
from tests.web.console.money import credit, second_finance

PATHS = (
    "/settlement",
    "/settlement/2026-04",
    "/settlement/2026-04?tab=posted&province=浙江省",
    "/approvals?tab=decided",
    "/approvals/1",
    "/approvals/2",
    "/money?kind=change&station=HZ01A",
)


def test_two_people_settle_a_month_and_move_money(
    page: Page, engine: Engine, land: Land, complaints: list[str]
) -> None:
    for number, place in (("KD1", "HZ01"), ("KD2", "HZ02")):
        land.order(number, local("09:00", "2026-04-20"), place)
        land.accept(number, place, local("09:05", "2026-04-20"))
    land.clock.at = local("10:00")
    second_finance(engine)
    credit(engine, "HZ01", 40_000)
    page.on("dialog", lambda dialog: dialog.accept())

    log_in(page, "finance")
    page.goto("/settlement")
    page.get_by_role("link", name="2026-04", exact=True).click()
    expect(page.get_by_text("第 1 名").first).to_be_visible()
    page.fill("#reason", "四月结算")
    page.get_by_role("button", name="第一签字").click()
    expect(page.get_by_text("这是您自己的申请")).to_be_visible()
    page.goto("/money?kind=goodwill")
    page.fill("#station", "HZ01")
    page.fill("#amount", "50.5")
    page.fill("#reason", "系统故障补偿")
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_text("余额 450.50 元")).to_be_visible()

    log_in(page, "finance2")
    page.goto("/approvals")
    for one in (1, 2):
        page.goto(f"/approvals/{one}")
        page.fill("#reason", "核对无误")
        page.get_by_role("button", name="批准并执行").click()
        expect(page.get_by_text(f"#{one} 已批准并执行")).to_be_visible()

    log_in(page, "hz01")
    page.goto("/payout")
    page.fill("#payout-amount", "650.50")
    page.fill("#payout-reason", "提取余额")
    page.get_by_role("button", name="申请提现").click()
    expect(page.get_by_text("等待财务审批")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/payout")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator(".menu-button").click()
    page.get_by_role("link", name="我的账号").click()  # the name above stands there on a wide screen only
    page.wait_for_url("**/account")
    log_in(page, "finance2")
    for path in PATHS:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
    assert complaints == []
