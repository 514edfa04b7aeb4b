"""What the CRM and the website say and hear, in our words (CHANNELS section 6, B-15, B-66..B-73)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from basics.refusal import Refusal
from channels.adapter import Credential
from channels.feedback import Feedback, FeedbackKind, Outcome, Reply
from channels.messages import OrderPush, WaybillTold, Withdrawal
from channels.registry import ADAPTERS
from tests.channels import talk
from tests.channels import vectors as v
from tests.channels.vectors import push

CRM = ADAPTERS["crm"]
KEYS = Credential({"secret": (b"k" * 32,)})


def taken(body: bytes) -> Any:
    found = talk.read(CRM, body)
    assert not isinstance(found, Refusal), found
    return found


def test_chan_3_an_order_in_our_words() -> None:
    order = taken(v.CREATED)
    assert order == OrderPush(
        "crm",
        "IS202611220000017",
        datetime(2026, 11, 22, 4, tzinfo=UTC),
        {
            "online": True,
            "business_type": "send_express",
            "pushed_as": "CRM",
            "remark": "请提前电话",
            "lng": 120.0238,
            "lat": 30.2809,
            "datum": "GCJ-02",
            "address": "浙江省杭州市余杭区五常街道文一西路969号3号楼",
            "sender": {
                "name": "王小二",
                "phone": "13800138000",
                "province": "浙江省",
                "city": "杭州市",
                "district": "余杭区",
                "address": "五常街道文一西路969号3号楼",
            },
            "receiver": {
                "name": "李雷",
                "phone": "13900139000",
                "province": "上海市",
                "city": "上海市",
                "district": "青浦区",
                "address": "华徐公路3029弄28号",
            },
            "goods": "文件",
            "pieces": 1,
            "weight_g": 1000,
            "window_start": "2026-11-23T01:00:00+00:00",
            "window_end": "2026-11-23T03:00:00+00:00",
        },
    )
    assert order == taken(push())  # other spacing and escapes: the same content
    json.dumps(order.content)


def test_chan_1_the_website_is_told_apart_by_its_credential_alone() -> None:
    order = talk.read(ADAPTERS["website"], push(**{"data.logistics_order_no": "wx1"}))
    assert isinstance(order, OrderPush)
    assert (order.channel, order.logistics_no) == ("website", "wx1")


def test_chan_2_who_sends_a_waybill_number_orders_online() -> None:
    assert taken(push(**{"data.waybill_no": "55012345678901"})).content["business_type"] == "online_order"
    assert taken(push(**{"data.business_type": "online_order"})).content["business_type"] == "online_order"


def test_chan_6_a_withdrawal() -> None:
    said = {
        "logistics_order_no": "IS1",
        "reason_code": "changed_mind",
        "reason_text": "不想寄了",
        "operator": "王",
    }
    body = {"type": "pickup.order.cancelled", "timestamp": "2026-11-22T13:00:00+08:00", "data": said}
    at = datetime(2026, 11, 22, 5, tzinfo=UTC)
    assert taken(json.dumps(body).encode()) == Withdrawal("crm", "IS1", "sender", "不想寄了", at)
    said |= {"operator": "Platform", "reason_text": ""}
    assert taken(json.dumps(body).encode()) == Withdrawal("crm", "IS1", "platform", "changed_mind", at)
    body["data"] = {"logistics_order_no": "IS1"}
    assert taken(json.dumps(body).encode()) == Withdrawal("crm", "IS1", "sender", "", at)


def test_do_3_the_number_of_an_online_order() -> None:
    said = {"logistics_order_no": "IS1", "waybill_no": "55012345678901"}
    body = {"type": "pickup.order.waybill", "timestamp": "2026-11-22T13:00:00Z", "data": said}
    at = datetime(2026, 11, 22, 13, tzinfo=UTC)
    assert taken(json.dumps(body).encode()) == WaybillTold("crm", "IS1", "55012345678901", at)
    del said["waybill_no"]
    refused = talk.read(CRM, json.dumps(body).encode())
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == ("field_required", "data.waybill_no")


@pytest.mark.parametrize("name", ["a\u202eb", "王\u200b小二", "𠮷", "👩‍👩‍👧", "e\u0301", "O'Brien --", "<script>"])
def test_b_15_b_69_names_are_kept_exactly(name: str) -> None:
    assert taken(push(**{"data.sender.name": name})).content["sender"]["name"] == name


QUANTITIES = [
    ("pieces", 0, 0),
    ("pieces", -3, -3),
    ("weight_g", 0, 0),
    ("weight_g", -1.5, -1.5),
    ("weight_g", 0.5, 0.5),
]


@pytest.mark.parametrize(("field", "value", "kept"), QUANTITIES)
def test_chan_5_a_number_that_is_not_positive_is_for_screening(field: str, value: float, kept: float) -> None:
    assert taken(push(**{f"data.cargo.{field}": value})).content[field] == kept


PHONES = [
    ("13800138000", None, "13800138000"),
    ("+86 138 0013 8000", None, "13800138000"),
    ("１３８００１３８０００", None, "13800138000"),
    ("1380013800", None, None),
    ("call me", None, None),
    ("1380013800", "0571-88881234", "0571-88881234"),
    (None, "0571 8888 1234 转 802", "0571-88881234-802"),
    (None, "+86 10 62345678", "010-62345678"),
    (None, "86-21-62345678", None),
    (None, None, None),
]


@pytest.mark.parametrize(("mobile", "phone", "kept"), PHONES)
def test_b_67_phones(mobile: str | None, phone: str | None, kept: str | None) -> None:
    sender = taken(push(**{"data.sender.mobile": mobile, "data.sender.phone": phone})).content["sender"]
    assert sender.get("phone") == kept
    if kept is None:
        assert sender.get("phone_as_sent") == (mobile or phone)


def test_both_phones_are_kept() -> None:
    sender = taken(push(**{"data.sender.phone": "010-62345678"})).content["sender"]
    assert (sender["phone"], sender["other_phone"]) == ("13800138000", "010-62345678")


ADDRESSES = [
    ("浙江省", None, None, None, "浙江省"),
    ("上海", "上海市", None, None, "上海"),
    ("上海市", "上海市", "青浦区", "华徐公路", "上海市青浦区华徐公路"),
    (None, None, None, None, None),
    ("浙江省", "杭州市", None, "  ", "浙江省杭州市  "),
]


@pytest.mark.parametrize(("province", "city", "district", "street", "whole"), ADDRESSES)
def test_chan_5_the_whole_address(
    province: str | None, city: str | None, district: str | None, street: str | None, whole: str | None
) -> None:
    parts = {"province": province, "city": city, "district": district, "address": street}
    content = taken(push(**{f"data.sender.{name}": value for name, value in parts.items()})).content
    assert content.get("address") == whole


def test_b_71_b_73_odd_points_and_times_are_taken_for_routing_to_judge() -> None:
    for lng, lat in (("30.28", "120.02"), (0, 0), ("181", "-91"), (200.5, 1)):
        content = taken(push(**{"data.sender.location.lng": lng, "data.sender.location.lat": lat})).content
        assert (content["lng"], content["lat"]) == (float(lng), float(lat))
    for year in ("1970", "2099"):
        assert taken(push(timestamp=f"{year}-06-01T00:00:00.5+08:00")).created_at.microsecond == 500_000


def test_the_least_order_is_for_screening() -> None:
    body = {
        "type": "pickup.order.created",
        "timestamp": "2026-11-22T04:00Z",
        "data": {"logistics_order_no": "IS1"},
    }
    assert taken(json.dumps(body).encode()).content == {"online": True, "business_type": "send_express"}


def test_answers_are_the_same_bytes_for_the_same_message() -> None:
    answer = talk.answer(CRM, taken(v.CREATED), None, "r-1")
    assert answer == talk.answer(CRM, taken(v.CREATED), None, "r-2")
    assert (answer.status, json.loads(answer.body)["logistics_order_no"]) == (200, "IS202611220000017")


def told(kind: FeedbackKind, **facts: Any) -> dict[str, Any]:
    payload = {"logistics_no": "IS1", "happened_at": "2026-11-23T09:42:10+08:00", **facts}
    (call,) = talk.write(CRM, KEYS, Feedback(7, 2, "浙江", "crm", kind, payload))
    found: dict[str, Any] = json.loads(call.body)
    assert found["timestamp"] == "2026-11-23T09:42:10+08:00"
    assert found["data"].pop("logistics_order_no") == "IS1"
    return found


def test_chan_4_what_a_channel_hears() -> None:
    held = told(FeedbackKind.HELD, missing=["sender.phone", "place"])
    assert held["type"] == "pickup.order.held"
    assert held["data"]["errors"] == [
        {"field": "data.sender.mobile", "code": "required"},
        {"field": "data.sender.address", "code": "required"},
    ]
    assert told(FeedbackKind.ACCEPTED, station="3301101")["data"] == {"station": "3301101"}
    assert told(FeedbackKind.DISPATCHED, station=None)["data"] == {}
    picked = told(FeedbackKind.PICKED_UP, waybill_no="55012345678901", weight_g=850, station="3301101")
    assert picked["type"] == "pickup.order.picked_up"
    assert picked["data"] == {"waybill_no": "55012345678901", "weight_g": 850, "station": "3301101"}
    failed = told(FeedbackKind.FAILED, stage="pickup", reason="cannot_reach")["data"]
    assert (failed["reason_code"], failed["final"], failed["next_window"]) == ("cannot_reach", True, None)
    cancelled = told(FeedbackKind.WITHDRAWN, origin="sender", reason="不想寄了")
    assert cancelled["type"] == "pickup.order.cancelled"
    assert cancelled["data"] == {"operator": "sender", "reason_text": "不想寄了"}


JUDGED = [
    (None, Outcome.LATER), (100, Outcome.LATER), (200, Outcome.DELIVERED), (204, Outcome.DELIVERED),
    (301, Outcome.LATER), (307, Outcome.LATER), (400, Outcome.REFUSED), (401, Outcome.REFUSED),
    (404, Outcome.REFUSED), (408, Outcome.LATER), (410, Outcome.GONE), (422, Outcome.REFUSED),
    (429, Outcome.LATER), (500, Outcome.LATER), (503, Outcome.LATER), (504, Outcome.LATER),
]  # fmt: skip


@pytest.mark.parametrize(("status", "outcome"), JUDGED)
def test_f_46_f_47_what_an_answer_means(status: int | None, outcome: Outcome) -> None:
    assert CRM.out.judge(KEYS, Reply(status, "")) is outcome


def test_b_28_in_a_rotation_feedback_is_signed_with_every_valid_secret() -> None:
    """CHANNELS section 6: any match is enough, so a receiver that still has the old secret verifies."""
    old, new = b"o" * 32, b"n" * 32
    both = Credential({"secret": (new, old)})
    (call,) = talk.write(CRM, both, talk.feedback(CRM, "accepted", station="HZ01"), at=datetime.now(UTC))
    for key in (new, old):
        assert Webhook(key).verify(call.body, dict(call.headers))["type"] == "pickup.order.accepted"
    with pytest.raises(WebhookVerificationError):
        Webhook(b"x" * 32).verify(call.body, dict(call.headers))
