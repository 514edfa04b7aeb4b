"""What holds for every page of the console: log-in, marks, masks, no inline code (B-115, B-132, B-133, ROLE-2)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from storage.session import reading
from storage.tables import dispatch, penalties
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land, local

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

As = Callable[[str], Visitor]
OPEN = {
    "account.login_page",
    "account.log_in",
    "language.switch_before_log_in",
    "single_sign_on.start",
    "single_sign_on.back",
    "health.healthz",
    "health.readyz",
    "static",
}


def test_every_address_asks_for_log_in(app: Flask) -> None:
    """B-115, over the route map."""
    client, urls = app.test_client(), app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"GET", "POST"}:
            if rule.endpoint not in OPEN:
                path = urls.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method)
                assert client.open(path, method=method).status_code in (302, 401), path


def filled(land: Land) -> int:
    """Something of everything; the id of an order at HZ01."""
    order = land.order("KD1", local("09:00"), remark="<i>备注</i>")
    land.order("KD2", local("09:00"), "gap", adcode="330105")
    for number in ("KD3", "KD4", "KD5"):
        land.order(number, local("09:00"))
    land.accept("KD3", "HZ01", local("09:01"))
    land.accept("KD4", "HZ01", local("09:01"))
    land.confirm("KD4", "HZ01", local("09:30"), "55000000000001")
    land.withdraw("KD5", local("09:31"))
    land.sweep(local("10:00"))
    return order


PAGES = {
    "hz01": ["/desk", "/desk?tab=to_pick_up", "/desk?tab=to_handle", "/unscanned"],
    "zhejiang": [],
    "hq": ["/data-centre", "/review", "/review?tab=decided", "/review/1"],
}


@pytest.mark.parametrize("login", PAGES)
def test_pages(land: Land, as_: As, engine: Engine, login: str) -> None:
    """B-109, B-132, B-133: nothing inline, nothing unmasked, nothing changed by looking."""

    def state() -> list[int]:
        tables = (dispatch.events, dispatch.orders, penalties.case_log)
        with reading(engine) as conn:
            return [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]

    order = filled(land)
    before, visitor = state(), as_(login)
    for path in (*PAGES[login], "/orders", f"/orders/{order}", "/weekly"):
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|<i>", answer.text), path
        assert not re.search(r"13812345678|欧阳明月|501室|None|\{\{", answer.text), path
    assert state() == before
