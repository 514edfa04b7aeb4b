"""Accessibility of every page of the route map with data in it, by axe-core: nothing serious, at three widths, in both
languages; and no page wider than its screen. `make test` gives each page one of the six, by who uses
it most; `make soak` gives it all of them, by everybody."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from werkzeug.exceptions import NotFound

from people.access import ALLOWED, Role
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
NAMED = {"help.one": "desk", "channels.one": "cainiao", "rulebook.edition_page": "2017-01-01"}
REFUSES = {"/nowhere": 404, "/step-up": 403}  # pages to look at that are no 200


def addresses(app: Flask, land: Land, numbers: dict[str, int]) -> list[str]:
    """Every page of the route map, those with arguments for what the scene holds."""
    known = {
        "order_id": land.id("KD10"), "violation_id": numbers["KD1"], "week": "2026-W19", "station": "HZ01",
        "month": "2026-04", "seq": 1, "number": 1, "user_id": 1, "kind": "weekly", "period": "2026-W19",
    }  # fmt: skip
    found = set()
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = known | ({"name": NAMED[rule.endpoint]} if rule.endpoint in NAMED else {})
            if "GET" not in (rule.methods or ()) or not rule.arguments <= values.keys():
                continue
            built = rule.build({one: values[one] for one in rule.arguments})
            if built is not None and not NO_PAGE.search(built[1]):
                found.add(built[1])
    return [*sorted(found - {"/login", "/", "/step-up"}), "/nowhere"]


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
    due = REFUSES.get(address, 200)
    shut = answer.status in (401, 403, 404) and answer.status != due
    if shut or not answer.headers.get("content-type", "").startswith("text/html"):
        return []
    where = f"{address} {width} {language}"
    wrong = [] if answer.status == due else [f"{where}: {answer.status}"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        wrong.append(f"{where}: {wide} wide")
    page.evaluate(AXE)
    told: list[Any] = page.evaluate(ASK)
    return wrong + [f"{where}: {one}" for one in told]


def user(app: Flask, place: int, address: str) -> str:
    """Who uses a page most: the first who may; one that is for all is given to each in turn."""
    try:
        endpoint, _ = app.url_map.bind("127.0.0.1").match(address)
    except NotFound:
        return ROLES[place % len(ROLES)]
    action = getattr(app.view_functions[endpoint], "action", None)
    if action is None:
        return ROLES[place % len(ROLES)]
    roles = (Role.STATION, Role.PROVINCE, Role.HQ, Role.FINANCE, Role.ADMIN)
    return next(login for login, role in zip(ROLES, roles, strict=True) if action in ALLOWED[role])


def wrong_with(app: Flask, land: Land, numbers: dict[str, int], page: Page, role: str, every: bool) -> list[str]:
    first = LOOKS[ROLES.index(role)]
    found = seen(page, "/login", first)
    log_in(page, role)
    for place, address in enumerate(addresses(app, land, numbers)):
        if not every and user(app, place, address) != role:
            continue
        for look in LOOKS if every else (LOOKS[(place + ROLES.index(role)) % len(LOOKS)],):
            found += seen(page, address, look)
    land.clock.at += timedelta(minutes=20)  # long enough that it asks who one is, too short to log anybody out
    return found + seen(page, "/step-up", first)


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
