"""CHAN-7: what the sender of an order without a channel hears, and of a pushed one where that is turned on."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Row, select

from channels.actions import set_channel
from channels.outbox.queries import TellingCache, telling
from channels.sender_texts import NOBODY, Telling
from dispatch.batch import World
from storage.session import reading, writing
from storage.tables.channels import outbox
from tests.rules.courses import BOOK, t
from tests.rules.scene import Scene, pushed
from tests.rules.stage import NETWORK, NUMBER, Stage

BOTH = Telling(ways=frozenset({"sms", "email"}), channels=frozenset({"cainiao"}), remarks=(("sms", "客服95320"),))
RECEIVER = {"name": "李雷雷", "phone": "13900139000", "address": "上海市青浦区华徐公路3029弄28号"}
MASTER = b"m" * 32


def staged(telling: Telling = BOTH) -> Stage:
    stage = Stage()
    stage.world = stage.batch.world = World(NETWORK, BOOK, telling)
    return stage


def told(stage: Stage) -> list[tuple[str, str]]:
    """(way, kind) of what the sender hears."""
    return [(one.channel, one.kind) for one in stage.batch.heard if one.channel]


def texts(stage: Stage) -> list[str]:
    return [one.payload["text"] for one in stage.batch.heard if one.channel]


def typed(stage: Stage, at: str = "5 10:00", **more: Any) -> None:
    """An order of the counter."""
    more = {"online": False, "receiver": RECEIVER, "business_type": "send_express", **more}
    assert stage.push(at, "LS1", channel="staff", **more) is None


def test_chan_7_from_receipt_to_pickup() -> None:
    stage = staged()
    typed(stage)
    assert stage.accept("5 10:10", no="LS1") is None
    assert stage.transfer("5 10:20", no="LS1") is None
    assert stage.accept("5 10:30", "B", no="LS1") is None
    assert stage.confirm("5 11:00", station="B", no="LS1") is None
    assert told(stage) == [("sms", "received"), ("sms", "picked_up")]  # who holds it is no news to him
    assert texts(stage) == [
        "您的寄件订单LS1已收到,预计5月5日12:00前上门取件。 客服95320",  # PROMISE-1: within 2 h
        f"您的寄件订单LS1已取件,运单号{NUMBER}。 客服95320",
    ]
    assert [one.payload["to"] for one in stage.batch.heard] == ["13800000000"] * 2
    assert stage.batch.heard[1].payload["happened_at"] == "2026-05-05T11:00:00+08:00"


def test_promise_1_the_booked_window_is_the_promise() -> None:
    stage = staged()
    typed(stage, window_end="2026-05-06T16:30:00+08:00")
    assert "5月6日16:30" in texts(stage)[0]


def test_chan_7_a_promise_that_is_over_is_not_made() -> None:
    """Typed in at noon, from a fax of the early morning."""
    stage = staged()
    typed(stage, "5 12:00", created="5 07:00")
    assert texts(stage) == ["您的寄件订单LS1已收到。 客服95320"]


def test_chan_7_missing_data_the_reminder_and_the_release() -> None:
    stage = staged()
    typed(stage, weight_g=0)
    life = stage.life("LS1")
    stage.batch.expire(life, t("5 12:30"))
    typed(stage, "5 13:00", weight_g=500, window_end="2026-05-06T10:00:00+08:00")
    assert told(stage) == [("sms", "held"), ("sms", "held"), ("sms", "received")]
    held = "您的寄件订单LS1缺少重量,请在5月6日10:00前告知我们,否则订单将撤销。 客服95320"
    assert texts(stage)[:2] == [held, f"提醒:{held}"]
    assert "预计5月6日10:00前" in texts(stage)[2]


def test_chan_7_held_for_ever_is_withdrawn() -> None:
    stage = staged()
    typed(stage, weight_g=0)
    stage.batch.expire(stage.life("LS1"), t("6 10:01"))
    assert told(stage) == [("sms", "held"), ("sms", "held"), ("sms", "withdrawn")]
    assert "因资料未补齐" in texts(stage)[2]


def test_do_3_the_sender_of_an_accepted_online_order_is_asked_for_its_number() -> None:
    """CHAN-7; of a pushed one too where its channel wants it."""
    stage = staged()
    stage.push("5 10:00")  # cainiao, online_order without a number
    stage.accept("5 10:10")
    stage.number("5 10:20")
    stage.scan("5 10:30")
    assert told(stage) == [("sms", "received"), ("sms", "needed"), ("sms", "picked_up")]
    assert "请提供运单号" in texts(stage)[1]
    assert [one.kind for one in stage.batch.heard if not one.channel] == ["accepted", "picked_up"]


@pytest.mark.parametrize("wanted", [Telling(ways=BOTH.ways), Telling(), NOBODY])
def test_chan_7_for_pushed_orders_it_is_off_by_default(wanted: Telling) -> None:
    stage = staged(wanted)
    stage.push("5 10:00")
    stage.accept("5 10:10")
    stage.withdraw("5 10:20")
    assert told(stage) == [] and stage.told() == ["accepted", "withdrawn"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [("cannot_enter", ":无法进入。"), ("test_or_malicious", "未能取件。"), ("other", "未能取件。")],
)
def test_chan_7_failed_with_its_reason_unless_that_is_an_insult(reason: str, said: str) -> None:
    stage = staged()
    typed(stage)
    assert stage.fail("5 10:10", reason=reason, no="LS1") is None
    assert told(stage) == [("sms", "received"), ("sms", "failed")] and said in texts(stage)[1]


def test_chan_7_withdrawn_and_then_after_all_picked_up() -> None:
    """CHAN-6: a scan made before the withdrawal is told after it."""
    stage = staged()
    typed(stage, business_type="online_order", waybill_no=NUMBER)
    stage.accept("5 10:05", no="LS1")
    stage.withdraw("5 11:00", no="LS1")
    stage.scan("5 12:00", made="5 10:30")
    assert told(stage) == [("sms", "received"), ("sms", "withdrawn"), ("sms", "picked_up")]


def test_chan_7_in_the_senders_language_and_by_mail() -> None:
    stage = staged()
    typed(stage, sender={"name": "Alice", "email": "alice@example.com", "phone": "0571-88881234"}, language="en")
    (one,) = stage.batch.heard
    assert one.channel == "email" and one.parked == ""
    assert one.payload == {
        "logistics_no": "LS1", "happened_at": "2026-05-05T10:00:00+08:00", "to": "alice@example.com",
        "subject": "Order LS1 received", "language": "en",
        "text": "We have received your order LS1. We expect to pick it up by 12:00 on 5 May.",
    }  # fmt: skip


@pytest.mark.parametrize("sender", [{"phone": "0571-88881234"}, {"phone": "400-800-1234", "email": "x"}])
def test_chan_7_who_cannot_be_reached_is_not_told(sender: dict[str, str]) -> None:
    stage = staged()
    typed(stage, sender=sender)
    assert stage.batch.heard == []


def test_chan_7_nothing_of_the_receiver_is_told_to_anybody() -> None:
    """ROLE-2: each word of each message."""
    stage = staged()
    typed(stage, remark="交给李雷雷 13900139000")
    stage.accept("5 10:10", no="LS1")
    stage.fail("5 10:20", "pickup", "weather_or_traffic", no="LS1")
    assert len(stage.batch.heard) == 2
    for one in stage.batch.heard:
        assert not any(part in str(one.payload) for part in ("李雷", "1390013", "华徐", "上海", "青浦"))


# ---- in the database --------------------------------------------------------------------------------------------


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        yield Scene(conn)


def rows(scene: Scene) -> list[Row[Any]]:
    return list(scene.conn.execute(select(outbox).order_by(outbox.c.order_id, outbox.c.seq)))


def test_chan_7_without_a_way_it_is_parked_at_once_and_not_sent_months_later(scene: Scene) -> None:
    scene.tell("5 10:00", pushed("LS1", online=False))
    (row,) = rows(scene)
    assert (row.channel, row.state, row.last_answer, row.next_at) == ("sms", "parked", "not_set_up", None)
    assert row.payload["text"].startswith("您的寄件订单LS1已收到")  # the copy


def test_chan_7_what_the_world_knows_of_senders(scene: Scene) -> None:
    conn = scene.conn
    assert telling(conn) == Telling()
    values = {
        "sms": {"feedback_url": "file:///tmp-of-a-test", "remark": "客服95320"},
        "email": {"from": "a@example.com"},  # no address: not set up
        "crm": {"tell_sender": "on"},
        "website": {"tell_sender": "off"},
    }
    for name, given in values.items():
        assert set_channel(conn, MASTER, name, given, t("5 10:00")) is None
    expected = Telling(ways=frozenset({"sms"}), channels=frozenset({"crm"}), remarks=(("sms", "客服95320"),))
    assert telling(conn) == expected
    scene.world = World(NETWORK, BOOK, telling(conn))
    scene.tell("5 10:00", pushed("LS1", online=False))
    (row,) = rows(scene)
    assert (row.channel, row.state, row.payload["text"][-8:]) == ("sms", "waiting", " 客服95320")


def test_the_world_does_not_ask_for_each_push(engine: Engine) -> None:
    cache, now = TellingCache(), t("5 10:00")
    with reading(engine) as conn:
        assert cache.get(conn, now) == Telling()
    with writing(engine) as conn:
        set_channel(conn, MASTER, "sms", {"feedback_url": "https://sms.example/"}, now)
        assert cache.get(conn, now) == Telling()
        assert cache.get(conn, t("5 10:00:02")) == Telling(ways=frozenset({"sms"}))
        assert cache.get(conn, t("5 09:00")) == Telling(ways=frozenset({"sms"}))
