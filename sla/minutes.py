"""Whose minutes (ACCEPT-2): the time of an order from creation on, each instant with exactly one who answers for it.

For any history: the minutes of all holders, the data centre among them, + off duty + held + closed = elapsed time.
A later truth may end the order before somebody acted on it: what lies after the end is nobody's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sla.course import Course, Holding
from sla.duty import spans

Kind = Literal["station", "data_centre", "off_duty", "held", "closed"]
KINDS: tuple[Kind, ...] = ("station", "data_centre", "off_duty", "closed", "held")


class Part(NamedTuple):
    """[since, until) of one kind. While `held` there is no holder: `holder` "" and `seq` 0 (CHAN-5). A holder answers
    for `station` and `data_centre` time only; who held the order off duty or closed is named all the same."""

    kind: Kind
    holder: str
    seq: int
    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Lost:
    """What of the order's time was gone when an assignment began, and whose it was: (kind, holder, how much), the
    most first."""

    seq: int
    holder: str
    total: timedelta
    by: tuple[tuple[Kind, str, timedelta], ...]


@dataclass(frozen=True, slots=True)
class Minutes:
    """`since` is creation; `until` the order's end, or the instant it was looked at."""

    since: datetime
    until: datetime
    parts: tuple[Part, ...]

    @property
    def elapsed(self) -> timedelta:
        return self.until - self.since

    def of_kind(self, kind: Kind) -> timedelta:
        return sum((part.length for part in self.parts if part.kind == kind), timedelta(0))

    def own(self, seq: int) -> timedelta:
        """The minutes that one holder answers for."""
        own = (part.length for part in self.parts if part.seq == seq and part.kind in ("station", "data_centre"))
        return sum(own, timedelta(0))


def minutes_of(course: Course, now: datetime) -> Minutes:
    """The order's time up to its end, or to `now` while it is open; all parts touch."""
    since = course.created_at or course.zero
    until = max(since, now if course.ending is None else course.ending.at)
    return Minutes(since, until, tuple(_parts(course.holdings, since, until)))


def _parts(holdings: Sequence[Holding], since: datetime, until: datetime) -> Iterator[Part]:
    """Each holding up to the next one's start, none before the one before: an order whose creation the channel dates
    into the future may be passed on before it."""
    at = since
    for place, holding in enumerate(holdings):
        starts = min(max(holding.started_at, at), until)
        if place == 0 and at < starts:
            yield Part("held", "", 0, at, starts)
        following = holdings[place + 1].started_at if place + 1 < len(holdings) else until
        at = min(max(following, starts), until)
        yield from _holding(holding, starts, at)
    if not holdings and at < until:
        yield Part("held", "", 0, at, until)


def _holding(holding: Holding, since: datetime, until: datetime) -> Iterator[Part]:
    """The data centre's whole time is its own; a closure goes before off duty, that before the station's minutes."""
    if since == until:
        return
    if holding.calendar is None:
        yield Part("data_centre", holding.station, holding.seq, since, until)
        return
    for span in spans(holding.calendar, since, until):
        kind: Kind = "station" if span.kind == "open" else span.kind
        yield Part(kind, holding.station, holding.seq, span.since, span.until)


def lost_before(minutes: Minutes, holdings: Sequence[Holding]) -> list[Lost]:
    """For each holder, what was gone of the order's time before it was given to it."""
    found = []
    for holding in holdings:
        sums: dict[tuple[Kind, str], timedelta] = {}
        for part in minutes.parts:
            if part.seq < holding.seq:
                key = (part.kind, part.holder)
                sums[key] = sums.get(key, timedelta(0)) + part.length
        by = sorted(((*key, length) for key, length in sums.items()), key=lambda one: (-one[2], one[:2]))
        found.append(Lost(holding.seq, holding.station, sum(sums.values(), timedelta(0)), tuple(by)))
    return found
