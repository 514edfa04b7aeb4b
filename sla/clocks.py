"""The clocks of an order: when they are due and how they ended (ACCEPT, PICKUP, TRANSFER, CLOCK, DUTY).

Pure functions of facts and `now`; deadlines are inclusive: at 30:00.000000 the act is in time, one microsecond
later it is not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from basics.words import ClockKind, Verdict
from rulebook.book import Edition
from sla.course import Course, Ending, Holding
from sla.duty import Calendar, due_at, first_instant, moved_by_closures

KEPT, MISSED, DROPPED, RUNNING = Verdict.KEPT, Verdict.MISSED, Verdict.DROPPED, Verdict.RUNNING


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of one assignment. `decided_by` is the time of the act or deadline that ended it, None while it
    runs; `next_at` is when a running one has to be looked at again; `edition` is the rulebook that set the deadline."""

    seq: int
    kind: ClockKind
    station: str
    starts_at: datetime
    due_at: datetime
    verdict: Verdict
    decided_by: datetime | None
    next_at: datetime | None
    edition: str


@dataclass(frozen=True, slots=True)
class _End:
    """Something that ends a clock: kept or dropped when it came in time, missed when it did not."""

    at: datetime
    verdict: Verdict


def clocks_of(course: Course, edition: Edition, now: datetime) -> list[Clock]:
    """Every clock of the order as things stand at `now` (CLOCK-2); none for the data centre.

    An order is late once: after a missed pickup clock later holders have none (PICKUP-2).
    """
    found: list[Clock] = []
    late = False
    for holding in course.holdings:
        if holding.calendar is None:
            continue
        found.append(_accept(course, holding, holding.calendar, edition, now))
        if holding.outside:
            found.append(_transfer(course, holding, holding.calendar, edition, now))
        if not late:
            pickup = _pickup(course, holding, holding.calendar, edition, now)
            late = pickup.verdict is MISSED
            found.append(pickup)
    return found


def pickup_due(course: Course, holding: Holding, calendar: Calendar, edition: Edition) -> tuple[datetime, datetime]:
    """Start and deadline of a holder's pickup clock (PICKUP-2).

    E is creation + 16 h or the end of the booked window if later; a holder has until the later of E and its
    assignment + 4 h, and no minute of its closures counts (ROUTE-6).
    """
    end = course.zero + edition.pickup
    if course.window_end is not None and course.window_end > end:
        end = course.window_end
    least = holding.started_at + edition.pickup_least_hold
    starts, due = (holding.started_at, least) if least > end else (course.zero, end)
    return starts, moved_by_closures(holding.started_at, due, calendar.closures)


def _accept(course: Course, holding: Holding, calendar: Calendar, edition: Edition, now: datetime) -> Clock:
    """ACCEPT-1, ACCEPT-2: accept, fail or transfer in time keep it, and so does a pickup (CLOCK-2)."""
    ends = _acceptance(course, holding, KEPT) + _departure(course, holding, on_transfer=KEPT)
    ends += _ending(course, holding, {"accept_failed": KEPT, "picked_up": KEPT})
    starts, due = _duty_clock(course, holding, calendar, edition.accept)
    return _clock(ClockKind.ACCEPT, holding, starts, due, ends, edition, now)


def _transfer(course: Course, holding: Holding, calendar: Calendar, edition: Edition, now: datetime) -> Clock:
    """TRANSFER-1: only a transfer keeps it; accepting, failing or a pickup end it without blame."""
    ends = _acceptance(course, holding, DROPPED) + _departure(course, holding, on_transfer=KEPT)
    ends += _ending(course, holding, {})
    starts, due = _duty_clock(course, holding, calendar, edition.transfer)
    return _clock(ClockKind.TRANSFER, holding, starts, due, ends, edition, now)


def _duty_clock(course: Course, holding: Holding, calendar: Calendar, length: timedelta) -> tuple[datetime, datetime]:
    """Start and deadline of a duty clock: that of the first routing runs from creation (CLOCK-2, DUTY-2)."""
    since = course.zero if holding.seq == 1 and holding.cause == "routing" else holding.started_at
    return first_instant(calendar.always_open(), since), due_at(calendar, since, length)


def _pickup(course: Course, holding: Holding, calendar: Calendar, edition: Edition, now: datetime) -> Clock:
    """PICKUP-1: kept by a pickup in time; a transfer, a failure or a withdrawal before the deadline drops it."""
    starts, due = pickup_due(course, holding, calendar, edition)
    pickup = course.pickup
    if pickup is None or course.ending is None or not _held_at(holding, course.ending.at):
        ends = _departure(course, holding, on_transfer=DROPPED) + _ending(course, holding, {})
        return _clock(ClockKind.PICKUP, holding, starts, due, ends, edition, now)
    if pickup.proved_at is not None:
        ends = [_End(pickup.proved_at, KEPT)]
        return _clock(ClockKind.PICKUP, holding, starts, due, ends, edition, now)
    # A confirmation in time stands until its 24 h of proof are over (PICKUP-1); without proof it is no pickup.
    in_time = pickup.confirmed_at is not None and pickup.confirmed_at <= due
    looks_until = max(due, pickup.proof_until) if in_time and pickup.proof_until is not None else due
    return _clock(ClockKind.PICKUP, holding, starts, due, [], edition, now, looks_until)


def _clock(
    kind: ClockKind,
    holding: Holding,
    starts: datetime,
    due: datetime,
    ends: Iterable[_End],
    edition: Edition,
    now: datetime,
    looks_until: datetime | None = None,
) -> Clock:
    """The verdict of what ended the clock first, if that came by the deadline; at one instant keeping wins."""
    first = min(ends, key=lambda end: (end.at, end.verdict is not KEPT), default=None)
    until = due if looks_until is None else looks_until
    if first is not None and first.at <= due:
        verdict, decided = first.verdict, first.at
    elif first is not None or now > until:
        verdict, decided = MISSED, due
    else:
        return Clock(holding.seq, kind, holding.station, starts, due, RUNNING, None, until, edition.name)
    return Clock(holding.seq, kind, holding.station, starts, due, verdict, decided, None, edition.name)


def _counts(course: Course, act: datetime) -> bool:
    """An act taken after an end that was told later counts for no clock (REPLAY fine print 1)."""
    return course.ending is None or act <= course.ending.at


def _held_at(holding: Holding, at: datetime) -> bool:
    return holding.started_at <= at and (holding.left_at is None or at < holding.left_at)


def _acceptance(course: Course, holding: Holding, verdict: Verdict) -> list[_End]:
    at = holding.accepted_at
    return [_End(at, verdict)] if at is not None and _counts(course, at) else []


def _departure(course: Course, holding: Holding, on_transfer: Verdict) -> list[_End]:
    if holding.left_at is None or not _counts(course, holding.left_at):
        return []
    return [_End(holding.left_at, on_transfer if holding.left_by == "transfer" else DROPPED)]


def _ending(course: Course, holding: Holding, keeps: dict[str, Verdict]) -> list[_End]:
    """The order's end as it meets this holding: it keeps what `keeps` names if it falls within, else it drops."""
    ending: Ending | None = course.ending
    if ending is None:
        return []
    within = _held_at(holding, ending.at)
    return [_End(ending.at, keeps.get(ending.kind, DROPPED) if within else DROPPED)]
