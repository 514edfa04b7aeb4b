"""One's own password: changed by whoever knows the old one; one that an admin gave out is changed before all else."""

from dataclasses import replace
from datetime import timedelta
from math import ceil

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from people.access import Actor
from people.accounts.queries import account_of, is_unchanged, login_of
from people.actions import AuditEntry, record, rehash_password
from people.passwords import refuse_password
from people.seats.actions import end_others
from web.auth import local_path, needs
from web.errors import TEXTS, Problem
from web.hashing import fits_again, hashed
from web.known_fields import only
from web.notes import say
from web.second_factor import seated
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("password", __name__)
SAME = Refusal("password_same", "新密码不能与原密码相同 / The new one must be another", "new_password")
DIFFERENT = Refusal("password_mismatch", "两次输入的新密码不一致 / The two do not agree", "again")


@pages.get("/password")
@needs(None)
def page() -> str:
    return _page("", local_path(request.args.get("next")))


@pages.post("/password")
@needs(None)
def change() -> Response:
    """The old one, and the new one twice. All other sessions end."""
    only("next", "old_password", "new_password", "again")
    found, target = seated(), local_path(request.form.get("next"))
    old, new = request.form.get("old_password", ""), request.form.get("new_password", "")
    user_id = found.actor.user_id
    with seeing(beyond=True) as conn:
        account, login = account_of(conn, user_id), login_of(conn, user_id)
    refused = _refusal(old, new, request.form.get("again", ""), [login, *words_of(found.actor)])
    if refused is not None:
        return make_response(_page(refused.message, target), 422)
    right = fits_again(login, account.password_hash, old)
    if isinstance(right, timedelta):
        raise Problem("too_many_requests", retry_after=max(1, ceil(right.total_seconds())))
    if not right:
        return make_response(_page("{1} / {2}".format(*TEXTS["password_failed"]), target), 401)
    fresh = hashed(new)

    def work(conn: Connection) -> int:
        if not is_unchanged(conn, account):  # an admin gave another one meanwhile
            raise Problem("conflict")
        rehash_password(conn, user_id, fresh)
        record(conn, [AuditEntry(user_id, "password_changed", "", request.remote_addr or "")], now())
        return end_others(conn, user_id, found.session_id, now())

    ended = transact(work)
    g.sitting = replace(found, must_change=False)
    say(f"密码已修改,其他 {ended} 个登录已退出 / password changed; {ended} other sessions ended")
    return redirect(url_for("my_account.page") if target == "/" and not found.must_change else target, 303)


def words_of(actor: Actor) -> list[str]:
    """What nobody takes as his password: his name, and his station's."""
    words = [actor.name]
    if actor.station:
        with seeing() as conn:
            station = services().networks.get(conn).stations.get(actor.station)
        words += [actor.station, station.name if station else ""]
    return [word for word in words if word]


def _refusal(old: str, new: str, again: str, own_words: list[str]) -> Refusal | None:
    if new != again:
        return DIFFERENT
    return SAME if new == old else refuse_password(new, own_words)


def _page(problem: str, target: str) -> str:
    return render_template("account_password.html", problem=problem, target=target, first=seated().must_change)
