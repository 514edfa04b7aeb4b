"""What the clocks need to know of an order: plain facts, no database (DESIGN law 6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sla.duty import Calendar


@dataclass(frozen=True, slots=True)
class Holding:
    """One assignment: a holder, from when, and what it did. Times are None for what did not happen.

    `accepted_outside`, `elsewhere`: where the point lay when it was accepted, as far as that was kept: in no area of
    the holder's, and in these of other accepting stations (V-WRONG-ACCEPT).
    `calendar` is None for the data centre, which has no clocks (CLOCK-2). `outside`: the point is known and lies
    in no area of the holder's (TRANSFER-1); `sent_outside`: it did so when the order was sent there, and
    `sent_with_point`: it was known then.
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
    called_at: datetime | None = None
    sent_with_point: bool = True
    accepted_outside: bool = False
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """How and when the order itself ended, by the facts' own time."""

    kind: Literal["picked_up", "accept_failed", "pickup_failed", "withdrawn"]
    at: datetime


@dataclass(frozen=True, slots=True)
class Pickup:
    """PICKUP-1. `proof_until`: the 24 h in which a matching scan bears the confirmation out. `proved_at`: earlier of
    confirmation and matching scan when one was made in that time, else the first later scan's; None without any.
    `elsewhere`: (station, instant) of scans of the number that do not match."""

    confirmed_at: datetime | None
    proof_until: datetime | None
    proved_at: datetime | None
    elsewhere: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """What the holder said when it failed acceptance or pickup, and what was found of that (V-FALSE-FAIL).

    `inside`: stations of the house whose area held the point then; None when that is not known. `again`: (created,
    channel, number) of another order of the same sender phone that was picked up. `said`: codes that the channel gave
    for its own withdrawal, told later; `contradicted`: those of them that blame the courier.
    """

    stage: Literal["accept", "pickup"]
    at: datetime
    reason: str
    inside: tuple[str, ...] | None = None
    again: tuple[datetime, str, str] | None = None
    said: tuple[str, ...] = ()
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """An order as the clocks see it. `zero` is creation, or the release of a held order (CHAN-5). `created_at` None:
    it is `zero`. `numbered_at`: the first waybill number was given."""

    zero: datetime
    received_at: datetime
    released: bool
    window_end: datetime | None
    holdings: tuple[Holding, ...]
    ending: Ending | None = None
    pickup: Pickup | None = None
    channel: str = ""
    created_at: datetime | None = None
    numbered_at: datetime | None = None
    failure: Failure | None = None
