"""Alipay's side: notifications to an application, and the gateway that takes the application's calls. RSA2 only.

Both keys are known to everybody: they are made from their names, for tests and trials.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.call import Call

__all__ = ["SECRETS", "accepted", "cancel", "create", "listen", "number", "passing", "sign"]

SHANGHAI = timezone(timedelta(hours=8))
APP_ID, MERCH_CODE = "2026000000000001", "HTKY"
PATH = "/push/alipay"
NODE = "alipay_eco_logistics_express_order_modify_response"
_FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
# What a `canceled` may say why, and what each status must bring.
_CODES = tuple(f"R0{digit}" for digit in range(1, 9))
_SITE = ("site_code", "site_name", "site_area_code", "site_detail_addr", "site_leader_name", "site_leader_mobile")
_WITH = {"accepted": ("accept_type", *_SITE), "collected": ("way_bill_no", "goods_weight", "order_amount"),
         "canceled": ("refuse_code",)}  # fmt: skip


def _prime(label: str, further: int) -> int:
    """The first prime from a starting point that the label gives; `further` says how far it is, which saves seconds."""
    digest = b"".join(hashlib.sha256(f"{label}:{part}".encode()).digest() for part in range(4))
    return (int.from_bytes(digest, "big") | 3 << 1022 | 1) + further


def _key(p: int, q: int, e: int = 65537) -> rsa.RSAPrivateKey:
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPublicNumbers(e, p * q)
    halves = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *halves, numbers).private_key()


ALIPAY = _key(_prime("q9-alipay-test-p", 726), _prime("q9-alipay-test-q", 236))  # signs notifications and answers
APP = _key(_prime("q9-alipay-app-p", 932), _prime("q9-alipay-app-q", 1276))  # the courier signs its calls with it


def public_text(key: rsa.RSAPrivateKey) -> str:
    """The public half as Alipay's console shows it: base64 without a frame."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, form)).decode()


def private_text(key: rsa.RSAPrivateKey) -> str:
    """PKCS#8 as Alipay's key tool writes it for Java: base64 without a frame."""
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return base64.b64encode(key.private_bytes(serialization.Encoding.DER, form, bare)).decode()


SECRETS = {
    "app_id": APP_ID,
    "merch_code": MERCH_CODE,
    "order_amount": "12.00",
    "site_area_code": "330110",
    "alipay_public_key": public_text(ALIPAY),
    "app_private_key": private_text(APP),
}


def number(serial: int) -> str:
    """`ali` and 16 digits."""
    return f"ali20261122{serial:08d}"


def create(number: str, at: datetime, **changes: Any) -> Call:
    """A genuine order of Hangzhou, to be picked up tomorrow morning.

    `weight` is in kilograms. The dialect has no point, no address for callbacks, and no city (it goes before the
    address). Any name of `biz_content` may be given too; None takes a field away.
    """
    here = at.astimezone(SHANGHAI)
    day = here.date() + timedelta(days=1)
    order: dict[str, Any] = {
        "order_no": number,
        "logis_merch_code": MERCH_CODE,
        "product_type_code": "STANDARD",
        "create_time": here.strftime("%Y-%m-%d %H:%M:%S"),
        "appoint_start_time": f"{day} 09:00:00",
        "appoint_end_time": f"{day} 11:00:00",
        "sender_name": "王小二",
        "sender_mobile": changes.pop("phone", "13800138000"),
        "sender_area_code": "330110",
        "sender_address": changes.pop("city", "") + changes.pop("address", "五常街道文一西路969号3号楼"),
        "receiver_name": "李雷",
        "receiver_mobile": "13900139000",
        "receiver_area_code": "310118",
        "receiver_address": "华徐公路3029弄28号",
        "goods_name": "文件",
        "goods_weight": int(float(changes.pop("weight", "1")) * 1000),
        "remark": changes.pop("remark", "请提前电话"),
    }
    changed = {name: value for name, value in changes.items() if name not in ("lng", "lat", "callback")}
    return _notification("q9.express.order.create", order | changed, at)


def cancel(number: str, at: datetime, reason: str = "不想寄了") -> Call:
    """A genuine withdrawal."""
    told = {"order_no": number, "logis_merch_code": MERCH_CODE, "cancel_cause": reason}
    return _notification("q9.express.order.cancel", told, at)


def _notification(method: str, told: Mapping[str, Any], at: datetime) -> Call:
    content = {
        "app_id": APP_ID,
        "charset": "utf-8",
        "msg_method": method,
        "version": "1.1",
        "sign_type": "RSA2",
        "biz_content": _json({name: value for name, value in told.items() if value is not None}),
    }
    return sign(Call(PATH, "", dict(_FORM), content, b""), at)


def sign(unsigned: Call, at: datetime) -> Call:
    """The call with its content signed as it is now.

    What the content lacks of `utc_timestamp` and `notify_id` is put in: the instant, and a name made of both.
    """
    assert isinstance(unsigned.content, dict)
    params = {"utc_timestamp": str(int(at.timestamp() * 1000)), **unsigned.content}
    digest = hashlib.sha256(_bytes(_joined(params))).hexdigest()
    params.setdefault("notify_id", f"{at.astimezone(SHANGHAI):%Y%m%d}{digest[:24]}")
    signed = {name: value for name, value in params.items() if name not in ("sign", "sign_type")}
    params["sign"] = _sign(ALIPAY, _bytes(_joined(signed)))
    body = urlencode({_bytes(name): _bytes(value) for name, value in params.items()}).encode()
    return Call(unsigned.path, unsigned.query, unsigned.headers, unsigned.content, body, unsigned.method)


def accepted(status: int, body: bytes) -> bool:
    """The one word that keeps Alipay from sending it again."""
    return status == 200 and body == b"success"


def passing(status: int, _body: bytes) -> bool:
    """`fail` makes Alipay try again in any case; the status says whether that can help."""
    return status >= 500 or status == 429


def listen(_path: str, query: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, str, str, str]:
    """The gateway: takes parameters of query and body alike, checks the application's signature and what a status
    must bring, and signs its answer."""
    params = dict(parse_qsl(query) + parse_qsl(body.decode("utf-8", "replace")))
    given = params.pop("sign", "")
    content = _joined({name: value for name, value in params.items() if value})
    if params.get("app_id") != APP_ID:
        return _answer("40002", "Invalid Arguments", "isv.invalid-app-id", "BAD app_id")
    if params.get("sign_type") != "RSA2" or not _genuine(APP, content.encode(), given):
        return _answer("40002", "Invalid Arguments", "isv.invalid-signature", "BAD signature")
    if params.get("method") != "alipay.eco.logistics.express.order.modify":
        return _answer("40002", "Invalid Arguments", "isv.invalid-method", "BAD method")
    try:
        told = json.loads(params.get("biz_content", ""))
        trouble = _trouble(told)
    except (ValueError, TypeError, AttributeError):
        return _answer("40002", "Invalid Arguments", "isv.invalid-parameter", "BAD biz_content")
    if trouble:
        return _answer("40004", "Business Failed", "isv.invalid-parameter", f"BAD {trouble}")
    return _answer("10000", "Success", "", _line(told))


def _trouble(told: Mapping[str, Any]) -> str:
    """What CHANNELS section 4.1 demands and this does not bring."""
    status = told.get("order_status", "")
    if not told.get("order_no") or told.get("logis_merch_code") != MERCH_CODE or status not in _WITH:
        return "order_no, logis_merch_code or order_status"
    wanted = [field for field in _WITH[status] if field not in told]
    if wanted:
        return f"without {', '.join(wanted)}"
    if status == "collected" and not (told["way_bill_no"] and type(told["goods_weight"]) is int):
        return "way_bill_no or goods_weight"
    if status == "canceled" and told["refuse_code"] not in _CODES:
        return "refuse_code"
    return "without refuse_desc" if told.get("refuse_code") == "R08" and not told.get("refuse_desc") else ""


def _line(told: Mapping[str, Any]) -> str:
    names = ("site_name", "way_bill_no", "goods_weight", "refuse_code", "refuse_desc")
    more = " ".join(str(told[name]) for name in names if told.get(name))
    return f"{told['order_status']} {told['order_no']} {more}".strip()


def _answer(code: str, message: str, sub_code: str, line: str) -> tuple[int, str, str, str]:
    node = {"code": code, "msg": message} | ({"sub_code": sub_code, "sub_msg": line} if sub_code else {})
    raw = _json(node)
    text = f'{{"{NODE}":{raw},"sign":"{_sign(ALIPAY, raw.encode())}"}}'
    return 200, "text/html;charset=utf-8", text, line


def _joined(params: Mapping[str, str]) -> str:
    return "&".join(f"{name}={params[name]}" for name in sorted(params))


def _sign(key: rsa.RSAPrivateKey, content: bytes) -> str:
    return base64.b64encode(key.sign(content, padding.PKCS1v15(), hashes.SHA256())).decode()


def _genuine(key: rsa.RSAPrivateKey, content: bytes, signature: str) -> bool:
    try:
        key.public_key().verify(base64.b64decode(signature), content, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a mutation may make what no UTF-8 can hold


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
