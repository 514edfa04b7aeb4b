"""Log in, log out, and the front door."""

import math
from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from basics.text import TextError, clean
from people.actions import end_session, mark_success, record_attempt, rehash_password
from people.passwords import is_stale, needs_rehash
from people.queries import Account, find_account
from web.auth import cookie_name, current_actor, local_path, needs, open_to_all, sitting
from web.errors import TEXTS
from web.hashing import fits, hashed
from web.nav import entries_for
from web.seating import seat, to_first_page
from web.security import note
from web.services import now, services
from web.transactions import changing, seeing

pages = Blueprint("account", __name__)


@pages.get("/")
@needs(None)
def home() -> AnyResponse | str:
    """The first screen of the role; a word of welcome where it has none yet."""
    entries = entries_for(current_actor())
    return redirect(entries[0].url, 302) if entries else render_template("home.html")


@pages.get("/login")
@open_to_all
def login_page() -> AnyResponse | str:
    target = local_path(request.args.get("next"))
    return redirect(target, 302) if sitting() else _form(target)


@pages.post("/login")
@open_to_all
def log_in() -> AnyResponse:
    """Unknown user, disabled user and wrong password: one answer, at one pace (RELIABILITY B-127)."""
    target, password = local_path(request.form.get("next")), request.form.get("password", "")
    address = request.remote_addr or ""
    try:
        login = clean(request.form.get("login", ""), 64)
    except TextError:
        login = ""
    with changing() as conn:
        attempt = record_attempt(conn, login, address, now())
    if isinstance(attempt, timedelta):
        return _refused("too_many_requests", target, attempt)
    account = _account_behind(login, password)
    if account is None:
        note("log-in refused", "login_failed")
        return _refused("login_failed", target)
    return _seat(account, password, attempt, target)


@pages.post("/logout")
@needs(None)
def log_out() -> AnyResponse:
    token = request.cookies[cookie_name()]
    with changing() as conn:
        end_session(conn, token, now())
    response = redirect(url_for("account.login_page"), 303)
    response.delete_cookie(cookie_name(), path="/")
    return response


def _account_behind(login: str, password: str) -> Account | None:
    with seeing() as conn:
        account = find_account(conn, login)
    usable = account and not account.disabled and not is_stale(account.password_hash, now())
    stored = account.password_hash if account and usable else None
    return account if fits(stored, password) else None


def _seat(account: Account, password: str, attempt: int, target: str) -> AnyResponse:
    fresh_hash = hashed(password) if needs_rehash(account.password_hash) else None
    with changing() as conn:
        token = seat(conn, account, "login")
        if token:
            mark_success(conn, attempt)
        if token and fresh_hash:
            rehash_password(conn, account.actor.user_id, fresh_hash)
    return to_first_page(token, target) if token else _refused("login_failed", target)


def _form(target: str, code: str = "") -> str:
    _, chinese, english = TEXTS.get(code, (0, "", ""))
    sign_on = services().settings.single_sign_on is not None
    return render_template("login.html", target=target, chinese=chinese, english=english, sign_on=sign_on)


def _refused(code: str, target: str, wait: timedelta | None = None) -> Response:
    response = make_response(_form(target, code), TEXTS[code][0])
    if wait is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
    return response
