"""What a channel hears of its orders (CHAN-4) in our words, and what its answer means for a next attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zlib import crc32

# States of an outbox row. Parked: a person must look. Given up: a person decided that it need not be sent.
WAITING, SENT, PARKED, GIVEN_UP = "waiting", "sent", "parked", "given_up"
PAUSED, ASKED = "pause", "asked"  # why a waiting row is put off: its own growing pause, or the channel's Retry-After
# Why a message to a sender was parked unsent (CHAN-7): `last_answer` of such a row
NOT_SET_UP, TOO_LATE = "not_set_up", "too_late"
NEWS = timedelta(hours=24)  # what a sender was not told by then is told no more (CHAN-7)


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
    """An outbox row taken for sending; `attempts` counts this one.

    `since`: when it was queued, or when a person sent it again. `due_at`: when it was due before it was taken.
    """

    id: int
    feedback: Feedback
    attempts: int
    since: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt and what it came to."""

    claimed: Claimed
    outcome: Outcome
    reply: Reply


# Of one message: short at first, for a hiccup. Without any spread they make 75.7 h.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1_800, *(hours * 3_600 for hours in (1, 2, 4, 8, 12, 12, 12, 12, 12)))
)
TRIED_OVER = timedelta(hours=75)  # a message that keeps failing is parked only after that (CHAN-4)
# Of a whole channel: at most 5 minutes with their spread, so that one back after hours is served within minutes.
CHANNEL_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 120, 240))
LONGEST_CHANNEL_PAUSE = timedelta(minutes=5)
LONGEST_RETRY_AFTER = timedelta(hours=24)
OUTAGE = 3  # failed rounds in a row: after that its messages are due at once when the channel is back
AFRESH = 2  # attempts that still count then: what fails on a channel that only just came back is soon tried again
_SPREAD = 25  # per cent, upwards only: a pause is never shorter than it says


def pause(failures: int, salt: str, pauses: Sequence[timedelta] = PAUSES) -> timedelta:
    """How long to wait after the n-th failure in a row (n >= 1): growing, and up to a quarter longer than listed.

    The spread comes from `salt`, not from chance: the same failure always waits as long.
    """
    base = pauses[min(max(failures, 1), len(pauses)) - 1]
    return base * (100 + crc32(f"{salt}:{failures}".encode()) % (_SPREAD + 1)) / 100


def counted(claimed: Claimed, now: datetime, back: bool) -> int:
    """The attempts that its next pause goes by: those made during an outage that is over (`back`) say nothing about
    the message. After 75 h all count, so that one that fails for ever is parked, however often its channel dies."""
    return min(claimed.attempts, AFRESH) if back and now - claimed.since < TRIED_OVER else claimed.attempts


def row_after(tried: Tried, now: datetime, back: bool = False) -> dict[str, Any]:
    """How the outbox row changes: `state`, `attempts`, `next_at`, `put_off`, `sent_at`, `last_status`, `last_answer`.

    `back`: its channel lived again in this round after an outage. A permanent refusal is parked at once; what fails
    after the last pause as well, but not before 75 h. 410 keeps the row waiting: it is the channel that is turned off
    until a person has looked.
    """
    reply, claimed = tried.reply, tried.claimed
    attempts = counted(claimed, now, back) if tried.outcome is Outcome.LATER else claimed.attempts
    row: dict[str, Any] = {
        "attempts": attempts,
        "last_status": reply.status,
        "last_answer": reply.text,
        "sent_at": None,
        "next_at": None,
        "put_off": None,
    }
    if tried.outcome in (Outcome.DELIVERED, Outcome.SILENT):
        return row | {"state": SENT, "sent_at": now}
    long_enough = attempts > len(PAUSES) and now - claimed.since >= TRIED_OVER
    if tried.outcome is Outcome.REFUSED or (tried.outcome is Outcome.LATER and long_enough):
        return row | {"state": PARKED}
    own, asked = pause(attempts, claimed.feedback.message_id), asked_pause(reply)
    why = ASKED if asked > own else PAUSED  # one that asked for seconds does not ask for our hours
    return row | {"state": WAITING, "next_at": now + max(own, asked), "put_off": why}


def is_life(tried: Tried) -> bool:
    """Whether the channel itself said something else than "later". What was never sent proves nothing."""
    return tried.reply.status is not None and tried.outcome is not Outcome.LATER


def channel_after(
    channel: str, failures: int, tried: Sequence[Tried], now: datetime, one_address: bool = True
) -> dict[str, Any]:
    """`failures` and `paused_until` after one round: any sign of life ends the pause, else it grows.

    So a dead channel costs one round of attempts a pause, however much waits for it. Retry-After holds for the whole
    channel: the shortest of the round, and among signs of life at most 5 minutes. Where orders bring their own
    addresses (not `one_address`), it holds for its message alone, and a dead one pauses nothing but what goes there.
    """
    asked = min((wait for one in tried if (wait := asked_pause(one.reply))), default=timedelta(0))
    asked = asked if one_address else timedelta(0)
    if any(map(is_life, tried)):
        return {"failures": 0, "paused_until": now + min(asked, LONGEST_CHANNEL_PAUSE) if asked else None}
    if not any(one.outcome is Outcome.LATER for one in tried):  # nothing was sent: nothing is known
        return {"failures": failures, "paused_until": None}
    if not one_address:
        return {"failures": failures + 1, "paused_until": None}
    wait = max(pause(failures + 1, channel, CHANNEL_PAUSES), asked)
    return {"failures": failures + 1, "paused_until": now + wait}


def asked_pause(reply: Reply) -> timedelta:
    """The channel's own Retry-After, up to a day."""
    return min(reply.retry_after or timedelta(0), LONGEST_RETRY_AFTER)
