"""Accessibility of every page of the route map with data in it, by axe-core: nothing serious, at three widths, in both
languages; and no page wider than its screen. `make test` gives each page one of the six, `make soak` all of them."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from tests.browser.scene import fill
from tests.browser.test_walk import log_in
from tests.house.source import report
from tests.paths import REPO
from tests.web.console.conftest import Land
from tests.web.console.test_notices import ids

__all__ = ["ids"]

AXE = (REPO / "tests" / "browser" / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")
ASK = """async () => {
  const told = await axe.run(document, { resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
  return told.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.length} x ${one.nodes[0].html.slice(0, 160)}`);
}"""
LOOKS = tuple(product((1280, 360, 2560), ("zh", "en")))
ROLES = ("hz01", "zhejiang", "hq", "finance", "admin")
# What is no page to look at: files, streams, pieces of pages, answers for machines.
NO_PAGE = re.compile(
    r"\.(csv|xlsx|pdf|json)$|^/(api|static|push|healthz|readyz)|/(stream|changes|text|files|find|map|data|check|dialog)\b"
)


def addresses(app: Flask, land: Land, numbers: dict[str, int]) -> list[str]:
    """Every page of the route map, those with arguments for what the scene holds."""
    known = {
        "order_id": land.id("KD10"), "violation_id": numbers["KD1"], "week": "2026-W19", "station": "HZ01",
        "month": "2026-04", "seq": 1, "name": "2017-01-01", "number": 1,
    }  # fmt: skip
    found = set()
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or not rule.arguments <= known.keys():
                continue
            built = rule.build({one: known[one] for one in rule.arguments})
            if built is not None and not NO_PAGE.search(built[1]):
                found.add(built[1])
    return sorted(found - {"/login", "/"})


@pytest.fixture
def window(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(locale="zh-CN", base_url=address)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def seen(page: Page, address: str, look: tuple[int, str]) -> list[str]:
    """What is wrong with one page as it looks."""
    width, language = look
    page.context.add_cookies([{"name": "lanshou-language", "value": language, "domain": "127.0.0.1", "path": "/"}])
    page.set_viewport_size({"width": width, "height": 900})
    answer = page.goto(address)
    assert answer is not None
    if answer.status in (401, 403, 404) or not answer.headers.get("content-type", "").startswith("text/html"):
        return []
    where = f"{address} {width} {language}"
    wrong = [] if answer.status == 200 else [f"{where}: {answer.status}"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        wrong.append(f"{where}: {wide} wide")
    page.evaluate(AXE)
    told: list[Any] = page.evaluate(ASK)
    return wrong + [f"{where}: {one}" for one in told]


def wrong_with(app: Flask, land: Land, numbers: dict[str, int], page: Page, role: str, every: bool) -> list[str]:
    log_in(page, role)
    found: list[str] = []
    for place, address in enumerate(addresses(app, land, numbers)):
        for look in LOOKS if every else (LOOKS[(place + ROLES.index(role)) % len(LOOKS)],):
            found += seen(page, address, look)
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_accessible(
    app: Flask, engine: Engine, land: Land, ids: dict[str, int], window: Page, role: str
) -> None:
    fill(land, engine, app)
    report(wrong_with(app, land, ids, window, role, every=False))


@pytest.mark.soak
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_accessible_at_every_width(
    app: Flask, engine: Engine, land: Land, ids: dict[str, int], window: Page, role: str
) -> None:
    fill(land, engine, app)
    report(wrong_with(app, land, ids, window, role, every=True))
