"""The facts of an order's life, and what they mean: values, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from basics.days import parse_instant
from basics.words import State


@dataclass(slots=True)
class Assignment:
    """A holder from `started_at` (ROUTE-4); `outside` is TRANSFER-1's test by the last point told while it held."""

    station: str
    started_at: datetime
    cause: str
    by: str
    recorded_at: datetime
    update: bool = False  # made by an update, which falls away when the order had ended before it
    outside: bool = False
    sent_outside: bool = False  # the same at the moment of a transfer or dispatch
    by_version: tuple[bool, ...] = ()  # the same by each content told so far, should the later ones fall away
    moves: tuple["Move", ...] = ()  # the same after each new place
    accepted_at: datetime | None = None
    called_at: datetime | None = None  # the holder first called the sender
    blamed: bool = False  # `outside` for the transfer clock: what is agreed after the acceptance blames nobody (CHAN-8)
    # Where the point lay when it was accepted (VIO-2): in none of the holder's areas, and in these of other stations.
    accepted_outside: bool = False
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """The pickup place changed at `at`; `settled`: its holder had accepted before."""

    at: datetime
    outside: bool
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A waybill number: who gave it, the time that decides between two of a channel, when it took effect."""

    waybill_no: str
    by: str  # `channel` or `station`
    happened_at: datetime
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    at: datetime
    origin: str
    reason: str
    station: str | None


@dataclass(frozen=True, slots=True)
class Failed:
    """DO-2: `stage` is `accept` or `pickup`. `inside`: stations of the house whose area held the point; None when that
    was not asked or not kept."""

    stage: str
    at: datetime
    reason: str
    inside: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, order=True)
class Again:
    """Another order of the same sender phone, made within its time after a failure and picked up (VIO-2)."""

    created_at: datetime
    channel: str
    logistics_no: str


@dataclass(frozen=True, slots=True)
class Version:
    """The order's content as told at `at`; `moves` when it changed the pickup point."""

    at: datetime
    content: dict[str, Any]
    cause: str  # of the routing it brought; "" when none
    candidates: tuple[str, ...] = ()
    by_caller: bool = False  # CHAN-8: the channel has not told it
    window_end: datetime | None = None  # that the clocks go by: of a change agreed after the deadline the one before
    adcode: str | None = None  # of today's district as understood then; the told code when nothing was read


@dataclass(frozen=True, slots=True)
class Asked:
    """CHAN-8: a caller's wish that waits for the holder's word. `seq` is its line in the log."""

    seq: int
    at: datetime
    wants: str
    content: dict[str, Any] | None
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class ScanSeen:
    waybill_no: str
    house: str
    station: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class View:
    """What the facts mean. `ended_at` and `ended_by` by the facts' own time."""

    state: State
    assignments: tuple[Assignment, ...]
    content: dict[str, Any]
    routing_cause: str
    candidates: tuple[str, ...]
    waybill_no: str | None
    accepted_at: datetime | None
    released_at: datetime | None
    ended_at: datetime | None
    proved_at: datetime | None
    withdrawal_too_late: bool
    window_end: datetime | None = None
    asked: Asked | None = None
    adcode: str | None = None

    @property
    def station(self) -> str | None:
        """The present or last holder; None while held."""
        return self.assignments[-1].station if self.assignments else None


class Houses:
    """Station -> level-1 station, as the network has it; an unknown station is its own house."""

    def __init__(self, house_of: "dict[str, str]") -> None:
        self._house_of = house_of

    def house(self, station: str) -> str:
        return self._house_of.get(station, station)


def sender_phone(content: Mapping[str, Any]) -> str | None:
    """The phone by which a sender is known again; None when there is none."""
    phone = (content.get("sender") or {}).get("phone")
    return phone.strip() or None if isinstance(phone, str) else None


def window_end(content: dict[str, Any]) -> datetime | None:
    """The end of the booked window, if the channel gave one (PICKUP-2, PROMISE-1)."""
    text = content.get("window_end")
    return parse_instant(text) if text else None
