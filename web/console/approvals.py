"""审批: what people ask of the ledger, for the one who checks it and the one who made it (ROLE-3)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from editions.rules import same_person, signed
from penalties import byhand
from penalties.booking.queries import closed_months
from penalties.hiding.queries import hidden_of_requests
from penalties.requests import actions, queries
from penalties.requests.telling import WORDS
from penalties.trail.queries import links_of_request
from people.access import Action, may
from people.actions import AuditEntry, record
from people.masking import mask_text
from people.queries import disabled_of
from web.auth import current_actor, current_scope, needs
from web.console.acting import page as shown
from web.console.fields import BIGGEST_ID, choice, cursor, cursor_text, invalid, text
from web.errors import Problem, wants_json
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("approvals", __name__)

NUMBER = f"<int(max={BIGGEST_ID}):number>"
TABS = ("waiting", "mine", "decided")
CONFLICTS = (
    "version_conflict", "request_decided", "already_asked", "nothing_to_settle", "closed_already", "month_not_settled",
    "earlier_month_open", "settle_first",
)  # fmt: skip
# Where a request was in order when it was made: things have moved since.
MOVED = ("credit_too_small", "not_payable", "month_closed", "station_unknown", "not_a_house", "posting_elsewhere")
STATUS = dict.fromkeys(("four_eyes", "own_station", "not_maker"), 403) | {"request_unknown": 404}
STATUS |= dict.fromkeys(CONFLICTS, 409)  # else 422
HASH_DIGITS = 64
# Kind of a settlement's item -> what it is.
ITEMS = {
    "reward": ("奖励", "reward"),
    "refund_1": ("返款第一笔", "first part of a refund"),
    "refund_2": ("返款其余", "rest of a refund"),
}


@pages.get("/approvals")
@needs(Action.SEE_LEDGER)
def page() -> str:
    """Waiting for me, made by me, or decided."""
    tab, after, actor = choice("tab", TABS) or "waiting", cursor(), current_actor()
    with seeing() as conn:
        network = services().networks.get(conn)
        if tab == "decided":
            found = queries.decided(conn, after)
        else:
            found = (queries.made_by if tab == "mine" else queries.open_for)(conn, actor, after)
        houses = {house for row in found.rows if (house := row.content.get("house"))}
        balances = queries.balances_of(conn, houses)
        texts = reasons(conn, found.rows)
    return shown(
        "approvals.html", tab=tab, tabs=TABS, rows=found.rows, following=cursor_text(found.following),
        network=network, balances=balances, kinds=WORDS, moves=may(actor, Action.MOVE_MONEY), **texts,
    )  # fmt: skip


@pages.get(f"/approvals/{NUMBER}")
@needs(Action.SEE_LEDGER)
def one(number: int) -> str:
    """All that the checker must see: balance before and after, the month, the posting concerned."""
    return _one(number)


def _one(number: int, decision: str = "") -> str:
    with seeing() as conn:
        row = queries.request_of(conn, number)
        if row is None:
            raise Problem("not_found")
        house = row.content.get("house")
        others = queries.others_of(conn, house, number) if house else []
        return shown(
            "approval.html", row=row, kinds=WORDS, network=services().networks.get(conn), house=house,
            balance=queries.balances_of(conn, [house])[house] if house else None, decision=decision,
            closed=closed_months(conn), posting=queries.concerned(conn, row.about), item_kinds=ITEMS,
            others=others, **reasons(conn, [row, *others]),
            posted=links_of_request(conn, current_scope(), number),
            **deciding(conn, row),
        )  # fmt: skip


def reasons(conn: Connection, rows: Sequence[Row[Any]]) -> dict[str, Any]:
    """`free(row, text)`: a text of people about a request, masked by the order that it is about, too (ROLE-2).
    `gone(row)`: whether its maker's account is disabled by now."""
    hidden = hidden_of_requests(conn, [row.id for row in rows])
    disabled = disabled_of(conn, {_maker(row) for row in rows})
    return {
        "free": lambda row, text: mask_text(text, hidden.get(row.id, ())),
        "gone": lambda row: _maker(row) in disabled,
    }  # fmt: skip


def _maker(row: Row[Any]) -> int:
    return int(row.maker.rpartition("#")[2])


def deciding(conn: Connection, row: Row[Any]) -> dict[str, Any]:
    """What `_decide.html` needs: who may do what about this request."""
    actor = current_actor()
    mine = same_person(row.maker, signed(actor.name, actor.user_id))
    own = bool(queries.own_codes(conn, actor) & {row.station, row.content.get("house")})
    acts = may(actor, Action.MOVE_MONEY) and row.state == byhand.OPEN
    return {
        "request_row": row, "mine": mine, "own": own, "acts": acts, "reason_limit": byhand.REASON_LIMIT,
        "open": byhand.OPEN,
    }  # fmt: skip


@pages.post(f"/approvals/{NUMBER}/decide")
@needs(Action.MOVE_MONEY, step_up=True)
def decide(number: int) -> Response:
    """`decision` is approve or decline; `digest` is that of the request which the page showed (B-103)."""
    said, seen = text("decision", 10), text("digest", HASH_DIGITS)
    reason = text("reason", byhand.REASON_LIMIT)
    if said not in ("approve", "decline"):
        raise invalid("decision", "unknown")
    refused = decided(number, said, reason, seen)
    if refused is None:
        say(f"#{number} 已批准并执行 / approved and done" if said == "approve" else f"#{number} 已驳回 / declined")
        return redirect(url_for("approvals.page"), 303)
    status = status_of(refused)
    if wants_json() or status == 404:
        raise problem(refused, status)
    say(refused.message, "danger")
    return make_response(_one(number, reason), status)


def decided(number: int, said: str, reason: str, seen: str) -> Refusal | None:
    """Approve, if it still is what was `seen`, or decline; None: done."""
    actor, at, book = current_actor(), now(), services().book

    def work(conn: Connection) -> Refusal | None:
        if said == "approve":
            refused = actions.approve(conn, number, actor, reason, seen, book, at)
        else:
            refused = actions.decline(conn, number, actor, reason, at)
        if refused is None:
            audit(conn, f"{said}d {number}", reason)
        return refused

    return transact(work)


def status_of(refused: Refusal) -> int:
    """Of a decision that was refused."""
    return 409 if refused.code in MOVED else STATUS.get(refused.code, 422)


@pages.post(f"/approvals/{NUMBER}/withdraw")
@needs(Action.MOVE_MONEY)
def withdraw(number: int) -> Response:
    """By its maker, while it waits."""
    withdrawn(number)
    say(f"#{number} 已撤回 / withdrawn")
    return redirect(url_for("approvals.page", tab="mine"), 303)


def withdrawn(number: int) -> None:
    """Withdraw the actor's own request. Problem when he cannot."""
    actor, at = current_actor(), now()

    def work(conn: Connection) -> Refusal | None:
        refused = actions.withdraw(conn, number, actor, at)
        if refused is None:
            audit(conn, f"withdrew {number}", "")
        return refused

    refused = transact(work)
    if refused is not None:
        raise problem(refused, STATUS.get(refused.code, 422))


def problem(refused: Refusal, status: int) -> Problem:
    """A refusal as the answer to a request."""
    if status == 404:
        return Problem("not_found")
    if status == 422:
        return invalid(refused.field or "", refused.code, refused.message)
    return Problem(refused.code, refused.message, status=status)


def audit(conn: Connection, subject: str, reason: str) -> None:
    """Who did what to which request; of a reason what a log may hold (ROLE-2)."""
    entry = AuditEntry(current_actor().user_id, "money", subject, request.remote_addr or "", reason=mask_text(reason))
    record(conn, [entry], now())
