"""How WeChat's events are answered, in the form in which they came (CHANNELS sections 2.1 to 2.3).

Encrypted exactly when the event was. Everything that WeChat sent for certain gets HTTP 200 and a ResultCode, so that it
is not sent again; only what cannot be read at all gets 400 (B-50), what is not WeChat's 401.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from basics.refusal import Refusal
from basics.words import State
from channels import wechat_crypto
from channels.adapter import Answer, Answering, Known, Opened, Result
from channels.messages import Question
from channels.refusals import is_passing, status_of
from channels.wechat_status import ACCEPTED, ASSIGNED, CANCELLED, PICKED_UP, PICKUP_FAILED, REASSIGNED
from channels.xml_gate import element

JSON, XML = "json", "xml"
FORMAT, MODE, NONCE = "format", "mode", "nonce"  # words of Opened, besides those of HEADER
TOKEN_AT, KEY_AT = "token_at", "key_at"  # which of the valid tokens and keys opened the push: their places, never more
HEADER = ("ToUserName", "FromUserName", "MsgType", "Event")
OK, OTHER, UNKNOWN_ORDER = 0, -1, 30001

# Our code -> ResultCode. Documented for cancel_waybill, and used for all events [I]; anything else is OTHER.
RESULT_CODES: Mapping[str, int] = {
    "order_unknown": UNKNOWN_ORDER,
    "already_picked_up": 30002,
    "already_closed": 30003,
    "not_supported": 30004,
}

# Our fields of CHAN-5 -> WeChat's
FIELD_NAMES = {
    "sender.phone": "Sender.Mobile",
    "place": "Sender.Address",
    "weight_g": "GoodDetail.Weight",
}

# What the sender reads
PATH: Mapping[int, str] = {
    ACCEPTED: "网点已接单",
    ASSIGNED: "已安排网点",
    REASSIGNED: "已重新安排网点",
    PICKED_UP: "已揽件",
    PICKUP_FAILED: "揽件失败",
    CANCELLED: "订单已取消",
}
_UNKNOWN = Refusal("order_unknown", "没有这个订单 / no such order")


def answer(made: Answering) -> Answer:
    """The answer to one event, or to what never became one. Nothing at all when it should come again."""
    refusal = made.refusal
    if refusal is not None and is_passing(refusal.code):
        return Answer(status_of(refusal.code), "text/plain", "")
    if made.opened is None:
        status = status_of(refusal.code) if refusal is not None else 200
        return Answer(status, "application/json", _json(_result(refusal)))
    status = 400 if refusal is not None and status_of(refusal.code) == 400 else 200
    reply = _reply(made.opened, made.results[0], made.now)
    if made.opened.words[MODE] != "plain" and made.credential.has(("token", "aes_key", "appid")):
        reply = _encrypted(made, made.opened, _written(made.opened, reply))
    return Answer(status, _TYPES[made.opened.words[FORMAT]], _written(made.opened, reply))


def _reply(opened: Opened, result: Result, now: datetime) -> dict[str, Any]:
    to, sender, kind, event = (opened.words[name] for name in HEADER)
    header = {
        "ToUserName": sender,
        "FromUserName": to,
        "CreateTime": int(now.timestamp()),
        "MsgType": kind,
        "Event": event,
    }
    if result.refusal is None and isinstance(result.said, Question):
        if result.known is None:
            return header | _result(_UNKNOWN)
        return header | {"ResultCode": OK, "ResultMsg": "OK"} | _path(result.known)
    if result.refusal is None and result.missing:
        return header | {"ResultCode": OTHER, "ResultMsg": _held(result.missing)}
    return header | _result(result.refusal)


def _result(refusal: Refusal | None) -> dict[str, Any]:
    code = OK if refusal is None else RESULT_CODES.get(refusal.code, OTHER)
    return {"ResultCode": code, "ResultMsg": _said(refusal)}


def _said(refusal: Refusal | None) -> str:
    """`code: words [field]`, the field by WeChat's name."""
    if refusal is None:
        return "OK"
    field = f" [{FIELD_NAMES.get(refusal.field, refusal.field)}]" if refusal.field else ""
    return f"{refusal.code}: {refusal.message}{field}"


def _held(missing: Sequence[str]) -> str:
    """Section 7: -1 with text, although the order is kept and goes on when the fields come."""
    fields = ", ".join(FIELD_NAMES.get(field, field) for field in missing)
    return f"held: 订单已保存,请补充 / the order is kept and waits for {fields}"


def _path(known: Known) -> dict[str, Any]:
    """How an order stands. `Fee` is told only where it is certain [D], and we know no prices; nobody pays online."""
    steps = [
        {"action_time": int(datetime.fromisoformat(at).timestamp()), "action_type": kind, "action_msg": PATH[kind]}
        for at, kind in _steps(known)
    ]
    number = {"WayBillID": known.waybill_no} if known.waybill_no else {}
    return number | {"PathInfo": {"path_info": steps}, "OnlinePay": 0, "PayResult": 0}


def _steps(known: Known) -> list[tuple[str, int]]:
    """(happened_at, action_type) by the same codes as in feedback. Confirmed and scanned is picked up once."""
    found: list[tuple[str, int]] = []
    before: set[str] = set()
    for at, kind in known.steps:
        if kind == "accepted":
            found.append((at, ACCEPTED))
        elif kind in ("dispatched", "transferred"):
            first = kind == "dispatched" and "transferred" not in before
            found.append((at, ASSIGNED if first else REASSIGNED))
        elif kind in ("confirmed", "scanned") and known.state == State.PICKED_UP:
            found += [] if before & {"confirmed", "scanned"} else [(at, PICKED_UP)]
        elif kind == "failed":
            found += [(at, PICKUP_FAILED)] if known.state == State.PICKUP_FAILED else []
            found.append((at, CANCELLED))
        elif kind == "withdrawn" and known.state == State.WITHDRAWN:
            found.append((at, CANCELLED))
        before.add(kind)
    return found


def _encrypted(made: Answering, opened: Opened, reply: str) -> dict[str, Any]:
    """The envelope: the nonce is that of the push, as WeChat's page has it; the 16 random bytes are the request id.

    Made by the token and key that opened the push: in a rotation WeChat reads the answer by what it has (B-28).
    """
    credential, nonce, timestamp = made.credential, opened.words[NONCE], int(made.now.timestamp())
    random, appid = made.request_id.encode(), credential.needed("appid")
    key, token = _same(made, "aes_key", KEY_AT), _same(made, "token", TOKEN_AT)
    encrypted = wechat_crypto.encrypt(key, appid, random, reply.encode())
    parts = (token, str(timestamp).encode(), nonce.encode(), encrypted.encode())
    return {
        "Encrypt": encrypted,
        "MsgSignature": wechat_crypto.signature(*parts),
        "TimeStamp": timestamp,
        "Nonce": nonce,
    }


def _same(made: Answering, part: str, word: str) -> bytes:
    """The secret that opened the push; the newest where that is not said, or it is not valid any more."""
    keys, place = made.credential.valid(part), made.opened.words.get(word, "") if made.opened else ""
    return keys[int(place)] if place.isdecimal() and int(place) < len(keys) else made.credential.newest(part)


def _written(opened: Opened, reply: Mapping[str, Any]) -> str:
    return _WRITERS[opened.words[FORMAT]](reply)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _xml(value: Mapping[str, Any]) -> str:
    return element("xml", "", *_children(value))


def _children(value: Mapping[str, Any]) -> list[str]:
    """A list is its name several times."""
    found = []
    for name, one in value.items():
        for item in one if isinstance(one, list) else [one]:
            found.append(element(name, "", *_children(item)) if isinstance(item, Mapping) else element(name, item))
    return found


_WRITERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {JSON: _json, XML: _xml}
_TYPES = {JSON: "application/json", XML: "text/xml; charset=utf-8"}
