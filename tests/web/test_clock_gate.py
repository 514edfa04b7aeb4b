"""F-38: a process whose clock is off answers writes 503 in the caller's dialect and is not ready; reads go on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from geo.queries import NetworkCache
from jobs.clock_watch import ClockWatch
from rulebook.book import packaged
from tests.web.conftest import Visitor
from tests.web.door import MASTER, Door, order
from web import push
from web.build import build_web
from web.services import Services

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def watch() -> ClockWatch:
    return ClockWatch(name=lambda: "web-1:7")


def doubt(watch: ClockWatch) -> None:
    watch.state.apart = timedelta(seconds=90.5)


@pytest.fixture
def visitor(app: Flask, watch: ClockWatch) -> Visitor:
    app.extensions["lanshou"] = replace(app.extensions["lanshou"], watch=watch)
    return Visitor(app.test_client())


def test_f_38_it_is_not_ready_and_says_why(visitor: Visitor, watch: ClockWatch) -> None:
    answer = visitor.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"ok": False, "cause": "clock", "seconds": None}), "never looked"
    watch.state.looked = True
    assert visitor.get("/readyz").json == {"ok": True}
    doubt(watch)
    answer = visitor.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"ok": False, "cause": "clock", "seconds": 90.5})
    assert answer.headers["Retry-After"] == "30"
    assert visitor.get("/healthz").status_code == 200, "it is alive"


def test_without_a_watch_it_is_ready(app: Flask) -> None:
    assert Visitor(app.test_client()).get("/readyz").json == {"ok": True}


def test_f_38_reads_go_on_and_writes_are_503(visitor: Visitor, watch: ClockWatch) -> None:
    doubt(watch)
    assert visitor.get("/login").status_code == 200 and visitor.client.head("/login").status_code == 200
    assert visitor.log_in("hq").status_code == 303, "or no admin could say that the clock is right"
    answer = visitor.post("/logout", {}, page="/review")
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "30"
    assert "时钟异常" in answer.text and answer.mimetype == "text/html"
    for method in ("put", "patch", "delete", "post"):
        answer = getattr(visitor.client, method)("/orders/1", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["code"]) == (503, "clock_doubted")
    watch.state.apart = None
    assert visitor.post("/logout", {}, page="/review").status_code == 303


def test_f_38_a_push_is_told_to_come_again_in_its_dialect(engine: Engine, watch: ClockWatch) -> None:
    door = Door(engine)
    services = Services(engine, door.clock, NetworkCache(), packaged(), master=MASTER, watch=watch)
    door.app = build_web(services, [push.pages])
    doubt(watch)
    answer = door.push(order())
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "30"
    assert answer.json is not None and "busy" in answer.text, "as when the database is away"
    assert door.counts() == {}
    watch.state.apart = None
    assert door.push(order()).status_code == 200
