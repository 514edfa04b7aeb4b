"""Taking typed values out of a JSON object from outside; whatever nobody took in the end is unknown."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

from basics.days import SHANGHAI
from basics.refusal import Refusal
from basics.text import TextError, clean
from channels.json_gate import Numeral, Unreadable

_QUANTITY = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,3})?", re.ASCII)
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,12})?", re.ASCII)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?( ?CST)?", re.ASCII)
_UNIX = re.compile(r"[0-9]{1,16}", re.ASCII)
_LAST_SECOND = 7_258_118_400  # the year 2200
# Far enough from the ends of the calendar that no deadline computed from it can fall off.
_YEARS = range(1900, 2200)
_FIELD_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}", re.ASCII)

WORDS = {
    "field_required": "缺少必填字段 / a required field is missing",
    "field_unknown": "未知字段 / an unknown field",
    "object_expected": "应为对象 / an object is expected",
    "text_invalid": "文本含有不允许的字符或不是文本 / not a text, or characters that are not allowed",
    "text_too_long": "文本过长 / the text is too long",
    "list_too_long": "列表过长 / the list is too long",
    "number_invalid": "数字不正确 / not a usable number",
    "time_invalid": "时间不正确,须带时区偏移 / not a time with an offset",
    "value_unknown": "取值不在允许范围内 / not one of the allowed values",
    "datum_required": "坐标须注明坐标系 / a point needs its datum",
    "window_invalid": "预约结束早于开始 / the window ends before it starts",
}


def refuse(code: str, field: str) -> NoReturn:
    """Stop reading with a code of WORDS (all 422)."""
    raise Unreadable(Refusal(code, WORDS[code], field))


class Fields:
    """One JSON object. Each method takes a field once; null, a missing field and an empty text are None."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._left = dict(values)
        self._path = path

    def name(self, field: str) -> str:
        """The field's full name, `data.sender.mobile`."""
        return f"{self._path}{field}"

    def take(self, field: str) -> Any:
        value = self._left.pop(field, None)
        return None if value == "" else value

    def text(self, field: str, limit: int) -> str | None:
        value = self.take(field)
        if value is None:
            return None
        try:
            return clean(value, limit)
        except TextError as error:
            refuse(error.code, self.name(field))

    def required(self, field: str, limit: int) -> str:
        value = self.text(field, limit)
        if value is None or not value.strip():
            refuse("field_required", self.name(field))
        return value

    def matching(self, field: str, pattern: re.Pattern[str], limit: int) -> str | None:
        value = self.text(field, limit)
        if value is not None and not pattern.fullmatch(value):
            refuse("text_invalid", self.name(field))
        return value

    def one_of(self, field: str, allowed: tuple[str, ...]) -> str | None:
        value = self.text(field, 64)
        if value is not None and value not in allowed:
            refuse("value_unknown", self.name(field))
        return value

    def quantity(self, field: str, *, whole: bool) -> int | float | None:
        """A JSON number of at most 7 digits and 3 decimals. Zero or less is let through: CHAN-5 holds it."""
        value = self.take(field)
        if value is None:
            return None
        if not isinstance(value, Numeral) or not _QUANTITY.fullmatch(value.text):
            refuse("number_invalid", self.name(field))
        if "." not in value.text:
            return int(value.text)
        if whole:
            refuse("number_invalid", self.name(field))
        return float(value.text)

    def degrees(self, field: str) -> float | None:
        """Degrees as a JSON number or as a text of digits."""
        value = self.take(field)
        if value is None:
            return None
        written = value.text if isinstance(value, Numeral) else value
        if not isinstance(written, str) or not _DEGREES.fullmatch(written):
            refuse("number_invalid", self.name(field))
        return float(written)

    def instant(self, field: str) -> datetime | None:
        """ISO 8601 with an offset, as UTC."""
        value = self.text(field, 64)
        if value is None:
            return None
        try:
            if not _INSTANT.fullmatch(value):
                raise ValueError
            at = datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            refuse("time_invalid", self.name(field))
        if at.year not in _YEARS:
            refuse("time_invalid", self.name(field))
        return at

    def amount(self, field: str, scale: int = 1) -> int | float | str | None:
        """A quantity as channels write it, number or text, times `scale` (kilograms to grams: 1000).

        What is no number is returned as it was sent, so that CHAN-5 holds the order and names the field.
        """
        value = self.take(field)
        if value is None:
            return None
        written = value.text if isinstance(value, Numeral) else value
        try:
            sent = clean(written, 64).strip()
        except TextError:
            return "?"
        if not _QUANTITY.fullmatch(sent):
            return sent
        number = Decimal(sent) * scale
        return int(number) if number == number.to_integral_value() else float(number)

    def local_time(self, field: str) -> datetime | None:
        """`yyyy-MM-dd HH:mm:ss` in China, maybe with `.S` and ` CST` behind, which is +08:00 here; as UTC."""
        value = self.text(field, 64)
        if value is None:
            return None
        try:
            if not _LOCAL.fullmatch(value.strip()):
                raise ValueError
            at = datetime.fromisoformat(value.strip()[:19]).replace(tzinfo=SHANGHAI).astimezone(UTC)
        except (ValueError, OverflowError):
            refuse("time_invalid", self.name(field))
        if at.year not in _YEARS:
            refuse("time_invalid", self.name(field))
        return at

    def unix_time(self, field: str, per_second: int = 1) -> datetime | None:
        """Unix time as a number or digits, in seconds or (`per_second` 1000) milliseconds; zero is none."""
        value = self.take(field)
        written = value.text if isinstance(value, Numeral) else value
        if written is None or written == "0":
            return None
        if not isinstance(written, str) or not _UNIX.fullmatch(written):
            refuse("time_invalid", self.name(field))
        seconds, rest = divmod(int(written), per_second)
        if seconds >= _LAST_SECOND:
            refuse("time_invalid", self.name(field))
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest * 1_000_000 // per_second)

    def object(self, field: str) -> "Fields | None":
        value = self.take(field)
        if value is None:
            return None
        if not isinstance(value, dict):
            refuse("object_expected", self.name(field))
        return Fields(value, self.name(field) + ".")

    def objects(self, field: str, limit: int) -> "list[Fields]":
        """A list of objects; one object alone counts as a list of one. Refused list_too_long, object_expected."""
        value = self.take(field)
        if value is None:
            return []
        found = value if isinstance(value, list) else [value]
        if len(found) > limit:
            refuse("list_too_long", self.name(field))
        if not all(isinstance(one, dict) for one in found):
            refuse("object_expected", self.name(field))
        return [Fields(one, f"{self.name(field)}.{place}.") for place, one in enumerate(found)]

    def end(self) -> None:
        """Refuse what nobody took. A name that could do harm in an answer or a log is not repeated there."""
        for field in self._left:
            refuse("field_unknown", self.name(field if _FIELD_NAME.fullmatch(field) else "?"))
