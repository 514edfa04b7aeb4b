"""Feedback really goes out, to a channel on loopback (CHAN-4, I-20, F-10, F-16, F-46, F-47)."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from channels.outbox import wire as sending
from channels.outbox.actions import LEASE, queue_feedback, send_again
from channels.outbox.queries import listed, these
from jobs import tasks
from jobs.environment import Environment
from jobs.queue import InProcess
from jobs.tasks import perform
from storage.session import reading, writing
from storage.tables.channels import outbox
from tests.jobs.conftest import Listener, connect_channel
from tests.web.conftest import Clock

KINDS = ("accepted", "dispatched", "picked_up")


def queue(env: Environment, order_ids: Sequence[int], kinds: Sequence[str] = KINDS, channel: str = "crm") -> None:
    """Each kind for each order, in this order."""
    names = {"region": "浙江省", "channel": channel, "at": env.clock()}
    rows: list[dict[str, Any]] = [
        {
            **names,
            "order_id": n,
            "kind": kind,
            "payload": {"logistics_no": f"IS{n}", "happened_at": "x", "station": "S"},
        }
        for kind in kinds
        for n in order_ids
    ]
    with writing(env.engine) as conn:
        queue_feedback(conn, rows)


def states(env: Environment) -> list[str]:
    with reading(env.engine) as conn:
        return list(conn.scalars(select(outbox.c.state).order_by(outbox.c.id)))


@pytest.fixture
def crm(env: Environment, listen: Callable[[], Listener]) -> Listener:
    made = listen()
    connect_channel(env, "crm", made.url)
    return made


def test_chan_4_each_order_is_told_in_order(env: Environment, crm: Listener) -> None:
    queue(env, range(1, 31))
    perform(env, "feedback")
    assert states(env) == ["sent"] * 90
    for n in range(1, 31):
        mine = [(message_id, body) for message_id, body in crm.heard if body["data"]["logistics_order_no"] == f"IS{n}"]
        assert [message_id for message_id, _ in mine] == [f"fb_{n}_{seq}" for seq in (1, 2, 3)]
        assert [body["type"].rpartition(".")[2] for _, body in mine] == list(KINDS)
    perform(env, "feedback")
    assert len(crm.heard) == 90


def test_f_46_an_error_is_tried_again_under_the_same_id_with_growing_pauses(
    env: Environment, crm: Listener, clock: Clock
) -> None:
    crm.answer = lambda told, times: (500 if told == "fb_1_1" and times <= 3 else 200, {}, "oops")
    queue(env, [1])
    began, tried_at = clock.at, []
    while clock.at < began + timedelta(minutes=5):
        before = len(crm.heard)
        perform(env, "feedback")
        if len(crm.heard) > before:
            tried_at.append(clock.at)
        clock.forward(seconds=1)
    assert crm.ids == ["fb_1_1"] * 4 + ["fb_1_2", "fb_1_3"]  # what follows waited
    gaps = [later - earlier for earlier, later in pairwise(tried_at)][:3]
    for gap, base in zip(gaps, (5, 30, 120), strict=True):
        assert timedelta(seconds=base) <= gap <= timedelta(seconds=base * 1.25 + 1)
    assert len({str(body) for message_id, body in crm.heard if message_id == "fb_1_1"}) == 1
    assert states(env) == ["sent"] * 3


def test_f_46_retry_after_is_kept(env: Environment, crm: Listener, clock: Clock) -> None:
    crm.answer = lambda _id, times: (429, {"Retry-After": "60"}, "") if times == 1 else (204, {}, "")
    queue(env, [1], ["accepted"])
    for seconds, heard in ((0, 1), (59, 1), (1, 2)):
        clock.forward(seconds=seconds)
        perform(env, "feedback")
        assert len(crm.heard) == heard


def test_f_46_a_redirect_is_not_followed(env: Environment, crm: Listener, listen: Callable[[], Listener]) -> None:
    elsewhere = listen()
    crm.answer = lambda *_: (302, {"Location": elsewhere.url}, "")
    queue(env, [1], ["accepted"])
    perform(env, "feedback")
    assert (len(crm.heard), elsewhere.heard, states(env)) == (1, [], ["waiting"])


def test_f_47_a_refusal_is_parked_with_its_raw_answer_until_a_person_sends_it_again(
    env: Environment, crm: Listener, clock: Clock
) -> None:
    crm.answer = lambda message_id, times: (
        (400, {}, "S05 单号 <b>") if (message_id, times) == ("fb_1_1", 1) else (200, {}, "")
    )
    queue(env, [1, 2])
    perform(env, "feedback")
    with reading(env.engine) as conn:
        (row,) = listed(conn).rows
    assert (row.order_id, row.seq, row.last_status, row.last_answer) == (1, 1, 400, "S05 单号 <b>")
    assert sorted(crm.ids) == ["fb_1_1", "fb_2_1", "fb_2_2", "fb_2_3"]  # the other order goes on
    with writing(env.engine) as conn:
        send_again(conn, these([row.id]), "赵敏", clock.at)
    perform(env, "feedback")
    assert crm.ids[-3:] == ["fb_1_1", "fb_1_2", "fb_1_3"]
    assert states(env) == ["sent"] * 6


def test_f_10_claimed_then_crashed_is_sent_again_under_the_same_id(
    env: Environment, crm: Listener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel heard it, we died before we wrote that down: a duplicate for it, never a gap."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "mark", die)
    queue(env, [1])
    with pytest.raises(KeyboardInterrupt):
        perform(env, "feedback")
    monkeypatch.undo()
    perform(env, "feedback")
    assert (crm.ids, states(env)) == (["fb_1_1"], ["waiting"] * 3)
    clock.at += LEASE
    perform(env, "feedback")
    assert crm.ids == ["fb_1_1", "fb_1_1", "fb_1_2", "fb_1_3"]
    assert states(env) == ["sent"] * 3


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for it; a guard, no measure."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "never came true"
        time.sleep(0.01)


def test_f_16_a_hanging_channel_holds_up_neither_the_other_nor_the_sweep(
    env: Environment, crm: Listener, listen: Callable[[], Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 14, G-10"""
    website, swept = listen(), threading.Event()
    connect_channel(env, "website", website.url)
    crm.may = threading.Event()
    monkeypatch.setitem(tasks.TASKS, "sweep", lambda _env: swept.set())
    queue(env, range(1, 101), ["accepted"])
    queue(env, range(101, 111), ["accepted"], "website")
    jobs = InProcess(env)
    for _ in range(20):  # it is rung every two seconds, however long the lane takes
        jobs.ring("feedback")
        time.sleep(0.005)
    jobs.ring("sweep")
    until(lambda: len(website.heard) == 10 and swept.is_set())
    assert 0 < len(crm.heard) <= tasks.SEND_BATCH
    queue(env, [200], ["accepted"], "website")
    jobs.ring("feedback")
    until(lambda: len(website.heard) == 11)
    crm.may.set()
    jobs.close()


def test_a_dead_channel_costs_sixteen_attempts_a_round_and_then_waits(
    env: Environment, crm: Listener, clock: Clock
) -> None:
    """F-46, F-48: what was claimed beyond them is given back."""
    crm.server.shutdown()
    crm.server.server_close()
    queue(env, range(1, 101), ["accepted"])
    for _ in range(4):
        perform(env, "feedback")
        clock.forward(seconds=1)
    with reading(env.engine) as conn:
        assert sum(conn.scalars(select(outbox.c.attempts))) == 16


def test_f_46_a_round_ends_in_time_and_gives_back_what_it_did_not_begin(
    env: Environment, crm: Listener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease must not run out while a round still sends."""
    monkeypatch.setattr(sending, "START_SECONDS", 0.5)
    monkeypatch.setattr(tasks, "LANE_SECONDS", 0)
    crm.pause = 0.3
    queue(env, range(1, 101), ["accepted"])
    perform(env, "feedback")
    with reading(env.engine) as conn:
        rows = conn.execute(select(outbox.c.state, outbox.c.attempts, outbox.c.next_at)).all()
    done = [row for row in rows if row.state == "sent"]
    assert 16 <= len(done) <= 48 and len(done) == len(crm.heard)
    assert {tuple(row) for row in rows if row.state != "sent"} == {("waiting", 0, clock.at)}
    monkeypatch.undo()
    crm.pause = 0
    perform(env, "feedback")
    assert len(crm.heard) == len(set(crm.ids)) == 100 and states(env) == ["sent"] * 100


def test_f_48_a_channel_back_after_six_hours_gets_everything_in_order(
    env: Environment, crm: Listener, clock: Clock
) -> None:
    """800 messages of 200 orders; `make soak` drains 50,000."""
    crm.answer = lambda *_: (503, {}, "down")
    queue(env, range(1, 201), ("accepted", "dispatched", "dispatched", "picked_up"))
    for _ in range(6 * 4):
        perform(env, "feedback")
        clock.forward(minutes=15)
    assert len(crm.heard) == 16 * 6 * 4  # a probe of sixteen each time, no storm
    crm.heard.clear()
    crm.answer = lambda *_: (200, {}, "ok")
    for _ in range(10):  # minutes
        perform(env, "feedback")
        clock.forward(minutes=1)
    assert states(env) == ["sent"] * 800
    assert len(crm.heard) == len(set(crm.ids)) == 800
    told: dict[str, list[str]] = {}
    for message_id in crm.ids:
        order, _, seq = message_id.rpartition("_")
        told.setdefault(order, []).append(seq)
    assert set(map(tuple, told.values())) == {("1", "2", "3", "4")} and len(told) == 200
