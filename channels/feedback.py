"""What a channel hears of its orders (CHAN-4) in our words, and what its answer means for a next attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zlib import crc32


class FeedbackKind(StrEnum):
    """What is told. Beside each what its payload holds besides `logistics_no` and `happened_at` (ISO 8601)."""

    HELD = "held"  # missing: field names of CHAN-5
    ACCEPTED = "accepted"  # station
    DISPATCHED = "dispatched"  # station, null at the data centre; told of a transfer too
    PICKED_UP = "picked_up"  # waybill_no, weight_g, station; null when unknown
    FAILED = "failed"  # stage (accept or pickup), reason (code of DO-2)
    WITHDRAWN = "withdrawn"  # origin, reason


@dataclass(frozen=True, slots=True)
class Feedback:
    """One thing that a channel must hear. `seq` counts from 1 for each order, in the order of telling.

    `payload` holds plain JSON values and no personal data (RELIABILITY D8).
    """

    order_id: int
    seq: int
    region: str
    channel: str
    kind: str
    payload: Mapping[str, Any]

    @property
    def message_id(self) -> str:
        """The same on every attempt, so that a channel can tell a repetition from news."""
        return f"fb_{self.order_id}_{self.seq}"


class Outcome(StrEnum):
    """What an attempt came to: done, to be tried again, refused for good, or nobody there any more (410)."""

    DELIVERED = "delivered"
    LATER = "later"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Reply:
    """A channel's raw answer. `status` None: no answer came, and `text` says why."""

    status: int | None
    text: str
    retry_after: timedelta | None = None


# Short at first, for a hiccup; capped, so that a channel back after hours is served within minutes.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 120, 300))
LONGEST_RETRY_AFTER = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=72)


def pause(failures: int, salt: str) -> timedelta:
    """How long to wait after the n-th failure in a row (n >= 1): growing, spread by up to a fifth either way.

    The spread comes from `salt`, not from chance, so that a replay waits as long as the day it repeats.
    """
    base = PAUSES[min(failures, len(PAUSES)) - 1]
    return base * (80 + crc32(f"{salt}:{failures}".encode()) % 41) / 100


def next_attempt(
    now: datetime, attempts: int, created_at: datetime, message_id: str, reply: Reply
) -> datetime | None:
    """When to try again what failed for the moment; None when it is time to leave it to a person."""
    if now - created_at >= GIVE_UP_AFTER:
        return None
    return now + max(pause(attempts, message_id), asked_pause(reply))


def asked_pause(reply: Reply) -> timedelta:
    """The channel's own Retry-After, up to an hour."""
    return min(reply.retry_after or timedelta(0), LONGEST_RETRY_AFTER)
