"""Many at once: one winner each, and what is stored stays true (F-42, F-43, F-50, D6, DESIGN law 7)."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import Random
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine

from basics.refusal import Refusal
from dispatch.facts import Accept, Act, Confirm, Target, Transfer
from storage.tables.channels import outbox
from storage.tables.dispatch import events, orders
from tests.web.door import NOON, Door, order, withdrawal

ROUNDS = 12


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine)


def together(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each task gave, all started at the same moment."""
    barrier = Barrier(len(tasks))

    def start(task: Callable[[], Any]) -> Any:
        barrier.wait(30)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(start, tasks))


def test_f_42_the_same_push_sixteen_times_at_once(door: Door) -> None:
    answers = together([lambda: door.push(order())] * 16)
    assert {(one.status_code, one.data) for one in answers} == {(200, answers[0].data)}
    assert door.counts() == {"inbox": 1, "orders": 1, "events": 1, "assignments": 1, "clocks": 2}


def test_f_42_sixteen_ids_for_the_same_order_at_once(door: Door) -> None:
    answers = together([partial(door.push, order(), f"m{n}") for n in range(16)])
    assert {one.status_code for one in answers} == {200}
    assert door.counts() == {"inbox": 16, "orders": 1, "events": 1, "assignments": 1, "clocks": 2}


def test_f_43_an_order_and_its_withdrawal_at_once(door: Door) -> None:
    """Whichever is first, the order ends withdrawn and nothing is left waiting."""
    door.clock.forward(seconds=30)
    tasks = []
    for n in range(ROUNDS):
        pair = [partial(door.push, order(f"IS{n}"), f"o{n}"), partial(door.push, withdrawal(f"IS{n}"), f"w{n}")]
        tasks += pair if n % 2 else pair[::-1]
    assert {one.status_code for one in together(tasks)} == {200}
    found = {(row.state, row.ended_at) for row in door.rows(orders)}
    assert found == {("withdrawn", NOON + timedelta(seconds=5))}
    assert "waiting" not in door.counts()
    assert len(door.rows(outbox)) == ROUNDS
    assert door.findings() == []


def test_d_6_acts_and_messages_on_the_same_orders_have_one_winner_each(door: Door) -> None:
    """Eight threads, each with its own reading of the clock, which may be older than what others did meanwhile."""
    for n in range(ROUNDS):
        door.push(order(f"IS{n}"), f"m{n}")
    skew = Random(7)

    def act(kind: str, n: int) -> tuple[str, int, Refusal | None]:
        target, station = Target(f"IS{n}", "crm"), "HZ01"
        acts: dict[str, Act] = {
            "accept": Accept(target, station),
            "transfer": Transfer(target, station, "HZ02"),
            "confirm": Confirm(target, station, f"550000000000{n:02}"),
        }
        at = NOON + timedelta(seconds=60 + skew.uniform(0, 2))
        return kind, n, door.act(acts[kind], at)

    def withdraw(n: int) -> tuple[str, int, Refusal | None]:
        answer = door.push(withdrawal(f"IS{n}", "2026-11-22T12:00:30+08:00"), f"w{n}")
        return "withdraw", n, None if answer.status_code == 200 else Refusal(answer.text, "")

    def everything(first: int) -> list[tuple[str, int, Refusal | None]]:
        tasks = [(kind, n) for n in range(ROUNDS) for kind in ("accept", "accept", "transfer", "confirm", "withdraw")]
        Random(first).shuffle(tasks)
        return [withdraw(n) if kind == "withdraw" else act(kind, n) for kind, n in tasks]

    answers = [one for found in together([partial(everything, n) for n in range(8)]) for one in found]
    won = Counter((kind, n) for kind, n, refusal in answers if refusal is None)
    logged = Counter((row.kind, row.order_id) for row in door.rows(events))
    for row in door.rows(orders):
        n = int(row.logistics_no.removeprefix("IS"))
        for kind, written in (("accept", "accepted"), ("transfer", "transferred"), ("confirm", "confirmed")):
            assert won[(kind, n)] == logged[(written, row.id)] <= 1, (kind, n)
        assert logged[("withdrawn", row.id)] <= 1 and row.state in ("withdrawn", "picked_up")
    assert door.findings() == []
    seqs = [(row.order_id, row.seq) for row in door.rows(outbox)]
    assert len(seqs) == len(set(seqs))


def test_f_37_a_clock_set_back_dates_nothing_before_what_is_there(door: Door) -> None:
    """No negative duration; the order of events is that of their sequence."""
    door.clock.at = NOON + timedelta(minutes=10)
    door.push(order())
    target = Target("IS202611220000017", "crm")
    assert door.act(Accept(target, "HZ01"), NOON + timedelta(minutes=12)) is None
    assert door.act(Transfer(target, "HZ01", "HZ02"), NOON - timedelta(minutes=50)) is None
    assert door.act(Accept(target, "HZ02"), NOON - timedelta(minutes=40)) is None
    recorded = [row.recorded_at for row in door.rows(events)]
    assert len(recorded) == 4 and recorded == sorted(recorded)
    assert door.findings() == []
