"""The notify door (DO-8): told once, to the inbox and to each contact; by e-mail and SMS at least once, with pauses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.actions import set_channel
from channels.outbox.actions import LEASE
from jobs.environment import Environment
from jobs.tasks import perform
from jobs.warn import due_ways
from notify.actions import add_contact, claim_due, mark_read, notify, remove_contact
from notify.messages import Message, is_address
from notify.queries import contact_list, inbox, letters, unread
from storage.session import reading, run, writing
from storage.tables.notify import deliveries
from tests.channels.test_letters import Box, post_office
from tests.jobs.conftest import Listener
from tests.web.conftest import Clock
from tests.web.door import MASTER, NOON

__all__ = ["post_office"]
HZ01, ZHEJIANG, SECOND = ("station", "HZ01"), ("province", "浙江省"), timedelta(seconds=1)
SMS, MAIL = "13800138000", "wang@example.com"


def late(number: int = 1, to: tuple[str, str] = HZ01, kind: str = "late_soon") -> Message:
    return Message(f"{kind}:{to[1]}:{number}", to, kind, f"{number} 单即将超时 / about to be late", "IS1", "/desk")


def tell(env: Environment, *told: Message) -> int:
    return run(env.engine, lambda conn: notify(conn, told, env.clock()))


def contact(env: Environment, way: str, address: str, *kinds: str, whose: tuple[str, str] = HZ01) -> bool:
    return run(env.engine, lambda conn: add_contact(conn, whose, way, address, kinds, "test", env.clock()))


def set_up(env: Environment, way: str, url: str) -> None:
    given = {"feedback_url": url} | ({"from": "noreply@lanshou.example"} if way == "email" else {"secret": "s" * 40})
    with writing(env.engine) as conn:
        assert set_channel(conn, MASTER, way, given, env.clock()) is None


def rows(env: Environment) -> Sequence[Any]:
    with reading(env.engine) as conn:
        return conn.execute(select(deliveries).order_by(deliveries.c.id)).all()


@pytest.fixture
def gateway(env: Environment, listen: Callable[[], Listener]) -> Iterator[Listener]:
    """An SMS gateway, and HZ01's head who is reached by it."""
    there = listen()
    set_up(env, "sms", there.url)
    assert contact(env, "sms", SMS)
    yield there


def test_told_once_whatever_is_retried(env: Environment) -> None:
    assert tell(env, late(1), late(2), late(1, ZHEJIANG)) == 3
    assert tell(env, late(2), late(3)) == 1 and tell(env) == 0
    with writing(env.engine) as conn:
        assert (unread(conn, HZ01), unread(conn, ZHEJIANG), unread(conn, ("hq", ""))) == (3, 1, 0)
        first = inbox(conn, HZ01, limit=2)
        rest = inbox(conn, HZ01, after=first.following, limit=2)
        ids = [row.id for row in (*first.rows, *rest.rows)]
        assert len(ids) == 3 and ids == sorted(ids, reverse=True) and rest.following is None
        assert mark_read(conn, ZHEJIANG, ids, "浙江陈平", NOON) == 0, "another's inbox"
        assert mark_read(conn, HZ01, ids[:1], "王芳", NOON) == 1
        assert mark_read(conn, HZ01, None, "李伟", NOON + SECOND) == 2
        assert {row.id: row.read_by for row in inbox(conn, HZ01).rows} == dict.fromkeys(ids, "李伟") | {ids[0]: "王芳"}
        assert unread(conn, HZ01) == 0 and inbox(conn, HZ01, unread_only=True).rows == []


def test_contacts_and_what_they_want(env: Environment) -> None:
    assert contact(env, "sms", SMS) and not contact(env, "sms", SMS, "silent")
    assert contact(env, "email", MAIL, "silent") and contact(env, "sms", SMS, whose=ZHEJIANG)
    tell(env, late(), late(kind="silent"), late(1, ("station", "HZ02")))
    assert [(row.way, row.address) for row in rows(env)] == [("sms", SMS), ("email", MAIL), ("sms", SMS)]
    tell(env, late())
    assert len(rows(env)) == 3
    with writing(env.engine) as conn:
        assert len(contact_list(conn)) == 3 and len(contact_list(conn, HZ01)) == 2
        assert remove_contact(conn, HZ01, "sms", SMS) and not remove_contact(conn, HZ01, "sms", SMS)
    tell(env, late(2))
    assert len(rows(env)) == 3


@pytest.mark.parametrize(
    ("way", "address", "good"),
    [
        ("sms", SMS, True), ("sms", "0571-88881234", False), ("sms", "138001380001", False), ("sms", MAIL, False),
        ("email", MAIL, True), ("email", SMS, False), ("email", "wang@example.com\nBcc: x@example.com", False),
    ],
)  # fmt: skip
def test_where_something_can_be_sent(way: str, address: str, good: bool) -> None:
    assert is_address(way, address) is good


def test_by_sms(env: Environment, gateway: Listener) -> None:
    tell(env, late())
    assert due_ways(env) == ["sms"]
    perform(env, "notify")
    perform(env, "notify")
    (heard,) = [body for _, body in gateway.heard]
    (row,) = rows(env)
    assert heard == {"id": f"fb_none_{row.id}", "to": SMS, "text": "IS1"}
    assert (row.state, row.attempts, row.sent_at, row.last_answer) == ("sent", 1, NOON, "ok") and due_ways(env) == []


def test_a_gateway_that_fails_is_tried_again_with_growing_pauses(
    env: Environment, gateway: Listener, clock: Clock
) -> None:
    gateway.answer = lambda _id, count: (500, {}, "boom") if count < 3 else (200, {}, "ok")
    tell(env, late())
    waits = []
    for _ in range(2):
        perform(env, "notify:sms")
        (row,) = rows(env)
        assert row.state == "waiting" and row.last_answer == "boom"
        waits.append(row.next_at - clock.at)
        clock.at = row.next_at - timedelta(microseconds=1)
        perform(env, "notify:sms")
        clock.at = row.next_at
    assert 5 * SECOND <= waits[0] <= 7 * SECOND and 30 * SECOND <= waits[1] <= 38 * SECOND
    perform(env, "notify:sms")
    assert [row.state for row in rows(env)] == ["sent"] and len(gateway.heard) == 3
    assert len({body["id"] for _, body in gateway.heard}) == 1, "the same id on every attempt"


def test_a_refusal_for_good_is_parked(env: Environment, gateway: Listener, clock: Clock) -> None:
    gateway.answer = lambda *_: (400, {}, "no such number")
    tell(env, late())
    perform(env, "notify")
    clock.at += timedelta(days=3)
    perform(env, "notify")
    assert [(row.state, row.attempts, row.last_answer) for row in rows(env)] == [("parked", 1, "no such number")]
    with reading(env.engine) as conn:
        assert [row.to_code for row in letters(conn, "parked")] == ["HZ01"] and letters(conn, "sent") == []


def test_a_warning_of_yesterday_is_none(env: Environment, gateway: Listener, clock: Clock) -> None:
    tell(env, late())
    clock.at += timedelta(hours=24) + SECOND
    perform(env, "notify")
    assert [(row.state, row.last_answer) for row in rows(env)] == [("parked", "too_late")] and not gateway.heard


def test_a_crash_between_sending_and_marking_doubles_under_one_id(
    env: Environment, gateway: Listener, clock: Clock
) -> None:
    tell(env, late())
    with writing(env.engine) as conn:
        (taken,) = claim_due(conn, "sms", 10, clock.at)  # by a process that dies
    perform(env, "notify")
    assert not gateway.heard, "it is another's until its lease ends"
    clock.at += LEASE
    perform(env, "notify")
    assert [body["id"] for _, body in gateway.heard] == [taken.feedback.message_id]
    assert [(row.state, row.attempts) for row in rows(env)] == [("sent", 2)]


def test_a_slow_gateway_holds_up_no_mail(env: Environment, gateway: Listener, tmp_path: Path) -> None:
    gateway.pause = 0.5
    set_up(env, "email", f"file://{tmp_path}/out")
    contact(env, "email", MAIL)
    tell(env, late())
    assert due_ways(env) == ["email", "sms"]
    perform(env, "notify:email")
    assert [(row.way, row.state) for row in rows(env)] == [("email", "sent"), ("sms", "waiting")]
    (letter,) = (tmp_path / "out").iterdir()
    read = message_from_bytes(letter.read_bytes(), policy=policy.default)
    assert (read["To"], read["Subject"]) == (MAIL, "1 单即将超时 / about to be late")
    perform(env, "notify")
    assert {row.state for row in rows(env)} == {"sent"}


def test_a_gateway_that_is_gone_ends_its_round(env: Environment, gateway: Listener, clock: Clock) -> None:
    gateway.server.shutdown()
    gateway.server.server_close()
    tell(env, *[late(number) for number in range(40)])
    perform(env, "notify")
    assert {row.state for row in rows(env)} == {"waiting"}
    assert sum(row.attempts for row in rows(env)) <= 16, "what was not tried was given back"
    assert all(row.next_at >= clock.at for row in rows(env))


def test_by_mail_to_a_server_that_takes_it_and_hangs_up(
    env: Environment, post_office: Callable[..., tuple[Box, str]], clock: Clock
) -> None:
    box, url = post_office()
    box.hang_up = True
    set_up(env, "email", url)
    contact(env, "email", MAIL)
    tell(env, late())
    perform(env, "notify")
    box.hang_up = False
    (row,) = rows(env)
    assert row.state == "waiting"
    clock.at = row.next_at
    perform(env, "notify")
    ids = {message_from_bytes(content)["Message-ID"] for _, _, content in box.got}
    assert [one.state for one in rows(env)] == ["sent"] and len(box.got) == 2 and len(ids) == 1


def test_while_no_way_is_set_up(env: Environment, listen: Callable[[], Listener], clock: Clock) -> None:
    """It stands in the inbox; a letter is no warning any more when the way is set up some day."""
    contact(env, "sms", SMS)
    tell(env, late())
    perform(env, "notify")
    assert due_ways(env) == [] and [(row.state, row.last_answer) for row in rows(env)] == [("parked", "not_set_up")]
    there = listen()
    set_up(env, "sms", there.url)
    tell(env, late(2))
    perform(env, "notify")
    assert [row.state for row in rows(env)] == ["parked", "sent"] and len(there.heard) == 1


@pytest.mark.parametrize(("after", "sent"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_do_8_no_letter_after_its_time(
    env: Environment, gateway: Listener, clock: Clock, after: timedelta, sent: bool
) -> None:
    """A gateway that fails until then is told no more; another message's letters go on."""
    gateway.answer = lambda *_: (500, {}, "boom")
    tell(env, replace(late(), until=NOON + timedelta(minutes=10)), late(2))
    perform(env, "notify")
    assert [row.state for row in rows(env)] == ["waiting"] * 2
    gateway.answer = lambda *_: (200, {}, "ok")
    clock.at = NOON + timedelta(minutes=10) + after
    perform(env, "notify")
    first, second = rows(env)
    assert second.state == "sent" and first.state == ("sent" if sent else "parked")
    assert first.last_answer == ("ok" if sent else "too_late")
