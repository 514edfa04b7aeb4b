"""What a Taobao/Cainiao message says, in our words (CHANNELS 1.2, 1.3): RequestOrder and UpdateInfo."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from basics.refusal import Refusal
from basics.words import ONLINE_ORDER, SEND_EXPRESS
from channels.adapter import Opened, Reading
from channels.fields import Fields, refuse
from channels.form_gate import as_text, charset_of
from channels.json_gate import Numeral, Unreadable, read_object
from channels.messages import Message, OrderPush, WaybillTold, Withdrawal
from channels.parties import party, present, whole_address
from channels.xml_gate import declared_encoding, read_xml

CHANNEL = "cainiao"
ROOTS = ("RequestOrder", "UpdateInfo")
MOST_UPDATES = 500  # fields in one UpdateInfo (B-42)
MOST_PIECES = 9_999_999
SHORT, LONG, GOODS = 64, 500, 200
# Names that may be there more than once in one element.
LISTS = ("field", "item")
_NUMBER = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)
_COMMA = re.compile("[,\uff0c]")
# What tells the two apart where JSON has no root that names it.
_OF_UPDATE = frozenset({"fieldList", "infoType", "infoContent"})
_OF_ORDER = frozenset({"sender", "receiver", "items", "orderType", "serviceType"})

# Our fields of CHAN-5 -> the channel's
FIELD_NAMES = {
    "sender.phone": "sender.mobile",
    "place": "sender.address",
    "pieces": "items.item.number",
    "weight_g": "itemsWeight",
}
WORDS = {
    "event_unknown": "不支持的消息或字段 / a message or a field that is not supported",
    "provider_unknown": "不是本公司的 logisticProviderID / another courier's logisticProviderID",
    "batch_too_large": f"一次最多 {MOST_UPDATES} 条 / at most {MOST_UPDATES} fields at once",
}


def read(opened: Opened, received_at: datetime) -> Reading | Refusal:
    """One order, one withdrawal or waybill number, or many of these in a fieldList; the unusable ones beside (B-42).

    The messages carry no time of their own: `received_at` stands for it. `echo` of each: txLogisticID and, in a
    fieldList, fieldName; a fieldList refused as a whole is one refusal with an empty fieldName. Refused with the codes
    of xml_gate and json_gate and encoding_invalid (400), batch_too_large (413), those of fields, event_unknown and
    provider_unknown (422).
    """
    try:
        root, tree = _tree(opened)
        values = Fields(tree)
        updates = _members(values, "fieldList", "field") if root == "UpdateInfo" else []
        unusable = _unusable(root, updates, values, opened.words.get("provider_id"))
        if unusable is not None:
            return _reading([(unusable, {"fieldName": ""})]) if updates else unusable
        if root == "RequestOrder":
            return _reading([_order(values, received_at)])
        if updates:
            return _reading([_field(one, place, received_at) for place, one in enumerate(updates)])
        if not _OF_UPDATE & tree.keys() - {"fieldList"}:
            refuse("field_required", "fieldList")
        return _reading([_instruction(values, received_at)])
    except Unreadable as unreadable:
        return unreadable.refusal


def _unusable(root: str, updates: Sequence[Any], values: Fields, ours: str | None) -> Refusal | None:
    """Why nothing of the message can be taken."""
    try:
        named = values.text("logisticProviderID", SHORT)
        if root not in ROOTS:
            _refuse("event_unknown")
        if ours and named and named != ours:
            _refuse("provider_unknown", "logisticProviderID")
        if len(updates) > MOST_UPDATES:
            _refuse("batch_too_large", "fieldList")
    except Unreadable as unreadable:
        return unreadable.refusal
    return None


_Said = tuple[Message | Refusal, dict[str, str]]  # with what the answer repeats


def _reading(said: Sequence[_Said]) -> Reading:
    return Reading(tuple(one for one, _ in said), tuple(echo for _, echo in said))


# Bytes to tree


def _tree(opened: Opened) -> tuple[str, dict[str, Any]]:
    """Name and content of the message; its values are texts, objects and lists of them, in JSON as in XML."""
    text = _decoded(opened).removeprefix("\ufeff")
    if opened.words.get("shape") != "json":
        root, tree = read_xml(text, LISTS)
        return root, {name: texts(value) for name, value in tree.items()}
    tree = texts(read_object(text.encode("utf-8", "surrogatepass")))
    for name in ROOTS:
        if isinstance(tree.get(name), dict):
            return name, tree[name]
    if tree.keys() & _OF_UPDATE:
        return "UpdateInfo", tree
    return "RequestOrder" if tree.keys() & _OF_ORDER else "", tree


def _decoded(opened: Opened) -> str:
    """By the charsets declared in the XML, the header or the form; UTF-8 when none is (B-13, B-14).

    Where they contradict each other UTF-8 comes first: Chinese in GBK is hardly ever valid UTF-8 by chance.
    """
    content = opened.content
    declared = (declared_encoding(content), opened.words.get("header_charset"), opened.words.get("field_charset"))
    known = {charset_of(one) for one in declared if one} or {"utf-8"}
    if len(known) == 1:
        return as_text(content, known.pop())
    try:
        return as_text(content, "utf-8")
    except Unreadable:
        return as_text(content, "gb18030")


def texts(value: Any) -> Any:
    """JSON in the words of XML: numbers and switches as text; null and blank text are an empty element."""
    if isinstance(value, dict):
        return {name: texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [texts(inner) for inner in value]
    if isinstance(value, Numeral):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and value.strip() else ""


def _members(values: Fields, group: str, member: str) -> list[Any]:
    """`<group><member/>…</group>`; in JSON `group` may also be the list itself."""
    held = values.take(group)
    if isinstance(held, dict):
        held = held.get(member)
    if not held:
        return []
    return held if isinstance(held, list) else [held]


# Orders


def _order(values: Fields, received_at: datetime) -> _Said:
    echo: dict[str, str] = {}
    try:
        number = _number(values, echo)
        return OrderPush(CHANNEL, number, received_at, _content(values)), echo
    except Unreadable as unreadable:
        return unreadable.refusal, echo


def _content(values: Fields) -> dict[str, Any]:
    waybill_no = values.text("mailNo", SHORT)
    sender, receiver = _person(values, "sender"), _person(values, "receiver")
    start, end = values.local_time("sendStartTime"), values.local_time("sendEndTime")
    if start and end and end < start:
        refuse("window_invalid", "sendEndTime")
    platform = [values.text(field, SHORT) for field in ("ecCompanyId", "clientID")]
    weights = [values.amount(field, 1000) for field in ("itemsWeight", "weight")]  # kilograms [I]
    return present(
        {
            "online": True,
            # Who sends the number along owns it (CHAN-2); serviceType 0 or 1 says nothing about that.
            "business_type": ONLINE_ORDER if waybill_no else SEND_EXPRESS,
            "waybill_no": waybill_no,
            "pushed_as": next(filter(None, platform), None),
            "address": whole_address(sender),
            "sender": sender or None,
            "receiver": receiver or None,
            "window_start": start.isoformat() if start else None,
            "window_end": end.isoformat() if end else None,
            "weight_g": next((weight for weight in weights if weight is not None), None),
            **_items(values),
            "remark": values.text("remark", LONG),
        }
    )


def _person(values: Fields, group: str) -> dict[str, Any]:
    part = values.object(group)
    if part is None:
        return {}
    city, *district = _COMMA.split(part.text("city", SHORT) or "")
    return party(
        name=part.text("name", SHORT),
        phones=[part.text(field, SHORT) for field in ("mobile", "phone")],
        province=part.text("prov", SHORT),
        city=city.strip() or None,
        district="".join(district).strip() or None,
        address=part.text("address", LONG),
    )


def _items(values: Fields) -> dict[str, Any]:
    names: list[str] = []
    numbers: list[int | float | str] = []
    for place, one in enumerate(_members(values, "items", "item")):
        if not isinstance(one, dict):
            refuse("object_expected", "items.item")
        item = Fields(one, f"items.item.{place}.")
        name, number = item.text("itemName", GOODS), item.amount("number")
        names += [name] if name else []
        numbers += [number] if number is not None else []
    return {"goods": "、".join(names)[:GOODS] or None, "pieces": _pieces(numbers)}


def _pieces(numbers: Sequence[int | float | str]) -> int | str | None:
    """The sum. What is no whole number above zero is returned as it was sent: CHAN-5 holds the order."""
    if not numbers:
        return None
    whole = [number for number in numbers if isinstance(number, int)]
    if len(whole) < len(numbers):
        return str(next(number for number in numbers if not isinstance(number, int)))
    if min(whole) <= 0:
        return min(whole)
    return sum(whole) if sum(whole) <= MOST_PIECES else str(sum(whole))


# Updates


def _field(held: Any, place: int, received_at: datetime) -> _Said:
    """One of a fieldList. Only a withdrawal and a waybill number mean something to us."""
    echo = {"fieldName": ""}
    try:
        if not isinstance(held, dict):
            refuse("object_expected", f"fieldList.field.{place}")
        values = Fields(held, f"fieldList.field.{place}.")
        echo["fieldName"] = name = values.text("fieldName", SHORT) or ""
        number, value = _number(values, echo), values.text("fieldValue", SHORT)
        if name == "mailNo":
            return WaybillTold(CHANNEL, number, _there(value, values.name("fieldValue")), received_at), echo
        if name == "status" and value == "WITHDRAW":
            return _withdrawal(number, values, received_at), echo
        return _unknown(values.name("fieldValue" if name == "status" else "fieldName")), echo
    except Unreadable as unreadable:
        return unreadable.refusal, echo


def _instruction(values: Fields, received_at: datetime) -> _Said:
    """The older form, for one order: infoType INSTRUCTION, infoContent WITHDRAW or UPDATE (of the waybill number)."""
    echo: dict[str, str] = {}
    try:
        number = _number(values, echo)
        kind, content = values.text("infoType", SHORT), values.text("infoContent", SHORT)
        if kind != "INSTRUCTION":
            return _unknown("infoType"), echo
        if content == "WITHDRAW":
            return _withdrawal(number, values, received_at), echo
        if content == "UPDATE":
            waybill_no = _there(values.text("mailNo", SHORT), "mailNo")
            return WaybillTold(CHANNEL, number, waybill_no, received_at), echo
        return _unknown("infoContent"), echo
    except Unreadable as unreadable:
        return unreadable.refusal, echo


def _withdrawal(number: str, values: Fields, received_at: datetime) -> Withdrawal:
    """The reason is free text; no code is made from it."""
    return Withdrawal(CHANNEL, number, "sender", values.text("remark", LONG) or "", received_at)


def _number(values: Fields, echo: dict[str, str]) -> str:
    number = values.required("txLogisticID", SHORT)
    echo["txLogisticID"] = number
    if not _NUMBER.fullmatch(number):
        refuse("text_invalid", values.name("txLogisticID"))
    return number


def _there(value: str | None, field: str) -> str:
    if value is None:
        refuse("field_required", field)
    return value


def _unknown(field: str) -> Refusal:
    return Refusal("event_unknown", WORDS["event_unknown"], field)


def _refuse(code: str, field: str | None = None) -> NoReturn:
    raise Unreadable(Refusal(code, WORDS[code], field))
