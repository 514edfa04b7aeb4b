"""What can be done to one order: each act is one address; the engine decides, the order page says why not."""

import re
from collections.abc import Callable

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from basics.words import DATA_CENTRE, State
from dispatch.facts import Accept, Act, Call, Confirm, Dispatch, Fail, HandleWithdrawal, SupplyWaybill, Target, Transfer
from dispatch.lists.queries import in_scope, order_page, zero_of
from people.access import LOOK_REASONS, Action
from rulebook.book import Reason
from web.auth import current_actor, current_scope, local_path, needs
from web.console import acting, orders
from web.console.choices import choices, find
from web.console.desk_places import doubt, places, suggested
from web.console.fields import ORDER, invalid, text
from web.console.order_look import looked_at
from web.console.waybill_entry import ASKS, ask, entered
from web.errors import FieldError, Problem, wants_json
from web.notes import say
from web.services import now, services
from web.transactions import seeing
from web.words import word

pages = Blueprint("acts", __name__)

STAGES = ("accept", "pickup")
DIALOGS = ("fail", "transfer", "data_centre")
DIALLED = re.compile(r"\+?[0-9](?:[ +-]*[0-9]){6,14}")  # 7 to 15 digits


@pages.post(f"{ORDER}/accept")
@needs(Action.ACCEPT)
def accept(order_id: int) -> Response:
    station = acting.station_of(current_actor())
    return _done(order_id, lambda order: Accept(order, station), "已接单 {} / Accepted")


@pages.post(f"{ORDER}/fail")
@needs(Action.FAIL)
def fail(order_id: int) -> Response:
    """DO-2: a reason of the list, and with it what that reason asks for."""
    station, stage, reason = acting.station_of(current_actor()), text("stage", 10), text("reason", 40)
    detail = text("detail", 200)
    if stage not in STAGES:
        raise invalid("stage", "unknown")
    with seeing() as conn:
        zero = zero_of(conn, current_scope(), order_id)
    if zero is None:
        raise Problem("not_found")
    known = services().book.at(zero).reasons.get(reason)  # the list that the dialog showed, and the engine asks
    refusal = refuse_reason(known, detail)
    if refusal is not None:
        return _answer(order_id, "", refusal, "")
    act = "已登记失败 {} / Failure recorded"
    return _done(order_id, lambda order: Fail(order, station, stage, reason, detail), act)


def refuse_reason(known: Reason | None, detail: str) -> Refusal | None:
    """DO-2, B-93: a reason that the list does not have, or one without what it asks for."""
    if known is None:
        return Refusal("reason_not_allowed", "没有这个原因,不能以此登记失败 / Not an allowed reason", "reason")
    if known.asks != "nothing" and not detail:
        asked = word("asks", known.asks)
        return Refusal("detail_required", f"请补充:{asked.chinese} / Required: {asked.english}", "detail")
    if known.asks == "dialled_number" and not DIALLED.fullmatch(detail):
        return Refusal("detail_invalid", "请填写所拨的电话号码 / The phone number that was dialled, please", "detail")
    return None


@pages.post(f"{ORDER}/transfer")
@needs(Action.TRANSFER)
def transfer(order_id: int) -> Response:
    """ROUTE-4: to another station, or to the data centre."""
    station, to, remark = acting.station_of(current_actor()), text("to", 32), text("remark", 200)
    if not to:
        raise invalid("to", "field_required", "请选择网点 / Choose a station")
    return _done(order_id, lambda order: Transfer(order, station, to, remark), "已转单 {} / Transferred")


@pages.post(f"{ORDER}/confirm")
@needs(Action.CONFIRM)
def confirm(order_id: int) -> Response:
    """DO-3: number and pickup in one step."""
    station, entry = acting.station_of(current_actor()), entered()
    if entry.refusal is not None:
        return _answer(order_id, "", entry.refusal, "")
    number, act = entry.number or None, "揽件已确认 {} / Pickup confirmed"
    return _done(order_id, lambda order: Confirm(order, station, number, entry.sure), act)


@pages.post(f"{ORDER}/waybill")
@needs(Action.SUPPLY_WAYBILL)
def supply(order_id: int) -> Response:
    """DO-9: type a missing number, or correct a typed one."""
    station, entry = acting.station_of(current_actor()), entered()
    if not entry.number:
        raise invalid("waybill_no", "waybill_required", "请填写运单号 / A waybill number is required")
    if entry.refusal is not None:
        return _answer(order_id, "", entry.refusal, "")
    act = "运单号已保存 {} / Number saved"
    return _done(order_id, lambda order: SupplyWaybill(order, station, entry.number, entry.sure), act)


@pages.post(f"{ORDER}/call")
@needs(Action.CALL_SENDER)
def call(order_id: int) -> Response:
    """The holder has called the sender: kept in the log, and a clock of the edition may wait for it."""
    station, remark = acting.station_of(current_actor()), text("remark", 200)
    return _done(order_id, lambda order: Call(order, station, remark), "已记录致电 {} / Call recorded")


@pages.post(f"{ORDER}/handle")
@needs(Action.HANDLE_WITHDRAWAL)
def handle(order_id: int) -> Response:
    """DO-6."""
    station = acting.station_of(current_actor())
    return _done(order_id, lambda order: HandleWithdrawal(order, station), "撤单已处理 {} / Withdrawal handled")


@pages.post(f"{ORDER}/dispatch")
@needs(Action.DISPATCH)
def dispatch(order_id: int) -> Response:
    """ROUTE-3."""
    actor, to = current_actor(), text("to", 32)
    if not to or to == DATA_CENTRE:
        raise invalid("to", "field_required", "请选择网点 / Choose a station")
    return _done(order_id, lambda order: Dispatch(order, to, actor.name), "已分件 {} / Dispatched")


@pages.post(f"{ORDER}/look")
@needs(Action.SEE_BEHIND_MASK)
def look(order_id: int) -> Response:
    """ROLE-2: the order page unmasked; each look is logged, whoever reloads looks again. A station's last look is
    7 days after the order's end."""
    reason = text("reason", 100)
    if not reason:
        raise invalid("reason", "field_required", "请选择原因 / Choose a reason")
    if reason not in LOOK_REASONS:
        raise invalid("reason", "unknown", "请选择所列原因 / Choose a reason of the list")
    refusal = looked_at(order_id, reason)
    if refusal is not None:
        raise Problem("too_many_requests", refusal.message)
    return make_response(orders.render(order_id, behind_mask=True))


@pages.get(f"{ORDER}/dialog")
@needs(Action.FAIL)
def dialog(order_id: int) -> str:
    """The forms of failure, transfer and handing on to the data centre, for the desk."""
    what = request.args.get("what")
    with seeing() as conn:
        found = order_page(conn, order_id, current_scope())
        if found is None:
            raise Problem("not_found")
        world = acting.world(conn)
    order, network = found.order, world.network
    known = network.stations.get(order.station)
    offered = choices(network, order, known.province if known else order.region, now())
    lies = places(network, [order], now()).get(order.id)
    return acting.page(
        "_dialog.html", order=order, what=what if what in DIALOGS else "fail",
        stage="accept" if order.state == State.WAITING else "pickup",
        reasons=services().book.at(order.released_at or order.created_at).reasons,
        choices=offered, back=local_path(request.args.get("back")), lies=lies,
        suggested=suggested(world, order, [one.station for one in found.assignments], now()),
        doubt=doubt(lies, sum(near.inside for near in offered.near.values())),
    )  # fmt: skip


@pages.get("/stations/find")
@needs(Action.DISPATCH)
def find_stations() -> str:
    """Options for the box in which HQ types a station."""
    with seeing() as conn:
        network = services().networks.get(conn)
    words = next((value for name, value in request.args.items() if name == "to" or name.startswith("to-")), "")
    return acting.page("_stations.html", stations=find(network, words[:40]))


def _done(order_id: int, make: Callable[[Target], Act], words: str) -> Response:
    """Do it; on to where the form came from, or the order page with the refusal."""
    result = acting.act([order_id], make)[0]
    return _answer(order_id, result.number, result.refusal, words)


def _answer(order_id: int, number: str, refusal: Refusal | None, words: str) -> Response:
    if refusal is None:
        say(words.format(number))
        return redirect(_after(order_id), 303)
    status = acting.status_of(refusal)
    if status == 404:
        raise Problem("not_found")
    if wants_json():
        errors = (FieldError(refusal.field, refusal.code),) if refusal.field else ()
        raise Problem(refusal.code, refusal.message, status=status, errors=errors)
    if refusal.code in ASKS:
        return ask(order_id, refusal, status)
    say(refusal.message, "danger")
    return orders.refused(order_id, status)


def _after(order_id: int) -> str:
    """Where the form came from; else the order, or the desk when the act gave the order away (ROUTE-4, ROLE-1)."""
    back = request.form.get("back")
    if back:
        return local_path(back)
    with seeing() as conn:
        still_ours = in_scope(conn, current_scope(), [order_id])
    return url_for("orders.one", order_id=order_id) if still_ours else url_for("account.home")
