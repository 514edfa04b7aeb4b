"""Our own JSON API for pickup orders (CHANNELS section 6), spoken by the courier's CRM and its website.

Three kinds of message come in: `pickup.order.created` (again with other content: an update),
`pickup.order.cancelled` and `pickup.order.waybill` (number of an online order). KINDS lists what goes out.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from basics.refusal import Refusal
from basics.words import BUSINESS_TYPES, ONLINE_ORDER, SEND_EXPRESS
from channels import standard_webhooks
from channels.adapter import Answer, Answering, Credential, Opened, Outgoing, Reading, Sending
from channels.feedback import Feedback, FeedbackKind, Outcome, Reply
from channels.fields import Fields, refuse
from channels.json_gate import Unreadable, read_object
from channels.messages import Message, OrderPush, WaybillTold, Withdrawal
from channels.parties import party, present, whole_address
from channels.refusals import status_of

DATUMS = ("GCJ-02", "WGS-84", "BD-09")
SHORT, LONG = 64, 500
_NUMBER = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)
_ADCODE = re.compile(r"[0-9]{6}", re.ASCII)

# Who withdraws, in the words of the operator field; anybody else is the sender's side.
PLATFORM_OPERATORS = ("platform", "system", "平台", "系统")

# Our fields of CHAN-5 -> the channel's
FIELD_NAMES = {
    "sender.phone": "data.sender.mobile",
    "place": "data.sender.address",
    "pieces": "data.cargo.pieces",
    "weight_g": "data.cargo.weight_g",
}

KINDS = {
    FeedbackKind.HELD: "pickup.order.held",
    FeedbackKind.ACCEPTED: "pickup.order.accepted",
    FeedbackKind.DISPATCHED: "pickup.order.dispatched",
    FeedbackKind.PICKED_UP: "pickup.order.picked_up",
    FeedbackKind.FAILED: "pickup.order.failed",
    FeedbackKind.WITHDRAWN: "pickup.order.cancelled",
}


def read(channel: str, opened: Opened, _received_at: datetime) -> Reading | Refusal:
    """What the body says; one message.

    Refused with the codes of json_gate (400), those of fields, and event_unknown (422), each with its field.
    """
    try:
        top = Fields(read_object(opened.content))
        kind = top.required("type", SHORT)
        reader = _READERS.get(kind)
        if reader is None:
            return Refusal("event_unknown", "未知的消息类型 / an unknown type of message", "type")
        happened_at = top.instant("timestamp")
        data = top.object("data")
        if happened_at is None:
            refuse("field_required", "timestamp")
        if data is None:
            refuse("field_required", "data")
        top.end()
        number = data.matching("logistics_order_no", _NUMBER, SHORT)
        if number is None:
            refuse("field_required", "data.logistics_order_no")
        message = reader(channel, number, happened_at, data)
        data.end()
        return Reading((message,))
    except Unreadable as unreadable:
        return unreadable.refusal


def _created(channel: str, number: str, happened_at: Any, data: Fields) -> OrderPush:
    waybill_no = data.text("waybill_no", SHORT)
    business_type = data.one_of("business_type", BUSINESS_TYPES)
    content: dict[str, Any] = {
        "online": True,
        # Who sends the number along owns it (CHAN-2).
        "business_type": business_type or (ONLINE_ORDER if waybill_no else SEND_EXPRESS),
        "waybill_no": waybill_no,
        "pushed_as": data.text("channel", SHORT),  # what it calls itself; the credential decides
        "remark": data.text("remark", LONG),
    }
    for group, take in _GROUPS:
        part = data.object(group)
        if part is not None:
            content.update(take(part))
            part.end()
    return OrderPush(channel, number, happened_at, present(content))


def _cancelled(channel: str, number: str, happened_at: Any, data: Fields) -> Withdrawal:
    code, text = data.text("reason_code", SHORT), data.text("reason_text", LONG)
    operator = (data.text("operator", SHORT) or "").strip().casefold()
    data.text("channel", SHORT)
    origin = "platform" if operator in PLATFORM_OPERATORS else "sender"
    return Withdrawal(channel, number, origin, text or code or "", happened_at)


def _waybill(channel: str, number: str, happened_at: Any, data: Fields) -> WaybillTold:
    data.text("channel", SHORT)
    return WaybillTold(channel, number, data.required("waybill_no", SHORT), happened_at)


_READERS: dict[str, Callable[[str, str, Any, Fields], Message]] = {
    "pickup.order.created": _created,
    "pickup.order.cancelled": _cancelled,
    "pickup.order.waybill": _waybill,
}


def _sender(part: Fields) -> dict[str, Any]:
    location = part.object("location")
    content: dict[str, Any] = {} if location is None else _point(location)
    content["adcode"] = part.matching("adcode", _ADCODE, SHORT)
    person = _person(part)
    content["address"] = whole_address(person)
    content["sender"] = person
    return content


def _receiver(part: Fields) -> dict[str, Any]:
    return {"receiver": _person(part)}


def _person(part: Fields) -> dict[str, Any]:
    return party(
        name=part.text("name", SHORT),
        phones=[part.text(field, SHORT) for field in ("mobile", "phone")],
        province=part.text("province", SHORT),
        city=part.text("city", SHORT),
        district=part.text("district", SHORT),
        address=part.text("address", LONG),
    )


def _point(part: Fields) -> dict[str, Any]:
    """A point as given, with its datum (B-72); whether it is usable routing decides (ROUTE-1)."""
    lng, lat = part.degrees("lng"), part.degrees("lat")
    datum = part.one_of("datum", DATUMS)
    part.end()
    if lng is None and lat is None:
        return {}
    for field, value in (("lng", lng), ("lat", lat)):
        if value is None:
            refuse("field_required", part.name(field))
    if datum is None:
        refuse("datum_required", part.name("datum"))
    return {"lng": lng, "lat": lat, "datum": datum}


def _cargo(part: Fields) -> dict[str, Any]:
    return {
        "goods": part.text("name", 200),
        "pieces": part.quantity("pieces", whole=True),
        "weight_g": part.quantity("weight_g", whole=False),
    }


def _window(part: Fields) -> dict[str, Any]:
    start, end = part.instant("start"), part.instant("end")
    if start and end and end < start:
        refuse("window_invalid", part.name("end"))
    return {
        "window_start": start.isoformat() if start else None,
        "window_end": end.isoformat() if end else None,
    }


_GROUPS: tuple[tuple[str, Callable[[Fields], dict[str, Any]]], ...] = (
    ("sender", _sender),
    ("receiver", _receiver),
    ("cargo", _cargo),
    ("appointment", _window),
)


def answer(made: Answering) -> Answer:
    """200 with the number, the same bytes for the same message; or a problem with code and field."""
    refusal = made.refusal
    if refusal is None:
        said = made.results[0].said
        number = said.logistics_no if isinstance(said, OrderPush | Withdrawal | WaybillTold) else ""
        return Answer(200, "application/json", _json({"logistics_order_no": number, "result": "ok"}))
    status = status_of(refusal.code)
    field = refusal.field
    problem = {
        "status": status,
        "code": refusal.code,
        "detail": refusal.message,
        "errors": [{"field": field, "code": refusal.code}] if field else [],
        "request_id": made.request_id,
    }
    return Answer(status, "application/problem+json", _json(problem))


def write(credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """The one call for a feedback; nothing in its body depends on when it is sent."""
    kind = FeedbackKind(told.kind)
    if kind not in _DATA:
        return ()
    data = {"logistics_order_no": told.payload["logistics_no"], **_DATA[kind](told.payload)}
    body = _json({"type": KINDS[kind], "timestamp": told.payload["happened_at"], "data": data}).encode()
    newest, older = credential.newest(), credential.valid()[1:]
    signed = standard_webhooks.sign(newest, told.message_id, sending.at, body, older)
    return (Outgoing(sending.url, {"content-type": "application/json", **signed}, body),)


def _known(told: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    return {field: told[field] for field in fields if told.get(field) is not None}


_DATA: dict[FeedbackKind, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    FeedbackKind.HELD: lambda told: {
        "errors": [{"field": FIELD_NAMES.get(field, field), "code": "required"} for field in told["missing"]]
    },
    FeedbackKind.ACCEPTED: lambda told: _known(told, "station"),
    FeedbackKind.DISPATCHED: lambda told: _known(told, "station"),
    FeedbackKind.PICKED_UP: lambda told: _known(told, "waybill_no", "weight_g", "courier", "station"),
    # Both failures are final (DO-2): no further attempt, no next window.
    FeedbackKind.FAILED: lambda told: {
        "reason_code": told["reason"],
        "stage": told["stage"],
        "final": True,
        "attempt_no": 1,
        "next_window": None,
    },
    FeedbackKind.WITHDRAWN: lambda told: {
        "operator": told.get("origin"),
        "reason_text": told.get("reason") or "",
    },
}


def judge(_credential: Credential, reply: Reply) -> Outcome:
    """2xx is done, 410: nobody there. No answer, 3xx, 408, 425, 429, 5xx: again later. Other 4xx: refused."""
    status = reply.status
    if status is None or status < 200 or 300 <= status < 400 or status >= 500 or status in (408, 425, 429):
        return Outcome.LATER
    if status < 300:
        return Outcome.DELIVERED
    return Outcome.GONE if status == 410 else Outcome.REFUSED


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
