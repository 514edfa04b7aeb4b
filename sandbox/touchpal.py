"""TouchPal's side, over Best's partner gateway: form pushes signed by MD5, orders in JSON, status pushes in XML."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

from sandbox.call import Call

SHANGHAI = timezone(timedelta(hours=8))
PARTNER = "SandboxPartner"
SECRET = "sandbox-touchpal-key"
SECRETS = {"secret": SECRET, "partner_id": PARTNER}
STATES = ("ACCEPT", "UNACCEPT", "GOT", "NOT_SEND", "WITHDRAW")


def number(serial: int) -> str:
    """CT_H_ and 14 digits."""
    return f"CT_H_{serial:014d}"


def create(number: str, at: datetime, **changes: str) -> Call:
    """A genuine order for tomorrow morning."""
    day = at.astimezone(SHANGHAI).date() + timedelta(days=1)
    order = {
        "customerName": "TouchPal",
        "txLogisticID": number,
        "tradeNo": number.removeprefix("CT_H_"),
        "orderType": "1",
        "serviceType": "1",
        "orderFlag": "10",
        "sendStartTime": f"{day} 09:00:00",
        "sendEndTime": f"{day} 11:00:00",
        "goodsValue": 0,
        "itemsValue": 0,
        "insuranceValue": 0,
        "special": 0,
        "remark": changes.get("remark", "请提前电话"),
        "sender": {
            "name": "王小二",
            "postCode": "311121",
            "mobile": changes.get("phone", "13800138000"),
            "prov": "浙江省",
            "city": changes.get("city", "杭州市"),
            "county": "余杭区",
            "address": changes.get("address", "五常街道文一西路969号3号楼"),
        },
        "receiver": {
            "name": "李雷",
            "postCode": "201700",
            "mobile": "13900139000",
            "prov": "上海",
            "city": "上海市",
            "county": "青浦区",
            "address": "华徐公路3029弄28号",
        },
        "items": {"item": [{"itemName": "文件", "number": 1}]},
        "itemWeight": changes.get("weight", "1.0"),
    }
    return _call("KD_CREATE_ORDER_NOTIFY", order, at)


def cancel(number: str, at: datetime, reason: str = "不想寄了") -> Call:
    """A genuine withdrawal."""
    return _call("KD_CANCEL_ORDER_NOTIFY", {"txLogisticID": number, "reason": reason}, at)


def _call(service: str, told: Mapping[str, Any], at: datetime) -> Call:
    content = {"serviceType": service, "partnerID": PARTNER, "bizData": text(told)}
    return sign(Call("/push/touchpal", "", {}, content, b""), at)


def sign(unsigned: Call, _at: datetime) -> Call:
    """The call again with its content signed as it is now; nothing in it depends on the time."""
    assert isinstance(unsigned.content, dict)
    form = unsigned.content | {"sign": md5(unsigned.content.get("bizData", ""))}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode(form, errors="surrogatepass").encode()
    return Call(unsigned.path, unsigned.query, headers, unsigned.content, body)


def accepted(_status: int, body: bytes) -> bool:
    return _answer(body).get("result") == "true"


def passing(status: int, body: bytes) -> bool:
    return status >= 500 or status == 429 or _answer(body).get("errorCode") == "retry"


def listen(_path: str, _query: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, str, str, str]:
    """Checks our signature over `bizData`, and answers as the gateway's partners do."""
    form = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True))
    content = form.get("bizData", "")
    if form.get("partnerID") != PARTNER or form.get("sign") != md5(content):
        return 200, "application/xml", _response("false", "sign"), "BAD sign"
    told = _fields(content)
    if form.get("serviceType") != "KD_ORDER_STATUS_PUSH" or told.get("status") not in STATES:
        return 200, "application/xml", _response("false", "status"), "BAD status"
    words = (told.get(name) for name in ("status", "txLogisticID", "mailNo", "acceptTime", "contactInfo", "remark"))
    return 200, "application/xml", _response("true", ""), " ".join(filter(None, words))


def _response(result: str, code: str) -> str:
    return f"<response><result>{result}</result><remark/><errorCode>{code}</errorCode><errorDescription/></response>"


def md5(content: str) -> str:
    return hashlib.md5((content + SECRET).encode("utf-8", "surrogatepass")).hexdigest()


def text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _fields(content: str) -> dict[str, str]:
    """JSON or XML as texts."""
    if content.startswith("<"):
        return {child.tag: child.text or "" for child in ElementTree.fromstring(content)}
    return {name: str(value) for name, value in json.loads(content).items()}


def _answer(body: bytes) -> dict[str, str]:
    try:
        told = _fields(body.decode())
    except (ValueError, AttributeError, ElementTree.ParseError):
        return {}
    return told | {"result": told.get("result", "").lower()}
