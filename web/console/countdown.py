"""What is left of a duty clock, as a station must read it: minutes that count, and when they count again (DUTY-2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from basics.words import ClockKind, Verdict
from dispatch.batch import World
from sla.duty import Calendar, duty_between, first_instant


@dataclass(frozen=True, slots=True)
class Countdown:
    """`how`: `running` (every minute counts until `due`), `paused` (off duty or closed until `resumes`),
    `split` (a pause lies between now and `due`), `late`. `minutes`: duty minutes left, whole ones."""

    how: str
    due: datetime
    minutes: int
    resumes: datetime


@dataclass(frozen=True, slots=True)
class Own:
    """A clock that only the edition knows, by the name that it has there."""

    chinese: str
    english: str
    left: Countdown


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of one order on the desk; `pickup_due` of an elapsed clock, late or not; None: it has none. `more`:
    those of the edition's own."""

    accept: Countdown | None
    transfer: Countdown | None
    pickup_due: datetime | None
    more: tuple[Own, ...] = ()


def clocks_of(order: Any, own: Mapping[str, Any], world: World, now: datetime) -> Clocks:
    """`order` is a row of orders, `own` the clocks of its holder by kind."""
    there = {kind: clock for kind, clock in own.items() if clock.verdict in (Verdict.RUNNING, Verdict.MISSED)}

    def left(kind: str, counts: str = "duty") -> Countdown | None:
        if (clock := there.get(kind)) is None:
            return None
        calendar = world.calendar(clock.station, world.book.named(clock.edition))
        return countdown(calendar if counts == "duty" else calendar.whole_day(), clock.due_at, now)

    more = []
    for kind in sorted(there.keys() - set(ClockKind)):
        rule = world.book.named(there[kind].edition).clock_rules[kind]
        if (found := left(kind, rule.counts)) is not None:
            more.append(Own(rule.zh, rule.en, found))
    pickup = there.get(ClockKind.PICKUP)
    return Clocks(left(ClockKind.ACCEPT), left(ClockKind.TRANSFER), pickup.due_at if pickup else None, tuple(more))


def countdown(calendar: Calendar, due: datetime, now: datetime) -> Countdown:
    """What is left until `due` of the time that `calendar` counts."""
    resumes, minutes = first_instant(calendar, now), duty_between(calendar, now, due)
    if now > due:
        how = "late"
    elif resumes > now:
        how = "paused"
    else:
        how = "running" if minutes == due - now else "split"
    return Countdown(how, due, minutes // timedelta(minutes=1), resumes)
