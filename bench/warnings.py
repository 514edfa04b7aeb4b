"""When each rule would have warned of each order, and how right that was."""

import math
import statistics
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.forecast import Pace, risk
from sla.pace.tally import Wait

MINUTE = timedelta(minutes=1)
CLOCK = 30  # duty minutes of the accept clock in the edition that the demo runs on


@dataclass(frozen=True, slots=True)
class Watched:
    """An order that is looked at every duty minute of its clock, from `since`, the first one after it was received,
    until its waiting ended. `ahead`: orders of the station before it, at each of those minutes."""

    station: str
    wait: Wait
    since: int
    ahead: tuple[int, ...]

    def looks(self) -> Iterable[tuple[int, int]]:
        """(minute of the clock, orders ahead)"""
        return enumerate(self.ahead, self.since)


Scores = Callable[[Watched], Iterable[tuple[int, float]]]  # minute of the clock, and how much the rule fears then
Warned = tuple[bool, list[tuple[int, float]]]  # was it late, and the minutes at which the fear grew


@dataclass(frozen=True, slots=True)
class Figures:
    """How right the first warnings were. `leads`: duty minutes from warning to deadline, of the right ones."""

    warned: int
    late: int
    leads: tuple[int, ...]

    @property
    def precision(self) -> float:
        return len(self.leads) / self.warned if self.warned else math.nan

    @property
    def recall(self) -> float:
        return len(self.leads) / self.late if self.late else math.nan

    @property
    def lead(self) -> float:
        return statistics.median(self.leads) if self.leads else 0.0

    @property
    def soon_enough(self) -> float:
        """Share of the late orders that were warned of at least ten duty minutes before the deadline."""
        return sum(lead >= 10 for lead in self.leads) / self.late if self.late else math.nan

    @property
    def mean_lead(self) -> float:
        """Over all late orders; one without a warning had none."""
        return sum(self.leads) / self.late if self.late else 0.0


def watch(waits: Mapping[str, Sequence[Wait]], seen: Mapping[tuple[str, float], float]) -> list[Watched]:
    """Every order of these stations, with what was ahead of it. `seen`: (station, begin) -> minutes of the clock that
    were gone when an order was received; nobody can warn of it before."""
    found = []
    for station, own in waits.items():
        gone: list[float] = []
        for before, wait in enumerate(sorted(own, key=lambda one: one.begin)):
            since = math.ceil(seen.get((station, wait.begin), 0.0))
            minutes = range(since, min(math.ceil(wait.length), CLOCK))
            ahead = tuple(before - bisect_right(gone, wait.begin + minute) for minute in minutes)
            found.append(Watched(station, wait, since, ahead))
            insort(gone, wait.begin + wait.length)
    return found


def rises(watched: Iterable[Watched], scores: Scores) -> list[Warned]:
    """What any threshold needs to know of a rule."""
    found = []
    for one in watched:
        highest, grew = -1.0, []
        for minute, fear in scores(one):
            if fear > highest:
                highest = fear
                grew.append((minute, fear))
        found.append((one.wait.late, grew))
    return found


def figures(warned: Sequence[Warned], threshold: float) -> Figures:
    """The rule that warns once its fear reaches `threshold`."""
    leads, number = [], 0
    for late, grew in warned:
        first = next((minute for minute, fear in grew if fear >= threshold), None)
        number += first is not None
        if first is not None and late:
            leads.append(CLOCK - first)
    return Figures(number, sum(late for late, _ in warned), tuple(leads))


def together(parts: Iterable[Figures]) -> Figures:
    """Several orders' figures as one."""
    known = list(parts)
    leads = tuple(lead for one in known for lead in one.leads)
    return Figures(sum(one.warned for one in known), sum(one.late for one in known), leads)


def with_lead(warned: Sequence[Warned], lead: float) -> float:
    """The highest threshold, in steps of a hundredth, at which a right warning still comes so many minutes before the
    deadline on average, a missing one counting for none."""
    steps = [step / 100 for step in range(100, 0, -1)]
    return next((step for step in steps if figures(warned, step).mean_lead >= lead), steps[-1])


def by_forecast(paces: Mapping[str, Pace], midnight: datetime) -> Scores:
    """Ours: the function that the product calls."""

    def scores(one: Watched) -> Iterable[tuple[int, float]]:
        pace, day = paces[one.station], one.wait.closes - one.wait.opens
        for minute, ahead in one.looks():
            at = midnight + MINUTE * (one.wait.opens + (one.wait.begin + minute) % day)
            said = risk(pace, ahead, MINUTE * (CLOCK - minute), at, outside=one.wait.outside)
            yield minute, said or 0.0

    return scores


def by_half(one: Watched) -> Iterable[tuple[int, float]]:
    """Warn at half the time."""
    return ((minute, float(minute >= CLOCK / 2)) for minute, _ in one.looks())


def by_median(medians: Mapping[str, float]) -> Scores:
    """Warn when an order has waited longer than its station's median; "" is everybody's."""

    def scores(one: Watched) -> Iterable[tuple[int, float]]:
        median = medians.get(one.station, medians[""])
        return ((minute, float(minute > median)) for minute, _ in one.looks())

    return scores
