"""Before money, keys and users: is it still he who sits there? The second factor, or the password of who has none,
within the last ten minutes (RELIABILITY 11.2). What was being done is not lost: the page that asks carries its form
on."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from flask import Blueprint, Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from people.accounts.queries import account_of, login_of
from people.actions import AuditEntry, record
from people.factors.actions import Answer, answer
from people.factors.queries import has_factor
from people.queries import Sitting
from people.seats.actions import step_up
from people.sittings import is_stepped_up
from web.auth import CSRF_FIELD, SAFE_METHODS, came_from, local_path, needs
from web.errors import Problem, wants_json
from web.hashing import fits_again
from web.second_factor import said, seated
from web.security import note
from web.seeds import seed_opener
from web.services import now
from web.transactions import noting, seeing

pages = Blueprint("step_up", __name__)
FIELD = "step_up"
VERDICTS_AT_EASE = 50  # decided at once without proving who one is


@dataclass(frozen=True, slots=True)
class Asking:
    """What the page that asks needs. `fields`: the form that waits; empty `action`: nothing waits but an address."""

    by_number: bool
    action: str
    fields: list[tuple[str, str]]
    back: str
    has_files: bool


def demand() -> None:
    """Goes on for who proved it lately, or proves it with this very form. Else problem `step_up_required`."""
    if "api_key_id" in g:  # a program proves nothing
        raise Problem("step_up_required")
    found = seated()
    if is_stepped_up(found.stepped_up_at, now()):
        return
    if wants_json():
        problem = Problem("step_up_required")
        if request.headers.get("HX-Request") == "true":
            problem.headers["HX-Redirect"] = url_for("step_up.page", next=came_from())
        raise problem
    g.step_up = asking(found)
    if request.method in SAFE_METHODS or FIELD not in request.form:
        raise Problem("step_up_required")
    prove(found)
    del g.step_up


def asking(found: Sitting) -> Asking:
    """Of the request in hand."""
    with seeing() as conn:
        by_number = has_factor(conn, found.actor.user_id)
    posted = request.method not in SAFE_METHODS and request.endpoint != "step_up.give"
    fields = [(name, value) for name, values in request.form.lists() for value in values] if posted else []
    fields = [one for one in fields if one[0] not in (CSRF_FIELD, FIELD)]
    action = request.full_path.rstrip("?") if posted else ""
    here = request.full_path.rstrip("?") if request.method == "GET" else came_from()
    return Asking(by_number, action, fields, local_path(here), bool(request.files))


def prove(found: Sitting) -> None:
    """Problem `second_factor_failed`, `password_failed` or `too_many_requests`."""
    user_id = found.actor.user_id
    with seeing() as conn:
        by_number = has_factor(conn, user_id)
    worth = _by_number(user_id) if by_number else _by_password(user_id)
    if isinstance(worth, timedelta):
        raise Problem("too_many_requests", retry_after=max(1, ceil(worth.total_seconds())))
    if not worth:
        code = "second_factor_failed" if by_number else "password_failed"
        note("step-up refused", code)
        raise Problem(code)
    with noting() as conn:
        step_up(conn, found.session_id, now())
        record(conn, [AuditEntry(user_id, "step_up", "", request.remote_addr or "")], now())
    g.sitting = replace(found, stepped_up_at=now())


def _by_number(user_id: int) -> bool | timedelta:
    with noting() as conn:
        worth = answer(conn, user_id, said(FIELD), seed_opener(user_id), now())
    return worth if isinstance(worth, timedelta) else worth != Answer.WRONG


def _by_password(user_id: int) -> bool | timedelta:
    with seeing(beyond=True) as conn:
        account, login = account_of(conn, user_id), login_of(conn, user_id)
    return fits_again(login, account.password_hash, request.form.get(FIELD, ""))


@pages.get("/step-up")
@needs(None)
def page() -> Response:
    """Asks, and goes on to `next`."""
    found, target = seated(), local_path(request.args.get("next"))
    if is_stepped_up(found.stepped_up_at, now()):
        return redirect(target, 302)
    g.step_up = replace(asking(found), back=target)
    raise Problem("step_up_required")


@pages.post("/step-up")
@needs(None)
def give() -> Response:
    """Proves it, and goes on to `next`; a program gets 204."""
    found, target = seated(), local_path(request.form.get("next"))
    if not wants_json():
        g.step_up = replace(asking(found), back=target)
    prove(found)
    g.pop("step_up", None)
    return Response(status=204) if wants_json() else redirect(target, 303)


def install(app: Flask) -> None:
    """After the guard of auth.py: views with the mark."""

    @app.before_request
    def _ask() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if view is not None and getattr(view, "step_up", False):
            demand()
