"""After an outage: what was put off goes out within minutes, and what fails then is soon tried again (F-46, F-48)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from channels.actions import set_channel
from channels.errors_seen.actions import resume_feedback
from channels.feedback import Tried
from channels.outbox.actions import LEASE
from channels.outbox.wire import deliver
from jobs import tasks
from jobs.environment import Environment
from jobs.tasks import perform
from storage.session import reading, writing
from storage.tables.channels import outbox
from tests.jobs.conftest import Listener
from tests.jobs.test_feedback import crm, queue, states
from tests.web.conftest import Clock
from tests.web.door import MASTER

__all__ = ["crm"]
Answer = tuple[int, dict[str, str], str]


def down(headers: dict[str, str]) -> Callable[[str, int], Answer]:
    return lambda *_: (503, headers, "down")


def outage(env: Environment, crm: Listener, clock: Clock, headers: dict[str, str]) -> datetime:
    """Six hours; when it ended."""
    crm.answer = down(headers)
    queue(env, range(1, 6))
    for _ in range(6 * 12):
        perform(env, "feedback")
        clock.forward(minutes=5)
    with reading(env.engine) as conn:
        assert (conn.scalar(select(func.max(outbox.c.next_at))) or clock.at) > clock.at + timedelta(hours=1)
    crm.answer = lambda *_: (200, {}, "ok")
    return clock.at


def minutes(env: Environment, clock: Clock, count: int) -> None:
    for _ in range(count * 6):
        perform(env, "feedback")
        clock.forward(seconds=10)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "30"}])
def test_f_48_a_short_retry_after_is_no_wish_for_our_own_long_pause(
    env: Environment, crm: Listener, clock: Clock, headers: dict[str, str]
) -> None:
    outage(env, crm, clock, headers)
    queue(env, [9], ["accepted"])
    minutes(env, clock, 10)
    assert states(env) == ["sent"] * 16


@pytest.mark.parametrize("how", ["resume", "address"])
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "80000"}])
def test_f_48_a_person_who_resumes_a_channel_wakes_what_was_put_off(
    env: Environment, crm: Listener, clock: Clock, how: str, headers: dict[str, str]
) -> None:
    outage(env, crm, clock, headers)
    with writing(env.engine) as conn:
        if how == "resume":
            assert resume_feedback(conn, "crm") and not resume_feedback(conn, "cainiao")
        else:
            assert set_channel(conn, MASTER, "crm", {"feedback_url": crm.url}, clock.at) is None
    perform(env, "feedback")
    assert states(env) == ["sent"] * 15


def test_f_48_what_fails_while_a_channel_comes_back_does_not_wait_for_hours(
    env: Environment, crm: Listener, clock: Clock
) -> None:
    """Attempts made during the outage say nothing about the message."""
    outage(env, crm, clock, {})
    crm.answer = lambda message_id, _: (503 if message_id in ("fb_1_1", "fb_2_2") else 200, {}, "warming up")
    queue(env, [9], ["accepted"])
    minutes(env, clock, 3)
    assert states(env).count("sent") == 16 - 3 - 2
    crm.answer = lambda *_: (200, {}, "ok")
    minutes(env, clock, 12)
    assert states(env) == ["sent"] * 16


def test_f_46_what_fails_for_ever_on_a_dying_channel_is_parked_all_the_same(
    env: Environment, crm: Listener, clock: Clock
) -> None:
    """A sign of life every few hours, each time after three failed rounds: by time since it was queued."""
    crm.answer = lambda message_id, _: (500 if message_id == "fb_1_1" else 200, {}, "no")
    queue(env, [1], ["accepted"])
    began, number = clock.at, 1
    while states(env)[0] == "waiting" and clock.at - began < timedelta(hours=200):
        for _ in range(6):
            perform(env, "feedback")
            clock.forward(minutes=20)
        number += 1
        queue(env, [number], ["accepted"])
    assert states(env)[0] == "parked"
    assert timedelta(hours=75) <= clock.at - began <= timedelta(hours=175)


def test_f_10_a_worker_that_stood_still_sends_nothing_that_another_has_sent(
    env: Environment, crm: Listener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between claiming and sending, for longer than its lease: what was told stays in order."""

    def stand_still(*args: Any, **named: Any) -> list[Tried]:
        monkeypatch.undo()
        clock.at += LEASE
        perform(env, "feedback")  # another one sends it all
        return deliver(*args, **named)

    monkeypatch.setattr(tasks, "deliver", stand_still)
    queue(env, [1])
    perform(env, "feedback")
    assert (crm.ids, states(env)) == (["fb_1_1", "fb_1_2", "fb_1_3"], ["sent"] * 3)
