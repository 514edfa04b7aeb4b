"""The clocks of an order: when they are due and how they ended (ACCEPT, PICKUP, TRANSFER, CLOCK, DUTY).

Pure functions of facts and `now`; deadlines are inclusive: at 30:00.000000 the act is in time, one microsecond
later it is not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from basics.words import ClockKind, Verdict
from rulebook.book import Edition
from sla.course import Course, Holding
from sla.duty import Calendar, due_at, first_instant
from sla.trace import WINDOW, End, Trace

KEPT, MISSED, DROPPED, RUNNING = Verdict.KEPT, Verdict.MISSED, Verdict.DROPPED, Verdict.RUNNING


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of one assignment. `kind`: a `ClockKind`, or the name of a clock that only the edition knows.
    `decided_by` is the time of the act or deadline that ended it, None while it runs; `next_at` is when a running one
    has to be looked at again; `edition` is the rulebook that set the deadline; `trace` is what all this was made of."""

    seq: int
    kind: str
    station: str
    starts_at: datetime
    due_at: datetime
    verdict: Verdict
    decided_by: datetime | None
    next_at: datetime | None
    edition: str
    trace: Trace = field(compare=False, repr=False)


class Waits(NamedTuple):
    """What a clock waits for: `keeps` ends it well; whatever ends the assignment, and `drops`, ends it without
    blame."""

    kind: str
    key: str
    keeps: frozenset[str]
    drops: frozenset[str] = frozenset()


# ACCEPT-1, ACCEPT-2: accept, fail or transfer in time keep it, and so does a pickup (CLOCK-2).
ACCEPT = Waits(
    ClockKind.ACCEPT.value, "clocks.accept", frozenset({"accepted", "transferred", "accept_failed", "picked_up"})
)
# TRANSFER-1: only a transfer keeps it.
TRANSFER = Waits(ClockKind.TRANSFER.value, "clocks.transfer", frozenset({"transferred"}), frozenset({"accepted"}))
# PICKUP-1, for whoever the pickup does not concern.
PICKUP = Waits(ClockKind.PICKUP.value, "clocks.pickup", frozenset())


class _Line(NamedTuple):
    """How a clock came by its deadline; the fields of a trace."""

    key: str
    why: str
    counts: str
    since: datetime
    length: timedelta
    calendar: Calendar
    due: datetime


def clocks_of(course: Course, edition: Edition, now: datetime) -> list[Clock]:
    """Every clock of the order as things stand at `now` (CLOCK-2); none for the data centre.

    An order is late once: after a missed pickup clock later holders have none (PICKUP-2).
    """
    found: list[Clock] = []
    late = False
    for holding in course.holdings:
        calendar = holding.calendar
        if calendar is None:
            continue
        why, since = _beginning(course, holding)
        ends = _ends(course, holding)
        starts = first_instant(calendar.always_open(), since)  # a closure only moves the deadline
        due = due_at(calendar, since, edition.accept)
        line = _Line(ACCEPT.key, why, "duty", since, edition.accept, calendar, due)
        found.append(_clock(ACCEPT, holding, starts, line, ends, edition, now))
        if holding.outside:
            due = due_at(calendar, since, edition.transfer)
            line = _Line(TRANSFER.key, why, "duty", since, edition.transfer, calendar, due)
            found.append(_clock(TRANSFER, holding, starts, line, ends, edition, now))
        if not late:
            pickup = _pickup(course, holding, calendar, ends, edition, now)
            late = pickup.verdict is MISSED
            found.append(pickup)
        if edition.clock_rules:
            found += _of_the_rulebook(course, holding, calendar, ends, edition, now)
    return found


def violation_of(clock: Clock) -> str:
    """The kind of violation that missing an edition's own clock is; "" for one that costs nothing."""
    rule = clock.trace.edition.clock_rules.get(clock.kind)
    return rule.violation if rule else ""


def _of_the_rulebook(
    course: Course, holding: Holding, calendar: Calendar, ends: Sequence[End], edition: Edition, now: datetime
) -> Iterable[Clock]:
    """The clocks that only the edition knows. One that started at creation and was over when this holder got the order
    is none of its clocks: those minutes were another's (ACCEPT-2)."""
    for rule in edition.clock_rules.values():
        if rule.when == "outside" and not holding.outside:
            continue
        why, since = _zero(course) if rule.starts == "creation" else _beginning(course, holding)
        open_at = (calendar if rule.counts == "duty" else calendar.whole_day()).closed_since(holding.started_at)
        due = due_at(open_at, since, rule.length)
        if since < holding.started_at and due <= holding.started_at:
            continue
        line = _Line(f"clock.{rule.name}.length", why, rule.counts, since, rule.length, open_at, due)
        starts = first_instant(open_at.always_open(), since)
        yield _clock(Waits(rule.name, line.key, rule.kept_by), holding, starts, line, ends, edition, now)


def _zero(course: Course) -> tuple[str, datetime]:
    return "release" if course.released else "creation", course.zero


def _beginning(course: Course, holding: Holding) -> tuple[str, datetime]:
    """Why and since when a clock of the assignment counts: that of the first routing from creation (CLOCK-2)."""
    if holding.seq == 1 and holding.cause == "routing":
        return _zero(course)
    return holding.cause, holding.started_at


def _pickup_line(course: Course, holding: Holding, calendar: Calendar, edition: Edition) -> _Line:
    """PICKUP-2: E is creation + 16 h or the end of the booked window if later; a holder has until the later of E and
    its assignment + 4 h, and no minute of its closures counts (ROUTE-6)."""
    key, why, since = PICKUP.key, *_zero(course)
    end = course.zero + edition.pickup
    if course.window_end is not None and course.window_end > end:
        key, end = WINDOW, course.window_end
    least = holding.started_at + edition.pickup_least_hold
    if least > end:
        key, end = "clocks.pickup_least_hold", least
        why, since = _beginning(course, holding)
    counted = calendar.whole_day().closed_since(holding.started_at)
    return _Line(key, why, "elapsed", since, end - since, counted, due_at(counted, since, end - since))


def _pickup(
    course: Course, holding: Holding, calendar: Calendar, ends: Sequence[End], edition: Edition, now: datetime
) -> Clock:
    """PICKUP-1: kept by a pickup in time; a transfer, a failure or a withdrawal before the deadline drops it."""
    line = _pickup_line(course, holding, calendar, edition)
    pickup, due = course.pickup, line.due
    if pickup is None or course.ending is None or not _held_at(holding, course.ending.at):
        return _clock(PICKUP, holding, line.since, line, ends, edition, now)
    if pickup.proved_at is not None:
        end = End(pickup.proved_at, "picked_up", True)
        return _made(PICKUP, holding, line.since, line, end, KEPT, due, edition, now)
    # A confirmation in time stands until its 24 h of proof are over (PICKUP-1); without proof it is no pickup.
    confirmed = None if pickup.confirmed_at is None else End(pickup.confirmed_at, "confirmed", True)
    in_time = confirmed is not None and confirmed.at <= due and pickup.proof_until is not None
    until = max(due, pickup.proof_until) if in_time and pickup.proof_until is not None else due
    return _made(PICKUP, holding, line.since, line, confirmed, None, until, edition, now)


def _clock(
    waits: Waits, holding: Holding, starts: datetime, line: _Line, ends: Sequence[End], edition: Edition, now: datetime
) -> Clock:
    """The verdict of what ended the clock first, if that came by the deadline; at one instant keeping wins."""
    first, kept = None, False
    for end in ends:
        keeps = end.by in waits.keeps
        if not (keeps or end.leaves or end.by in waits.drops):
            continue
        if first is None or end.at < first.at or (end.at == first.at and keeps and not kept):
            first, kept = end, keeps
    return _made(waits, holding, starts, line, first, KEPT if kept else DROPPED, line.due, edition, now)


def _made(
    waits: Waits,
    holding: Holding,
    starts: datetime,
    line: _Line,
    end: End | None,
    means: Verdict | None,
    until: datetime,
    edition: Edition,
    now: datetime,
) -> Clock:
    """`means`: the verdict of `end` if it came in time; None: it decides nothing until `until`."""
    trace, due = Trace(edition, *line, end, until), line.due
    decided: datetime | None
    if end is not None and means is not None and end.at <= due:
        verdict, decided, look = means, end.at, None
    elif (end is not None and means is not None) or now > until:
        verdict, decided, look = MISSED, due, None
    else:
        verdict, decided, look = RUNNING, None, until
    return Clock(holding.seq, waits.kind, holding.station, starts, due, verdict, decided, look, edition.name, trace)


def _held_at(holding: Holding, at: datetime) -> bool:
    return holding.started_at <= at and (holding.left_at is None or at < holding.left_at)


def _ends(course: Course, holding: Holding) -> list[End]:
    """What happened to a holding that may end a clock. An act taken after an end that was told later counts for none
    (REPLAY fine print 1)."""
    over, found = course.ending, []
    last = None if over is None else over.at
    for at, by in (
        (holding.accepted_at, "accepted"), (holding.called_at, "called"), (course.numbered_at, "numbered"),
    ):  # fmt: skip
        if at is not None and (last is None or at <= last):
            found.append(End(at, by, False))
    left = holding.left_at
    if left is not None and (last is None or left <= last):
        found.append(End(left, "transferred" if holding.left_by == "transfer" else "rerouted", True))
    if over is not None:
        found.append(End(over.at, over.kind if _held_at(holding, over.at) else "over", True))
    return found
