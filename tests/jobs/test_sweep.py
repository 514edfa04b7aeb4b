"""The sweep writes what fell due, once, dated at its deadline, however many run it (D3, D4, F-08, F-12..F-14)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, event, select

from channels.messages import OrderPush
from dispatch.actions import conduct
from dispatch.facts import Item
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
MINUTE = timedelta(minutes=1)


def take(env: Environment, count: int) -> None:
    """Orders of HZ01, created now."""
    items = [Item(NOON, OrderPush("crm", f"IS{n}", NOON, CONTENT), "channel:crm") for n in range(count)]
    answers = run(env.engine, lambda conn: conduct(conn, items, env.world(conn)))
    assert answers == [None] * count


def found(env: Environment) -> list[tuple[str, timedelta]]:
    """Violations: kind, and how long after noon they happened."""
    with reading(env.engine) as conn:
        rows = conn.execute(select(violations.c.kind, violations.c.happened_at).order_by(violations.c.id)).all()
        assert list(findings(conn, env.book)) == []
    return [(kind, happened_at - NOON) for kind, happened_at in rows]


def test_d_4_a_violation_is_dated_at_its_deadline_and_written_once(env: Environment, clock: Clock) -> None:
    take(env, 1)
    clock.forward(minutes=30)
    perform(env, "sweep")
    assert found(env) == []  # ACCEPT-1: exactly 30:00 is in time
    clock.forward(hours=2)  # F-12: nobody swept for two hours
    for _ in range(3):
        perform(env, "sweep")
    assert found(env) == [("V-ACCEPT", 30 * MINUTE)]
    with reading(env.engine) as conn:
        assert conn.scalars(select(cases.c.state)).all() == ["suspected"]
        assert conn.scalar(select(orders.c.next_at)) == NOON + timedelta(hours=16)
    clock.forward(hours=24)
    perform(env, "sweep")
    assert found(env) == [("V-ACCEPT", 30 * MINUTE), ("V-PICKUP", timedelta(hours=16))]


def test_f_13_five_sweeps_at_once_handle_each_timer_once(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL they share the work (SKIP LOCKED), on SQLite they queue."""
    monkeypatch.setattr("jobs.tasks.SWEEP_BATCH", 10)
    take(env, 200)
    clock.forward(minutes=31)
    barrier = Barrier(5)

    def sweep() -> None:
        barrier.wait(30)
        perform(env, "sweep")

    with ThreadPoolExecutor(5) as pool:
        for one in [pool.submit(sweep) for _ in range(5)]:
            one.result()
    assert Counter(found(env)) == {("V-ACCEPT", 30 * MINUTE): 200}
    with reading(env.engine) as conn:
        verdicts = conn.scalars(select(clocks.c.verdict).where(clocks.c.kind == "accept")).all()
        opened = conn.scalars(select(cases.c.violation_id)).all()
    assert Counter(verdicts) == {"missed": 200}
    assert len(opened) == len(set(opened)) == 200


def test_f_14_cut_at_any_statement_the_lateness_and_its_violation_come_together(env: Environment, clock: Clock) -> None:
    """F-08: rolled back, done once later."""
    take(env, 3)
    clock.forward(minutes=31)
    cuts = 0
    for nth in range(1, 30):
        seen = 0

        def cut(_conn: Connection, _cursor: object, statement: str, *_: object, nth: int = nth) -> None:
            nonlocal seen
            seen += statement.startswith(("INSERT", "UPDATE"))
            if seen == nth:
                raise RuntimeError("cut")

        event.listen(env.engine, "before_cursor_execute", cut)
        try:
            perform(env, "sweep")
            break
        except RuntimeError:
            cuts += 1
        finally:
            event.remove(env.engine, "before_cursor_execute", cut)
        assert found(env) == []
        with reading(env.engine) as conn:
            assert set(conn.scalars(select(clocks.c.verdict))) == {"running"}
    assert cuts >= 4
    assert found(env) == [("V-ACCEPT", 30 * MINUTE)] * 3
