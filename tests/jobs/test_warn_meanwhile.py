"""DO-8 while others act: what has changed since a run was planned is not rung, and nobody waits in a ring."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from threading import Thread
from time import sleep
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from dispatch.facts import Accept, Target, Transfer
from jobs import warn
from jobs.environment import Environment
from jobs.tasks import perform
from notify.actions import add_contact
from sla.ladder import STEPS
from sla.warnings.actions import called, ring
from sla.warnings.plan import Ring, plan
from sla.warnings.queries import call_list, running
from storage.session import reading, run, writing
from storage.sql import insert_ignore
from storage.tables.geo import closures, network_version
from storage.tables.notify import messages
from tests.jobs.test_warn import TICK, M, at, do, log, push, told
from tests.web.conftest import Clock
from tests.web.door import NOON


def planned(env: Environment) -> tuple[list[Ring], dict[str, Any]]:
    """What is to be rung now, and what `ring` wants to know besides."""
    with reading(env.engine) as conn:
        world = env.world(conn)
        due = plan(running(conn, env.clock()), world.book, world.calendar, {}, env.clock())
    return due, {"network": world.network, "book": world.book, "calendar": world.calendar}


def test_do_8_what_was_handed_on_or_done_meanwhile_rings_nobody(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batches before took their time; the deadline of the others is still to come."""
    do(env, *[push(env, f"IS{n}") for n in (1, 2, 3)])
    clock.at = NOON + 29 * M

    def slow(*given: Any) -> list[Ring]:
        due = plan(*given)
        clock.at = NOON + 30 * M
        do(env, Transfer(Target("IS1"), "HZ01", "HZ02", ""), Accept(Target("IS2"), "HZ01"))
        return due

    monkeypatch.setattr(warn, "plan", slow)
    perform(env, "warn")
    assert log(env) == [("IS3", 1, step) for step in sorted(STEPS)]
    assert {one.created_at for one in told(env)} == {NOON + 30 * M}
    assert not any("IS1" in one.text or "IS2" in one.text for one in told(env))


@pytest.mark.parametrize(("start", "last"), [(NOON, NOON + 30 * M), (NOON + 462 * M, NOON + 480 * M)])
def test_do_8_a_batch_that_comes_too_late_rings_nobody(
    env: Environment, clock: Clock, start: datetime, last: datetime
) -> None:
    """After the deadline, or after the end of duty while the deadline is tomorrow's."""
    clock.at = start
    do(env, push(env, "IS1"))
    clock.at = last - TICK
    due, given = planned(env)
    assert {one.until for one in due} == {last}
    clock.at = last + TICK
    assert run(env.engine, lambda conn: ring(conn, due, now=clock.at, **given)) == 0 and not told(env)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_do_8_rings_and_acts_hold_orders_in_one_order(env: Environment, clock: Clock) -> None:
    """Houses of a batch do not stand in the order of their orders."""
    do(env, *[push(env, f"ISB{n}", "HZ02") for n in range(20)], *[push(env, f"ISA{n}") for n in range(20)])
    clock.at = NOON + 20 * M
    due, given = planned(env)
    with reading(env.engine) as conn:
        ids = list(conn.scalars(text("SELECT id FROM orders ORDER BY id")))
    assert [one.of.order_id for one in due] != sorted(one.of.order_id for one in due)
    troubles: list[str] = []

    def tried(work: Any) -> None:
        try:
            with writing(env.engine) as conn:
                work(conn)
        except Exception as error:
            troubles.append(str(error)[:80])

    def act(conn: Any) -> None:
        for one in ids:
            conn.execute(text("SELECT 1 FROM orders WHERE id = :id FOR UPDATE"), {"id": one})
            sleep(0.005)

    def slowly(conn: Any, table: Any, rows: Sequence[Any], *key: Any) -> list[Any]:
        for row in rows:
            insert_ignore(conn, table, [row], *key)
            sleep(0.005)
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sla.warnings.actions.insert_ignore", slowly)
        patch.setattr("sla.warnings.actions.still_running", lambda *_: {(one.of.order_id, one.of.seq) for one in due})
        works = (act, partial(ring, due=due, now=clock.at, **given))
        threads = [Thread(target=tried, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert troubles == []


def test_do_8_a_head_who_is_closed_is_told_nothing(env: Environment, clock: Clock) -> None:
    """ROUTE-6: the station itself works, the head of its house does not."""
    with writing(env.engine) as conn:
        span = {"starts_at": NOON - M, "ends_at": NOON + 90 * M, "imported_at": NOON - M}
        conn.execute(insert(closures).values(station="HZ01", **span))
        conn.execute(network_version.update().values(version=network_version.c.version + 1))
    do(env, push(env, "IS1", "HZ01A"))
    at(env, clock, NOON + 20 * M)
    assert [one.to_code for one in told(env)] == ["HZ01A"]


def test_do_8_a_message_says_the_day_and_ends_with_the_duty(env: Environment, clock: Clock) -> None:
    """19:45 + 30 duty minutes are 08:15 of the next day; the rest of this day is 12 minutes."""
    clock.at = NOON + 465 * M
    do(env, push(env, "IS1"))
    at(env, clock, NOON + 479 * M)
    assert told(env) == []
    run(env.engine, lambda conn: add_contact(conn, ("station", "HZ01"), "sms", "13800138000", [], "t", clock.at))
    clock.at = NOON + 452 * M
    do(env, push(env, "IS2"))
    at(env, clock, NOON + 474 * M)
    (one,) = told(env)
    assert "最早 11-23 08:02 到期" in one.text and "First due 11-23 08:02." in one.text
    with reading(env.engine) as conn:
        assert conn.scalars(select(messages.c.until)).all() == [NOON + 480 * M], "nobody is woken by SMS"


def test_do_8_who_called_last_and_when_belong_together(env: Environment, clock: Clock) -> None:
    do(env, push(env, "IS1"))
    clock.at = NOON + 2 * M
    do(env, push(env, "IS2"))
    for minute, by in ((25, "西湖王芳"), (27, "浙江陈平")):
        at(env, clock, NOON + minute * M)
        run(env.engine, partial(called, station="HZ01", by=by, now=clock.at))
    with reading(env.engine) as conn:
        (row,) = call_list(conn, clock.at, None)
    assert (row.orders, row.open, row.called_by, row.called_at[11:16]) == (2, 0, "浙江陈平", "12:27")
