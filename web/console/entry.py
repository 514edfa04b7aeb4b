"""录单: an order by phone, mail, fax or at the counter (CHAN-2); it goes the way of every other order."""

import json
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.wrappers import Response

from basics.days import day_of
from basics.refusal import Refusal
from basics.text import TextError, clean
from basics.words import BUSINESS_TYPES
from channels.actions import Answered, Arrival, keep_answers, remember
from channels.adapter import Answer
from channels.messages import OrderPush
from channels.phones import normal_phone
from channels.registry import STAFF, STAFF_PREFIX
from channels.sender_texts import LANGUAGES
from dispatch.actions import conduct
from dispatch.facts import Item
from dispatch.lists.callers.queries import find_order, open_orders
from dispatch.lists.queries import in_scope
from dispatch.paste import LONGEST, parse, parted
from dispatch.refusals import WORDS
from dispatch.screening import missing_fields
from dispatch.waybills import Finding, Known, guard
from geo.network import Network
from people.access import Action
from rulebook.book import Edition
from rulebook.rule_texts import length_zh
from storage.locks import lock_names
from web.auth import current_actor, current_scope, needs
from web.console import callers
from web.console.acting import page as shown
from web.console.acting import wants_part, world
from web.console.fields import invalid
from web.console.order_form import DATUMS, SOURCES, Typed, content_of
from web.errors import Problem
from web.notes import say
from web.services import now, services
from web.transactions import seeing, transact
from web.words import word

pages = Blueprint("entry", __name__)

MOST_DISTRICTS = 30
_TRIES = 50  # of a number that nobody has
_TOKEN_LENGTH = 32


@pages.get("/entry")
@needs(Action.ENTER_ORDER)
def page() -> str:
    """An empty form, with a token of its own: sent twice, it is one order."""
    defaults = {"business_type": "send_express", "source": "phone", "language": "zh", "datum": "GCJ-02"}
    return _form(Typed(defaults), secrets.token_hex(_TOKEN_LENGTH // 2))


@pages.post("/entry/parse")
@needs(Action.ENTER_ORDER)
def paste() -> str:
    """The form with what the pasted block says in the fields of sender or receiver; the rest stays as typed.

    What a block with both says of the other one stays in the box, for the other button."""
    typed, who = Typed(), "receiver" if request.form.get("paste_to") == "receiver" else "sender"
    own, others_part = parted(_pasted(), who)
    block = parse(own)
    parts = {part: getattr(block, part) for part in ("name", "phone", "other_phone")}
    if block.province or block.city or block.district or block.address:
        parts |= {part: getattr(block, part) for part in ("province", "city", "district", "address")}
    typed.values |= {f"{who}_{part}": value for part, value in parts.items() if value or part not in ("name", "phone")}
    typed.errors.clear()
    return _form(typed, _token(), pasted=others_part)


@pages.post("/entry/others")
@needs(Action.ENTER_ORDER)
def others() -> str:
    """Other open orders of this sender, where the clerk may see them. Each number looked up is a row of the audit."""
    typed = Typed()
    return shown("_entry_others.html", **_others(typed["sender_phone"]))


@pages.get("/districts/find")
@needs(Action.ENTER_ORDER)
def find_districts() -> str:
    """Options for the box in which a clerk types a district: by code, or by a station that serves it."""
    words = request.args.get("adcode", "")[:40].strip().casefold()
    with seeing() as conn:
        network = services().networks.get(conn)
    return shown("_districts.html", districts=_districts(network, words))


@pages.post("/entry")
@needs(Action.ENTER_ORDER)
def save() -> Response | str:
    """One order; what CHAN-5 would hold is asked about first, for the caller is still there."""
    typed, token = Typed(), _token()
    with seeing() as conn:
        network = services().networks.get(conn)
    edition = services().book.at(now())
    content = content_of(typed, network.serves.keys(), edition, now())
    first = _second_entry(typed, edition)
    if typed.errors:
        return make_response(_form(typed, token, first=first), 422)
    missing = missing_fields(content)
    if missing and not request.form.get("hold"):
        return make_response(_form(typed, token, missing=missing, first=first), 422)
    number, new = transact(lambda conn: store(conn, token, content))
    with seeing(beyond=True) as conn:  # it may have been routed to another station
        row = find_order(conn, STAFF, number)
        network = services().networks.get(conn)
        ours = row is not None and bool(in_scope(conn, current_scope(), [row.id]))
    if row is None:
        raise Problem("internal_error")
    _tell(row, new, network, content)
    return redirect(url_for("orders.one", order_id=row.id) if ours else url_for("entry.page"), 303)


def _second_entry(typed: Typed, edition: Edition) -> str:
    """WAYBILL-1: a number that nothing bears out is typed twice. What the form keeps as the first entry."""
    number, first = typed.maybe("waybill_no"), request.form.get("waybill_first", "")
    if not number or "waybill_no" in typed.errors or guard(number, edition, Known()) is not Finding.UNSURE:
        return ""
    if first == number:
        return number
    typed.values["waybill_no"] = ""
    typed.wrong("waybill_no", WORDS["waybill_differs" if first else "waybill_again"])
    return "" if first else number


def store(conn: Connection, token: str, content: dict[str, Any]) -> tuple[str, bool]:
    """The order's number, and whether this is the first time. The same token gets the same number, whatever comes with
    it; the inbox keeps who comes second waiting (law 8)."""
    actor = current_actor()
    body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    key = f"form:{actor.user_id}:{token}"
    [earlier] = remember(conn, [Arrival(STAFF, key, sha256(body).hexdigest(), body, now())])
    if earlier is not None and earlier.answer is not None:
        return earlier.answer.body, False
    number = _free_number(conn)
    push = OrderPush(STAFF, number, now(), content)
    [refusal] = conduct(conn, [Item(now(), push, actor.name)], world(conn))
    if isinstance(refusal, Refusal):
        raise Problem(refusal.code, refusal.message)
    keep_answers(conn, [Answered(STAFF, key, Answer(200, "text/plain", number), number)])
    return number, True


def _free_number(conn: Connection) -> str:
    """`LS20261122-483920`: the day and random digits. Locked before it is looked up, so that nobody else takes it."""
    for _ in range(_TRIES):
        number = f"{STAFF_PREFIX}{day_of(now()):%Y%m%d}-{secrets.randbelow(1_000_000):06d}"
        lock_names(conn, [f"order {number}"])
        if find_order(conn, STAFF, number) is None:
            return number
    raise Problem("busy")


def _tell(row: Any, new: bool, network: Network, content: dict[str, Any]) -> None:
    """Where it went, or what it lacks; no customer's data."""
    number = row.logistics_no
    if not new:
        say(f"{number} 已经保存过,未重复录入 / This form was saved before; no second order", "warning")
        return
    if row.missing:
        lacks = "、".join(word("missing", one).chinese for one in row.missing)
        say(f"{number} 已保存,待补资料:{lacks} / Saved, held until completed", "warning")
    elif row.station in network.stations:
        say(f"{number} 已保存,派至 {network.stations[row.station].name} / Saved and routed")
    else:
        say(f"{number} 已保存,由数据中心分件 / Saved; the data centre will dispatch it", "info")
    if content.get("waybill_no") and row.waybill_no is None:
        say("运单号已被其他订单使用或属于其他网点,未保存 / The waybill number belongs elsewhere", "warning")


def _form(
    typed: Typed, token: str, missing: tuple[str, ...] = (), pasted: str | None = None, first: str | None = None
) -> str:
    values: dict[str, Any] = {
        "waybill_first": request.form.get("waybill_first", "")[:64] if first is None else first,
        "typed": typed, "token": token, "missing": missing, "pasted": pasted, "sources": SOURCES, "datums": DATUMS,
        "types": BUSINESS_TYPES, "languages": LANGUAGES,
        "hold_close": length_zh(services().book.at(now()).hold_close), **_others(typed["sender_phone"]),
    }  # fmt: skip
    return shown("_entry_form.html" if wants_part() else "entry.html", **values)


def _others(typed: str) -> dict[str, Any]:
    """Orders of the clerk's scope, masked. Who has no look-up left may still enter orders."""
    phone = normal_phone(typed)
    rows = transact(lambda conn: looked_up(conn, phone)) if phone else []
    with seeing() as conn:
        network = services().networks.get(conn)
    return {"others": rows or [], "asked": bool(typed), "too_many": rows is None, "network": network}


def looked_up(conn: Connection, phone: str) -> Sequence[Row[Any]] | None:
    """None when the clerk has asked too often in an hour. The audit keeps how many were shown, and no number."""
    if not callers.may_ask(conn):
        return None
    rows = open_orders(conn, current_scope(), phone)
    callers.note(conn, callers.LOOKED, f"phone:{len(rows)}")
    return rows


def _districts(network: Network, words: str) -> list[tuple[str, str]]:
    """(code, names of its stations) whose code or stations hold the words."""
    found = []
    for code, stations in network.serves.items():
        names = "、".join(network.stations[one].name for one in stations)
        if words in f"{code} {names}".casefold():
            found.append((code, names))
        if len(found) == MOST_DISTRICTS:
            break
    return found


def _token() -> str:
    token = request.form.get("token", "")
    if len(token) != _TOKEN_LENGTH or not all(one in "0123456789abcdef" for one in token):
        raise invalid("token", "token_invalid", "页面已过期,请重新打开 / Please open the page again")
    return token


def _pasted() -> str:
    try:
        return clean(request.form.get("pasted", "").replace("\r\n", "\n"), LONGEST)
    except TextError as error:
        raise invalid("pasted", error.code, "粘贴内容过长或含有不允许的字符 / Too long, or not plain text") from None
