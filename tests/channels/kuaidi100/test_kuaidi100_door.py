"""Kuaidi100 at the door, on both databases, pushed to by the other side's own code (CHAN-1, CHAN-3, CHAN-5, CHAN-6)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from basics.words import DATA_CENTRE
from channels.actions import set_channel
from dispatch.facts import Accept, Confirm, Dispatch, Target
from sandbox import kuaidi100 as side
from sandbox.call import Call
from storage import session
from storage.session import writing
from storage.tables.channels import inbox, outbox
from storage.tables.dispatch import events, orders
from tests.web.door import MASTER, NOON, Door

NUMBER = side.number(17)
CREATE = side.create(NUMBER, NOON)
TARGET = Target(NUMBER, "kuaidi100")


@pytest.fixture
def door(engine: Engine) -> Door:
    made = Door(engine)
    with writing(engine) as conn:
        assert set_channel(conn, MASTER, "kuaidi100", side.SECRETS, NOON) is None
    return made


def push(door: Door, call: Call) -> TestResponse:
    kind = call.headers["content-type"]
    return door.knock(call.body, {}, "kuaidi100", content_type=kind)


def told(answer: TestResponse) -> dict[str, Any]:
    assert answer.content_type == "application/json"
    return dict(json.loads(answer.data))


def accept(door: Door) -> None:
    (row,) = door.rows(orders)
    if row.station == DATA_CENTRE:
        assert door.act(Dispatch(TARGET, "HZ01", "hq")) is None
    assert door.act(Accept(TARGET, "HZ01")) is None


def test_one_push_is_an_order(door: Door) -> None:
    answer = push(door, CREATE)
    assert answer.status_code == 200 and side.accepted(200, answer.data)
    assert told(answer)["data"]["orderId"] == NUMBER
    (row,) = door.rows(orders)
    assert (row.channel, row.logistics_no, row.business_type) == ("kuaidi100", NUMBER, "send_express")
    assert (row.created_at, row.sender_phone) == (NOON, "13800138000")
    assert row.window_end - NOON == timedelta(hours=23)  # tomorrow, 11:00
    assert door.findings() == []


def test_chan_3_a_retry_with_a_new_t_gets_the_first_answer(door: Door) -> None:
    first = push(door, CREATE)
    door.clock.forward(minutes=31)
    again = push(door, side.create(NUMBER, door.clock.at))
    assert again.data == first.data
    assert len(door.rows(orders)) == len(door.rows(inbox)) == len(door.rows(events)) == 1


def test_b_54_an_old_order_under_the_other_method_reverts_nothing(door: Door) -> None:
    """`method` is not signed, so whoever copied an old order could send it as `bOrder`."""
    first = push(door, CREATE)
    door.clock.forward(minutes=2)
    push(door, side.create(NUMBER, door.clock.at, remark="放门口"))
    old = side.sign(Call("/", "", {}, dict(CREATE.content) | {"method": "bOrder"}, b""), NOON)  # type: ignore[arg-type]
    assert push(door, old).data == first.data
    (row,) = door.rows(orders)
    assert row.content["remark"] == "放门口"
    assert [one.kind for one in door.rows(events)] == ["created", "updated"]


def test_b_17_and_b_18_other_content(door: Door) -> None:
    push(door, CREATE)
    changed = push(door, side.create(NUMBER, NOON, remark="放门口"))
    assert side.accepted(changed.status_code, changed.data)
    assert [one.kind for one in door.rows(events)] == ["created", "updated"]
    accept(door)
    late = push(door, side.create(NUMBER, NOON, remark="算了"))
    assert (late.status_code, told(late)["returnCode"]) == (409, "501")
    assert "order_already_accepted" in told(late)["message"] and not side.passing(late.status_code, late.data)


@pytest.mark.parametrize("first", [0, 1])
def test_f_43_a_withdrawal_before_or_after_its_order(door: Door, first: int) -> None:
    """`orderId` is the logistics number itself, so that a cancel finds its order in any arrival order."""
    calls = [CREATE, side.cancel(NUMBER, NOON + timedelta(seconds=5), "暂时不寄件了")]
    door.clock.forward(seconds=30)
    for call in (calls[first], calls[1 - first]):
        answer = push(door, call)
        assert side.accepted(answer.status_code, answer.data)
    (row,) = door.rows(orders)
    assert (row.state, row.withdrawal_origin, row.withdrawal_reason) == ("withdrawn", "sender", "暂时不寄件了")
    assert row.ended_at == NOON + timedelta(seconds=5)
    again = push(door, side.cancel(NUMBER, door.clock.at, "暂时不寄件了"))  # re-sent, with a new t
    assert side.accepted(again.status_code, again.data)
    assert door.findings() == []


def test_chan_6_a_withdrawal_after_the_pickup_is_refused(door: Door) -> None:
    push(door, CREATE)
    accept(door)
    assert door.act(Confirm(TARGET, "HZ01", "55012345678901")) is None
    answer = push(door, side.cancel(NUMBER, NOON + timedelta(minutes=1)))
    assert (answer.status_code, told(answer)["returnCode"]) == (409, "400")
    assert "already_picked_up" in told(answer)["message"]
    payloads = {one.kind: one.payload for one in door.rows(outbox)}
    assert payloads["picked_up"]["echo"] == {"salt": side.SALT, "company": "huitongkuaidi"}


def test_chan_5_held_and_released(door: Door) -> None:
    answer = push(door, side.create(NUMBER, NOON, phone="", weight="0"))
    assert (answer.status_code, told(answer)["result"]) == (200, False)
    assert "sendManMobile, weight" in told(answer)["message"]
    assert told(answer)["data"]["orderId"] == NUMBER  # it can be withdrawn
    assert door.state(NUMBER) == "held"
    corrected = push(door, CREATE)
    assert side.accepted(corrected.status_code, corrected.data) and door.state(NUMBER) != "held"


def test_b_05_a_contradicting_prefix_waits_for_a_person(door: Door) -> None:
    answer = push(door, side.create("LP00038652917401", NOON))
    assert side.accepted(answer.status_code, answer.data)
    (row,) = door.rows(orders)
    assert (row.station, row.routing_cause) == (DATA_CENTRE, "prefix")


def test_b_01_before_it_is_set_up(engine: Engine) -> None:
    answer = push(Door(engine), CREATE)
    assert (answer.status_code, told(answer)["returnCode"]) == (401, "600")
    assert "credential_unknown" in told(answer)["message"]


def test_b_25_and_b_55_leave_no_order(door: Door) -> None:
    price = side.sign(Call("/", "", {}, dict(CREATE.content) | {"method": "price"}, b""), NOON)  # type: ignore[arg-type]
    answer = push(door, price)
    assert answer.status_code == 422 and "event_unknown" in told(answer)["message"]
    assert [one.refused for one in door.rows(inbox)] == ["event_unknown"]
    with writing(door.engine) as conn:
        refusal = set_channel(conn, MASTER, "kuaidi100", {"secret": "demo-secret-9f"}, NOON)
    assert refusal is not None and refusal.code == "secret_invalid"
    assert door.rows(orders) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f_34_busy_looks_passing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    push(door, side.create(side.number(1), NOON))
    monkeypatch.setattr(session, "BUSY_SECONDS", 0.05)
    with writing(door.engine):
        answer = push(door, CREATE)
    assert (answer.status_code, told(answer)["returnCode"]) == (503, "500")
    assert side.passing(answer.status_code, answer.data) and answer.headers["Retry-After"]
    assert side.accepted(200, push(door, CREATE).data)
