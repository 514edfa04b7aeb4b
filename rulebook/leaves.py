"""What may stand in an edition: each number with its unit and type, and defaults of those younger than the format."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from basics.text import TextError, clean


class Expected(ValueError):
    """What should have stood there, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


TEXT_LIMIT = 200
NAME_LIMIT = 20  # it stands beside everything that an edition produced
_KIND = re.compile(r"V-[A-Z][A-Z-]{1,16}[A-Z]", re.ASCII)


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:  # bool is an int, but no number
            raise Expected(f"{low} 到 {high} 的整数", f"a whole number from {low} to {high}")
        return value

    return convert


def _length(**unit: int) -> Callable[[Any], timedelta]:
    return lambda value: _whole(1, 100_000)(value) * timedelta(**unit)


def word(*allowed: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise Expected("以下之一: " + ", ".join(allowed), "one of " + ", ".join(allowed))
        return value

    return convert


def _time_of_day(value: Any) -> int:
    if isinstance(value, str) and len(value) == 5 and value[2] == ":" and value.isascii():
        hours, minutes = value[:2], value[3:]
        if hours.isdigit() and minutes.isdigit() and int(hours) <= 24 and int(minutes) < 60:
            total = int(hours) * 60 + int(minutes)
            if total <= 24 * 60:
                return total
    raise Expected("时刻 HH:MM", "a time of day HH:MM")


def _digits(value: Any) -> str:
    if not isinstance(value, str) or not (value == "" or (value.isascii() and value.isdigit())):
        raise Expected("数字串", "digits")
    return value


def text(value: Any) -> str:
    try:
        found = clean(value, TEXT_LIMIT)
    except TextError:
        found = ""
    if not found.strip():
        raise Expected(
            f"至多 {TEXT_LIMIT} 个字符的文字,不含控制字符",
            f"a text of at most {TEXT_LIMIT} characters, none of them a control character",
        )
    return found


def name_of(value: Any) -> str:
    name = text(value)
    if len(name) > NAME_LIMIT:
        raise Expected(f"至多 {NAME_LIMIT} 个字符的名称", f"a name of at most {NAME_LIMIT} characters")
    return name


def words(*allowed: str) -> Callable[[Any], frozenset[str]]:
    def convert(value: Any) -> frozenset[str]:
        if not isinstance(value, list) or not value or any(word not in allowed for word in value):
            raise Expected("列表,取自 " + ", ".join(allowed), "a list of " + ", ".join(allowed))
        return frozenset(value)

    return convert


def kind_of_violation(value: Any) -> str:
    if not isinstance(value, str) or (value and not _KIND.fullmatch(value)):
        raise Expected("违规种类 V-…,或空", "a kind of violation, V-…, or nothing")
    return value


UNITS: dict[str, Callable[[Any], Any]] = {
    "duty minutes": _length(minutes=1),
    "duty hours": _length(hours=1),
    "duty minutes left": _length(minutes=1),
    "elapsed minutes": _length(minutes=1),
    "elapsed hours": _length(hours=1),
    "time of day": _time_of_day,
    "days": _whole(1, 366),
    "day of month": _whole(1, 28),
    "degrees": _whole(-180, 180),
    "kilometres": _whole(1, 5_000),
    "digits": _whole(1, 30),
    "digits at the start": _digits,
    "none or luhn": word("none", "luhn"),
    "fen": _whole(1, 10**12),  # the ledger has no line of nothing
    "percent": _whole(0, 100),
    "places a month": _whole(0, 10**6),
}

# key of the text -> (attribute of Edition, the unit it must have)
LEAVES = {
    "clocks.accept": ("accept", "duty minutes"),
    "clocks.transfer": ("transfer", "duty minutes"),
    "clocks.pickup": ("pickup", "elapsed hours"),
    "clocks.pickup_least_hold": ("pickup_least_hold", "elapsed hours"),
    "clocks.promise": ("promise", "elapsed hours"),
    "clocks.look_every": ("look_every", "duty minutes"),
    "held.reminder": ("hold_reminder", "elapsed hours"),
    "held.close": ("hold_close", "elapsed hours"),
    "evidence.scan_proof": ("scan_proof", "elapsed hours"),
    "evidence.late_push": ("late_push", "elapsed minutes"),
    "evidence.order_again": ("order_again", "elapsed hours"),
    "waybill.digits": ("waybill_digits", "digits"),
    "waybill.begins": ("waybill_begins", "digits at the start"),
    "waybill.check_digit": ("waybill_check_digit", "none or luhn"),
    "waybill.correction": ("waybill_correction", "elapsed hours"),
    "country.west": ("country_west", "degrees"),
    "country.east": ("country_east", "degrees"),
    "country.south": ("country_south", "degrees"),
    "country.north": ("country_north", "degrees"),
    "ladder.tint": ("tint", "duty minutes left"),
    "ladder.sound": ("sound", "duty minutes left"),
    "ladder.message": ("message", "duty minutes left"),
    "ladder.call_list": ("call_list", "duty minutes left"),
    "ladder.offer_transfer": ("offer_transfer", "duty minutes left"),
    "ladder.risk": ("risk", "percent"),
    "appeal.station_days": ("appeal_station_days", "days"),
    "appeal.province_days": ("appeal_province_days", "days"),
    "appeal.hq_days": ("appeal_hq_days", "days"),
    "routing.far_from_district": ("far_from_district", "kilometres"),
    "reward.places": ("reward_places", "places a month"),
    "reward.amount": ("reward_amount", "fen"),
    "refund.first_month_percent": ("refund_first_month_percent", "percent"),
    "calendar.leftovers_by": ("leftovers_by", "time of day"),
    "calendar.settled_by": ("settled_by", "day of month"),
    "calendar.change_effective": ("change_effective", "day of month"),
    "calendar.change_announced_by": ("change_announced_by", "day of month"),
    "calendar.notice_at": ("notice_at", "time of day"),
    "review.second_percent": ("second_review_percent", "percent"),
    "payout.above": ("payout_above", "fen"),
}

# Settings younger than the format: a text without them means these.
DEFAULTS: dict[str, Any] = {
    "routing.far_from_district": 10,
    "ladder.tint": timedelta(minutes=15),
    "ladder.sound": timedelta(minutes=10),
    "ladder.message": timedelta(minutes=10),
    "ladder.call_list": timedelta(minutes=5),
    "ladder.offer_transfer": timedelta(minutes=5),
    "ladder.risk": 50,
    "calendar.notice_at": 9 * 60,
    "review.second_percent": 5,
    "payout.above": 50_000,
}
LADDER = ("tint", "sound", "message", "call_list", "offer_transfer", "risk")
COUNTED = ("duty minutes", "duty hours", "elapsed minutes", "elapsed hours")
