"""The make-believe CRM: signs as Standard Webhooks says, repeats a message by its id, outlives the server."""

import base64
import json
import time
from datetime import UTC, date, datetime

import pytest

from basics.days import parse_instant
from demo.drawing import draw_network
from demo.live import PAUSES, Crm, Push, signed

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
DEAD = "http://127.0.0.1:9/push/crm"


@pytest.fixture
def crm() -> Crm:
    return Crm(DEAD, SECRET, draw_network(1, date(2026, 11, 22)), per_minute=60, seed=1)


def test_signature_of_a_published_vector():
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_bodies_say_what_the_crm_format_knows(crm):
    now = datetime(2026, 11, 22, 4, tzinfo=UTC).timestamp()
    for second in range(200):
        crm.new_order(now + second)
    events = [json.loads(push.body) for push in crm.waiting]
    numbers = [event["data"]["logistics_order_no"] for event in events if event["type"].endswith("created")]
    assert len(set(numbers)) == 200 and all(number.startswith("IS") for number in numbers)
    withdrawn = [event["data"] for event in events if event["type"] == "pickup.order.cancelled"]
    assert withdrawn and {frozenset(data) for data in withdrawn} == {
        frozenset(("logistics_order_no", "reason_code", "reason_text", "operator"))
    }
    party = {"name", "mobile", "province", "city", "district", "address", "location"}
    for event in events:
        assert set(event) == {"type", "timestamp", "data"} and parse_instant(event["timestamp"])
        if event["type"] == "pickup.order.created":
            data = event["data"]
            assert set(data) <= {
                *("logistics_order_no", "channel", "sender", "receiver", "cargo", "appointment", "remark"),
            }
            assert set(data["sender"]) <= party and set(data["receiver"]) == party - {"location"}
            assert set(data["cargo"]) == {"name", "pieces", "weight_g"}


def test_a_dead_server_costs_nothing_and_the_same_message_is_tried_again(crm):
    crm.new_order(time.time() - 1)
    (push, *_) = crm.waiting
    before = push.id, push.body
    for attempt in range(1, 4):
        push.due = 0
        crm.send_due()
        assert push in crm.waiting and (push.id, push.body) == before and push.attempts == attempt
        assert 0 < push.due - time.time() <= PAUSES[attempt - 1]


def test_a_taken_message_is_done_with_and_a_stopped_crm_sends_nothing(crm, monkeypatch):
    sent: list[str] = []

    def take(push: Push) -> bool:
        sent.append(push.id)
        return True

    monkeypatch.setattr(crm, "send", take)
    crm.new_order(time.time() - 1)
    crm.send_due()
    assert len(sent) == 1 and not [push for push in crm.waiting if push.id in sent]
    crm.new_order(time.time() - 1)
    crm.stop()
    crm.send_due()
    assert len(sent) == 1
