"""Orders in our words: CHANNELS 1.2, CHAN-2, CHAN-3, CHAN-5, B-15, B-39..B-44, B-66..B-69."""

import json
from typing import Any

import pytest

from basics.refusal import Refusal
from channels.messages import OrderPush, Withdrawal
from dispatch.screening import missing_fields
from tests.channels import talk
from tests.channels.cainiao import vectors as v
from tests.channels.cainiao.vectors import changed, form

PERSON = {"name": "王小二", "phone": "13800138000", "province": "浙江省", "city": "杭州市", "district": "余杭区",
          "address": "五常街道文一西路969号3号楼"}  # fmt: skip


def order(**texts: Any) -> OrderPush:
    found = v.said(form(changed(**texts)))
    assert isinstance(found, OrderPush), found
    return found


def refused(content: str) -> tuple[str, str | None]:
    found = v.said(form(content))
    assert isinstance(found, Refusal), found
    return found.code, found.field


def test_chan_3_the_recorded_order_in_our_words() -> None:
    found = v.said(form(v.CREATE, ecCompanyId="TAOBAO"))
    assert found == OrderPush(
        "cainiao",
        "LP00038652917401",
        talk.NOW,  # the message has no time of its own
        {
            "online": True,
            "business_type": "send_express",
            "pushed_as": "TAOBAO",
            "address": "浙江省杭州市余杭区五常街道文一西路969号3号楼",
            "sender": PERSON,
            "receiver": {"name": "李雷", "phone": "13900139000", "province": "上海", "city": "上海市",
                         "district": "青浦区", "address": "华徐公路3029弄28号"},
            "window_start": "2026-11-23T01:00:00+00:00",
            "window_end": "2026-11-23T03:00:00+00:00",
            "goods": "连衣裙",
            "pieces": 1,
            "remark": "请提前电话",
        },
    )  # fmt: skip
    json.dumps(found.content)
    assert missing_fields(found.content) == ()


def test_chan_2_a_mail_number_makes_it_an_online_order() -> None:
    online = order(mailNo="55012345678901", serviceType="0").content
    assert (online["business_type"], online["waybill_no"]) == ("online_order", "55012345678901")
    assert order(serviceType="0").content["business_type"] == "send_express"
    assert order(mailNo="  ").content["business_type"] == "send_express"


def test_b_41_unknown_elements_and_another_order_change_nothing() -> None:
    head, rest = v.CREATE.split("<sender>")
    middle = rest.replace("</RequestOrder>", "")
    turned = f"<RequestOrder>\n <new kind='1'><a>1</a></new><sender>{middle}{head.removeprefix('<RequestOrder>')}"
    assert v.said(form(turned + "</RequestOrder>\n")) == v.said(form(v.CREATE))


@pytest.mark.parametrize(
    ("city", "expected"),
    [
        ("杭州市,余杭区", ("杭州市", "余杭区")),
        ("杭州市\uff0c余杭区", ("杭州市", "余杭区")),
        ("杭州市, 余杭区", ("杭州市", "余杭区")),
        ("杭州市", ("杭州市", None)),
        (",余杭区", (None, "余杭区")),
        ("", (None, None)),
    ],
)
def test_city_and_district_are_joined_by_a_comma(city: str, expected: tuple[str | None, str | None]) -> None:
    sender = order(city=city).content["sender"]
    assert (sender.get("city"), sender.get("district")) == expected


def test_a_city_that_is_its_province_is_not_said_twice() -> None:
    assert order(prov="上海", city="上海市,青浦区").content["address"] == "上海青浦区五常街道文一西路969号3号楼"


def test_either_name_of_the_platform() -> None:
    assert order(ecCompanyId="").content.keys() >= {"sender"} and "pushed_as" not in order(ecCompanyId="").content
    other = v.CREATE.replace("ecCompanyId>", "clientID>")
    assert v.said(form(other)).content["pushed_as"] == "TAOBAO"


@pytest.mark.parametrize("written", ["2026-11-23 09:00:00.0 CST", "2026-11-23 09:00:00", "2026-11-23 09:00:00 CST"])
def test_b_44_cst_is_the_time_of_china(written: str) -> None:
    assert order(sendStartTime=written).content["window_start"] == "2026-11-23T01:00:00+00:00"


@pytest.mark.parametrize(
    ("texts", "code", "field"),
    [
        ({"sendStartTime": "2026-02-30 09:00:00"}, "time_invalid", "sendStartTime"),
        ({"sendEndTime": "2026-11-23T11:00:00Z"}, "time_invalid", "sendEndTime"),
        ({"sendEndTime": "2026-11-23 08:59:59"}, "window_invalid", "sendEndTime"),
        ({"txLogisticID": ""}, "field_required", "txLogisticID"),
        ({"txLogisticID": "LP 1"}, "text_invalid", "txLogisticID"),
        ({"txLogisticID": "LP\uff11"}, "text_invalid", "txLogisticID"),
        ({"txLogisticID": "L" * 65}, "text_too_long", "txLogisticID"),
        ({"name": "王" * 65}, "text_too_long", "sender.name"),
        ({"name": "<b>王</b>"}, "text_invalid", "sender.name"),
        ({"address": "路" * 10_000}, "text_too_long", "sender.address"),  # B-68
        ({"itemName": "衣" * 201}, "text_too_long", "items.item.0.itemName"),
        ({"sender": "王小二"}, "object_expected", "sender"),
        ({"items": "<item>衣</item>"}, "object_expected", "items.item"),
    ],
)
def test_b_44_b_68_refused_with_the_field(texts: dict[str, str], code: str, field: str) -> None:
    assert refused(changed(**texts)) == (code, field)


def test_b_15_control_characters_are_no_xml_and_bidirectional_ones_are_kept() -> None:
    assert refused(changed(name="王\x00小"))[0] == "xml_invalid"
    assert refused(changed(name="王&#1;小"))[0] == "xml_invalid"
    as_json = v.said(v.link(json.dumps({"txLogisticID": "LP1", "sender": {"name": "王\x00"}})))
    assert (as_json.code, as_json.field) == ("text_invalid", "sender.name")
    as_json = v.said(v.link(json.dumps({"txLogisticID": "LP1", "sender": {"name": "\ud800"}})))
    assert (as_json.code, as_json.field) == ("text_invalid", "sender.name")


@pytest.mark.parametrize("name", ["a\u202eb", "王\u200b小二", "𠮷", "👩‍👩‍👧", "e\u0301", "O'Brien --", "'; drop"])
def test_b_69_names_are_kept_exactly(name: str) -> None:
    assert order(name=name).content["sender"]["name"] == name


def test_b_39_cdata_and_comments_are_text() -> None:
    assert order(name="<![CDATA[<script>alert(1)</script>]]>").content["sender"]["name"] == "<script>alert(1)</script>"
    assert order(name="王<!-- x -->小<![CDATA[二]]>").content["sender"]["name"] == "王小二"


@pytest.mark.parametrize(
    ("number", "pieces"),
    [("3", 3), ("2.0", 2), (" 4 ", 4), ("0", 0), ("-1", -1), ("1.5", "1.5"), ("1e3", "1e3"),
     ("1000000000", "1000000000"), ("\uff11", "\uff11"), ("九", "九"), ("<a>1</a>", "?")],
)  # fmt: skip
def test_chan_5_b_66_pieces(number: str, pieces: object) -> None:
    """What is no whole number above zero holds the order."""
    content = order(number=number).content
    assert content["pieces"] == pieces and type(content["pieces"]) is type(pieces)
    assert missing_fields(content) == (() if pieces in (2, 3, 4) else ("pieces",))


def test_pieces_are_the_sum_of_all_items_and_goods_their_names() -> None:
    def items(*pairs: tuple[str, str]) -> dict[str, Any]:
        made = "".join(f"<item><itemName>{name}</itemName><number>{number}</number></item>" for name, number in pairs)
        return {key: value for key, value in order(items=made).content.items() if key in ("goods", "pieces")}

    assert items(("裙", "2"), ("鞋", "3")) == {"goods": "裙、鞋", "pieces": 5}
    assert items(("裙", "2"), ("鞋", "0")) == {"goods": "裙、鞋", "pieces": 0}
    assert items(("裙", "2"), ("", "")) == {"goods": "裙", "pieces": 2}
    assert items(("裙", ""), ("鞋", "")) == {"goods": "裙、鞋"}
    assert items(("裙", "9999999"), ("鞋", "1"))["pieces"] == "10000000"  # too many to be true: held
    assert len(items(*[("长" * 200, "1")] * 3)["goods"]) == 200
    assert items() == {}
    assert order(items="\n  ").content.keys() & {"goods", "pieces"} == set()


@pytest.mark.parametrize(
    ("weight", "grams", "held"),
    [("1", 1000, False), ("0.85", 850, False), ("1.2345", "1.2345", True), ("0", 0, True), ("0.0", 0, True),
     ("-2", -2000, True), ("一斤", "一斤", True), ("1e400", "1e400", True)],
)  # fmt: skip
def test_chan_5_a_weight_is_in_kilograms(weight: str, grams: object, held: bool) -> None:
    for field in ("itemsWeight", "weight"):
        with_weight = v.CREATE.replace("<special>", f"<{field}>{weight}</{field}><special>")
        content = v.said(form(with_weight)).content
        assert content["weight_g"] == grams
        assert missing_fields(content) == (("weight_g",) if held else ())
    assert "weight_g" not in order().content


@pytest.mark.parametrize(
    ("mobile", "phone", "kept"),
    [
        ("13800138000", "", {"phone": "13800138000"}),
        ("+86 138-0013-8000", "", {"phone": "13800138000"}),
        ("１３８００１３８０００", "", {"phone": "13800138000"}),
        ("", "0571-88881234-802", {"phone": "0571-88881234-802"}),
        ("13800138000", "0571-88881234", {"phone": "13800138000", "other_phone": "0571-88881234"}),
        ("1380013800", "", {"phone_as_sent": "1380013800"}),
        ("138a0138000", "", {"phone_as_sent": "138a0138000"}),
        ("", "", {}),
    ],
)
def test_b_67_phones(mobile: str, phone: str, kept: dict[str, str]) -> None:
    content = order(mobile=mobile, phone=phone).content
    assert {key: value for key, value in content["sender"].items() if "phone" in key} == kept
    assert missing_fields(content) == (() if "phone" in kept else ("sender.phone",))


def test_b_68_nothing_but_a_province_is_no_place() -> None:
    assert missing_fields(order(city="", address="").content) == ("place",)
    assert missing_fields(order(sender="").content) == ("sender.phone", "place")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (v.CREATE.replace("<tradeNo>", "<txLogisticID>LP2</txLogisticID><tradeNo>"), "txLogisticID"),
        (v.CREATE.replace("<receiver>", "<sender></sender><receiver>"), "sender"),
        (v.CREATE.replace("<prov>", "<mobile>1</mobile><prov>", 1), "mobile"),
        (v.CANCEL.replace("<fieldList>", "<fieldList></fieldList><fieldList>"), "fieldList"),
    ],
)
def test_b_40_twice_the_same_element(content: str, field: str) -> None:
    assert refused(content) == ("field_repeated", field)


AS_JSON = {
    "ecCompanyId": "TAOBAO", "logisticProviderID": "HTKY", "txLogisticID": v.NUMBER, "mailNo": None, "orderType": 1,
    "serviceType": 1, "sender": {"name": "王小二", "phone": "", "mobile": 13800138000, "prov": "浙江省",
                                 "city": "杭州市,余杭区", "address": "五常街道文一西路969号3号楼"},
    "receiver": {"name": "李雷", "mobile": "13900139000", "prov": "上海", "city": "上海市,青浦区",
                 "address": "华徐公路3029弄28号"},
    "sendStartTime": "2026-11-23 09:00:00", "sendEndTime": "2026-11-23 11:00:00", "goodsValue": 99.0,
    "items": {"item": [{"itemName": "连衣裙", "number": 1}]}, "packageOrNot": False, "remark": "请提前电话",
}  # fmt: skip


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("items", [AS_JSON["items"], AS_JSON["items"]["item"]])  # type: ignore[index]
def test_link_says_the_same_in_json(wrapped: bool, items: Any) -> None:
    told = AS_JSON | {"items": items}
    content = json.dumps({"RequestOrder": told} if wrapped else told, ensure_ascii=False)
    assert v.said(v.link(content)) == v.said(form(v.CREATE))


def test_link_withdraws_in_json() -> None:
    field = {"txLogisticID": "LP1", "fieldName": "status", "fieldValue": "WITHDRAW", "remark": "不想寄了"}
    told = Withdrawal("cainiao", "LP1", "sender", "不想寄了", talk.NOW)
    for list_ in ([field], {"field": [field]}, {"field": field}):
        assert v.said(v.link(json.dumps({"fieldList": list_}))) == told
        assert v.said(v.link(json.dumps({"UpdateInfo": {"fieldList": list_}}))) == told
    assert v.said(v.link(v.CANCEL)) == v.said(form(v.CANCEL))
    one = {"txLogisticID": "LP1", "infoType": "INSTRUCTION", "infoContent": "WITHDRAW", "remark": "不想寄了"}
    assert v.said(v.link(json.dumps(one))) == told


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"txLogisticID":"LP1"}', "event_unknown"),
        ('{"fieldList":{"field":[1]}}', "object_expected"),
        ('{"a":1,"a":2}', "field_repeated"),
        ("[]", "json_invalid"),
        ("{", "json_invalid"),
        ('{"a":NaN}', "json_number_invalid"),
        ('{"a":' * 40 + "1" + "}" * 40, "json_too_deep"),
    ],
)
def test_link_json_that_cannot_be_used(content: str, code: str) -> None:
    found = v.said(v.link(content))
    assert isinstance(found, Refusal) and found.code == code
