"""Help beside each screen, and the first-run tour (issue 7)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from rulebook.rule_words import TEXTS
from storage.session import reading
from storage.tables.people import users
from tests.web.conftest import Visitor
from tests.web.console.conftest import Land
from web.help_screens import HELP, MORE, STEPS
from web.nav import SCREENS, TABS
from web.services import WebSettings

As = Callable[[str], Visitor]
CHINESE = re.compile(r"[\u3400-\u9fff]")
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_screen_has_help() -> None:
    shown = [*SCREENS, *(tab for tabs in TABS.values() for tab in tabs)]
    assert {screen.endpoint.partition(".")[0] for screen in shown} - set(HELP) == set()


def test_every_rule_named_exists_and_has_words_in_both_languages() -> None:
    for name, it in HELP.items():
        assert len(set(it.rules)) == len(it.rules), name
        for rule in it.rules:
            assert rule in MORE or rule in TEXTS, f"{name}: {rule} has no words"
        assert CHINESE.search(it.purpose[0]) and not CHINESE.search(it.purpose[1]), name
    for rule, (chinese, english) in MORE.items():
        assert rule not in TEXTS, f"{rule}: the edition's own text says it with its numbers"
        assert CHINESE.search(chinese) and not CHINESE.search(english), rule


@one_database
def test_the_panel_has_the_numbers_of_the_edition_in_force(land: Land, as_: As) -> None:
    """ACCEPT-1"""
    visitor = as_("hz01")
    part = visitor.get("/help/desk", headers={"HX-Request": "true"}).text
    assert "<html" not in part and "ACCEPT-1" in part and "30 分钟" in part
    assert 'href="/help/desk"' in visitor.get("/desk").text, "without a script the link is a page"
    assert "ACCEPT-1" in visitor.get("/help/desk").text
    assert visitor.get("/help/nothing").status_code == 404
    everything = visitor.get("/help/").text
    assert all(f'id="{name}"' in everything for name in HELP)


def end(visitor: Visitor) -> None:
    assert visitor.post("/tour/end", {"back": "/orders"}, page="/orders").headers["Location"] == "/orders"


@one_database
@pytest.mark.parametrize("settings", [WebSettings(demo=True)], indirect=False)
def test_a_new_person_of_the_demo_is_offered_the_tour_until_it_is_ended(
    settings: WebSettings, land: Land, as_: As, engine: Engine
) -> None:
    visitor = as_("hz01")
    assert 'id="tour"' in visitor.get("/orders").text
    end(visitor)
    with reading(engine) as conn:
        assert conn.scalar(select(users.c.toured_at).where(users.c.login == "hz01")) is not None
    assert 'id="tour"' not in as_("hz01").get("/orders").text


@one_database
def test_elsewhere_it_comes_only_when_asked_for(land: Land, as_: As, app: Flask) -> None:
    """Every step is a page that the role may see, says something, and leads to the next."""
    visitor = as_("hq")
    assert 'id="tour"' not in visitor.get("/orders").text
    found = re.search(r'href="([^"]*tour=1)"', visitor.get("/help/").text)
    assert found
    path, steps = found[1], 0
    while path:
        page = visitor.get(path)
        assert page.status_code == 200 and 'id="tour"' in page.text, path
        assert "tour.js" in page.text
        following = re.search(r'href="([^"]*)" id="tour-after"', page.text)
        path, steps = following[1] if following else "", steps + 1
    assert 5 <= steps <= 6
    assert all(CHINESE.search(step.chinese) and not CHINESE.search(step.english) for step in STEPS)
    for odd in ("0", "99", "x", "1000000000000", "²"):
        assert visitor.get("/orders", query_string={"tour": odd}).status_code == 200
