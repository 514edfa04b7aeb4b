"""Reading the fields of an event; everything that is missing or malformed is a `Bad` (bad_event)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.oracle.geometry import Pair, to_gcj, usable

Event = dict[str, Any]
CHANNELS = ("cainiao", "kuaidi100", "crm", "wechat", "website", "touchpal", "alipay")
PREFIXES = {
    "LP": ("cainiao",),
    "KD": ("kuaidi100",),
    "IS": ("crm",),
    "wx": ("wechat", "website"),
    "CT_H_": ("touchpal",),
    "ali": ("alipay",),
}
TYPES = ("send_express", "online_order")
REASONS = (
    "out_of_area", "destination_not_served", "no_time_agreed", "wrong_number", "cannot_reach", "cannot_enter",
    "forbidden_goods", "test_or_malicious", "customer_cancelled", "duplicate", "weather_or_traffic", "other",
)  # fmt: skip
KINDS = ("V-ACCEPT", "V-PICKUP", "V-FALSE-FAIL", "V-FALSE-WAYBILL", "V-WRONG-ACCEPT", "V-TRANSFER")
CODES = (
    "bad_event", "order_unknown", "station_unknown", "not_holder", "not_allowed_in_state", "not_at_data_centre",
    "station_not_accepting", "same_station", "order_already_accepted", "already_picked_up", "already_closed",
    "reason_unknown", "waybill_invalid", "waybill_in_use", "waybill_locked", "waybill_conflict", "waybill_required",
    "no_open_suspicion", "not_confirmed", "not_published", "appeal_period_over", "already_appealed",
    "province_first", "no_open_appeal", "week_not_over", "month_not_over", "not_supported_yet",
)  # fmt: skip
PROVINCES = [
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏",
    "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南",
    "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏",
    "宁夏", "新疆", "香港", "澳门",
]  # fmt: skip
LONG_NAMES = [p + "市" for p in PROVINCES[:4]] + [p + "省" for p in PROVINCES[4:27]]
LONG_NAMES += ["内蒙古自治区", "广西壮族自治区", "西藏自治区", "宁夏回族自治区", "新疆维吾尔自治区"]
LONG_NAMES += ["香港特别行政区", "澳门特别行政区"]


class Bad(Exception):
    """The event is a bad_event."""


def drop_nulls(value: Any) -> Any:
    """Null fields count as absent, at any depth."""
    if isinstance(value, dict):
        return {key: drop_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def text(event: Event, key: str) -> str:
    value = event.get(key)
    if not isinstance(value, str) or not value:
        raise Bad(key)
    return value


def one_of(event: Event, key: str, allowed: tuple[str, ...]) -> str:
    value = text(event, key)
    if value not in allowed:
        raise Bad(key)
    return value


def moment(value: object) -> datetime:
    """ISO 8601 with an offset."""
    if not isinstance(value, str):
        raise Bad("time")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise Bad("time") from None
    if found.tzinfo is None:
        raise Bad("time without offset")
    return found


def happened(event: Event, key: str, at: datetime, needed: bool) -> datetime:
    """When a message's fact happened: never later than it was told."""
    if key not in event and not needed:
        return at
    return min(moment(event.get(key)), at)


@dataclass(frozen=True)
class Content:
    """What a push says of an order; `raw` is compared, the rest is used."""

    raw: Event
    channel: str
    business_type: str
    point: Pair | None
    adcode: str
    window_end: datetime | None
    phone: str
    waybill_no: str
    place: tuple[object, ...]
    window: tuple[object, ...]
    held: bool


def content_of(event: Event) -> Content:
    """Check and read a push."""
    channel, kind = one_of(event, "channel", CHANNELS), one_of(event, "business_type", TYPES)
    for key in ("adcode", "address", "waybill_no", "goods"):
        if key in event and not isinstance(event[key], str):
            raise Bad(key)
    for key in ("sender", "receiver"):
        if any(not isinstance(v, str) for v in _part(event, key).values()):
            raise Bad(key)
    if not isinstance(event.get("online", True), bool):
        raise Bad("online")
    datum = event.get("datum", "GCJ-02")
    if datum not in ("GCJ-02", "WGS-84", "BD-09"):
        raise Bad("datum")
    window = tuple(moment(event[k]) if k in event else None for k in ("window_start", "window_end"))
    told = is_number(event.get("lng")) and is_number(event.get("lat"))
    spot = (event["lng"], event["lat"]) if told else None
    point = to_gcj(*spot, datum) if spot is not None and usable(*spot) else None
    adcode, address = event.get("adcode", "").strip(), event.get("address", "")
    phone = _part(event, "sender").get("phone", "").strip()
    fits = all(is_number(event[k]) and event[k] > 0 for k in ("weight_g", "pieces") if k in event)
    placed = told or bool(adcode) or says_more(address)
    raw = {k: v for k, v in event.items() if k not in ("at", "do", "created_at")}
    raw = {"datum": "GCJ-02", "online": True, **raw}
    place = (event.get("lng"), event.get("lat"), datum, adcode, address)
    return Content(
        raw, channel, kind, point, adcode, window[1], phone, event.get("waybill_no", ""), place, window,
        not (phone and placed and fits),
    )  # fmt: skip


def _part(event: Event, key: str) -> dict[str, Any]:
    value = event.get(key, {})
    if not isinstance(value, dict):
        raise Bad(key)
    return value


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def says_more(address: str) -> bool:
    """CHAN-5 and fine print 4: something is left after one leading province name."""
    rest = _bare(address)
    for name in sorted([*PROVINCES, *LONG_NAMES], key=len, reverse=True):
        if rest.startswith(name):
            return bool(rest[len(name) :])
    return bool(rest)


def _bare(words: str) -> str:
    return "".join(c for c in words if not c.isspace() and unicodedata.category(c)[0] not in "ZP")


def prefix_fits(logistics_no: str, channel: str) -> bool:
    """CHAN-1: longest matching prefix; unknown or another channel's does not fit."""
    hits = [p for p in PREFIXES if logistics_no.startswith(p)]
    return bool(hits) and channel in PREFIXES[max(hits, key=len)]


def possible(waybill_no: str) -> bool:
    """WAYBILL-1: 14 digits beginning 55, no check digit in edition 2017-01-01."""
    return re.fullmatch(r"55[0-9]{12}", waybill_no) is not None
