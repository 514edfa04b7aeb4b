"""A little calendar: the open spans of a station, one after the other (DUTY-1, DUTY-2, ROUTE-6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from basics.days import midnight, shanghai

DAY, TICK = timedelta(days=1), timedelta.resolution


@dataclass(frozen=True, slots=True)
class Hours:
    """Open from `opens` until just before `closes`, minutes of every Shanghai day, save in `closed` [from, until)."""

    opens: int
    closes: int
    closed: tuple[tuple[datetime, datetime], ...] = ()

    def first_open(self, at: datetime) -> datetime:
        """The first open instant at or after `at`."""
        while True:
            opening, closing = self._day(at)
            until = max((u for f, u in self.closed if f <= at < u), default=None)
            if until is not None:
                at = until
            elif at < opening:
                at = opening
            elif at >= closing:
                at = opening + DAY
            else:
                return at

    def after(self, start: datetime, length: timedelta) -> datetime:
        """The earliest instant by which `length` of open time has passed since `start`."""
        while True:
            start = self.first_open(start)
            opening, closing = self._day(start)
            ahead = min((f for f, _ in self.closed if start < f), default=None)
            shuts = closing if ahead is None else min(closing, ahead)
            if length <= shuts - start:
                return start + length
            length -= shuts - start
            start = shuts
            if shuts == closing:  # whole days at once, up to the last before a closure or before `length` is over
                days = (length - TICK) // (closing - opening)
                days = days if ahead is None else min(days, (ahead - closing) // DAY)
                start, length = start + days * DAY, length - days * (closing - opening)

    def _day(self, at: datetime) -> tuple[datetime, datetime]:
        day = midnight(shanghai(at).date())
        return day + timedelta(minutes=self.opens), day + timedelta(minutes=self.closes)
