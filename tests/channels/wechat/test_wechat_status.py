"""What WeChat hears (CHANNELS sections 2.4, 7, 8; CHAN-4, F-46, F-47)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from channels.adapter import Credential, NotSetUp, Sending, Unsayable
from channels.feedback import FeedbackKind, Outcome, Reply
from tests.channels import talk
from tests.channels.wechat import weixin as w
from tests.channels.wechat.weixin import WECHAT

KEYS = Credential({"app_secret": (b"s" * 32,)}, {"appid": w.APPID})
UPDATE = "https://api.weixin.qq.com/cgi-bin/express/delivery/single_waybill/update?access_token=the_token"
ECHO = {"token": "wxtok-8f2c"}
REASON: dict[str, Any] = {"reason": "out_of_area", "reason_text": {"zh": "超出服务范围", "en": "out of area"}}


def told(kind: str, /, url: str = "https://api.weixin.qq.com", token: str = "the_token", **payload: Any) -> list[Any]:
    feedback = talk.feedback(WECHAT, kind, **{"echo": ECHO, **payload})
    calls = talk.write(WECHAT, KEYS, feedback, url=url, token=token)
    for call in calls:
        assert call.url == UPDATE and call.headers == {"content-type": "application/json"}
    return [json.loads(call.body) for call in calls]


def body(kind: int, text: str, name: str = "张三", phone: str = "13700137000", **more: str) -> dict[str, Any]:
    return {
        "token": "wxtok-8f2c",
        **more,
        "action_time": 1795398130,
        "action_type": kind,
        "action_msg": text,
        "pickup_courier_name": name,
        "pickup_courier_phone": phone,
        "delivery_courier_name": "",
        "delivery_courier_phone": "",
    }


def test_chan_4_picked_up_by_the_byte() -> None:
    """The example of section 2.4 with our text."""
    payload: dict[str, Any] = {"echo": ECHO, "waybill_no": "55012345678901", "weight_g": 850, "station": "HZ01"}
    (call,) = talk.write(
        WECHAT, KEYS, talk.feedback(WECHAT, "picked_up", **payload), url="https://api.weixin.qq.com/", token="the_token"
    )
    assert call.url == UPDATE
    assert call.body.decode() == (
        '{"token":"wxtok-8f2c","waybill_id":"55012345678901","action_time":1795398130,"action_type":100001,'
        '"action_msg":"余杭网点已揽件 张三 13700137000","pickup_courier_name":"张三",'
        '"pickup_courier_phone":"13700137000",'
        '"delivery_courier_name":"","delivery_courier_phone":""}'
    )


def test_chan_4_every_kind() -> None:
    accepted = body(90001, "余杭网点已接单 张三 13700137000")
    assert told("accepted", station="HZ01") == [accepted]
    assert told("dispatched", station="HZ01", again=False) == [body(90002, "余杭网点将上门取件 张三 13700137000")]
    assert told("dispatched", station="HZ01", again=True) == [body(90003, "余杭网点将上门取件 张三 13700137000")]
    back = told("dispatched", station=None, again=True, holder=None)
    assert back == [body(90003, "正在重新安排网点", "", "")]
    unnumbered = told("picked_up", waybill_no=None, weight_g=None, station="HZ01")
    assert unnumbered == [body(100001, "余杭网点已揽件 张三 13700137000")]


def test_chan_4_failures_are_final() -> None:
    assert told("failed", stage="accept", **REASON) == [body(400001, "网点未接单,订单取消:超出服务范围")]
    assert told("failed", stage="pickup", **REASON) == [
        body(100002, "揽件失败:超出服务范围"),
        body(400001, "订单取消:揽件失败,超出服务范围"),
    ]
    wordless = told("failed", stage="accept", reason="R9", reason_text={})
    assert wordless == [body(400001, "网点未接单,订单取消:R9")]


@pytest.mark.parametrize("by_channel", [True, False])
def test_do_6_a_withdrawal_is_told_whoever_made_it(by_channel: bool) -> None:
    withdrawn = told("withdrawn", origin="sender", reason="取件太慢 (CancelID 6)", by_channel=by_channel)
    assert withdrawn == [body(400001, "订单已取消:取件太慢")]
    assert told("withdrawn", origin="system", reason="", by_channel=by_channel) == [body(400001, "订单已取消")]


def test_every_kind_is_told_or_passed_over() -> None:
    silent = {kind for kind in FeedbackKind if kind in ("held", "refused", "received", "needed")}
    for kind in silent:
        assert told(kind, missing=["place"], reminder=False, code="x", text="y", field=None) == []
        assert talk.write(WECHAT, Credential(), talk.feedback(WECHAT, kind)) == []  # not even set up
    assert set(FeedbackKind) - silent == {"accepted", "dispatched", "picked_up", "failed", "withdrawn"}


def test_couriers_that_are_not_known_are_empty() -> None:
    holder = {"code": "HZ01", "name": "", "contact": "", "phone": "", "address": "", "province": ""}
    assert told("accepted", station="HZ01", holder=holder) == [body(90001, "网点已接单", "", "")]
    assert told("accepted", station="HZ01", holder=None) == [body(90001, "网点已接单", "", "")]


def test_chan_4_the_same_on_every_attempt_and_the_token_in_the_address() -> None:
    feedback = talk.feedback(WECHAT, "accepted", echo=ECHO, station="HZ01")
    first = talk.write(WECHAT, KEYS, feedback, url="https://x.example/a", token="t/+& ")
    later = talk.write(WECHAT, KEYS, feedback, url="https://x.example/a", token="u", at=talk.NOW + timedelta(hours=6))
    assert first[0].body == later[0].body
    path = "https://x.example/a/cgi-bin/express/delivery/single_waybill/update?access_token="
    assert [first[0].url, later[0].url] == [path + "t%2F%2B%26%20", path + "u"]


def test_what_is_missing_is_named() -> None:
    feedback = talk.feedback(WECHAT, "accepted", echo=ECHO, station="HZ01")
    with pytest.raises(NotSetUp, match="access_token"):
        talk.write(WECHAT, KEYS, feedback)
    assert WECHAT.out.needs == ("app_secret", "appid")
    assert WECHAT.out.token is not None
    with pytest.raises(NotSetUp, match="app_secret"):
        WECHAT.out.token.ask(w.PLAIN, Sending("https://api.weixin.qq.com", talk.NOW))


@pytest.mark.parametrize("token", ["", "t"])
def test_chan_4_an_order_without_a_token_is_for_a_person(token: str) -> None:
    """One of a file, say: it is named, and before any access token is asked for."""
    for echo in ({}, {"token": ""}, None):
        feedback = talk.feedback(WECHAT, "accepted", station="HZ01", echo=echo)
        with pytest.raises(Unsayable, match=r"订单没有微信 Token.* / the order has no WeChat token"):
            talk.write(WECHAT, KEYS, feedback, token=token)


JUDGED = [
    (200, '{"errcode":0,"errmsg":"ok"}', Outcome.DELIVERED),
    (200, '{"errcode":-1,"errmsg":"system error"}', Outcome.LATER),
    (200, '{"errcode":40001,"errmsg":"invalid credential"}', Outcome.LATER),
    (200, '{"errcode":40014}', Outcome.LATER),
    (200, '{"errcode":42001}', Outcome.LATER),
    (200, '{"errcode":45009}', Outcome.LATER),
    (200, '{"errcode":40164}', Outcome.LATER),
    (200, '{"errcode":40097}', Outcome.REFUSED),
    (200, '{"errcode":40199}', Outcome.REFUSED),
    (200, '{"errcode":9300507}', Outcome.REFUSED),
    (200, '{"errcode":12345}', Outcome.REFUSED),
    (200, '{"errcode":"0"}', Outcome.LATER),
    (200, '{"errcode":1e9}', Outcome.LATER),
    (200, "{}", Outcome.LATER),
    (200, "<html>", Outcome.LATER),
    (200, "", Outcome.LATER),
    (200, "\ud800", Outcome.LATER),
    (302, '{"errcode":0}', Outcome.LATER),
    (429, "", Outcome.LATER),
    (500, '{"errcode":0}', Outcome.LATER),
    (None, "ConnectTimeout", Outcome.LATER),
    (404, "", Outcome.REFUSED),
    (410, "", Outcome.GONE),
]


@pytest.mark.parametrize(("status", "text", "outcome"), JUDGED)
def test_f_46_f_47_what_an_answer_means(status: int | None, text: str, outcome: Outcome) -> None:
    assert WECHAT.out.judge(KEYS, Reply(status, text)) is outcome


def test_the_access_token() -> None:
    source = WECHAT.out.token
    assert source is not None
    call = source.ask(KEYS, Sending("https://api.weixin.qq.com/", talk.NOW))
    assert call.url == "https://api.weixin.qq.com/cgi-bin/stable_token"
    assert json.loads(call.body) == {"grant_type": "client_credential", "appid": w.APPID, "secret": "s" * 32}
    assert source.read(Reply(200, '{"access_token":"abc","expires_in":7200}')) == ("abc", timedelta(hours=2))
    for nothing in ('{"errcode":40125}', "", '{"access_token":"","expires_in":7200}', '{"access_token":"a"}', "[]"):
        assert source.read(Reply(200, nothing)) is None
    for seconds in ("7200", '"7200"', "7200.0", '"7200.0"'):
        assert source.read(Reply(200, f'{{"access_token":"abc","expires_in":{seconds}}}')) == (
            "abc",
            timedelta(hours=2),
        )
    for seconds in ("1.5", '"1.5"', '"soon"', "-1", "1e3", "null", "[]", "12345678"):
        assert source.read(Reply(200, f'{{"access_token":"abc","expires_in":{seconds}}}')) is None


CANARY = "REALTOKEN-canary"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(200, '{"errcode":40125,"errmsg":"invalid appsecret"}'), "errcode 40125 invalid appsecret"),
        (
            Reply(200, '{"access_token":"REALTOKEN-canary","expires_in":"soon"}'),
            "HTTP 200, 没有可用的 access_token / no",
        ),
        (Reply(200, '{"access_token":"REALTOKEN-canary","errmsg":"got REALTOKEN-canary"}'), "got ****"),
        (Reply(200, "<p>REALTOKEN-canary"), "HTTP 200, 没有可用的 access_token / no"),
        (Reply(200, '{"errcode":"REALTOKEN-canary","errmsg":["REALTOKEN-canary"]}'), "HTTP 200, 没有可用的"),
        (Reply(None, "Timeout"), "Timeout"),
    ],
)
def test_d_8_of_an_unreadable_token_answer_only_code_and_words_are_kept(reply: Reply, why: str) -> None:
    source = WECHAT.out.token
    assert source is not None and source.read(reply) is None
    assert source.why(reply).startswith(why) and CANARY not in source.why(reply)


@pytest.mark.parametrize(
    ("text", "spent"), [("40001", True), ("40014", True), ("42001", True), ("0", False), ("-1", False)]
)
def test_when_a_token_is_spent(text: str, spent: bool) -> None:
    source = WECHAT.out.token
    assert source is not None
    assert source.spent(Reply(200, f'{{"errcode":{text}}}')) is spent
    assert source.spent(Reply(None, "timeout")) is False
