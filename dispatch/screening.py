"""CHAN-5: what an order lacks. An order that lacks something is held and its channel told the fields."""

import unicodedata
from collections.abc import Mapping
from typing import Any

MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
PLAIN_PROVINCES = (
    "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南",
    "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾",
)  # fmt: skip
REGIONS = {
    "内蒙古": "内蒙古自治区",
    "广西": "广西壮族自治区",
    "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区",
    "香港": "香港特别行政区",
    "澳门": "澳门特别行政区",
}
# Short name -> full name, all 34.
PROVINCES = {
    **{short: short + "市" for short in MUNICIPALITIES},
    **{short: short + "省" for short in PLAIN_PROVINCES},
    **REGIONS,
}
# Full names first: of 浙江省 and 浙江 the longer one is the name that is there.
_NAMES = (*PROVINCES.values(), *PROVINCES)


def missing_fields(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the order must be held: `sender.phone`, `place`, `pieces`, `weight_g`; empty when complete.

    `content` is that of a push in the words of the replay's `order` (lng, lat, adcode, address, sender, …).
    """
    sender = content.get("sender")
    has = {
        "sender.phone": isinstance(sender, Mapping) and _says_something(sender.get("phone")),
        "place": _has_place(content),
        "pieces": _is_quantity(content.get("pieces")),
        "weight_g": _is_quantity(content.get("weight_g")),
    }
    return tuple(field for field, there in has.items() if not there)


def says_more_than_province(address: str) -> bool:
    """Whether anything but spaces and punctuation is left after one leading province name (fine print 4)."""
    start = next((place for place, char in enumerate(address) if not _is_blank(char)), len(address))
    name = next((name for name in _NAMES if address.startswith(name, start)), "")
    return not all(_is_blank(char) for char in address[start + len(name) :])


def _has_place(content: Mapping[str, Any]) -> bool:
    address = content.get("address")
    # Usable or not: that is for the routing.
    has_point = _is_number(content.get("lng")) and _is_number(content.get("lat"))
    has_address = isinstance(address, str) and says_more_than_province(address)
    return has_point or _says_something(content.get("adcode")) or has_address


def _is_quantity(value: Any) -> bool:
    """Absent is fine; otherwise a JSON number above zero."""
    return value is None or (_is_number(value) and value > 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _says_something(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_blank(char: str) -> bool:
    """Spaces, punctuation, control and invisible characters; symbols such as + say something."""
    category = unicodedata.category(char)
    return category[0] in "PZ" or category in ("Cc", "Cf")
