"""提现: a station asks for its credit to be paid out, and sees what was moved on its account by hand (ROLE-3)."""

from collections.abc import Mapping

from flask import Blueprint, make_response, redirect, url_for
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from penalties import byhand
from penalties.requests import queries
from penalties.requests.telling import WORDS
from people.access import Action
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.approvals import NUMBER, STATUS, problem, reasons, withdrawn
from web.console.fields import cursor, cursor_text, text
from web.console.money_forms import AMOUNT_LIMIT, asked, form_key, payout_values, told
from web.errors import Problem, wants_json
from web.notes import say
from web.services import services
from web.transactions import seeing

pages = Blueprint("payouts", __name__)


@pages.get("/payout")
@needs(Action.ASK_PAYOUT)
def page() -> str:
    """What was moved by hand on this station's account, and the form for a pay-out of its credit."""
    return _page({})


def _page(typed: Mapping[str, str]) -> str:
    station, after = current_actor().station or "", cursor()
    with seeing() as conn:
        house, level = queries.house_of(conn, station)
        found = queries.about_stations(conn, current_scope().stations, after)
        values = payout_values(conn, house) | {"payout_typed": typed} if house and level == 1 else {}
        network, texts = services().networks.get(conn), reasons(conn, found.rows)
    return shown(
        "payout.html", rows=found.rows, following=cursor_text(found.following), kinds=WORDS, house=house,
        network=network, me=f" #{current_actor().user_id}", **values, **texts,
    )  # fmt: skip


@pages.post("/payout")
@needs(Action.ASK_PAYOUT)
def ask() -> Response:
    """Of the asker's own house; the form names no station."""
    typed = {"amount": text("amount", AMOUNT_LIMIT), "reason": text("reason", byhand.REASON_LIMIT)}
    result = asked(byhand.PAYOUT, typed | {"station": current_actor().station or ""}, form_key())
    if isinstance(result, Refusal):
        if wants_json():
            raise problem(result, STATUS.get(result.code, 422))
        say(result.message, "danger")
        return make_response(_page(typed), STATUS.get(result.code, 422))
    told(result, f"提现申请 #{result} 已提交,等待财务审批 / asked, finance decides")
    return redirect(url_for("payouts.page"), 303)


@pages.post(f"/payout/{NUMBER}/withdraw")
@needs(Action.ASK_PAYOUT)
def withdraw(number: int) -> Response:
    """A request of the asker's own; another's does not exist for him (ROLE-1)."""
    withdraw_own(number)
    say(f"#{number} 已撤回 / withdrawn")
    return redirect(url_for("payouts.page"), 303)


def withdraw_own(number: int) -> None:
    """Problem `not_found` for what is not of the asker's stations."""
    with seeing() as conn:
        row = queries.request_of(conn, number)
    if row is None or row.station not in current_scope().stations:
        raise Problem("not_found")
    withdrawn(number)
