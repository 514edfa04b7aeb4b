"""What changed in an order's content, value by value, masked unless a look was granted (CHAN-8, ROLE-2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from basics.days import parse_instant, shanghai
from people.masking import mask_address, mask_name, mask_phone
from web.language import t

NOTHING = "—"
WITH_CONTENT = ("created", "updated", "amended")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, as it was and as it is."""

    label: str
    before: str
    after: str


Show = Callable[[Any], str]


def _shows(free: Show, behind_mask: bool) -> dict[str, tuple[str, Show]]:
    """How each part of a content is called and shown. `free` masks free text."""

    def unless_granted(mask: Show) -> Show:
        return str if behind_mask else mask

    return {
        "sender.name": (t("寄件人", "sender"), unless_granted(mask_name)),
        "sender.phone": (t("寄件人电话", "sender's phone"), unless_granted(mask_phone)),
        "sender.other_phone": (t("备用电话", "other phone"), unless_granted(mask_phone)),
        "sender.phone_as_sent": (t("寄件人电话(无法识别)", "sender's phone (unreadable)"), unless_granted(mask_phone)),
        "sender.email": (t("邮箱", "e-mail"), unless_granted(_mask_email)),
        "address": (t("取件地址", "pickup address"), unless_granted(mask_address)),
        "adcode": (t("派单区县", "district"), str),
        "lng": (t("经度", "longitude"), str if behind_mask else _coarse),
        "lat": (t("纬度", "latitude"), str if behind_mask else _coarse),
        "window_start": (t("预约开始", "window from"), _minute),
        "window_end": (t("预约结束", "window until"), _minute),
        "receiver.name": (t("收件人", "receiver"), unless_granted(mask_name)),
        "receiver.phone": (t("收件人电话", "receiver's phone"), unless_granted(mask_phone)),
        "receiver.address": (t("收件地址", "receiver's address"), unless_granted(mask_address)),
        "goods": (t("物品", "goods"), free),
        "pieces": (t("件数", "pieces"), str),
        "weight_g": (t("重量(克)", "weight (g)"), str),
        "remark": (t("备注", "remark"), free),
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any], free: Show, behind_mask: bool) -> list[Difference]:
    """Fields that differ, in the order of the order page. What is not named there stays untold."""
    found = []
    for path, (label, show) in _shows(free, behind_mask).items():
        was, becomes = _at(before, path), _at(after, path)
        if was != becomes:
            found.append(Difference(label, *(NOTHING if one is None else show(one) for one in (was, becomes))))
    return found


def contents_before(events: Sequence[Any]) -> dict[int, Mapping[str, Any]]:
    """For each event of a log, newest first, the order's content before it, by its seq."""
    found: dict[int, Mapping[str, Any]] = {}
    content: Mapping[str, Any] = {}
    for event in reversed(events):
        found[event.seq] = content
        if event.kind in WITH_CONTENT:
            content = event.data["content"]
    return found


def _at(content: Mapping[str, Any], path: str) -> Any:
    group, _, key = path.rpartition(".")
    return (content.get(group) or {}).get(key) if group else content.get(key)


def _minute(text: str) -> str:
    return shanghai(parse_instant(text)).strftime("%Y-%m-%d %H:%M")


def _coarse(degrees: Any) -> str:
    return f"{degrees:.2f}" if isinstance(degrees, int | float) else NOTHING


def _mask_email(text: str) -> str:
    name, _, host = text.rpartition("@")
    return f"{name[:1]}****@{host}"
