"""What Kuaidi100 hears (CHANNELS sections 3 and 7), and what its answers mean (F-46, F-47)."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from channels.adapter import Credential
from channels.feedback import FeedbackKind, Outcome, Reply
from channels.kuaidi100_callback import feedback_sign
from sandbox import kuaidi100 as side
from tests.channels import talk
from tests.channels.kuaidi100.kd import CALLBACK, CALLBACK_SIGN, KD, NUMBER, SALT

CALLBACK_URL = "https://channel.example/kd100/cb"
ECHO = {"salt": SALT, "callback": CALLBACK_URL, "company": "huitongkuaidi"}


def sent(kind: str, /, **payload: Any) -> dict[str, str]:
    """The form of the one callback."""
    told = talk.feedback(KD, kind, **{"logistics_no": NUMBER, "echo": ECHO, **payload})
    (call,) = talk.write(KD, Credential(), told)
    assert call.headers["content-type"].startswith("application/x-www-form-urlencoded")
    return dict(parse_qsl(call.body.decode("ascii"), keep_blank_values=True))


def inner(kind: str, /, **payload: Any) -> dict[str, Any]:
    return dict(json.loads(sent(kind, **payload)["param"]))


def test_the_published_signature() -> None:
    assert feedback_sign(CALLBACK, SALT) == CALLBACK_SIGN


def test_the_published_callback_but_for_the_price() -> None:
    """`freight` is the one field that nobody told us."""
    form = sent("picked_up", logistics_no="26732931", waybill_no="55012345678901", weight_g=850, station="HZ01")
    assert form["param"] == CALLBACK.replace(',"freight":"12"', "")
    assert form["sign"] == hashlib.md5((form["param"] + SALT).encode()).hexdigest().upper()
    assert form["taskId"] == hashlib.md5(b"26732931").hexdigest().upper()
    assert list(form) == ["taskId", "param", "sign"]


def test_it_goes_to_the_orders_own_address_or_else_to_the_channels() -> None:
    told = talk.feedback(KD, "accepted", logistics_no=NUMBER, echo=ECHO, station="HZ01")
    assert [call.url for call in talk.write(KD, Credential(), told)] == [CALLBACK_URL]
    told = talk.feedback(KD, "accepted", logistics_no=NUMBER, echo={"salt": SALT}, station="HZ01")
    assert [call.url for call in talk.write(KD, Credential(), told)] == ["https://channel.example/in"]


def test_accepted() -> None:
    assert inner("accepted", station="HZ01") == {
        "kuaidicom": "huitongkuaidi",
        "kuaidinum": "",
        "status": "200",
        "message": "成功",
        "data": {"orderId": NUMBER, "status": 1, "courierName": "张三", "courierMobile": "13700137000"},
    }
    assert inner("accepted", station="HZ01", echo=ECHO | {"company": "best"})["kuaidicom"] == "best"


@pytest.mark.parametrize(
    ("kind", "payload", "status", "message"),
    [
        ("failed", {"stage": "accept", "reason": "out_of_area", "reason_text": {"zh": "超出范围"}}, 99, "超出范围"),
        ("failed", {"stage": "pickup", "reason": "cannot_reach", "reason_text": {}}, 11, "cannot_reach"),
        ("withdrawn", {"origin": "sender", "reason": "不寄了", "by_channel": True}, 9, "不寄了"),
        ("withdrawn", {"origin": "sender", "reason": "", "by_channel": False}, 9, "成功"),
        ("withdrawn", {"origin": "platform", "reason": "重复", "by_channel": False}, 9, "重复"),
        ("withdrawn", {"origin": "station", "reason": "停业", "by_channel": False}, 99, "停业"),
        ("withdrawn", {"origin": "system", "reason": "24h", "by_channel": False}, 99, "24h"),
    ],
)
def test_section_7(kind: str, payload: dict[str, Any], status: int, message: str) -> None:
    told = inner(kind, **payload)
    assert (told["data"]["status"], told["message"], told["kuaidinum"]) == (status, message, "")


def test_silent_where_there_is_no_word() -> None:
    silent = ("held", "dispatched", "refused", "received", "needed", "unheard_of")
    assert {*silent[:-1]} < {kind.value for kind in FeedbackKind}
    for kind in silent:
        told = talk.feedback(KD, kind, echo=ECHO, missing=["place"], station=None)
        assert talk.write(KD, Credential(), told) == []


def test_without_a_holder_and_a_weight() -> None:
    told = inner("picked_up", waybill_no="55012345678901", weight_g=None, station=None, holder=None)
    assert told["data"] == {"orderId": NUMBER, "status": 10, "courierName": "", "courierMobile": ""}
    for grams, kilograms in ((1000, "1"), (1500, "1.5"), (100_000, "100"), (0.5, "0.0005"), ("1kg", None)):
        assert inner("picked_up", waybill_no="5", weight_g=grams)["data"].get("weight") == kilograms


def test_an_order_without_a_salt_cannot_be_told() -> None:
    for echo in ({}, None, {"callback": CALLBACK_URL}):
        with pytest.raises(ValueError, match="salt"):
            talk.write(KD, Credential(), talk.feedback(KD, "accepted", echo=echo))


def test_the_same_on_every_attempt() -> None:
    told = talk.feedback(KD, "accepted", logistics_no=NUMBER, echo=ECHO)
    first, later = (talk.write(KD, Credential(), told, at=at) for at in (talk.NOW, talk.NOW.replace(day=25)))
    assert first == later


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (200, '{"result":true,"returnCode":"200","message":"提交成功"}', Outcome.DELIVERED),
        (200, '{"result":"true"}', Outcome.DELIVERED),
        (200, '{"result":false,"returnCode":"500","message":"x"}', Outcome.LATER),
        (200, '{"result":false,"returnCode":500}', Outcome.LATER),
        (200, '{"result":false}', Outcome.LATER),
        (200, '{"result":false,"returnCode":"400"}', Outcome.REFUSED),
        (200, '{"result":1,"returnCode":"503"}', Outcome.REFUSED),
        (200, "<html>log in first</html>", Outcome.LATER),
        (200, "", Outcome.LATER),
        (200, "[" * 100_000, Outcome.LATER),
        (302, "", Outcome.LATER),
        (429, "", Outcome.LATER),
        (503, '{"result":true}', Outcome.LATER),
        (None, "ConnectTimeout", Outcome.LATER),
        (400, "", Outcome.REFUSED),
        (410, "", Outcome.REFUSED),  # one order's address: the channel stays on
    ],
)
def test_f_46_and_f_47_answers(status: int | None, text: str, outcome: Outcome) -> None:
    assert KD.out.judge(Credential(), Reply(status, text)) is outcome


def test_the_sandbox_understands_it() -> None:
    """The other side, which shares no code with the adapter."""
    echo = {"salt": side.SALT}
    told = talk.feedback(KD, "picked_up", logistics_no=NUMBER, echo=echo, waybill_no="55012345678901", weight_g=850)
    (call,) = talk.write(KD, Credential(), told)
    status, _, answer, line = side.listen("/", "", call.headers, call.body)
    assert line == f"已取件 {NUMBER} 55012345678901 张三 成功"
    assert KD.out.judge(Credential(), Reply(status, answer)) is Outcome.DELIVERED
    (call,) = talk.write(KD, Credential(), talk.feedback(KD, "accepted", echo=ECHO))
    status, _, answer, line = side.listen("/", "", call.headers, call.body)
    assert line.startswith("BAD ") and KD.out.judge(Credential(), Reply(status, answer)) is Outcome.REFUSED
