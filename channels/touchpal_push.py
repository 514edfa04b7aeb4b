"""What TouchPal hears: `KD_ORDER_STATUS_PUSH`, form POST, `bizData` in XML or JSON (CHANNELS section 5)."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

from basics.days import shanghai
from channels import pickup_json
from channels.adapter import Credential, Outgoing, Sending
from channels.feedback import Feedback, FeedbackKind, Outcome, Reply
from channels.json_gate import Unreadable, read_object
from channels.xml_gate import element, elements, read_xml

SERVICE = "KD_ORDER_STATUS_PUSH"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_CITY = re.compile("[\u4e00-\u9fff]{1,7}?市")


def digest(signed: bytes) -> str:
    """32 lower-case hex digits. MD5 is what the wire needs."""
    return md5(signed, usedforsecurity=False).hexdigest()


def write(credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """One push. NotSetUp without key or partner_id."""
    status = _status(told)
    if status is None:
        return ()
    pairs = _pairs(told.payload, status)
    as_json = credential.setting("format") == "json"
    content = compact(dict(pairs)) if as_json else DECLARATION + element("request", "", elements(pairs))
    form = {
        "serviceType": SERVICE,
        "partnerID": credential.needed("partner_id"),
        "bizData": content,
        "sign": digest(content.encode() + credential.newest()),
    }
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return (Outgoing(sending.url, headers, urlencode(form).encode()),)


def _status(told: Feedback) -> str | None:
    """CHANNELS section 7: Taobao's names; None where there is no word."""
    if told.kind == FeedbackKind.FAILED:
        return "UNACCEPT" if told.payload["stage"] == "accept" else "NOT_SEND"
    if told.kind == FeedbackKind.WITHDRAWN:
        return None if told.payload.get("by_channel") else "WITHDRAW"
    return {FeedbackKind.ACCEPTED.value: "ACCEPT", FeedbackKind.PICKED_UP.value: "GOT"}.get(told.kind)


def _pairs(payload: Mapping[str, Any], status: str) -> list[tuple[str, str]]:
    """The fields in the order of the published example; `weight` only where one is known."""
    holder = payload.get("holder") or {}
    happened = shanghai(datetime.fromisoformat(payload["happened_at"]))
    weight = payload.get("weight_g")
    known = isinstance(weight, int | float)
    return [
        ("txLogisticID", payload["logistics_no"]),
        ("status", status),
        ("mailNo", payload.get("waybill_no") or ""),
        ("acceptTime", f"{happened:%Y-%m-%d %H:%M:%S}"),
        ("currentCity", _city(holder)),
        ("contactInfo", holder.get("phone") or ""),
        *([("weight", f"{Decimal(str(weight)) / 1000:f}")] if known else []),  # kilograms
        ("remark", (payload.get("reason_text") or {}).get("zh") or payload.get("reason") or ""),
    ]


def _city(holder: Mapping[str, str]) -> str:
    """The city that the station's address names behind its province; empty when it names none."""
    province, address = holder.get("province") or "", holder.get("address") or ""
    if province.endswith("市"):
        return province
    if not province or not address.startswith(province):
        return ""
    found = _CITY.match(address, len(province))
    return found[0] if found else ""


def judge(credential: Credential, reply: Reply) -> Outcome:
    """Done when they say `result` true, in JSON or XML; anything else they say with 2xx is tried again."""
    outcome = pickup_json.judge(credential, reply)
    if outcome is not Outcome.DELIVERED:
        return outcome
    text = reply.text.strip()
    try:
        heard = read_xml(text)[1] if text.startswith("<") else read_object(text.encode("utf-8", "replace"))
    except Unreadable:
        return Outcome.LATER
    result = heard.get("result")
    said = result.strip().lower() if isinstance(result, str) else result
    return Outcome.DELIVERED if said in (True, "true") else Outcome.LATER


def compact(value: Any) -> str:
    """JSON as the channel writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
