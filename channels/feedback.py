"""What a channel hears of its orders (CHAN-4) in our words, and what its answer means for a next attempt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zlib import crc32

WAITING, SENT, PARKED = "waiting", "sent", "parked"  # states of an outbox row


class FeedbackKind(StrEnum):
    """What is told, and what its payload holds besides `logistics_no`, `happened_at` (ISO 8601), `echo` (see
    OrderPush; {} when the channel wants nothing back) and `holder` ({code, name, contact, phone, address, province} of
    the station that holds the order; null while no station does; texts may be "")."""

    HELD = "held"  # missing: field names of CHAN-5; reminder: whether it was told before
    ACCEPTED = "accepted"  # station
    DISPATCHED = "dispatched"  # station, null at the data centre; told of a transfer too; again: had a station before
    PICKED_UP = "picked_up"  # waybill_no, weight_g, station; null when unknown
    FAILED = "failed"  # stage (accept or pickup), reason (code of DO-2), reason_text ({zh, en})
    WITHDRAWN = "withdrawn"  # origin, reason; by_channel: whether the channel itself told us
    REFUSED = "refused"  # a push that made no order: code, text, field (see Adapter.regret)
    RECEIVED = "received"  # to senders only (CHAN-7)
    NEEDED = "needed"  # to senders only: an accepted online order wants its number (DO-3)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One thing that a channel must hear. `seq` counts from 1 for each order, in the order of telling.

    `payload` holds plain JSON values and, but for messages to senders, no personal data (RELIABILITY D8). Without an
    `order_id` it is about a push that made no order; `seq` then is the outbox row's own number.
    """

    order_id: int | None
    seq: int
    region: str
    channel: str
    kind: str
    payload: Mapping[str, Any]

    @property
    def message_id(self) -> str:
        """The same on every attempt, so that a channel can tell a repetition from news."""
        return f"fb_{self.order_id or 'none'}_{self.seq}"


class Outcome(StrEnum):
    """What an attempt came to: done, to be tried again, refused for good, or nobody there any more (410)."""

    DELIVERED = "delivered"
    SILENT = "silent"  # nothing was sent: the channel has no word for it
    LATER = "later"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Reply:
    """A channel's raw answer. `status` None: no answer came, and `text` says why."""

    status: int | None
    text: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """An outbox row taken for sending; `attempts` counts this one."""

    id: int
    feedback: Feedback
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt and what it came to."""

    claimed: Claimed
    outcome: Outcome
    reply: Reply


# Short at first, for a hiccup; capped, so that a channel back after hours is served within minutes.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 120, 300))
LONGEST_RETRY_AFTER = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=72)


def pause(failures: int, salt: str) -> timedelta:
    """How long to wait after the n-th failure in a row (n >= 1): growing, spread by up to a fifth either way.

    The spread comes from `salt`, not from chance: the same failure always waits as long.
    """
    base = PAUSES[min(failures, len(PAUSES)) - 1]
    return base * (80 + crc32(f"{salt}:{failures}".encode()) % 41) / 100


def row_after(tried: Tried, now: datetime) -> dict[str, Any]:
    """How the outbox row changes: `state`, `next_at`, `sent_at`, `last_status`, `last_answer`.

    A permanent refusal is parked at once, what fails for three days as well. 410 keeps the row waiting: it is
    the channel that is turned off until a person has looked.
    """
    reply, claimed = tried.reply, tried.claimed
    row: dict[str, Any] = {
        "last_status": reply.status,
        "last_answer": reply.text,
        "sent_at": None,
        "next_at": None,
    }
    if tried.outcome in (Outcome.DELIVERED, Outcome.SILENT):
        return row | {"state": SENT, "sent_at": now}
    too_long = tried.outcome is Outcome.LATER and now - claimed.created_at >= GIVE_UP_AFTER
    if tried.outcome is Outcome.REFUSED or too_long:
        return row | {"state": PARKED}
    wait = max(pause(claimed.attempts, claimed.feedback.message_id), asked_pause(reply))
    return row | {"state": WAITING, "next_at": now + wait}


def channel_after(channel: str, failures: int, tried: Iterable[Tried], now: datetime) -> dict[str, Any]:
    """`failures` and `paused_until` after one round: any sign of life ends the pause, else it grows.

    So a dead channel costs one round of attempts a pause, however much waits for it.
    """
    rounds = list(tried)
    asked = max((asked_pause(one.reply) for one in rounds), default=timedelta(0))
    if any(one.outcome is not Outcome.LATER for one in rounds):
        return {"failures": 0, "paused_until": now + asked if asked else None}
    return {"failures": failures + 1, "paused_until": now + max(pause(failures + 1, channel), asked)}


def asked_pause(reply: Reply) -> timedelta:
    """The channel's own Retry-After, up to an hour."""
    return min(reply.retry_after or timedelta(0), LONGEST_RETRY_AFTER)
