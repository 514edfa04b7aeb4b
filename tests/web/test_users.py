"""人员: what an admin does with accounts (ROLE-1; B-116, B-122, B-129, B-130)."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from people.accounts.actions import Changed, edit_user, shut_out
from people.actions import NewUser, add_users
from storage.session import reading, writing
from storage.tables.people import users
from tests.rules.together import together
from tests.web.conftest import STORED, Clock, Visitor
from tests.web.identity import People, app, one_database, people, screens
from web.services import WebSettings

__all__ = ["app", "people", "screens"]
PERSON = {"login": "Hz-02", "display_name": "拱墅周静", "role": "station", "station": "HZ02", "province": ""}


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings()


@pytest.fixture
def admin(people: People) -> Visitor:
    visitor = people.visitor()
    visitor.log_in("admin")
    return visitor


def post(admin: Visitor, path: str, **form: str) -> Any:
    return admin.post(path, form, page="/users")


def row(engine: Engine, login: str) -> Any:
    with reading(engine) as conn:
        return conn.execute(select(users).where(users.c.login == login)).one()


@one_database
def test_add_and_log_in(people: People, admin: Visitor, engine: Engine) -> None:
    """A password to be used once, shown once; a station's province is the station's."""
    made = post(admin, "/users/add", **PERSON)
    shown = re.search(r'id="shown-once">([a-z2-9-]{19})<', made.text)
    assert made.status_code == 201 and shown
    added = row(engine, "hz-02")
    assert (added.role, added.station, added.province, added.display_name) == ("station", "HZ02", "浙江省", "拱墅周静")
    assert shown[1] not in admin.get(f"/users/{added.id}").text and shown[1] not in added.password_hash
    new = people.visitor()
    assert new.log_in("hz-02", shown[1]).status_code == 303
    assert new.get("/keys").headers["Location"] == "/password?next=/keys"
    assert ("user", f"added {added.id} station") in people.audited()


REFUSED = {
    "login_taken": ({"login": " HQ "}, 409),
    "login_invalid": ({"login": " "}, 422),
    "name_invalid": ({"display_name": ""}, 422),
    "role_unknown": ({"role": "emperor"}, 422),
    "station_required": ({"station": ""}, 422),
    "station_unknown": ({"station": "ZZ99"}, 422),
    "province_required": ({"role": "province", "station": ""}, 422),
    "province_unknown": ({"role": "province", "station": "", "province": "火星省"}, 422),
}


@one_database
def test_refused(people: People, admin: Visitor) -> None:
    token = admin.token("/users")
    for code, (wrong, status) in REFUSED.items():
        form = {**PERSON, **wrong, "csrf_token": token}
        answer = admin.client.post("/users/add", data=form, headers={"Accept": "application/json"})
        assert answer.status_code == status and answer.json is not None
        assert code in {answer.json["code"], *(error["code"] for error in answer.json["errors"])}, code
    page = post(admin, "/users/add", **{**PERSON, "station": "ZZ99"})
    assert page.status_code == 422 and "没有网点 ZZ99" in page.text and 'value="拱墅周静"' in page.text
    unknown = post(admin, "/users/add", **PERSON, disabled="0")
    assert unknown.status_code == 422 and "field_unknown" in unknown.text, "B-122"
    with reading(people.engine) as conn:
        assert conn.scalar(select(func.count()).select_from(users)) == 5


@one_database
def test_edit_ends_sessions_when_the_role_changes(people: People, admin: Visitor, engine: Engine) -> None:
    visitor = people.visitor()
    visitor.log_in("yuzhong")
    path = f"/users/{people.id('yuzhong')}/edit"
    same = {"display_name": "渝中王芳二", "role": "station", "station": "HZ01", "province": ""}
    assert post(admin, path, **same).status_code == 303 and visitor.get("/keys").status_code == 302, "another station"
    visitor.log_in("yuzhong")
    assert post(admin, path, **{**same, "display_name": "王芳"}).status_code == 303
    assert visitor.get("/keys").status_code == 200, "a name is no right"
    assert post(admin, path, **{**same, "role": "hq", "station": ""}).status_code == 303
    assert visitor.get("/keys").status_code == 302
    assert (row(engine, "yuzhong").role, row(engine, "yuzhong").station) == ("hq", None)
    assert post(admin, "/users/999/edit", **same).status_code == 404


@one_database
def test_acts(people: People, admin: Visitor, clock: Clock) -> None:
    """B-130: what an admin ends is ended at the next request."""
    visitor, user = people.visitor(), people.id("yuzhong")
    visitor.log_in("yuzhong")
    assert post(admin, f"/users/{user}/sessions").status_code == 303
    assert visitor.get("/keys").status_code == 302
    visitor.log_in("yuzhong")
    assert post(admin, f"/users/{user}/disable").status_code == 303
    assert visitor.get("/keys").status_code == 302 and visitor.log_in("yuzhong").status_code == 401
    assert post(admin, f"/users/{user}/enable").status_code == 303
    assert visitor.log_in("yuzhong").status_code == 303
    reset = post(admin, f"/users/{user}/password")
    shown = re.search(r'id="shown-once">([a-z2-9-]{19})<', reset.text)
    assert shown and visitor.get("/keys").status_code == 302
    assert visitor.log_in("yuzhong").status_code == 401 and visitor.log_in("yuzhong", shown[1]).status_code == 303
    people.enrol("hq")
    assert post(admin, f"/users/{people.id('hq')}/second-factor").status_code == 303
    inside = people.visitor()
    inside.log_in("hq")
    assert inside.get("/review").status_code == 200, "none is asked that is not there"
    assert post(admin, f"/users/{user}/delete").status_code == 404
    assert post(admin, "/users/999/disable").status_code == 404
    done = [subject for what, subject in people.audited() if what == "user"]
    assert [one.split()[0] for one in done] == ["sessions", "disable", "enable", "password", "second-factor"]


@one_database
def test_the_last_admin_stays(people: People, admin: Visitor, clock: Clock) -> None:
    mine = people.id("admin")
    assert post(admin, f"/users/{mine}/disable").status_code == 409
    demoted = {"display_name": "x", "role": "hq", "station": "", "province": ""}
    assert post(admin, f"/users/{mine}/edit", **demoted).status_code == 409
    assert post(admin, "/users/add", **{**demoted, "login": "admin2", "role": "admin"}).status_code == 201
    clock.forward(days=3)  # the other has not used his password in time, and cannot log in
    admin.log_in("admin")
    assert post(admin, f"/users/{mine}/disable").status_code == 409
    assert post(admin, f"/users/{mine}/edit", **demoted).status_code == 409
    assert post(admin, f"/users/{people.id('admin2')}/password").status_code == 200
    assert post(admin, f"/users/{mine}/edit", **demoted).status_code == 303
    assert admin.get("/users").status_code == 302


def test_two_admins_cannot_put_each_other_out(people: People, engine: Engine, clock: Clock) -> None:
    """At the same moment, on both databases: one stays."""
    people.change("hq", role="admin")
    one, two = people.id("admin"), people.id("hq")
    first, second = together(
        engine, lambda conn: shut_out(conn, one, clock.at), lambda conn: shut_out(conn, two, clock.at)
    )
    assert first is None and second is not None and second.code == "last_admin"
    third = together(
        engine,
        lambda conn: edit_user(conn, two, Changed("x", "hq", None, None), clock.at),
        lambda conn: edit_user(conn, two, Changed("y", "admin", None, None), clock.at),
    )
    assert third[0] is not None and third[1] is None


@one_database
def test_list(people: People, admin: Visitor) -> None:
    """Search, filters, no wildcards, pages that keep the filters."""

    def logins(query: str) -> list[str]:
        return re.findall(r'<td><a href="/users/\d+">([^<]+)</a>', admin.get(f"/users?{query}").text)

    assert logins("") == ["admin", "chongqing", "finance", "hq", "yuzhong"]
    assert logins("q=HQ") == ["hq"] and logins("q=王芳") == ["yuzhong"] and logins("q=%25") == logins("q=_") == []
    assert logins("role=province") == ["chongqing"] and logins("station=S1") == ["yuzhong"]
    assert logins("province=重庆") == ["chongqing", "yuzhong"]
    post(admin, f"/users/{people.id('hq')}/disable")
    assert logins("state=disabled") == ["hq"] and "hq" not in logins("state=active")
    assert admin.get("/users?role=emperor").status_code == 422
    with writing(people.engine) as conn:
        add_users(conn, [NewUser(f"u{number:02d}", "x", "hq", STORED) for number in range(50)], people.clock.at)
    first = admin.get("/users?role=hq")
    following = re.search(r'id="next-page" href="([^"]+)"', first.text)
    assert following and logins("role=hq")[-1] == "u48"
    assert logins(following[1].partition("?")[2].replace("&amp;", "&")) == ["u49"]


@one_database
def test_nobody_else(people: People) -> None:
    """B-116"""
    for login in ("hq", "finance", "chongqing", "yuzhong"):
        visitor = people.visitor()
        visitor.log_in(login)
        for path in ("/users", "/users/new", f"/users/{people.id('hq')}"):
            assert visitor.get(path).status_code == 403
        assert visitor.post("/users/add", PERSON, page="/account").status_code == 403
        assert visitor.post(f"/users/{people.id('hq')}/disable", {}, page="/account").status_code == 403
