"""Kuaidi100, `KD…`: its public ordering API with the roles turned round (CHANNELS section 3).

A form POST of `method, key, t, sign, param`. What goes out: kuaidi100_callback.py.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from basics.days import day_of, midnight
from basics.refusal import Refusal
from basics.words import SEND_EXPRESS
from channels import kuaidi100_callback
from channels.adapter import Adapter, Answer, Answering, Credential, Knock, Opened, Outbound, Reading
from channels.fields import Fields, refuse
from channels.form_gate import as_text, read_form
from channels.json_gate import Numeral, Unreadable, read_object
from channels.kuaidi100_callback import compact, digest, task_id
from channels.messages import Message, OrderPush, Withdrawal
from channels.parties import party, present
from channels.refusals import BUSY, INTERNAL, status_of
from channels.targets import usable
from channels.values import long_secret, short_text, switch

SHORT, LONG = 64, 500
DAYS = {"今天": 0, "明天": 1, "后天": 2}
SKEW = timedelta(minutes=5)  # a clock of theirs that is ahead a little
_NUMBER = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_MIDNIGHT = "24:00"  # of the next day: how a window may end
# 13 digits exactly: seconds are none, and no digit can move between `param` and `t` under one signature.
_MILLISECONDS = re.compile(rb"[0-9]{13}")
_MINUTES = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)

# Our fields of CHAN-5 -> the channel's
FIELD_NAMES = {"sender.phone": "sendManMobile", "place": "sendManPrintAddr", "weight_g": "weight"}

RETURN_CODES = {
    **dict.fromkeys(("signature_missing", "signature_invalid"), "503"),
    **dict.fromkeys(("order_already_accepted", "idempotency_mismatch"), "501"),
    **dict.fromkeys((BUSY, INTERNAL), "500"),
    "credential_unknown": "600",
}  # everything else is 400

WORDS = {
    "credential_unknown": "key 不正确 / unknown key",
    "signature_missing": "缺少签名 / the signature is missing",
    "signature_invalid": "签名不正确 / no valid signature",
    "timestamp_invalid": "t 须为 13 位毫秒时间戳 / t must be Unix milliseconds",
    "timestamp_out_of_window": "t 超出允许范围 / t is too far off",
    "event_unknown": "不支持的 method / this method is not supported",
    "target_forbidden": "不允许的回调地址 / forbidden address for callbacks",
}


def minutes(text: str) -> str:
    """A whole number of minutes above zero. ValueError."""
    if not _MINUTES.fullmatch(text.strip()):
        raise ValueError("expected whole minutes")
    return text.strip()


def verify(credential: Credential, knock: Knock, now: datetime) -> Opened | Refusal:
    """Signed over `param`, `t` and `key` as received. Refused as in WORDS (401), or as a form (400).

    The message is known again by what is signed but `t`: a retry carries a new one.
    """
    try:
        form = read_form(knock.body)
        method = as_text(form.get("method", b""))
    except Unreadable as unreadable:
        return unreadable.refusal
    param, t, key, given = (form.get(name, b"") for name in ("param", "t", "key", "sign"))
    if not given:
        return _refusal("signature_missing", "sign")
    if not key or not hmac.compare_digest(key, credential.setting("key").encode()):
        return _refusal("credential_unknown", "key")
    expected = [digest(param + t + key + secret).encode() for secret in credential.valid()]
    matches = [hmac.compare_digest(ours, given.upper()) for ours in expected]
    if not any(matches):
        return _refusal("signature_invalid", "sign")
    at = _instant(t.decode()) if _MILLISECONDS.fullmatch(t) else None
    if at is None:
        return _refusal("timestamp_invalid", "t")
    window = credential.setting("t_window_minutes")
    if window and abs(now - at) > timedelta(minutes=int(window)):
        return _refusal("timestamp_out_of_window", "t")
    # `method` is not signed: both kinds of order share a key, so that an old one sent under the other is a repetition;
    # unknown ones share one too, so that one genuine push cannot fill the inbox.
    kind = _KINDS.get(method, "other")
    words = {"method": method, "t": t.decode(), "private_callbacks": credential.setting("private_callbacks", "off")}
    return Opened(f"{kind}:{sha256(param).hexdigest()}", param, words)


def _instant(t: str) -> datetime | None:
    try:
        return Fields({"t": t}).unix_time("t", 1000)
    except Unreadable:
        return None


def read(opened: Opened, received_at: datetime) -> Reading | Refusal:
    """An order or its withdrawal. Refused with the codes of json_gate (400), of fields and of WORDS (422)."""
    reader = _READERS.get(opened.words.get("method", ""))
    if reader is None:
        return _refusal("event_unknown", "method")
    try:
        told = Fields({name: _text(value) for name, value in read_object(opened.content).items()})
        return Reading((reader(told, opened.words, received_at),))
    except Unreadable as unreadable:
        return unreadable.refusal


def _text(value: Any) -> Any:
    """Numbers as they were written: some clients send phones and numbers so."""
    return value.text if isinstance(value, Numeral) else value


def _created(told: Fields, words: Mapping[str, str], received_at: datetime) -> OrderPush:
    number = _number(told, "thirdOrderId")
    at = _instant(words.get("t", "")) or received_at
    # A clock that is far ahead says nothing about the day that is meant.
    today = day_of(at if at <= received_at + SKEW else received_at)
    sender = party(
        name=told.text("sendManName", SHORT),
        phones=[told.text("sendManMobile", SHORT)],
        address=told.text("sendManPrintAddr", LONG),
    )
    receiver = party(
        name=told.text("recManName", SHORT),
        phones=[told.text("recManMobile", SHORT)],
        address=told.text("recManPrintAddr", LONG),
    )
    content: dict[str, Any] = {
        "online": True,
        "business_type": SEND_EXPRESS,  # no waybill number comes with an order
        "address": sender.get("address"),
        "sender": sender,
        "receiver": receiver,
        "goods": told.text("cargo", 200),
        "weight_g": told.amount("weight", 1000),
        "remark": told.text("remark", LONG),
        "echo": _echo(told, words),
        **_window(told, today),
    }
    return OrderPush("kuaidi100", number, at, present(content))


def _cancelled(told: Fields, words: Mapping[str, str], received_at: datetime) -> Withdrawal:
    number = _number(told, "orderId")
    reason = told.text("cancelMsg", LONG)
    return Withdrawal("kuaidi100", number, "sender", reason or "", _instant(words.get("t", "")) or received_at)


_READERS: dict[str, Callable[[Fields, Mapping[str, str], datetime], Message]] = {
    "cOrder": _created,
    "bOrder": _created,
    "cancel": _cancelled,
}
_KINDS = {"cOrder": "order", "bOrder": "order", "cancel": "cancel"}


def _number(told: Fields, field: str) -> str:
    number = told.matching(field, _NUMBER, SHORT)
    if number is None:
        refuse("field_required", field)
    return number


def _echo(told: Fields, words: Mapping[str, str]) -> dict[str, str]:
    """What feedback needs. Without a salt anybody could tell the channel anything: always demanded (B-55)."""
    salt = told.required("salt", SHORT)
    callback = told.text("callBackUrl", LONG)
    if callback is not None and not usable(callback, private=words.get("private_callbacks") == "on"):
        raise Unreadable(_refusal("target_forbidden", "callBackUrl"))
    company = told.text("kuaidicom", SHORT) or told.text("com", SHORT)
    return present({"salt": salt, "callback": callback, "company": company})


def _window(told: Fields, today: date) -> dict[str, str]:
    """The window booked: a day in words and two times of it; the day alone is the whole of it."""
    word = told.one_of("dayType", tuple(DAYS))
    start, end = _clock(told, "pickupStartTime"), _clock(told, "pickupEndTime", last=True)
    if word is None and start is None and end is None:
        return {}
    if word is None:
        refuse("field_required", "dayType")
    if (start is None) != (end is None):
        refuse("field_required", "pickupStartTime" if start is None else "pickupEndTime")
    if start is None or end is None:
        start, end = timedelta(0), timedelta(days=1)
    if end < start:
        refuse("window_invalid", "pickupEndTime")
    day = midnight(today + timedelta(days=DAYS[word])).astimezone(UTC)
    return {"window_start": (day + start).isoformat(), "window_end": (day + end).isoformat()}


def _clock(told: Fields, field: str, *, last: bool = False) -> timedelta | None:
    """`HH:mm` after midnight; `last`: the midnight that ends the day too."""
    text = told.text(field, SHORT)
    if text is None:
        return None
    if last and text == _MIDNIGHT:
        return timedelta(days=1)
    if not _CLOCK.fullmatch(text):
        refuse("time_invalid", field)
    return timedelta(hours=int(text[:2]), minutes=int(text[3:]))


def answer(made: Answering) -> Answer:
    """`result, returnCode, message` and for an order `data`; a held one is refused in words, though it is kept."""
    refusal = made.refusal
    if refusal is not None:
        field = FIELD_NAMES.get(refusal.field or "", refusal.field)
        text = f"{refusal.message} [{refusal.code}]" + (f" {field}" if field else "")
        told = {"result": False, "returnCode": RETURN_CODES.get(refusal.code, "400"), "message": text}
        return Answer(status_of(refusal.code), "application/json", compact(told))
    result = made.results[0]
    good: dict[str, Any] = {"result": True, "returnCode": "200", "message": "提交成功"}
    if result.missing:
        fields = ", ".join(FIELD_NAMES.get(field, field) for field in result.missing)
        text = f"订单已保存,资料不全,暂不处理,请用同一 thirdOrderId 补齐 / kept but held, missing: {fields} [held]"
        good = {"result": False, "returnCode": "400", "message": text}
    if isinstance(result.said, OrderPush):
        number = result.said.logistics_no
        good["data"] = {"taskId": task_id(number), "orderId": number, "kuaidinum": ""}
    return Answer(200, "application/json", compact(good))


def _refusal(code: str, field: str) -> Refusal:
    return Refusal(code, WORDS[code], field)


ADAPTER = Adapter(
    out=Outbound(
        name="kuaidi100",
        write=kuaidi100_callback.write,
        judge=kuaidi100_callback.judge,
        secrets={"secret": long_secret},
        settings={"key": short_text, "private_callbacks": switch, "t_window_minutes": minutes},
        one_address=False,  # each order brings its callBackUrl
    ),
    title=("快递100", "Kuaidi100"),
    prefixes=("KD",),
    content_types=("application/x-www-form-urlencoded",),
    needs=("secret", "key"),
    verify=verify,
    read=read,
    answer=answer,
)
