"""Pushes of channels that name orders by another name, repeat ids, or hear of refusals later (CHAN-3, CHAN-6)."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from basics.words import DATA_CENTRE
from channels.actions import set_channel
from dispatch.facts import Accept, Confirm, Dispatch, Target
from sandbox import alipay, cainiao, wechat
from sandbox.call import Call
from storage.session import writing
from storage.tables.channels import inbox, outbox, push_errors
from storage.tables.dispatch import orders, waiting
from tests.web.door import KEYS, MASTER, NOON, Door, headers
from tests.web.door import order as crm_order
from web import turned_away

SIDES = {"wechat": wechat, "alipay": alipay, "cainiao": cainiao}


class Doors(Door):
    """A door that three foreign channels knock at too."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        with writing(engine) as conn:
            for name, side in SIDES.items():
                assert set_channel(conn, MASTER, name, side.SECRETS, NOON) is None

    def send(self, call: Call) -> bytes:
        """What a genuine call is answered."""
        path = f"{call.path}{'?' + call.query if call.query else ''}"
        given = {name: value for name, value in call.headers.items() if name != "content-type"}
        answer = self.app.test_client().post(
            path, data=call.body, headers=given, content_type=call.headers["content-type"]
        )
        assert answer.status_code == 200, answer.data
        return answer.data

    def accept(self, channel: str, number: str) -> None:
        """A station takes it on."""
        (row,) = [row for row in self.rows(orders) if row.logistics_no == number]
        target = Target(number, channel)
        if row.station == DATA_CENTRE:
            assert self.act(Dispatch(target, "HZ01", "hq")) is None
        assert self.act(Accept(target, "HZ01")) is None

    def told(self) -> list[tuple[str, str]]:
        """Kind and state of what is or was to be told."""
        return [(row.kind, row.state) for row in self.rows(outbox)]


@pytest.fixture
def door(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Doors:
    monkeypatch.setattr(turned_away, "_counts", {})  # other tests knock within the same minute
    return Doors(engine)


def event(call: Call, **changed: Any) -> Call:
    """A WeChat event with fields changed, signed anew."""
    return wechat.sign(replace(call, content=json.dumps(json.loads(str(call.content)) | changed)), NOON)


A, B = wechat.number(1), wechat.number(2)


def test_chan_6_a_withdrawal_by_token_waits_for_its_order(door: Doors) -> None:
    """I-21: the order names itself by OrderID and Token, the withdrawal by Token alone, in either order of arrival."""
    door.send(event(wechat.cancel(A, NOON), OrderID="", Token="tok-a"))
    assert len(door.rows(waiting)) == 1
    door.send(event(wechat.create(A, NOON), Token="tok-a"))
    assert (door.state(A), door.rows(waiting)) == ("withdrawn", [])
    door.send(event(wechat.create(B, NOON), Token="tok-b"))
    door.send(event(wechat.cancel(B, NOON), OrderID="", Token="tok-b"))
    assert (door.state(B), door.rows(waiting), door.findings()) == ("withdrawn", [], [])


def test_chan_6_an_order_known_by_its_token_alone_is_withdrawn_by_number_and_token(door: Doors) -> None:
    door.send(event(wechat.create(A, NOON), OrderID="", Token="tok-a"))
    door.send(event(wechat.cancel(A, NOON), Token="tok-a"))
    assert [row.state for row in door.rows(orders)] == ["withdrawn"]


def test_chan_3_a_refused_push_takes_no_other_orders_name(door: Doors) -> None:
    door.send(event(wechat.create(A, NOON), Token="tok-a"))
    door.send(event(wechat.create(B, NOON), Token="tok-b"))
    door.accept("wechat", B)
    door.send(event(wechat.create(B, NOON, phone="13800138001"), Token="tok-a"))  # refused: accepted already
    door.send(event(wechat.cancel(A, NOON), OrderID="", Token="tok-a"))
    assert (door.state(A), door.state(B)) == ("withdrawn", "accepted")


def test_a_token_that_two_orders_have_names_neither(door: Doors) -> None:
    """DESIGN law 11: it waits for a person instead of withdrawing one of them by chance."""
    for number in (A, B):
        door.send(event(wechat.create(number, NOON), Token="tok"))
    door.send(event(wechat.cancel(A, NOON), OrderID="", Token="tok"))
    assert {door.state(A), door.state(B)} == {"at_data_centre"}
    assert len(door.rows(waiting)) == 1


def same_id(call: Call) -> Call:
    """The notification under one id, signed anew."""
    assert isinstance(call.content, dict)
    return alipay.sign(replace(call, content=call.content | {"notify_id": "n1"}), NOON)


def test_alipay_a_notify_id_used_again_loses_no_order(door: Doors) -> None:
    """CHANNELS 4.2: notify_id, then order_no. `success` is said only of what is stored."""
    for serial in (1, 2):
        assert door.send(same_id(alipay.create(alipay.number(serial), NOON))) == b"success"
    assert len(door.rows(orders)) == 2
    door.send(same_id(alipay.create(alipay.number(2), NOON)))
    assert (len(door.rows(orders)), len(door.rows(inbox))) == (2, 2)


def test_b_21_the_same_id_with_other_content_is_seen_in_the_error_log(door: Doors) -> None:
    door.push(crm_order("IS1"), "m1")
    body = crm_order("IS2")
    answer = door.knock(body, headers(body, "m1", NOON, KEYS["crm"]))
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_mismatch")  # type: ignore[index]
    assert [row.code for row in door.rows(push_errors)] == ["idempotency_mismatch"]
    assert [row.logistics_no for row in door.rows(orders)] == ["IS1"]


def test_alipay_what_was_refused_is_not_said_of_the_order_that_came_later(door: Doors) -> None:
    """I-20: `canceled` after `accepted` would end an order that lives."""
    number = alipay.number(1)
    assert door.send(alipay.create(number, NOON, address="长" * 600)) == b"success"
    assert door.told() == [("refused", "waiting")]
    assert door.send(alipay.create(number, NOON)) == b"success"
    assert door.told() == [("refused", "given_up")]
    door.accept("alipay", number)
    assert door.told()[-1] == ("accepted", "waiting")


def test_alipay_hears_how_an_order_stands_whose_change_was_refused(door: Doors) -> None:
    """CHAN-3: its push was answered `success`, so feedback is the only way to contradict."""
    number = alipay.number(1)
    door.send(alipay.create(number, NOON))
    door.accept("alipay", number)
    before = len(door.told())
    door.send(alipay.create(number, NOON, phone="13800138001"))
    assert [kind for kind, _ in door.told()[before:]] == ["accepted"]
    assert door.act(Confirm(Target(number, "alipay"), "HZ01", "55012345678901")) is None
    door.send(alipay.cancel(number, NOON))
    assert [kind for kind, _ in door.told()[before + 1 :]] == ["picked_up", "picked_up"]
    assert (door.state(number), door.findings()) == ("picked_up", [])


def test_a_refusal_by_a_wrong_setting_is_not_the_last_word(door: Doors) -> None:
    """The platform sends the very same again; what was wrong was ours, and mended meanwhile."""
    number = cainiao.number(1)
    call = cainiao.create(number, NOON)
    with writing(door.engine) as conn:
        assert set_channel(conn, MASTER, "cainiao", {"provider_id": "BEST"}, NOON) is None
    assert not cainiao.accepted(*status_and_body(door, call))
    with writing(door.engine) as conn:
        assert set_channel(conn, MASTER, "cainiao", {"provider_id": "HTKY"}, NOON) is None
    door.clock.forward(seconds=3)
    assert cainiao.accepted(*status_and_body(door, call))
    assert door.state(number) == "at_data_centre"
    first = status_and_body(door, call)
    assert cainiao.accepted(*first) and len(door.rows(orders)) == 1


def status_and_body(door: Doors, call: Call) -> tuple[int, bytes]:
    answer = door.app.test_client().post(call.path, data=call.body, content_type=call.headers["content-type"])
    return answer.status_code, answer.data


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_b_06_other_methods_are_refused_with_what_the_channel_takes(door: Doors, method: str) -> None:
    answer = door.app.test_client().open("/push/crm", method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert door.app.test_client().delete("/push/wechat").headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_f_16_an_order_that_somebody_holds_stops_no_other(door: Doors) -> None:
    """Another transaction keeps one order locked: pushes of others go on, its own is told to try again."""
    door.push(crm_order("IS1"), "m1")
    with door.engine.connect() as other, other.begin():
        other.exec_driver_sql("SELECT * FROM orders FOR UPDATE")
        stuck = door.push(crm_order("IS1", **{"data.remark": "改"}), "m2")
        assert (stuck.status_code, stuck.headers["Retry-After"]) == (503, "2")
        assert door.push(crm_order("IS2"), "m3").status_code == 200
    assert door.push(crm_order("IS1", **{"data.remark": "改"}), "m2").status_code == 200
    assert {row.logistics_no: row.content["remark"] for row in door.rows(orders)}["IS1"] == "改"


def test_chan_3_a_fresh_salt_is_no_update(door: Doors) -> None:
    """What a channel wants to see again is not what the order says."""
    door.send(event(wechat.create(A, NOON), Token="tok-a"))
    door.accept("wechat", A)
    answer = door.send(event(wechat.create(A, NOON), Token="tok-a", FromUserName="another-openid"))
    assert wechat.accepted(200, answer)
