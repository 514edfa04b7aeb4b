"""Log in, log out, and the front door."""

import math
from datetime import timedelta
from threading import BoundedSemaphore

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from basics.text import TextError, clean
from people.actions import (
    AuditEntry,
    end_session,
    mark_success,
    record,
    record_attempt,
    rehash_password,
    start_session,
)
from people.passwords import hash_password, needs_rehash, verify_password
from people.queries import Account, find_account
from web.auth import cookie_name, current_actor, local_path, needs, open_to_all, set_cookie, sitting
from web.errors import RETRY_AFTER, TEXTS, Problem
from web.nav import entries_for
from web.security import note
from web.services import now
from web.transactions import changing, seeing

pages = Blueprint("account", __name__)

_HASHING = BoundedSemaphore(4)  # each takes 64 MiB
_PATIENCE = 5.0  # seconds to wait for one of them


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
    stored = account.password_hash if account and not account.disabled else None
    if not _HASHING.acquire(timeout=_PATIENCE):
        raise Problem("busy", retry_after=RETRY_AFTER)
    try:
        return account if verify_password(stored, password) else None
    finally:
        _HASHING.release()


def _seat(account: Account, password: str, attempt: int, target: str) -> AnyResponse:
    """A new token, whatever cookie came in: one set before the log-in opens nothing (RELIABILITY B-123)."""
    user_id, address = account.actor.user_id, request.remote_addr or ""
    fresh_hash = hash_password(password) if needs_rehash(account.password_hash) else None
    old = request.cookies.get(cookie_name())
    with changing() as conn:
        mark_success(conn, attempt)
        if fresh_hash:
            rehash_password(conn, user_id, fresh_hash)
        if old:
            end_session(conn, old, now())
        token = start_session(conn, user_id, address, now())
        record(conn, [AuditEntry(user_id, "login", "", address)], now())
    response = make_response(redirect(target, 303))
    set_cookie(response, cookie_name(), token)
    return response


def _form(target: str, code: str = "") -> str:
    _, chinese, english = TEXTS.get(code, (0, "", ""))
    return render_template("login.html", target=target, chinese=chinese, english=english)


def _refused(code: str, target: str, wait: timedelta | None = None) -> Response:
    response = make_response(_form(target, code), TEXTS[code][0])
    if wait is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
    return response
