"""What a clerk types of an order, read strictly; all that is wrong with it at once, by field (CHAN-2, CHAN-8)."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import request

from basics.days import SHANGHAI
from basics.text import TextError, clean, positive_decimal
from basics.words import BUSINESS_TYPES, ONLINE_ORDER
from channels.parties import party, present, whole_address
from channels.phones import normal_phone
from channels.sender_texts import LANGUAGES, is_email
from dispatch.waybills import possible
from rulebook.book import Edition

SOURCES = ("phone", "mail", "fax", "counter")  # CHAN-2
DATUMS = ("GCJ-02", "WGS-84", "BD-09")
SHORT, LONG = 64, 500
FARTHEST_WINDOW = timedelta(days=60)
_DEGREES = re.compile(r"[0-9]{1,3}(\.[0-9]{1,12})?", re.ASCII)
_PIECES = re.compile(r"[0-9]{1,5}", re.ASCII)
_MINUTE = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)

LIMITS = {
    "business_type": 20, "source": 20, "language": 2, "adcode": 12, "lng": 20, "lat": 20, "datum": 10,
    "district_is": 10, "goods": 200,
    "pieces": 8, "weight": 12, "window_start": 20, "window_end": 20, "remark": LONG, "waybill_no": SHORT,
    **{
        f"{who}_{part}": limit
        for who in ("sender", "receiver")
        for part, limit in (
            ("name", SHORT), ("phone", SHORT), ("other_phone", SHORT), ("email", 254), ("province", SHORT),
            ("city", SHORT), ("district", SHORT), ("address", LONG),
        )
    },
}  # fmt: skip


class Typed:
    """The fields of the form as they were typed, `values`, and what is wrong with them, `errors`."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values: dict[str, str] = dict(values or {})
        self.errors: dict[str, str] = {}
        if values is None:
            for name, limit in LIMITS.items():
                self._take(name, limit)

    def _take(self, name: str, limit: int) -> None:
        given = request.form.get(name, "")
        try:
            self.values[name] = clean(given.replace("\r\n", "\n"), limit).strip()
        except TextError as error:
            self.values[name] = ""
            too_long = error.code == "text_too_long"
            self.wrong(
                name, "内容过长 / too long" if too_long else "含有不允许的字符 / characters that are not allowed"
            )

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def wrong(self, name: str, why: str) -> None:
        self.errors.setdefault(name, why)

    def maybe(self, name: str) -> str | None:
        return self[name] or None

    def one_of(self, name: str, words: Collection[str]) -> str | None:
        if self[name] and self[name] not in words:
            self.wrong(name, "请选择所列选项 / choose one of the list")
            return None
        return self.maybe(name)

    def phone(self, name: str) -> str | None:
        """A number that is none is said at once: the caller is still there."""
        if self[name] and normal_phone(self[name]) is None:
            self.wrong(name, "不是电话号码 / not a phone number")
        return self.maybe(name)

    def pieces(self) -> int | None:
        if not self["pieces"]:
            return None
        if not _PIECES.fullmatch(self["pieces"]) or int(self["pieces"]) == 0:
            self.wrong("pieces", "须为正整数 / a whole number above zero")
            return None
        return int(self["pieces"])

    def grams(self) -> int | float | None:
        """Kilograms as typed, in grams."""
        if not self["weight"]:
            return None
        try:
            grams = positive_decimal(self["weight"]) * Decimal(1000)
        except TextError:
            self.wrong("weight", "须为大于零的公斤数 / kilograms above zero")
            return None
        return int(grams) if grams == grams.to_integral_value() else float(grams)

    def adcode(self, served: Collection[str]) -> str | None:
        """A district that the network serves; typed as code, maybe with what the list shows behind it."""
        code = self["adcode"].split(" ")[0]
        if code and code not in served:
            self.wrong("adcode", "没有网点服务该区县,不确定请留空 / no station serves it; leave it empty when unsure")
            return None
        return code or None

    def window(self, now: datetime) -> dict[str, str | None]:
        start, end = self._minute("window_start"), self._minute("window_end")
        if start and end and end < start:
            self.wrong("window_end", "结束早于开始 / ends before it starts")
        elif end and end <= now:
            self.wrong("window_end", "结束时间已过 / is over")
        elif any(at and at > now + FARTHEST_WINDOW for at in (start, end)):
            self.wrong("window_end", "最多预约 60 天内 / at most 60 days ahead")
        return {
            "window_start": start.isoformat() if start else None,
            "window_end": end.isoformat() if end else None,
        }

    def _minute(self, name: str) -> datetime | None:
        try:
            if self[name] and not _MINUTE.fullmatch(self[name]):
                raise ValueError
            return datetime.fromisoformat(self[name]).replace(tzinfo=SHANGHAI) if self[name] else None
        except ValueError:
            self.wrong(name, "时间不正确 / not a time")
            return None

    def point(self) -> dict[str, Any]:
        degrees: dict[str, float] = {}
        for name in ("lng", "lat"):
            if self[name] and not _DEGREES.fullmatch(self[name]):
                self.wrong(name, "坐标不正确 / not degrees")
            elif self[name]:
                degrees[name] = float(self[name])
        if not degrees:
            return {}
        if len(degrees) == 1:
            self.wrong("lng" if "lat" in degrees else "lat", "经纬度须同时填写 / both, please")
        return {**degrees, "datum": self.one_of("datum", DATUMS) or "GCJ-02"}

    def person(self, who: str) -> dict[str, Any]:
        found = party(
            name=self.maybe(f"{who}_name"),
            phones=[self.phone(f"{who}_phone"), self.phone(f"{who}_other_phone")],
            province=self.maybe(f"{who}_province"),
            city=self.maybe(f"{who}_city"),
            district=self.maybe(f"{who}_district"),
            address=self.maybe(f"{who}_address"),
        )
        return found


def content_of(typed: Typed, served: Collection[str], edition: Edition, now: datetime) -> dict[str, Any]:
    """The content of a new order; not to be used when there are errors."""
    sender, receiver = typed.person("sender"), typed.person("receiver")
    email = typed.maybe("sender_email")
    if email is not None and not is_email(email):
        typed.wrong("sender_email", "不是邮箱地址 / not an e-mail address")
    business_type = typed.one_of("business_type", BUSINESS_TYPES)
    source = typed.one_of("source", SOURCES)
    for name, value in (("business_type", business_type), ("source", source)):
        if value is None:
            typed.wrong(name, "请选择 / choose one")
    waybill_no = typed.maybe("waybill_no")
    if waybill_no and business_type != ONLINE_ORDER:
        typed.wrong("waybill_no", "仅在线下单有客户自带运单号 / only an online order brings its number")
    elif waybill_no and not possible(waybill_no, edition):
        typed.wrong("waybill_no", "运单号不正确 / not a possible waybill number")
    return present({
        "online": False, "business_type": business_type, "source": source,
        "language": typed.one_of("language", LANGUAGES) or LANGUAGES[0],
        "sender": present(sender | {"email": email}), "receiver": receiver or None,
        "address": whole_address(sender), "adcode": typed.adcode(served), **typed.point(), **typed.window(now),
        "goods": typed.maybe("goods"), "pieces": typed.pieces(), "weight_g": typed.grams(),
        "remark": typed.maybe("remark"), "waybill_no": waybill_no,
    })  # fmt: skip
