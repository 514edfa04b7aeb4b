"""Duty time (DUTY-1, DUTY-2) and closed time (ROUTE-6), in whole microseconds on a Shanghai clock.

Two functions carry everything: `_worked(t)` is the duty time from a fixed epoch to `t`, and `_instant_of(w)`
is the earliest instant at which it reaches `w`. Neither loops over days. A closure [from, until) only shifts
the target by the duty time it swallows. Time that an `elapsed` clock counts is the duty time of a day of 24 hours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

Closure = tuple[datetime, datetime]

_EPOCH = datetime(1969, 12, 31, 16, tzinfo=UTC)  # 1970-01-01 00:00 in Shanghai
_TICK = timedelta(microseconds=1)
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a station works: minutes of the Shanghai day, the same every day, and its granted closures.

    `closures` are half-open, sorted and disjoint (see `disjoint`); ValueError otherwise.
    """

    opens: int
    closes: int
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= 24 * 60:
            raise ValueError("a duty day opens before it closes")
        if self.closures and self.closures != disjoint(self.closures):
            raise ValueError("closures must be sorted and disjoint")

    def always_open(self) -> "Calendar":
        """The same hours without closures: a clock starts with duty, a closure only stops it (ROUTE-6)."""
        return Calendar(self.opens, self.closes) if self.closures else self

    def whole_day(self) -> "Calendar":
        """The same closures, on duty at any hour: what an `elapsed` clock counts (DUTY-2)."""
        return Calendar(0, 24 * 60, self.closures) if self.closures else WHOLE_DAY

    def closed_since(self, at: datetime) -> "Calendar":
        """The same hours, without the closures before `at`: they were of no concern to who holds the order since."""
        if not self.closures or self.closures[0][0] >= at:
            return self
        return Calendar(self.opens, self.closes, tuple((max(a, at), b) for a, b in self.closures if b > at))


WHOLE_DAY = Calendar(0, 24 * 60)


class Span(NamedTuple):
    """[since, until) in which a calendar was all of one kind; a closure goes before duty hours."""

    kind: Literal["open", "off_duty", "closed"]
    since: datetime
    until: datetime


def disjoint(closures: Iterable[Closure]) -> tuple[Closure, ...]:
    """Closures in order, overlapping and touching ones made one, empty ones left out."""
    merged: list[Closure] = []
    for start, end in sorted(closures):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def first_instant(cal: Calendar, start: datetime) -> datetime:
    """The first instant on duty and not closed, at or after `start`; 20:00:00 itself is off duty."""
    at = _open_from(cal, _ticks(start))
    for closed_from, closed_until in cal.closures:
        if _ticks(closed_from) <= at < _ticks(closed_until):
            at = _open_from(cal, _ticks(closed_until))
    return _instant(at)


def due_at(cal: Calendar, start: datetime, length: timedelta) -> datetime:
    """The earliest instant by which `length` of duty time has passed since `start` (DUTY-2).

    19:30 + 30 min is 20:00 of the same day, 19:50 + 30 min is 08:20 of the next. No length is due at `start`.
    """
    if cal is WHOLE_DAY:
        return start + length
    begin = _ticks(start)
    target = _worked(cal, begin) + length // _TICK
    for closed_from, closed_until in cal.closures:
        since, until = max(_ticks(closed_from), begin), _ticks(closed_until)
        if target <= _worked(cal, since):
            break
        if until > begin:
            target += _worked(cal, until) - _worked(cal, since)
    return _instant(max(begin, _instant_of(cal, target)))


def duty_between(cal: Calendar, a: datetime, b: datetime) -> timedelta:
    """Duty time in [a, b) outside the closures; zero when `b` is not after `a`."""
    begin, end = _ticks(a), _ticks(b)
    if end <= begin:
        return timedelta(0)
    total = _worked(cal, end) - _worked(cal, begin)
    for closed_from, closed_until in cal.closures:
        since, until = max(_ticks(closed_from), begin), min(_ticks(closed_until), end)
        if since < until:
            total -= _worked(cal, until) - _worked(cal, since)
    return total * _TICK


def spans(cal: Calendar, since: datetime, until: datetime) -> Iterator[Span]:
    """[since, until) cut where the calendar changes, in order, each instant once; nothing when it is empty.

    The open ones up to `due_at(cal, start, length)` add up to `length`.
    """
    at, end, never_shut = _ticks(since), _ticks(until), cal.closes - cal.opens == 24 * 60
    for closed_from, closed_until in (*cal.closures, (until, until)):
        closing = min(_ticks(closed_from), end)
        while at < closing:
            opening = min(_open_from(cal, at), closing)
            if at < opening:
                yield Span("off_duty", _instant(at), _instant(opening))
            at = closing if never_shut else min(_shut_from(cal, opening), closing)
            if opening < at:
                yield Span("open", _instant(opening), _instant(at))
        reopening = min(_ticks(closed_until), end)
        if at < reopening:
            yield Span("closed", _instant(at), _instant(reopening))
            at = reopening


def _ticks(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


def _instant(ticks: int) -> datetime:
    return _EPOCH + ticks * _TICK


def _open_from(cal: Calendar, ticks: int) -> int:
    """The first duty instant at or after `ticks`, closures aside."""
    day, time_of_day = divmod(ticks, _DAY)
    if time_of_day >= cal.closes * _MINUTE:
        return (day + 1) * _DAY + cal.opens * _MINUTE
    return day * _DAY + max(time_of_day, cal.opens * _MINUTE)


def _shut_from(cal: Calendar, ticks: int) -> int:
    """The first instant off duty after a duty instant, closures aside; `ticks` may be a closing itself."""
    day, time_of_day = divmod(ticks, _DAY)
    return ticks if time_of_day >= cal.closes * _MINUTE else day * _DAY + cal.closes * _MINUTE


def _worked(cal: Calendar, ticks: int) -> int:
    """Duty time from the epoch, closures aside; negative before it."""
    day, time_of_day = divmod(ticks, _DAY)
    full = (cal.closes - cal.opens) * _MINUTE
    return day * full + min(max(time_of_day - cal.opens * _MINUTE, 0), full)


def _instant_of(cal: Calendar, worked: int) -> int:
    """The earliest instant with that much duty time behind it: a whole day is done the same evening."""
    day, rest = divmod(worked, (cal.closes - cal.opens) * _MINUTE)
    if rest == 0:
        return (day - 1) * _DAY + cal.closes * _MINUTE
    return day * _DAY + cal.opens * _MINUTE + rest
