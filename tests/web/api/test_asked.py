"""schemathesis: no operation fails, answers what the document does not say, or takes what its schema forbids."""

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case

from tests.web.api.asked import CHECKS, who_may, written

schema = written()


@pytest.fixture(scope="module")
def sessions(tmp_path_factory, sqlite_template):
    import shutil
    from storage.session import connect, writing, reading
    from tests.web.conftest import Clock, USERS, START, Visitor
    from tests.web.console.conftest import Land, STAFF, local
    from geo.queries import NetworkCache, load_network
    from people.actions import add_users
    from replay.network import load_folder
    from dispatch.batch import World
    from rulebook.book import packaged
    from web.build import build_web
    from web.services import Services, WebSettings
    from tests.paths import REPO
    from web.api import ADDRESSES
    from web.console import SCREENS

    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("api") / "asked.db")
    engine = connect(f"sqlite:///{path}", throw_away=True)
    clock = Clock(local("08:30"))
    with writing(engine) as conn:
        add_users(conn, USERS, START)
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", clock())
        add_users(conn, STAFF, START)
    with reading(engine) as conn:
        network = load_network(conn)
    land = Land(engine, World(network, packaged()), clock)
    for number in range(12):
        land.order(f"KD{number}", local(f"08:{31 + number}"))
    app = build_web(Services(engine, clock, NetworkCache(), packaged(), WebSettings()), [*ADDRESSES, *SCREENS])
    headers = {}
    for login in ("hz01", "hq", "finance", "zhejiang", "admin"):
        visitor = Visitor(app.test_client())
        assert visitor.log_in(login).status_code == 303
        cookie = visitor.client.get_cookie("lanshou")
        headers[login] = {"Cookie": f"lanshou={cookie.value}", "X-CSRF-Token": visitor.token("/inbox" if login != "x" else "/")}
    yield app, headers
    engine.dispose()


@schema.parametrize()
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
def test_every_operation(case: Case, sessions) -> None:
    action = case.operation.definition.raw["x-action"]
    app, headers = sessions
    response = case.call(app=app, headers=headers[who_may(action)])
    case.validate_response(response, checks=CHECKS)
