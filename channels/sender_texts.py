"""What a sender hears of an order (CHAN-7): who is told, by which way, in which words. Nothing of the receiver."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from basics.days import shanghai
from channels.feedback import FeedbackKind

SMS, EMAIL = "sms", "email"
LANGUAGES = ("zh", "en")
LONGEST_ADDRESS = 254  # characters of an e-mail address
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}"
_EMAIL = re.compile(rf"{_LOCAL}(?:\.{_LOCAL}){{0,8}}@{_LABEL}(?:\.{_LABEL}){{1,8}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told. As it stands by default: senders of orders without a channel, though no way is set up.

    `ways`: which of sms and email are set up. `channels`: those whose senders are told too (setting `tell_sender`).
    `remarks`: (way, text) to end each message with.
    """

    offline: bool = True
    ways: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    remarks: tuple[tuple[str, str], ...] = ()
    language: str = "zh"  # of orders that name none

    def wanted(self, channel: str, online: bool) -> bool:
        """Whether the sender of such an order is told anything."""
        return channel in self.channels if online else self.offline

    def remark(self, way: str) -> str:
        return dict(self.remarks).get(way, "")


NOBODY = Telling(offline=False)  # history told again is news to nobody


def is_email(text: object) -> bool:
    """Whether it is an address that mail can go to, and that cannot break a header: ASCII, no blank, no quote."""
    return isinstance(text, str) and len(text) <= LONGEST_ADDRESS and bool(_EMAIL.fullmatch(text))


def way_to(sender: Mapping[str, Any], ways: frozenset[str]) -> tuple[str, str] | None:
    """(sms or email, the number or address): a mobile number first, unless only mail is set up. None: no way at all.

    A landline takes no short message.
    """
    phones = (sender.get("phone"), sender.get("other_phone"))
    mobile = next((one for one in phones if isinstance(one, str) and _MOBILE.fullmatch(one)), None)
    email = sender.get("email")
    found = [(SMS, mobile)] if mobile else []
    if isinstance(email, str) and is_email(email):
        found.append((EMAIL, email))
    return next((one for one in found if one[0] in ways), found[0] if found else None)


def message(kind: str, facts: Mapping[str, Any], language: str, remark: str = "") -> tuple[str, str]:
    """(subject, text) of one kind. `facts`: `number`; received: `promise` (an instant or None); held: `missing`,
    `until`, `reminder`; picked_up: `waybill_no`; failed: `reason_text` ({zh, en}); withdrawn: `origin`."""
    texts = _ENGLISH if language == "en" else _CHINESE
    subject, write = texts[FeedbackKind(kind)]
    text = write(facts)
    return subject.format(facts["number"]), f"{text} {remark}" if remark else text


def _zh(at: datetime) -> str:
    local = shanghai(at)
    return f"{local.month}月{local.day}日{local:%H:%M}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # whatever the locale


def _en(at: datetime) -> str:
    local = shanghai(at)
    return f"{local:%H:%M} on {local.day} {_MONTHS[local.month - 1]}"


_MISSING_ZH = {"sender.phone": "联系电话", "place": "取件地址", "pieces": "件数", "weight_g": "重量"}
_MISSING_EN = {
    "sender.phone": "your phone number", "place": "the pickup address", "pieces": "the number of pieces",
    "weight_g": "the weight",
}  # fmt: skip
Writer = Callable[[Mapping[str, Any]], str]


def _received_zh(f: Mapping[str, Any]) -> str:
    return f"您的寄件订单{f['number']}已收到" + (f",预计{_zh(f['promise'])}前上门取件。" if f["promise"] else "。")


def _received_en(f: Mapping[str, Any]) -> str:
    promise = f" We expect to pick it up by {_en(f['promise'])}." if f["promise"] else ""
    return f"We have received your order {f['number']}.{promise}"


def _held_zh(f: Mapping[str, Any]) -> str:
    missing = "、".join(_MISSING_ZH.get(one, one) for one in f["missing"])
    again = "提醒:" if f["reminder"] else ""
    return f"{again}您的寄件订单{f['number']}缺少{missing},请在{_zh(f['until'])}前告知我们,否则订单将撤销。"


def _held_en(f: Mapping[str, Any]) -> str:
    missing = ", ".join(_MISSING_EN.get(one, one) for one in f["missing"])
    again = "Reminder: " if f["reminder"] else ""
    late = "or it will be withdrawn."
    return f"{again}Your order {f['number']} lacks {missing}. Please tell us by {_en(f['until'])}, {late}"


def _picked_up_zh(f: Mapping[str, Any]) -> str:
    return f"您的寄件订单{f['number']}已取件" + (f",运单号{f['waybill_no']}。" if f["waybill_no"] else "。")


def _picked_up_en(f: Mapping[str, Any]) -> str:
    number = f" Waybill number: {f['waybill_no']}." if f["waybill_no"] else ""
    return f"Your order {f['number']} has been picked up.{number}"


def _failed_zh(f: Mapping[str, Any]) -> str:
    reason = f["reason_text"].get("zh")
    return f"很抱歉,您的寄件订单{f['number']}未能取件" + (f":{reason}。" if reason else "。")


def _failed_en(f: Mapping[str, Any]) -> str:
    reason = f["reason_text"].get("en")
    return f"We are sorry: your order {f['number']} could not be picked up" + (f" ({reason})." if reason else ".")


def _withdrawn_zh(f: Mapping[str, Any]) -> str:
    return f"您的寄件订单{f['number']}已撤销" + (",因资料未补齐。" if f["origin"] == "system" else "。")


def _withdrawn_en(f: Mapping[str, Any]) -> str:
    because = ", because data were missing." if f["origin"] == "system" else "."
    return f"Your order {f['number']} has been withdrawn{because}"


_CHINESE: dict[FeedbackKind, tuple[str, Writer]] = {
    FeedbackKind.RECEIVED: ("寄件订单{}已收到", _received_zh),
    FeedbackKind.HELD: ("寄件订单{}资料不全", _held_zh),
    FeedbackKind.NEEDED: (
        "寄件订单{}需要运单号",
        lambda f: f"您的寄件订单{f['number']}已接单,请提供运单号,以便上门取件。",
    ),
    FeedbackKind.PICKED_UP: ("寄件订单{}已取件", _picked_up_zh),
    FeedbackKind.FAILED: ("寄件订单{}未能取件", _failed_zh),
    FeedbackKind.WITHDRAWN: ("寄件订单{}已撤销", _withdrawn_zh),
}
_ENGLISH: dict[FeedbackKind, tuple[str, Writer]] = {
    FeedbackKind.RECEIVED: ("Order {} received", _received_en),
    FeedbackKind.HELD: ("Order {}: data missing", _held_en),
    FeedbackKind.NEEDED: (
        "Order {}: waybill number needed",
        lambda f: f"Your order {f['number']} is accepted. Please tell us its waybill number before pickup.",
    ),
    FeedbackKind.PICKED_UP: ("Order {} picked up", _picked_up_en),
    FeedbackKind.FAILED: ("Order {} not picked up", _failed_en),
    FeedbackKind.WITHDRAWN: ("Order {} withdrawn", _withdrawn_en),
}
