"""Lines of a replay file as items for the actions (REPLAY.md). Text in, values out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from basics.days import month_bounds, parse_instant, week_bounds
from basics.text import TextError, clean
from basics.words import BUSINESS_TYPES, ORIGINS
from channels.messages import OrderPush, Scan, WaybillTold, Withdrawal
from channels.registry import CHANNELS
from dispatch.facts import Accept, Confirm, Dispatch, Fail, HandleWithdrawal, SupplyWaybill, Target, Transfer
from geo.datum import DATUMS

What = Any


class LineError(ValueError):
    """A line that makes the whole file unusable (exit code 2)."""


class BadEvent(ValueError):
    """A line that is refused `bad_event`; the rest of the file goes on."""


@dataclass(frozen=True, slots=True)
class Review:
    """One station's suspicions of a kind on an order, or `everything` that is not likely excused."""

    logistics_no: str
    station: str
    kind: str
    decision: str
    reason: str
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    week: str


@dataclass(frozen=True, slots=True)
class Later:
    """An event whose rules come with a later version: refused `not_supported_yet`."""


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
    return reader(_Fields(fields, at))


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


class _Fields:
    """Typed access to the fields of one line."""

    def __init__(self, fields: Mapping[str, Any], at: datetime) -> None:
        self.fields = fields
        self.at = at

    def text(self, name: str, limit: int = 64) -> str:
        value = self.fields.get(name)
        if not isinstance(value, str) or not value or len(value) > limit:
            raise BadEvent(f"{name} 缺少或有误 / missing or malformed: {name}")
        return value

    def maybe(self, name: str, limit: int = 4000) -> str | None:
        return None if self.fields.get(name) is None else self._any(name, limit)

    def _any(self, name: str, limit: int) -> str:
        value = self.fields[name]
        if not isinstance(value, str) or len(value) > limit:
            raise BadEvent(f"{name} 有误 / malformed: {name}")
        return value

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in words:
            raise BadEvent(f"{name} 有误 / malformed: {name}")
        return value

    def instant(self, name: str) -> datetime:
        try:
            return parse_instant(self.text(name))
        except (ValueError, OverflowError):
            raise BadEvent(f"{name} 不是带时区的时间 / no instant with offset: {name}") from None

    def happened(self, name: str = "happened_at") -> datetime:
        """The message's own time; later than `at` counts as `at`, absent means `at`."""
        return self.at if self.fields.get(name) is None else min(self.instant(name), self.at)

    def happened_required(self, name: str) -> datetime:
        return min(self.instant(name), self.at)

    def target(self) -> Target:
        return Target(self.text("logistics_no"))


def _order(f: _Fields) -> OrderPush:
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


def _withdraw(f: _Fields) -> Withdrawal:
    origin = f.one_of("origin", ORIGINS)
    station = f.text("station") if origin == "station" else None
    return Withdrawal("", f.text("logistics_no"), origin, f.text("reason", 4000), f.happened(), station)


def _waybill(f: _Fields) -> WaybillTold | SupplyWaybill:
    number, waybill = f.text("logistics_no"), f.text("waybill_no")
    if f.one_of("by", ("channel", "station")) == "channel":
        return WaybillTold("", number, waybill, f.happened())
    return SupplyWaybill(f.target(), f.maybe("station", 64) or "", waybill)


def _scan(f: _Fields) -> Scan:
    return Scan(f.text("waybill_no"), f.text("station"), f.happened_required("scanned_at"))


def _confirm(f: _Fields) -> Confirm:
    return Confirm(f.target(), f.text("station"), f.maybe("waybill_no", 64))


def _fail(f: _Fields) -> Fail:
    stage = f.one_of("stage", ("accept", "pickup"))
    return Fail(f.target(), f.text("station"), stage, f.text("reason"), f.maybe("note") or "")


def _dispatch(f: _Fields) -> Dispatch:
    return Dispatch(f.target(), f.text("to"), f.maybe("operator", 80) or "")


def _review(f: _Fields) -> Review:
    decision, reason = f.one_of("decision", ("confirm", "dismiss")), f.text("reason", 4000)
    if f.fields.get("all") is True:
        return Review("", "", "", decision, reason, everything=True)
    return Review(f.text("logistics_no"), f.text("station"), f.text("kind"), decision, reason)


def _notice(f: _Fields) -> Notice:
    return Notice(_period(f, "week"))


def _period(f: _Fields, name: str) -> str:
    value = f.text(name)
    try:
        (week_bounds if name == "week" else month_bounds)(value)
    except ValueError:
        raise BadEvent(f"{name} 有误 / malformed: {name}") from None
    return value


def _appeal(f: _Fields) -> Later:
    f.text("logistics_no"), f.text("station"), f.text("kind"), f.text("text", 4000)
    if f.fields.get("to") is not None:
        f.one_of("to", ("province", "hq"))
    return Later()


def _decide(f: _Fields) -> Later:
    f.text("logistics_no"), f.text("station"), f.text("kind"), f.text("reason", 4000)
    f.one_of("stage", ("province", "hq"))
    f.one_of("decision", ("overturn", "uphold", "pass_on"))
    return Later()


def _settle(f: _Fields) -> Later:
    _period(f, "month")
    return Later()


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
    "review": _review,
    "notice": _notice,
    "appeal": _appeal,
    "decide": _decide,
    "settle": _settle,
}
