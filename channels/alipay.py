"""Alipay, `ali…` (CHANNELS section 4): notifications signed by RSA2 come in; what goes out: alipay_modify.

The body of a notification, `biz_content`, is our own proposal in the field names of Alipay's express family; Alipay
has published none. Alipay knows two answers only: `success`, and anything else, which is sent again (8 times in 25 h).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from basics.days import iso
from basics.refusal import Refusal
from basics.words import SEND_EXPRESS
from channels import alipay_modify, rsa2
from channels.adapter import Adapter, Answer, Answering, Credential, Knock, Opened, Outbound, Reading
from channels.fields import Fields, refuse
from channels.form_gate import as_text, charset_of, read_form
from channels.json_gate import Unreadable, read_object
from channels.messages import Message, OrderPush, Withdrawal
from channels.parties import party, present
from channels.refusals import is_passing, status_of
from channels.values import short_text

NAME = "alipay"
CREATE, CANCEL = "q9.express.order.create", "q9.express.order.cancel"
MERCHANT = "logis_merch_code"
SHORT, LONG = 64, 500
TAKEN, NOT_TAKEN = "success", "fail"

_NUMBER = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)
_ADCODE = re.compile(r"[0-9]{6}", re.ASCII)
_NOTIFY_ID = re.compile(rb"[!-~]{1,128}")
_MILLISECONDS = re.compile(rb"[1-6][0-9]{12}")  # 2001 to 2191: neither seconds nor anything beyond the calendar
# What every notification has, and none of it empty. `&` may stand in biz_content alone.
_ENVELOPE = ("app_id", "charset", "msg_method", "notify_id", "utc_timestamp", "version")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WORDS = {
    "credential_unknown": "app_id 不是本应用 / the app_id is not ours",
    "signature_missing": "缺少签名 / sign is missing",
    "signature_invalid": "签名不正确,只支持 RSA2 / no valid signature; RSA2 only",
    "parameter_missing": "缺少参数,或参数混入了另一个 / a parameter is missing, or stands inside another",
    "timestamp_invalid": "utc_timestamp 须为毫秒时间戳 / utc_timestamp must be Unix milliseconds",
    "event_unknown": "未知的消息类型 / an unknown type of message",
}


def verify(credential: Credential, knock: Knock, _now: datetime) -> Opened | Refusal:
    """A notification that Alipay signed for this application.

    Signed is every parameter of the body but `sign` and `sign_type`, empty ones too: Alipay sends none that are empty,
    and one that somebody puts in must not go unseen (B-57). The signed text does not say where a parameter ends, so all
    that belong to a notification must be there, each by itself. There is no window for `utc_timestamp`: a repetition
    may be 25 h old. The query of our address is not looked at. Refused: credential_unknown, signature_missing,
    signature_invalid, timestamp_invalid (401); form_invalid, encoding_invalid (400).
    """
    try:
        params = read_form(knock.body)
        app_id = credential.setting("app_id").encode()
        if not app_id or params.get("app_id") != app_id:
            return _refusal("credential_unknown")
        sign_type, signature = params.pop("sign_type", b""), params.pop("sign", b"")
        if not signature:
            return _refusal("signature_missing")
        content = rsa2.sign_content(params)
        if sign_type != rsa2.SIGN_TYPE.encode() or not rsa2.genuine(_keys(credential), content, signature):
            return _refusal("signature_invalid")
        if not _MILLISECONDS.fullmatch(params.get("utc_timestamp", b"")):
            return _refusal("timestamp_invalid")
        lost = _lost(params)
        if lost is not None:
            return Refusal("signature_invalid", WORDS["parameter_missing"], lost)
        return _opened(credential, params)
    except Unreadable as unreadable:
        # A parameter that is there twice is one that was added (B-57).
        doubled = unreadable.refusal.code == "field_repeated"
        return _refusal("signature_invalid") if doubled else unreadable.refusal


def _keys(credential: Credential) -> tuple[bytes, ...]:
    return credential.valid("alipay_public_key")


def _merchant(credential: Credential) -> str:
    return credential.setting("merch_code", alipay_modify.MERCH_CODE)


def _lost(params: Mapping[str, bytes]) -> str | None:
    """A parameter that is not there, or that has swallowed its neighbour (B-57)."""
    missing = (name for name in (*_ENVELOPE, "biz_content") if not params.get(name))
    swollen = (name for name in _ENVELOPE if b"&" in params.get(name, b""))
    return next(missing, None) or next(swollen, None)


def _opened(credential: Credential, params: Mapping[str, bytes]) -> Opened:
    """`notify_id` is signed, and the same in every repetition; without a usable one the content is the key.

    The content is kept as a form in the order of names, in which, unlike in the signed text, no value can pass for the
    next parameter: a copy cut up otherwise is another content. `fallback_key` is the name of exactly this content.
    """
    content = urlencode(sorted(params.items())).encode()
    fallback = "signed:" + sha256(content).hexdigest()
    notify_id = params["notify_id"]
    key = "notify:" + notify_id.decode("ascii") if _NOTIFY_ID.fullmatch(notify_id) else fallback
    words = {"merch_code": _merchant(credential), "fallback_key": fallback}
    return Opened(key, content, _words(params) | words)


def _words(params: Mapping[str, bytes]) -> dict[str, str]:
    """What reading needs, as text of the declared charset. Unreadable: encoding_invalid."""
    charset = charset_of(as_text(params.get("charset", b"")) or None)
    names = ("msg_method", "utc_timestamp", "biz_content")
    return {name: as_text(params.get(name, b""), charset) for name in names}


def read(opened: Opened, received_at: datetime) -> Reading | Refusal:
    """What `biz_content` says; one message.

    Refused with the codes of json_gate (400), those of fields, and event_unknown (422), each with its field.
    """
    reader = _READERS.get(opened.words.get("msg_method", ""))
    if reader is None:
        return _refusal("event_unknown", "msg_method")
    try:
        given, number = _beginning(opened)
        merchant = given.text(MERCHANT, SHORT)
        if merchant not in (None, opened.words.get("merch_code")):
            refuse("value_unknown", MERCHANT)  # meant for another courier
        return Reading((reader(number, given, _sent_at(opened) or received_at),))
    except Unreadable as unreadable:
        return unreadable.refusal


def _beginning(opened: Opened) -> tuple[Fields, str]:
    """The fields and the order's number. Unreadable."""
    written = opened.words.get("biz_content", "").encode("utf-8", "surrogatepass")
    given = Fields(read_object(written))
    number = given.matching("order_no", _NUMBER, SHORT)
    if number is None:
        refuse("field_required", "order_no")
    return given, number


def _sent_at(opened: Opened) -> datetime | None:
    """`utc_timestamp`, which `verify` has checked."""
    sent = opened.words.get("utc_timestamp")
    return _EPOCH + timedelta(milliseconds=int(sent)) if sent else None


def _created(number: str, given: Fields, sent_at: datetime) -> OrderPush:
    start, end = given.local_time("appoint_start_time"), given.local_time("appoint_end_time")
    if start and end and end < start:
        refuse("window_invalid", "appoint_end_time")
    sender, receiver = _person(given, "sender"), _person(given, "receiver")
    code = sender.get("area_code", "")
    product = given.text("product_type_code", SHORT)
    content: dict[str, Any] = {
        "online": True,
        "business_type": SEND_EXPRESS,
        "remark": given.text("remark", LONG),
        # A code that is none leaves the district open (ROUTE-2); it stays readable with the sender.
        "adcode": code if _ADCODE.fullmatch(code) else None,
        "address": sender.get("address"),
        "sender": sender,
        "receiver": receiver or None,
        "goods": given.text("goods_name", 200),
        "weight_g": given.amount("goods_weight"),
        "window_start": start.isoformat() if start else None,
        "window_end": end.isoformat() if end else None,
        "echo": {"product_type_code": product} if product else None,
    }
    created_at = given.local_time("create_time") or sent_at
    return OrderPush(NAME, number, created_at, present(content))


def _person(given: Fields, who: str) -> dict[str, Any]:
    person = party(
        name=given.text(f"{who}_name", SHORT),
        phones=[given.text(f"{who}_mobile", SHORT)],
        address=given.text(f"{who}_address", LONG),
    )
    return person | present({"area_code": given.text(f"{who}_area_code", SHORT)})


def _cancelled(number: str, given: Fields, sent_at: datetime) -> Withdrawal:
    return Withdrawal(NAME, number, "sender", given.text("cancel_cause", LONG) or "", sent_at)


_READERS: dict[str, Callable[[str, Fields, datetime], Message]] = {CREATE: _created, CANCEL: _cancelled}


def answer(made: Answering) -> Answer:
    """`success` for what is taken, and for what is verified and refused for good: sending it again is of no use.

    The sender hears of such a refusal by feedback (`regret`). Unreadable content names no order that feedback could
    be about: it gets 400 and `fail` (B-13, B-60), as does, with its own status, whatever is not verified.
    """
    refusal = made.refusal
    if refusal is None:
        return Answer(200, "text/plain", TAKEN)
    status = status_of(refusal.code)
    final = made.opened is not None and status != 400 and not is_passing(refusal.code)
    return Answer(200, "text/plain", TAKEN) if final else Answer(status, "text/plain", NOT_TAKEN)


def regret(opened: Opened, refusal: Refusal) -> dict[str, Any] | None:
    """What the channel must hear of an order refused for good; None when it was none, or nobody knows which.

    None too where the order names another courier: it is not ours to cancel. The inbox keeps it for a person.
    """
    if is_passing(refusal.code) or opened.words.get("msg_method") != CREATE or refusal.field == MERCHANT:
        return None
    try:
        given, number = _beginning(opened)
    except Unreadable:
        return None
    try:
        product = given.text("product_type_code", SHORT)
    except Unreadable:
        product = None
    return {
        "logistics_no": number,
        "happened_at": iso(_sent_at(opened)),
        "echo": {"product_type_code": product} if product else {},
        "holder": None,
        "code": refusal.code,
        "text": refusal.message,
        "field": refusal.field,
    }


def _refusal(code: str, field: str | None = None) -> Refusal:
    return Refusal(code, WORDS[code], field)


ADAPTER = Adapter(
    out=Outbound(
        name=NAME,
        write=alipay_modify.write,
        judge=alipay_modify.judge,
        secrets={"alipay_public_key": rsa2.read_public_key, "app_private_key": rsa2.read_private_key},
        settings={
            "app_id": short_text,
            "merch_code": short_text,
            "order_amount": alipay_modify.yuan,
            "site_area_code": alipay_modify.area_code,
        },
        needs=("app_private_key", "app_id", "order_amount"),
    ),
    title=("支付宝", "Alipay"),
    prefixes=("ali",),
    content_types=("application/x-www-form-urlencoded",),
    needs=("alipay_public_key", "app_id"),
    verify=verify,
    read=read,
    answer=answer,
    regret=regret,
)
