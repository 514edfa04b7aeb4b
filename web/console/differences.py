"""What changed in an order's content, value by value, masked unless a look was granted (CHAN-8, ROLE-2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from basics.days import parse_instant, shanghai
from people.masking import mask_address, mask_name, mask_phone

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
        "sender.name": ("寄件人", unless_granted(mask_name)),
        "sender.phone": ("寄件人电话", unless_granted(mask_phone)),
        "sender.other_phone": ("备用电话", unless_granted(mask_phone)),
        "sender.phone_as_sent": ("寄件人电话(无法识别)", unless_granted(mask_phone)),
        "sender.email": ("邮箱", unless_granted(_mask_email)),
        "address": ("取件地址", unless_granted(mask_address)),
        "adcode": ("派单区县", str),
        "lng": ("经度", str if behind_mask else _coarse),
        "lat": ("纬度", str if behind_mask else _coarse),
        "window_start": ("预约开始", _minute),
        "window_end": ("预约结束", _minute),
        "receiver.name": ("收件人", unless_granted(mask_name)),
        "receiver.phone": ("收件人电话", unless_granted(mask_phone)),
        "receiver.address": ("收件地址", unless_granted(mask_address)),
        "goods": ("物品", free),
        "pieces": ("件数", str),
        "weight_g": ("重量(克)", str),
        "remark": ("备注", free),
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
