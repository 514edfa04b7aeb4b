"""我的账号: one's second factor, password, sessions and links, for everybody."""

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from people.accounts.actions import link
from people.accounts.queries import one as account_row
from people.actions import AuditEntry, record
from people.factors.actions import forget, new_codes
from people.factors.queries import factor_of
from people.seats.actions import end_others, end_seat, owe_second_factor
from people.seats.queries import seats_of
from web.auth import current_actor, needs, needs_second_factor
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID
from web.errors import Problem
from web.known_fields import only
from web.notes import say
from web.second_factor import codes_page, seated
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("my_account", __name__)


@pages.get("/account")
@needs(None)
def page() -> str:
    """What of one's own account one may see and change."""
    found, actor = seated(), current_actor()
    with seeing(beyond=True) as conn:  # one's own row alone, with its password's hash
        factor, seats = factor_of(conn, actor.user_id), seats_of(conn, actor.user_id, now())
        row = account_row(conn, actor.user_id)
    return shown(
        "account.html", row=row, factor=factor if factor and factor.confirmed_at else None, seats=seats,
        here=found.session_id, owed=needs_second_factor(actor.role), sign_on=services().settings.single_sign_on,
    )  # fmt: skip


@pages.post(f"/account/sessions/<int(max={BIGGEST_ID}):session_id>/end")
@needs(None)
def end(session_id: int) -> Response:
    """One of one's own; another's does not exist."""
    only()
    user_id = current_actor().user_id
    if not transact(lambda conn: end_seat(conn, user_id, session_id, now())):
        raise Problem("not_found")
    say("该登录已退出 / that session ended")
    return redirect(url_for("my_account.page"), 303)


@pages.post("/account/sessions/end-others")
@needs(None)
def end_all_others() -> Response:
    """All but this one."""
    only()
    found = seated()
    ended = transact(lambda conn: end_others(conn, found.actor.user_id, found.session_id, now()))
    say(f"其他 {ended} 个登录已退出 / {ended} other sessions ended")
    return redirect(url_for("my_account.page"), 303)


@pages.post("/account/recovery-codes")
@needs(None, step_up=True)
def codes() -> str:
    """Ten new ones; the old ones are worth nothing."""
    only()
    user_id = current_actor().user_id

    def work(conn: Connection) -> list[str]:
        factor = factor_of(conn, user_id)
        if factor is None or not factor.confirmed_at:
            raise Problem("conflict", "尚未设置第二验证 / No second factor is set up", status=409)
        _audit(conn, "recovery_codes")
        return new_codes(conn, user_id)

    return codes_page(transact(work), url_for("my_account.page"))


@pages.post("/account/second-factor/remove")
@needs(None, step_up=True)
def remove() -> Response:
    """To change the telephone. Whose role needs one sets up the next at once."""
    only()
    user_id, owed = current_actor().user_id, needs_second_factor(current_actor().role)

    def work(conn: Connection) -> None:
        forget(conn, [user_id])
        if owed:
            owe_second_factor(conn, user_id)
        _audit(conn, "second_factor_removed")

    transact(work)
    if owed:
        return redirect(url_for("second_factor.page", next=url_for("my_account.page")), 303)
    say("第二验证已移除 / second factor removed", "warning")
    return redirect(url_for("my_account.page"), 303)


@pages.post("/account/sign-on/unlink")
@needs(None, step_up=True)
def unlink() -> Response:
    """From now on the password alone opens this account."""
    only()
    user_id = current_actor().user_id

    def work(conn: Connection) -> None:
        link(conn, user_id, None)
        _audit(conn, "sign_on_unlinked")

    transact(work)
    say("已解除单点登录关联 / unlinked from single sign-on")
    return redirect(url_for("my_account.page"), 303)


def _audit(conn: Connection, what: str) -> None:
    record(conn, [AuditEntry(current_actor().user_id, what, "", request.remote_addr or "")], now())
