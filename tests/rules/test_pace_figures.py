"""DO-8: the figures of a pace, by hand: spans, ageing, what is kept as JSON, and how they are drawn together."""

import math
from datetime import timedelta

import numpy as np
import pytest

from sla.duty import Calendar
from sla.forecast import LEAST_ORDERS, QUEUES, SPANS, Pace, risk
from sla.pace.tally import (
    HALF_LIFE,
    HOURS,
    SHAPE,
    Cells,
    Common,
    Crowd,
    Own,
    Wait,
    cells_of,
    common_of,
    crowd_of,
    never_rising,
    own_of,
    owns_of,
    pace_of,
)  # fmt: skip
from sla.pace.waiting import Waiting, forecasts
from tests.rules.courses import STANDARD, t

M = timedelta(minutes=1)
NOON = t("6 12:00")
EIGHT, TWENTY = 8 * 60, 20 * 60


def pace(rates: dict[int, float], **other: object) -> Pace:
    """Rates by the beginning of their span, none in the others."""
    usual = {
        "rates": tuple(rates.get(int(since), 0.0) for since in SPANS), "hours": (1.0,) * HOURS,
        "queue": (1.0,) * len(QUEUES), "inside": 1.0, "outside": 1.0, "tempo": 1.0,
    }  # fmt: skip
    return Pace(orders=1e6, network_orders=LEAST_ORDERS, **usual | other)  # type: ignore[arg-type]


def cut(*waits: Wait) -> list[tuple[int, float, float]]:
    """(span, minutes, ended) of each cell of one station."""
    cells = cells_of({"A": waits})
    spans = np.unravel_index(cells.cell, SHAPE)[0]
    return list(zip(spans.tolist(), cells.minutes.tolist(), cells.ended.tolist(), strict=True))


def wait(length: float, late: bool = False) -> Wait:
    return Wait(0.0, length, late, False, EIGHT, TWENTY)


# ---- the risk


def test_from_the_first_minute_to_beyond_the_last_span() -> None:
    assert risk(pace({0: 0.5}), 0, 30 * M, NOON) == pytest.approx(math.exp(-0.5))
    assert risk(pace({0: 0.5}), 0, 30 * M, NOON, waited=-5 * M) == pytest.approx(math.exp(-0.5))
    assert risk(pace({30: 0.1}), 0, 30 * M, NOON, waited=30 * M) == pytest.approx(math.exp(-1.5))
    assert risk(pace({45: 0.1}), 0, 30 * M, NOON, waited=40 * M) == pytest.approx(math.exp(-2.5))


def test_an_order_is_inside_unless_it_is_said_to_be_outside() -> None:
    one = pace({15: 0.1}, inside=2.0, outside=0.5)
    assert risk(one, 0, 15 * M, NOON) == pytest.approx(math.exp(-0.6))
    assert risk(one, 0, 15 * M, NOON, outside=True) == pytest.approx(math.exp(-0.15))


def test_each_waiting_order_by_its_own_station_wait_and_place() -> None:
    """Both have 20 minutes left; one came 5 minutes ago by a late push, and one is outside."""
    asked = []

    def calendar(station: str) -> Calendar:
        asked.append(station)
        return STANDARD

    due = NOON + 20 * M
    orders = [Waiting("a", "S1", NOON - 5 * M, due, False), Waiting("b", "S2", NOON - 10 * M, due, True)]
    one = pace({0: 0.0, 5: 0.5, 10: 0.1}, outside=0.5)
    found = {each.order.logistics_no: each.risk for each in forecasts(orders, {"S1": one, "S2": one}, calendar, NOON)}
    assert found == pytest.approx({"a": math.exp(-0.5 - 0.2), "b": math.exp(-0.5 * 0.2)})
    assert asked == ["S1", "S2"]


# ---- the spans


def test_an_order_taken_at_once_and_one_of_a_single_minute() -> None:
    assert cut(wait(0.0)) == [(0, 0.0, 1.0)]
    assert cut(wait(1.0)) == [(0, 1.0, 1.0)]
    assert cut(wait(1.5)) == [(0, 1.0, 0.0), (1, 0.5, 1.0)]


def test_a_clock_longer_than_the_last_span() -> None:
    assert cut(wait(60.0))[-2:] == [(14, 15.0, 0.0), (15, 15.0, 1.0)]
    assert cut(wait(60.0, late=True))[-1] == (15, 15.0, 0.0)
    assert cut(wait(45.0))[-1] == (14, 15.0, 1.0)


def test_no_waits_are_no_cells() -> None:
    cells = cells_of({"A": []})
    assert (cells.station.tolist(), cells.cell.tolist(), cells.minutes.tolist(), cells.ended.tolist()) == ([],) * 4


# ---- all stations together


def cells(*rows: tuple[int, int, float, float]) -> Cells:
    """(station, cell, minutes, ended)."""
    station, cell, minutes, ended = (np.array(column) for column in zip(*rows, strict=True))
    return Cells(station.astype(np.int64), cell.astype(np.int64), minutes.astype(float), ended.astype(float))


def test_a_crowd_grows_ages_and_is_kept() -> None:
    crowd = crowd_of(None).plus(2, cells((0, 3, 2.5, 0.0), (1, 3, 0.123456, 1.0), (0, 7, 1.0, 1.0), (0, 9, 0.0, 1.0)))
    assert (crowd.orders, crowd.minutes.flat[3], crowd.ends.flat[3]) == (2, 2.623456, 1.0)
    assert crowd.minutes.shape == crowd.ends.shape == SHAPE
    old = crowd.older(HALF_LIFE)
    assert (old.orders, old.minutes.flat[3], old.ends.flat[7]) == (1.0, 1.311728, 0.5)
    assert crowd.figures() == {"orders": 2, "cells": [[3, 2.6235, 1.0], [7, 1.0, 1.0], [9, 0.0, 1.0]]}
    third = crowd.older(HALF_LIFE * math.log2(3))
    assert third.figures() == {"orders": 0.6667, "cells": [[3, 0.8745, 0.3333], [7, 0.3333, 0.3333], [9, 0.0, 0.3333]]}
    again = crowd_of(third.figures())
    assert (again.orders, again.minutes.flat[3], again.ends.flat[9]) == (0.6667, 0.8745, 0.3333)
    more = third.plus(1, cells((0, 3, 1.0, 1.0)))
    assert more.orders == pytest.approx(5 / 3) and more.ends.flat[3] == pytest.approx(4 / 3)


def factors(size: int, **at: float) -> np.ndarray:
    """Ones, but for these places."""
    return np.array([at.get(f"at{place}", 1.0) for place in range(size)])


def test_the_rate_of_a_cell_is_the_product_of_its_factors() -> None:
    common = Common(9, factors(16, at2=0.5), factors(24, at9=3.0), factors(6, at1=0.25), np.array([7.0, 11.0]))
    rate = common.rate().reshape(SHAPE)
    assert rate[2, 9, 1, 1] == 0.5 * 3 * 0.25 * 11
    assert (rate[0, 0, 0, 0], rate[2, 0, 0, 0], rate[0, 9, 0, 0], rate[0, 0, 1, 0]) == (7, 3.5, 21, 1.75)


def crowd(*rows: tuple[tuple[int, int, int, int], float, float]) -> Crowd:
    minutes, ends = np.zeros(SHAPE), np.zeros(SHAPE)
    for place, waited, ended in rows:
        minutes[place], ends[place] = waited, ended
    return Crowd(5.0, minutes, ends)


def test_nobody_waited_nothing_is_known() -> None:
    common = common_of(crowd_of(None))
    assert common.orders == 0 and common.rates.tolist() == [0.0] * 16
    assert (common.hours.tolist(), common.queue.tolist(), common.outside.tolist()) == ([1.0] * 24, [1.0] * 6, [1.0] * 2)


def test_a_span_without_anybody_has_the_rate_of_the_one_before() -> None:
    """Span 2 was waited in for half a minute only; spans 0 and 1 not at all."""
    common = common_of(crowd(((2, 9, 0, 0), 0.5, 0.1), ((5, 9, 0, 0), 10.0, 5.0)))
    assert common.rates[:2].tolist() == [0.0, 0.0]
    assert common.rates[2:5].tolist() == pytest.approx([0.2] * 3, rel=0.05)
    assert common.rates[5:].tolist() == pytest.approx([0.5] * 11, rel=0.05)
    assert common.orders == 5


def test_a_longer_queue_is_never_quicker() -> None:
    """Two orders ahead were taken faster than none; one place ahead slower: all weigh by what was expected of them."""
    common = common_of(crowd(((0, 9, 0, 0), 100, 50), ((0, 9, 1, 0), 400, 40), ((0, 9, 2, 0), 100, 90)))
    assert all(a >= b for a, b in zip(common.queue, common.queue[1:], strict=False))
    assert common.queue[1:].tolist() == pytest.approx([common.queue[1]] * 5)
    # At the end of the turns each factor fits what the others leave, so this can be worked out again by hand.
    due = common.rates[0] * common.hours[9] * common.outside[0] * np.array([100, 400, 100, 0, 0, 0])
    values = (np.array([50, 40, 90, 0, 0, 0]) + 50) / (due + 50)
    assert common.queue.tolist() == pytest.approx(never_rising(values, due + 50).tolist(), rel=2e-3)


def test_as_many_weights_as_values() -> None:
    with pytest.raises(ValueError, match="shorter"):
        never_rising(np.ones(3), np.ones(2))


# ---- one station


def own(orders: float = 3.0, late: float = 1.0) -> Own:
    stages, hours, queue = np.zeros((2, 3)), np.zeros((2, HOURS)), np.zeros((2, 6))
    stages[:, 0], stages[:, 1] = (40, 20), (0, 10)
    hours[:, 9], queue[:, 1] = (12, 20), (0, 100)
    return Own(orders, late, stages, hours, queue)


def test_a_station_ages_and_grows_in_every_figure() -> None:
    half, both = own().older(HALF_LIFE), own().plus(own(5, 2))
    assert (half.orders, half.late, half.stages[0, 0], half.hours[1, 9], half.queue[1, 1]) == (1.5, 0.5, 20, 10, 50)
    assert (both.orders, both.late, both.stages[0, 0], both.hours[1, 9], both.queue[1, 1]) == (8, 3, 80, 40, 200)


def test_a_station_is_kept_to_so_many_places() -> None:
    third = own(2, 1).older(HALF_LIFE * math.log2(3))
    kept = third.figures()
    assert list(kept) == ["orders", "late", "stages", "hours", "queue"]
    assert (kept["orders"], kept["late"]) == (0.6667, 0.3333)
    assert kept["stages"] == [[13.333, 0.0, 0.0], [6.667, 3.333, 0.0]]
    assert (kept["hours"][0][9], kept["queue"][1][1]) == (4.0, 33.333)
    again = own_of(kept)
    assert (again.orders, again.late, again.figures()) == (0.6667, 0.3333, kept)
    whole = own_of({"orders": 1, "late": 0, "stages": [[1] * 3] * 2, "hours": [[1] * 24] * 2, "queue": [[1] * 6] * 2})
    assert {whole.stages.dtype, whole.hours.dtype, whole.queue.dtype} == {np.dtype(np.float64)}


def test_a_station_that_nobody_has_seen() -> None:
    none = own_of(None)
    assert (none.orders, none.late) == (0.0, 0.0)
    assert (none.stages.shape, none.hours.shape, none.queue.shape) == ((2, 3), (2, 24), (2, 6))
    assert not none.stages.any() and not none.hours.any() and not none.queue.any()


def test_each_station_has_its_own_spans() -> None:
    """Two stations, a rate of 0.5 everywhere: expected ends are half the minutes."""
    common = Common(9, factors(16) / 2, factors(24), factors(6), np.ones(2))
    waits = {"A": [wait(1.0), wait(30.0, late=True)], "B": [wait(2.0)]}
    found = owns_of(waits, cells_of(waits), common)
    assert list(found) == ["A", "B"]
    assert [(one.orders, one.late) for one in found.values()] == [(2, 1), (1, 0)]
    assert found["A"].stages.tolist() == [[1, 0, 0], [3.0, 5.0, 7.5]]
    assert found["B"].stages.tolist() == [[1, 0, 0], [1.0, 0, 0]]
    assert found["B"].hours[:, 8].tolist() == [1, 1.0] and found["B"].hours.sum() == 2
    assert found["A"].queue[:, :2].tolist() == [[1, 0], [15.0, 0.5]]  # the second sees the first for a minute


def test_a_pace_by_hand() -> None:
    """Seen 40 of 30 expected: tempo 60 / 50. Each margin is drawn to that by 100 expected ends, and the queue is made
    to fall: 0.4 and 0.6 weigh 200 and 100."""
    common = Common(
        77, factors(16, at0=0.5, at6=0.3), factors(24, at9=2.0), np.array([1.0, 0.8, 0.6, 0.4, 0.2, 0.1]),
        np.array([1.1, 0.6]),
    )  # fmt: skip
    found = pace_of(own(), common)
    assert (found.orders, found.network_orders) == (3.0, 77)
    assert found.tempo == pytest.approx(1.2)
    early, middle = 160 / 120 / 1.2, 120 / 110 / 1.2
    assert found.rates == pytest.approx((0.5 * early, *(early,) * 4, middle, 0.3 * middle, *(middle,) * 3, *(1,) * 6))
    assert found.hours == pytest.approx((1.0,) * 9 + (2 * 132 / 120 / 1.2,) + (1.0,) * 14)
    assert found.queue == pytest.approx((1.0, 1.4 / 3, 1.4 / 3, 0.4, 0.2, 0.1))
    assert (found.inside, found.outside) == (1.1, 0.6)
