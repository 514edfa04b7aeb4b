"""What Kuaidi100 hears: a form of `taskId, param, sign` to the address that came with the order (CHANNELS 3)."""

import json
from decimal import Decimal
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

from channels import pickup_json
from channels.adapter import Credential, Outgoing, Sending
from channels.feedback import Feedback, FeedbackKind, Outcome, Reply
from channels.json_gate import Unreadable, read_object

COMPANY = "huitongkuaidi"  # Best


def digest(signed: bytes) -> str:
    """32 upper-case hex digits. MD5 is what the wire needs."""
    return md5(signed, usedforsecurity=False).hexdigest().upper()


def task_id(number: str) -> str:
    """Our name of the order in their words: always the same for the same number."""
    return digest(number.encode())


def write(_credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """One callback, to the order's own address or else to the channel's. ValueError for an order without a salt."""
    status = _status(told)
    if status is None:
        return ()
    echo, number = told.payload.get("echo") or {}, told.payload["logistics_no"]
    if not echo.get("salt"):
        raise ValueError("the order came without a salt")
    param = compact(_param(told, status))
    form = {"taskId": task_id(number), "param": param, "sign": feedback_sign(param, echo["salt"])}
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return (Outgoing(echo.get("callback") or sending.url, headers, urlencode(form).encode()),)


def feedback_sign(param: str, salt: str) -> str:
    """How a callback is signed."""
    return digest((param + salt).encode())


def _status(told: Feedback) -> int | None:
    """CHANNELS section 7; None where there is no word."""
    if told.kind == FeedbackKind.FAILED:
        return 99 if told.payload["stage"] == "accept" else 11
    if told.kind == FeedbackKind.WITHDRAWN:
        return 99 if told.payload.get("origin") in ("station", "system") else 9
    return {FeedbackKind.ACCEPTED.value: 1, FeedbackKind.PICKED_UP.value: 10}.get(told.kind)


def _param(told: Feedback, status: int) -> dict[str, Any]:
    """The fields in the order of the published example. `freight` is left out: nobody told us a price."""
    payload, holder = told.payload, told.payload.get("holder") or {}
    data = {
        "orderId": payload["logistics_no"],
        "status": status,
        "courierName": holder.get("contact") or "",
        "courierMobile": holder.get("phone") or "",
    }
    weight = payload.get("weight_g")
    if isinstance(weight, int | float):
        data["weight"] = f"{Decimal(str(weight)) / 1000:f}"  # kilograms
    reason = (payload.get("reason_text") or {}).get("zh") or payload.get("reason")
    return {
        "kuaidicom": payload["echo"].get("company") or COMPANY,
        "kuaidinum": payload.get("waybill_no") or "",
        "status": "200",
        "message": reason or "成功",
        "data": data,
    }


def judge(credential: Credential, reply: Reply) -> Outcome:
    """Done when they say `result` true; their 500 is passing, any other code of theirs is final.

    410 ends this message only: the address belongs to one order, and the other orders must go on.
    """
    outcome = pickup_json.judge(credential, reply)
    if outcome is not Outcome.DELIVERED:
        return Outcome.REFUSED if outcome is Outcome.GONE else outcome
    try:
        heard = read_object(reply.text.encode("utf-8", "replace"))
    except Unreadable:
        return Outcome.LATER
    if heard.get("result") in (True, "true"):
        return Outcome.DELIVERED
    code = heard.get("returnCode")
    return Outcome.LATER if code in (None, "", "500") or getattr(code, "text", "") == "500" else Outcome.REFUSED


def compact(value: Any) -> str:
    """JSON as the channel writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
