"""What Cainiao hears of its orders: `UpdateInfo` STATUS (CHANNELS 1.5), and what its answers mean."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from basics.days import parse_instant, shanghai
from channels.adapter import Credential, Outgoing, Sending
from channels.cainiao_messages import texts
from channels.feedback import Feedback, FeedbackKind, Outcome, Reply
from channels.json_gate import Unreadable, read_object
from channels.xml_gate import element, read_xml

PROVIDER = "HTKY"  # Taobao's code for this courier
FORM = "application/x-www-form-urlencoded"
TRY_AGAIN = "S07"


def digest(content: bytes, key: bytes) -> bytes:
    """base64(MD5(content + secret)): what the wire needs."""
    return b64encode(hashlib.md5(content + key, usedforsecurity=False).digest())


def write(credential: Credential, told: Feedback, sending: Sending) -> tuple[Outgoing, ...]:
    """`UpdateInfo` STATUS of CHANNELS 1.5, always in UTF-8; nothing where the channel has no word (section 7)."""
    content = _update(credential.setting("provider_id", PROVIDER), told)
    if content is None:
        return ()
    form = {"logistics_interface": content, "data_digest": digest(content.encode(), credential.newest()).decode()}
    if credential.setting("form", "old") == "link":
        form["msg_type"] = credential.needed("msg_type")
        form |= {"to_code": to_code} if (to_code := credential.setting("to_code")) else {}
    form["logistic_provider_id"] = credential.setting("provider_id", PROVIDER)
    return (Outgoing(sending.url, {"content-type": f"{FORM}; charset=UTF-8"}, urlencode(form).encode()),)


def _update(provider: str, told: Feedback) -> str | None:
    payload, status = told.payload, _status(told)
    if status is None:
        return None
    holder = payload.get("holder") or {}
    weight = _kilograms(payload.get("weight_g"))
    return element(
        "UpdateInfo",
        "",
        element("logisticProviderID", provider),
        element("txLogisticID", payload["logistics_no"]),
        element("mailNo", payload.get("waybill_no")),
        element("infoType", "STATUS"),
        element("infoContent", status),
        element("name", holder.get("contact") or holder.get("name")),
        element("acceptTime", shanghai(parse_instant(payload["happened_at"])).strftime("%Y-%m-%d %H:%M:%S")),
        element("contactInfo", holder.get("phone")),
        element("weight", weight) if weight else "",
        element("remark", _told(told.kind, payload)),
    )


def _status(told: Feedback) -> str | None:
    """infoContent of CHANNELS 1.5. A withdrawal that the channel made itself is no news to it."""
    if told.kind == FeedbackKind.FAILED:
        return "UNACCEPT" if told.payload["stage"] == "accept" else "NOT_SEND"
    if told.kind == FeedbackKind.WITHDRAWN:
        return None if told.payload.get("by_channel") else "WITHDRAW"
    return {FeedbackKind.ACCEPTED: "ACCEPT", FeedbackKind.PICKED_UP: "GOT"}.get(FeedbackKind(told.kind))


def _told(kind: str, payload: Mapping[str, Any]) -> str:
    """The remark: the station that accepted, or why it came to nothing; there is no list of reason codes."""
    if kind == FeedbackKind.ACCEPTED:
        return str((payload.get("holder") or {}).get("name") or "")
    if kind == FeedbackKind.FAILED:
        return str(payload["reason_text"].get("zh") or payload["reason"])
    return str(payload.get("reason") or "")


def _kilograms(grams: Any) -> str:
    """`0.85` for 850; empty when nothing is known."""
    known = isinstance(grams, int | float) and not isinstance(grams, bool) and grams > 0
    return format((Decimal(str(grams)) / 1000).normalize(), "f") if known else ""


def judge(_credential: Credential, reply: Reply) -> Outcome:
    """A 2xx counts by its `success`; one that cannot be read is tried again, as are 3xx, 5xx, 408, 425 and 429.

    `S07` or a retry flag: later, whatever the status. Else `success` false and other 4xx: refused. 410: nobody there.
    """
    status = reply.status
    if status is None or status < 200 or 300 <= status < 400 or status >= 500 or status in (408, 425, 429):
        return Outcome.LATER
    said = [(name, value.strip()) for name, value in _leaves(_answer_tree(reply.text))]
    success = [value.lower() == "true" for name, value in said if name == "success"]
    again = any(value == TRY_AGAIN for name, value in said if name in ("reason", "errorCode"))
    again = again or any(value.lower() == "true" for name, value in said if name in ("retryFlag", "isRetry"))
    if status < 300 and success and all(success):
        return Outcome.DELIVERED
    if again or (status < 300 and not success):
        return Outcome.LATER
    return Outcome.GONE if status == 410 else Outcome.REFUSED


def _answer_tree(text: str) -> Any:
    try:
        if text.lstrip()[:1] == "{":
            return texts(read_object(text.encode("utf-8", "surrogatepass")))
        return texts(read_xml(text.removeprefix("\ufeff"), ("response",))[1])
    except Unreadable:
        return {}


def _leaves(tree: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for inner, value in tree.items():
            yield from _leaves(value, inner)
    elif isinstance(tree, list):
        for value in tree:
            yield from _leaves(value, name)
    else:
        yield name, tree
