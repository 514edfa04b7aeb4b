"""F-38: a process whose clock is off does no task; F-37: a clock set back by an hour doubles and negates nothing."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from channels.messages import OrderPush
from dispatch.actions import conduct
from dispatch.facts import Accept, Item, Target
from jobs.clock_watch import ClockWatch
from jobs.environment import Environment
from jobs.tasks import perform
from storage.session import reading, run
from storage.tables.dispatch import events
from storage.tables.sla import clock_alarms, violations
from tests.jobs.test_sweep import found, take
from tests.web.conftest import Clock
from tests.web.door import NOON

HOUR = timedelta(hours=1)


def watched(env: Environment, clock: Clock, name: str) -> Environment:
    """The same installation from another process: a steady clock that follows the virtual one up to here."""
    began, watch = clock.at, ClockWatch(clock, lambda: 0.0, lambda: name)
    assert watch.clock() == began
    return Environment(env.settings, env.engine, env.shipped, clock, watch=watch)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f_38_one_process_stops_sweeping_and_the_other_goes_on(env: Environment, clock: Clock) -> None:
    take(env, 1)
    jumped, steady = watched(env, clock, "a"), env
    perform(jumped, "sweep")
    clock.forward(minutes=31)
    for task in ("sweep", "feedback", "memory"):
        perform(jumped, task)
    assert found(env) == []
    with reading(env.engine) as conn:
        assert [(row.process, row.seconds) for row in conn.execute(select(clock_alarms))] == [("a", 1860.0)]
    perform(steady, "sweep")
    assert found(env) == [("V-ACCEPT", HOUR / 2)]


def test_f_37_set_back_by_an_hour(env: Environment, clock: Clock) -> None:
    """Found once, cleared by nobody, in order, and no duration is negative."""
    take(env, 2)
    clock.forward(minutes=31)
    perform(env, "sweep")
    accept = Item(clock.at, Accept(Target("IS1"), "HZ01"), "x")
    assert run(env.engine, lambda conn: conduct(conn, [accept], env.world(conn))) == [None]
    clock.forward(hours=-1)
    perform(env, "sweep")
    assert found(env) == [("V-ACCEPT", HOUR / 2)] * 2
    again = [
        Item(clock.at, Accept(Target("IS0"), "HZ01"), "x"),
        Item(clock.at, OrderPush("crm", "IS9", clock.at, {"business_type": "send_express", "online": True}), "x"),
    ]
    assert run(env.engine, lambda conn: conduct(conn, again, env.world(conn))) == [None, None]
    for _ in range(2):
        perform(env, "sweep")
    assert found(env) == [("V-ACCEPT", HOUR / 2)] * 2
    with reading(env.engine) as conn:
        rows = conn.execute(select(events).order_by(events.c.order_id, events.c.seq)).all()
        assert conn.execute(select(violations.c.id)).all() == [(1,), (2,)]
    for one, other in pairwise(rows):
        if one.order_id == other.order_id:
            assert one.happened_at <= other.happened_at and one.recorded_at <= other.recorded_at
    [accepted] = [row for row in rows if row.kind == "accepted" and row.order_id == 1]
    assert accepted.happened_at >= NOON
    clock.forward(hours=20)
    perform(env, "sweep")
    assert [kind for kind, _ in found(env)].count("V-ACCEPT") == 2
