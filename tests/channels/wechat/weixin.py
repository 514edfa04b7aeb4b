"""WeChat's side in tests: wechatpy signs, encrypts and reads our answers; nothing of it is shared with the product."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import xmltodict  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from wechatpy.crypto import WeChatCrypto  # type: ignore[import-untyped]
from wechatpy.utils import WeChatSigner  # type: ignore[import-untyped]

from basics.refusal import Refusal
from channels.adapter import Answer, Answering, Credential, Knock, Known, Opened, Result
from channels.messages import Message, Question
from channels.registry import ADAPTERS

WECHAT = ADAPTERS["wechat"]
NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)
REQUEST = "0123456789abcdef"
TOKEN, APPID = "Q9DemoToken", "wx0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
TIMESTAMP, NONCE = "1795320000", "20261123"  # half a minute before NOW
PLAIN = Credential({"token": (TOKEN.encode(),)}, {"appid": APPID, "mode": "plain"})
SECURE = Credential({"token": (TOKEN.encode(),), "aes_key": (AES_KEY.encode(),)}, {"appid": APPID})
THEIRS = WeChatCrypto(TOKEN, AES_KEY, APPID)

# CHANNELS sections 2.2 and 2.1, literally
CREATED = (
    '{"ToUserName":"gh_0123456789ab","FromUserName":"oQ9WxTeamOpenId","CreateTime":1795320000,"MsgType":"event",'
    '"Event":"add_single_waybill","Token":"wxtok-8f2c","WXAppId":"wxmerchant00000001","OrderID":"wx202611220000017",'
    '"Sender":{"Name":"王小二","Tel":"","Mobile":"13800138000","Province":"浙江省","City":"杭州市","Area":"余杭区",'
    '"Street":"五常街道","Address":"文一西路969号3号楼","Id":"1"},"Receiver":{"Name":"李雷","Tel":"",'
    '"Mobile":"13900139000","Province":"上海市","City":"上海市","Area":"青浦区","Street":"徐泾镇",'
    '"Address":"华徐公路3029弄28号","Id":"2"},"GoodDetail":{"Special":0,"Weight":1.0},"ExpectStartTime":1795395600,'
    '"ExpectEndTime":1795402800,"Settingment":0,"Remark":"请提前电话","PickUpStartTime":1795395600,'
    '"PickUpEndTime":1795402800,"Scene":1}'
)
CANCELLED = (
    '{"ToUserName":"gh_0123456789ab","FromUserName":"oQ9WxTeamOpenId","CreateTime":1795406400,"MsgType":"event",'
    '"Event":"cancel_single_waybill","Token":"wxtok-8f2c","WXAppId":"wxmerchant00000001",'
    '"OrderID":"wx202611220000017","WayBillID":"","CancelID":6,"CancelReason":"取件太慢"}'
)


def event(base: str = CREATED, /, **changed: Any) -> dict[str, Any]:
    """An event with fields changed, those inside others by `Sender__Mobile`; None takes one away."""
    found: dict[str, Any] = json.loads(base)
    for name, value in changed.items():
        *path, last = name.split("__")
        part = found
        for step in path:
            part = part[step]
        if value is None:
            part.pop(last, None)
        else:
            part[last] = value
    return found


def question(**changed: Any) -> dict[str, Any]:
    """An event by which WeChat asks for an order."""
    header = {key: value for key, value in json.loads(CANCELLED).items() if not key.startswith("Cancel")}
    return header | {"Event": "query_single_waybill"} | changed


def as_json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)


def as_xml(told: Mapping[str, Any]) -> str:
    return str(xmltodict.unparse({"xml": told}, full_document=False))


def sha1(*parts: str) -> str:
    """wechatpy's signature."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def plain(message: str, token: str = TOKEN, **more: str) -> Knock:
    """A push in plain mode."""
    query = {"signature": sha1(token, TIMESTAMP, NONCE), "timestamp": TIMESTAMP, "nonce": NONCE} | more
    return Knock("POST", urlencode(query).encode(), {}, message.encode("utf-8", "surrogatepass"))


def secure(
    message: str, *, theirs: Any = THEIRS, xml: bool = False, timestamp: str = TIMESTAMP, nonce: str = NONCE
) -> Knock:
    """A push in secure mode, encrypted and signed by wechatpy."""
    return sealed(xmltodict.parse(theirs.encrypt_message(message, nonce, timestamp))["xml"], xml=xml)


def sealed(envelope: Mapping[str, str], *, xml: bool = False) -> Knock:
    """A push around an envelope that is there."""
    body = {"ToUserName": "gh_0123456789ab", "Encrypt": envelope["Encrypt"]}
    query = {
        "signature": sha1(TOKEN, envelope["TimeStamp"], envelope["Nonce"]),
        "timestamp": envelope["TimeStamp"],
        "nonce": envelope["Nonce"],
        "openid": "oQ9WxTeamOpenId",
        "encrypt_type": "aes",
        "msg_signature": envelope["MsgSignature"],
    }
    return Knock("POST", urlencode(query).encode(), {}, (as_xml(body) if xml else as_json(body)).encode())


def encrypted(content: bytes, padding: bytes | None = None) -> Knock:
    """A push with right signature around whatever content."""
    key = b64decode(AES_KEY + "=")
    missing = 32 - len(content) % 32
    cipher = Cipher(AES(key), CBC(key[:16])).encryptor()
    inside = cipher.update(content + (bytes([missing]) * missing if padding is None else padding))
    text = b64encode(inside + cipher.finalize()).decode()
    signature = sha1(TOKEN, TIMESTAMP, NONCE, text)
    return sealed({"Encrypt": text, "TimeStamp": TIMESTAMP, "Nonce": NONCE, "MsgSignature": signature})


def opened(knock: Knock, credential: Credential = SECURE, now: datetime = NOW) -> Opened:
    """What verification gives; it must have gone well."""
    found = WECHAT.verify(credential, knock, now)
    assert isinstance(found, Opened), found
    return found


def refused(knock: Knock, credential: Credential = SECURE, now: datetime = NOW) -> str:
    """The code of a refused push, which no answer may contradict."""
    found = WECHAT.verify(credential, knock, now)
    assert isinstance(found, Refusal), found
    return found.code


def said(told: Mapping[str, Any] | str) -> Message | Question | Refusal:
    """What an event says."""
    found = WECHAT.read(opened(plain(told if isinstance(told, str) else as_json(told)), PLAIN), NOW)
    if isinstance(found, Refusal):
        return found
    (one,) = found.said
    return one


def answer(
    knock: Knock,
    credential: Credential = SECURE,
    refusal: Refusal | None = None,
    *,
    missing: tuple[str, ...] = (),
    known: Known | None = None,
    now: datetime = NOW,
) -> Answer:
    """The answer to a push, as if conducting it had come to `refusal`, or to nothing bad."""
    push = opened(knock, credential)
    reading = WECHAT.read(push, NOW)
    if isinstance(reading, Refusal):
        return WECHAT.answer(Answering(credential, [Result(None, reading)], REQUEST, now, push))
    results = [Result(reading.said[0], refusal, missing, known)]  # type: ignore[arg-type]
    return WECHAT.answer(Answering(credential, results, REQUEST, now, push, reading))


def reply(body: str, theirs: Any = THEIRS) -> dict[str, Any]:
    """An encrypted answer as WeChat reads it: signature, appid, then the form of the event."""
    envelope = json.loads(body) if body.startswith("{") else xmltodict.parse(body)["xml"]
    text = theirs.decrypt_message(envelope, envelope["MsgSignature"], str(envelope["TimeStamp"]), envelope["Nonce"])
    found: dict[str, Any] = json.loads(text) if text.startswith("{") else xmltodict.parse(text)["xml"]
    return found
