"""What the clocks need to know of an order: plain facts, no database (DESIGN law 6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sla.duty import Calendar


@dataclass(frozen=True, slots=True)
class Holding:
    """One assignment: a holder, from when, and what it did. Times are None for what did not happen.

    `calendar` is None for the data centre, which has no clocks (CLOCK-2). `outside`: the point is known and lies
    in no area of the holder's (TRANSFER-1); `sent_outside`: it did so when the order was sent there.
    """

    seq: int
    station: str
    calendar: Calendar | None
    started_at: datetime
    cause: Literal["routing", "transfer", "dispatch"]
    outside: bool = False
    sent_outside: bool = False
    accepted_at: datetime | None = None
    left_at: datetime | None = None
    left_by: Literal["transfer", "reroute", ""] = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How and when the order itself ended, by the facts' own time."""

    kind: Literal["picked_up", "accept_failed", "pickup_failed", "withdrawn"]
    at: datetime


@dataclass(frozen=True, slots=True)
class Pickup:
    """PICKUP-1. `proof_until`: the 24 h in which a matching scan bears the confirmation out. `proved_at`: earlier of
    confirmation and matching scan when one was made in that time, else the first later scan's; None without any."""

    confirmed_at: datetime | None
    proof_until: datetime | None
    proved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """An order as the clocks see it. `zero` is creation, or the release of a held order (CHAN-5)."""

    zero: datetime
    received_at: datetime
    released: bool
    window_end: datetime | None
    holdings: tuple[Holding, ...]
    ending: Ending | None = None
    pickup: Pickup | None = None
    channel: str = ""
