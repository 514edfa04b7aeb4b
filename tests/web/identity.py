"""A console in which second factors are required, people who have one, and what their telephones show."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Blueprint, Flask
from sqlalchemy import Engine, select, update

from geo.queries import NetworkCache
from people.actions import add_users
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, writing
from storage.tables.people import audit, sessions, users
from tests.paths import REPO
from tests.web.conftest import START, USERS, Clock, Visitor
from web.build import build_web
from web.console import SCREENS
from web.services import Services, WebSettings

MASTER = b"m" * 32
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(second_factor_required=True)


@pytest.fixture
def screens() -> list[Blueprint]:
    return list(SCREENS)


@pytest.fixture
def app(engine: Engine, clock: Clock, screens: list[Blueprint], settings: WebSettings) -> Flask:
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", START)
        add_users(conn, USERS, START)
    return build_web(Services(engine, clock, NetworkCache(), packaged(), settings, master=MASTER), screens)


@dataclass
class People:
    """Everybody who logs in, each with a browser and perhaps a telephone."""

    app: Flask
    engine: Engine
    clock: Clock
    seeds: dict[str, str] = field(default_factory=dict)

    def visitor(self) -> Visitor:
        return Visitor(self.app.test_client(), stranger=True)

    def id(self, login: str) -> int:
        with reading(self.engine) as conn:
            found: int = conn.execute(select(users.c.id).where(users.c.login == login)).scalar_one()
        return found

    def enrol(self, login: str) -> tuple[Visitor, list[str]]:
        """Sets up a second factor as a person does: where he is afterwards, and his recovery codes."""
        visitor = self.visitor()
        assert visitor.log_in(login).status_code == 303
        assert visitor.post("/second-factor/begin", {"next": "/"}, page="/second-factor").status_code == 303
        self.seeds[login] = shown_seed(visitor)
        answer = visitor.post("/second-factor/confirm", {"code": self.number(login)}, page="/second-factor")
        assert answer.status_code == 200, answer.text
        return visitor, re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", answer.text)

    def number(self, login: str, steps: int = 0) -> str:
        """What the telephone shows, or showed or will show some steps away."""
        return pyotp.TOTP(self.seeds[login]).at(self.clock.at + timedelta(seconds=30 * steps))

    def enter(self, login: str) -> Visitor:
        """Logged in with all that is asked for; the next step of the telephone, since each counts once."""
        visitor = self.visitor()
        assert visitor.log_in(login).status_code == 303
        self.clock.forward(seconds=30)
        answer = visitor.post("/second-factor", {"code": self.number(login), "next": "/"}, page="/second-factor")
        assert answer.status_code == 303, answer.text
        return visitor

    def change(self, login: str, **values: Any) -> None:
        with writing(self.engine) as conn:
            conn.execute(update(users).where(users.c.login == login).values(**values))

    def audited(self) -> list[tuple[str, str]]:
        with reading(self.engine) as conn:
            return [(row.what, row.subject) for row in conn.execute(select(audit).order_by(audit.c.id))]

    def sessions(self, login: str) -> list[Any]:
        with reading(self.engine) as conn:
            his = select(sessions).where(sessions.c.user_id == self.id(login), sessions.c.ended_at.is_(None))
            return list(conn.execute(his.order_by(sessions.c.id)))


@pytest.fixture
def people(app: Flask, engine: Engine, clock: Clock) -> People:
    return People(app, engine, clock)


def shown_seed(visitor: Visitor) -> str:
    found = re.search(r'<code class="seed">([A-Z2-7-]+)</code>', visitor.get("/second-factor").text)
    assert found
    return found[1].replace("-", "")


def cookie(visitor: Visitor) -> str:
    kept = visitor.client.get_cookie("lanshou")
    assert kept
    return kept.value
