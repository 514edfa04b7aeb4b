"""What WeChat's events say in our words (CHANNELS 2.2, 2.3; CHAN-3, CHAN-5, CHAN-6; B-15, B-25, B-44, B-66..B-69)."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from basics.refusal import Refusal
from channels.messages import OrderPush, Question, Withdrawal
from channels.refusals import status_of
from dispatch.screening import missing_fields
from tests.channels.wechat import weixin as w

ORDER = OrderPush(
    "wechat",
    "wx202611220000017",
    datetime(2026, 11, 22, 4, tzinfo=UTC),
    {
        "online": True,
        "business_type": "send_express",
        "remark": "请提前电话",
        "echo": {"token": "wxtok-8f2c"},
        "window_start": "2026-11-23T01:00:00+00:00",
        "window_end": "2026-11-23T03:00:00+00:00",
        "sender": {
            "name": "王小二",
            "phone": "13800138000",
            "province": "浙江省",
            "city": "杭州市",
            "district": "余杭区",
            "address": "五常街道文一西路969号3号楼",
        },
        "address": "浙江省杭州市余杭区五常街道文一西路969号3号楼",
        "receiver": {
            "name": "李雷",
            "phone": "13900139000",
            "province": "上海市",
            "city": "上海市",
            "district": "青浦区",
            "address": "徐泾镇华徐公路3029弄28号",
        },
        "weight_g": 1000,
    },
    "wxtok-8f2c",
)
FIVE = datetime(2026, 11, 23, 4, tzinfo=UTC)  # CreateTime 1795406400


def order(**changed: Any) -> OrderPush:
    found = w.said(w.event(**changed))
    assert isinstance(found, OrderPush), found
    return found


def code(told: Any) -> tuple[str, str | None]:
    found = w.said(told)
    assert isinstance(found, Refusal), found
    return found.code, found.field


def test_chan_3_an_order_in_our_words() -> None:
    assert w.said(w.CREATED) == ORDER
    assert w.said(w.as_xml(w.event())) == ORDER
    assert w.said(f"<?xml version='1.0' encoding='UTF-8'?>\n{w.as_xml(w.event())}") == ORDER
    json.dumps(ORDER.content)


def test_the_three_forms_of_an_event_in_xml() -> None:
    """CDATA or not, a comment between: the same text."""
    text = w.as_xml(w.event()).replace("王小二", "<![CDATA[王]]><!-- x -->小二")
    assert w.said(text) == ORDER


def test_events_are_not_case_sensitive() -> None:
    assert order(Event="Add_Single_Waybill", MsgType="EVENT") == ORDER


def test_unknown_fields_are_passed_over_and_order_does_not_matter() -> None:
    told = w.event(NewField={"a": [1, None]}, Sender__Nick="x", Insured={"Type": 0})
    assert w.said(dict(reversed(told.items()))) == ORDER


def test_a_token_stands_in_for_the_order_id() -> None:
    for missing in (None, ""):
        found = order(OrderID=missing)
        assert (found.logistics_no, found.alias) == ("wxtok-8f2c", "wxtok-8f2c")
    long = "t/+=" * 64
    found = order(OrderID=None, Token=long)
    assert found.logistics_no == found.alias == "wx" + sha256(long.encode()).hexdigest()[:40]
    assert found.content["echo"] == {"token": long}
    cancelled = w.said(w.event(w.CANCELLED, OrderID=None, Token=long))
    assert isinstance(cancelled, Withdrawal)
    assert (cancelled.logistics_no, cancelled.alias) == ("", found.alias)


def test_the_door_slot_counts_before_the_wish() -> None:
    assert order(ExpectStartTime=1, ExpectEndTime=2) == ORDER
    slot = {"PickUpStartTime": 0, "PickUpEndTime": None}
    assert order(**slot) == ORDER
    wished = order(**slot, ExpectStartTime=1795399200).content
    assert (wished["window_start"], wished["window_end"]) == ("2026-11-23T02:00:00+00:00", "2026-11-23T03:00:00+00:00")
    none = order(**slot, ExpectStartTime="", ExpectEndTime=0).content
    assert "window_start" not in none and "window_end" not in none
    open_end = order(PickUpEndTime=0).content
    assert open_end["window_start"] and "window_end" not in open_end


def test_b_44_a_window_that_is_none() -> None:
    assert code(w.event(PickUpEndTime=1795395599)) == ("window_invalid", "PickUpEndTime")
    odd: tuple[Any, ...] = (-1, 1.5, "soon", 10**17, 7258118400, True, [], {})
    for wrong in odd:
        assert code(w.event(PickUpStartTime=wrong)) == ("time_invalid", "PickUpStartTime")
    assert code(w.event(CreateTime="now")) == ("time_invalid", "CreateTime")


def test_without_a_time_of_its_own_the_order_dates_from_its_arrival() -> None:
    assert order(CreateTime=None).created_at == w.NOW


WEIGHTS = [
    (1, 1000),
    (0.85, 850),
    ("1.25", 1250),
    (0.0005, "0.0005"),
    (0, 0),
    (-1, -1000),
    ("heavy", "heavy"),
    (True, "?"),
    ([1], "?"),
    ("", None),
    (None, None),
    (99999999, "99999999"),
]


@pytest.mark.parametrize(("weight", "grams"), WEIGHTS)
def test_chan_5_b_66_weights(weight: Any, grams: Any) -> None:
    found = order(GoodDetail__Weight=weight).content
    assert found.get("weight_g") == grams
    held = grams is not None and not (isinstance(grams, int) and grams > 0)
    assert missing_fields(found) == (("weight_g",) if held else ())


PHONES = [
    ("13800138000", "", "13800138000"),
    ("+86 138 0013 8000", "", "13800138000"),
    ("１３８００１３８０００", "", "13800138000"),
    ("", "0571-88881234-802", "0571-88881234-802"),
    ("1380013800", "0571-88881234", "0571-88881234"),
    ("1380013800", "", None),
    ("", "", None),
    (None, None, None),
]


@pytest.mark.parametrize(("mobile", "tel", "phone"), PHONES)
def test_chan_5_b_67_phones(mobile: str | None, tel: str | None, phone: str | None) -> None:
    found = order(Sender__Mobile=mobile, Sender__Tel=tel).content
    assert found["sender"].get("phone") == phone
    assert missing_fields(found) == (() if phone else ("sender.phone",))


def test_chan_5_b_68_places() -> None:
    nowhere = {f"Sender__{part}": "" for part in ("City", "Area", "Street", "Address")}
    assert missing_fields(order(**nowhere).content) == ("place",)
    assert missing_fields(order(Sender=None).content) == ("sender.phone", "place")
    assert order(Sender__Street=None).content["address"] == "浙江省杭州市余杭区文一西路969号3号楼"
    assert order(Sender__Province="上海市", Sender__City="上海市", Sender__Area="青浦区", Sender__Street="").content[
        "address"
    ] == ("上海市青浦区文一西路969号3号楼")
    assert code(w.event(Sender__Address="路" * 10_000)) == ("text_too_long", "Sender.Address")


@pytest.mark.parametrize("name", ["a\u202eb", "王\u200b小二", "𠮷", "👩‍👩‍👧", "e\u0301", "O'Brien --", "<b>&amp;"])
def test_b_15_b_39_b_69_names_are_kept_exactly(name: str) -> None:
    assert order(Sender__Name=name).content["sender"]["name"] == name
    found = w.said(w.as_xml(w.event(Sender__Name=name)))
    assert isinstance(found, OrderPush) and found.content["sender"]["name"] == name


@pytest.mark.parametrize("name", ["a\x00b", "\x1b[31m", "a\rb"])
def test_b_15_characters_that_are_not_taken(name: str) -> None:
    assert code(w.event(Sender__Name=name)) == ("text_invalid", "Sender.Name")
    assert code(json.dumps(w.event(Sender__Name="\ud800"))) == ("text_invalid", "Sender.Name")


REFUSED = [
    ({"Token": None}, "field_required", "Token"),
    ({"Token": "  "}, "field_required", "Token"),
    ({"Token": "t" * 257}, "text_too_long", "Token"),
    ({"Token": 5}, "text_invalid", "Token"),
    ({"OrderID": "wx/1"}, "text_invalid", "OrderID"),
    ({"OrderID": "w" * 65}, "text_too_long", "OrderID"),
    ({"OrderID": "wx 1"}, "text_invalid", "OrderID"),
    ({"OrderID": ["wx1"]}, "text_invalid", "OrderID"),
    ({"Sender": "王小二"}, "object_expected", "Sender"),
    ({"Sender": []}, "object_expected", "Sender"),
    ({"Remark": "长" * 501}, "text_too_long", "Remark"),
    ({"MsgType": "text"}, "event_unknown", "MsgType"),
    ({"MsgType": None}, "event_unknown", "MsgType"),
    ({"Event": "add_waybill"}, "event_unknown", "Event"),
    ({"Event": ""}, "event_unknown", "Event"),
    ({"Event": "query_single_waybill_fee"}, "not_supported", "Event"),
    ({"Event": "WAYBILL_NOTIFY_QUERY"}, "not_supported", "Event"),
]


@pytest.mark.parametrize(("changed", "expected", "field"), REFUSED)
def test_b_25_what_is_refused(changed: dict[str, Any], expected: str, field: str) -> None:
    assert code(w.event(**changed)) == (expected, field)
    assert status_of(expected) == 422


FORMS = [
    ("{", "json_invalid"),
    ('{"a":1e400}', "json_number_invalid"),
    (w.CREATED.replace('"Scene":1', '"Scene":1,"Scene":2'), "field_repeated"),
    (w.CREATED.replace('"Scene":1', f'"Scene":{"9" * 5000}'), "json_number_invalid"),
    (w.as_xml(w.event()).replace("</xml>", "<OrderID>wx2</OrderID></xml>"), "field_repeated"),
    (w.as_xml(w.event()).replace("<xml>", '<!DOCTYPE xml [<!ENTITY a "b">]><xml>'), "xml_dtd_forbidden"),
    (w.as_xml(w.event()).replace("王小二", "&xxe;"), "xml_invalid"),
    (w.as_xml(w.event())[:-1], "xml_invalid"),
]


@pytest.mark.parametrize(("message", "expected"), FORMS)
def test_b_40_b_50_b_62_b_63_messages_that_cannot_be_read(message: str, expected: str) -> None:
    for knock, credential in ((w.plain(message), w.PLAIN), (w.secure(message), w.SECURE)):
        found = w.WECHAT.read(w.opened(knock, credential), w.NOW)
        assert isinstance(found, Refusal) and found.code == expected
    assert status_of(expected) == 400


REASONS = [
    (1, "不想寄了", "user_cancelled"),
    (2, "下错单", "user_cancelled"),
    (3, "重复下单", "duplicate"),
    (4, "运费太贵", "user_cancelled"),
    (5, "无人联系", "not_contacted"),
    (6, "取件太慢", "too_slow"),
    (7, "态度差", "bad_service"),
    (8, "其他", "user_cancelled"),
]


@pytest.mark.parametrize(("cancel_id", "text", "expected"), REASONS)
def test_chan_6_a_withdrawal_with_its_reason(cancel_id: int, text: str, expected: str) -> None:
    told = w.event(w.CANCELLED, CancelID=cancel_id, CancelReason=text)
    withdrawal = Withdrawal(
        "wechat",
        "wx202611220000017",
        "sender",
        f"{text} (CancelID {cancel_id})",
        FIVE,
        code=expected,
        alias="wxtok-8f2c",
    )
    assert w.said(told) == w.said(w.as_xml(told)) == withdrawal
    assert w.said(w.event(w.CANCELLED, CancelID=str(cancel_id), CancelReason="")) == withdrawal


@pytest.mark.parametrize(
    ("cancel_id", "reason"), [(9, "天气 (CancelID 9)"), (None, "天气"), (True, "天气"), ([6], "天气")]
)
def test_chan_6_a_reason_that_is_on_no_list(cancel_id: Any, reason: str) -> None:
    found = w.said(w.event(w.CANCELLED, CancelID=cancel_id, CancelReason="天气"))
    assert isinstance(found, Withdrawal)
    assert (found.reason, found.code) == (reason, None)
    found = w.said(w.event(w.CANCELLED, CancelID=9, CancelReason=None))
    assert isinstance(found, Withdrawal) and found.reason == "(CancelID 9)"


def test_a_withdrawal_names_its_order_by_either() -> None:
    found = w.said(w.event(w.CANCELLED, OrderID=None))
    assert isinstance(found, Withdrawal)
    assert (found.logistics_no, found.alias) == ("", "wxtok-8f2c")
    found = w.said(w.event(w.CANCELLED, Token=None))
    assert isinstance(found, Withdrawal)
    assert (found.logistics_no, found.alias) == ("wx202611220000017", "")
    assert code(w.event(w.CANCELLED, Token="", OrderID=None)) == ("field_required", "OrderID")


def test_a_question() -> None:
    assert w.said(w.question()) == Question("wechat", "wx202611220000017", "wxtok-8f2c")
    assert w.said(w.question(OrderID="", WaybillId="55012345678901")) == Question("wechat", "", "wxtok-8f2c")
