"""TouchPal, `CT_H_…`, over Best's partner gateway (CHANNELS section 5).

A form POST of `serviceType, partnerID, bizData, sign`, `bizData` being JSON or XML. What goes out: touchpal_push.py.
"""

import hmac
import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any, NoReturn

from basics.refusal import Refusal
from basics.words import ONLINE_ORDER, SEND_EXPRESS
from channels import touchpal_push
from channels.adapter import Adapter, Answer, Answering, Credential, Knock, Opened, Outbound, Reading
from channels.fields import Fields, refuse
from channels.form_gate import as_text, read_form
from channels.json_gate import Numeral, Unreadable, read_object
from channels.messages import Message, OrderPush, WaybillTold, Withdrawal
from channels.parties import party, present, whole_address
from channels.refusals import is_passing, status_of
from channels.touchpal_push import compact, digest
from channels.values import long_secret, one_of, short_text
from channels.xml_gate import element, elements, read_xml

SHORT, LONG = 64, 500
MOST_ITEMS = 500
XML, JSON = "xml", "json"
_NUMBER = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)

CREATE, CANCEL, UPDATE = "KD_CREATE_ORDER_NOTIFY", "KD_CANCEL_ORDER_NOTIFY", "KD_UPDATE_ORDER_NOTIFY"
# What only an order has; an update that has all of them is a whole order.
ORDER_PARTS = ("sender", "receiver", "items")
NUMBER_FIELDS = frozenset({"txLogisticID", "txLogisticId"})
FLAT_UPDATE = NUMBER_FIELDS | {"mailNo", "itemWeight"}  # as Best's own SDK sends it

# `serviceType` is not signed, and our own status pushes are signed with the same key: a message that was copied must
# say nothing under another type. So each type has fields that it never holds, whatever their value.
_OF_STATUS_PUSH = frozenset({"status", "acceptTime", "currentCity", "contactInfo"})
_OF_FIELD_LIST = frozenset({"fieldList", "fieldName", "fieldValue"})
_NEVER_IN_CREATE = _OF_STATUS_PUSH | _OF_FIELD_LIST | {"params", "reason"}
_ONLY_IN_CANCEL = NUMBER_FIELDS | {"reason"}
_NEVER_IN_UPDATE = _OF_STATUS_PUSH | _OF_FIELD_LIST | {"reason", *ORDER_PARTS}

# Our fields of CHAN-5 -> the channel's
FIELD_NAMES = {
    "sender.phone": "sender.mobile",
    "place": "sender.address",
    "pieces": "items.item.number",
    "weight_g": "itemWeight",
}

WORDS = {
    "credential_unknown": "partnerID 不正确 / unknown partnerID",
    "signature_missing": "缺少签名 / the signature is missing",
    "signature_invalid": "签名不正确 / no valid signature",
    "event_unknown": "不支持的 serviceType / this serviceType is not supported",
    "value_unknown": "与 bizData 的内容不符 / contradicts what bizData holds",
    "update_partial": "只支持整单更新(放在 params 内)或仅更新 mailNo / "
    "an update must hold the whole order in params, or mailNo alone",
}


def verify(credential: Credential, knock: Knock, _now: datetime) -> Opened | Refusal:
    """Signed over `bizData` as received. Refused as in WORDS (401), or as a form (400)."""
    try:
        form = read_form(knock.body)
        service = as_text(form.get("serviceType", b""))
    except Unreadable as unreadable:
        return unreadable.refusal
    content, partner, given = (form.get(name, b"") for name in ("bizData", "partnerID", "sign"))
    if not given:
        return _refusal("signature_missing", "sign")
    known = credential.setting("partner_id")
    if known and not hmac.compare_digest(partner, known.encode()):
        return _refusal("credential_unknown", "partnerID")
    matches = [hmac.compare_digest(digest(content + key).encode(), given.lower()) for key in credential.valid()]
    if not any(matches):
        return _refusal("signature_invalid", "sign")
    # `serviceType` is not signed: unknown ones share a key, so that one genuine push cannot fill the inbox.
    kind = service if service in _READERS else "other"
    return Opened(f"{kind}:{sha256(content).hexdigest()}", content, {"serviceType": service})


def _form_of(content: bytes) -> str:
    return XML if content.lstrip().startswith(b"<") else JSON


def read(opened: Opened, received_at: datetime) -> Reading | Refusal:
    """An order, its withdrawal or its number. Refused with the codes of the gates (400), of fields and WORDS (422)."""
    reader = _READERS.get(opened.words.get("serviceType", ""))
    if reader is None:
        return _refusal("event_unknown", "serviceType")
    try:
        if _form_of(opened.content) == XML:
            _, tree = read_xml(as_text(opened.content), lists=("item",))
        else:
            tree = read_object(opened.content)
        return Reading((reader(_texts(tree), received_at),))
    except Unreadable as unreadable:
        return unreadable.refusal


def _texts(value: Any) -> Any:
    """JSON as XML has it: numbers are the text that was written. Blank text is an empty field, in a list it is none."""
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [one for one in map(_texts, value) if one != ""]
    if isinstance(value, Numeral):
        return value.text
    return "" if isinstance(value, str) and not value.strip() else value


def _created(tree: dict[str, Any], received_at: datetime) -> OrderPush:
    if tree.keys() & _NEVER_IN_CREATE:
        _stop("value_unknown", "serviceType")
    told = Fields(tree)
    number = _number(told)
    if not any(part in tree for part in ORDER_PARTS):  # a withdrawal without a reason, or the update of a number
        refuse("field_required", "sender")
    return _order(number, told, received_at)


def _cancelled(tree: dict[str, Any], received_at: datetime) -> Withdrawal:
    if tree.keys() - _ONLY_IN_CANCEL:
        _stop("value_unknown", "serviceType")
    told = Fields(tree)
    return Withdrawal("touchpal", _number(told), "sender", told.text("reason", LONG) or "", received_at)


def _updated(tree: dict[str, Any], received_at: datetime) -> OrderPush | WaybillTold:
    """A field left out of an order is gone (CHAN-3): so only whole orders are updates, or the number alone."""
    if tree.keys() & _NEVER_IN_UPDATE:
        _stop("value_unknown", "serviceType")
    told = Fields(tree)
    number = _number(told)
    waybill_no, weight, params = told.text("mailNo", SHORT), told.amount("itemWeight"), told.object("params")
    if params is not None:
        if waybill_no is not None or weight:
            _not_whole("params")
        return _of_params(number, tree["params"], received_at)
    if _filled(tree) - FLAT_UPDATE:
        _not_whole("params")
    if waybill_no is not None:  # a weight beside it is theirs to know
        return WaybillTold("touchpal", number, waybill_no, received_at)
    if weight:
        _not_whole("itemWeight")
    refuse("field_required", "params")


def _of_params(number: str, params: dict[str, Any], received_at: datetime) -> OrderPush | WaybillTold:
    inside = Fields(params, "params.")
    if _number(inside, number) != number:
        _stop("value_unknown", "params.txLogisticID")
    if all(isinstance(params.get(part), dict) for part in ORDER_PARTS):
        return _order(number, inside, received_at)
    if _filled(params) <= {"mailNo", *NUMBER_FIELDS}:
        return WaybillTold("touchpal", number, inside.required("mailNo", SHORT), received_at)
    _not_whole("params")


def _filled(tree: dict[str, Any]) -> set[str]:
    return {name for name, value in tree.items() if value not in (None, "")}


_READERS: dict[str, Callable[[dict[str, Any], datetime], Message]] = {
    CREATE: _created,
    CANCEL: _cancelled,
    UPDATE: _updated,
}


def _number(told: Fields, otherwise: str = "") -> str:
    """The order's number; both spellings are in use."""
    written = {told.matching(field, _NUMBER, SHORT) for field in ("txLogisticID", "txLogisticId")} - {None}
    if len(written) > 1:
        _stop("value_unknown", told.name("txLogisticId"))
    number = next(iter(written), None) or otherwise
    if not number:
        refuse("field_required", told.name("txLogisticID"))
    return number


def _order(number: str, told: Fields, received_at: datetime) -> OrderPush:
    waybill_no = told.text("mailNo", SHORT)
    start, end = told.local_time("sendStartTime"), told.local_time("sendEndTime")
    if start and end and end < start:
        refuse("window_invalid", told.name("sendEndTime"))
    sender = _person(told.object("sender"))
    content: dict[str, Any] = {
        "online": True,
        # Who sends the number along owns it (CHAN-2); orderType, serviceType and orderFlag are kept, not interpreted.
        "business_type": ONLINE_ORDER if waybill_no else SEND_EXPRESS,
        "waybill_no": waybill_no,
        "pushed_as": told.text("customerName", LONG),
        "address": whole_address(sender or {}),
        "sender": sender,
        "receiver": _person(told.object("receiver")),
        "window_start": start.isoformat() if start else None,
        "window_end": end.isoformat() if end else None,
        "weight_g": told.amount("itemWeight", 1000),
        "remark": told.text("remark", LONG),
        **_items(told.object("items")),
    }
    return OrderPush("touchpal", number, received_at, present(content))


def _person(part: Fields | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return party(
        name=part.text("name", SHORT),
        phones=[part.text(field, SHORT) for field in ("mobile", "phone")],
        province=part.text("prov", SHORT),
        city=part.text("city", SHORT),
        district=part.text("county", SHORT),
        address=part.text("address", LONG),
    )


def _items(part: Fields | None) -> dict[str, Any]:
    """Names in one, and how many pieces; a number that is no whole one above zero stands for all (CHAN-5)."""
    if part is None:
        return {}
    names, pieces = [], []
    for item in part.objects("item", MOST_ITEMS):
        names.append(item.text("itemName", 200))
        pieces.append(item.amount("number"))
    counted = [number for number in pieces if number is not None]
    bad = [number for number in counted if not isinstance(number, int) or number <= 0]
    return {
        "goods": "、".join(filter(None, names))[:200] or None,
        "pieces": (str(bad[0]) if bad else sum(int(number) for number in counted)) if counted else None,
    }


def answer(made: Answering) -> Answer:
    """`result, remark, errorCode, errorDescription` in the form of the push; unread ones in the form set up."""
    form = _form_of(made.opened.content) if made.opened else made.credential.setting("format", JSON)
    refusal, missing = made.refusal, made.results[0].missing
    if refusal is not None:
        code = "retry" if is_passing(refusal.code) else refusal.code
        field = FIELD_NAMES.get(refusal.field or "", refusal.field)
        text = f"{refusal.message} [{refusal.code}]" + (f" {field[:SHORT]}" if field else "")
        return _answer(status_of(refusal.code), form, code, text)
    if missing:
        fields = ", ".join(FIELD_NAMES.get(field, field) for field in missing)
        text = f"订单已保存,资料不全,暂不处理,请补齐后重新推送 / kept but held, missing: {fields} [held]"
        return _answer(200, form, "held", text)
    return _answer(200, form, "", "")


def _answer(status: int, form: str, code: str, text: str) -> Answer:
    told = {"result": not code, "remark": "", "errorCode": code, "errorDescription": text}
    if form == JSON:
        return Answer(status, "application/json", compact(told))
    pairs = [(name, str(value).lower() if name == "result" else value) for name, value in told.items()]
    return Answer(status, "application/xml; charset=utf-8", element("response", "", elements(pairs)))


def _refusal(code: str, field: str) -> Refusal:
    return Refusal(code, WORDS[code], field)


def _stop(code: str, field: str) -> NoReturn:
    raise Unreadable(_refusal(code, field))


def _not_whole(field: str) -> NoReturn:
    raise Unreadable(Refusal("event_unknown", WORDS["update_partial"], field))


ADAPTER = Adapter(
    out=Outbound(
        name="touchpal",
        write=touchpal_push.write,
        judge=touchpal_push.judge,
        secrets={"secret": long_secret},
        settings={"partner_id": short_text, "format": one_of(XML, JSON)},
        needs=("secret", "partner_id"),
    ),
    title=("触宝", "TouchPal"),
    prefixes=("CT_H_",),
    content_types=("application/x-www-form-urlencoded",),
    needs=("secret",),
    verify=verify,
    read=read,
    answer=answer,
)
