"""TouchPal at the door, on both databases, pushed to by the other side's own code (CHAN-1, CHAN-3, CHAN-5, CHAN-6)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from basics.words import DATA_CENTRE
from channels.actions import set_channel
from dispatch.facts import Accept, Dispatch, Target
from sandbox import touchpal as side
from sandbox.call import Call
from storage import session
from storage.session import writing
from storage.tables.channels import inbox
from storage.tables.dispatch import events, orders
from tests.web.door import MASTER, NOON, Door

NUMBER = side.number(17)
CREATE = side.create(NUMBER, NOON)
TARGET = Target(NUMBER, "touchpal")
DONE = {"result": True, "remark": "", "errorCode": "", "errorDescription": ""}


@pytest.fixture
def door(engine: Engine) -> Door:
    made = Door(engine)
    with writing(engine) as conn:
        assert set_channel(conn, MASTER, "touchpal", side.SECRETS, NOON) is None
    return made


def push(door: Door, call: Call) -> TestResponse:
    return door.knock(call.body, {}, "touchpal", content_type=call.headers["content-type"])


def said(call: Call, **changed: str) -> Call:
    """The call with words of its form changed, signed again."""
    return side.sign(Call(call.path, "", {}, dict(call.content) | changed, b""), NOON)  # type: ignore[arg-type]


def told(answer: TestResponse) -> dict[str, Any]:
    assert answer.content_type == "application/json"
    return dict(json.loads(answer.data))


def test_one_push_is_an_order(door: Door) -> None:
    answer = push(door, CREATE)
    assert (answer.status_code, told(answer)) == (200, DONE)
    (row,) = door.rows(orders)
    assert (row.channel, row.logistics_no, row.created_at) == ("touchpal", NUMBER, NOON)
    assert row.window_end - NOON == timedelta(hours=23)
    assert door.findings() == []


def test_chan_3_the_same_again_gets_the_first_answer(door: Door) -> None:
    first = push(door, CREATE)
    door.clock.forward(minutes=31)
    assert push(door, CREATE).data == first.data
    assert len(door.rows(orders)) == len(door.rows(inbox)) == len(door.rows(events)) == 1


def test_b_17_and_b_18_other_content(door: Door) -> None:
    push(door, CREATE)
    assert told(push(door, side.create(NUMBER, NOON, remark="放门口"))) == DONE
    assert [one.kind for one in door.rows(events)] == ["created", "updated"]
    (row,) = door.rows(orders)
    if row.station == DATA_CENTRE:
        assert door.act(Dispatch(TARGET, "HZ01", "hq")) is None
    assert door.act(Accept(TARGET, "HZ01")) is None
    late = push(door, side.create(NUMBER, NOON, remark="算了"))
    assert (late.status_code, told(late)["errorCode"]) == (409, "order_already_accepted")
    assert not side.passing(late.status_code, late.data)


@pytest.mark.parametrize("first", [0, 1])
def test_f_43_a_withdrawal_before_or_after_its_order(door: Door, first: int) -> None:
    calls = [CREATE, side.cancel(NUMBER, NOON)]
    for call in (calls[first], calls[1 - first]):
        door.clock.forward(seconds=5)
        assert told(push(door, call)) == DONE
    (row,) = door.rows(orders)
    assert (row.state, row.withdrawal_origin, row.withdrawal_reason) == ("withdrawn", "sender", "不想寄了")
    assert door.findings() == []


def test_chan_5_held_and_released(door: Door) -> None:
    answer = push(door, side.create(NUMBER, NOON, phone="", weight="0"))
    assert (answer.status_code, told(answer)["result"], told(answer)["errorCode"]) == (200, False, "held")
    assert "sender.mobile, itemWeight" in told(answer)["errorDescription"]
    assert door.state(NUMBER) == "held"
    assert told(push(door, CREATE)) == DONE and door.state(NUMBER) != "held"


def test_xml_is_answered_in_xml(door: Door) -> None:
    text = f"<request><txLogisticID>{NUMBER}</txLogisticID><reason>不寄了</reason></request>"
    answer = push(door, said(side.cancel(NUMBER, NOON), bizData=text))
    assert (answer.status_code, answer.content_type) == (200, "application/xml; charset=utf-8")
    assert side.accepted(answer.status_code, answer.data)
    bomb = push(door, said(CREATE, bizData='<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>'))
    assert bomb.status_code == 400 and b"<errorCode>xml_dtd_forbidden</errorCode>" in bomb.data


def test_b_59_b_05_and_b_01(door: Door) -> None:
    nonsense = push(door, said(CREATE, bizData="txLogisticID=1"))
    assert (nonsense.status_code, told(nonsense)["errorCode"]) == (400, "json_invalid")
    stranger = push(door, said(CREATE, partnerID="somebody"))
    assert (stranger.status_code, told(stranger)["errorCode"]) == (401, "credential_unknown")
    assert door.rows(orders) == []
    assert told(push(door, side.create("LP00038652917401", NOON))) == DONE
    (row,) = door.rows(orders)
    assert (row.station, row.routing_cause) == (DATA_CENTRE, "prefix")


def test_do_3_a_number_told_by_an_update(door: Door) -> None:
    assert isinstance(CREATE.content, dict)
    online = json.loads(CREATE.content["bizData"]) | {"mailNo": "55012345678901"}
    assert told(push(door, said(CREATE, bizData=side.text(online)))) == DONE
    update = {"params": {"mailNo": "55012345678902"}, "txLogisticId": NUMBER}
    answer = push(door, said(CREATE, serviceType="KD_UPDATE_ORDER_NOTIFY", bizData=side.text(update)))
    assert told(answer) == DONE
    (row,) = door.rows(orders)
    assert (row.business_type, row.waybill_no) == ("online_order", "55012345678902")
    part = {"params": {"remark": "改"}, "txLogisticId": NUMBER}
    answer = push(door, said(CREATE, serviceType="KD_UPDATE_ORDER_NOTIFY", bizData=side.text(part)))
    assert (answer.status_code, told(answer)["errorCode"]) == (422, "event_unknown")


def test_do_3_the_flat_update_of_bests_own_sdk(door: Door) -> None:
    assert isinstance(CREATE.content, dict)
    online = json.loads(CREATE.content["bizData"]) | {"mailNo": "55012345678901"}
    push(door, said(CREATE, bizData=side.text(online)))
    flat = {"txLogisticID": NUMBER, "mailNo": "55012345678902", "itemWeight": 0.0}
    assert told(push(door, said(CREATE, serviceType="KD_UPDATE_ORDER_NOTIFY", bizData=side.text(flat)))) == DONE
    weight = {"txLogisticID": NUMBER, "itemWeight": 1.5}
    answer = push(door, said(CREATE, serviceType="KD_UPDATE_ORDER_NOTIFY", bizData=side.text(weight)))
    assert (answer.status_code, told(answer)["errorCode"]) == (422, "event_unknown")
    assert "itemWeight" in told(answer)["errorDescription"]
    assert [row.waybill_no for row in door.rows(orders)] == ["55012345678902"]


def test_b_25_a_copied_update_withdraws_nothing_and_changes_nothing(door: Door) -> None:
    """`serviceType` is not signed."""
    assert isinstance(CREATE.content, dict)
    push(door, CREATE)
    whole = json.loads(CREATE.content["bizData"]) | {"remark": "放门口"}
    update = {"txLogisticID": NUMBER, "params": whole}
    assert told(push(door, said(CREATE, serviceType="KD_UPDATE_ORDER_NOTIFY", bizData=side.text(update)))) == DONE
    copies = [
        ("KD_CANCEL_ORDER_NOTIFY", side.text(update)),
        ("KD_CREATE_ORDER_NOTIFY", side.text(update)),
        ("KD_CANCEL_ORDER_NOTIFY", CREATE.content["bizData"]),
        ("KD_UPDATE_ORDER_NOTIFY", CREATE.content["bizData"]),
    ]
    for service, text in copies:
        answer = push(door, said(CREATE, serviceType=service, bizData=text))
        assert (answer.status_code, told(answer)["errorCode"]) == (422, "value_unknown")
    (row,) = door.rows(orders)
    assert row.content["remark"] == "放门口" and row.state != "withdrawn"
    assert [one.kind for one in door.rows(events)] == ["created", "updated"]


def test_chan_3_of_an_update_and_its_create_the_later_arrival_counts(door: Door) -> None:
    """The messages carry no time of their own."""
    assert isinstance(CREATE.content, dict)
    whole = json.loads(CREATE.content["bizData"]) | {"remark": "放门口"}
    update = side.text({"txLogisticID": NUMBER, "params": whole})
    assert told(push(door, said(CREATE, serviceType="KD_UPDATE_ORDER_NOTIFY", bizData=update))) == DONE
    assert told(push(door, CREATE)) == DONE
    (row,) = door.rows(orders)
    assert row.content["remark"] == "请提前电话"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f_34_busy_looks_passing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    push(door, side.create(side.number(1), NOON))
    monkeypatch.setattr(session, "BUSY_SECONDS", 0.05)
    with writing(door.engine):
        answer = push(door, CREATE)
    assert (answer.status_code, told(answer)["errorCode"]) == (503, "retry")
    assert side.passing(answer.status_code, answer.data) and answer.headers["Retry-After"]
    assert told(push(door, CREATE)) == DONE
