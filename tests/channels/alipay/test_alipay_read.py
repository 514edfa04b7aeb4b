"""What a notification says: orders and withdrawals in our words; B-15, B-25, B-41, B-44, B-60..B-63, B-66..B-73."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basics.refusal import Refusal
from channels.adapter import Opened
from channels.alipay import ADAPTER
from channels.messages import OrderPush, Withdrawal
from channels.refusals import status_of
from dispatch.screening import missing_fields
from tests.channels import talk
from tests.channels.alipay import side

SENT = datetime(2026, 11, 22, 4, tzinfo=UTC)  # 1795320000000


def says(given: dict[str, str]) -> Any:
    """What a genuine notification with these parameters says."""
    found = side.opened(side.notification(given))
    return talk.read(ADAPTER, found.content, found.words)


def order(**changed: Any) -> OrderPush:
    found = says(side.params(biz_content=side.biz(**changed)))
    assert isinstance(found, OrderPush), found
    return found


def refused(given: str | dict[str, str]) -> tuple[str, str | None, int]:
    found = says(given if isinstance(given, dict) else side.params(biz_content=given))
    assert isinstance(found, Refusal), found
    assert found.message
    return found.code, found.field, status_of(found.code)


def test_chan_2_the_vector_in_our_words() -> None:
    found = says(side.params())
    assert found == OrderPush(
        channel="alipay",
        logistics_no="ali2026112200000017",
        created_at=datetime(2026, 11, 22, 4, tzinfo=UTC),
        content={
            "online": True,
            "business_type": "send_express",
            "remark": "请提前电话",
            "adcode": "330110",
            "address": "五常街道文一西路969号3号楼",
            "sender": {
                "name": "王小二",
                "phone": "13800138000",
                "address": "五常街道文一西路969号3号楼",
                "area_code": "330110",
            },
            "receiver": {
                "name": "李雷",
                "phone": "13900139000",
                "address": "华徐公路3029弄28号",
                "area_code": "310118",
            },
            "goods": "文件",
            "weight_g": 1000,
            "window_start": "2026-11-23T01:00:00+00:00",
            "window_end": "2026-11-23T03:00:00+00:00",
            "echo": {"product_type_code": "STANDARD"},
        },
    )
    assert missing_fields(found.content) == ()


def test_b_14_the_same_in_gbk() -> None:
    raw = {name: value.encode() for name, value in side.params(charset="GBK").items()}
    found = side.opened(side.raw_notification({**raw, "biz_content": side.BIZ_CONTENT.encode("gbk")}))
    assert talk.read(ADAPTER, found.content, found.words) == says(side.params())


def test_chan_6_a_withdrawal_was_made_when_it_was_sent() -> None:
    found = says(side.cancel(utc_timestamp="1795320005250"))
    assert found == Withdrawal(
        "alipay", "ali2026112200000017", "sender", "不想寄了", SENT + timedelta(seconds=5, milliseconds=250)
    )


def test_a_withdrawal_needs_no_reason() -> None:
    assert says(side.cancel(cause=None)).reason == ""


def test_an_order_without_a_time_was_made_when_it_was_sent() -> None:
    assert order(create_time=None).created_at == SENT
    assert order(create_time="2026-11-22 11:59:00").created_at == SENT - timedelta(minutes=1)


def test_b_41_unknown_fields_and_another_order_of_fields_change_nothing() -> None:
    assert order(unheard_of={"a": [1, None]}, way_bill_no=None) == order()
    turned = json.dumps(dict(reversed(json.loads(side.BIZ_CONTENT).items())))
    assert says(side.params(biz_content=turned)) == order()


def test_the_least_that_can_be_said() -> None:
    found = says(side.params(biz_content='{"order_no":"ali1"}'))
    assert found == OrderPush("alipay", "ali1", SENT, {"online": True, "business_type": "send_express", "sender": {}})
    assert missing_fields(found.content) == ("sender.phone", "place")


@pytest.mark.parametrize("code", ["33011", "330110000000", "余杭", "３３０１１０"])
def test_b_70_an_area_code_that_is_none_is_kept_but_not_used(code: str) -> None:
    found = order(sender_area_code=code).content
    assert "adcode" not in found
    assert found["sender"]["area_code"] == code


@pytest.mark.parametrize(
    ("mobile", "phone"),
    [("+86 138 0013 8000", "13800138000"), ("１３８００１３８０００", "13800138000"), ("0571-88881234-802",) * 2],
)
def test_b_67_phones_in_one_form(mobile: str, phone: str) -> None:
    assert order(sender_mobile=mobile).content["sender"]["phone"] == phone


@pytest.mark.parametrize("mobile", ["1380013800", "call me", "", None])
def test_chan_5_b_67_no_phone_number_holds_the_order(mobile: str | None) -> None:
    assert missing_fields(order(sender_mobile=mobile).content) == ("sender.phone",)


@pytest.mark.parametrize("weight", [0, -1, "heavy", "", True, [1], {"g": 1}, 12345678, "1e3", "１０００"])
def test_chan_5_b_66_a_weight_that_is_no_positive_number_holds_the_order(weight: Any) -> None:
    expected = () if weight == "" else ("weight_g",)  # an empty one is absent
    assert missing_fields(order(goods_weight=weight).content) == expected


@pytest.mark.parametrize(("weight", "grams"), [(850, 850), ("850", 850), (850.5, 850.5), (1.0, 1), (9999999, 9999999)])
def test_the_weight_is_in_grams(weight: Any, grams: float) -> None:
    assert order(goods_weight=weight).content["weight_g"] == grams


@pytest.mark.parametrize("address", [None, "", "浙江省", " 。 "])
def test_chan_5_b_68_neither_code_nor_address_holds_the_order(address: str | None) -> None:
    assert missing_fields(order(sender_area_code=None, sender_address=address).content) == ("place",)


def test_b_69_rare_characters_are_kept_exactly() -> None:
    name = "𠮷e\u0301👍\u202e\u200b"
    assert order(sender_name=name).content["sender"]["name"] == name


@pytest.mark.parametrize("field", ["sender_name", "sender_mobile", "sender_address", "remark", "goods_name"])
@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "a\x1bb", 7, ["a"]])
def test_b_15_text_that_is_none(field: str, value: Any) -> None:
    assert refused(side.biz(**{field: value})) == ("text_invalid", field, 422)


def test_b_68_too_long_a_text() -> None:
    assert refused(side.biz(sender_address="长" * 501)) == ("text_too_long", "sender_address", 422)
    assert order(sender_address="长" * 500)


TIMES = ["2026-02-30 10:00:00", "2026-11-23T09:00:00+08:00", "明天", "1795320000000", 1795320000, "2399-01-01 00:00:00"]


@pytest.mark.parametrize("value", TIMES)
@pytest.mark.parametrize("field", ["create_time", "appoint_start_time", "appoint_end_time"])
def test_b_44_b_73_times_that_are_none(field: str, value: Any) -> None:
    code = "time_invalid" if isinstance(value, str) else "text_invalid"
    assert refused(side.biz(**{field: value})) == (code, field, 422)


def test_b_44_a_window_that_ends_before_it_starts() -> None:
    turned = side.biz(appoint_end_time="2026-11-23 08:59:59")
    assert refused(turned) == ("window_invalid", "appoint_end_time", 422)


@pytest.mark.parametrize("number", ["", None, " "])
def test_a_number_must_be_there(number: str | None) -> None:
    assert refused(side.biz(order_no=number))[1:] == ("order_no", 422)


@pytest.mark.parametrize("number", ["ali 1", "ali<1>", "支付宝1", "a" * 65, 17, "ali1\n"])
def test_b_112_a_number_of_other_characters(number: Any) -> None:
    assert refused(side.biz(order_no=number))[1:] == ("order_no", 422)
    assert refused(side.cancel(number))[1:] == ("order_no", 422)


def test_the_order_of_another_courier_is_refused() -> None:
    for other in (
        side.params(biz_content=side.biz(logis_merch_code="YTO")),
        side.cancel(biz_content='{"order_no":"ali1","logis_merch_code":"YTO"}'),
    ):
        assert refused(other) == ("value_unknown", "logis_merch_code", 422)
        found = side.opened(side.notification(other))
        refusal = ADAPTER.read(found, SENT)
        assert isinstance(refusal, Refusal)
        assert ADAPTER.regret is not None and ADAPTER.regret(found, refusal) is None  # not ours to cancel
    assert order(logis_merch_code=None) == order()


def test_our_courier_code_can_be_set() -> None:
    body = side.notification(side.params(biz_content=side.biz(logis_merch_code="BEST")))
    found = side.verify(body, side.credential(merch_code="BEST"))
    assert isinstance(found, Opened)
    assert isinstance(talk.read(ADAPTER, found.content, found.words), OrderPush)


@pytest.mark.parametrize("method", ["q9.express.order.created", "Q9.express.order.create", "订单"])
def test_b_25_an_unknown_method(method: str | None) -> None:
    assert refused(side.params(msg_method=method)) == ("event_unknown", "msg_method", 422)


UNREADABLE = {
    "B-12 blank": (" \n", "body_empty"),
    "no JSON": ("{", "json_invalid"),
    "a list": ("[]", "json_invalid"),
    "a form": ("order_no=ali1", "json_invalid"),
    "B-60 33 deep": ('{"order_no":' + "[" * 32 + "]" * 32 + "}", "json_too_deep"),
    "B-60 50,000 deep": ("[" * 50_000, "json_too_deep"),
    "B-62 NaN": ('{"goods_weight":NaN}', "json_number_invalid"),
    "B-62 Infinity": ('{"goods_weight":Infinity}', "json_number_invalid"),
    "B-62 1e400": ('{"goods_weight":1e400}', "json_number_invalid"),
    "B-63 5,000 digits": ('{"goods_weight":' + "9" * 5000 + "}", "json_number_invalid"),
    "two numbers": ('{"order_no":"ali1","order_no":"ali2"}', "field_repeated"),
}


@pytest.mark.parametrize(("biz_content", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_b_60_to_b_63_what_cannot_be_read_is_400(biz_content: str, code: str) -> None:
    assert refused(biz_content) == (code, None, 400)


WORDS = st.dictionaries(
    st.sampled_from(["msg_method", "biz_content", "merch_code"]),
    st.one_of(st.text(), st.sampled_from(["q9.express.order.create", "q9.express.order.cancel", side.BIZ_CONTENT])),
)


@given(content=st.binary(max_size=100), words=WORDS)
def test_anything_is_read_or_refused(content: bytes, words: dict[str, str]) -> None:
    found = ADAPTER.read(Opened("key", content, words), talk.NOW)
    assert ADAPTER.regret is not None
    ADAPTER.regret(Opened("key", content, words), Refusal("bad_event", ""))
    assert isinstance(found, Refusal) or len(found.said) == 1


FIELDS = sorted(json.loads(side.BIZ_CONTENT))
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=2)
)


@given(changed=st.dictionaries(st.sampled_from(FIELDS), VALUES, min_size=1, max_size=3))
def test_any_values_of_fields_are_read_or_refused(changed: dict[str, Any]) -> None:
    words = {
        "msg_method": "q9.express.order.create",
        "biz_content": side.biz(**changed),
        "utc_timestamp": "1795320000000",
    }
    found = ADAPTER.read(Opened("key", b"", words | {"merch_code": "HTKY"}), talk.NOW)
    assert isinstance(found, Refusal) or isinstance(found.said[0], OrderPush)
