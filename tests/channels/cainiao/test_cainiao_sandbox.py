"""The other side: it signs as CHANNELS 1.1 says, and hears what we tell as the platform would."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from channels.adapter import Credential, Knock, Opened, Sending
from channels.feedback import FeedbackKind, Outcome, Reply
from channels.messages import OrderPush, Withdrawal
from channels.registry import ADAPTERS
from sandbox import cainiao
from sandbox.call import Call
from tests.channels import talk

CAINIAO = ADAPTERS["cainiao"]
KEYS = Credential({"secret": (cainiao.SECRET.encode(),)}, {"provider_id": "HTKY"})
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


def heard(call: Call) -> object:
    """What we understand of it."""
    found = CAINIAO.verify(KEYS, Knock(call.method, call.query.encode(), call.headers, call.body), AT)
    return talk.read(CAINIAO, found.content, found.words) if isinstance(found, Opened) else found


def test_pushes_are_genuine_in_both_envelopes() -> None:
    made = cainiao.create(
        "LP1", AT, address="文一西路1号", city="宁波市", remark="a&b", phone="", weight="1.5", lng="1"
    )
    order = heard(made)
    assert isinstance(order, OrderPush)
    assert (order.logistics_no, order.content["remark"], order.content["weight_g"]) == ("LP1", "a&b", 1500)
    assert order.content["address"] == "浙江省宁波市余杭区文一西路1号" and "phone" not in order.content["sender"]
    assert heard(cainiao.link(made, AT)) == replace(order, created_at=talk.NOW)
    assert heard(cainiao.cancel("LP1", AT)) == Withdrawal("cainiao", "LP1", "sender", "不想寄了", talk.NOW)
    assert cainiao.number(17) == "LP00000000000017"


def test_a_changed_content_is_genuine_only_when_it_is_signed_again() -> None:
    made = cainiao.link(cainiao.create("LP1", AT), AT)
    assert isinstance(made.content, dict)
    other = {**made.content, "logistics_interface": made.content["logistics_interface"].replace("LP1", "LP2")}
    assert made.body == replace(made, content=other).body
    order = heard(cainiao.sign(replace(made, content=other), AT))
    assert isinstance(order, OrderPush) and order.logistics_no == "LP2"
    assert cainiao.sign(made, AT) == made
    cainiao.sign(replace(made, content="\ud800"), AT)


@pytest.mark.parametrize("settings", [{}, {"form": "link", "msg_type": "X"}])
def test_feedback_is_verified_and_answered(settings: dict[str, str]) -> None:
    keys = Credential(KEYS.secrets, settings)
    for kind, payload, line in (
        (FeedbackKind.ACCEPTED, {"station": "HZ01"}, "ACCEPT X1 2026-11-23 09:42:10 张三 13700137000 余杭网点"),
        (FeedbackKind.PICKED_UP, {"waybill_no": "55012345678901", "weight_g": 850, "station": "HZ01"},
         "GOT X1 2026-11-23 09:42:10 55012345678901 张三 13700137000 0.85"),
    ):  # fmt: skip
        told = talk.feedback(CAINIAO, kind, **payload)
        (call,) = CAINIAO.out.write(keys, told, Sending("https://channel.example", AT))
        status, _, answer, said = cainiao.listen("/", "", call.headers, call.body)
        assert (status, said) == (200, line)
        assert CAINIAO.out.judge(keys, Reply(status, answer)) is Outcome.DELIVERED
        wrong = call.body.replace(b"X1", b"X2")
        status, _, answer, said = cainiao.listen("/", "", call.headers, wrong)
        assert said.startswith("BAD") and CAINIAO.out.judge(keys, Reply(status, answer)) is Outcome.REFUSED


def test_feedback_that_the_platform_would_refuse() -> None:
    told = talk.feedback(CAINIAO, FeedbackKind.PICKED_UP, waybill_no=None, weight_g=None)
    (call,) = CAINIAO.out.write(KEYS, told, Sending("https://channel.example", AT))
    assert cainiao.listen("/", "", call.headers, call.body)[3].startswith("BAD content")
    assert parse_qs(call.body.decode())["data_digest"]


def test_our_answers_are_told_apart() -> None:
    yes, no = b"<a><success>true</success></a>", b"<a><success>false</success><reason>S05</reason></a>"
    assert cainiao.accepted(200, yes) and not cainiao.accepted(409, yes) and not cainiao.accepted(200, no)
    assert cainiao.accepted(200, b'{"success":true}') and not cainiao.accepted(200, b'{"success":false}')
    assert not cainiao.accepted(200, b"ok") and not cainiao.accepted(200, b"\xff")
    assert (
        cainiao.passing(503, b"") and cainiao.passing(200, no.replace(b"S05", b"S07")) and not cainiao.passing(409, no)
    )
