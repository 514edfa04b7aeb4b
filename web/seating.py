"""Where a log-in ends: a new session, and the first page that it may see."""

from flask import Response, make_response, redirect, request
from sqlalchemy import Connection

from people.accounts.queries import is_unchanged
from people.actions import AuditEntry, end_session, record, start_session
from people.factors.actions import drop_begun
from people.factors.queries import has_factor
from people.queries import Account
from people.sittings import ASKED, GIVEN, NOT_NEEDED
from web.auth import cookie_name, needs_second_factor, set_cookie
from web.services import now


def seat(conn: Connection, account: Account, how: str, *, second_factor: bool = False, proved: bool = True) -> str:
    """A new token, whatever cookie came in: one set before the log-in opens nothing (B-123). `second_factor`: whether
    one was given already, as the provider of single sign-on says; `proved`: whether a moment ago (step-up).
    Empty: the account was disabled or given another password while this one was looked at."""
    if not is_unchanged(conn, account):
        return ""
    user_id, address = account.actor.user_id, request.remote_addr or ""
    drop_begun(conn, user_id)
    asked = has_factor(conn, user_id) or needs_second_factor(account.actor.role)
    state = GIVEN if second_factor else ASKED if asked else NOT_NEEDED
    old = request.cookies.get(cookie_name())
    if old:
        end_session(conn, old, now())
    token = start_session(conn, user_id, address, now(), str(request.user_agent), state, proved)
    record(conn, [AuditEntry(user_id, how, "", address)], now())
    return token


def to_first_page(token: str, target: str) -> Response:
    """On with the new session; the guard knows what it must see first."""
    response = make_response(redirect(target, 303))
    set_cookie(response, cookie_name(), token)
    return response
