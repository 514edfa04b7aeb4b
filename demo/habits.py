"""Stations with a habit of failing orders, planted for the reason honesty map: three that lie, one that is honest.

Whoever judges the traffic must find them by its evidence: nothing but tests reads who they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from basics.days import day_of, shanghai

AGAIN_SECONDS = (1_800, 14_400)  # from the failure to the sender's next order: well within the 24 h of VIO-2


@dataclass(frozen=True)
class Habit:
    """`share` of the orders that the station fails at `stage` with `reason`. `inside`: only those whose point is known
    and in its own area. `again`: the sender orders anew. `called`: a call was made, and its time is told."""

    stage: str
    reason: str
    share: float
    inside: bool = False
    again: bool = False
    called: bool = True


LIARS: Mapping[str, tuple[Habit, ...]] = {
    "SH310113": (Habit("accept", "out_of_area", 0.22, inside=True),),
    "CD510114": (Habit("pickup", "customer_cancelled", 0.24, again=True),),
    "XA610112": (
        Habit("pickup", "cannot_reach", 0.15, called=False),
        Habit("pickup", "no_time_agreed", 0.08, called=False),
    ),
}
# A gated industrial zone: it often cannot enter, and many of its senders do cancel.
HONEST: Mapping[str, tuple[Habit, ...]] = {
    "SH310114": (Habit("pickup", "cannot_enter", 0.16), Habit("pickup", "customer_cancelled", 0.13)),
}


def habit_of(rng: Random, station: str, stage: str, inside: bool) -> Habit | None:
    """The habit by which a station fails an order now. One without a habit draws nothing, so its stories are those
    that they would be if there were no habits at all."""
    for habit in (*LIARS.get(station, ()), *HONEST.get(station, ())):
        if habit.stage == stage and (inside or not habit.inside) and rng.random() < habit.share:
            return habit
    return None


def without_a_call(created_at: datetime, failed_at: datetime) -> str:
    """What is written where no call was made: a time before the order existed, or none."""
    claimed = created_at - timedelta(minutes=40)
    if day_of(claimed) == day_of(failed_at):
        return f"{shanghai(claimed):%H:%M} 电话无人接听"
    return "电话打不通"
