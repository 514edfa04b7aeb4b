"""来电: a caller's change or withdrawal (CHAN-8), and the holder's answer to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, g, make_response, redirect, request, url_for
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response

from basics.refusal import Refusal
from basics.words import FINAL
from channels.parties import whole_address
from dispatch.actions import conduct
from dispatch.changes import CHANGE, WITHDRAWAL
from dispatch.facts import AnswerChange, AskChange, Item, Target
from dispatch.lists.callers.queries import Said, matching
from dispatch.lists.queries import in_scope, order_page
from dispatch.paste import split_place
from people.access import Action, Role
from people.actions import AuditEntry, record
from people.queries import looks_since
from storage.locks import lock_names
from web.auth import cookie_name, current_actor, current_scope, needs
from web.console import acting, orders
from web.console.fields import ORDER, invalid, text
from web.console.logbook import names_of
from web.console.order_form import Typed
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact

pages = Blueprint("callers", __name__)

ORDER_OF_CALLER = "/callers" + ORDER.removeprefix("/orders")
HIT, MISS, LOOKED = "caller_found", "caller_not_found", "sender_looked_up"  # rows of the audit
# A number that nobody called from is no wrong guess where orders are typed in: most senders are new.
MOST_AN_HOUR = {(HIT, LOOKED): 120, (MISS,): 20}
PASS_LASTS = timedelta(minutes=30)
SAME, UNSURE = DISTRICT_IS = ("same", "unsure")  # where a new address lies, when no code is given
NO_MATCH = "没有同时符合所填各项的订单 / No order fits everything that was entered"
TOO_FEW = "请至少填写两项 / At least two, please"


@pages.get("/callers")
@needs(Action.TAKE_CALL)
def page() -> str:
    return acting.page("callers.html", rows=[], said=Said(), message="", network=None, passes={})


@pages.post("/callers/find")
@needs(Action.TAKE_CALL)
def find() -> Response | str:
    """Nothing but a full match of at least two shows an order, and nothing tells which one was wrong."""
    said = Said(text("number", 64), text("phone", 64), text("name", 64))
    if len(said.kinds) < 2:
        return make_response(_result(said, [], TOO_FEW), 422)
    rows = transact(lambda conn: find_callers(conn, said))
    if len(rows) == 1:
        return redirect(url_for("callers.one", order_id=rows[0].id, proof=pass_for(rows[0].id)), 303)
    return _result(said, rows, "" if rows else NO_MATCH)


def find_callers(conn: Connection, said: Said) -> list[Row[Any]]:
    """Each attempt is an audit row that names the kinds of what was said, not what. Guessing is made to wait."""
    if not may_ask(conn):
        raise Problem("too_many_requests", "查询次数过多,请稍后再试 / Too many attempts in an hour")
    rows = list(matching(conn, current_scope(), said))
    note(conn, HIT if rows else MISS, "+".join(said.kinds))
    return rows


def may_ask(conn: Connection) -> bool:
    """Whether the clerk has look-ups left: here and where orders are typed in together. Locks the count."""
    user, since = current_actor().user_id, now() - timedelta(hours=1)
    lock_names(conn, [f"caller of {user}"])
    return all(sum(looks_since(conn, user, one, since) for one in kinds) < most for kinds, most in MOST_AN_HOUR.items())


def note(conn: Connection, what: str, subject: str) -> None:
    """A row of the audit; `subject` without anything of a person."""
    record(conn, [AuditEntry(current_actor().user_id, what, subject, request.remote_addr or "")], now())


def _result(said: Said, rows: list[Row[Any]], message: str) -> str:
    with seeing() as conn:
        network = services().networks.get(conn)
    passes = {row.id: pass_for(row.id) for row in rows}
    return acting.page("callers.html", rows=rows, said=said, message=message, network=network, passes=passes)


# ---- one order of a caller ---------------------------------------------------------------------------------------


@pages.get(ORDER_OF_CALLER)
@needs(Action.TAKE_CALL)
def one(order_id: int) -> str:
    """What the caller may change; the proof says that he was matched."""
    return _one(order_id, request.args.get("proof", ""), Typed({"adcode": ""}))


@pages.post(f"{ORDER_OF_CALLER}/change")
@needs(Action.TAKE_CALL)
def change(order_id: int) -> Response | str:
    """Only what is typed changes. A new place is not where the old point was, so that goes."""
    proof, typed = request.form.get("proof", ""), Typed()
    check_proof(order_id, proof)
    with seeing() as conn:
        served = services().networks.get(conn).serves.keys()
    fields = fields_of(typed, served)
    if not typed.errors and not fields:
        typed.wrong("remark", "请填写要变更的内容 / nothing was entered")
    if typed.errors:
        return make_response(_one(order_id, proof, typed), 422)
    return _ask(order_id, AskChange(Target(order_id=order_id), CHANGE, fields, station=own_station()), typed)


@pages.post(f"{ORDER_OF_CALLER}/withdraw")
@needs(Action.TAKE_CALL)
def withdraw(order_id: int) -> Response | str:
    """The sender's own words are evidence (DO-6)."""
    proof, reason = request.form.get("proof", ""), text("reason", 200)
    check_proof(order_id, proof)
    typed = Typed({"adcode": ""})
    if not reason:
        typed.wrong("reason", "请填写撤单原因 / The reason, please")
        return make_response(_one(order_id, proof, typed), 422)
    act = AskChange(Target(order_id=order_id), WITHDRAWAL, reason=reason, station=own_station())
    return _ask(order_id, act, typed)


def fields_of(typed: Typed, served: Any) -> dict[str, Any]:
    """What was typed, as AskChange wants it."""
    person = typed.person("sender")
    sender: dict[str, Any] = {key: person[key] for key in ("name", "phone") if key in person}
    fields: dict[str, Any] = {}
    if "phone" in sender:
        sender["phone_as_sent"] = None
    if typed["sender_address"]:
        province, city, district, street = split_place(typed["sender_address"])
        parts = {"province": province, "city": city, "district": district, "address": street}
        sender |= {key: value or None for key, value in parts.items()}
        fields |= {
            "address": whole_address({k: v for k, v in parts.items() if v}),
            "lng": None,
            "lat": None,
            "datum": None,
        }
        if not typed["adcode"] and typed.one_of("district_is", DISTRICT_IS) is None:
            typed.wrong("district_is", "换了地址,请确认区县 / a new address needs its district")
    if typed["adcode"] or typed["district_is"] == UNSURE:
        fields |= {"adcode": typed.adcode(served), "lng": None, "lat": None, "datum": None}
    window = typed.window(now())
    if window["window_start"] and not window["window_end"]:
        typed.wrong("window_end", "请填写结束时间 / the end, please")
    if window["window_end"]:
        fields |= window
    plain = {
        "goods": typed.maybe("goods"),
        "pieces": typed.pieces(),
        "weight_g": typed.grams(),
        "remark": typed.maybe("remark"),
    }
    return (
        fields
        | {key: value for key, value in plain.items() if value is not None}
        | ({"sender": sender} if sender else {})
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a caller's wish. `waits`: for the holder's word; `ours`: the order is still in one's scope."""

    refusal: Refusal | None
    waits: bool
    ours: bool
    number: str


def ask_for(order_id: int, act: AskChange, agree: bool) -> Asked:
    """A clerk of the holder's own may agree at once; others leave it to the holder. Problem `not_found`."""
    actor = current_actor()
    station = act.station if agree else ""

    def work(conn: Connection) -> Asked:
        scope = current_scope()
        number = in_scope(conn, scope, [order_id]).get(order_id)
        if number is None:
            raise Problem("not_found")
        [refusal] = conduct(conn, [Item(now(), act, actor.name)], acting.world(conn))
        found = order_page(conn, order_id, scope)
        waits = found is not None and found.order.asked_at is not None
        if refusal is None and waits and station:
            answer = AnswerChange(act.target, station, True)
            [refusal] = conduct(conn, [Item(now(), answer, actor.name)], acting.world(conn))
            waits = refusal is not None
        return Asked(refusal, waits, bool(in_scope(conn, scope, [order_id])), number)

    return transact(work)


def _ask(order_id: int, act: AskChange, typed: Typed) -> Response | str:
    asked = ask_for(order_id, act, bool(request.form.get("agree")))
    if asked.refusal is not None:
        say(asked.refusal.message, "danger")
        return make_response(_one(order_id, request.form.get("proof", ""), typed), acting.status_of(asked.refusal))
    if asked.waits:
        say(f"{asked.number} 已接单,须由持有网点答复 / Accepted already: its holder has been asked", "info")
    else:
        say(f"{asked.number} 已{'撤单' if act.wants == WITHDRAWAL else '变更'} / Done")
    return redirect(url_for("orders.one", order_id=order_id) if asked.ours else url_for("callers.page"), 303)


def own_station() -> str:
    """The clerk's own; "" at HQ."""
    actor = current_actor()
    return acting.station_of(actor) if actor.role == Role.STATION else ""


def _one(order_id: int, proof: str, typed: Typed) -> str:
    check_proof(order_id, proof)
    scope = current_scope()
    with seeing() as conn:
        found = order_page(conn, order_id, scope)
        network = services().networks.get(conn)
    if found is None:
        raise Problem("not_found")
    order = found.order
    edition = services().book.at(order.released_at or order.created_at)
    names = names_of(network.stations, edition, [(order.content.get("sender") or {}).get("name") or ""])
    accepted = any(event.kind == "accepted" for event in found.events)
    own, house = own_station(), network.house_of
    to_hq = bool(own) and house.get(order.station, order.station) == house.get(own, own)
    return acting.page(
        "caller.html", order=order, content=order.content, network=network, names=names, typed=typed, proof=proof,
        over=order.state in FINAL, consent=accepted and order.state != "at_data_centre",
        own=bool(own), to_hq=to_hq,
    )  # fmt: skip


# ---- the proof that the caller was matched -----------------------------------------------------------------------


def _signer() -> URLSafeSerializer:
    """Of this session or API key; a clerk knows his own cookie, so the master key goes with it."""
    whose = request.cookies.get(cookie_name(), "") + str(g.get("api_key_id") or "")
    return URLSafeSerializer(services().master.hex() + whose, salt="caller")


def pass_for(order_id: int) -> str:
    """Bound to this session and this order."""
    return str(_signer().dumps([order_id, (now() + PASS_LASTS).isoformat()]))


def check_proof(order_id: int, proof: str) -> None:
    """Problem `forbidden` unless the caller of this order was matched in this session within the half hour."""
    try:
        known, until = _signer().loads(proof)
        if known == order_id and now() <= datetime.fromisoformat(until):
            return
    except (BadData, ValueError, TypeError):
        pass
    raise Problem("forbidden", "请先核对来电人 / Please match the caller first")


# ---- the holder ---------------------------------------------------------------------------------------------------


@pages.post(f"{ORDER_OF_CALLER}/answer")
@needs(Action.ANSWER_CALLER)
def answer(order_id: int) -> Response:
    """Agree or decline, once; what was seen is what is answered."""
    station, remark = acting.station_of(current_actor()), text("remark", 200)
    said, seen = text("answer", 10), text("ask", 10)
    if said not in ("agree", "decline"):
        raise invalid("answer", "unknown")
    if not (seen.isascii() and seen.isdigit()):
        raise invalid("ask", "number_invalid")
    agrees = said == "agree"
    [result] = acting.act([order_id], lambda target: AnswerChange(target, station, agrees, remark, int(seen)))
    if result.refusal is None:
        say(f"{result.number} 已答复:{'同意' if agrees else '不同意'} / Answered")
        return redirect(url_for("orders.one", order_id=order_id), 303)
    status = acting.status_of(result.refusal)
    if status == 404:
        raise Problem("not_found")
    say(result.refusal.message, "danger")
    return orders.refused(order_id, status)
