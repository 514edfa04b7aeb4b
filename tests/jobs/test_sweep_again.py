"""Orders that wait to be judged again are, though another clock of theirs is over by then; and one bad row, or a
failing look at late news, stops no deadline (ROUTE-6, VIO-3; RELIABILITY F-12, F-15)."""

import logging
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from dispatch.actions import conduct, look_again
from dispatch.facts import Item, Target, Transfer
from dispatch.outage_news import actions as outage_news
from dispatch.sweeping import actions as sweeping
from geo.actions import import_closures
from geo.stations import Closure
from jobs import tasks
from jobs.environment import Environment
from jobs.tasks import perform
from sla.availability.actions import channel_met, enter
from storage.session import reading, run
from storage.tables.penalties import cases
from storage.tables.sla import beats, clocks, outages, violations
from tests.jobs.test_sweep_rush import MOMENT, states, take
from tests.web.conftest import Clock
from tests.web.door import NOON
from verify.queries import findings

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
both_ways = pytest.mark.parametrize("how", ["fired", "in full"])


def prepared(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "in full":
        monkeypatch.setattr(sweeping, "fire", lambda *_: set())


def late_and_passed_on(env: Environment, clock: Clock) -> None:
    """V-ACCEPT of HZ01 is found; HZ02 holds the order, and its own clock runs."""
    take(env, 1)
    clock.forward(minutes=35)
    perform(env, "sweep")
    item = Item(clock.at, Transfer(Target("IS0"), "HZ01", "HZ02"), "HZ01")
    assert run(env.engine, lambda conn: conduct(conn, [item], env.world(conn))) == [None]


def workers_come_back(env: Environment, clock: Clock, **after: float) -> None:
    """After the clock of the next holder is over too (F-12)."""
    clock.forward(**after)
    tasks._looked.clear()
    for _ in range(40):
        perform(env, "sweep")
        clock.forward(minutes=1)


def known_well(conn: Connection) -> None:
    """Nobody has noticed an outage of ours."""
    conn.execute(insert(beats), [{"source": "web", "since": NOON - DAY, "last_at": NOON + 9 * DAY}])


def found(env: Environment) -> list[tuple[str, str, str]]:
    v = violations.c
    with reading(env.engine) as conn:
        assert list(findings(conn, env.book)) == []
        query = select(v.station, v.excuse, cases.c.state).join(cases, cases.c.violation_id == v.id)
        return sorted(tuple(row) for row in conn.execute(query))


@both_ways
def test_vio_3_an_outage_of_the_first_holders_minutes(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    prepared(monkeypatch, how)
    run(env.engine, known_well)
    late_and_passed_on(env, clock)
    clock.forward(minutes=20)

    def entered(conn: Connection) -> None:
        span = NOON + 10 * MINUTE, NOON + 20 * MINUTE
        assert enter(conn, "crm", {"crm"}, span, "hq", "", clock.at) is None
        assert outage_news.look_again(conn, list(conn.scalars(select(outages.c.id))), clock.at) is None

    run(env.engine, entered)
    workers_come_back(env, clock, minutes=15)
    assert found(env) == [("HZ01", "channel_outage", "suspected"), ("HZ02", "", "suspected")]


@both_ways
def test_route_6_a_closure_of_the_first_holder(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    prepared(monkeypatch, how)
    late_and_passed_on(env, clock)
    clock.forward(minutes=5)

    def closed(conn: Connection) -> None:
        import_closures(conn, [Closure("HZ01", NOON, NOON + 180 * MINUTE)], clock.at)
        look_again(conn, [("HZ01", NOON)], clock.at)

    run(env.engine, closed)
    workers_come_back(env, clock, minutes=40)
    assert found(env) == [("HZ01", "", "cleared"), ("HZ02", "", "suspected")]


@both_ways
def test_vio_3_what_was_an_outage_for_a_moment_excuses_nobody(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Another process, two seconds behind, met the channel well: it was a hiccup."""
    prepared(monkeypatch, how)
    run(env.engine, known_well)
    last, hour = NOON - 31 * SECOND, timedelta(hours=1)
    run(env.engine, lambda conn: channel_met(conn, "crm", (), NOON - hour, NOON - hour))
    run(env.engine, lambda conn: channel_met(conn, "crm", [8], last, last))
    run(env.engine, lambda conn: channel_met(conn, "crm", [9], NOON - SECOND, NOON - SECOND))
    take(env, 1)
    run(env.engine, lambda conn: channel_met(conn, "crm", (), NOON - 2 * SECOND, NOON - 2 * SECOND))
    with reading(env.engine) as conn:
        assert conn.scalars(select(outages.c.id)).all() == []
    clock.forward(minutes=30)
    clock.at += MOMENT
    perform(env, "sweep")
    assert found(env) == [("HZ01", "", "suspected")]


@pytest.mark.parametrize("name", ["late_fine_fen", "late_excuse", "late_evidence", "late_edition"])
def test_f_15_a_row_that_lost_a_part_is_judged_in_full(env: Environment, clock: Clock, name: str) -> None:
    take(env, 5)
    third = clocks.c.order_id == 3, clocks.c.kind == "accept"
    run(env.engine, lambda conn: conn.execute(update(clocks).where(*third).values({name: None})))
    clock.forward(minutes=31)
    perform(env, "sweep")
    assert states(env) == Counter(suspected=5)


def test_f_15_statements_that_fail_hold_up_nobody(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What they had written by then is undone, and each order is judged on its own."""
    take(env, 5)
    clock.forward(minutes=31)

    def fail(conn: Connection, *_: object) -> None:
        conn.execute(insert(violations), [{"order_id": 1}])  # the database refuses it

    monkeypatch.setattr(sweeping, "_write_orders", fail)
    with caplog.at_level(logging.ERROR, "lanshou.dispatch"):
        perform(env, "sweep")
    assert states(env) == Counter(suspected=5)
    assert "one by one" in caplog.text


@pytest.mark.parametrize("name", ["moved_by", "availability.take_news", "outage_news.look_again"])
def test_a_failing_look_at_late_news_stops_no_deadline(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """And the next sweep looks at what this one could not."""
    take(env, 1)
    row = {
        "source": "crm", "started_at": NOON + 10 * MINUTE, "ended_at": NOON + 20 * MINUTE,
        "noticed_at": NOON + 21 * MINUTE, "by": "hq", "note": "", "looked": 0,
    }  # fmt: skip
    run(env.engine, lambda conn: conn.execute(insert(outages), [row]))
    clock.forward(minutes=31)

    def fail(*_: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR, "lanshou.jobs"):
        broken.setattr(f"jobs.tasks.{name}", fail)
        perform(env, "sweep")
        assert "planted" in caplog.text
        assert (env.engine in tasks._looked) is (name != "moved_by")
    with reading(env.engine) as conn:
        assert list(conn.scalars(select(violations.c.excuse))) == ["channel_outage"]
        assert conn.scalars(select(outages.c.looked)).one() == 0
    perform(env, "sweep")
    with reading(env.engine) as conn:
        assert env.engine in tasks._looked
        assert conn.scalars(select(outages.c.looked)).one() > 0
