"""A web application over an empty database, with a clock that tests set and one account a role."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from geo.queries import NetworkCache
from people.actions import AuditEntry, NewUser, add_users, record, start_session
from people.passwords import hash_password
from people.queries import find_account
from people.tokens import PAD, form_token
from rulebook.book import packaged
from storage.session import writing
from web.build import build_web
from web.services import Services, WebSettings

PASSWORD = "纸船 42 marmalade horse"
STORED = hash_password(PASSWORD)
ADDRESS = "10.1.1.1"
BOOK = packaged()
START = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
USERS = (
    NewUser("yuzhong", "渝中王芳", "station", STORED, station="S1", province="重庆"),
    NewUser("chongqing", "重庆李雷", "province", STORED, province="重庆"),
    NewUser("hq", "总部赵敏", "hq", STORED),
    NewUser("finance", "财务钱进", "finance", STORED),
    NewUser("admin", "管理员", "admin", STORED),
)


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **amount: float) -> None:
        self.at += timedelta(**amount)


def body(answer: TestResponse) -> Any:
    """The JSON of an answer that has some."""
    assert answer.is_json, answer.text
    return answer.json


class Visitor:
    """A test client that fills in form tokens as a page would, and gives its password once more where that is asked for
    before something that weighs much, unless it is a `stranger`."""

    def __init__(self, client: FlaskClient, stranger: bool = False) -> None:
        self.client, self.stranger = client, stranger
        self.of_session: tuple[str, str] = "", ""

    def get(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, **options)

    def token(self, path: str = "/login") -> str:
        found = re.search(r'name="csrf-token" content="([0-9a-f]{64})"', self.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, form: Mapping[str, object], page: str = "/login", **options: object) -> TestResponse:
        token = self._of_session() or self.token(page)
        answer = self.client.post(path, data={"csrf_token": token, **form}, **options)
        if answer.status_code != 403 or self.stranger or "step_up" not in answer.text:
            return answer
        proof = {"csrf_token": token, "step_up": PASSWORD}
        assert self.client.post("/step-up", data=proof, headers={"Accept": "application/json"}).status_code == 204
        return self.client.post(path, data={"csrf_token": token, **form}, **options)

    def sit(self, engine: Engine, login: str, at: datetime) -> None:
        """Logged in without the form, which has tests of its own: a session as `web/seating.py` begins it where no
        second factor is asked for."""
        with writing(engine) as conn:
            account = find_account(conn, login)
            assert account
            user_id = account.actor.user_id
            token = start_session(conn, user_id, ADDRESS, at, "Werkzeug")
            record(conn, [AuditEntry(user_id, "login", "", ADDRESS)], at)
        self.client.set_cookie("lanshou", token)
        self.of_session = token, form_token(token, b"0" * PAD)

    def _of_session(self) -> str:
        """What any page of the session begun by `sit` would show, as long as that one is the client's."""
        kept, (token, of_forms) = self.client.get_cookie("lanshou"), self.of_session
        return of_forms if kept and kept.value == token else ""

    def log_in(self, login: str, password: str = PASSWORD, target: str = "", address: str = ADDRESS) -> TestResponse:
        self.of_session = "", ""  # who logs in sees the form of somebody unknown
        form = {"login": login, "password": password, "next": target}
        return self.post("/login", form, environ_overrides={"REMOTE_ADDR": address})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def screens() -> list[Blueprint]:
    """Overridden by tests that need pages of their own."""
    return []


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings()


@pytest.fixture
def app(engine: Engine, clock: Clock, screens: list[Blueprint], settings: WebSettings) -> Flask:
    with writing(engine) as conn:
        add_users(conn, USERS, START)
    return build_web(Services(engine, clock, NetworkCache(), BOOK, settings), screens)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())
