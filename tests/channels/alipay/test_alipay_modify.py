"""What Alipay hears of an order, and how the call is signed (CHAN-4; CHANNELS sections 4.1, 4.3, 7 and 8)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from basics.refusal import Refusal
from channels import alipay_modify
from channels.adapter import Credential, NotSetUp, Outgoing, Sending, Unsayable
from channels.alipay import ADAPTER
from channels.feedback import Feedback
from rulebook.book import packaged
from tests.channels import talk
from tests.channels.alipay import side

AT = datetime(2026, 11, 23, 1, 42, 30, tzinfo=UTC)  # 09:42:30 in China
NUMBER = "ali2026112200000017"
FIRST = {"order_no": NUMBER, "logis_merch_code": "HTKY"}
SITE = {
    "order_status": "accepted",
    "accept_type": "site_accept",
    "site_code": "HZ01",
    "site_name": "余杭网点",
    "site_area_code": "",
    "site_detail_addr": "",
    "site_leader_name": "张三",
    "site_leader_mobile": "13700137000",
}


def calls(kind: str, /, at: datetime = AT, url: str = "https://gateway.example/gateway.do", **payload: Any) -> Any:
    told = talk.feedback(ADAPTER, kind, **{"logistics_no": NUMBER, **payload})
    return talk.write(ADAPTER, side.credential(), told, at=at, url=url)


def told(kind: str, /, **payload: Any) -> dict[str, Any]:
    """The business content of the one call, its fields in the order sent."""
    (call,) = calls(kind, **payload)
    found: dict[str, Any] = json.loads(side.called(call)["biz_content"])
    return found


def canceled(code: str, text: str | None = None) -> dict[str, Any]:
    why = {} if text is None else {"refuse_desc": text}
    return FIRST | {"order_status": "canceled", "refuse_code": code} | why


def test_the_modify_vector() -> None:
    found = alipay_modify.signed_params(side.credential(), json.loads(side.MODIFY_BIZ_CONTENT), Sending("", AT))
    assert found["sign"] == side.MODIFY_SIGN
    del found["sign"]
    assert "&".join(f"{name}={value}" for name, value in sorted(found.items())) == side.MODIFY_CONTENT
    assert side.signed_by_sdk(side.appendix_a(), found) == side.MODIFY_SIGN


def test_chan_4_a_pickup_is_the_modify_vector() -> None:
    (call,) = calls("picked_up", waybill_no="55012345678901", weight_g=850, station="HZ01")
    assert side.called(call)["biz_content"] == side.MODIFY_BIZ_CONTENT


PICKED_UP: dict[str, Any] = {"logistics_no": NUMBER, "waybill_no": "55012345678901", "station": "HZ01"}


@pytest.mark.parametrize(
    ("weight", "settings", "words"),
    [
        (850, {"order_amount": ""}, "未设置 order_amount.* / order_amount is not set up"),
        (None, {}, "goods_weight.* / the order has no weight .goods_weight"),
        (0, {}, "goods_weight"),
        ("heavy", {}, "goods_weight"),
        (True, {}, "goods_weight"),
    ],
)
def test_chan_4_a_pickup_of_which_something_is_not_known_is_for_a_person(
    weight: Any, settings: dict[str, str], words: str
) -> None:
    """CHANNELS 4.1 wants amount and weight, and a made-up one would be false."""
    one = talk.feedback(ADAPTER, "picked_up", **PICKED_UP, weight_g=weight)
    with pytest.raises(Unsayable, match=words):
        talk.write(ADAPTER, side.credential(**settings), one)
    assert talk.write(ADAPTER, side.credential(order_amount=""), talk.feedback(ADAPTER, "accepted", station="HZ01"))


@pytest.mark.parametrize(("text", "kept"), [("12.00", "12.00"), (" 12 ", "12.00"), ("8.5", "8.50"), ("0", "0.00")])
def test_the_amount_is_in_yuan(text: str, kept: str) -> None:
    assert ADAPTER.out.settings["order_amount"](text) == kept


@pytest.mark.parametrize(
    ("setting", "text"),
    [("order_amount", one) for one in ("", "-1", "12.001", "1e3", "12元", "NaN", "１２")]
    + [("site_area_code", one) for one in ("", "33011", "330110000000", "余杭", "３３０１１０")],
)
def test_b_55_settings_that_are_none(setting: str, text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        ADAPTER.out.settings[setting](text)


def test_the_area_of_our_sites_can_be_set() -> None:
    one = talk.feedback(ADAPTER, "accepted", station="HZ01")
    (call,) = talk.write(ADAPTER, side.credential(site_area_code="330110"), one)
    assert json.loads(side.called(call)["biz_content"])["site_area_code"] == "330110"


def test_the_sdk_verifies_a_call() -> None:
    (call,) = calls("accepted", station="HZ01")
    found = side.called(call)
    signature = found.pop("sign")
    content = "&".join(f"{name}={value}" for name, value in sorted(found.items()))
    sdk = side.client(side.another(), side.appendix_a())
    assert sdk._verify(content, signature)
    assert not sdk._verify(content + " ", signature)
    assert {name: value for name, value in found.items() if name != "biz_content"} == {
        "app_id": side.APP_ID,
        "charset": "utf-8",
        "format": "json",
        "method": "alipay.eco.logistics.express.order.modify",
        "sign_type": "RSA2",
        "timestamp": "2026-11-23 09:42:30",
        "version": "1.0",
    }


def test_the_call_is_formed_as_alipays_clients_form_it() -> None:
    """`biz_content`, in which people are named, is in the body alone; charset is in the query."""
    (call,) = calls("accepted", station="HZ01")
    assert isinstance(call, Outgoing)
    address = urlsplit(call.url)
    assert (address.scheme, address.netloc, address.path) == ("https", "gateway.example", "/gateway.do")
    assert dict(parse_qsl(address.query)).keys() == side.called(call).keys() - {"biz_content"}
    assert call.body.startswith(b"biz_content=%7B%22order_no%22")
    assert call.headers == {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}


@pytest.mark.parametrize("url", ["https://gateway.example/x?a=1&b=2", "https://gateway.example/x?a=1&b=2#top"])
def test_an_address_may_have_a_query_of_its_own(url: str) -> None:
    (call,) = calls("accepted", url=url, station="HZ01")
    assert call.url.startswith("https://gateway.example/x?a=1&b=2&app_id=")


def test_chan_4_another_attempt_says_the_same_at_another_time() -> None:
    (first,) = calls("failed", reason="other", reason_text={"zh": "其他", "en": "other"}, stage="accept")
    (second,) = calls(
        "failed", at=AT + timedelta(hours=7), reason="other", reason_text={"zh": "其他", "en": "other"}, stage="accept"
    )
    assert first.body == second.body
    assert side.called(second)["timestamp"] == "2026-11-23 16:42:30"
    assert side.called(first)["sign"] != side.called(second)["sign"]


def test_chan_4_accepted_by_a_site() -> None:
    assert told("accepted", station="HZ01") == FIRST | SITE
    assert list(told("accepted", station="HZ01")) == [*FIRST, *SITE]


def test_what_is_not_known_of_a_site_is_empty() -> None:
    empty = dict.fromkeys(SITE, "") | {"order_status": "accepted", "accept_type": "site_accept"}
    assert told("accepted", station="HZ01", holder=None) == FIRST | empty | {"site_code": "HZ01"}
    assert told("accepted", station=None, holder=None) == FIRST | empty


def test_the_product_comes_back_where_the_order_named_one() -> None:
    found = told("accepted", station="HZ01", echo={"product_type_code": "STANDARD"})
    assert found == FIRST | SITE | {"product_type_code": "STANDARD"}


def test_our_courier_code_can_be_set() -> None:
    one = talk.feedback(ADAPTER, "withdrawn", origin="sender", reason="", by_channel=True)
    (call,) = talk.write(ADAPTER, side.credential(merch_code="BEST"), one)
    assert json.loads(side.called(call)["biz_content"])["logis_merch_code"] == "BEST"


@pytest.mark.parametrize(("weight", "grams"), [(850, 850), (850.4, 850), (0.2, 1)])
def test_a_weight_is_whole_grams(weight: Any, grams: int) -> None:
    found = told("picked_up", waybill_no="55012345678901", weight_g=weight, station="HZ01")
    assert (found["goods_weight"], type(found["goods_weight"])) == (grams, int)


REASONS = {
    "out_of_area": canceled("R01"),
    "destination_not_served": canceled("R02"),
    "no_time_agreed": canceled("R03"),
    "wrong_number": canceled("R04"),
    "forbidden_goods": canceled("R05"),
    "test_or_malicious": canceled("R06"),
    "customer_cancelled": canceled("R07"),
    "cannot_reach": canceled("R08", "联系不上客户 / cannot be reached"),
    "cannot_enter": canceled("R08", "无法进入 / cannot enter"),
    "duplicate": canceled("R08", "重复下单 / duplicate"),
    "weather_or_traffic": canceled("R08", "天气或交通原因 / weather or traffic"),
    "other": canceled("R08", "其他 / other"),
}


def test_do_2_every_reason_of_the_rulebook_has_its_code() -> None:
    assert packaged().at(AT).reasons.keys() == REASONS.keys()


@pytest.mark.parametrize("stage", ["accept", "pickup"])
@pytest.mark.parametrize("reason", REASONS)
def test_do_2_a_failure_with_its_reason(reason: str, stage: str) -> None:
    known = packaged().at(AT).reasons[reason]
    found = told("failed", reason=reason, stage=stage, reason_text={"zh": known.zh, "en": known.en})
    assert found == REASONS[reason]


def test_law_11_a_reason_of_another_edition_is_shown_as_it_is() -> None:
    assert told("failed", reason="earthquake", stage="pickup", reason_text={}) == canceled("R08", "earthquake")


WITHDRAWALS = [
    ("sender", "不想寄了", True, canceled("R07")),
    ("platform", "", True, canceled("R07")),
    ("sender", "打电话来取消", False, canceled("R07")),
    ("station", "客户要求改期", False, canceled("R08", "客户要求改期")),
    ("system", "资料不全超过 24 小时", False, canceled("R08", "资料不全超过 24 小时")),
    ("system", "", False, canceled("R08", "已撤单 / withdrawn")),
]


@pytest.mark.parametrize(("origin", "reason", "by_channel", "expected"), WITHDRAWALS)
def test_do_6_a_withdrawal(origin: str, reason: str, by_channel: bool, expected: dict[str, Any]) -> None:
    assert told("withdrawn", origin=origin, reason=reason, by_channel=by_channel) == expected


HELD = "资料不全,请补充后重新推送 / incomplete, send it again with: "


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (["sender.phone"], canceled("R04", HELD + "sender_mobile")),
        (["place"], canceled("R08", HELD + "sender_address, sender_area_code")),
        (["weight_g"], canceled("R08", HELD + "goods_weight")),
        (["sender.phone", "weight_g"], canceled("R04", HELD + "sender_mobile, goods_weight")),
    ],
)
def test_chan_5_a_held_order_is_told_with_the_fields_in_alipays_names(missing: Any, expected: Any) -> None:
    assert told("held", missing=missing, reminder=False, holder=None) == expected


def test_chan_5_the_reminder_is_not_told() -> None:
    assert calls("held", missing=["sender.phone"], reminder=True, holder=None) == []


def test_chan_4_an_order_that_came_to_nothing() -> None:
    assert ADAPTER.regret is not None
    payload = ADAPTER.regret(
        side.opened(side.notification(side.params(biz_content=side.biz(appoint_end_time="2026-11-23 08:00:00")))),
        Refusal("window_invalid", "预约结束早于开始 / the window ends before it starts", "appoint_end_time"),
    )
    assert payload is not None
    (call,) = talk.write(ADAPTER, side.credential(), Feedback(None, 9, "", "alipay", "refused", payload))
    desc = "预约结束早于开始 / the window ends before it starts (window_invalid: appoint_end_time)"
    expected = canceled("R08", desc) | {"product_type_code": "STANDARD"}
    assert json.loads(side.called(call)["biz_content"]) == expected


def test_a_refusal_without_a_field() -> None:
    found = told("refused", code="bad_event", text="不行 / no", field=None, holder=None)
    assert found == canceled("R08", "不行 / no (bad_event)")


def test_a_long_text_is_cut() -> None:
    found = told("withdrawn", origin="station", reason="长" * 500, by_channel=False)
    assert found == canceled("R08", "长" * 200)


@pytest.mark.parametrize("kind", ["dispatched", "received", "needed", "unheard_of"])
def test_chan_4_alipay_has_no_word_for_these(kind: str) -> None:
    assert calls(kind, station="HZ01", again=True) == []


@pytest.mark.parametrize("part", ["app_private_key", "app_id"])
def test_what_is_not_set_up_is_named(part: str) -> None:
    whole = side.credential()
    secrets = {name: keys for name, keys in whole.secrets.items() if name != part}
    settings = {name: text for name, text in whole.settings.items() if name != part}
    one = talk.feedback(ADAPTER, "accepted", station="HZ01")
    with pytest.raises(NotSetUp, match=part):
        talk.write(ADAPTER, Credential(secrets, settings), one)
    assert part in ADAPTER.out.needs
