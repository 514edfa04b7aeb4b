"""Orders in rows of a table, as people keep them: one row of text into an OrderPush, or all that is wrong with it.

Columns have an English or a Chinese name and stand in any order (docs/import.md).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from basics.days import SHANGHAI
from basics.refusal import Refusal
from basics.words import ONLINE_ORDER, SEND_EXPRESS
from channels import fields
from channels.fields import Fields
from channels.json_gate import Unreadable
from channels.messages import OrderPush
from channels.parties import party, present, whole_address
from channels.registry import STAFF

Value = TypeVar("Value")
SHORT, LONG = 64, 500

# Key -> Chinese names; the first is that of the template.
COLUMNS: dict[str, tuple[str, ...]] = {
    "logistics_no": ("物流号", "物流单号", "订单号"),
    "created_at": ("下单时间", "创建时间"),
    "business_type": ("业务类型",),
    "source": ("来源",),
    "sender_name": ("寄件人", "寄件人姓名"),
    "sender_phone": ("寄件人电话", "寄件电话", "寄件人手机"),
    "sender_email": ("寄件人邮箱",),
    "province": ("省", "省份", "寄件省"),
    "city": ("市", "城市", "寄件市"),
    "district": ("区县", "寄件区县"),
    "adcode": ("区县代码",),
    "address": ("取件地址", "寄件地址", "详细地址"),
    "lng": ("经度",),
    "lat": ("纬度",),
    "datum": ("坐标系",),
    "receiver_name": ("收件人", "收件人姓名"),
    "receiver_phone": ("收件人电话", "收件电话", "收件人手机"),
    "receiver_province": ("收件省",),
    "receiver_city": ("收件市",),
    "receiver_district": ("收件区县",),
    "receiver_address": ("收件地址",),
    "goods": ("物品", "物品名称"),
    "pieces": ("件数",),
    "weight_kg": ("重量(kg)", "重量kg", "重量(公斤)", "重量"),
    "window_start": ("预约开始", "预约开始时间"),
    "window_end": ("预约结束", "预约结束时间"),
    "waybill_no": ("运单号",),
    "remark": ("备注",),
}
# What only a list to be compared may have (`lanshou reconcile`).
STATE_COLUMN: dict[str, tuple[str, ...]] = {"state": ("状态", "订单状态", "status")}

BUSINESS_WORDS = {"我要寄快递": SEND_EXPRESS, "在线下单": ONLINE_ORDER}
SOURCE_WORDS = {"电话": "phone", "邮件": "mail", "传真": "fax", "柜台": "counter"}  # CHAN-2
DATUM_WORDS = {"GCJ02": "GCJ-02", "WGS84": "WGS-84", "BD09": "BD-09"}

WORDS = fields.WORDS | {
    "number_cut": "号码被表格软件截断,请设为文本格式重填 / cut by the spreadsheet: enter it again as text",
    "cell_error": "单元格是错误值 / the cell holds a spreadsheet error",
    "columns_wrong": "列数与表头不符 / not as many cells as the header has",
    "number_repeated": "物流号在文件中重复且内容不同 / the number is in the file twice, with other content",
    "time_invalid": "时间不正确(须含时分) / no usable time: 2026-11-22 09:30, or ISO 8601 with offset",
    "state_unknown": "状态不认识,未导入 / a state in words that are not known: not imported",
    "type_fixed": "业务类型以首次录入为准,不再更改 / the business type stays that of the first time",
    "waybill_not_taken": "已收,但运单号不正确、已被占用或属于其他网点 / "
    "taken, but the waybill number is impossible, in use or another station's",
    "internal_error": "系统出错,本行未收 / an error of ours, the row was not taken",
}
_NUMBER = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)
_ADCODE = re.compile(r"[0-9]{6}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]{1,63}(\.[^@\s.]{1,63}){1,8}")
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_LOCAL = re.compile(
    r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,6})?)?", re.ASCII
)
_YEARS = range(1900, 2200)
# How spreadsheets write a number that is too long for them, and what they put where a formula fails.
_SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]{1,30}))?[eE]\+([0-9]{1,2})", re.ASCII)
_WHOLE = re.compile(r"([0-9]{5,15})\.0{1,6}", re.ASCII)
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_DIGITS = frozenset({"logistics_no", "sender_phone", "receiver_phone", "adcode", "waybill_no"})


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header says: the key of each column (None: not one of ours), and what is wrong with it.

    `unknown` are the others by position and first letter: without a header, a customer stands there (ROLE-2).
    """

    keys: tuple[str | None, ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]


def read_heading(cells: Sequence[str], *, with_state: bool = False) -> Heading:
    """Columns by their names, whatever their order, case and blanks."""
    columns = COLUMNS | (STATE_COLUMN if with_state else {})
    known = {_plain(name): key for key, names in columns.items() for name in (key, *names)}
    keys = tuple(known.get(_plain(cell)) for cell in cells)
    found = [key for key in keys if key]
    unknown = tuple(
        f"{place} ({_first_letter(cell.strip())}***)"
        for place, (cell, key) in enumerate(zip(cells, keys, strict=True), start=1)
        if cell.strip() and key is None
    )
    return Heading(keys, unknown, tuple(sorted({key for key in found if found.count(key) > 1})))


def _first_letter(text: str) -> str:
    return text[0] if len(text) > 1 and text[0].isalpha() else ""


def _plain(name: str) -> str:
    return re.sub(r"\s+", "_", unicodedata.normalize("NFKC", name).strip(" \t\r\n*\ufeff").casefold())


def values_of(heading: Heading, cells: Sequence[str]) -> dict[str, str] | Refusal:
    """What the row says under each of our columns; empty cells are left out. Refused: columns_wrong.

    Cells under a column that is not ours count for nothing, those beyond the header or under an empty one are an error.
    """
    if len(cells) < len(heading.keys) or any(cell.strip() for cell in cells[len(heading.keys) :]):
        return Refusal("columns_wrong", WORDS["columns_wrong"])
    return {
        key: cell.strip() for key, cell in zip(heading.keys, cells, strict=False) if key is not None and cell.strip()
    }


def instant_of(text: str) -> datetime | None:
    """ISO 8601 with an offset, or `yyyy-MM-dd HH:mm[:ss]` (`/` too) on a clock in China; as UTC. None otherwise."""
    try:
        if _ISO.fullmatch(text):
            at = datetime.fromisoformat(text).astimezone(UTC)
        elif found := _LOCAL.fullmatch(text):
            year, _, month, day, hour, minute, second = found.groups()
            local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=SHANGHAI)
            at = local.astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return at if at.year in _YEARS else None


def exact(key: str, text: str) -> str | Refusal:
    """The cell as it was meant: `1.3800138000E+10` has all its digits, `1.38E+10` has lost them (number_cut)."""
    if text in _ERRORS:
        return Refusal("cell_error", WORDS["cell_error"], key)
    if found := _SCIENTIFIC.fullmatch(text):
        digits, shift = found[2] or "", int(found[3])
        if len(digits) < shift:
            return Refusal("number_cut", WORDS["number_cut"], key)
        whole, rest = found[1] + digits[:shift], digits[shift:].rstrip("0")
        return f"{whole}.{rest}" if rest else whole
    if key in _DIGITS and (found := _WHOLE.fullmatch(text)):
        return found[1]
    return text


def read_row(
    values: Mapping[str, str], owner: str, made_number: str, received_at: datetime
) -> OrderPush | tuple[Refusal, ...]:
    """The order of one row: of channel `owner`, or of staff, then offline (CHAN-2).

    `made_number` stands in where a row of staff has no number. Each problem names its column, with the codes of WORDS.
    What an order may lack (CHAN-5) is no problem here: it will be held.
    """
    row = _Row(values)
    number = row.take(lambda cells: cells.matching("logistics_no", _NUMBER, SHORT))
    if not values.get("logistics_no") and owner == STAFF:
        number = made_number
    elif not values.get("logistics_no"):
        row.problem("field_required", "logistics_no")
    content = {
        "online": owner != STAFF,
        **_terms(row),
        **_place(row),
        "receiver": _receiver(row) or None,
        "goods": row.text("goods", 200),
        "pieces": row.take(lambda cells: cells.amount("pieces")),
        "weight_g": row.take(lambda cells: cells.amount("weight_kg", 1000)),
        **_window(row),
        "source": row.word("source", SOURCE_WORDS) if owner == STAFF else None,
    }
    created_at = row.instant("created_at") or received_at
    if row.problems or number is None:
        return tuple(row.problems)
    return OrderPush(owner, number, created_at, present(content))


class _Row:
    """Cells of a row, taken one by one; what is wrong is collected."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.problems: list[Refusal] = []
        self._values: dict[str, str] = {}
        for key, text in values.items():
            meant = exact(key, text)
            if isinstance(meant, Refusal):
                self.problems.append(meant)
            else:
                self._values[key] = meant
        self._fields = Fields(self._values)

    def problem(self, code: str, key: str) -> None:
        self.problems.append(Refusal(code, WORDS[code], key))

    def take(self, reader: Callable[[Fields], Value]) -> Value | None:
        try:
            return reader(self._fields)
        except Unreadable as unreadable:
            self.problems.append(unreadable.refusal)
            return None

    def text(self, key: str, limit: int) -> str | None:
        return self.take(lambda cells: cells.text(key, limit))

    def word(self, key: str, words: Mapping[str, str]) -> str | None:
        """One of the words, in Chinese or as a code."""
        said = self.text(key, SHORT)
        code = words.get(said or "", said)
        if code is not None and code not in words.values():
            self.problem("value_unknown", key)
        return code

    def instant(self, key: str) -> datetime | None:
        said = self.text(key, SHORT)
        at = instant_of(said) if said is not None else None
        if said is not None and at is None:
            self.problem("time_invalid", key)
        return at


def _terms(row: _Row) -> dict[str, Any]:
    waybill_no = row.text("waybill_no", SHORT)
    # Who sends the number along owns it (CHAN-2).
    kind = row.word("business_type", BUSINESS_WORDS) or (ONLINE_ORDER if waybill_no else SEND_EXPRESS)
    return {"business_type": kind, "waybill_no": waybill_no, "remark": row.text("remark", LONG)}


def _place(row: _Row) -> dict[str, Any]:
    person = party(
        name=row.text("sender_name", SHORT),
        phones=[row.text("sender_phone", SHORT)],
        province=row.text("province", SHORT),
        city=row.text("city", SHORT),
        district=row.text("district", SHORT),
        address=row.text("address", LONG),
    )
    email = row.text("sender_email", 200)
    if email is not None and not _EMAIL.fullmatch(email):
        row.problem("text_invalid", "sender_email")
    adcode = row.take(lambda cells: cells.matching("adcode", _ADCODE, SHORT))
    address = whole_address(person)
    return {**_point(row), "adcode": adcode, "address": address, "sender": present(person | {"email": email})}


def _point(row: _Row) -> dict[str, Any]:
    """A point with its datum (B-72); whether it is usable routing decides (ROUTE-1)."""
    lng, lat = (row.take(lambda cells, key=key: cells.degrees(key)) for key in ("lng", "lat"))  # type: ignore[misc]
    said = row.text("datum", SHORT)
    if lng is None and lat is None:
        return {}
    if lng is None or lat is None:
        row.problem("field_required", "lng" if lng is None else "lat")
    datum = DATUM_WORDS.get((said or "").upper().replace("-", ""))
    if datum is None:
        row.problem("datum_required" if said is None else "value_unknown", "datum")
    return {"lng": lng, "lat": lat, "datum": datum}


def _receiver(row: _Row) -> dict[str, Any]:
    return party(
        name=row.text("receiver_name", SHORT),
        phones=[row.text("receiver_phone", SHORT)],
        province=row.text("receiver_province", SHORT),
        city=row.text("receiver_city", SHORT),
        district=row.text("receiver_district", SHORT),
        address=row.text("receiver_address", LONG),
    )


def _window(row: _Row) -> dict[str, Any]:
    start, end = row.instant("window_start"), row.instant("window_end")
    if start and end and end < start:
        row.problem("window_invalid", "window_end")
    return {
        "window_start": start.isoformat() if start else None,
        "window_end": end.isoformat() if end else None,
    }
