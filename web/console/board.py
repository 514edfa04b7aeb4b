"""揽件台: what the station has to fetch, by deadline and courier; numbers by hand, scanner or camera (DO-3)."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from basics.refusal import Refusal
from basics.words import BUSINESS_TYPES, State
from channels.registry import SOURCES
from dispatch.facts import Confirm
from dispatch.lists import queries as lists
from dispatch.lists.late.queries import TO_PICK_UP
from dispatch.refusals import refuse
from people.access import Action
from pickups import reminders
from pickups.board import actions as reminding
from pickups.board import queries as board
from pickups.couriers import actions as sending
from pickups.couriers import queries as couriers
from web.auth import current_actor, current_scope, needs
from web.console import acting
from web.console.countdown import clocks_of
from web.console.fields import argument, choice, cursor, cursor_text, ids, invalid, list_filters, picked
from web.console.waybill_entry import ASKS, ask, entered
from web.errors import FieldError, Problem, wants_json
from web.language import side
from web.notes import say
from web.services import now
from web.transactions import seeing, transact
from web.words import word

pages = Blueprint("board", __name__)

SHOWN_HEADER = "X-Shown"  # the version of the list that the page shows already
STATES = tuple(TO_PICK_UP)
NOBODY = "none"  # in the address: orders that no courier was sent for
FREE = (
    "本网点没有订单使用此号码;要填入运单号,请先选中订单"
    " / No order of yours has this number; choose the order it is for first"
)


@pages.get("/board")
@needs(Action.CONFIRM)
def page() -> str | Response:
    """The board; htmx fetches the list alone, and nothing when the page shows all there is (204)."""
    shown = _shown()
    if not acting.wants_part():
        g.camera = True  # this page alone may ask for it
        return acting.page("board.html", **shown)
    if request.headers.get(SHOWN_HEADER) == shown["version"]:
        return Response(status=204)
    return acting.page("_board_list.html", **shown)


@pages.post("/board/assign")
@needs(Action.MANAGE_COURIERS)
def assign() -> AnyResponse:
    """Send a courier for the picked orders; each gets its own answer."""
    orders, given, by = picked("orders"), request.form.get("courier", ""), current_actor().name
    if not given:
        raise invalid("courier", "field_required", "请选择快递员 / Choose a courier")
    courier = None if given == NOBODY else (ids("courier") or [0])[0]
    if not orders:
        say("请先勾选订单 / Pick some orders first", "warning")

    results = each_of(orders, lambda conn, mine: sending.assign(conn, mine, courier, by, now()))
    return acting.back_with(
        results, "已收回" if courier is None else "已分配", "taken back" if not courier else "assigned"
    )


@pages.post("/board/remind")
@needs(Action.CALL_SENDER)
def remind() -> AnyResponse:
    """DO-3: ask the senders of the picked orders for the number once more."""
    orders, by = picked("orders"), current_actor().name
    if not orders:
        say("请先勾选订单 / Pick some orders first", "warning")

    results = each_of(orders, lambda conn, mine: reminding.remind(conn, mine, acting.world(conn), by, now()))
    return acting.back_with(results, "已提醒寄件人", "reminded")


@pages.post("/board/scan")
@needs(Action.CONFIRM)
def scan() -> AnyResponse:
    """Any number at any time: one that an order has leads to it; another becomes the chosen order's, and confirms its
    pickup after the guard (WAYBILL-1)."""
    entry, chosen, station = entered(), (ids("order") or [0])[0], acting.station_of(current_actor())
    if not entry.number:
        raise invalid("waybill_no", "waybill_required", "请扫描或输入号码 / Scan or type a number")
    with seeing() as conn:
        found = lists.search(conn, current_scope(), [entry.number])
    rows = sorted(found, key=lambda row: row.state not in STATES)
    if rows and not (rows[0].id == chosen and rows[0].state in STATES and rows[0].waybill_no == entry.number):
        return _known(rows[0], entry.number)
    if not chosen:
        raise Problem("number_free", FREE, errors=(FieldError("waybill_no", "number_free"),))
    if entry.refusal is None:
        result = acting.act([chosen], lambda order: Confirm(order, station, entry.number, entry.sure))[0]
        refusal, number = result.refusal, result.number
    else:
        refusal, number = entry.refusal, ""
    if refusal is None:
        text = f"揽件已确认 {number} / Pickup confirmed {number}"
        return _told("confirmed", chosen, number, text, url_for("board.page"))
    status = acting.status_of(refusal)
    if status == 404:
        raise Problem("not_found")
    if refusal.code in ASKS and not wants_json():
        return ask(chosen, refusal, status, url_for("acts.confirm", order_id=chosen))
    raise Problem(refusal.code, refusal.message, status=status, errors=(FieldError("waybill_no", refusal.code),))


def _known(row: Any, number: str) -> AnyResponse:
    """Where the order is that has this number already."""
    known = word("state", row.state)
    if row.state in STATES:
        text = f"找到订单 {row.logistics_no} / Found {row.logistics_no}"
        return _told("found", row.id, row.logistics_no, text, url_for("board.page", order=row.id))
    text = (
        f"{number} 属于订单 {row.logistics_no}({known.chinese})"
        f" / {number} belongs to {row.logistics_no} ({known.english})"
    )
    return _told("elsewhere", row.id, row.logistics_no, text, url_for("orders.one", order_id=row.id))


def _told(outcome: str, order: int, number: str, text: str, url: str) -> AnyResponse:
    if wants_json():
        return jsonify(outcome=outcome, order=order, number=number, detail=side(text), url=url)
    say(text, "warning" if outcome == "elsewhere" else "success")
    return redirect(url, 303)


def each_of(orders: list[int], do: Callable[[Connection, list[int]], Sequence[Refusal | None]]) -> list[acting.Result]:
    """`do` to those of one's scope, with an answer for each, in their order; those of others do not exist (ROLE-1)."""
    scope, unknown = current_scope(), refuse("order_unknown")

    def work(conn: Connection) -> list[acting.Result]:
        seen = lists.in_scope(conn, scope, orders)
        given = iter(do(conn, [one for one in orders if one in seen]))
        return [acting.Result(one, seen.get(one, ""), next(given) if one in seen else unknown) for one in orders]

    return transact(work)


def courier_filter() -> int | None:
    """`courier` of the address."""
    return courier_of(argument("courier", 18))


def courier_of(given: str) -> int | None:
    """An id, `none` for orders that nobody was sent for, empty for all."""
    if given == NOBODY:
        return board.NOBODY
    if given and not (given.isascii() and given.isdigit() and int(given)):
        raise invalid("courier", "number_invalid")
    return int(given) if given else None


def _shown() -> dict[str, Any]:
    scope, filters = current_scope(), list_filters(SOURCES, BUSINESS_TYPES)
    only = argument("order", 18)
    if only and not (only.isascii() and only.isdigit()):
        raise invalid("order", "number_invalid")
    with seeing() as conn:
        around = acting.world(conn)
        where = (courier_filter(), choice("state", STATES), cursor())
        found = board.to_fetch(conn, scope, filters, *where, only=int(only) if only else None)
        shown = [row.id for row in found.rows]
        clocks, tried = lists.holder_clocks(conn, shown), board.tried(conn, shown)
        people = couriers.listed(conn, scope.stations)
        counts = couriers.open_counts(conn, scope)
    rows = [(row, clocks_of(row, clocks.get(row.id, {}), around, now())) for row in found.rows]
    lacking = [row for row in found.rows if row.state == State.AWAITING_WAYBILL]
    why_not = {row.id: _why_not(row, tried.get(row.id, board.Tried()), around.telling) for row in lacking}
    seen = [(tuple(row), own.pickup_due) for row, own in rows]
    version = hashlib.sha256(repr((seen, tried, counts, people, why_not)).encode()).hexdigest()[:16]
    return {
        "rows": rows, "tried": tried, "why_not": why_not, "people": people, "counts": counts, "version": version,
        "names": {one.id: one for one in people}, "following": cursor_text(found.following), "filters": filters,
        "channels": SOURCES, "types": BUSINESS_TYPES, "states": STATES, "only": only, "network": around.network,
        "several": len(scope.stations) > 1, "state": where[1], "digits": around.book.at(now()).waybill_digits,
        "courier": argument("courier", 18),
        "here": url_for("board.page", order=only) if only else acting.address(),
    }  # fmt: skip


def _why_not(row: Any, tried: board.Tried, telling: Any) -> str:
    sender = row.content.get("sender") or {}
    found = reminders.refusal(telling, row.channel, row.online, sender, tried.reminded_at, now())
    return found.code if found else ""
