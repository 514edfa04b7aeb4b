"""From when until when each polygon counts: since `valid_from`, before `valid_until`, None being unbounded."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from geo.grid import Flags, Ints

EVER = np.iinfo(np.int64)
START = datetime(1970, 1, 1, tzinfo=UTC)
Term = tuple[datetime | None, datetime | None]


def instants(ats: Sequence[datetime]) -> Ints:
    """Aware instants as microseconds, exact."""
    return np.array([_micro(at) for at in ats], dtype=np.int64)


def _micro(at: datetime) -> int:
    return (at - START) // timedelta(microseconds=1)


class Terms:
    """The terms of n polygons. Most networks have none: then `limited` is False, and nothing need be asked."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.limited = any(start or end for start, end in terms)
        self._start = np.array([EVER.min if start is None else _micro(start) for start, _ in terms], dtype=np.int64)
        self._end = np.array([EVER.max if end is None else _micro(end) for _, end in terms], dtype=np.int64)
        self._starts, self._ends = self._start.data, self._end.data

    def holds(self, polygon: int, at: datetime) -> bool:
        """Whether the polygon counts at that instant."""
        if not self.limited:
            return True
        moment = _micro(at)
        return bool(self._starts[polygon] <= moment < self._ends[polygon])

    def hold(self, polygons: Ints, moments: Ints) -> Flags:
        """For each of n polygons whether it counts at its moment, one of `instants`."""
        start: Flags = self._start[polygons] <= moments
        return start & (moments < self._end[polygons])

    def hold_at(self, at: datetime) -> Flags:
        """Of every polygon whether it counts at that instant."""
        moment = _micro(at)
        start: Flags = self._start <= moment
        return start & (moment < self._end)
