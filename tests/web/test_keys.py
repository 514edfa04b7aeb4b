"""Keys of the API: made once, scoped, expiring, revocable, dead with their user (RELIABILITY 11.2)."""

import re
from typing import Any

import pytest
from flask import Blueprint, g
from sqlalchemy import Engine, select

from people.access import Action, may
from people.tokens import hash_token
from storage.session import reading
from storage.tables.people import api_keys
from tests.web.conftest import Clock, Visitor
from tests.web.identity import People, app, one_database, people
from web.auth import current_actor, needs
from web.console import SCREENS
from web.services import WebSettings

__all__ = ["app", "people"]
pytestmark = one_database


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings()


@pytest.fixture
def screens() -> list[Blueprint]:
    pages = Blueprint("probe", __name__)

    @pages.route("/api/probe/orders", methods=["GET", "POST"])
    @needs(Action.SEE_ORDER)
    def orders() -> dict[str, Any]:
        actor = current_actor()
        return {"name": actor.name, "key": g.get("api_key_id"), "accept": may(actor, Action.ACCEPT)}

    @pages.post("/api/probe/accept")
    @needs(Action.ACCEPT)
    def accept() -> dict[str, Any]:
        return {}

    @pages.post("/api/probe/money")
    @needs(Action.SEE_ORDER, step_up=True)
    def money() -> dict[str, Any]:
        return {}

    return [*SCREENS, pages]


def made(visitor: Visitor, *actions: str, days: str = "30", **more: str) -> str:
    form: Any = {"name": "3 号扫描枪", "days": days, "actions": list(actions), **more}
    answer = visitor.post("/keys/make", form, page="/keys")
    assert answer.status_code == 201, answer.text
    found = re.search(r'id="shown-once">(lsk_[A-Za-z0-9_-]{43})<', answer.text)
    assert found
    return found[1]


def call(people: People, key: str, path: str = "/api/probe/orders", method: str = "GET", **more: Any) -> Any:
    return people.app.test_client().open(path, method=method, headers={"Authorization": f"Bearer {key}"}, **more)


@pytest.fixture
def station(people: People) -> Visitor:
    visitor = people.visitor()
    visitor.log_in("yuzhong")
    return visitor


def test_acts_as_its_user_within_its_actions(people: People, station: Visitor, engine: Engine) -> None:
    """No cookie, no form token; `may` says no to all that it was not given."""
    key = made(station, "see_order", "scan")
    answer = call(people, key)
    assert answer.json == {"name": "渝中王芳", "key": 1, "accept": False}
    assert call(people, key, method="POST", json={}).status_code == 200
    refused = call(people, key, "/api/probe/accept", "POST")
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert ("forbidden", "POST /api/probe/accept") in people.audited()
    weighty = call(people, key, "/api/probe/money", "POST")
    assert (weighty.status_code, weighty.json["code"]) == (403, "step_up_required"), "a program proves nothing"
    with reading(engine) as conn:
        row = conn.execute(select(api_keys)).one()
    assert row.key_hash == hash_token(key) and row.shown == key[:12] and key not in str(row)
    assert key not in station.get("/keys").text and key[:12] in station.get("/keys").text


def test_for_the_api_alone(people: People, station: Visitor) -> None:
    key = made(station, "see_order")
    assert call(people, key, "/account").status_code == 302
    for wrong in ("", "lsk_", key[:-1], key + "x", "x" + key, key.upper()):
        assert call(people, wrong).status_code == 401
    cookie_too = station.get("/api/probe/orders", headers={"Authorization": "Bearer lsk_wrong"})
    assert cookie_too.status_code == 401, "who comes with a key is judged by it alone"
    assert station.get("/api/probe/orders").json["key"] is None  # type: ignore[index]
    other_scheme = station.get("/api/probe/orders", headers={"Authorization": "Basic YTpi"})
    assert other_scheme.status_code == 200


def test_ends(people: People, station: Visitor, clock: Clock) -> None:
    """By expiry to the second, by revocation, with its user, and with his right."""
    key = made(station, "see_order", days="1")
    clock.forward(hours=23, minutes=59, seconds=59)
    assert call(people, key).status_code == 200
    clock.forward(seconds=1)
    assert call(people, key).status_code == 401
    station = people.visitor()
    station.log_in("yuzhong")
    key = made(station, "see_order")
    assert station.post("/keys/2/revoke", {}, page="/keys").status_code == 303
    assert call(people, key).status_code == 401
    key = made(station, "see_order", "accept")
    people.change("yuzhong", role="finance")
    assert call(people, key).status_code == 403, "its user may it no longer"
    people.change("yuzhong", role="station", disabled=True)
    assert call(people, key).status_code == 401
    assert [subject.split()[0] for what, subject in people.audited() if what == "api_key"].count("made") == 3


def test_last_use_by_the_minute(people: People, station: Visitor, engine: Engine, clock: Clock) -> None:
    key = made(station, "see_order")

    def last() -> Any:
        with reading(engine) as conn:
            return conn.execute(select(api_keys.c.last_used_at)).scalar_one()

    assert last() is None
    call(people, key)
    first = last()
    assert first == clock.at
    clock.forward(seconds=59)
    call(people, key)
    assert last() == first
    clock.forward(seconds=1)
    call(people, key)
    assert last() == clock.at


def test_refused(people: People, station: Visitor) -> None:
    faults: tuple[dict[str, Any], ...] = (
        {"name": " "}, {"days": "0"}, {"days": "731"}, {"days": "x"}, {"actions": []}, {"actions": ["review"]},
        {"actions": ["see_order", "nonsense"]},
    )  # fmt: skip
    for wrong in faults:
        form: Any = {"name": "a", "days": "1", "actions": ["see_order"], **wrong}
        assert station.post("/keys/make", form, page="/keys").status_code == 422, wrong
    form = {"name": "a", "days": "1", "actions": "see_order", "owner": "hq"}
    assert station.post("/keys/make", form, page="/keys").status_code == 403
    unknown = {"name": "a", "days": "1", "actions": "see_order", "user_id": "1"}
    assert station.post("/keys/make", unknown, page="/keys").status_code == 422, "B-122"
    for _ in range(20):
        made(station, "see_order")
    assert (
        station.post("/keys/make", {"name": "a", "days": "1", "actions": "see_order"}, page="/keys").status_code == 422
    )


def test_admins_and_others(people: People, station: Visitor) -> None:
    """An admin makes keys for others and sees and revokes all; a stranger's key does not exist."""
    admin, hq = people.visitor(), people.visitor()
    admin.log_in("admin")
    hq.log_in("hq")
    key = made(admin, "see_order", owner="yuzhong")
    assert call(people, key).json["name"] == "渝中王芳"
    assert 'value="accept"' in admin.get("/keys?owner=yuzhong").text and 'value="accept"' not in admin.get("/keys").text
    assert key[:12] in admin.get("/keys?whose=all").text and key[:12] in station.get("/keys").text
    assert key[:12] not in hq.get("/keys?whose=all").text
    assert hq.post("/keys/1/revoke", {}, page="/keys").status_code == 404
    assert admin.post("/keys/1/revoke", {"whose": "all"}, page="/keys").headers["Location"] == "/keys?whose=all"
    assert call(people, key).status_code == 401


def test_step_up_before_keys(people: People, station: Visitor, clock: Clock) -> None:
    clock.forward(minutes=10)
    form = {"name": "a", "days": "1", "actions": "see_order"}
    assert station.post("/keys/make", form, page="/keys").status_code == 403
    assert station.post("/keys/1/revoke", {}, page="/keys").status_code == 403
