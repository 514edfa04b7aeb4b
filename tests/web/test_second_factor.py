"""The second factor at the log-in and before what weighs much: RELIABILITY 11.2, B-123, B-128."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, select, update

from people.factors.actions import Answer, answer
from storage.session import writing
from storage.tables.people import second_factors
from tests.rules.together import together
from tests.web.conftest import Clock, Visitor
from tests.web.identity import People, app, cookie, one_database, people, screens, settings, shown_seed
from web.seeds import seed_opener
from web.services import WebSettings

__all__ = ["app", "people", "screens", "settings"]


@one_database
def test_who_needs_one_sets_it_up_first(people: People) -> None:
    """HQ, finance, province and admin; nothing else is served before, and a station may go without."""
    station = people.visitor()
    station.log_in("yuzhong")
    assert station.get("/keys").status_code == 200
    for login in ("hq", "finance", "chongqing", "admin"):
        visitor = people.visitor()
        visitor.log_in(login)
        assert visitor.get("/rulebook").headers["Location"] == "/second-factor?next=/rulebook"
    assert visitor.get("/rulebook", headers={"Accept": "application/json"}).json["code"] == "second_factor_required"  # type: ignore[index]
    part = visitor.get("/rulebook", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/users?q=a"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/second-factor?next=/users?q%3Da")
    refused = visitor.post("/users/1/disable", {}, page="/second-factor")
    assert refused.headers["Location"].startswith("/second-factor")
    assert "管理员" not in visitor.get("/nowhere").text, "no navigation either"


@one_database
def test_set_up(people: People, engine: Engine) -> None:
    visitor = people.visitor()
    visitor.log_in("hq", target="/rulebook")
    before = cookie(visitor)
    assert 'class="seed"' not in visitor.get("/second-factor").text, "looking makes none (B-132)"
    visitor.post("/second-factor/begin", {"next": "/rulebook"}, page="/second-factor")
    first = shown_seed(visitor)
    visitor.post("/second-factor/begin", {"next": "/rulebook"}, page="/second-factor")
    people.seeds["hq"] = shown_seed(visitor)
    assert people.seeds["hq"] != first and len(first) == 32
    page = visitor.get("/second-factor?next=/rulebook").text
    assert '<img class="seed-picture" src="data:image/svg+xml' in page, "made here, asked of nobody"
    wrong = visitor.post("/second-factor/confirm", {"code": "000000"}, page="/second-factor")
    assert wrong.status_code == 401 and "验证码不正确" in wrong.text
    given = {"code": people.number("hq"), "next": "/rulebook"}
    answered = visitor.post("/second-factor/confirm", given, page="/second-factor")
    codes = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", answered.text)
    assert answered.status_code == 200 and len(set(codes)) == 10 and 'href="/rulebook"' in answered.text
    assert cookie(visitor) != before, "B-123: a new token with the new right"
    assert visitor.get("/rulebook").status_code == 200
    old = people.visitor()
    old.client.set_cookie("lanshou", before)
    assert old.get("/rulebook").headers["Location"].startswith("/login")
    with writing(engine) as conn:
        sealed = conn.execute(select(second_factors.c.sealed_seed)).scalar_one()
    assert people.seeds["hq"] not in sealed and ("second_factor_set_up", "") in people.audited()
    again = visitor.post("/second-factor/begin", {}, page="/rulebook")
    assert again.status_code == 409, "one that counts is not replaced by the way"


@one_database
def test_an_unfinished_seed_is_forgotten(people: People) -> None:
    """Who knows the password and saw a seed does not know the one that its owner confirms later."""
    thief = people.visitor()
    thief.log_in("hq")
    thief.post("/second-factor/begin", {}, page="/second-factor")
    seen = shown_seed(thief)
    owner = people.visitor()
    owner.log_in("hq")
    assert 'class="seed"' not in owner.get("/second-factor").text
    owner.post("/second-factor/begin", {}, page="/second-factor")
    assert shown_seed(owner) != seen


@one_database
def test_log_in_with_a_number(people: People, clock: Clock) -> None:
    """B-128: twice: 401; 90 s old: 401."""
    people.enrol("hq")
    visitor = people.visitor()
    assert visitor.log_in("hq").status_code == 303
    assert visitor.get("/keys").headers["Location"] == "/second-factor?next=/keys"
    assert visitor.get("/second-factor?next=/keys").status_code == 200
    used = {"code": people.number("hq"), "next": "/keys"}
    assert visitor.post("/second-factor", used, page="/second-factor").status_code == 401, "it set up the factor"
    clock.forward(seconds=120)
    old = {"code": people.number("hq", -3), "next": "/keys"}
    assert visitor.post("/second-factor", old, page="/second-factor").status_code == 401
    before, right = cookie(visitor), {"code": people.number("hq"), "next": "/keys"}
    assert visitor.post("/second-factor", right, page="/second-factor").headers["Location"] == "/keys"
    assert cookie(visitor) != before and visitor.get("/keys").status_code == 200
    other = people.visitor()
    other.log_in("hq")
    assert other.post("/second-factor", right, page="/second-factor").status_code == 401


@one_database
def test_sixth_wrong_number_waits(people: People, clock: Clock) -> None:
    """B-128: 429 with Retry-After, in another session and for the right number too; not for anybody else."""
    people.enrol("hq")
    visitor = people.visitor()
    visitor.log_in("hq")
    clock.forward(seconds=60)
    for _ in range(5):
        assert visitor.post("/second-factor", {"code": "000000"}, page="/second-factor").status_code == 401
        clock.forward(seconds=10)
    other = people.visitor()
    other.log_in("hq")
    for one in (visitor, other):
        refused = one.post("/second-factor", {"code": people.number("hq")}, page="/second-factor")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "250")
    people.enrol("finance")
    clock.forward(seconds=250)
    assert visitor.post("/second-factor", {"code": people.number("hq")}, page="/second-factor").status_code == 303


@one_database
def test_recovery_codes(people: People, clock: Clock) -> None:
    """Each once; new ones make the old ones worthless; log-out stays possible without."""
    visitor, codes = people.enrol("hq")
    other = people.visitor()
    other.log_in("hq")
    given = {"code": codes[0].upper().replace("-", " "), "next": "/"}
    assert other.post("/second-factor", given, page="/second-factor").status_code == 303
    third = people.visitor()
    third.log_in("hq")
    assert third.post("/second-factor", given, page="/second-factor").status_code == 401
    assert third.post("/logout", {}, page="/second-factor").headers["Location"] == "/login"
    assert "剩余恢复码 9" in visitor.get("/account").text
    fresh = visitor.post("/account/recovery-codes", {}, page="/account")
    assert fresh.status_code == 200 and len(re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", fresh.text)) == 10
    fourth = people.visitor()
    fourth.log_in("hq")
    assert fourth.post("/second-factor", {"code": codes[1]}, page="/second-factor").status_code == 401


def test_one_of_two_at_the_same_moment(people: People, engine: Engine, clock: Clock) -> None:
    """B-128: the same number, and the same recovery code, from two places at once; on both databases."""
    _, codes = people.enrol("hq")
    clock.forward(seconds=60)
    user = people.id("hq")
    for given in (people.number("hq"), codes[0]):

        def use(conn: Connection, given: str = given) -> object:
            with people.app.app_context():
                return answer(conn, user, given, seed_opener(user), clock.at)

        first, second = together(engine, use, use)
        assert first != Answer.WRONG and second == Answer.WRONG


@one_database
def test_a_seed_moved_to_another_user_opens_nothing(people: People, engine: Engine) -> None:
    people.enrol("hq")
    people.enrol("finance")
    with writing(engine) as conn:
        mine = second_factors.c.user_id
        sealed = conn.scalar(select(second_factors.c.sealed_seed).where(mine == people.id("hq")))
        conn.execute(update(second_factors).where(mine == people.id("finance")).values(sealed_seed=sealed))
    visitor = people.visitor()
    visitor.log_in("finance")
    people.clock.forward(seconds=60)
    answered = visitor.post("/second-factor", {"code": people.number("hq")}, page="/second-factor")
    assert answered.status_code == 500 and visitor.get("/ledger").status_code == 302


@one_database
def test_removed_it_is_set_up_again_before_anything_else(people: People) -> None:
    """11.2: no session of who needs one goes on by what he had shown before."""
    people.enrol("hq")
    visitor, other = people.enter("hq"), people.enter("hq")
    assert visitor.post("/account/second-factor/remove", {}, page="/account").status_code == 303
    for one in (visitor, other):
        assert one.get("/keys").headers["Location"] == "/second-factor?next=/keys"
    visitor.post("/second-factor/begin", {}, page="/second-factor")
    people.seeds["hq"] = shown_seed(visitor)
    visitor.post("/second-factor/confirm", {"code": people.number("hq")}, page="/second-factor")
    assert visitor.get("/keys").status_code == 200 and other.get("/keys").status_code == 302


# ---- step-up ----------------------------------------------------------------------------------------------------


@one_database
def test_step_up_keeps_the_form(people: People, clock: Clock) -> None:
    """Within ten minutes nothing is asked; then the form waits behind one question and is sent on with the answer."""
    people.enrol("admin")
    admin = people.enter("admin")
    form = {"login": "newbie", "display_name": "新人", "role": "hq", "station": "", "province": ""}
    clock.forward(minutes=9, seconds=59)
    assert admin.post("/users/add", {**form, "login": "first"}, page="/users").status_code == 201
    clock.forward(seconds=1)
    asked = admin.post("/users/add", form, page="/users")
    assert asked.status_code == 403 and 'action="/users/add"' in asked.text
    waiting = asked.text.split('action="/users/add"')[1]
    kept = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', waiting))
    assert {name: kept[name] for name in form} == form
    wrong = admin.post("/users/add", {**form, "step_up": "000000"}, page="/users")
    assert wrong.status_code == 401 and 'value="newbie"' in wrong.text and "000000" not in wrong.text
    done = admin.post("/users/add", {**form, "step_up": people.number("admin")}, page="/users")
    assert done.status_code == 201
    assert admin.post("/users/add", {**form, "login": "third"}, page="/users").status_code == 201, "ten minutes again"
    again = {**form, "login": "fourth", "step_up": people.number("admin")}
    clock.forward(minutes=10)
    assert admin.post("/users/add", {**again, "step_up": people.number("admin", -20)}, page="/users").status_code == 401
    assert ("step_up", "") in people.audited()


@one_database
def test_step_up_of_programs_and_parts(people: People, clock: Clock) -> None:
    people.enrol("admin")
    admin = people.enter("admin")
    clock.forward(minutes=10)
    token = admin.token("/users")
    json = admin.client.post("/users/1/sessions", headers={"X-CSRF-Token": token, "Accept": "application/json"})
    assert (json.status_code, json.json["code"]) == (403, "step_up_required")  # type: ignore[index]
    at = {"X-CSRF-Token": token, "HX-Request": "true", "HX-Current-URL": "http://localhost/users/1"}
    part = admin.client.post("/users/1/sessions", headers=at)
    assert (part.status_code, part.headers["HX-Redirect"]) == (403, "/step-up?next=/users/1")
    assert admin.get("/step-up?next=/users/1").status_code == 403
    here = {"X-CSRF-Token": token, "Accept": "application/json"}
    given = admin.client.post("/step-up", headers=here, data={"step_up": people.number("admin")})
    assert given.status_code == 204
    assert admin.get("/step-up?next=/users/1").headers["Location"] == "/users/1"
    assert admin.get("/step-up?next=//evil.example").headers["Location"] == "/", "B-114"


WEIGHTY = {
    "approvals.decide", "channels.settings", "couriers.paper_unmasked", "keys.end", "keys.make", "money_forms.ask",
    "my_account.codes", "my_account.remove", "my_account.unlink", "rulebook.decide", "settlement.close",
    "settlement.propose", "single_sign_on.link_mine", "users.add", "users.do", "users.edit", "users.reset",
    "users.sign_on",
}  # fmt: skip


@one_database
def test_what_asks_for_it(app: Flask) -> None:
    """RELIABILITY 11.2: money by hand, looks by the list, keys, users, editions, whence a channel may push."""
    marked = {name for name, view in app.view_functions.items() if getattr(view, "step_up", False)}
    assert {name for name in marked if not name.startswith("api_")} == WEIGHTY


@one_database
def test_more_than_fifty_verdicts(people: People, clock: Clock) -> None:
    people.enrol("hq")
    reviewer = people.enter("hq")
    clock.forward(minutes=10)
    form: Any = {"decision": "dismiss", "reason": "渠道故障", "cases": [str(one) for one in range(1, 51)]}
    assert reviewer.post("/review/decide", form, page="/keys").status_code == 409, "none of them is there"
    many = reviewer.post("/review/decide", form | {"cases": [*form["cases"], "51"]}, page="/keys")
    assert many.status_code == 403 and many.text.count('name="cases"') == 51
    form |= {"cases": [*form["cases"], "51"], "step_up": people.number("hq")}
    assert reviewer.post("/review/decide", form, page="/keys").status_code == 409


class TestWithoutSecondFactor:
    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings()

    @one_database
    def test_the_password_instead(self, people: People, clock: Clock) -> None:
        admin = people.visitor()
        admin.log_in("admin")
        clock.forward(minutes=10)
        asked = admin.post("/users/1/sessions", {}, page="/users")
        assert asked.status_code == 403 and 'type="password"' in asked.text
        wrong = admin.post("/users/1/sessions", {"step_up": "wrong"}, page="/users")
        assert wrong.status_code == 401 and "密码不正确" in wrong.text
        done = admin.post("/users/1/sessions", {"step_up": "纸船 42 marmalade horse"}, page="/users")
        assert done.headers["Location"] == "/users/1"
        clock.forward(minutes=10)
        for _ in range(10):
            assert admin.post("/users/1/sessions", {"step_up": "wrong"}, page="/users").status_code in (401, 403)
        throttled = admin.post("/users/1/sessions", {"step_up": "wrong"}, page="/users")
        assert throttled.status_code == 429 and "Retry-After" in throttled.headers


@one_database
def test_an_optional_one_of_a_station(people: People, app: Flask) -> None:
    people.enrol("yuzhong")
    visitor = Visitor(app.test_client())
    visitor.log_in("yuzhong")
    assert visitor.get("/keys").headers["Location"] == "/second-factor?next=/keys"
    inside = people.enter("yuzhong")
    assert inside.post("/account/second-factor/remove", {}, page="/account").headers["Location"] == "/account"
    plain = people.visitor()
    plain.log_in("yuzhong")
    assert plain.get("/keys").status_code == 200
