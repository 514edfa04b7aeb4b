"""The outbox tells each order's channel in order, again and again (CHAN-4, I-20, F-10, F-46..F-48)."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select, update

from channels import queries
from channels.actions import set_channel
from channels.feedback import Claimed, Feedback, Outcome, Reply, Tried, channel_after, pause, row_after
from channels.outbox.actions import LEASE, claim_due, mark, queue_feedback, release
from channels.outbox.queries import listed
from storage.session import reading, writing
from storage.tables.channels import channels, outbox
from tests.channels import vectors as v

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOURS_20 = timedelta(hours=20)
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


# Worked out by hand: seconds, minutes, then hours.
LISTED = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 43_200, 43_200, 43_200, 43_200]


def test_f_46_pauses_grow_over_75_h_and_then_a_person_must_look(set_up: Connection) -> None:
    """CHAN-4, F-46; the other channel goes on meanwhile."""
    queue_feedback(set_up, [row(1), row(2, channel="website")])
    now = NOW
    for number, seconds in enumerate(LISTED, start=1):
        claimed = claim_due(set_up, now, 10, "crm")
        assert ids(claimed) == ["fb_1_1"]
        assert claimed[0].attempts == number
        mark(set_up, come_to(claimed, Outcome.LATER, Reply(None, "ConnectTimeout")), now)
        assert claim_due(set_up, now + seconds * SECOND * 0.99, 10, "crm") == []
        now += max(seconds * SECOND * 1.25, timedelta(minutes=5))  # or the channel itself is still paused
    mark(set_up, come_to(claim_due(set_up, now, 10, "crm"), Outcome.LATER, Reply(500, "oops")), now)
    (parked,) = listed(set_up).rows
    assert (parked.attempts, parked.last_status, parked.last_answer) == (15, 500, "oops")
    assert ids(claim_due(set_up, now, 10, "website")) == ["fb_2_1"]


@pytest.mark.parametrize("order_id", range(1, 201))
def test_f_46_whatever_the_spread_it_is_tried_over_75_h(order_id: int) -> None:
    """CHAN-4: the sum of all pauses until it is parked."""
    told, now = Feedback(order_id, 1, "", "crm", "accepted", {}), NOW
    for attempt in range(1, 100):
        after = row_after(Tried(Claimed(1, told, attempt, NOW), Outcome.LATER, Reply(503, "")), now)
        if after["state"] == "parked":
            break
        now = after["next_at"]
    assert after["state"] == "parked"
    assert timedelta(hours=75) <= now - NOW <= timedelta(hours=95)


def test_what_died_many_times_is_not_parked_before_75_h() -> None:
    """F-10, F-15: attempts whose worker was killed count, but they are no failures of the channel."""
    told = Feedback(1, 1, "", "crm", "accepted", {})
    tried = Tried(Claimed(1, told, 40, NOW), Outcome.LATER, Reply(500, ""))
    assert row_after(tried, NOW + timedelta(hours=74))["state"] == "waiting"
    assert row_after(tried, NOW + timedelta(hours=75))["state"] == "parked"


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


def test_f_46_a_retry_after_is_honoured_up_to_a_day(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1)])
    day = timedelta(days=1)
    mark(set_up, come_to(claim_due(set_up, NOW, 10), Outcome.LATER, Reply(503, "", 30 * day)), NOW)
    assert claim_due(set_up, NOW + day - SECOND, 10) == []
    assert ids(claim_due(set_up, NOW + day, 10)) == ["fb_1_1"]


def test_f_46_a_retry_after_among_signs_of_life_stops_the_channel_for_minutes_only(set_up: Connection) -> None:
    queue_feedback(set_up, [row(1), row(2), row(3, at=NOW + SECOND)])
    first, second = claim_due(set_up, NOW, 10)
    slow = come_to([second], Outcome.LATER, Reply(429, "", timedelta(hours=2)))
    mark(set_up, [*come_to([first], Outcome.DELIVERED), *slow], NOW)
    later = claim_due(set_up, NOW + timedelta(minutes=5), 10)
    assert ids(later) == ["fb_3_1"]
    mark(set_up, come_to(later, Outcome.DELIVERED), NOW + timedelta(minutes=5))
    assert claim_due(set_up, NOW + timedelta(hours=2) - SECOND, 10) == []
    assert ids(claim_due(set_up, NOW + timedelta(hours=2), 10)) == ["fb_2_1"]


def test_f_48_after_an_outage_what_was_put_off_is_due_at_once(set_up: Connection) -> None:
    """But for what the channel itself asked to wait."""
    queue_feedback(set_up, [row(1), row(2), row(3)])
    asked = [Tried(one, Outcome.LATER, Reply(503, "", HOURS_20)) for one in claim_due(set_up, NOW, 1)]
    mark(set_up, asked, NOW)
    now = NOW
    for _ in range(9):  # the others fail until their own pauses are hours
        set_up.execute(update(channels).values(paused_until=None))
        mark(set_up, come_to(claim_due(set_up, now, 10), Outcome.LATER, Reply(503, "")), now)
        now = set_up.execute(select(func.max(outbox.c.next_at)).where(outbox.c.order_id > 1)).scalar_one()
    now -= timedelta(hours=7)
    queue_feedback(set_up, [row(4, at=now)])
    set_up.execute(update(channels).values(paused_until=None))
    probe = claim_due(set_up, now, 10)
    assert ids(probe) == ["fb_1_1", "fb_4_1"] if now - NOW >= HOURS_20 else ids(probe) == ["fb_4_1"]
    mark(set_up, come_to(probe[-1:], Outcome.DELIVERED), now)
    assert ids(claim_due(set_up, now, 10)) == ["fb_2_1", "fb_3_1"]


@pytest.mark.parametrize(("failed", "due"), [(2, []), (3, ["fb_2_1"])])
def test_f_48_a_hiccup_is_no_outage(set_up: Connection, failed: int, due: list[str]) -> None:
    """From three failed rounds in a row on."""
    queue_feedback(set_up, [row(1), row(2), row(3, channel="website")])
    first, second = claim_due(set_up, NOW, 10, "crm")
    other = claim_due(set_up, NOW, 10, "website")
    mark(set_up, come_to([second, *other], Outcome.LATER, Reply(503, "")), NOW)
    set_up.execute(update(channels).values(failures=failed, paused_until=None))
    mark(set_up, come_to([first], Outcome.DELIVERED), NOW + SECOND)
    assert ids(claim_due(set_up, NOW + SECOND, 10)) == due  # and never those of another channel


def test_nothing_that_was_never_sent_is_a_sign_of_life(set_up: Connection) -> None:
    """A message without a word for it, or that cannot be written, says nothing about the channel."""
    queue_feedback(set_up, [row(1), row(2), row(3)])
    one, two, three = claim_due(set_up, NOW, 10)
    silent = Tried(one, Outcome.SILENT, Reply(None, "no word for it"))
    unwritten = Tried(two, Outcome.REFUSED, Reply(None, "cannot be written"))
    mark(set_up, [silent, unwritten, *come_to([three], Outcome.LATER, Reply(503, ""))], NOW)
    assert set_up.execute(select(channels.c.failures).where(channels.c.name == "crm")).scalar_one() == 1
    assert channel_after("crm", 2, [silent, unwritten], NOW) == {"failures": 2, "paused_until": None}


def test_what_was_not_attempted_is_given_back_as_it_was(set_up: Connection) -> None:
    """A round ends in time: no attempt is counted, and the oldest is still the oldest."""
    queue_feedback(set_up, [row(1, at=NOW - SECOND), row(2)])
    first = claim_due(set_up, NOW, 10)
    release(set_up, first)
    again = claim_due(set_up, NOW, 10)
    assert again == first and [one.attempts for one in again] == [1, 1]
    late = claim_due(set_up, NOW + LEASE, 10)
    release(set_up, first)  # overtaken: changes nothing
    assert claim_due(set_up, NOW + LEASE, 10) == [] and [one.attempts for one in late] == [2, 2]


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
    assert all(timedelta(seconds=120) <= wait <= timedelta(seconds=150) for wait in waits)
    assert pause(3, "fb_1_1") == pause(3, "fb_1_1")


@pytest.mark.parametrize("name", [f"channel{number}" for number in range(30)])
def test_f_48_a_channel_is_never_paused_for_more_than_five_minutes(name: str) -> None:
    """Unless it asked for it."""
    told = Feedback(1, 1, "", name, "accepted", {})
    failed = [Tried(Claimed(1, told, 1, NOW), Outcome.LATER, Reply(None, "ConnectTimeout"))]
    after = channel_after(name, 99, failed, NOW)
    assert after["failures"] == 100
    assert timedelta(minutes=4) <= after["paused_until"] - NOW <= timedelta(minutes=5)


def test_f_48_an_orders_own_dead_address_pauses_no_channel() -> None:
    told = Feedback(1, 1, "", "kuaidi100", "accepted", {})
    failed = [Tried(Claimed(1, told, 1, NOW), Outcome.LATER, Reply(None, "ConnectTimeout", HOURS_20))]
    assert channel_after("kuaidi100", 7, failed, NOW, one_address=False) == {"failures": 8, "paused_until": None}
