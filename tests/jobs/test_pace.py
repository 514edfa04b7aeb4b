"""The pace of each station is counted from its accept clocks, a day once, however many count (DO-8, ACCEPT-1)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from basics.days import day_of
from channels.messages import OrderPush
from commands import forecast
from dispatch.actions import conduct
from dispatch.facts import Accept, Act, Item, Target, Transfer
from jobs.environment import Environment
from jobs.tasks import perform
from sla.duty import Calendar
from sla.pace import actions, queries
from sla.pace.tally import cells_of, own_of
from storage.session import reading, run
from storage.tables.sla import paces
from tests.web.conftest import Clock
from tests.web.door import NOON

CONTENT = {"business_type": "send_express", "online": True, "sender": {"phone": "1"}}
MINE = {"lng": 120.07, "lat": 30.07}  # in the area of HZ01
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def push(env: Environment, number: int, at: datetime, **place: float) -> None:
    item = Item(at, OrderPush("crm", f"IS{number}", at, CONTENT | (place or MINE)), "channel:crm")
    assert run(env.engine, lambda conn: conduct(conn, [item], env.world(conn))) == [None]


def act(env: Environment, what: Act, at: datetime) -> None:
    assert run(env.engine, lambda conn: conduct(conn, [Item(at, what, "tester")], env.world(conn))) == [None]


def taken(env: Environment, number: int, at: datetime, after: float) -> None:
    """An order of HZ01 that is accepted so many minutes later."""
    push(env, number, at)
    act(env, Accept(Target(f"IS{number}", "crm"), "HZ01"), at + after * MINUTE)


def kept(env: Environment) -> dict[str, dict[str, Any]]:
    with reading(env.engine) as conn:
        return {row.station: row.figures for row in conn.execute(select(paces))}


def late_once(env: Environment, clock: Clock) -> None:
    """At noon: one accepted at 30:00 exactly, one after 4 minutes, one never."""
    taken(env, 1, NOON, 30)
    taken(env, 2, NOON, 4)
    push(env, 3, NOON)
    clock.forward(hours=2)
    perform(env, "sweep")


def test_a_day_is_counted_once_it_is_over(env: Environment, clock: Clock) -> None:
    late_once(env, clock)
    clock.at = NOON + 12.99 * 60 * MINUTE  # 00:59 of the next day: a sweep may still be at work
    perform(env, "pace")
    assert kept(env) == {}
    clock.at = NOON + 13 * 60 * MINUTE
    perform(env, "pace")
    found = kept(env)
    assert set(found) == {"", "HZ01"}
    own = own_of(found["HZ01"])
    assert (own.orders, own.late) == (3, 1)
    assert own.stages[0].tolist() == [1, 0, 1]  # ends: after 4 minutes, and at 30:00, which is in time (ACCEPT-1)
    assert own.hours[0].tolist() == [0] * 12 + [2] + [0] * 11
    assert own.stages[1].sum() == pytest.approx(2, abs=0.01)  # the network is this one station: as expected
    perform(env, "pace")
    assert kept(env) == found


def test_days_are_added_and_older_ones_weigh_less(env: Environment, clock: Clock) -> None:
    for day in (0, 3):
        for number in range(4):
            taken(env, 10 * day + number, NOON + day * DAY, 5)
    clock.at = NOON + DAY
    perform(env, "pace")
    clock.at = NOON + 10 * DAY
    perform(env, "pace")
    found = kept(env)
    own = own_of(found["HZ01"])
    assert found["HZ01"]["until"] == day_of(NOON + 3 * DAY).isoformat()
    assert found[""]["until"] == day_of(NOON + 9 * DAY).isoformat()
    assert own.orders == pytest.approx(4 * 0.5 ** (3 / 14) + 4, abs=0.001)
    with reading(env.engine) as conn:
        later = queries.owns(conn, ["HZ01"], day_of(NOON + 17 * DAY))["HZ01"]
    assert later.orders == pytest.approx(own.orders / 2, abs=0.001)


def test_all_at_once_at_first_and_nothing_older_than_28_days(env: Environment, clock: Clock) -> None:
    for day in (0, 1, 10):
        taken(env, day, NOON + day * DAY, 5)
    clock.at = NOON + 29 * DAY
    perform(env, "pace")
    orders = own_of(kept(env)["HZ01"]).orders
    assert orders == pytest.approx(1 + 0.5 ** (9 / 14), abs=0.001)  # day 0 is the 29th before


def test_other_ends_and_places(env: Environment, clock: Clock) -> None:
    """A transfer keeps the clock and ends the waiting; an order outside the area is told apart (TRANSFER-1)."""
    push(env, 1, NOON)
    act(env, Transfer(Target("IS1", "crm"), "HZ01", "HZ02"), NOON + 10 * MINUTE)
    clock.at = NOON + DAY
    perform(env, "sweep")
    with reading(env.engine) as conn:
        waits = queries.waits_on(conn, day_of(NOON), lambda _: Calendar(480, 1200))
    lengths = {station: [(wait.length, wait.late, wait.outside) for wait in own] for station, own in waits.items()}
    assert lengths == {"HZ01": [(10, False, False)], "HZ02": [(30, True, True)]}


def test_a_clock_that_still_runs_is_left_out(env: Environment, clock: Clock) -> None:
    taken(env, 1, NOON, 5)
    push(env, 2, NOON)
    with reading(env.engine) as conn:
        assert len(queries.waits_on(conn, day_of(NOON), lambda _: Calendar(480, 1200))["HZ01"]) == 1


def test_two_processes_count_a_day_once(env: Environment, clock: Clock) -> None:
    late_once(env, clock)
    with reading(env.engine) as conn:
        waits = queries.waits_on(conn, day_of(NOON), lambda _: Calendar(480, 1200))
    together = Barrier(4)

    def count(_: int) -> bool:
        together.wait()
        return run(env.engine, lambda conn: actions.count(conn, day_of(NOON), waits, cells_of(waits), NOON + DAY))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(count, range(4))) == [False, False, False, True]
    assert own_of(kept(env)["HZ01"]).orders == 3
    earlier = day_of(NOON - DAY)
    assert not run(env.engine, lambda conn: actions.count(conn, earlier, waits, cells_of(waits), NOON + DAY))


def test_paces_of_many_and_of_those_without_orders(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A station without orders has the network's pace; more stations than one statement names are all read."""
    late_once(env, clock)
    clock.at = NOON + DAY
    with reading(env.engine) as conn:
        assert queries.paces_of(conn, ["HZ01"]) == {}
    perform(env, "pace")
    with reading(env.engine) as conn:
        found = queries.paces_of(conn, ["HZ01", "HZ02"])
        assert queries.paces_of(conn, []) == {}
        monkeypatch.setattr(queries, "MOST_NAMED", 1)
        assert queries.paces_of(conn, ["HZ01", "HZ02"]) == found
    assert (found["HZ01"].orders, found["HZ01"].network_orders) == (3, 3)
    assert (found["HZ02"].orders, found["HZ02"].tempo, found["HZ02"].network_orders) == (0, 1, 3)


@pytest.fixture
def said(env: Environment, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr(forecast, "of_this_process", lambda: env)
    return lambda *words: CliRunner().invoke(forecast.forecast_command, words)


def test_the_command_lists_waiting_orders(
    env: Environment, clock: Clock, said: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`lanshou forecast`: nothing before enough was counted; then the later a deadline, the less risk."""
    for number in range(20):
        taken(env, number, NOON, 1 + number)
    for number in range(20, 24):
        push(env, number, NOON)  # late
    clock.at = NOON + DAY
    perform(env, "sweep")
    for number in (100, 101):
        push(env, number, NOON + DAY + (number - 100) * 10 * MINUTE)
    clock.at = NOON + DAY + 15 * MINUTE
    answer = said()
    assert answer.exit_code == 0
    assert [line.split(",")[-2] for line in answer.stdout.splitlines()[1:]] == ["", ""]
    assert "no pace was counted yet" in answer.stderr
    perform(env, "pace")
    assert [line.split(",")[-2] for line in said().stdout.splitlines()[1:]] == ["", ""]  # 24 orders are too few
    monkeypatch.setattr("sla.forecast.LEAST_ORDERS", 24)
    heads, first, second = said("--station", "HZ01").stdout.splitlines()
    assert heads == "logistics_no,station,due_at,minutes_left,ahead,risk,outside"
    assert first.startswith("IS100,HZ01,2026-11-23T12:30:00+08:00,15.0,0,")
    assert second.startswith("IS101,HZ01,2026-11-23T12:40:00+08:00,25.0,1,")
    risks = [float(line.split(",")[5]) for line in (first, second)]
    assert 1 > risks[0] > risks[1] > 0
    assert said("--station", "HZ02").stdout.splitlines() == [heads]
    assert said("--station", "nowhere").exit_code == 1
