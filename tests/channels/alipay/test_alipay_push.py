"""Notifications through the door, on both databases: CHAN-3, CHAN-5, CHAN-6, B-05, B-17..B-19, B-21, B-25, B-28."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from channels.actions import OVERLAP, set_channel
from channels.alipay import ADAPTER
from channels.feedback import Feedback
from channels.registry import ADAPTERS
from dispatch.facts import Accept, Confirm, Fail, Target
from storage import session
from storage.session import writing
from storage.tables.channels import inbox, outbox
from storage.tables.dispatch import events, orders
from tests.channels import talk
from tests.channels.alipay import side
from tests.web.door import MASTER, NOON, Door

NUMBER = "ali2026112200000017"
HZ01 = "330106"  # a district that HZ01 alone serves
WHOLE = {"inbox": 1, "orders": 1, "events": 1, "assignments": 1, "clocks": 2}
HERE = Target(NUMBER, "alipay")
ACCEPT = Accept(HERE, "HZ01")
SUCCESS, FAIL = (200, "success"), "fail"


@pytest.fixture
def door(engine: Engine) -> Door:
    made = Door(engine)
    set_up(made, alipay_public_key=side.text(side.spki(side.appendix_a())), app_id=side.APP_ID,
           app_private_key=side.text(side.pkcs8(side.appendix_a())))  # fmt: skip
    return made


def set_up(door: Door, **values: str) -> None:
    with writing(door.engine) as conn:
        assert set_channel(conn, MASTER, "alipay", values, door.clock.at) is None


def knock(door: Door, body: bytes) -> tuple[int, str]:
    answer: TestResponse = door.knock(body, {}, "alipay", content_type=f"{side.FORM};charset=utf-8")
    assert answer.mimetype == "text/plain"
    return answer.status_code, answer.text


def push(door: Door, notify_id: str = "n1", **changed: Any) -> tuple[int, str]:
    """An order of HZ01 with fields of biz_content changed."""
    told = side.biz(**{"sender_area_code": HZ01, **changed})
    return knock(door, side.notification(side.params(notify_id=notify_id, biz_content=told)))


def withdraw(door: Door, at: str = "1795320005000", notify_id: str = "w1") -> tuple[int, str]:
    return knock(door, side.notification(side.cancel(notify_id=notify_id, utc_timestamp=at)))


def heard(door: Door) -> list[dict[str, Any]]:
    """What Alipay hears of it all, the calls checked with the SDK."""
    found = []
    for row in door.rows(outbox):
        told = Feedback(row.order_id, row.seq, row.region, row.channel, row.kind, row.payload)
        for call in talk.write(ADAPTER, side.credential(), told):
            params = side.called(call)
            signature = params.pop("sign")
            assert side.signed_by_sdk(side.appendix_a(), params) == signature
            found.append(json.loads(params["biz_content"]))
    return found


def reasons(told: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(one["order_status"], one.get("refuse_code")) for one in told]


def test_chan_3_one_notification_is_a_routed_order(door: Door) -> None:
    assert push(door) == SUCCESS
    assert door.counts() == WHOLE
    (row,) = door.rows(orders)
    assert (row.channel, row.logistics_no, row.state, row.station) == ("alipay", NUMBER, "waiting", "HZ01")
    assert row.created_at == NOON
    (kept,) = door.rows(inbox)
    assert (kept.message_key, kept.logistics_no, kept.refused) == ("notify:n1", NUMBER, None)
    assert kept.body.startswith(b"app_id=2026000000000001&biz_content=%7B%22order_no%22%3A")
    assert door.findings() == []


def test_chan_3_the_same_again_is_answered_the_same_and_changes_nothing(door: Door) -> None:
    assert [push(door), push(door), push(door, "n2")] == [SUCCESS] * 3
    assert door.counts() == WHOLE | {"inbox": 2}


def test_b_17_other_content_before_acceptance_is_an_update(door: Door) -> None:
    push(door)
    assert push(door, "n2", remark="改为门口") == SUCCESS
    assert [one.kind for one in door.rows(events)] == ["created", "updated"]
    assert door.rows(orders)[0].content["remark"] == "改为门口"


def test_b_18_an_update_after_acceptance_is_refused_and_not_sent_again(door: Door) -> None:
    push(door)
    assert door.act(ACCEPT) is None
    assert push(door, "n2", remark="改为门口") == SUCCESS
    assert [one.refused for one in door.rows(inbox)] == [None, "order_already_accepted"]
    assert door.rows(orders)[0].content["remark"] == "请提前电话"
    # Answered `success`, it would pass for taken: so the order's present state is told again.
    assert reasons(heard(door)) == [("accepted", None)] * 2


def test_b_21_the_same_notify_id_with_other_content_is_another_message(door: Door) -> None:
    """CHANNELS 4.2: idempotent by notify_id, then by order_no. What Alipay signed is not lost for a reused id."""
    push(door)
    assert push(door, remark="改为门口") == SUCCESS
    assert door.rows(orders)[0].content["remark"] == "改为门口"
    keys = [one.message_key for one in door.rows(inbox)]
    assert (len(door.rows(orders)), keys[0], keys[1][:7]) == (1, "notify:n1", "signed:")


def test_b_57_a_copy_cut_up_otherwise_cannot_hold_the_genuine_one(door: Door) -> None:
    told = side.params(biz_content=side.biz(sender_area_code=HZ01, remark="a&c=1"))
    before, _, behind = told["biz_content"].partition("&c=")
    sign = side.signed_by_sdk(side.appendix_a(), told)
    copy = side.quoted({**told, "biz_content": before, "c": behind, "sign_type": "RSA2", "sign": sign})
    assert knock(door, copy) == (400, FAIL)
    assert door.rows(orders) == []
    assert knock(door, side.notification(told)) == SUCCESS
    assert door.state(NUMBER) == "waiting"


def test_chan_3_a_repetition_sent_later_is_taken_once(door: Door) -> None:
    """The same notify_id with a newer utc_timestamp: nothing happens, and Alipay need not send it again."""
    told = side.params(biz_content=side.biz(sender_area_code=HZ01))
    for sent in ("1795320000000", "1795320120000"):
        assert knock(door, side.notification(told | {"utc_timestamp": sent})) == SUCCESS
    assert door.counts() == WHOLE | {"inbox": 2}


@pytest.mark.parametrize("order_first", [True, False])
def test_chan_6_b_19_a_withdrawal_before_or_after_its_order(door: Door, order_first: bool) -> None:
    door.clock.forward(seconds=10)
    first, second = (push(door), withdraw(door)) if order_first else (withdraw(door), push(door))
    assert first == second == SUCCESS
    (row,) = door.rows(orders)
    assert (row.state, row.withdrawal_origin, row.withdrawal_reason) == ("withdrawn", "sender", "不想寄了")
    assert row.ended_at == NOON + timedelta(seconds=5)
    assert reasons(heard(door)) == [("canceled", "R07")]


def test_chan_6_a_withdrawal_after_the_pickup_is_refused(door: Door) -> None:
    push(door)
    assert door.act(ACCEPT) is None
    assert door.act(Confirm(HERE, "HZ01", "55012345678901")) is None
    assert withdraw(door) == SUCCESS
    assert door.state(NUMBER) == "picked_up"
    assert [one.refused for one in door.rows(inbox)] == [None, "already_picked_up"]
    told = heard(door)
    assert reasons(told) == [("accepted", None), ("collected", None), ("collected", None)]  # told again
    assert (told[0]["site_code"], told[0]["site_name"]) == ("HZ01", "西湖网点")
    assert (told[1]["way_bill_no"], told[1]["goods_weight"]) == ("55012345678901", 1000)


def test_chan_4_a_failure_is_told_with_its_reason(door: Door) -> None:
    push(door)
    assert door.act(Fail(HERE, "HZ01", "accept", "out_of_area")) is None
    assert reasons(heard(door)) == [("canceled", "R01")]


def test_chan_5_a_held_order_is_told_with_its_fields_and_released_by_a_correction(door: Door) -> None:
    assert push(door, sender_mobile=None, goods_weight=0) == SUCCESS
    assert door.state(NUMBER) == "held"
    (told,) = heard(door)
    assert (told["order_status"], told["refuse_code"]) == ("canceled", "R04")
    assert told["refuse_desc"].endswith(": sender_mobile, goods_weight")
    assert push(door, "n2") == SUCCESS
    assert door.state(NUMBER) == "waiting"


def test_b_5_a_contradicting_prefix_goes_to_a_person(door: Door) -> None:
    assert push(door, order_no="KD202611220000017") == SUCCESS
    (row,) = door.rows(orders)
    assert (row.station, row.routing_cause) == ("DATA_CENTRE", "prefix")


def test_b_44_a_refused_order_is_told_by_feedback_once(door: Door) -> None:
    turned = {"appoint_end_time": "2026-11-23 08:00:00"}
    assert [push(door, **turned), push(door, **turned)] == [SUCCESS, SUCCESS]
    assert door.counts() == {"inbox": 1, "outbox": 1}
    (told,) = heard(door)
    assert (told["order_no"], told["order_status"], told["refuse_code"]) == (NUMBER, "canceled", "R08")
    assert told["refuse_desc"].endswith("(window_invalid: appoint_end_time)")
    assert push(door, "n2") == SUCCESS  # put right, it is an order like any other
    assert door.state(NUMBER) == "waiting"


def test_b_44_a_refused_update_is_not_told_since_the_order_is_there(door: Door) -> None:
    push(door)
    assert push(door, "n2", appoint_end_time="2026-11-23 08:00:00") == SUCCESS
    assert heard(door) == []


def test_chan_2_an_order_for_another_courier_is_kept_and_not_cancelled(door: Door) -> None:
    assert push(door, logis_merch_code="YTO") == SUCCESS
    (kept,) = door.rows(inbox)
    assert kept.refused == "value_unknown"
    assert (heard(door), door.rows(orders)) == ([], [])


def test_b_25_an_unknown_method_is_kept_for_a_person(door: Door) -> None:
    assert knock(door, side.notification(side.params(msg_method="alipay.other"))) == SUCCESS
    (kept,) = door.rows(inbox)
    assert kept.refused == "event_unknown"
    assert door.counts() == {"inbox": 1}


def test_b_60_unreadable_content_is_400_every_time(door: Door) -> None:
    body = side.notification(side.params(biz_content="[" * 40))
    assert [knock(door, body), knock(door, body)] == [(400, FAIL)] * 2
    (kept,) = door.rows(inbox)
    assert kept.refused == "json_too_deep"


BAD: Mapping[str, tuple[bytes, int]] = {
    "B-02 no signature": (side.quoted(side.params(sign_type="RSA2")), 401),
    "B-56 RSA": (side.notification(side.params()).replace(b"sign_type=RSA2", b"sign_type=RSA"), 401),
    "B-57 doubled": (side.notification(side.params()) + b"&version=1.1", 401),
    "B-58 another app_id": (side.notification(side.params(app_id="2026000000000002")), 401),
    "B-12 empty": (b"", 400),
    "B-08 too large": (b"x" * (256 * 1024 + 1), 413),
}


@pytest.mark.parametrize(("body", "status"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_verified_leaves_nothing(door: Door, body: bytes, status: int) -> None:
    assert knock(door, body) == (status, FAIL)
    assert door.counts() == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_b_28_the_old_key_is_good_in_the_overlap_only(door: Door) -> None:
    door.clock.forward(hours=1)
    set_up(door, alipay_public_key=side.text(side.spki(side.another())))
    assert push(door) == SUCCESS
    door.clock.at = NOON + OVERLAP + timedelta(hours=2)
    assert push(door, "n2") == (401, FAIL)
    told = side.params(notify_id="n3", biz_content=side.biz(sender_area_code=HZ01))
    assert knock(door, side.notification(told, side.another())) == SUCCESS


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_d_1_a_busy_database_is_a_fail_that_is_sent_again(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    assert push(door, "warm", order_no="ali0") == SUCCESS
    monkeypatch.setattr(session, "BUSY_SECONDS", 0.05)
    with writing(door.engine):
        assert push(door) == (503, FAIL)
    assert push(door) == SUCCESS
    assert door.state(NUMBER) == "waiting"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_b_1_a_channel_that_is_not_set_up(engine: Engine) -> None:
    assert knock(Door(engine), side.notification(side.params())) == (401, FAIL)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("alipay_public_key", "short", "secret_invalid"),
        ("app_private_key", "", "secret_invalid"),
        ("secret", "x" * 32, "key_unknown"),
        ("app_id", "a\nb", "value_invalid"),
    ],
)
def test_b_55_what_cannot_be_set_up(engine: Engine, key: str, value: str, code: str) -> None:
    with writing(engine) as conn:
        refusal = set_channel(conn, MASTER, "alipay", {key: value}, NOON)
    assert refusal is not None
    assert (refusal.code, refusal.field) == (code, key)


def test_the_channel_is_listed() -> None:
    assert ADAPTERS["alipay"] is ADAPTER
    assert ADAPTER.prefixes == ("ali",)
