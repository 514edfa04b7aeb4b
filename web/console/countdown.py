"""What is left of a duty clock, as a station must read it: minutes that count, and when they count again (DUTY-2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from basics.words import ClockKind, Verdict
from dispatch.batch import World
from sla.duty import duty_between, first_instant


@dataclass(frozen=True, slots=True)
class Countdown:
    """`how`: `running` (every minute counts until `due`), `paused` (off duty or closed until `resumes`),
    `split` (a pause lies between now and `due`), `late`. `minutes`: duty minutes left, whole ones."""

    how: str
    due: datetime
    minutes: int
    resumes: datetime


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of one order on the desk; `pickup_due` of an elapsed clock, late or not; None: it has none."""

    accept: Countdown | None
    transfer: Countdown | None
    pickup_due: datetime | None


def clocks_of(order: Any, own: Mapping[str, Any], world: World, now: datetime) -> Clocks:
    """`order` is a row of orders, `own` the clocks of its holder by kind."""

    def duty(kind: ClockKind) -> Countdown | None:
        clock = own.get(kind)
        if clock is None or clock.verdict not in (Verdict.RUNNING, Verdict.MISSED):
            return None
        calendar = world.calendar(clock.station, world.book.named(clock.edition))
        resumes = first_instant(calendar, now)
        left = duty_between(calendar, now, clock.due_at)
        if now > clock.due_at:
            how = "late"
        elif resumes > now:
            how = "paused"
        else:
            how = "running" if left == clock.due_at - now else "split"
        return Countdown(how, clock.due_at, left // timedelta(minutes=1), resumes)

    pickup = own.get(ClockKind.PICKUP)
    open_pickup = pickup is not None and pickup.verdict in (Verdict.RUNNING, Verdict.MISSED)
    return Clocks(duty(ClockKind.ACCEPT), duty(ClockKind.TRANSFER), pickup.due_at if pickup and open_pickup else None)
