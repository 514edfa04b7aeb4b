"""Sessions, log-in, roles and form tokens: RELIABILITY B-89, B-114 to B-131; ROLE-1."""

import re
from collections.abc import Callable

import pytest
from flask import Blueprint, Flask
from sqlalchemy import Connection, Engine, select

from people.access import Action
from people.actions import disable_users, set_passwords
from people.queries import find_account
from storage.session import reading, writing
from storage.tables.people import audit, login_attempts, sessions
from tests.web.conftest import PASSWORD, STORED, Clock, Visitor
from web.auth import current_scope, needs, open_to_all, signed
from web.services import WebSettings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def screens() -> list[Blueprint]:
    pages = Blueprint("probe", __name__)

    @pages.route("/probe/review", methods=["GET", "POST"])
    @needs(Action.REVIEW)
    def review() -> str:
        return "reviewed"

    @pages.get("/probe/scope")
    @needs(None)
    def scope() -> str:
        return ",".join(sorted(current_scope().stations))

    @pages.get("/api/probe")
    @needs(Action.SEE_ORDER)
    def api() -> str:
        return "ok"

    @pages.post("/push/probe")
    @signed
    def push() -> str:
        return "taken"

    @pages.post("/probe/open")
    @open_to_all
    def everybody() -> str:
        return "ok"

    @pages.get("/probe/unmarked")
    def unmarked() -> str:
        return "never"

    return [pages]


def user_id(conn: Connection, login: str) -> int:
    account = find_account(conn, login)
    assert account
    return account.actor.user_id


def test_log_in_and_out(visitor: Visitor, engine: Engine) -> None:
    assert visitor.get("/").headers["Location"] == "/login"
    answer = visitor.log_in(" HQ ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "总部赵敏" in visitor.get("/").text
    kept = visitor.client.get_cookie("lanshou")
    assert kept and kept.http_only and kept.same_site == "Lax" and len(kept.value) == 43
    with reading(engine) as conn:
        assert kept.value not in {row.token_hash for row in conn.execute(select(sessions))}
    assert visitor.post("/logout", {}, page="/").headers["Location"] == "/login"
    visitor.client.set_cookie("lanshou", kept.value)
    assert visitor.get("/").headers["Location"] == "/login", "a logged-out token opens nothing"


def test_wrong_password_and_unknown_user_are_told_alike(visitor: Visitor, engine: Engine, clock: Clock) -> None:
    """B-127"""
    with writing(engine) as conn:
        disable_users(conn, [user_id(conn, "finance")], clock())
    tries = [("hq", "wrong"), ("nobody", "wrong"), ("finance", PASSWORD)]
    answers = [visitor.log_in(login, word) for login, word in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({re.sub("[0-9a-f]{64,}", "", answer.text) for answer in answers}) == 1, "but for the forms' tokens"
    assert "登录名或密码不正确" in answers[0].text


def test_eleventh_attempt_waits(visitor: Visitor, clock: Clock, app: Flask) -> None:
    """B-126: 429 with Retry-After; the owner elsewhere can log in."""
    for _ in range(10):
        assert visitor.log_in("hq", "wrong").status_code == 401
        clock.forward(seconds=10)
    answer = visitor.log_in("hq")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "200")
    assert visitor.log_in("hq", address="10.1.1.77").status_code == 429, "the same network"
    assert visitor.log_in("yuzhong").status_code == 429, "the same address"
    assert Visitor(app.test_client()).log_in("hq", address="10.2.2.2").status_code == 303
    clock.forward(seconds=200)
    assert visitor.log_in("hq").status_code == 303


def test_right_passwords_are_not_counted(visitor: Visitor, engine: Engine, app: Flask) -> None:
    for _ in range(12):
        assert Visitor(app.test_client()).log_in("hq").status_code == 303
    with reading(engine) as conn:
        assert {row.succeeded for row in conn.execute(select(login_attempts))} == {True}


ODD = {"empty": "", "nul": "hq\x00", "long": "x" * 65, "sql": "' or 1=1 --", "bidi": "\u202ehq"}


@pytest.mark.parametrize("login", ODD.values(), ids=ODD)
def test_odd_logins(visitor: Visitor, login: str) -> None:
    assert visitor.log_in(login).status_code == 401


def test_huge_password(visitor: Visitor) -> None:
    """B-129"""
    assert visitor.log_in("hq", "x" * 1_000_000).status_code == 413


def test_cookie_from_before_is_worth_nothing(visitor: Visitor) -> None:
    """B-123"""
    visitor.client.set_cookie("lanshou", "planted")
    visitor.log_in("hq")
    kept = visitor.client.get_cookie("lanshou")
    assert kept and kept.value != "planted"


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/probe/scope?a=1", "/probe/scope?a=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("probe", "/"),
        ("", "/"),
    ],
)
def test_next_stays_here(visitor: Visitor, wanted: str, given: str) -> None:
    """B-114"""
    assert visitor.log_in("hq", target=wanted).headers["Location"] == given


def test_next_is_remembered(visitor: Visitor) -> None:
    """B-115: pages lead to the log-in, machines are told."""
    answer = visitor.get("/probe/review?week=2026-W18")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/login?next=/probe/review?week%3D2026-W18",
    )
    assert visitor.get("/api/probe").status_code == 401
    assert visitor.get("/api/probe").json["code"] == "login_required"  # type: ignore[index]
    htmx = visitor.get("/probe/review", headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (401, "/login")


@pytest.mark.parametrize("name", ["Origin", "Referer", "HX-Current-URL"])
def test_headers_that_are_no_address(visitor: Visitor, name: str) -> None:
    """Refused or not looked at; never an error of ours."""
    said = {name: "http://[", "HX-Request": "true"}
    assert visitor.client.post("/logout", headers=said).status_code == 401
    visitor.log_in("hq")
    assert visitor.client.post("/logout", headers=said, data={"csrf_token": "x"}).status_code == 403


OPEN = {
    "account.login_page", "account.log_in", "language.switch_before_log_in", "single_sign_on.start",
    "single_sign_on.back", "health.healthz", "health.readyz", "static",
    "probe.everybody", "probe.push", "probe.unmarked",
}  # fmt: skip


def test_every_address_asks_for_log_in(app: Flask) -> None:
    """B-115, over the route map."""
    client, urls = app.test_client(), app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        for method in (rule.methods or set()) & {"GET", "POST"}:
            path = urls.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method)
            assert client.open(path, method=method).status_code in (302, 401), path


def test_unmarked_view_is_never_served(visitor: Visitor) -> None:
    visitor.log_in("hq")
    assert visitor.get("/probe/unmarked").status_code == 500


@pytest.mark.parametrize(("login", "status"), [("hq", 200), ("yuzhong", 403), ("chongqing", 403)])
def test_role(visitor: Visitor, engine: Engine, login: str, status: int) -> None:
    """ROLE-1, B-116: refused, and audited."""
    visitor.log_in(login)
    assert visitor.get("/probe/review").status_code == status
    with reading(engine) as conn:
        rows = [tuple(row) for row in conn.execute(select(audit.c.what, audit.c.subject, audit.c.reason))]
    assert (("forbidden", "GET /probe/review", "review") in rows) == (status == 403)


def test_scope_without_network(visitor: Visitor) -> None:
    """ROLE-1"""
    visitor.log_in("yuzhong")
    assert visitor.get("/probe/scope").text == "S1"


@pytest.mark.parametrize(
    ("login", "minutes", "lives"),
    [("yuzhong", 239, True), ("yuzhong", 240, False), ("hq", 29, True), ("hq", 30, False)],
)
def test_idle(visitor: Visitor, clock: Clock, login: str, minutes: int, lives: bool) -> None:
    visitor.log_in(login)
    clock.forward(minutes=minutes)
    assert (visitor.get("/probe/scope").status_code == 200) is lives


def test_use_prolongs_and_background_does_not(visitor: Visitor, clock: Clock) -> None:
    visitor.log_in("hq")
    clock.forward(minutes=20)
    visitor.get("/probe/scope")
    clock.forward(minutes=20)
    assert visitor.get("/probe/scope", headers={"X-Background": "1"}).status_code == 200
    clock.forward(minutes=10)
    assert visitor.get("/probe/scope").status_code == 302


def test_twelve_hours_at_most(visitor: Visitor, clock: Clock) -> None:
    visitor.log_in("yuzhong")
    for _ in range(4):
        assert visitor.get("/probe/scope").status_code == 200
        clock.forward(hours=3)
    assert visitor.get("/probe/scope").status_code == 302


END: list[Callable[..., None]] = [
    lambda conn, user, at: disable_users(conn, [user], at),
    lambda conn, user, at: set_passwords(conn, {user: STORED}, at),
]


@pytest.mark.parametrize("end", END, ids=["disabled", "new password"])
def test_sessions_are_ended(visitor: Visitor, engine: Engine, clock: Clock, end: Callable[..., None]) -> None:
    """B-130"""
    visitor.log_in("hq")
    with writing(engine) as conn:
        end(conn, user_id(conn, "hq"), clock())
    assert visitor.get("/probe/scope").status_code == 302


class TestBehindTls:
    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings(secure_cookies=True)

    def test_host_cookies(self, app: Flask) -> None:
        client = app.test_client()
        cookie = client.get("/login", base_url="https://localhost").headers["Set-Cookie"]
        assert cookie.startswith("__Host-lanshou-visitor=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
