"""Counts waiting time and how it ended, and draws what few orders say towards what many say. Pure.

Each order that waited is cut into the spans of `forecast.SPANS`; a span knows the hour, how many orders of the station
were ahead at its start, whether the order lay outside the area, how long the order waited in it, and whether the
waiting ended there. Every rate is ends per waiting minute.
"""

from array import array
from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sla.forecast import QUEUES, SPANS, Pace, queue_of

Floats = NDArray[np.float64]

HOURS = 24
SHAPE = (len(SPANS), HOURS, len(QUEUES), 2)  # span, hour, queue, outside
STAGES = (0, 5, 15)  # minutes waited: a station's early and late pace are kept apart
STAGE_OF = np.array([bisect_right(STAGES, span) - 1 for span in SPANS])
HALF_LIFE = 14.0  # days after which an order counts for half
# So many expected ends weigh as much as what was seen.
K_NETWORK, K_STATION, K_MARGIN = 50.0, 20.0, 100.0
ROUNDS = 6  # of fitting factors in turns; they have settled by then


@dataclass(frozen=True, slots=True)
class Wait:
    """An order that waited at a station. Minutes of duty: `begin` on the station's axis, `length` until it ended or the
    deadline came (`late`). The axis begins at some opening; a day is `opens` to `closes`, in minutes of the day."""

    begin: float
    length: float
    late: bool
    outside: bool
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Spans of many orders, as columns: which station (its place in the list), which cell of SHAPE, minutes, ended."""

    station: NDArray[np.int64]
    cell: NDArray[np.int64]
    minutes: Floats
    ended: Floats


def cells_of(waits: Mapping[str, Iterable[Wait]]) -> Cells:
    """The spans of all waits, by station in the order of the mapping."""
    found = array("d")  # not a list of tuples: two million of them on a national day
    for place, own in enumerate(waits.values()):
        _cut(place, sorted(own, key=lambda wait: wait.begin), found)
    columns = np.frombuffer(found, dtype=np.float64).reshape(-1, 4)
    return Cells(columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2], columns[:, 3])


def _cut(place: int, waits: list[Wait], found: "array[float]") -> None:
    gone: list[float] = []  # when those that came before stopped waiting
    for before, wait in enumerate(waits):
        day = wait.closes - wait.opens
        for span, since in enumerate(SPANS):
            if since >= wait.length and span > 0:
                break
            until = SPANS[span + 1] if span + 1 < len(SPANS) else np.inf
            at = wait.begin + since
            hour = int(wait.opens + at % day) // 60
            queue = queue_of(before - bisect_right(gone, at))
            cell = ((span * HOURS + hour) * len(QUEUES) + queue) * 2 + wait.outside
            ended = float(wait.length <= until and not wait.late)
            found.extend((place, cell, min(wait.length, until) - since, ended))
        insort(gone, wait.begin + wait.length)


@dataclass(frozen=True, slots=True)
class Crowd:
    """All stations together: waiting minutes and ends by SHAPE, and how many orders."""

    orders: float
    minutes: Floats
    ends: Floats

    def older(self, days: float) -> "Crowd":
        """The same, so many days later."""
        weight = _weight(days)
        return Crowd(self.orders * weight, self.minutes * weight, self.ends * weight)

    def plus(self, orders: int, cells: Cells) -> "Crowd":
        """With these spans added."""
        size = int(np.prod(SHAPE))
        minutes = np.bincount(cells.cell, cells.minutes, size).reshape(SHAPE)
        ends = np.bincount(cells.cell, cells.ended, size).reshape(SHAPE)
        return Crowd(self.orders + orders, self.minutes + minutes, self.ends + ends)

    def figures(self) -> dict[str, Any]:
        """As JSON; cells without waiting are left out."""
        minutes, ends = self.minutes.ravel(), self.ends.ravel()
        used = np.flatnonzero(minutes + ends).tolist()
        cells = [[place, round(float(minutes[place]), 4), round(float(ends[place]), 4)] for place in used]
        return {"orders": round(self.orders, 4), "cells": cells}


def crowd_of(figures: Mapping[str, Any] | None) -> Crowd:
    """What `figures` said; empty for none."""
    minutes, ends = np.zeros(SHAPE), np.zeros(SHAPE)
    if figures is None:
        return Crowd(0.0, minutes, ends)
    for place, waited, ended in figures["cells"]:
        minutes.flat[place], ends.flat[place] = waited, ended
    return Crowd(float(figures["orders"]), minutes, ends)


@dataclass(frozen=True, slots=True)
class Common:
    """The network's rate by span, and factors for hour, queue and outside."""

    orders: float
    rates: Floats
    hours: Floats
    queue: Floats
    outside: Floats

    def rate(self) -> Floats:
        """Ends a minute for each cell of SHAPE, flat."""
        return (
            self.rates[:, None, None, None]
            * self.hours[None, :, None, None]
            * self.queue[None, None, :, None]
            * self.outside[None, None, None, :]
        ).ravel()


def common_of(crowd: Crowd) -> Common:
    """Fitted in turns: what the hour explains is not counted for the queue once more."""
    minutes, ends = crowd.minutes, crowd.ends
    rates = np.ones(SHAPE[0])
    factors = [rates, np.ones(SHAPE[1]), np.ones(SHAPE[2]), np.ones(SHAPE[3])]
    for _ in range(ROUNDS):
        for axis in range(4):
            others = tuple(other for other in range(4) if other != axis)
            expected = minutes.copy()
            for other in others:
                expected *= factors[other].reshape([-1 if place == other else 1 for place in range(4)])
            seen, due = ends.sum(axis=others), expected.sum(axis=others)
            if axis == 0:
                factors[0] = _carried(seen, due)
            else:
                factors[axis] = (seen + K_NETWORK) / (due + K_NETWORK)
            if axis == 2:
                factors[2] = never_rising(factors[2], due + K_NETWORK)
    return Common(crowd.orders, factors[0], factors[1], factors[2], factors[3])


def _carried(ends: Floats, minutes: Floats) -> Floats:
    """Rates; a span in which nobody waited has the one before."""
    rates, last = np.zeros(len(ends)), 0.0
    for place in range(len(ends)):
        if minutes[place] > 0:
            last = float(ends[place] / minutes[place])
        rates[place] = last
    return rates


def never_rising(values: Floats, weights: Floats) -> Floats:
    """The nearest values that never rise: neighbours that do are put together with their weights."""
    groups: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        groups.append((value, weight, 1))
        while len(groups) > 1 and groups[-1][0] > groups[-2][0]:
            (a, x, n), (b, y, m) = groups[-2:]
            groups[-2:] = [((a * x + b * y) / (x + y), x + y, n + m)]
    return np.array([value for value, _, count in groups for _ in range(count)])


@dataclass(frozen=True, slots=True)
class Own:
    """One station: its orders, how many were late, and ends seen beside ends expected at the network's rates, by stage,
    by hour and by queue."""

    orders: float
    late: float
    stages: Floats  # two rows, seen and expected; so are the others
    hours: Floats
    queue: Floats

    def older(self, days: float) -> "Own":
        """The same, so many days later."""
        w = _weight(days)
        return Own(self.orders * w, self.late * w, self.stages * w, self.hours * w, self.queue * w)

    def plus(self, other: "Own") -> "Own":
        """Both together."""
        return Own(
            self.orders + other.orders, self.late + other.late, self.stages + other.stages, self.hours + other.hours,
            self.queue + other.queue,
        )  # fmt: skip

    def figures(self) -> dict[str, Any]:
        """As JSON."""
        rows = {name: np.round(getattr(self, name), 3).tolist() for name in ("stages", "hours", "queue")}
        return {"orders": round(self.orders, 4), "late": round(self.late, 4), **rows}


def own_of(figures: Mapping[str, Any] | None) -> Own:
    """What `figures` said; empty for none."""
    if figures is None:
        return Own(0.0, 0.0, np.zeros((2, len(STAGES))), np.zeros((2, HOURS)), np.zeros((2, len(QUEUES))))
    stages, hours, queue = (np.array(figures[name], dtype=np.float64) for name in ("stages", "hours", "queue"))
    return Own(float(figures["orders"]), float(figures["late"]), stages, hours, queue)


def owns_of(waits: Mapping[str, list[Wait]], cells: Cells, common: Common) -> dict[str, Own]:
    """Each station's part of these spans."""
    expected = common.rate()[cells.cell] * cells.minutes
    span, hour, queue, _ = np.unravel_index(cells.cell, SHAPE)

    def by(margin: NDArray[np.int64], width: int) -> Floats:
        key, size = cells.station * width + margin, len(waits) * width
        both = [np.bincount(key, values, size).reshape(len(waits), width) for values in (cells.ended, expected)]
        return np.stack(both, axis=1)

    stages, hours, queues = by(STAGE_OF[span], len(STAGES)), by(hour, HOURS), by(queue, len(QUEUES))
    return {
        code: Own(len(own), sum(wait.late for wait in own), stages[place], hours[place], queues[place])
        for place, (code, own) in enumerate(waits.items())
    }


def pace_of(own: Own, common: Common) -> Pace:
    """One station's pace: its own where it has orders enough, the network's where it has none."""
    seen, due = own.stages.sum(axis=1)
    tempo = (seen + K_STATION) / (due + K_STATION)
    stages, hours, queue = (_relative(margin, tempo) for margin in (own.stages, own.hours, own.queue))
    queue = never_rising(queue * common.queue, own.queue[1] + K_MARGIN)
    return Pace(
        orders=own.orders,
        network_orders=common.orders,
        tempo=float(tempo),
        rates=tuple((common.rates * stages[STAGE_OF]).tolist()),
        hours=tuple((common.hours * hours).tolist()),
        queue=tuple(queue.tolist()),
        inside=float(common.outside[0]),
        outside=float(common.outside[1]),
    )


def _relative(margin: Floats, tempo: float) -> Floats:
    """Factors beside the station's tempo."""
    seen, due = margin
    factors: Floats = (seen + K_MARGIN * tempo) / (due + K_MARGIN) / tempo
    return factors


def _weight(days: float) -> float:
    return float(0.5 ** (days / HALF_LIFE))
