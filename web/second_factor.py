"""The second factor at the log-in: given, or set up first where the role needs one. Nothing else is served before."""

import math
from datetime import timedelta
from typing import Any

import segno
from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from basics.text import TextError, clean
from people.accounts.queries import login_of
from people.actions import AuditEntry, record
from people.factors.actions import Answer, answer, begin, confirm, new_seed
from people.factors.queries import factor_of
from people.one_time import address_for_app, in_groups
from people.queries import Sitting
from people.seats.actions import second_factor_given
from people.sittings import ASKED
from web.auth import cookie_name, detained, local_path, needs, set_cookie, sitting
from web.errors import TEXTS, Problem
from web.security import note
from web.seeds import sealed_seed, seed_opener
from web.services import now
from web.transactions import seeing, transact

pages = Blueprint("second_factor", __name__)
LONGEST_ANSWER = 64


@pages.get("/second-factor")
@needs(None)
def page() -> AnyResponse | str:
    """Asks for the number, or leads through the set-up; who owes nothing goes on."""
    found, target = seated(), local_path(request.args.get("next"))
    if found.second_factor == ASKED or detained(found) == "second_factor.page":
        return _page(found, target)
    with seeing() as conn:
        known = factor_of(conn, found.actor.user_id)
    return redirect(target, 302) if known is not None and known.confirmed_at else _page(found, target)


@pages.post("/second-factor")
@needs(None)
def give() -> AnyResponse:
    """A number or a recovery code. The session goes on under a new token (B-123)."""
    found, target, given = seated(), local_path(request.form.get("next")), said("code")
    user_id = found.actor.user_id

    def work(conn: Connection) -> tuple[Answer | timedelta, str]:
        worth = answer(conn, user_id, given, seed_opener(user_id), now())
        if worth not in (Answer.NUMBER, Answer.RECOVERY_CODE):
            return worth, ""
        record(conn, [AuditEntry(user_id, "second_factor", str(worth), request.remote_addr or "")], now())
        return worth, second_factor_given(conn, found.session_id, now())

    worth, token = transact(work)
    if not token:
        return _refused(found, target, worth if isinstance(worth, timedelta) else None)
    return _on_with(token, redirect(target, 303))


@pages.post("/second-factor/begin")
@needs(None)
def start() -> AnyResponse:
    """A new seed, shown by the page that follows."""
    found, target = seated(), local_path(request.form.get("next"))
    user_id = found.actor.user_id
    refused = transact(lambda conn: begin(conn, user_id, sealed_seed(user_id, new_seed())))
    if refused is not None:
        raise Problem(refused.code, refused.message, status=409)
    return redirect(url_for("second_factor.page", next=target), 303)


@pages.post("/second-factor/confirm")
@needs(None)
def finish() -> AnyResponse:
    """The first right number; then the recovery codes, this once."""
    found, target, given = seated(), local_path(request.form.get("next")), said("code")
    user_id = found.actor.user_id

    def work(conn: Connection) -> tuple[list[str] | timedelta | None, str]:
        codes = confirm(conn, user_id, given, seed_opener(user_id), now())
        if not isinstance(codes, list):
            return codes, ""
        record(conn, [AuditEntry(user_id, "second_factor_set_up", "", request.remote_addr or "")], now())
        return codes, second_factor_given(conn, found.session_id, now())

    codes, token = transact(work)
    if not isinstance(codes, list):
        return _refused(found, target, codes)
    g.new_token = token  # the forms of the page that follows belong to it
    return _on_with(token, make_response(codes_page(codes, target)))


def codes_page(codes: list[str], target: str) -> str:
    """Ten codes, shown this once."""
    return render_template("account_codes.html", codes=codes, target=target)


def seated() -> Sitting:
    """The session of a person, whatever he still owes. Problem `login_required` without one; a key has none."""
    found = sitting()
    if found is None or not found.session_id:
        raise Problem("login_required")
    return found


def said(field: str) -> str:
    """What was typed; nothing that cannot be right is looked at."""
    try:
        return clean(request.form.get(field, ""), LONGEST_ANSWER)
    except TextError:
        return ""


def _page(found: Sitting, target: str, code: str = "") -> str:
    user_id = found.actor.user_id
    with seeing() as conn:
        known, login = factor_of(conn, user_id), login_of(conn, user_id)
    values: dict[str, Any] = {"target": target, "problem": code and "{1} / {2}".format(*TEXTS[code])}
    if known is None or known.confirmed_at is not None:
        return render_template("second_factor.html", asks=known is not None, seed="", owed=_owes(found), **values)
    seed = seed_opener(user_id)(known.sealed_seed)
    picture = segno.make(address_for_app(seed, login), error="m").svg_data_uri(scale=5, border=2)
    return render_template(
        "second_factor.html", asks=False, seed=in_groups(seed), picture=picture, owed=_owes(found), **values
    )


def _owes(found: Sitting) -> bool:
    return detained(found) == "second_factor.page"


def _refused(found: Sitting, target: str, wait: timedelta | None) -> Response:
    """401 for a wrong answer, 429 for one too many (B-128)."""
    code = "second_factor_failed" if wait is None else "too_many_requests"
    note("second factor refused", code)
    response = make_response(_page(found, target, code), TEXTS[code][0])
    if wait is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
    return response


def _on_with(token: str, response: AnyResponse) -> AnyResponse:
    assert isinstance(response, Response)
    set_cookie(response, cookie_name(), token)
    return response
