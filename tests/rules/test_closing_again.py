"""ROUTE-6: orders whose deadlines a closure moves are judged again, and those written while it was granted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import Connection, Engine, event, select, update

from basics.days import SHANGHAI
from basics.settings import Settings
from channels.messages import OrderPush
from dispatch.actions import conduct, look_again
from dispatch.facts import Item
from geo.actions import import_closures
from geo.closing.actions import ask, decide
from geo.closing_rules import Asked
from geo.stations import Closure
from jobs import tasks
from jobs.environment import Environment
from jobs.tasks import AGAIN, perform
from rulebook.book import packaged
from storage.session import reading, run, writing
from storage.tables.dispatch import orders
from storage.tables.geo import closure_requests
from tests.web.conftest import Clock
from tests.web.door import NETWORK, NOON, import_network
from verify.queries import findings

CONTENT = {"business_type": "send_express", "online": True, "lng": 120.07, "lat": 30.07, "sender": {"phone": "1"}}
SECOND = timedelta(seconds=1)
START, END = NOON + timedelta(minutes=20), NOON + timedelta(hours=2)
RIGHT = NOON + timedelta(minutes=30) + (END - START)  # ACCEPT-1 with the closure


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def env(engine: Engine, clock: Clock, tmp_path: Path) -> Environment:
    with writing(engine) as conn:
        import_network(conn, NETWORK, NOON)
    env = Environment(Settings("", None, tmp_path, tmp_path / "no.key", True), engine, packaged(), clock)
    perform(env, "sweep")  # the first run of a process looks at all that is recent
    return env


def push(env: Environment, conn: Connection) -> None:
    item = Item(env.clock(), OrderPush("crm", "IS1", NOON, CONTENT), "channel:crm")
    assert conduct(conn, [item], env.world(conn)) == [None]


def granted(env: Environment) -> None:
    def work(conn: Connection) -> None:
        assert ask(conn, Asked("HZ01", START, END, "盘点"), "甲", env.clock()) is None
        request = conn.scalars(select(closure_requests.c.id)).one()
        decide(conn, [request], True, "总部", {}, env.clock())
        look_again(conn, [("HZ01", START)], env.clock())

    run(env.engine, work)


def imported(env: Environment) -> None:
    def work(conn: Connection) -> None:
        import_closures(conn, [Closure("HZ01", START, END)], env.clock())
        look_again(conn, [("HZ01", START)], env.clock())

    run(env.engine, work)


def next_at(engine: Engine) -> datetime | None:
    with reading(engine) as conn:
        return conn.scalars(select(orders.c.next_at)).one()


@pytest.mark.parametrize("record", [granted, imported])
@pytest.mark.parametrize("lasts", [SECOND, AGAIN[0] + SECOND, AGAIN[-1] - SECOND])
def test_route_6_an_order_written_while_a_closure_was_recorded(
    engine: Engine, env: Environment, clock: Clock, record: Callable[[Environment], None], lasts: timedelta
) -> None:
    """Its writer did not know of the closure, its recorder did not see the order: the sweep brings them together."""
    if engine.dialect.name != "postgresql":
        pytest.skip("ONE WRITER AT A TIME: SQLite has no such moment")
    with writing(engine) as conn:
        push(env, conn)
        record(env)  # in a transaction of its own, meanwhile
        clock.at += lasts
    for age in AGAIN:
        clock.at = max(clock.at, NOON + age)
        perform(env, "sweep")
        clock.at += SECOND
        perform(env, "sweep")
    with reading(engine) as conn:
        assert conn.scalars(select(orders.c.accept_due_at)).one() == RIGHT
        assert list(findings(conn, env.book)) == []


@pytest.mark.parametrize("record", [granted, imported])
def test_route_6_looked_at_once_for_each_age(
    engine: Engine, env: Environment, clock: Clock, record: Callable[[Environment], None]
) -> None:
    """However often the sweep runs; after a pause at what it missed, and one query when there is nothing."""
    with writing(engine) as conn:
        push(env, conn)
    record(env)
    looks, far = [], NOON + timedelta(days=2)
    for seconds in (1, 4, 5, 6, 30, 61, 63, 500, 620, 622, 5000):  # 60 and 600 fall between two sweeps
        with writing(engine) as conn:
            conn.execute(update(orders).values(next_at=far))
        clock.at = NOON + timedelta(seconds=seconds)
        perform(env, "sweep")
        looks += [seconds] if next_at(engine) != far else []
    assert looks == [5, 61, 620]

    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    clock.at += SECOND
    perform(env, "sweep")
    assert len([one for one in asked if "FROM closures" in one]) == 1
    assert not [one for one in asked if "UPDATE orders" in one]


def test_route_6_a_fresh_process_looks_at_what_is_recent(
    engine: Engine, env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not know what the one before it did."""
    with writing(engine) as conn:
        push(env, conn)
    imported(env)
    for age, looks in ((AGAIN[-1], False), (AGAIN[-1] - SECOND, True)):
        with writing(engine) as conn:
            conn.execute(update(orders).values(next_at=None))
        clock.at = NOON + age
        monkeypatch.setattr(tasks, "_looked", WeakKeyDictionary())
        perform(env, "sweep")
        assert (next_at(engine) is not None) is looks


@pytest.mark.parametrize("before", [False, True])
def test_look_again_takes_any_clock(engine: Engine, env: Environment, clock: Clock, before: bool) -> None:
    """A Shanghai clock means the same instant; what is due before it stays so."""
    with writing(engine) as conn:
        push(env, conn)
        due = NOON - SECOND if before else NOON + timedelta(minutes=30)
        conn.execute(update(orders).values(next_at=due))
        look_again(conn, [("HZ01", START)], NOON.astimezone(SHANGHAI))
    assert next_at(engine) == (NOON - SECOND if before else NOON)
