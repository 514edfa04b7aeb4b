"""What any channel may tell us, in our words (CHAN-6: with its own time; twice, late, in any order)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

AHEAD = timedelta(minutes=5)  # a scanner's clock may be off by so much (B-76)
# Keys of OrderPush.content; all of them optional, null means absent. Instants are ISO 8601 text in UTC.
CONTENT_KEYS = (
    "lng", "lat", "datum", "adcode", "address", "window_start", "window_end", "waybill_no", "weight_g", "pieces",
    "goods", "remark", "online", "business_type", "sender", "receiver", "pushed_as", "echo", "source", "language",
)  # fmt: skip

# Why a sender withdraws, where the channel has a list (CHANNELS section 8).
WITHDRAWAL_CODES = ("user_cancelled", "duplicate", "not_contacted", "too_slow", "bad_service")
# Those that say the courier was at fault: they contradict a failure for "customer cancelled" (VIO-2).
COURIERS_FAULT = frozenset({"not_contacted", "too_slow", "bad_service"})


@dataclass(frozen=True, slots=True)
class OrderPush:
    """An order, or the same order again (CHAN-3).

    `content` holds plain JSON values under CONTENT_KEYS. `lng`/`lat` are as given, in `datum`;
    `sender`/`receiver` are {name, phone, …}. `echo`: {name: text} that the channel wants to see again in feedback.
    Two pushes are equal when their contents are. `alias`: another name under which the channel may speak of the order.
    """

    channel: str
    logistics_no: str
    created_at: datetime
    content: Mapping[str, Any]
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """CHAN-6, DO-6. `station` only when origin is `station`. `channel` "" means: whichever has the number.

    `reason` is the channel's own text, `code` one of WITHDRAWAL_CODES when the channel gives a code: it is evidence.
    `alias` instead of `logistics_no` when the channel names the order so.
    """

    channel: str
    logistics_no: str
    origin: str
    reason: str
    happened_at: datetime
    station: str | None = None
    code: str | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class WaybillTold:
    """The channel tells the waybill number of an online order (DO-3)."""

    channel: str
    logistics_no: str
    waybill_no: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Scan:
    """A pickup scan, the physical proof (DO-4). It may lie AHEAD of us by so much."""

    waybill_no: str
    station: str
    scanned_at: datetime
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A channel asks how an order stands; nothing changes. `alias` as in Withdrawal."""

    channel: str
    logistics_no: str
    alias: str = ""


Message = OrderPush | Withdrawal | WaybillTold | Scan
