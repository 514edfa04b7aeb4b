"""WeChat's side: 散单寄件 events in secure mode, and its update interface. Written from WeChat's pages."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlencode

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from sandbox.call import Call

SHANGHAI = timezone(timedelta(hours=8))
SECRETS = {
    "token": "SandboxToken20261122",
    "aes_key": "sandboxABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "appid": "wx0123456789abcdef",
    "app_secret": hashlib.sha256(b"the sandbox's app secret").hexdigest()[:32],
}
ACCESS_TOKEN = "sandbox_" + hashlib.sha256(SECRETS["app_secret"].encode()).hexdigest()
KEY = base64.b64decode(SECRETS["aes_key"] + "=")
ACTIONS = {
    90001: "网点接单",
    90002: "分配业务员",
    90003: "重新分配业务员",
    100001: "揽件成功",
    100002: "揽件失败",
    400001: "订单取消",
}
DEMANDED = {
    "token": str, "action_time": int, "action_type": int, "action_msg": str, "pickup_courier_name": str,
    "pickup_courier_phone": str, "delivery_courier_name": str, "delivery_courier_phone": str,
}  # fmt: skip


def number(serial: int) -> str:
    """wx, a day, and the number of the order on it."""
    return f"wx20261122{serial:07d}"


def create(number: str, at: datetime, **changes: str) -> Call:
    """A genuine order, to be picked up tomorrow morning."""
    nine = at.astimezone(SHANGHAI).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    start, end = int(nine.timestamp()), int(nine.timestamp()) + 2 * 3600
    sender = {
        "Name": "王小二", "Tel": "", "Mobile": changes.get("phone", "13800138000"), "Province": "浙江省",
        "City": changes.get("city", "杭州市"), "Area": "余杭区", "Street": "五常街道",
        "Address": changes.get("address", "文一西路969号3号楼"), "Id": "1",
    }  # fmt: skip
    receiver = {
        "Name": "李雷", "Tel": "", "Mobile": "13900139000", "Province": "上海市", "City": "上海市", "Area": "青浦区",
        "Street": "徐泾镇", "Address": "华徐公路3029弄28号", "Id": "2",
    }  # fmt: skip
    event = _header("add_single_waybill", number, at) | {
        "Sender": sender,
        "Receiver": receiver,
        "GoodDetail": {"Special": 0, "Weight": float(changes.get("weight", "1"))},
        "ExpectStartTime": start,
        "ExpectEndTime": end,
        "Settingment": 0,
        "Remark": changes.get("remark", "请提前电话"),
        "PickUpStartTime": start,
        "PickUpEndTime": end,
        "Scene": 1,
    }
    return _pushed(_text(event), at)


def cancel(number: str, at: datetime, reason: str = "不想寄了") -> Call:
    """A genuine withdrawal."""
    event = _header("cancel_single_waybill", number, at) | {"WayBillID": "", "CancelID": 1, "CancelReason": reason}
    return _pushed(_text(event), at)


def sign(unsigned: Call, at: datetime) -> Call:
    """The call again with its content encrypted and signed as it is now."""
    return _pushed(str(unsigned.content), at)


def _header(event: str, number: str, at: datetime) -> dict[str, Any]:
    return {
        "ToUserName": "gh_0123456789ab",
        "FromUserName": "oQ9WxTeamOpenId",
        "CreateTime": int(at.timestamp()),
        "MsgType": "event",
        "Event": event,
        "Token": f"wxtok-{hashlib.sha256(number.encode()).hexdigest()[:24]}",
        "WXAppId": "wxmerchant00000001",
        "OrderID": number,
    }


def _pushed(content: str, at: datetime) -> Call:
    """The event in secure mode: what should be chance is made from content and time here, so that runs are alike."""
    message = content.encode("utf-8", "surrogatepass")
    chance = hashlib.sha256(message + at.isoformat().encode()).hexdigest()
    encrypted = _encrypt(chance[:16].encode() + len(message).to_bytes(4, "big") + message + SECRETS["appid"].encode())
    timestamp, nonce = str(int(at.timestamp())), str(int(chance[16:24], 16))
    query = {
        "signature": _sha1(timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": "oQ9WxTeamOpenId",
        "encrypt_type": "aes",
        "msg_signature": _sha1(timestamp, nonce, encrypted),
    }
    body = _text({"ToUserName": "gh_0123456789ab", "Encrypt": encrypted}).encode()
    return Call("/push/wechat", urlencode(query), {"content-type": "application/json"}, content, body)


def accepted(status: int, body: bytes) -> bool:
    """Whether the answer is genuine and its ResultCode 0."""
    try:
        return status == 200 and json.loads(_decrypt(json.loads(body)))["ResultCode"] == 0
    except (ValueError, KeyError, TypeError):
        return False


def passing(status: int, _body: bytes) -> bool:
    """Whether WeChat sends it again: no answer, or trouble of theirs."""
    return status >= 500


def listen(path: str, query: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, str, str, str]:
    """api.weixin.qq.com: gives access tokens and takes status updates; errors come with HTTP 200."""
    try:
        asked = json.loads(body)
    except ValueError:
        return _error(47001, "data format error", "BAD no JSON")
    if path == "/cgi-bin/stable_token":
        return _token(asked)
    if path != "/cgi-bin/express/delivery/single_waybill/update":
        return 404, "text/plain", "", f"BAD path {path}"
    if parse_qs(query).get("access_token") != [ACCESS_TOKEN]:
        return _error(40001, "invalid credential, access_token is invalid or not latest", "BAD access_token")
    wrong = [field for field, kind in DEMANDED.items() if not isinstance(asked.get(field), kind)]
    if wrong or asked["action_type"] not in ACTIONS:
        return _error(40097, "invalid args", f"BAD {' '.join(wrong) or 'action_type'}")
    if not asked["token"].startswith("wxtok-"):
        return _error(9300507, "invalid token", "BAD token")
    said = f"{asked['action_type']} {ACTIONS[asked['action_type']]} {asked['token']} {asked.get('waybill_id', '')}"
    return 200, "application/json", _text({"errcode": 0, "errmsg": "ok"}), f"{said} {asked['action_msg']}"


def _token(asked: Any) -> tuple[int, str, str, str]:
    wanted = {"grant_type": "client_credential", "appid": SECRETS["appid"], "secret": SECRETS["app_secret"]}
    if {name: asked.get(name) for name in wanted} != wanted:
        return _error(40125, "invalid appsecret", "BAD secret")
    return 200, "application/json", _text({"access_token": ACCESS_TOKEN, "expires_in": 7200}), "stable_token"


def _error(code: int, words: str, line: str) -> tuple[int, str, str, str]:
    return 200, "application/json", _text({"errcode": code, "errmsg": words}), line


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted((SECRETS["token"], *parts))).encode(), usedforsecurity=False).hexdigest()


def _encrypt(content: bytes) -> str:
    missing = 32 - len(content) % 32
    cipher = Cipher(AES(KEY), CBC(KEY[:16])).encryptor()
    return base64.b64encode(cipher.update(content + bytes([missing]) * missing) + cipher.finalize()).decode()


def _decrypt(reply: Mapping[str, Any]) -> bytes:
    """The text of an answer. ValueError when it is not genuine."""
    if reply["MsgSignature"] != _sha1(str(reply["TimeStamp"]), reply["Nonce"], reply["Encrypt"]):
        raise ValueError("bad signature")
    cipher = Cipher(AES(KEY), CBC(KEY[:16])).decryptor()
    content = cipher.update(base64.b64decode(reply["Encrypt"])) + cipher.finalize()
    content = content[: -content[-1]]
    length = int.from_bytes(content[16:20], "big")
    if content[20 + length :] != SECRETS["appid"].encode():
        raise ValueError("bad appid")
    return content[20 : 20 + length]
