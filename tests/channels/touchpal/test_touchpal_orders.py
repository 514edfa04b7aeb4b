"""What TouchPal says, in our words (CHANNELS section 5, CHAN-5, B-59, B-60..B-68)."""

import json
from typing import Any

import pytest

from basics.refusal import Refusal
from channels.messages import OrderPush, WaybillTold, Withdrawal
from tests.channels.touchpal.tp import AT, CANCEL, CREATE, NUMBER, ORDER, UPDATE, WITHDRAWAL, order, read, refused, xml

PUSHED = {
    "online": True,
    "business_type": "send_express",
    "pushed_as": "TouchPal",
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
        "province": "上海",
        "city": "上海市",
        "district": "青浦区",
        "address": "华徐公路3029弄28号",
    },
    "window_start": "2026-11-23T01:00:00+00:00",
    "window_end": "2026-11-23T03:00:00+00:00",
    "weight_g": 1000,
    "remark": "请提前电话",
    "goods": "文件",
    "pieces": 1,
}


def content(**changed: Any) -> dict[str, Any]:
    found = read(CREATE, order(**changed))
    assert isinstance(found, OrderPush), found
    return dict(found.content)


def test_the_create_vector_in_our_words() -> None:
    assert read(CREATE, ORDER) == OrderPush("touchpal", NUMBER, AT, PUSHED)


def test_the_cancel_vector_in_our_words() -> None:
    assert read(CANCEL, WITHDRAWAL) == Withdrawal("touchpal", NUMBER, "sender", "不想寄了", AT)


def test_xml_says_the_same() -> None:
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    assert read(CREATE, declaration + xml(ORDER)) == read(CREATE, ORDER)
    assert read(CANCEL, "  " + xml(WITHDRAWAL, "request")) == read(CANCEL, WITHDRAWAL)


def test_chan_2_who_sends_a_number_orders_online() -> None:
    online = content(mailNo="55012345678901")
    assert (online["business_type"], online["waybill_no"]) == ("online_order", "55012345678901")
    assert content(mailNo=55012345678901) == online  # as a JSON number
    assert content(mailNo="") == PUSHED


@pytest.mark.parametrize(
    ("items", "pieces", "goods"),
    [
        ({"item": [{"itemName": "文件", "number": 2}, {"itemName": "书", "number": "3"}]}, 5, "文件、书"),
        ({"item": {"itemName": "文件", "number": 2}}, 2, "文件"),
        ({"item": [{"itemName": "文件"}]}, None, "文件"),
        ({"item": [{"number": 1}, {"number": 0}]}, "0", None),
        ({"item": [{"number": -1}]}, "-1", None),
        ({"item": [{"number": 1.5}]}, "1.5", None),
        ({"item": [{"number": 10**9}]}, "1000000000", None),
        ({"item": [{"number": [1]}]}, "?", None),
        ({"item": [{"number": "一"}]}, "一", None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_b_66_pieces(items: Any, pieces: Any, goods: str | None) -> None:
    """A number that is no whole one above zero stands for all, and CHAN-5 holds the order."""
    found = content(items=items)
    assert (found.get("pieces"), found.get("goods")) == (pieces, goods)


def test_the_goods_are_cut_to_what_the_field_holds() -> None:
    many = {"item": [{"itemName": "长" * 150}, {"itemName": "长" * 150}]}
    assert content(items=many)["goods"] == "长" * 150 + "、" + "长" * 49
    too_many = {"item": [{"itemName": "x"}] * 501}
    assert refused(CREATE, order(items=too_many)) == ("list_too_long", "items.item")


@pytest.mark.parametrize(("weight", "grams"), [(0.85, 850), ("2", 2000), (0, 0), ("", None), ("1公斤", "1公斤")])
def test_b_66_weights(weight: Any, grams: Any) -> None:
    assert content(itemWeight=weight).get("weight_g") == grams


def test_chan_5_what_is_missing_is_passed_on() -> None:
    bare = read(CREATE, '{"txLogisticID":"CT_H_1","sender":null}')
    assert bare == OrderPush("touchpal", "CT_H_1", AT, {"online": True, "business_type": "send_express"})
    nobody = content(**{"sender.mobile": "12345"})
    assert nobody["sender"]["phone_as_sent"] == "12345" and "phone" not in nobody["sender"]
    assert refused(CREATE, '{"txLogisticID":"CT_H_1"}') == ("field_required", "sender")  # this may be a withdrawal
    landline = content(**{"sender.mobile": "", "sender.phone": "0571-88881234转802"})
    assert landline["sender"]["phone"] == "0571-88881234-802"
    assert content(unheard={"of": [1]}) == PUSHED  # B-41


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"txLogisticID": None}, ("field_required", "txLogisticID")),
        ({"txLogisticID": "CT H"}, ("text_invalid", "txLogisticID")),
        ({"txLogisticId": "CT_H_2"}, ("value_unknown", "txLogisticId")),
        ({"sendStartTime": "2026-02-30 09:00:00"}, ("time_invalid", "sendStartTime")),
        ({"sendEndTime": "2026-11-23 08:00:00"}, ("window_invalid", "sendEndTime")),
        ({"sender": "王小二"}, ("object_expected", "sender")),
        ({"sender.name": "\x00"}, ("text_invalid", "sender.name")),
        ({"sender.address": "长" * 10_000}, ("text_too_long", "sender.address")),
        ({"items": [1]}, ("object_expected", "items")),
        ({"remark": True}, ("text_invalid", "remark")),
    ],
)
def test_refused_fields(changed: dict[str, Any], found: tuple[str, str]) -> None:
    assert refused(CREATE, order(**changed)) == found


def test_b_44_china_time() -> None:
    window = content(sendStartTime="2026-11-23 09:00:00.0 CST", sendEndTime="2026-11-23 09:00:00")
    assert window["window_start"] == window["window_end"] == "2026-11-23T01:00:00+00:00"


BLANKS = ("", " ", "\n  ", "\t\r\n", "\u3000")


@pytest.mark.parametrize("blank", BLANKS)
def test_blank_text_is_an_empty_field(blank: str) -> None:
    """As pretty-printed XML has it."""
    assert content(mailNo=blank) == PUSHED
    assert content(itemWeight=blank) == {key: PUSHED[key] for key in PUSHED.keys() - {"weight_g"}}
    without = {key: PUSHED[key] for key in PUSHED.keys() - {"goods", "pieces"}}
    assert content(items=blank) == content(items={"item": [blank]}) == content(items={"item": blank}) == without
    assert content(remark=blank, sendEndTime=blank, **{"sender.phone": blank}) == {
        key: PUSHED[key] for key in PUSHED.keys() - {"remark", "window_end"}
    }
    assert refused(CREATE, order(txLogisticID=blank)) == ("field_required", "txLogisticID")
    assert read(CANCEL, json.dumps({"txLogisticID": NUMBER, "reason": blank})) == read(
        CANCEL, json.dumps({"txLogisticID": NUMBER})
    )


def test_blank_elements_of_pretty_printed_xml() -> None:
    text = (
        f"<request>\n <txLogisticID>{NUMBER}</txLogisticID>\n <mailNo>\n </mailNo>\n <receiver>\n </receiver>\n"
        " <sender>\n  <mobile>13800138000</mobile>\n  <phone>\n  </phone>\n  <address>杭州市1号</address>\n </sender>\n"
        " <items>\n </items>\n <itemWeight>\n </itemWeight>\n</request>"
    )
    expected = {
        "online": True,
        "business_type": "send_express",
        "address": "杭州市1号",
        "sender": {"phone": "13800138000", "address": "杭州市1号"},
    }
    assert read(CREATE, text) == OrderPush("touchpal", NUMBER, AT, expected)
    item = text.replace("<items>\n ", "<items>\n  <item>\n  </item>\n ")
    assert read(CREATE, item) == read(CREATE, text)


def test_updates_are_whole_orders_or_a_number() -> None:
    whole = json.dumps({"params": json.loads(order(txLogisticID=None, remark="改")), "txLogisticId": NUMBER})
    assert read(UPDATE, whole) == OrderPush("touchpal", NUMBER, AT, PUSHED | {"remark": "改"})
    number = f'{{"params":{{"mailNo":"55012345678901"}},"txLogisticId":"{NUMBER}"}}'
    assert read(UPDATE, number) == WaybillTold("touchpal", NUMBER, "55012345678901", AT)
    assert read(UPDATE, xml(number, "request")) == read(UPDATE, number)


@pytest.mark.parametrize(
    "weight", [{}, {"itemWeight": 0}, {"itemWeight": 0.0}, {"itemWeight": None}, {"itemWeight": 1.5}]
)
def test_do_3_the_flat_update_of_bests_own_sdk_tells_a_number(weight: dict[str, Any]) -> None:
    told = json.dumps({"txLogisticID": NUMBER, "mailNo": "55012345678902", **weight})
    expected = WaybillTold("touchpal", NUMBER, "55012345678902", AT)
    assert read(UPDATE, told) == expected
    assert read(UPDATE, told.replace("txLogisticID", "txLogisticId")) == expected
    assert read(UPDATE, json.dumps({**json.loads(told), "params": None, "remark": " "})) == expected
    in_xml = xml(json.dumps({k: v for k, v in json.loads(told).items() if v is not None}), "request")
    assert read(UPDATE, in_xml) == expected


@pytest.mark.parametrize(
    ("flat", "found"),
    [
        ({"itemWeight": 1.5}, ("event_unknown", "itemWeight")),  # as Cainiao's `weight`: refused, not swallowed
        ({"itemWeight": "1.5", "mailNo": " "}, ("event_unknown", "itemWeight")),
        ({"itemWeight": 0, "mailNo": ""}, ("field_required", "params")),
        ({}, ("field_required", "params")),
        ({"mailNo": "5", "remark": "改"}, ("event_unknown", "params")),
        ({"mailNo": "5", "params": {"mailNo": "6"}}, ("event_unknown", "params")),
        ({"mailNo": "5" * 65}, ("text_too_long", "mailNo")),
    ],
)
def test_chan_3_flat_updates_of_anything_else(flat: dict[str, Any], found: tuple[str, str]) -> None:
    assert refused(UPDATE, json.dumps({"txLogisticID": NUMBER, **flat})) == found


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"remark": "改"}, ("event_unknown", "params")),  # CHAN-3: what is left out would be gone
        ({"mailNo": "55012345678901", "remark": "改"}, ("event_unknown", "params")),
        ({"sender": {"name": "x"}, "receiver": {"name": "y"}}, ("event_unknown", "params")),
        ({"mailNo": ""}, ("field_required", "params.mailNo")),
        ({"mailNo": "5", "txLogisticID": "CT_H_2"}, ("value_unknown", "params.txLogisticID")),
        ([], ("object_expected", "params")),
        (" ", ("field_required", "params")),
        (None, ("field_required", "params")),
    ],
)
def test_chan_3_a_part_of_an_order_is_no_update(params: Any, found: tuple[str, str]) -> None:
    assert refused(UPDATE, json.dumps({"params": params, "txLogisticId": NUMBER})) == found


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "body_empty"), ("txLogisticID=1", "json_invalid"), ("[]", "json_invalid"), ("{", "json_invalid"),
     ('{"a":1,"a":2}', "field_repeated"), ('{"a":1e400}', "json_number_invalid"), (b'{"a":"\xff"}', "encoding_invalid"),
     ('{"a":' * 40 + "1" + "}" * 40, "json_too_deep"), ("<a>", "xml_invalid"), ("<a/><b/>", "xml_invalid"),
     (b"<a>\xcd\xf5</a>", "encoding_invalid")],
)  # fmt: skip
def test_b_59_and_b_60_to_b_63_signed_nonsense(text: str | bytes, code: str) -> None:
    assert refused(CREATE, text)[0] == code


ENTITY = '<!DOCTYPE r [<!ENTITY x "{}">]><r><txLogisticID>CT_H_1</txLogisticID><remark>&x;</remark></r>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<!DOCTYPE r><r/>", "xml_dtd_forbidden"),
        ('<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r/>', "xml_dtd_forbidden"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><remark>&x;</remark></r>', "xml_dtd_forbidden"),
        (ENTITY.format("harmless"), "xml_dtd_forbidden"),
        (ENTITY.format("a" * 50_000), "xml_dtd_forbidden"),
        (f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r>&l9;</r>', "xml_dtd_forbidden"),
        ("<a>" * 33 + "</a>" * 33, "xml_too_deep"),
        ("<a>" * 20_000 + "</a>" * 20_000, "xml_too_deep"),
        ("<r " + " ".join(f"a{n}='1'" for n in range(65)) + "/>", "xml_too_large"),
        ("<r><items>" + "<item/>" * 10_000 + "</items></r>", "xml_too_large"),
        ("<r><txLogisticID>1</txLogisticID><txLogisticID>2</txLogisticID></r>", "field_repeated"),
        ("<r><sender><name>a</name></sender><sender><name>b</name></sender></r>", "field_repeated"),
    ],
)
def test_b_31_to_b_40_xml(text: str, code: str) -> None:
    assert refused(CREATE, text)[0] == code


def test_b_39_cdata_is_text_and_b_41_order_is_free() -> None:
    told = (
        "<r><remark>a<![CDATA[<script>]]><!-- c -->b</remark><unheard/><sender/><txLogisticID>CT_H_1</txLogisticID></r>"
    )
    found = read(CREATE, told)
    assert isinstance(found, OrderPush) and found.content["remark"] == "a<script>b"


def test_unknown_service_types_are_kept_for_a_person() -> None:
    found = read("KD_TRACE_QUERY", ORDER)
    assert isinstance(found, Refusal) and (found.code, found.field) == ("event_unknown", "serviceType")
