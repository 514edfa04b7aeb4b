"""款项: forms for what finance moves by hand, and a station's request for its credit to be paid out (ROLE-3)."""

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
from storage.session import reading, run
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.approvals import NUMBER, STATUS, audit, problem, withdrawn
from web.console.fields import argument, choice, cursor, cursor_text, invalid, text
from web.errors import wants_json
from web.notes import say
from web.services import now, services

pages = Blueprint("money_forms", __name__)

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
    with reading(services().engine) as conn:
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
@needs(Action.MOVE_MONEY)
def ask() -> Response:
    """The amount is in yuan and has no sign; `direction` of an adjustment or change: charge or credit (B-104)."""
    kind, typed = text("kind", 20), {name: text(name, limit) for name, limit in FIELDS.items()}
    typed |= {"reason": text("reason", byhand.REASON_LIMIT), "direction": text("direction", 10)}
    if kind not in byhand.FORMS:
        raise invalid("kind", "kind_unknown")
    if kind in (byhand.ADJUSTMENT, byhand.CHANGE) and typed["direction"] not in ("charge", "credit"):
        raise invalid("direction", "unknown")
    result = _ask(kind, typed)
    if isinstance(result, Refusal):
        if wants_json():
            raise problem(result, STATUS.get(result.code, 422))
        say(result.message, "danger")
        return make_response(_form(kind, typed, form_key()), STATUS.get(result.code, 422))
    say(f"申请 #{result} 已提交,须由另一人审批 / asked; somebody else decides")
    return redirect(url_for("approvals.one", number=result), 303)


def form_key() -> str:
    """The key that the form carried. Problem `invalid` without one."""
    key = text("key", 64)
    if not KEY.fullmatch(key):
        raise invalid("key", "key_invalid")
    return key


def _ask(kind: str, typed: Mapping[str, str]) -> int | Refusal:
    amount, key = byhand.fen(typed["amount"]), form_key()
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

    return run(services().engine, work)


# ---- a station's own credit -----------------------------------------------------------------------------------------


def payout_values(conn: Connection, house: str) -> dict[str, Any]:
    """What `_payout.html` needs on any page of the house's own staff."""
    above = services().book.at(now()).payout_above
    return {
        "payout": queries.payout_of(conn, house, above), "payout_key": new_key(), "payout_typed": {},
        "payout_reason_limit": byhand.REASON_LIMIT,
    }  # fmt: skip


@pages.get("/payout")
@needs(Action.ASK_PAYOUT)
def payout() -> str:
    """What was moved by hand on this station's account, and the form for a pay-out of its credit."""
    return _payout({})


def _payout(typed: Mapping[str, str]) -> str:
    station, after = current_actor().station or "", cursor()
    with reading(services().engine) as conn:
        house, level = queries.house_of(conn, station)
        found = queries.about_stations(conn, current_scope().stations, after)
        values = payout_values(conn, house) if house and level == 1 else {}
        return shown(
            "payout.html", rows=found.rows, following=cursor_text(found.following), kinds=WORDS, house=house,
            level=level, network=services().networks.get(conn), me=f" #{current_actor().user_id}",
            **values | ({"payout_typed": typed} if values else {}),
        )  # fmt: skip


@pages.post("/payout")
@needs(Action.ASK_PAYOUT)
def ask_payout() -> Response:
    """Of the asker's own house; the form names no station."""
    typed = {"amount": text("amount", AMOUNT_LIMIT), "reason": text("reason", byhand.REASON_LIMIT)}
    result = _ask(byhand.PAYOUT, typed | {"station": current_actor().station or ""})
    if isinstance(result, Refusal):
        if wants_json():
            raise problem(result, STATUS.get(result.code, 422))
        say(result.message, "danger")
        return make_response(_payout(typed), STATUS.get(result.code, 422))
    say(f"提现申请 #{result} 已提交,等待财务审批 / asked, finance decides")
    return redirect(url_for("money_forms.payout"), 303)


@pages.post(f"/payout/{NUMBER}/withdraw")
@needs(Action.ASK_PAYOUT)
def withdraw(number: int) -> Response:
    """A request of the asker's own; another's does not exist for him (ROLE-1)."""
    with reading(services().engine) as conn:
        row = queries.request_of(conn, number)
    if row is None or row.station not in current_scope().stations:
        raise problem(Refusal("request_unknown", ""), 404)
    withdrawn(number)
    return redirect(url_for("money_forms.payout"), 303)
