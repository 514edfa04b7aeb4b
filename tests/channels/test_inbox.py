"""The inbox counts a push once; channels and their secrets are set up (CHAN-3, D5, B-21, B-25, B-28, F-42)."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from channels import queries
from channels.actions import Answered, Arrival, Earlier, keep_answers, remember, set_channel
from channels.adapter import Answer
from channels.queries import load_channels
from channels.standard_webhooks import read_secret
from storage.session import writing
from storage.tables.channels import channel_secrets, inbox
from tests.channels import vectors as v

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MASTER = b"m" * 32
OK = Answer(200, "application/json", '{"result":"ok"}')


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connection:
        yield connection


def arrival(message_key: str = "msg_1", sha: str = "a" * 64, channel: str = "crm") -> Arrival:
    return Arrival(channel, message_key, sha, b"\x00\xff{}", NOW)


def test_chan_3_a_repeated_message_gets_the_first_answer(conn: Connection) -> None:
    assert remember(conn, [arrival()]) == [None]
    keep_answers(conn, [Answered("crm", "msg_1", OK, "IS1")])
    assert remember(conn, [arrival()]) == [Earlier(True, OK)]
    assert conn.execute(select(inbox.c.logistics_no, inbox.c.body)).all() == [("IS1", b"\x00\xff{}")]


def test_b_21_the_same_id_with_another_body_is_seen(conn: Connection) -> None:
    remember(conn, [arrival()])
    keep_answers(conn, [Answered("crm", "msg_1", OK)])
    assert remember(conn, [arrival(sha="b" * 64)]) == [Earlier(False, OK)]


def test_ids_of_two_channels_are_two_messages(conn: Connection) -> None:
    assert remember(conn, [arrival(), arrival(channel="website")]) == [None, None]


def test_one_batch_may_hold_a_message_twice(conn: Connection) -> None:
    batch = [arrival("m1"), arrival("m2"), arrival("m1"), arrival("m1", sha="b" * 64)]
    assert remember(conn, batch) == [None, None, Earlier(True, None), Earlier(False, None)]
    assert conn.scalars(select(inbox.c.sha256).where(inbox.c.message_key == "m1")).all() == ["a" * 64]


def test_b_25_signed_messages_that_nobody_understands_wait_for_a_person(conn: Connection) -> None:
    remember(conn, [arrival("m1"), arrival("m2")])
    refusal = Answer(422, "application/problem+json", "{}")
    keep_answers(conn, [Answered("crm", "m1", refusal, refused="event_unknown"), Answered("crm", "m2", OK)])
    kept = select(inbox.c.message_key, inbox.c.body).where(inbox.c.refused == "event_unknown")
    assert [tuple(row) for row in conn.execute(kept)] == [("m1", arrival("m1").body)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_f_42_the_second_of_two_at_once_waits_for_the_first_answer(engine: Engine) -> None:
    found: list[Earlier | None] = []

    def second() -> None:
        with writing(engine) as conn:
            found.extend(remember(conn, [arrival()]))

    with writing(engine) as conn:
        assert remember(conn, [arrival()]) == [None]
        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
        assert other.is_alive()
        keep_answers(conn, [Answered("crm", "msg_1", OK)])
    other.join(10)
    assert found == [Earlier(True, OK)]


# Set-up


def test_a_channel_is_set_up_and_its_secret_is_not_in_the_database(conn: Connection) -> None:
    assert set_channel(conn, MASTER, "crm", {"secret": v.SECRET, "feedback_url": "https://crm.example/in"}, NOW) is None
    found = load_channels(conn, MASTER, NOW)["crm"]
    assert (found.enabled, found.feedback_url) == (True, "https://crm.example/in")
    assert found.credential.valid() == (read_secret(v.SECRET),)
    sealed = conn.scalars(select(channel_secrets.c.sealed)).one()
    assert read_secret(v.SECRET) not in sealed.encode()
    assert v.SECRET not in sealed
    with pytest.raises(ValueError, match="another key"):
        load_channels(conn, b"x" * 32, NOW)


def test_b_28_an_old_secret_is_valid_in_the_overlap_and_dead_after(conn: Connection) -> None:
    set_channel(conn, MASTER, "crm", {"secret": v.SECRET}, NOW)
    later = NOW + timedelta(days=30)
    set_channel(conn, MASTER, "crm", {"secret": v.PUBLISHED_SECRET}, later)
    set_channel(conn, MASTER, "crm", {"secret": v.PUBLISHED_SECRET}, later)  # again: nothing new
    old, new = read_secret(v.SECRET), read_secret(v.PUBLISHED_SECRET)
    assert load_channels(conn, MASTER, later + timedelta(hours=24) - SECOND)["crm"].credential.valid() == (new, old)
    assert load_channels(conn, MASTER, later + timedelta(hours=24))["crm"].credential.valid() == (new,)


def test_set_up_refuses_what_it_cannot_use(conn: Connection) -> None:
    codes = [
        set_channel(conn, MASTER, "smoke", {}, NOW),
        set_channel(conn, MASTER, "crm", {"secret": "short"}, NOW),
        set_channel(conn, MASTER, "crm", {"feedback_url": "ftp://x"}, NOW),
        set_channel(conn, MASTER, "crm", {"feedback_url": "https://x\x00"}, NOW),
    ]
    assert [code and code.code for code in codes] == [
        "channel_unknown", "secret_invalid", "url_invalid", "url_invalid",
    ]  # fmt: skip
    assert load_channels(conn, MASTER, NOW) == {}


def test_what_is_not_given_stays(conn: Connection) -> None:
    set_channel(conn, MASTER, "crm", {"secret": v.SECRET, "feedback_url": "https://a.example/"}, NOW)
    set_channel(conn, MASTER, "crm", {"enabled": "false"}, NOW)
    found = load_channels(conn, MASTER, NOW)["crm"]
    assert (found.enabled, found.feedback_url, len(found.credential.valid())) == (False, "https://a.example/", 1)


def test_an_old_secret_can_come_back(conn: Connection) -> None:
    old, new = read_secret(v.SECRET), read_secret(v.PUBLISHED_SECRET)
    for days, secret in enumerate((v.SECRET, v.PUBLISHED_SECRET, v.SECRET)):
        assert set_channel(conn, MASTER, "crm", {"secret": secret}, NOW + timedelta(days=days)) is None
    assert load_channels(conn, MASTER, NOW + timedelta(days=2))["crm"].credential.valid() == (old, new)
    assert load_channels(conn, MASTER, NOW + timedelta(days=3))["crm"].credential.valid() == (old,)


def test_f_15_a_secret_that_cannot_be_unsealed_stops_its_own_channel_only(
    conn: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither pushes nor feedback of it (its credential has no secret), and it is said once, without the secret."""
    queries._say_spoilt.cache_clear()
    set_channel(conn, MASTER, "crm", {"secret": v.PUBLISHED_SECRET}, NOW)
    set_channel(conn, b"x" * 32, "crm", {"secret": v.SECRET}, NOW)  # the one in use
    set_channel(conn, MASTER, "website", {"secret": v.SECRET}, NOW)
    for _ in range(2):
        found = load_channels(conn, MASTER, NOW)
        assert (found["crm"].credential.secrets, found["crm"].credential.has(("secret",))) == ({}, False)
        assert found["website"].credential.valid() == (read_secret(v.SECRET),)
    assert [one.getMessage().split(":")[0] for one in caplog.records] == ["a secret of channel crm cannot be unsealed"]


def test_a_secret_entered_again_mends_the_channel_at_once(conn: Connection) -> None:
    """After a change of the master key; the one that it replaced is of no use in the overlap."""
    set_channel(conn, b"x" * 32, "crm", {"secret": v.SECRET}, NOW)
    set_channel(conn, MASTER, "crm", {"secret": v.SECRET}, NOW)
    assert load_channels(conn, MASTER, NOW)["crm"].credential.valid() == (read_secret(v.SECRET),)
