"""填单: forms for what finance moves by hand (ROLE-3)."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from basics.days import month_of
from basics.refusal import Refusal
from geo.stations import CODE_LIMIT
from penalties import byhand
from penalties.booking.queries import closed_months
from penalties.byhand import Asked
from penalties.requests import actions, queries
from penalties.requests.telling import WORDS
from people.access import Action
from web.auth import current_actor, needs
from web.console.acting import page as shown
from web.console.approvals import STATUS, audit, problem
from web.console.fields import argument, choice, invalid, text
from web.errors import wants_json
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("money_forms", __name__)

STATES = {
    byhand.APPROVED: ("已批准", "approved"),
    byhand.DECLINED: ("已驳回", "declined"),
    byhand.WITHDRAWN: ("已撤回", "withdrawn"),
}
KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
MONTH_LIMIT, ABOUT_LIMIT, AMOUNT_LIMIT = 7, 160, 20
FIELDS = {"station": CODE_LIMIT, "amount": AMOUNT_LIMIT, "month": MONTH_LIMIT, "about": ABOUT_LIMIT}


@pages.get("/money")
@needs(Action.MOVE_MONEY)
def page() -> str:
    """The form of one kind; station, month and posting may stand in the address."""
    kind = choice("kind", byhand.FORMS) or byhand.ADJUSTMENT
    given = {name: argument(name, FIELDS[name]) for name in ("station", "month", "about")}
    return _form(kind, given, new_key())


def new_key() -> str:
    """Of a form, so that one sent twice asks once."""
    return secrets.token_hex(16)


def _form(kind: str, typed: Mapping[str, str], key: str) -> str:
    with seeing() as conn:
        house, _ = queries.house_of(conn, typed.get("station", ""))
        balance = queries.balances_of(conn, [house])[house] if house else None
        posting = queries.concerned(conn, typed.get("about", ""))
        return shown(
            "money_forms.html", kind=kind, forms=byhand.FORMS, kinds=WORDS, typed=typed, key=key, house=house,
            balance=balance, posting=posting, closed=closed_months(conn), month=month_of(now()),
            network=services().networks.get(conn), above=services().book.at(now()).payout_above,
            reason_limit=byhand.REASON_LIMIT,
        )  # fmt: skip


@pages.post("/money/ask")
@needs(Action.MOVE_MONEY, step_up=True)
def ask() -> Response:
    """The amount is in yuan and has no sign; `direction` of an adjustment or change: charge or credit (B-104)."""
    kind, typed = text("kind", 20), {name: text(name, limit) for name, limit in FIELDS.items()}
    typed |= {"reason": text("reason", byhand.REASON_LIMIT), "direction": text("direction", 10)}
    if kind not in byhand.FORMS:
        raise invalid("kind", "kind_unknown")
    if kind in (byhand.ADJUSTMENT, byhand.CHANGE) and typed["direction"] not in ("charge", "credit"):
        raise invalid("direction", "unknown")
    result = asked(kind, typed, form_key())
    if isinstance(result, Refusal):
        if wants_json():
            raise problem(result, STATUS.get(result.code, 422))
        say(result.message, "danger")
        return make_response(_form(kind, typed, form_key()), STATUS.get(result.code, 422))
    told(result, f"申请 #{result} 已提交,须由另一人审批 / asked; somebody else decides")
    return redirect(url_for("approvals.one", number=result), 303)


def form_key() -> str:
    """The key that the form carried. Problem `invalid` without one."""
    key = text("key", 64)
    if not KEY.fullmatch(key):
        raise invalid("key", "key_invalid")
    return key


def asked(kind: str, typed: Mapping[str, str], key: str) -> int | Refusal:
    """Ask for what a form says, as it was typed: the request's number."""
    amount = byhand.fen(typed["amount"])
    if isinstance(amount, Refusal):
        return amount
    signed = byhand.signed_fen(kind, typed.get("direction", ""), amount)
    about = typed.get("about", "") if kind == byhand.CHANGE else ""
    month = typed.get("month", "") if kind != byhand.PAYOUT else ""
    return sent(Asked(kind, key, typed["reason"], typed["station"], signed, month, about))


def sent(asked: Asked) -> int | Refusal:
    """Ask in one transaction, with its line of the audit."""
    actor, at, book = current_actor(), now(), services().book

    def work(conn: Connection) -> int | Refusal:
        number = actions.ask(conn, asked, actor, book, at)
        if not isinstance(number, Refusal):
            audit(conn, f"asked {number} {asked.kind}", asked.reason)
        return number

    return transact(work)


def told(number: int, words: str) -> None:
    """Say so; of a form sent again, whose request was decided meanwhile, that."""
    with seeing() as conn:
        row = queries.request_of(conn, number)
    if row is None or row.state == byhand.OPEN:
        say(words)
    else:
        chinese, english = STATES[row.state]
        say(
            f"申请 #{number} 早已提交,且{chinese}。如需再次申请,请重新填写 / "
            f"Request #{number} was sent before and is {english} already: fill in anew",
            "danger",
        )


def payout_values(conn: Connection, house: str) -> dict[str, Any]:
    """What `_payout.html` needs on any page of the house's own staff."""
    above = services().book.at(now()).payout_above
    return {
        "payout": queries.payout_of(conn, house, above), "payout_key": new_key(), "payout_typed": {},
        "payout_reason_limit": byhand.REASON_LIMIT,
    }  # fmt: skip
