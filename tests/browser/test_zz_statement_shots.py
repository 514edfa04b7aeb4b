import pytest
from playwright.sync_api import Page
from tests.web.console.conftest import Land, local
from tests.web.console.test_statements import booked, decide, seq_of, OVERTURN
from tests.web.conftest import PASSWORD
from penalties.standings.actions import refresh
from penalties.standings.queries import counted
from penalties.settling.actions import settle
from rulebook.book import packaged
from storage.session import writing

@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_shots(land: Land, page: Page, complaints: list[str]) -> None:
    first, second = booked(land)
    decide(land, OVERTURN, local("11:00", "2026-06-02"), [second], "申诉成立,证据充分")
    land.order("KD9", local("09:00", "2026-06-03"))
    land.accept("KD9", "HZ01", local("09:05", "2026-06-03"))
    land.confirm("KD9", "HZ01", local("09:30", "2026-06-03"), "55000000000017")
    land.scan("55000000000017", "HZ01", local("09:40", "2026-06-03"))
    now = local("12:00", "2026-07-02")
    land.clock.at = now
    with writing(land.engine) as conn:
        settle(conn, "2026-06", packaged(), now)
        refresh(conn, "2026-07", counted(conn, "2026-07", packaged(), now), now)
    for login, paths in {"hz01": {"account": "/statements", "statement": "/statements/HZ01/2026-05", "fine": f"/ledger/{seq_of(land, 'fine:%KD2:1:V-ACCEPT')}", "refund": f"/ledger/{seq_of(land, 'settle:2026-06:HZ01:refund_1:1')}", "viol": "/violations"}, "finance": {"list": "/statements", "ledger": "/ledger", "trial": "/ledger/balances", "reward": f"/ledger/{seq_of(land, 'settle:2026-06:HZ01:reward:1')}"}}.items():
        page.context.clear_cookies()
        page.goto("/login")
        page.fill("input[name=login]", login); page.fill("input[name=password]", PASSWORD); page.click("form button:has-text('登录')") if page.locator("form button:has-text('登录')").count() else page.press("input[name=password]", "Enter")
        page.wait_for_load_state()
        for name, path in paths.items():
            for width in (1280, 360):
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(path)
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width: print("WIDE", name, width, wide)
                page.screenshot(path=f"/tmp/st_{name}_{width}.png", full_page=True)
    print(complaints)
    assert not complaints
