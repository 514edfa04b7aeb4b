"""Duty time (DUTY-1, DUTY-2) and closed time (ROUTE-6), in whole microseconds on a Shanghai clock.

Two functions carry everything: `_worked(t)` is the duty time from a fixed epoch to `t`, and `_instant_of(w)`
is the earliest instant at which it reaches `w`. Neither loops over days. A closure [from, until) only shifts
the target by the duty time it swallows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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


def moved_by_closures(start: datetime, due: datetime, closures: Iterable[Closure]) -> datetime:
    """Where an elapsed deadline moves when closed minutes since `start` do not count (ROUTE-6).

    The earliest instant at which `due - start` of open time has passed since `start`; a deadline on the first
    closed instant stays. `closures` sorted and disjoint.
    """
    for closed_from, closed_until in closures:
        since = max(closed_from, start)
        if due <= since:
            break
        if closed_until > start:
            due += closed_until - since
    return due


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
