"""A night's orders are fired set-wise while others work on them (D3, F-13, F-14, F-37; law 7)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import Connection, event, select, update

from channels.messages import OrderPush
from dispatch.actions import conduct, sweep
from dispatch.facts import Accept, Item, Target
from dispatch.sweeping import actions as sweeping
from jobs.environment import Environment
from jobs.tasks import perform
from storage.session import reading, run
from storage.tables.dispatch import orders
from storage.tables.penalties import cases
from storage.tables.sla import clocks, violations
from tests.web.conftest import Clock
from tests.web.door import NOON
from verify.queries import findings

CONTENT = {"business_type": "send_express", "online": True, "lng": 120.07, "lat": 30.07, "sender": {"phone": "1"}}
MOMENT = timedelta(microseconds=1)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def take(env: Environment, count: int, first: int = 0) -> None:
    """Orders of HZ01, created now."""
    pushes = (OrderPush("crm", f"IS{n}", env.clock(), CONTENT) for n in range(first, first + count))
    items = [Item(env.clock(), push, "channel:crm") for push in pushes]
    assert set(run(env.engine, lambda conn: conduct(conn, items, env.world(conn)))) == {None}


def accept(env: Environment, number: str) -> None:
    item = Item(env.clock(), Accept(Target(number), "HZ01"), "HZ01")
    assert run(env.engine, lambda conn: conduct(conn, [item], env.world(conn))) == [None]


def states(env: Environment) -> Counter[str]:
    """Cases by state; and nothing that a second opinion finds wrong."""
    with reading(env.engine) as conn:
        found = Counter(conn.scalars(select(cases.c.state)))
        assert list(findings(conn, env.book)) == []
    return found


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many orders each transaction fired."""
    counts: list[int] = []
    fire = sweeping.fire

    def counting(*given: object) -> set[int]:
        found = fire(*given)  # type: ignore[arg-type]
        counts.append(len(found))
        return found

    monkeypatch.setattr(sweeping, "fire", counting)
    return counts


def test_few_statements_for_many_orders(env: Environment, clock: Clock, fired: list[int]) -> None:
    """Law 9: as many for three hundred orders as for three."""
    asked: list[int] = []
    seen: list[str] = []
    event.listen(env.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    for first, count in ((0, 3), (3, 300)):
        take(env, count, first)
        clock.forward(minutes=30, seconds=1)
        seen.clear()
        perform(env, "sweep")
        asked.append(len(seen))
    assert fired == [3, 0, 300, 0]  # and a look whether more is due
    assert asked[0] == asked[1]
    assert states(env) == {"suspected": 303}


def test_d_3_several_lanes_share_a_night(
    env: Environment, clock: Clock, fired: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.tasks.SWEEP_BATCH", 10)
    take(env, 150)
    clock.forward(minutes=30, seconds=1)
    perform(env, "sweep")
    assert sum(fired) == 150
    assert max(fired) == 10
    assert states(env) == {"suspected": 150}


@on_postgresql
def test_law_7_an_accept_waits_for_the_sweep_and_stays_late(env: Environment, clock: Clock) -> None:
    take(env, 2)
    clock.forward(minutes=30)
    clock.at += MOMENT
    held, go_on = Event(), Event()

    def sweeping_slowly(conn: Connection) -> None:
        assert sweep(conn, env.world(conn), env.clock()) == 2
        held.set()
        assert go_on.wait(30)

    with ThreadPoolExecutor(2) as pool:
        sweeper = pool.submit(run, env.engine, sweeping_slowly)
        assert held.wait(30)
        acceptance = pool.submit(accept, env, "IS0")
        assert not wait([acceptance], 0.3).done  # the order is locked
        go_on.set()
        sweeper.result(30)
        acceptance.result(30)
    assert states(env) == {"suspected": 2}
    with reading(env.engine) as conn:
        verdicts = conn.scalars(select(clocks.c.verdict).where(clocks.c.kind == "accept")).all()
        assert verdicts == ["missed", "missed"]
        assert sorted(conn.scalars(select(orders.c.state))) == ["accepted", "waiting"]


@on_postgresql
def test_d_3_an_order_in_somebodys_hands_is_left_to_the_next_run(env: Environment, clock: Clock) -> None:
    """Skipped, not waited for: the others are fired meanwhile."""
    take(env, 3)
    clock.forward(minutes=30)

    def accepting(conn: Connection) -> None:
        item = Item(env.clock(), Accept(Target("IS1"), "HZ01"), "HZ01")  # at 30:00 it is in time (ACCEPT-1)
        assert conduct(conn, [item], env.world(conn)) == [None]
        clock.at += MOMENT
        perform(env, "sweep")
        assert states(env) == {"suspected": 2}

    run(env.engine, accepting)
    perform(env, "sweep")
    assert states(env) == {"suspected": 2}


def test_f_37_an_accept_in_time_that_comes_after_the_sweep_clears_it(env: Environment, clock: Clock) -> None:
    take(env, 2)
    clock.forward(minutes=30)
    in_time = Item(env.clock(), Accept(Target("IS0"), "HZ01"), "HZ01")
    clock.at += MOMENT
    perform(env, "sweep")
    assert states(env) == {"suspected": 2}
    assert run(env.engine, lambda conn: conduct(conn, [in_time], env.world(conn))) == [None]
    assert states(env) == {"suspected": 1, "cleared": 1}


def older(conn: Connection) -> None:
    """Orders written before anything was judged in advance."""
    conn.execute(update(clocks).values(late_kind=None))


def half(conn: Connection) -> None:
    conn.execute(update(clocks).where(clocks.c.order_id % 2 == 0).values(late_kind=None))


@pytest.mark.parametrize(("before", "set_wise"), [(older, 0), (half, 20), (lambda conn: None, 40)])
def test_what_was_not_judged_in_advance_is_judged_in_full(
    env: Environment, clock: Clock, fired: list[int], monkeypatch: pytest.MonkeyPatch,
    before: Callable[[Connection], None], set_wise: int,
) -> None:  # fmt: skip
    monkeypatch.setattr("dispatch.actions.IN_FULL", 7)  # more than one transaction's worth
    take(env, 40)
    run(env.engine, before)
    clock.forward(minutes=30, seconds=1)
    perform(env, "sweep")
    assert sum(fired) == set_wise
    assert states(env) == {"suspected": 40}
    with reading(env.engine) as conn:
        rows = conn.execute(select(violations.c.happened_at, violations.c.evidence)).all()
    assert {at for at, _ in rows} == {NOON + timedelta(minutes=30)}
    assert len({str(sorted(evidence.items())) for _, evidence in rows}) == 1
