"""Our own API as an integrator writes it: JSON, signed by Standard Webhooks 1.0.0."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from sandbox.call import Call

SHANGHAI = timezone(timedelta(hours=8))
KEY = hashlib.sha256(b"the sandbox's own key").digest()
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def order(number: str, at: datetime, **changes: str) -> dict[str, Any]:
    """An order of Hangzhou, to be picked up tomorrow morning."""
    day = at.astimezone(SHANGHAI).date() + timedelta(days=1)
    sender = {
        "name": "王小二",
        "mobile": changes.get("phone", "13800138000"),
        "province": "浙江省",
        "city": changes.get("city", "杭州市"),
        "district": "余杭区",
        "address": changes.get("address", "五常街道文一西路969号3号楼"),
    }
    if "lng" in changes:
        sender["location"] = {"lng": changes["lng"], "lat": changes["lat"], "datum": "GCJ-02"}  # type: ignore[assignment]
    return {
        "type": "pickup.order.created",
        "timestamp": at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "data": {
            "logistics_order_no": number,
            "sender": {field: value for field, value in sender.items() if value},
            "receiver": {"name": "李雷", "mobile": "13900139000", "province": "上海市", "city": "上海市",
                         "district": "青浦区", "address": "华徐公路3029弄28号"},
            "cargo": {"name": "文件", "pieces": 1, "weight_g": int(float(changes.get("weight", "1")) * 1000)},
            "appointment": {"start": f"{day}T09:00:00+08:00", "end": f"{day}T11:00:00+08:00"},
            "remark": changes.get("remark", "请提前电话"),
        },
    }  # fmt: skip


def withdrawal(number: str, at: datetime, reason: str) -> dict[str, Any]:
    """The sender takes the order back."""
    data = {"logistics_order_no": number, "reason_code": "customer_cancelled", "reason_text": reason}
    return {"type": "pickup.order.cancelled", "timestamp": at.astimezone(SHANGHAI).isoformat(), "data": data}


def signed(channel: str, content: str, at: datetime, message_id: str = "") -> Call:
    """The text as one call; its id is made from it unless one is given."""
    body = content.encode("utf-8", "surrogatepass")
    message_id = message_id or "msg_" + hashlib.sha256(body).hexdigest()[:24]
    timestamp = str(int(at.timestamp()))
    mac = hmac.digest(KEY, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
    return Call(f"/push/{channel}", "", headers, content, body)


def text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def accepted(status: int, _body: bytes) -> bool:
    return 200 <= status < 300


def passing(status: int, _body: bytes) -> bool:
    return status >= 500 or status == 429


def listen(_path: str, _query: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, str, str]:
    """Checks our signature as the specification says, and answers 204 or 401."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    mac = hmac.digest(KEY, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    given = headers.get("webhook-signature", "").split(" ")
    if "v1," + base64.b64encode(mac).decode() not in given:
        return 401, "text/plain", "bad signature", "BAD signature"
    told = json.loads(body)
    data = told["data"]
    more = {field: value for field, value in data.items() if field != "logistics_order_no"}
    return 204, "text/plain", "", f"{told['type']} {data['logistics_order_no']} {text(more)}"


Number = Callable[[int], str]
Create = Callable[..., Call]
Sign = Callable[[Call, datetime], Call]


def side(channel: str, prefix: str) -> tuple[Number, Create, Create, Sign]:
    """What a channel that speaks our API does: make a number, an order, a withdrawal; sign a call anew."""

    def number(serial: int) -> str:
        return f"{prefix}{serial:014d}"

    def create(number: str, at: datetime, **changes: str) -> Call:
        return signed(channel, text(order(number, at, **changes)), at)

    def cancel(number: str, at: datetime, reason: str = "不想寄了") -> Call:
        return signed(channel, text(withdrawal(number, at, reason)), at)

    def sign(unsigned: Call, at: datetime) -> Call:
        return signed(channel, str(unsigned.content), at)

    return number, create, cancel, sign
