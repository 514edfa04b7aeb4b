"""Every operation of the API asked what nobody thought of, over a network with orders, cases and a notice in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine, select, update

from dispatch.batch import World
from geo.queries import NetworkCache, load_network
from people.access import ALLOWED, Action
from people.actions import start_session
from people.tokens import PAD, form_token
from storage.session import connect, reading, writing
from storage.tables.people import sessions, users
from tests.web.conftest import BOOK, Clock
from tests.web.console.conftest import Land, local
from web.api import ADDRESSES, AREAS
from web.api.openapi import document
from web.build import build_web
from web.console import SCREENS
from web.services import Services, WebSettings

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, negative_data_rejection,
]  # fmt: skip
# Who asks: the first of these whose role may.
PEOPLE = {"station": "hz01", "hq": "hq", "finance": "finance", "province": "zhejiang", "admin": "admin"}


@dataclass(frozen=True, slots=True)
class Installation:
    """An application, and the headers of a session of each of PEOPLE."""

    app: Flask
    headers: dict[str, dict[str, str]]

    def ask(self, case: Case) -> None:
        """One case, by the first person who may, and all that is checked of its answer."""
        action = case.operation.definition.raw["x-action"]
        if case.meta is not None and case.meta.generation.mode.is_positive:
            case.path_parameters = at_home(case.path_parameters)
            case.query = at_home(case.query)
            case.body = at_home(case.body)
        who = self.headers[who_may(action)]
        sent = {"X-CSRF-Token": who["X-CSRF-Token"], "Accept-Encoding": "identity"}
        token = who["Cookie"].partition("=")[2]
        response = case.call(app=self.app, headers=sent, cookies={"lanshou": token})
        assert response.status_code != 401, "the session was not taken"
        case.validate_response(response, checks=CHECKS)

    def post(self, login: str, path: str, body: Any) -> Any:
        """As a program would."""
        answer = self.app.test_client(use_cookies=False).post(f"/api/v1{path}", json=body, headers=self.headers[login])
        assert answer.status_code == 200, answer.text
        return answer.json


# What is there, for names that are drawn out of the air else.
THERE = {
    "week": "2026-W19", "station": "HZ01", "to": "HZ02", "month": "2026-04", "name": "kuaidi100", "origin": "inbox",
    "reason": "证据充分,情况属实", "note": "证据充分", "adcode": "330106", "text": "客户不在",
}  # fmt: skip


def at_home(drawn: Any, name: str = "") -> Any:
    """What was drawn, with ids and names of which some are there."""
    if isinstance(drawn, dict):
        return {key: at_home(value, key) for key, value in drawn.items()}
    if isinstance(drawn, list):
        return [at_home(one, name) for one in drawn]
    if type(drawn) is int and drawn > 0 and name not in ("limit", "pieces"):
        return drawn % 12 + 1
    return THERE.get(name, drawn) if isinstance(drawn, str) and sum(map(ord, drawn)) % 3 else drawn


def written() -> Any:
    """The document as schemathesis reads it; who asks is told by headers, not drawn."""
    rejected = {"expected-statuses": [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503]}
    checks = {"not_a_server_error": {"expected-statuses": ["2xx", "4xx", 503]}, "negative_data_rejection": rejected}
    config = SchemathesisConfig.from_dict({"checks": checks})
    told = deepcopy(document(AREAS)) | {"security": []}
    for path in told["paths"].values():
        for one in path.values():  # a key drawn twice is one request; keys have tests of their own
            one["parameters"] = [part for part in one["parameters"] if part["in"] != "header"]
    return schemathesis.openapi.from_dict(told, config=config)


def drawn(cases: int, *more: Phase) -> settings:
    """So many cases an operation, the same ones each time. `more`: Phase.explicit for all borders of the schema."""
    return settings(
        max_examples=cases, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
        phases=[*more, Phase.generate],
    )  # fmt: skip


def who_may(action: str | None) -> str:
    """The person who asks for an operation."""
    if action is None:
        return "hq"
    return next(login for role, login in PEOPLE.items() if Action(action) in ALLOWED[role])


@contextmanager
def installed(database: Path) -> Iterator[Installation]:
    """An installation on a furnished file."""
    engine, clock = connect(f"sqlite:///{database}", throw_away=True), Clock(local("08:30"))
    app = build_web(Services(engine, clock, NetworkCache(), BOOK, WebSettings()), [*ADDRESSES, *SCREENS])
    made = Installation(app, {})
    _fill(engine, clock, made)
    yield made
    engine.dispose()


def _sessions(engine: Engine, clock: Clock) -> dict[str, dict[str, str]]:
    with writing(engine) as conn:
        ids = {row.login: row.id for row in conn.execute(select(users.c.login, users.c.id))}
        tokens = {login: start_session(conn, ids[login], "10.1.1.1", clock()) for login in PEOPLE.values()}
        conn.execute(update(sessions).values(stepped_up_at=clock()))
    return {
        login: {"Cookie": f"lanshou={token}", "X-CSRF-Token": form_token(token, bytes(PAD))}
        for login, token in tokens.items()
    }


def _fill(engine: Engine, clock: Clock, made: Installation) -> None:
    """Orders that were late, some confirmed, told in a notice, and one of them appealed against; and fresh ones."""
    with reading(engine) as conn:
        land = Land(engine, World(load_network(conn), BOOK), clock)
    for number in range(6):
        land.order(f"KD{number}", local(f"08:3{number}"))
    land.sweep(local("14:00"))
    made.headers.update(_sessions(engine, clock))
    late = [one for one, _, _ in land.cases()]
    made.post("hq", "/review/decide", {"cases": late[:1], "decision": "confirm", "reason": "证据充分,情况属实"})
    clock.at = local("09:00", "2026-05-11")
    made.headers.update(_sessions(engine, clock))
    made.post("hq", "/notices/publish", {"week": "2026-W19", "number": 0})
    made.post("hz01", f"/appeals/{late[0]}/ask", {"to": "province", "text": "客户不在"})
    for number in range(6):
        land.order(f"KD1{number}", clock() + timedelta(minutes=number), "HZ01" if number % 2 else "gap")
    clock.forward(minutes=10)
    made.headers.update(_sessions(engine, clock))
