"""How the back-test of the forecast counts warnings (DO-8, ACCEPT-1): `make bench ARGS=forecast`."""

import math
import statistics
from random import Random

import pytest

from basics.days import parse_instant
from bench.warnings import by_forecast, by_half, by_median, figures, rises, together, watch, with_lead
from sla.pace.tally import Wait, cells_of, common_of, crowd_of, owns_of, pace_of
from tests.rules.test_forecast import simulated


def wait(begin: float, length: float, late: bool = False) -> Wait:
    return Wait(begin, length, late, False, 480, 1200)


DAY = {"A": [wait(0, 15), wait(0.5, 15.001), wait(1, 30), wait(2, 30, late=True)], "B": [wait(5, 3)]}


def test_half_the_time_is_minute_15_of_what_still_waits() -> None:
    """Accepted after exactly 15 minutes: not warned of; a moment later: warned of, and wrongly. So was what came at
    30:00, which is in time."""
    found = figures(rises(watch(DAY, {}), by_half), 1.0)
    assert (found.warned, found.late, found.leads) == (3, 1, (15,))
    assert (found.precision, found.recall, found.soon_enough) == (1 / 3, 1.0, 1.0)


def test_a_median_of_its_own() -> None:
    found = figures(rises(watch(DAY, {}), by_median({"A": 22.0, "": 1.0})), 1.0)
    assert (found.warned, found.leads) == (3, (7,))  # minute 23 in A, minute 2 in B
    assert found.soon_enough == 0.0


def test_ahead_is_what_waits_then() -> None:
    ahead = {(one.station, one.wait.begin): one.ahead for one in watch(DAY, {})}
    assert ahead["B", 5] == (0, 0, 0)
    assert ahead["A", 2] == (3,) * 13 + (2,) * 1 + (1,) * 15 + (0,)


def test_a_threshold_is_the_highest_that_is_early_enough() -> None:
    """Fear grows by a hundredth a minute from 0.5 on: a lead of 20 minutes is reached at 0.60."""
    orders = rises(watch(DAY, {}), lambda one: ((minute, 0.5 + minute / 100) for minute in range(len(one.ahead))))
    assert with_lead(orders, 20) == 0.6
    assert figures(orders, 0.6).mean_lead == 20
    assert with_lead(orders, 31) == 0.01  # never: the most careful


def test_none_and_together() -> None:
    nothing = figures([], 0.5)
    assert math.isnan(nothing.precision)
    assert math.isnan(nothing.recall)
    one = figures(rises(watch(DAY, {}), by_half), 1.0)
    both = together([one, one, nothing])
    assert (both.warned, both.late, both.leads, both.lead) == (6, 2, (15, 15), 15)


def test_where_stations_hours_and_queues_differ_the_forecast_is_better_than_both_rules() -> None:
    """Learnt on one made-up week, judged on another: at the naive rule's own mean lead, more warnings are right."""
    learnt, judged = simulated(Random(1), 7), watch(simulated(Random(2), 7), {})
    cells = cells_of(learnt)
    crowd = crowd_of(None).plus(sum(map(len, learnt.values())), cells)
    common = common_of(crowd)
    paces = {station: pace_of(own, common) for station, own in owns_of(learnt, cells, common).items()}
    medians = {station: statistics.median(wait.length for wait in own) for station, own in learnt.items()}
    medians[""] = statistics.median(wait.length for own in learnt.values() for wait in own)
    ours = rises(judged, by_forecast(paces, parse_instant("2026-05-06T00:00:00+08:00")))
    for naive in (by_half, by_median(medians)):
        rule = figures(rises(judged, naive), 1.0)
        same = figures(ours, with_lead(ours, rule.mean_lead))
        assert same.mean_lead >= rule.mean_lead
        assert same.precision > 1.15 * rule.precision


@pytest.mark.parametrize(("gone", "first"), [(0.0, 0), (15.0, 15), (15.01, 16), (30.0, None)])
def test_nobody_warns_of_an_order_before_it_is_received(gone: float, first: int | None) -> None:
    """A push that came late: its clock runs since its creation, and at the deadline nothing is left to warn of."""
    [one] = watch({"A": [Wait(600.0, 30.0, True, False, 480, 1080)]}, {("A", 600.0): gone})
    [(late, grew)] = rises([one], lambda order: ((minute, 1.0) for minute, _ in order.looks()))
    assert late and [minute for minute, _ in grew] == ([] if first is None else [first])
