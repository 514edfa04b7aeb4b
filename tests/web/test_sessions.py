"""Sessions, one's own password, and coming back after a pause: RELIABILITY 11.2, B-122, B-123, B-129, B-130."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine

from people import passwords
from people.actions import disable_users, set_passwords
from people.passwords import once
from storage.session import writing
from tests.web.conftest import PASSWORD, START, STORED, Clock, Visitor
from tests.web.identity import People, app, cookie, one_database, people, screens, settings
from web.services import WebSettings

__all__ = ["app", "people", "screens", "settings"]
NEW = "四个 字 的 诗 是 什么 啊 & tea"
ANOTHER = once(STORED, START)  # as an admin gives it out
PHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"


@one_database
def test_own_sessions(people: People, clock: Clock) -> None:
    """Each with its device; one or all others can be ended, and another person's does not exist."""
    one, two, stranger = people.visitor(), people.visitor(), people.visitor()
    one.log_in("yuzhong")
    two.client.environ_base["HTTP_USER_AGENT"] = PHONE
    two.log_in("yuzhong", address="10.9.9.9")
    stranger.log_in("yuzhong")
    page = one.get("/account").text
    assert "Chrome · Android" in page and "10.9.9.9" in page and page.count("本机") == 1
    mine, phone, third = (row.id for row in people.sessions("yuzhong"))
    assert one.post(f"/account/sessions/{phone}/end", {}, page="/account").status_code == 303
    assert two.get("/keys").headers["Location"].startswith("/login")
    assert one.post(f"/account/sessions/{phone}/end", {}, page="/account").status_code == 404
    people.enrol("hq")
    assert one.post(f"/account/sessions/{people.sessions('hq')[0].id}/end", {}, page="/account").status_code == 404
    assert one.post("/account/sessions/end-others", {}, page="/account").status_code == 303
    assert [row.id for row in people.sessions("yuzhong")] == [mine] and third != mine
    assert one.get("/keys").status_code == 200
    clock.forward(hours=4)
    two.log_in("yuzhong")
    assert two.get("/account").text.count("/account/sessions/") == 0, "one that lay idle too long is none"


def test_own_account_from_behind_the_wall(people: People) -> None:
    """I-23, on both databases: a station and a province, who may read no column of accounts but names, see theirs."""
    station = people.visitor()
    station.log_in("yuzhong")
    for one in (station, people.enrol("chongqing")[0]):
        assert one.get("/account").status_code == 200


@one_database
def test_own_password(people: People) -> None:
    """The old one is asked for, the other sessions end, and it is taken exactly as typed (B-129)."""
    one, other = people.visitor(), people.visitor()
    one.log_in("yuzhong")
    other.log_in("yuzhong")

    def change(old: str, new: str, again: str | None = None, **more: str) -> int:
        form = {"old_password": old, "new_password": new, "again": new if again is None else again, **more}
        return one.post("/password", form, page="/account").status_code

    assert change("wrong", NEW) == 401
    assert change(PASSWORD, NEW, NEW + " ") == 422
    assert change(PASSWORD, PASSWORD) == 422
    for weak in ("12345678", "elevenchars", "渝中王芳渝中王芳渝中王芳", "sonyericsson", "x" * 129):
        assert change(PASSWORD, weak) == 422, weak
    assert change(PASSWORD, NEW, role="hq") == 422, "B-122"
    assert other.get("/keys").status_code == 200
    assert change(PASSWORD, NEW) == 303
    assert one.get("/keys").status_code == 200 and other.get("/keys").status_code == 302
    assert people.visitor().log_in("yuzhong").status_code == 401
    assert people.visitor().log_in("yuzhong", NEW).status_code == 303
    assert ("password_changed", "") in people.audited()


@pytest.mark.parametrize("ended", [disable_users, lambda conn, ids, at: set_passwords(conn, {ids[0]: ANOTHER}, at)])
@one_database
def test_ended_while_the_password_was_looked_at(
    people: People, monkeypatch: pytest.MonkeyPatch, ended: Callable[[Connection, list[int], object], None]
) -> None:
    """B-130: hashing takes its time; no session of the old password begins after an admin ended them, and his new
    password is not written over."""
    inside, late, looked = people.visitor(), people.visitor(), passwords.verify_password

    def slowly(stored: str | None, password: str) -> bool:
        right = looked(stored, password)
        with writing(people.engine) as conn:
            ended(conn, [people.id("yuzhong")], people.clock.at)
        return right

    monkeypatch.setattr(passwords, "verify_password", slowly)
    assert late.log_in("yuzhong").status_code == 401 and people.sessions("yuzhong") == []
    people.change("yuzhong", disabled=False, password_hash=STORED)
    monkeypatch.undo()
    inside.log_in("yuzhong")
    token = inside.token("/account")
    monkeypatch.setattr(passwords, "verify_password", slowly)
    form = {"csrf_token": token, "old_password": PASSWORD, "new_password": NEW, "again": NEW}
    assert inside.client.post("/password", data=form).status_code == 409 and people.sessions("yuzhong") == []


@one_database
def test_unknown_field_is_named(people: People) -> None:
    """B-122: `role=hq` in a form of one's own account."""
    one = people.visitor()
    one.log_in("yuzhong")
    form = {"csrf_token": one.token("/account"), "old_password": PASSWORD, "new_password": NEW, "again": NEW}
    answer = one.client.post("/password", data=form | {"role": "hq"}, headers={"Accept": "application/json"})
    assert answer.status_code == 422 and answer.json is not None
    assert answer.json["code"] == "field_unknown"
    assert answer.json["errors"] == [{"field": "role", "code": "field_unknown"}]


@one_database
def test_guessing_the_old_password_waits(people: People) -> None:
    """B-126: a session left open is no place to guess at."""
    one = people.visitor()
    one.log_in("yuzhong")
    form = {"old_password": "wrong", "new_password": NEW, "again": NEW}
    answers = [one.post("/password", form, page="/account").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]


@one_database
def test_password_to_be_used_once(people: People, clock: Clock) -> None:
    """Nothing but its change is served; after three days it opens nothing."""
    people.change("yuzhong", password_hash=once(STORED, clock.at))
    one = people.visitor()
    assert one.log_in("yuzhong", target="/keys").status_code == 303
    assert one.get("/keys").headers["Location"] == "/password?next=/keys"
    assert one.get("/keys", headers={"Accept": "application/json"}).json["code"] == "password_change_required"  # type: ignore[index]
    page = one.get("/password?next=/keys")
    assert "管理员给您的密码" in page.text and 'class="topbar' not in page.text
    form = {"old_password": PASSWORD, "new_password": NEW, "again": NEW, "next": "/keys"}
    assert one.post("/password", form, page="/password").headers["Location"] == "/keys"
    assert one.get("/keys").status_code == 200
    people.change("yuzhong", password_hash=once(STORED, clock.at))
    clock.forward(days=3)
    assert people.visitor().log_in("yuzhong").status_code == 401


@one_database
def test_back_to_where_one_was(people: People, clock: Clock) -> None:
    """After idleness a list that asks by itself leads to the log-in, and that back to the page with its filters."""
    one = people.visitor()
    one.log_in("yuzhong")
    clock.forward(hours=4)
    at = {"HX-Request": "true", "X-Background": "1", "HX-Current-URL": "http://localhost/keys?channel=crm"}
    part = one.get("/keys", headers=at)
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/login?next=/keys?channel%3Dcrm")
    foreign = one.get("/keys", headers=at | {"HX-Current-URL": "http://evil.example/keys"})
    assert foreign.headers["HX-Redirect"] == "/login", "B-114"
    posted = one.client.post("/orders/1/accept", headers={"Referer": "http://localhost/keys?tab=to_pick_up"})
    assert posted.headers["Location"] == "/login?next=/keys?tab%3Dto_pick_up"


@one_database
def test_log_out_and_change_of_role_kill_the_session(people: People, engine: Engine) -> None:
    """On the server: a kept cookie opens nothing."""
    one = people.visitor()
    one.log_in("yuzhong")
    kept = cookie(one)
    one.post("/logout", {}, page="/account")
    thief = people.visitor()
    thief.client.set_cookie("lanshou", kept)
    assert thief.get("/keys").status_code == 302 and people.sessions("yuzhong") == []


class TestOptional:
    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings()

    @one_database
    def test_nobody_is_asked_before_he_has_one(self, people: People) -> None:
        """As the demo runs: every role is in with the password, and may set one up."""
        for login in ("hq", "finance", "chongqing", "admin", "yuzhong"):
            visitor: Visitor = people.visitor()
            visitor.log_in(login)
            assert visitor.get("/account").status_code == 200, login
        people.enrol("hq")
        visitor = people.visitor()
        visitor.log_in("hq")
        assert visitor.get("/account").headers["Location"] == "/second-factor?next=/account"
