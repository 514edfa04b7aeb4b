"""CHAN-7 from the order to the message in the folder, as the processes do it; a late one is not sent any more."""

import json
from collections.abc import Sequence
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.actions import set_channel
from channels.messages import OrderPush
from channels.outbox.actions import send_again
from channels.outbox.queries import all_stuck, left_out, these
from dispatch.actions import conduct
from dispatch.facts import Accept, Confirm, Item, Target
from jobs.environment import Environment
from jobs.tasks import perform
from storage.session import reading, run, writing
from storage.tables.channels import outbox
from tests.jobs.conftest import Listener, connect_channel
from tests.web.conftest import Clock
from tests.web.door import MASTER

CONTENT: dict[str, Any] = {
    "lng": 120.07, "lat": 30.07, "datum": "GCJ-02", "business_type": "send_express", "online": False,
    "sender": {"name": "王小二", "phone": "13800138000"}, "receiver": {"name": "李雷", "phone": "13900139000"},
}  # fmt: skip


@pytest.fixture
def folder(env: Environment, tmp_path: Path) -> Path:
    """SMS and e-mail go into a folder."""
    url = f"file://{tmp_path}/out"
    with writing(env.engine) as conn:
        assert set_channel(conn, MASTER, "sms", {"feedback_url": url}, env.clock()) is None
        given = {"feedback_url": url, "from": "noreply@lanshou.example"}
        assert set_channel(conn, MASTER, "email", given, env.clock()) is None
    return tmp_path / "out"


def do(env: Environment, *whats: Any) -> None:
    items = [Item(env.clock(), what, "test") for what in whats]
    assert run(env.engine, lambda conn: conduct(conn, items, env.world(conn))) == [None] * len(whats)


def push(env: Environment, number: str = "LS1", channel: str = "staff", **more: Any) -> OrderPush:
    return OrderPush(channel, number, env.clock(), CONTENT | more)


def states(env: Environment) -> Sequence[Any]:
    with reading(env.engine) as conn:
        return conn.execute(select(outbox.c.channel, outbox.c.state, outbox.c.last_answer).order_by(outbox.c.id)).all()


def test_chan_7_a_sender_hears_of_receipt_and_pickup(env: Environment, folder: Path) -> None:
    do(env, push(env), Accept(Target("LS1"), "HZ01"), Confirm(Target("LS1"), "HZ01", "55000000000017"))
    perform(env, "feedback")
    texts = [json.loads(one.read_bytes())["text"] for one in sorted(folder.iterdir())]
    assert texts == [
        "您的寄件订单LS1已收到,预计11月22日14:00前上门取件。", "您的寄件订单LS1已取件,运单号55000000000017。",
    ]  # fmt: skip
    perform(env, "feedback")
    assert len(list(folder.iterdir())) == 2 and {row.state for row in states(env)} == {"sent"}


def test_chan_7_by_mail_in_his_language(env: Environment, folder: Path) -> None:
    do(env, push(env, sender={"phone": "0571-88881234", "email": "alice@example.com"}, language="en"))
    perform(env, "feedback")
    (letter,) = folder.iterdir()
    read = message_from_bytes(letter.read_bytes(), policy=policy.default)
    assert (letter.suffix, read["To"], read["Subject"]) == (".eml", "alice@example.com", "Order LS1 received")
    assert "by 14:00 on 22 Nov" in read.get_content()


@pytest.mark.parametrize(("switch", "told"), [("on", ["received"]), ("off", [])])
def test_chan_7_a_pushed_order_where_its_channel_wants_it(
    env: Environment, folder: Path, switch: str, told: list[str], listen: Any
) -> None:
    there: Listener = listen()
    connect_channel(env, "crm", there.url)
    with writing(env.engine) as conn:
        set_channel(conn, MASTER, "crm", {"tell_sender": switch}, env.clock())
    do(env, push(env, "IS1", "crm", online=True), Accept(Target("IS1"), "HZ01"))
    perform(env, "feedback")
    assert [body["type"] for _, body in there.heard] == ["pickup.order.accepted"]
    with reading(env.engine) as conn:
        assert list(conn.scalars(select(outbox.c.kind).where(outbox.c.channel == "sms"))) == told


def test_chan_7_what_is_a_day_old_waits_for_a_person(env: Environment, folder: Path, clock: Clock) -> None:
    """The gateway was turned off meanwhile: no news of yesterday, unless a person wants it told."""
    do(env, push(env))
    clock.at += timedelta(hours=24, seconds=1)
    perform(env, "feedback")
    assert [tuple(row) for row in states(env)] == [("sms", "parked", "too_late")] and not folder.exists()
    with writing(env.engine) as conn:
        assert left_out(conn, clock.at) == left_out(conn, clock.at, "sms") == 1 and left_out(conn, clock.at, "crm") == 0
        assert send_again(conn, all_stuck(clock.at, "sms"), "赵敏", clock.at) == 0  # not with others, months later
        (row,) = conn.execute(select(outbox)).all()
        assert send_again(conn, these([row.id]), "赵敏", clock.at) == 1
    perform(env, "feedback")
    assert [row.state for row in states(env)] == ["sent"] and len(list(folder.iterdir())) == 1
