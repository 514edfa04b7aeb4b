"""What any channel may tell us, in our words (CHAN-6: with its own time; twice, late, in any order)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Keys of OrderPush.content; all of them optional, null means absent. Instants are ISO 8601 text in UTC.
CONTENT_KEYS = (
    "lng", "lat", "datum", "adcode", "address", "window_start", "window_end", "waybill_no", "weight_g", "pieces",
    "goods", "remark", "online", "business_type", "sender", "receiver", "pushed_as",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderPush:
    """An order, or the same order again (CHAN-3).

    `content` holds plain JSON values under CONTENT_KEYS. `lng`/`lat` are as given, in `datum`;
    `sender`/`receiver` are {name, phone, …}. Two pushes are equal when their contents are.
    """

    channel: str
    logistics_no: str
    created_at: datetime
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """CHAN-6, DO-6. `station` only when origin is `station`. `channel` "" means: whichever has the number."""

    channel: str
    logistics_no: str
    origin: str
    reason: str
    happened_at: datetime
    station: str | None = None


@dataclass(frozen=True, slots=True)
class WaybillTold:
    """The channel tells the waybill number of an online order (DO-3)."""

    channel: str
    logistics_no: str
    waybill_no: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Scan:
    """A pickup scan, the physical proof (DO-4)."""

    waybill_no: str
    station: str
    scanned_at: datetime
    operator: str = ""


Message = OrderPush | Withdrawal | WaybillTold | Scan
