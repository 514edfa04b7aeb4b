"""DUTY-3: on duty a station looks at its desk at least every 20 minutes. Since when one is silent, and until when.
Pure. Silence is shown and reported, never fined."""

from datetime import datetime, timedelta

from basics.days import midnight, shanghai
from sla.duty import Calendar, due_at, first_instant

LOOK_AGAIN = timedelta(minutes=1)  # a look is written no oftener than that for each station; so it is given to it


def silent_since(
    calendar: Calendar, seen_at: datetime, look_every: timedelta, now: datetime, able_since: datetime | None = None
) -> datetime | None:
    """The instant by which the station should have looked; None while it is not silent.

    `look_every` counts duty minutes, closures left out, since the latest of its last look, the beginning of the day's
    duty and `able_since`, when our own console came back. Exactly 20:00 is in time. Off duty nobody is silent.
    """
    if first_instant(calendar, now) != now:
        return None
    since = max(seen_at, midnight(shanghai(now).date()) + timedelta(minutes=calendar.opens))
    if able_since is not None:
        since = max(since, able_since)
    until = due_at(calendar, since, look_every)
    return until if until < now else None


def duty_ends(calendar: Calendar, at: datetime) -> datetime:
    """When the duty that goes on at `at` ends: the day's closing or a closure, whichever is first; `at` itself when
    there is none. A silence ends then, too."""
    if first_instant(calendar, at) != at:
        return at
    closing = midnight(shanghai(at).date()) + timedelta(minutes=calendar.closes)
    return min([closing, *(start for start, _ in calendar.closures if start > at)])
