"""What Kuaidi100 says, in our words (CHANNELS section 3, CHAN-5, B-13, B-15, B-60..B-68, B-138)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from basics.refusal import Refusal
from channels.adapter import Credential
from channels.messages import OrderPush, Withdrawal
from tests.channels import talk
from tests.channels.kuaidi100 import kd
from tests.channels.kuaidi100.kd import AT, CANCEL, CREATE, CREDENTIAL, KD, NUMBER, form, param, read

PUSHED = {
    "online": True,
    "business_type": "send_express",
    "address": "浙江省杭州市余杭区五常街道文一西路969号3号楼",
    "sender": {
        "name": "王小二",
        "phone": "13800138000",
        "address": "浙江省杭州市余杭区五常街道文一西路969号3号楼",
    },
    "receiver": {"name": "李雷", "phone": "13900139000", "address": "上海市青浦区华徐公路3029弄28号"},
    "goods": "文件",
    "weight_g": 1000,
    "remark": "请提前电话",
    "window_start": "2026-11-23T01:00:00+00:00",
    "window_end": "2026-11-23T03:00:00+00:00",
    "echo": {"salt": "s4lt-demo", "callback": "https://channel.example/kd100/cb", "company": "huitongkuaidi"},
}


def code_of(found: Any) -> str:
    assert isinstance(found, Refusal), found
    return found.code


def order(**changed: Any) -> OrderPush:
    found = read(form("cOrder", param(**changed)))
    assert isinstance(found, OrderPush), found
    return found


def refused(**changed: Any) -> tuple[str, str | None]:
    found = read(form("cOrder", param(**changed)))
    assert isinstance(found, Refusal), found
    return found.code, found.field


def test_the_create_vector_in_our_words() -> None:
    assert read(form("cOrder", CREATE)) == OrderPush("kuaidi100", NUMBER, AT, PUSHED)
    assert read(form("bOrder", CREATE)) == OrderPush("kuaidi100", NUMBER, AT, PUSHED)


def test_the_cancel_vector_in_our_words() -> None:
    assert read(form("cancel", CANCEL)) == Withdrawal("kuaidi100", "26732931", "sender", "暂时不寄件了", AT)


@pytest.mark.parametrize(
    ("t", "word", "day"),
    [
        ("1795363199999", "今天", 22),  # 23:59:59.999 in Shanghai
        ("1795363199999", "明天", 23),
        ("1795363199999", "后天", 24),
        ("1795363200000", "今天", 23),  # midnight
        ("1795363200000", "明天", 24),
        ("1795363200001", "后天", 25),
    ],
)
def test_relative_days_are_those_of_t(t: str, word: str, day: int) -> None:
    for received_at in (datetime(2026, 11, 22, 16, 0, 2, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)):
        said = read(form("cOrder", param(dayType=word), t=t), now=received_at)
        assert isinstance(said, OrderPush)
        assert said.content["window_start"] == f"2026-11-{day}T01:00:00+00:00"
        assert said.created_at.timestamp() * 1000 == int(t)


def test_a_clock_far_ahead_does_not_move_the_day() -> None:
    tomorrow = str(int(kd.T) + 86_400_000)
    said = read(form("cOrder", CREATE, t=tomorrow))
    assert isinstance(said, OrderPush) and said.content["window_start"] == "2026-11-23T01:00:00+00:00"


@pytest.mark.parametrize(
    ("word", "start", "end", "found"),
    [
        ("今天", "00:00", "23:59", ("2026-11-21T16:00:00+00:00", "2026-11-22T15:59:00+00:00")),
        ("后天", "", None, ("2026-11-23T16:00:00+00:00", "2026-11-24T16:00:00+00:00")),
        (None, None, "", (None, None)),
        ("明天", "09:00", "09:00", ("2026-11-23T01:00:00+00:00", "2026-11-23T01:00:00+00:00")),
        ("大后天", "09:00", "11:00", ("value_unknown", "dayType")),
        ("今日", "09:00", "11:00", ("value_unknown", "dayType")),
        (None, "09:00", "11:00", ("field_required", "dayType")),
        ("明天", "09:00", None, ("field_required", "pickupEndTime")),
        ("明天", None, "11:00", ("field_required", "pickupStartTime")),
        ("明天", "11:00", "09:00", ("window_invalid", "pickupEndTime")),
        ("明天", "9:00", "11:00", ("time_invalid", "pickupStartTime")),
        ("明天", "09:00", "24:00", ("2026-11-23T01:00:00+00:00", "2026-11-23T16:00:00+00:00")),  # the next midnight
        ("明天", "00:00", "24:00", ("2026-11-22T16:00:00+00:00", "2026-11-23T16:00:00+00:00")),
        ("明天", "24:00", "24:00", ("time_invalid", "pickupStartTime")),
        ("明天", "09:00", "24:01", ("time_invalid", "pickupEndTime")),
        ("明天", "09:00", "１１:00", ("time_invalid", "pickupEndTime")),
    ],
)
def test_windows(word: str | None, start: str | None, end: str | None, found: tuple[str | None, str | None]) -> None:
    said = read(form("cOrder", param(dayType=word, pickupStartTime=start, pickupEndTime=end)))
    if isinstance(said, Refusal):
        assert (said.code, said.field) == found
    else:
        assert isinstance(said, OrderPush)
        assert (said.content.get("window_start"), said.content.get("window_end")) == found


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"thirdOrderId": None}, ("field_required", "thirdOrderId")),
        ({"thirdOrderId": "KD 1"}, ("text_invalid", "thirdOrderId")),
        ({"thirdOrderId": "K" * 65}, ("text_too_long", "thirdOrderId")),
        ({"sendManName": "\x00"}, ("text_invalid", "sendManName")),
        ({"sendManPrintAddr": "杭" * 501}, ("text_too_long", "sendManPrintAddr")),
        ({"recManPrintAddr": "a" * 10_000}, ("text_too_long", "recManPrintAddr")),
        ({"sendManMobile": True}, ("text_invalid", "sendManMobile")),
        ({"recManPrintAddr": ["x"]}, ("text_invalid", "recManPrintAddr")),
    ],
)
def test_refused_fields(changed: dict[str, Any], found: tuple[str, str]) -> None:
    assert refused(**changed) == found


@pytest.mark.parametrize(
    ("weight", "grams"),
    [("1.0", 1000), ("0.85", 850), (2.5, 2500), ("", None), ("0", 0), ("-1", -1000), ("1kg", "1kg"), (["1"], "?"),
     ("1e9", "1e9"), ("１", "１")],
)  # fmt: skip
def test_b_66_weights(weight: Any, grams: Any) -> None:
    """What is no positive number is passed on, so that the order is held (CHAN-5)."""
    assert order(weight=weight).content.get("weight_g") == grams


def test_chan_5_what_is_missing_is_passed_on() -> None:
    content = order(sendManMobile=None, sendManPrintAddr="").content
    assert content["sender"] == {"name": "王小二"} and "address" not in content
    for field, person in (("sendManPrintAddr", "sender"), ("recManPrintAddr", "receiver")):  # B-68: 1,500 bytes
        assert order(**{field: "杭" * 500}).content[person]["address"] == "杭" * 500
    assert order(sendManMobile="１３８ 0013 8000").content["sender"]["phone"] == "13800138000"
    assert order(unknown={"a": [1]}, payment="CONSIGNEE").content == PUSHED


def test_b_66_numbers_are_taken_as_the_text_that_was_written() -> None:
    """Some clients write phones, salts and numbers as JSON numbers."""
    found = order(sendManMobile=13800138000, recManMobile=13900139000, salt=20261122, cargo=7, weight=1, remark=1.50)
    assert found.content == PUSHED | {
        "goods": "7",
        "remark": "1.5",
        "echo": {**PUSHED["echo"], "salt": "20261122"},  # type: ignore[dict-item]
    }
    assert order(thirdOrderId=202611220000017).logistics_no == "202611220000017"
    cancelled = read(form("cancel", '{"orderId":26732931,"cancelMsg":5}'))
    assert cancelled == Withdrawal("kuaidi100", "26732931", "sender", "5", AT)
    assert refused(dayType=1) == ("value_unknown", "dayType")
    assert refused(callBackUrl=2130706433) == ("target_forbidden", "callBackUrl")


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example/", "https:///cb", "x.example/cb", "http://a:b@x.example/", "http://127.0.0.1/", "http://[::1]:80/",
     "http://169.254.169.254/latest", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a00:1]/",
     "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://localhost/", "http://a.localhost:8/",
     "http://１２７.0.0.1/", "http://x.example:port/", "http://x.example/a b", "http://[::1/"],
)  # fmt: skip
def test_b_138_callback_addresses(url: str) -> None:
    assert refused(callBackUrl=url) == ("target_forbidden", "callBackUrl")


def test_b_138_callbacks_that_are_allowed() -> None:
    for url in ("http://channel.example:8080/cb?x=1", "https://8.8.8.8/cb", "https://快递.example/回调"):
        assert order(callBackUrl=url).content["echo"]["callback"] == url
    assert "callback" not in order(callBackUrl=None).content["echo"]
    assert refused(callBackUrl="https://x.example/" + "a" * 483) == ("text_too_long", "callBackUrl")
    private = Credential(CREDENTIAL.secrets, {"key": kd.KEY, "private_callbacks": "on"})
    said = read(form("cOrder", param(callBackUrl="http://127.0.0.1:9/cb")), private)
    assert isinstance(said, OrderPush) and said.content["echo"]["callback"] == "http://127.0.0.1:9/cb"
    assert code_of(read(form("cOrder", param(callBackUrl="ftp://127.0.0.1/")), private)) == "target_forbidden"


@pytest.mark.parametrize(
    ("text", "code"),
    [(b"", "body_empty"), (b"[]", "json_invalid"), (b"{", "json_invalid"), (b'{"a":1,"a":2}', "field_repeated"),
     (b'{"a":NaN}', "json_number_invalid"), (b'{"a":' + b"9" * 5000 + b"}", "json_number_invalid"),
     (b'{"a":"\xff"}', "encoding_invalid"), (b'{"a":' * 40 + b"1" + b"}" * 40, "json_too_deep")],
)  # fmt: skip
def test_b_13_and_b_60_to_b_63_signed_nonsense(text: bytes, code: str) -> None:
    refusal = read(form("cOrder", text))
    assert code_of(refusal) == code
    assert isinstance(refusal, Refusal) and talk.answer(KD, None, refusal).status == 400
