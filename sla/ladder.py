"""The ladder before a deadline (DO-8): which steps are to be taken now for a waiting order, by the duty time left on
its accept clock and by how likely it is late. Pure; the lengths are the edition's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from rulebook.edition import Ladder
from sla.duty import Calendar, duty_between, first_instant

TINT, SOUND, MESSAGE, CALL_LIST, OFFER_TRANSFER = STEPS = ("tint", "sound", "message", "call_list", "offer_transfer")


@dataclass(frozen=True, slots=True)
class Rung:
    """A step to take now; `ahead`: before its time, because the order is likely late."""

    step: str
    ahead: bool


def counted_left(calendar: Calendar, starts_at: datetime, due: datetime, now: datetime) -> timedelta | None:
    """Duty time left on a clock that counts at `now`. None when nobody is to be called: it has not begun, its station
    is off duty or closed, or the deadline is over (DO-8: before it, not after)."""
    if not starts_at <= now <= due or first_instant(calendar, now) != now:
        return None
    return duty_between(calendar, now, due)


def steps_now(ladder: Ladder, left: timedelta, risk: float | None, taken: Collection[str] = ()) -> list[Rung]:
    """The steps whose time has come and that were not taken yet, in the order of STEPS; `left` exactly a step's length
    is its time.

    An order that is likely late (`risk`, 0 to 1, is the ladder's share or more) climbs one rung ahead: a step is taken
    when the next longer one would be, and the longest ones as soon as the clock counts.
    """
    likely = risk is not None and risk * 100 >= ladder.risk
    rungs = []
    for step in STEPS:
        length: timedelta = getattr(ladder, step)
        if step not in taken and (left <= length or (likely and left <= _longer(ladder, length))):
            rungs.append(Rung(step, left > length))
    return rungs


def _longer(ladder: Ladder, length: timedelta) -> timedelta:
    """The length of the next longer rung; for the longest one any time is ahead enough."""
    lengths: list[timedelta] = [getattr(ladder, step) for step in STEPS]
    return min((one for one in lengths if one > length), default=timedelta.max)
