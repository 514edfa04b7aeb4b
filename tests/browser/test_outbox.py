"""回传 in a real browser: one is sent again, one given up, and nothing is wider than a telephone (CHAN-4)."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update

from channels.actions import set_channel
from channels.feedback import Outcome, Reply, Tried
from channels.outbox.actions import claim_due, mark
from storage.session import writing
from storage.tables.channels import channels
from tests.browser.test_walk import go, log_in
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ANSWER = '{"success":false,"reason":"S05","text":"订单号 LP00038652917401 不存在 <script>alert(1)</script>"}'


@pytest.fixture
def stuck(land: Land, engine: Engine) -> Land:
    """Refused, refused with a page of HTML, tried again later, asked to wait, and never sent to a sender."""
    with writing(engine) as conn:
        set_channel(conn, b"m" * 32, "kuaidi100", {"feedback_url": "https://kd.example/"}, local("08:00"))
    for number in ("KD202605040000001", "KD202605040000002", "KD202605040000003", "KD202605040000004"):
        land.order(number, local("09:00"))
        land.accept(number, "HZ01", local("09:10"))
    ends = [
        (Outcome.REFUSED, Reply(400, ANSWER)), (Outcome.REFUSED, Reply(422, "<html>" + "错误 " * 900)),
        (Outcome.LATER, Reply(None, "Timeout")), (Outcome.LATER, Reply(429, "slow", timedelta(hours=3))),
    ]  # fmt: skip
    with writing(engine) as conn:
        claimed = claim_due(conn, local("09:10"), 10)
        mark(conn, [Tried(one, *end) for one, end in zip(claimed, ends, strict=True)], local("09:10"))
        conn.execute(update(channels).values(paused_until=None))
    land.order("LS2026050400001", local("09:12"), online=False)
    land.clock.at = local("09:12")
    return land


def test_a_person_decides(page: Page, stuck: Land, complaints: list[str]) -> None:
    log_in(page, "hq")
    go(page, "回传")
    expect(page.locator("tbody tr")).to_have_count(3)
    row = page.locator("tr", has_text="KD202605040000001")
    row.locator("summary").click()
    expect(row.locator("pre")).to_contain_text("<script>alert(1)</script>")
    page.get_by_role("button", name="重发所选").click()
    expect(page.locator("#notes")).to_contain_text("请先勾选")
    row.get_by_role("button", name="重发").click()
    expect(page.locator("#notes")).to_contain_text("已安排重发 1 条")
    page.get_by_label("选择 KD202605040000002").check()
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="放弃所选").click()
    expect(page.locator("#notes")).to_contain_text("已放弃 1 条")
    page.get_by_role("link", name="不再发送").click()
    expect(page.locator("tbody")).to_contain_text("总部赵敏")
    page.get_by_role("link", name="待发送").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_label("渠道", exact=True).select_option("kuaidi100")
    expect(page).to_have_url(re.compile("channel=kuaidi100"))
    assert complaints == []


@pytest.mark.parametrize("login", ["hq", "admin"])
def test_fits_a_telephone(page: Page, stuck: Land, complaints: list[str], login: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    log_in(page, login)
    for path in ("/outbox", "/outbox?state=waiting", f"/orders/{stuck.id('LS2026050400001')}"):
        if login == "admin" and path.startswith("/orders"):
            continue
        page.goto(path)
        for summary in page.locator("summary").all():
            summary.click()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{path}: {wide} pixels"
    assert complaints == []
