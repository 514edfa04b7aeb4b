"""DO-8: the risk that a waiting order misses its accept clock (ACCEPT-1), and how a pace is drawn from few orders."""

import math
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basics.days import SHANGHAI
from sla.duty import Calendar
from sla.forecast import LEAST_ORDERS, QUEUES, SPANS, Pace, queue_of, risk
from sla.pace.tally import (
    HALF_LIFE,
    HOURS,
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

NOON = datetime(2026, 5, 6, 12, tzinfo=SHANGHAI)
MINUTE = timedelta(minutes=1)
OPENS, CLOSES = 8 * 60, 20 * 60


def pace(rate: float = 0.1, known: float = 1e6, **other: object) -> Pace:
    """An even pace: `rate` ends a minute however long an order waited."""
    usual = {
        "rates": (rate,) * len(SPANS),
        "hours": (1.0,) * HOURS,
        "queue": (1.0,) * len(QUEUES),
        "inside": 1.0,
        "outside": 1.0,
        "tempo": 1.0,
    }
    return Pace(orders=known, network_orders=known, **usual | other)  # type: ignore[arg-type]


def test_an_even_pace_is_plain_arithmetic() -> None:
    """At 0.1 a minute an order is still there after 20 minutes with probability e^-2."""
    assert risk(pace(), 0, 20 * MINUTE, NOON) == pytest.approx(math.exp(-2))
    assert risk(pace(tempo=0.5), 0, 20 * MINUTE, NOON) == pytest.approx(math.exp(-1))
    assert risk(pace(outside=0.5), 0, 20 * MINUTE, NOON, outside=True) == pytest.approx(math.exp(-1))
    assert risk(pace(queue=(1.0, 0.5, 0.5, 0.5, 0.5, 0.0)), 1, 20 * MINUTE, NOON) == pytest.approx(math.exp(-1))
    assert risk(pace(queue=(1.0, 0.5, 0.5, 0.5, 0.5, 0.0)), 16, 20 * MINUTE, NOON) == 1.0


def test_the_hour_is_that_of_shanghai() -> None:
    slow_at_noon = pace(hours=tuple(0.5 if hour == 12 else 1.0 for hour in range(HOURS)))
    assert risk(slow_at_noon, 0, 20 * MINUTE, NOON) == pytest.approx(math.exp(-1))
    assert risk(slow_at_noon, 0, 20 * MINUTE, NOON + 59.9 * MINUTE) == pytest.approx(math.exp(-1))
    assert risk(slow_at_noon, 0, 20 * MINUTE, NOON + 60 * MINUTE) == pytest.approx(math.exp(-2))


def test_what_was_waited_already_counts() -> None:
    """Spans of 15 to 18 and 18 to 21 minutes: only the part that is left is summed."""
    rates = tuple(0.3 if since == 15 else 0.1 if since == 18 else 0.0 for since in SPANS)
    one = pace(rates=rates)
    assert risk(one, 0, 15 * MINUTE, NOON) == pytest.approx(math.exp(-(0.9 + 0.3)))  # 15 of 30 are gone
    assert risk(one, 0, 14 * MINUTE, NOON) == pytest.approx(math.exp(-(0.6 + 0.3)))
    assert risk(one, 0, 14 * MINUTE, NOON, waited=2 * MINUTE) == pytest.approx(math.exp(-0.3))  # pushed late: 2 to 16


def test_edges() -> None:
    assert risk(None, 0, 20 * MINUTE, NOON) is None
    assert risk(pace(known=LEAST_ORDERS - 0.001), 0, 20 * MINUTE, NOON) is None
    assert risk(pace(known=LEAST_ORDERS), 0, 20 * MINUTE, NOON) is not None
    assert risk(pace(), 0, timedelta(0), NOON) == 1.0
    assert risk(pace(), 0, -MINUTE, NOON) == 1.0
    assert risk(pace(), 0, timedelta(microseconds=1), NOON) == pytest.approx(1.0)
    assert risk(pace(0.0), 0, 30 * MINUTE, NOON) == 1.0  # nobody ever takes anything
    assert risk(pace(), 0, timedelta(days=400), NOON) == pytest.approx(0.0)
    assert [queue_of(ahead) for ahead in (-1, 0, 1, 2, 3, 4, 7, 8, 15, 16, 10**6)] == [0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_what_waits_now_likeliest_first() -> None:
    """At 21:00: the clocks run from 08:00, in the pace of that hour. Ahead is who is due before, at the same station;
    an order without a pace comes last."""
    evening, calendar = NOON + 9 * 60 * MINUTE, Calendar(OPENS, CLOSES)
    slow_at_eight = pace(0.05, hours=tuple(0.5 if hour == 8 else 1.0 for hour in range(HOURS)))
    morning = NOON + 20 * 60 * MINUTE
    orders = [
        Waiting("a", "S1", evening - 90 * MINUTE, morning, False),  # came at 19:30: all its duty time was yesterday's
        Waiting("b", "S1", evening, morning + 30 * MINUTE, False),
        Waiting("c", "S2", evening, morning + 30 * MINUTE, False),
        Waiting("d", "S1", evening, morning + 30 * MINUTE, True),
    ]
    found = forecasts(orders, {"S1": slow_at_eight}, lambda _: calendar, evening)
    told = [(one.order.logistics_no, one.ahead, one.left) for one in found]
    assert told == [("a", 0, 0 * MINUTE), ("b", 1, 30 * MINUTE), ("d", 2, 30 * MINUTE), ("c", 0, 30 * MINUTE)]
    assert [one.risk for one in found[:3]] == pytest.approx([1.0, math.exp(-0.75), math.exp(-0.75)])
    assert found[3].risk is None


def made_waits(rng: Random, stations: int, orders: int) -> dict[str, list[Wait]]:
    """Anything: short and long waits, late ones, crowds, ties."""
    waits: dict[str, list[Wait]] = {}
    for number in range(rng.randrange(1, stations + 1)):
        for _ in range(rng.randrange(orders)):
            length = rng.choice([0.0, 5.0, 30.0, rng.uniform(0, 30)])
            late = length == 30 and rng.random() < 0.7
            begin = rng.choice([600.0, rng.uniform(0, 5000)])
            one = Wait(begin, length, late, rng.random() < 0.2, OPENS, CLOSES)
            waits.setdefault(f"S{number}", []).append(one)
    return waits


@given(st.integers(0, 10**9))
def test_risk_never_falls_as_time_runs_out_or_the_queue_grows(seed: int) -> None:
    """For any counted pace: within 0 and 1, and monotone in `left` and in `waiting_ahead`."""
    rng = Random(seed)
    waits = made_waits(rng, 4, 60)
    cells = cells_of(waits)
    crowd = crowd_of(None).plus(LEAST_ORDERS, cells)
    owns = owns_of(waits, cells, common_of(crowd))
    one = pace_of(rng.choice(list(owns.values())) if owns else own_of(None), common_of(crowd))
    at = NOON + MINUTE * rng.uniform(-300, 500)
    outside, waited = rng.random() < 0.5, rng.choice([None, MINUTE * rng.uniform(0, 40)])
    lefts = sorted((MINUTE * rng.uniform(-1, 40) for _ in range(12)), reverse=True)
    table = [[risk(one, ahead, left, at, waited, outside) for ahead in range(20)] for left in lefts]
    for row, later in pairwise(table):
        assert all(0.0 <= one <= other <= 1.0 for one, other in zip(row, later, strict=True))  # type: ignore[operator]
    for row in table:
        assert row == sorted(row)  # type: ignore[type-var]


def test_never_rising_puts_neighbours_together() -> None:
    assert never_rising(np.array([1.0, 0.5, 0.7]), np.array([1.0, 1.0, 3.0])).tolist() == pytest.approx([1, 0.65, 0.65])
    assert never_rising(np.array([0.5, 1.0, 3.0]), np.ones(3)).tolist() == pytest.approx([1.5, 1.5, 1.5])
    assert never_rising(np.array([3.0, 2.0, 1.0]), np.ones(3)).tolist() == [3.0, 2.0, 1.0]


def test_waits_are_cut_into_spans() -> None:
    """Two orders: the second comes while the first waits, and sees it gone from its fourth minute on."""
    first = Wait(0.0, 4.0, False, False, OPENS, CLOSES)  # 08:00 to 08:04
    second = Wait(1.0, 30.0, True, True, OPENS, CLOSES)
    cells = cells_of({"A": [second, first], "B": [Wait(58.0, 2.5, False, False, OPENS, CLOSES)]})
    span, hour, queue, outside = np.unravel_index(cells.cell, (len(SPANS), HOURS, len(QUEUES), 2))
    mine = cells.station == 0
    assert cells.minutes[mine].tolist() == [1.0] * 4 + [1.0] * 6 + [2.0] * 3 + [3.0] * 3 + [4.0, 5.0]
    assert cells.ended[mine].tolist() == [0, 0, 0, 1] + [0] * 14  # the late one never ends
    assert queue[mine].tolist() == [0] * 4 + [1, 1, 1] + [0] * 11
    assert outside[mine].tolist() == [0] * 4 + [1] * 14
    assert set(hour[mine].tolist()) == {8}
    assert hour[~mine].tolist() == [8, 8, 9]  # 08:58, 08:59, 09:00
    assert cells.minutes[~mine].tolist() == [1.0, 1.0, 0.5]
    assert span[~mine].tolist() == [0, 1, 2]


def test_the_axis_knows_the_hours_of_a_next_day() -> None:
    cells = cells_of({"A": [Wait(719.0, 2.0, False, False, OPENS, CLOSES)]})  # 19:59, and on at 08:00
    assert np.unravel_index(cells.cell, (len(SPANS), HOURS, len(QUEUES), 2))[1].tolist() == [19, 8]


def simulated(rng: Random, days: int, stations: int = 30) -> dict[str, list[Wait]]:
    """A world of our own: S0 takes half as fast as the rest, everybody half as fast at noon and again with four or
    more ahead."""
    waits: dict[str, list[Wait]] = {}
    for number in range(stations):
        own: list[Wait] = []
        for day in range(days):
            gone: list[float] = []
            for begin in sorted(rng.uniform(0, 719) for _ in range(60)):
                ahead = sum(end > begin for end in gone)
                rate = 0.12 * (0.5 if number == 0 else 1.0) * (0.5 if 240 <= begin < 300 else 1.0)
                rate *= 0.5 if ahead >= 4 else 1.0
                length = rng.expovariate(rate)
                gone.append(begin + min(length, 30))
                own.append(Wait(day * 720 + begin, min(length, 30.0), length > 30, False, OPENS, CLOSES))
        waits[f"S{number}"] = own
    return waits


def test_station_hour_and_queue_are_found_where_they_matter() -> None:
    waits = simulated(Random(4), 10)
    cells = cells_of(waits)
    crowd = crowd_of(None).plus(sum(map(len, waits.values())), cells)
    common, owns = common_of(crowd), owns_of(waits, cells, common_of(crowd))
    slow, usual = pace_of(owns["S0"], common), pace_of(owns["S7"], common)
    assert slow.tempo / usual.tempo == pytest.approx(0.5, abs=0.1)
    assert usual.hours[12] / usual.hours[15] == pytest.approx(0.55, abs=0.12)
    assert usual.queue[3] / usual.queue[0] < 0.9
    fears = [
        risk(one, ahead, 15 * MINUTE, at)
        for one in (usual, slow)
        for ahead, at in ((0, NOON + 180 * MINUTE), (5, NOON))
    ]
    assert fears[0] < min(fears[1:3]) < fears[3]  # type: ignore[type-var, operator]


def test_few_orders_are_drawn_towards_the_networks() -> None:
    """A station without orders has the network's pace; the more it has, the more it has its own."""
    waits = simulated(Random(4), 3)
    cells = cells_of(waits)
    common = common_of(crowd_of(None).plus(5_400, cells))
    whole = owns_of(waits, cells, common)["S0"]
    tenth = Own(whole.orders / 10, 0, whole.stages / 10, whole.hours / 10, whole.queue / 10)
    nothing, few, many = (pace_of(own, common).tempo for own in (own_of(None), tenth, whole))
    assert nothing == 1.0 > few > many
    assert many == pytest.approx(whole.stages[0].sum() / whole.stages[1].sum(), abs=0.07)


def test_figures_survive_json_and_age() -> None:
    waits = simulated(Random(1), 1, 2)
    cells = cells_of(waits)
    crowd = crowd_of(None).plus(120, cells)
    again = crowd_of(crowd.figures())
    assert np.allclose(again.minutes, crowd.minutes, atol=1e-3)
    assert np.allclose(again.ends, crowd.ends)
    assert again.orders == 120
    own = owns_of(waits, cells, common_of(crowd))["S1"]
    assert np.allclose(own_of(own.figures()).hours, own.hours, atol=1e-2)
    assert own.older(HALF_LIFE).orders == pytest.approx(own.orders / 2)
    assert np.allclose(crowd.older(2 * HALF_LIFE).ends, crowd.ends / 4)
    assert own.plus(own).late == 2 * own.late
