"""Lines of a replay file as items for the actions (REPLAY.md). Text in, values out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from basics.days import parse_instant
from basics.text import TextError, clean
from basics.words import BUSINESS_TYPES, ORIGINS
from channels.messages import OrderPush, Scan, WaybillTold, Withdrawal
from channels.registry import CHANNELS
from dispatch.facts import Accept, Confirm, Dispatch, Fail, HandleWithdrawal, SupplyWaybill, Transfer
from geo.datum import DATUMS
from replay.acts_of_people import READERS as PEOPLE
from replay.fields import BadEvent, Fields

What = Any


class LineError(ValueError):
    """A line that makes the whole file unusable (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number in the decompressed file, its instant, its word, and what it says."""

    number: int
    at: datetime
    do: str
    what: What


def read_head(number: int, text: str) -> tuple[datetime, str, dict[str, Any]]:
    """Instant, word and fields of a line. LineError when it has none."""
    try:
        fields = json.loads(text, parse_constant=_no_constant, parse_float=_float, parse_int=_int)
    except (ValueError, RecursionError) as error:
        raise LineError(f"不是 JSON 对象 / not a JSON object: {error}") from None
    if not isinstance(fields, dict):
        raise LineError("不是 JSON 对象 / not a JSON object")
    if "at" not in fields or "do" not in fields:
        raise LineError("缺少 at 或 do / lacks `at` or `do`")
    try:
        at = parse_instant(fields["at"])
    except (ValueError, TypeError, OverflowError):
        raise LineError(f"at 不是带时区的时间 / `at` is no instant with offset: {fields['at']!r}") from None
    do = fields["do"] if isinstance(fields["do"], str) else ""
    return at, do.encode("utf-8", "replace").decode(), fields  # it goes into a result file whatever it is


LARGEST = 2**53  # from here on doubles skip integers, and the two databases read a number back differently


class _Beyond:
    """A JSON number that no field can mean."""


def _float(digits: str) -> float | _Beyond:
    value = float(digits)
    return value if abs(value) < LARGEST else _Beyond()


def _int(digits: str) -> int | _Beyond:
    return int(digits) if len(digits) <= 16 and abs(int(digits)) < LARGEST else _Beyond()


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def understand(at: datetime, do: str, fields: Mapping[str, Any]) -> What:
    """What a line says. BadEvent: unknown word, missing or malformed field."""
    reader = READERS.get(do)
    if reader is None:
        raise BadEvent(f"没有这种事件 / unknown event: {do!r}")
    _texts(fields)
    return reader(Fields(fields, at))


def _texts(value: Any, depth: int = 0) -> None:
    """The one gate for free text, over every string of the line (RELIABILITY D12)."""
    if depth > 32:
        raise BadEvent("嵌套过深 / nested too deep")
    if isinstance(value, _Beyond):
        raise BadEvent("数字过大 / a number is out of range")
    if isinstance(value, str):
        try:
            clean(value, 4000)
        except TextError as error:
            raise BadEvent(f"文本不合规 / text refused: {error}") from None
    elif isinstance(value, Mapping):
        for key, one in value.items():
            _texts(key, depth + 1)
            _texts(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _texts(one, depth + 1)


def _order(f: Fields) -> OrderPush:
    content: dict[str, Any] = {
        "business_type": f.one_of("business_type", BUSINESS_TYPES),
        "online": f.fields["online"] if f.fields.get("online") is not None else True,
        "datum": f.one_of("datum", DATUMS) if f.fields.get("datum") is not None else "GCJ-02",
    }
    if not isinstance(content["online"], bool):
        raise BadEvent("online 有误 / malformed: online")
    for name in ("lng", "lat", "weight_g", "pieces", "goods"):  # what these must be, screening decides (CHAN-5)
        if f.fields.get(name) is not None:
            content[name] = f.fields[name]
    for name, limit in (("adcode", 12), ("address", 500), ("waybill_no", 64)):
        value = f.maybe(name, limit)
        if value is not None:
            content[name] = value
    for name in ("window_start", "window_end"):
        if f.fields.get(name) is not None:
            content[name] = f.instant(name).astimezone(UTC).isoformat()
    for name in ("sender", "receiver"):
        party = f.fields.get(name)
        if party is not None:
            phone = party.get("phone") or "" if isinstance(party, Mapping) else None
            if not isinstance(phone, str) or len(phone) > 40:
                raise BadEvent(f"{name} 有误 / malformed: {name}")
            content[name] = dict(party)
    return OrderPush(f.one_of("channel", CHANNELS), f.text("logistics_no"), f.happened_required("created_at"), content)


def _withdraw(f: Fields) -> Withdrawal:
    origin = f.one_of("origin", ORIGINS)
    station = f.text("station") if origin == "station" else None
    return Withdrawal("", f.text("logistics_no"), origin, f.text("reason", 4000), f.happened(), station)


def _waybill(f: Fields) -> WaybillTold | SupplyWaybill:
    number, waybill = f.text("logistics_no"), f.text("waybill_no")
    if f.one_of("by", ("channel", "station")) == "channel":
        return WaybillTold("", number, waybill, f.happened())
    return SupplyWaybill(f.target(), f.maybe("station", 64) or "", waybill)


def _scan(f: Fields) -> Scan:
    return Scan(f.text("waybill_no"), f.text("station"), f.happened_required("scanned_at"))


def _confirm(f: Fields) -> Confirm:
    return Confirm(f.target(), f.text("station"), f.maybe("waybill_no", 64))


def _fail(f: Fields) -> Fail:
    stage = f.one_of("stage", ("accept", "pickup"))
    return Fail(f.target(), f.text("station"), stage, f.text("reason"), f.maybe("note") or "")


def _dispatch(f: Fields) -> Dispatch:
    return Dispatch(f.target(), f.text("to"), f.maybe("operator", 80) or "")


READERS = {
    "order": _order,
    "withdraw": _withdraw,
    "waybill": _waybill,
    "scan": _scan,
    "accept": lambda f: Accept(f.target(), f.text("station")),
    "fail": _fail,
    "transfer": lambda f: Transfer(f.target(), f.text("station"), f.text("to")),
    "dispatch": _dispatch,
    "confirm": _confirm,
    "handle_withdrawal": lambda f: HandleWithdrawal(f.target(), f.text("station")),
    **PEOPLE,
}
