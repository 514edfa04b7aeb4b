"""The outbox tells each order's channel in order, again and again (CHAN-4, I-20, F-10, F-46..F-48)."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from channels import queries
from channels.actions import set_channel
from channels.feedback import GIVE_UP_AFTER, PAUSES, Claimed, Outcome, Reply, Tried, channel_after, pause
from channels.outbox.actions import LEASE, claim_due, mark, queue_feedback, send_again
from storage.session import reading, writing
from storage.tables.channels import channels
from tests.channels import vectors as v

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MASTER = b"m" * 32


def row(order_id: int, kind: str = "accepted", channel: str = "crm", at: datetime = NOW) -> dict[str, Any]:
    payload = {"logistics_no": f"IS{order_id}", "happened_at": "2026-11-22T12:00:00+08:00", "station": "S"}
    names = {"order_id": order_id, "region": "浙江", "channel": channel, "kind": kind}
    return names | {"payload": payload, "at": at}


@pytest.fixture
def set_up(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as conn:
        for name in ("crm", "website"):
            set_channel(conn, MASTER, name, {"secret": v.SECRET, "feedback_url": f"https://{name}.example/"}, NOW)
        yield conn


def come_to(claimed: list[Claimed], outcome: Outcome, reply: Reply | None = None) -> list[Tried]:
    return [Tried(one, outcome, reply or Reply(200, "ok")) for one in claimed]


def ids(claimed: list[Claimed]) -> list[str]:
    return [one.feedback.message_id for one in claimed]


def test_i_20_each_order_is_told_strictly_in_sequence(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1), row(2), row(1, "picked_up")])
    queue_feedback(set_up, [row(2, "failed")])
    first = claim_due(set_up, NOW, 10)
    assert ids(first) == ["fb_1_1", "fb_2_1"]
    assert claim_due(set_up, NOW, 10) == []  # taken, and the next ones wait for them
    mark(set_up, come_to(first[:1], Outcome.DELIVERED), NOW)
    second = claim_due(set_up, NOW, 10)
    assert ids(second) == ["fb_1_2"]
    assert second[0].feedback.kind == "picked_up"


def test_nothing_is_sent_before_its_time_or_to_nowhere(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1, at=NOW + SECOND), row(2, channel="cainiao")])
    assert claim_due(set_up, NOW, 10) == []
    assert queries.channels_with_due(set_up, NOW) == []
    assert queries.channels_with_due(set_up, NOW + SECOND) == ["crm"]


def test_f_10_after_a_crash_the_same_message_goes_out_again(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1)])
    (lost,) = claim_due(set_up, NOW, 10)
    assert claim_due(set_up, NOW + LEASE - SECOND, 10) == []
    (again,) = claim_due(set_up, NOW + LEASE, 10)
    assert again.feedback == lost.feedback
    assert (lost.attempts, again.attempts) == (1, 2)
    mark(set_up, come_to([again], Outcome.DELIVERED), NOW + LEASE)
    mark(set_up, come_to([lost], Outcome.REFUSED), NOW + LEASE)  # the dead process was only slow
    assert queries.outbox_counts(set_up) == {("crm", "sent"): 1}


def test_f_46_pauses_grow_and_the_other_channel_goes_on(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1), row(2, channel="website")])
    now = NOW
    for number, base in enumerate([*PAUSES, PAUSES[-1]], start=1):
        claimed = claim_due(set_up, now, 10, "crm")
        assert ids(claimed) == ["fb_1_1"]
        assert claimed[0].attempts == number
        mark(set_up, come_to(claimed, Outcome.LATER, Reply(None, "ConnectTimeout")), now)
        assert ids(claim_due(set_up, now, 10, "crm")) == []
        assert claim_due(set_up, now + base * 0.79, 10, "crm") == []
        now += base * 1.21
    assert ids(claim_due(set_up, now, 10, "website")) == ["fb_2_1"]


def test_f_46_retry_after_is_kept(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1)])
    claimed = claim_due(set_up, NOW, 10)
    mark(set_up, come_to(claimed, Outcome.LATER, Reply(429, "", timedelta(minutes=10))), NOW)
    assert claim_due(set_up, NOW + timedelta(minutes=10) - SECOND, 10) == []
    assert ids(claim_due(set_up, NOW + timedelta(minutes=10), 10)) == ["fb_1_1"]


def test_f_48_a_dead_channel_costs_one_round_and_a_living_one_drains(set_up: Connection) -> None:
    queue_feedback(set_up, [row(order_id) for order_id in range(1, 101)])
    mark(set_up, come_to(claim_due(set_up, NOW, 10), Outcome.LATER, Reply(503, "")), NOW)
    assert claim_due(set_up, NOW + SECOND, 10) == []  # the other 90 are not tried
    back = NOW + timedelta(hours=6)
    told = 0
    while claimed := claim_due(set_up, back, 30):
        mark(set_up, come_to(claimed, Outcome.DELIVERED), back)
        told += len(claimed)
    assert told == 100


def test_f_47_a_refused_message_is_parked_with_its_answer_until_a_person_sends_it_again(
    set_up: Connection,
) -> None:
    queue_feedback(set_up, [row(1), row(1, "picked_up")])
    mark(set_up, come_to(claim_due(set_up, NOW, 10), Outcome.REFUSED, Reply(400, "S05 ¿qué?")), NOW)
    (parked,) = queries.parked(set_up)
    assert (parked.last_status, parked.last_answer, parked.attempts) == (400, "S05 ¿qué?", 1)
    later = NOW + timedelta(days=9)
    assert claim_due(set_up, later, 10) == []  # in order: what follows waits
    assert send_again(set_up, [parked.id], later) == 1
    assert send_again(set_up, [parked.id], later) == 0
    mark(set_up, come_to(claim_due(set_up, later, 10), Outcome.DELIVERED), later)
    assert ids(claim_due(set_up, later, 10)) == ["fb_1_2"]
    assert [one.state for one in queries.told(set_up, [1])] == ["sent", "waiting"]


def test_what_fails_for_three_days_is_left_to_a_person(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1)])
    end = NOW + GIVE_UP_AFTER
    mark(set_up, come_to(claim_due(set_up, end, 10), Outcome.LATER, Reply(500, "oops")), end)
    assert len(queries.parked(set_up)) == 1


def test_410_turns_the_feedback_off_and_loses_nothing(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1)])
    mark(set_up, come_to(claim_due(set_up, NOW, 10), Outcome.GONE, Reply(410, "")), NOW)
    later = NOW + timedelta(days=1)
    assert claim_due(set_up, later, 10) == []
    set_channel(set_up, MASTER, "crm", {"feedback_url": "https://new.example/"}, later)
    assert ids(claim_due(set_up, later, 10)) == ["fb_1_1"]


def test_a_sign_of_life_ends_the_pause(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1), row(2)])
    first, second = claim_due(set_up, NOW, 10)
    mark(set_up, [*come_to([first], Outcome.LATER, Reply(500, "")), *come_to([second], Outcome.DELIVERED)], NOW)
    assert set_up.execute(select(channels.c.failures, channels.c.paused_until)).first() == (0, None)


def test_two_workers_never_claim_one_message(engine: Engine) -> None:
    with writing(engine) as conn:
        set_channel(conn, MASTER, "crm", {"secret": v.SECRET, "feedback_url": "https://crm.example/"}, NOW)
        queue_feedback(conn, [row(order_id) for order_id in range(1, 201)])
    found: list[str] = []

    def worker() -> None:
        while True:
            with writing(engine) as conn:
                claimed = claim_due(conn, NOW, 7)
            if not claimed:
                return
            found.extend(ids(claimed))

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    # SKIP LOCKED may end a worker while others hold the rest; what is left is claimable afterwards.
    with writing(engine) as conn:
        found.extend(ids(claim_due(conn, NOW, 500)))
    assert len(found) == len(set(found)) == 200


def test_reading_needs_no_write_lock(engine: Engine) -> None:
    with reading(engine) as conn:
        assert queries.outbox_counts(conn) == {}


def test_pauses_are_spread_but_always_the_same() -> None:
    waits = {pause(3, f"fb_{number}_1") for number in range(50)}
    assert len(waits) > 10
    assert all(timedelta(seconds=48) <= wait <= timedelta(seconds=72) for wait in waits)
    assert pause(3, "fb_1_1") == pause(3, "fb_1_1")
    assert channel_after("crm", 99, [], NOW)["failures"] == 100
