"""Acts of people, the items of a batch, and the events of an order's log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.messages import Message


@dataclass(frozen=True, slots=True)
class Target:
    """Which order an act means: by row id (console), or by number; channel "" means whichever has it."""

    logistics_no: str = ""
    channel: str = ""
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    target: Target
    station: str


@dataclass(frozen=True, slots=True)
class Fail:
    """`stage` is `accept` or `pickup`; `detail` is what DO-2 asks for with that reason."""

    target: Target
    station: str
    stage: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    target: Target
    station: str
    to: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """HQ sends an order from the data centre to a station (ROUTE-3)."""

    target: Target
    to: str
    operator: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """DO-3. `sure` False: the number was entered once only, which is too little where nothing else bears it out."""

    target: Target
    station: str
    waybill_no: str | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class SupplyWaybill:
    """A station types a missing number, or corrects one that a station typed (DO-9). `sure` as for `Confirm`."""

    target: Target
    station: str
    waybill_no: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """The holder has called the sender: a fact that a clock of the edition may wait for."""

    target: Target
    station: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class HandleWithdrawal:
    target: Target
    station: str


@dataclass(frozen=True, slots=True)
class AskChange:
    """CHAN-8: what a caller wants; the clerk is the item's `by`.

    `wants` is `change` or `withdrawal`. `fields` holds new values by the keys of a push's content, None takes one away;
    of `sender` and `receiver` only what is named there. `reason` is the caller's, for a withdrawal. `station` is the
    clerk's own, "" for HQ.
    """

    target: Target
    wants: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    station: str = ""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """CHAN-8: the holder agrees or declines. `ask` is the log's seq of what it answers; None: whatever is asked."""

    target: Target
    station: str
    agrees: bool
    remark: str = ""
    ask: int | None = None


Act = Accept | Fail | Transfer | Dispatch | Confirm | SupplyWaybill | Call | HandleWithdrawal | AskChange | AnswerChange


@dataclass(frozen=True, slots=True)
class Item:
    """One thing told (a message) or done (an act): when it reached us, and by whom."""

    at: datetime
    what: Message | Act
    by: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of an order's log. `happened_at` is its own time, `recorded_at` when it reached us (DESIGN law 6)."""

    kind: str
    happened_at: datetime
    recorded_at: datetime
    by: str = ""
    data: dict[str, Any] = field(default_factory=dict)
