"""WeChat 散单寄件, `wx…`: message push with its events, in JSON or XML, plain or encrypted (CHANNELS section 2).

How these are answered: wechat_answers. What WeChat hears of its orders: wechat_status.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from basics.refusal import Refusal
from basics.text import TextError, clean
from basics.words import SEND_EXPRESS
from channels import wechat_answers, wechat_crypto, wechat_status
from channels.adapter import Adapter, Answer, Credential, Knock, Opened, Outbound, Reading
from channels.fields import Fields, refuse
from channels.form_gate import as_text, read_form
from channels.json_gate import Numeral, Unreadable, read_object
from channels.messages import Message, OrderPush, Question, Withdrawal
from channels.parties import party, present, whole_address
from channels.values import long_secret, one_of, short_text, switch
from channels.wechat_answers import FORMAT, HEADER, JSON, KEY_AT, MODE, NONCE, TOKEN_AT, XML
from channels.xml_gate import read_xml

NAME = "wechat"
PLAIN, SECURE = "plain", "aes"
SHORT, STREET, LONG, TOKEN = 64, 100, 500, 256
_NUMBER = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)
_EVENT = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)
_UNIX_SECONDS = re.compile(rb"[0-9]{1,10}")  # milliseconds have 13 digits
TOLERANCE = timedelta(minutes=5)

WORDS = {
    "credential_unknown": "安全模式缺少 aes_key / secure mode, and no aes_key is set up",
    "signature_missing": "缺少签名 / the query has no signature for this mode",
    "signature_invalid": "签名不正确 / no valid signature",
    "timestamp_invalid": "timestamp 须为 Unix 秒 / timestamp must be whole Unix seconds",
    "timestamp_out_of_window": "timestamp 相差超过 300 秒 / timestamp is more than 300 seconds off",
    "event_unknown": "未知的事件 / an unknown type of message or event",
    "not_supported": "暂不支持此查询 / this query is not supported",
}

# CancelID -> what WeChat calls it [D], and our code (section 8)
CANCEL_REASONS: Mapping[str, tuple[str, str]] = {
    "1": ("不想寄了", "user_cancelled"),
    "2": ("下错单", "user_cancelled"),
    "3": ("重复下单", "duplicate"),
    "4": ("运费太贵", "user_cancelled"),
    "5": ("无人联系", "not_contacted"),
    "6": ("取件太慢", "too_slow"),
    "7": ("态度差", "bad_service"),
    "8": ("其他", "user_cancelled"),
}


# Who it is


def verify(credential: Credential, knock: Knock, now: datetime) -> Opened | Refusal | Answer:
    """The message inside a push, or the answer to the handshake.

    Secure mode unless `mode=plain` was set. The timestamp must be within TOLERANCE: the plain signature covers no
    body, so one that was seen once would sign whatever somebody likes, for ever. WeChat's own retries come seconds
    later with a new timestamp, nonce and ciphertext; the message key is therefore made from the message itself.
    """
    try:
        query = read_form(knock.query) if knock.query else {}
        if knock.method == "GET":
            return _handshake(credential, query, now)
        if _mode(credential) == PLAIN:
            token_at = _signer(credential, query, "signature", now)
            return token_at if isinstance(token_at, Refusal) else _opened(knock.body, query, {MODE: PLAIN})
        return _decrypted(credential, query, knock.body, now)
    except Unreadable as unreadable:
        return unreadable.refusal


def _mode(credential: Credential) -> str:
    return credential.setting("mode", SECURE)


def also_needs(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Secure mode needs its key."""
    return ("aes_key",) if settings.get("mode") != PLAIN else ()


def _handshake(credential: Credential, query: Mapping[str, bytes], now: datetime) -> Refusal | Answer:
    """B-45: what is echoed is text, and only to WeChat. Its signature is the plain one in secure mode as well."""
    token_at = _signer(credential, query, "signature", now)
    if isinstance(token_at, Refusal):
        return token_at
    return Answer(200, "text/plain; charset=utf-8", as_text(query.get("echostr", b"")))


def _signer(
    credential: Credential, query: Mapping[str, bytes], name: str, now: datetime, *more: bytes
) -> int | Refusal:
    """The place of the token that made the signature called `name`, over timestamp, nonce and `more`."""
    given, timestamp, nonce = (query.get(one, b"") for one in (name, "timestamp", "nonce"))
    if not given or not timestamp or not nonce:
        return _refusal("signature_missing")
    if not _UNIX_SECONDS.fullmatch(timestamp):
        return _refusal("timestamp_invalid")
    token_at = wechat_crypto.signed_by(credential.valid("token"), given, timestamp, nonce, *more)
    if token_at is None:
        return _refusal("signature_invalid")
    far = abs(int(now.timestamp()) - int(timestamp)) > TOLERANCE.total_seconds()
    watched = _mode(credential) == PLAIN or credential.setting("window") != "off"
    return _refusal("timestamp_out_of_window") if far and watched else token_at


def _decrypted(credential: Credential, query: Mapping[str, bytes], body: bytes, now: datetime) -> Opened | Refusal:
    """A push in secure mode. Only `msg_signature` counts there (B-46)."""
    if not credential.valid("aes_key"):
        return _refusal("credential_unknown")
    if not query.get("msg_signature"):
        return _refusal("signature_missing")
    encrypted = Fields(_tree(body)).text("Encrypt", len(body))
    if encrypted is None:  # over nothing, msg_signature is the plain signature
        return _refusal("signature_missing")
    token_at = _signer(credential, query, "msg_signature", now, encrypted.encode())
    if isinstance(token_at, Refusal):
        return token_at
    found = wechat_crypto.decrypt(credential.valid("aes_key"), credential.setting("appid"), encrypted)
    if isinstance(found, Refusal):
        return found
    message, key_at = found
    return _opened(message, query, {MODE: SECURE, TOKEN_AT: str(token_at), KEY_AT: str(key_at)})


def _opened(message: bytes, query: Mapping[str, bytes], by: Mapping[str, str]) -> Opened:
    """With what an answer needs, even if nothing of the message can be used."""
    form = XML if _is_xml(message) else JSON
    words = {**by, FORMAT: form, NONCE: query["nonce"].decode("ascii", "replace")}
    try:
        tree = _tree(message)
    except Unreadable:
        tree = {}
    words |= {name: _shown(tree.get(name)) for name in HEADER}
    event = words["Event"].lower()
    kind = event if _EVENT.fullmatch(event) else "message"
    return Opened(f"{kind}:{sha256(message).hexdigest()}", message, words)


def _shown(value: Any) -> str:
    try:
        return clean(value, 128)
    except TextError:
        return ""


def _is_xml(body: bytes) -> bool:
    """The content type does not tell: WeChat sends text/xml, text/plain or application/json as it likes."""
    return body.lstrip()[:1] == b"<"


def _tree(body: bytes) -> dict[str, Any]:
    """JSON or XML, by what it is. Unreadable with the codes of json_gate and xml_gate (400)."""
    return read_xml(as_text(body))[1] if _is_xml(body) else read_object(body)


# What it says


def read(opened: Opened, received_at: datetime) -> Reading | Refusal:
    """The one event. Refused with the codes of the gates (400), those of fields, event_unknown, not_supported."""
    try:
        top = Fields(_tree(opened.content))
        if (top.text("MsgType", SHORT) or "").lower() != "event":
            return _refusal("event_unknown", "MsgType")
        event = (top.text("Event", SHORT) or "").lower()  # 不区分大小写 [D]
        if event in UNSUPPORTED:
            return _refusal("not_supported", "Event")
        reader = _READERS.get(event)
        if reader is None:
            return _refusal("event_unknown", "Event")
        return Reading((reader(top, top.unix_time("CreateTime") or received_at),))
    except Unreadable as unreadable:
        return unreadable.refusal


def _created(top: Fields, at: datetime) -> OrderPush:
    token = top.required("Token", TOKEN)
    number = top.matching("OrderID", _NUMBER, SHORT) or _alias(token)
    content: dict[str, Any] = {
        "online": True,
        "business_type": SEND_EXPRESS,
        "remark": top.text("Remark", LONG),
        "echo": {"token": token},
        **_window(top),
    }
    sender, receiver, goods = top.object("Sender"), top.object("Receiver"), top.object("GoodDetail")
    if sender is not None:
        content["sender"] = _person(sender)
        content["address"] = whole_address(content["sender"])
    if receiver is not None:
        content["receiver"] = _person(receiver)
    if goods is not None:
        content["weight_g"] = goods.amount("Weight", 1000)  # kilograms
    return OrderPush(NAME, number, at, present(content), _alias(token))


def _person(part: Fields) -> dict[str, Any]:
    street, address = part.text("Street", STREET), part.text("Address", LONG)
    return party(
        name=part.text("Name", SHORT),
        phones=[part.text(field, SHORT) for field in ("Mobile", "Tel")],
        province=part.text("Province", SHORT),
        city=part.text("City", SHORT),
        district=part.text("Area", SHORT),
        address=(street or "") + (address or "") or None,
    )


def _window(top: Fields) -> dict[str, str | None]:
    """The door slot; the wished window where there is none."""
    for prefix in ("PickUp", "Expect"):
        start, end = top.unix_time(f"{prefix}StartTime"), top.unix_time(f"{prefix}EndTime")
        if start and end and end < start:
            refuse("window_invalid", f"{prefix}EndTime")
        if start or end:
            return {
                "window_start": start.isoformat() if start else None,
                "window_end": end.isoformat() if end else None,
            }
    return {}


def _cancelled(top: Fields, at: datetime) -> Withdrawal:
    number, alias = _named(top)
    given = top.take("CancelID")
    cancel_id = given.text if isinstance(given, Numeral) else _shown(given)[:SHORT]
    known, code = CANCEL_REASONS.get(cancel_id, ("", None))
    reason = top.text("CancelReason", LONG) or known
    if cancel_id:  # evidence: 5 to 7 are complaints
        reason = f"{reason} (CancelID {cancel_id})".strip()
    return Withdrawal(NAME, number, "sender", reason, at, code=code, alias=alias)


def _asked(top: Fields, _at: datetime) -> Question:
    number, alias = _named(top)
    return Question(NAME, number, alias)


def _named(top: Fields) -> tuple[str, str]:
    """Number ("" when it is not told) and alias of the order that is spoken of."""
    number, token = top.matching("OrderID", _NUMBER, SHORT), top.text("Token", TOKEN)
    if not number and not token:
        refuse("field_required", "OrderID")
    return number or "", _alias(token) if token else ""


def _alias(token: str) -> str:
    """The token, which is also the number where no OrderID comes; one that can be no number, by its hash."""
    return token if _NUMBER.fullmatch(token) else f"wx{sha256(token.encode()).hexdigest()[:40]}"


_READERS: dict[str, Callable[[Fields, datetime], Message | Question]] = {
    "add_single_waybill": _created,
    "cancel_single_waybill": _cancelled,
    "query_single_waybill": _asked,
}
# The first wants a price, which we do not have. The second names its order by the waybill alone.
UNSUPPORTED = frozenset({"query_single_waybill_fee", "waybill_notify_query"})


def _refusal(code: str, field: str | None = None) -> Refusal:
    return Refusal(code, WORDS[code], field)


ADAPTER = Adapter(
    out=Outbound(
        name=NAME,
        write=wechat_status.write,
        judge=wechat_status.judge,
        secrets={"token": long_secret, "aes_key": wechat_crypto.read_key, "app_secret": long_secret},
        settings={"appid": short_text, "mode": one_of(PLAIN, SECURE), "window": switch},
        needs=("app_secret", "appid"),
        token=wechat_status.TOKENS,
    ),
    title=("微信", "WeChat"),
    prefixes=("wx",),
    content_types=("application/json", "text/xml", "application/xml", "text/plain"),
    needs=("token", "appid"),
    also_needs=also_needs,
    verify=verify,
    read=read,
    answer=wechat_answers.answer,
    methods=("GET", "POST"),
    patience=4.0,  # WeChat waits for 5 s (B-52)
)
