"""How WeChat's events are answered (CHANNELS sections 2.1..2.3 and 7, RELIABILITY section 7)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import xmltodict  # type: ignore[import-untyped]

from basics.refusal import Refusal
from channels.adapter import Answer, Answering, Credential, Known, Opened, Result
from channels.wechat_crypto import encrypt, signature
from tests.channels.wechat import weixin as w
from tests.channels.wechat.weixin import WECHAT

HEADER = {
    "ToUserName": "oQ9WxTeamOpenId",
    "FromUserName": "gh_0123456789ab",
    "CreateTime": 1795320030,
    "MsgType": "event",
    "Event": "add_single_waybill",
}
DONE = HEADER | {"ResultCode": 0, "ResultMsg": "OK"}
REFUSED = Refusal("already_picked_up", "已揽收 / picked up already")


def test_the_pages_answer() -> None:
    """Random, time and nonce of the page give the page's envelope."""
    made = encrypt(b"A" * 43, "wxba5fad812f8e6fb9", b"707722b803182950", b'{"demo_resp":"good luck"}')
    assert made == "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    signed = signature(b"AAAAA", b"1713424427", b"415670741", made.encode())
    assert signed == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    with pytest.raises(ValueError, match="16"):
        encrypt(b"A" * 43, "wxba5fad812f8e6fb9", b"short", b"{}")


def test_the_envelope_has_the_nonce_of_the_push_and_the_request_id_inside() -> None:
    answer = w.answer(w.secure(w.CREATED))
    assert (answer.status, answer.content_type) == (200, "application/json")
    envelope = json.loads(answer.body)
    assert list(envelope) == ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"]
    assert (envelope["TimeStamp"], envelope["Nonce"]) == (1795320030, w.NONCE)
    text = json.dumps(DONE, separators=(",", ":"))
    assert envelope["Encrypt"] == encrypt(w.AES_KEY.encode(), w.APPID, w.REQUEST.encode(), text.encode())


def test_wechatpy_opens_the_answer_in_either_form() -> None:
    assert w.reply(w.answer(w.secure(w.CREATED)).body) == DONE
    answer = w.answer(w.secure(w.as_xml(w.event()), xml=True))
    assert answer.content_type == "text/xml; charset=utf-8"
    assert set(xmltodict.parse(answer.body)["xml"]) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
    assert w.reply(answer.body) == {name: str(value) for name, value in DONE.items()}


def test_a_plain_event_is_answered_plainly() -> None:
    assert json.loads(w.answer(w.plain(w.CREATED), w.PLAIN).body) == DONE
    answer = w.answer(w.plain(w.as_xml(w.event())), w.PLAIN)
    assert answer.body == (
        "<xml><ToUserName>oQ9WxTeamOpenId</ToUserName><FromUserName>gh_0123456789ab</FromUserName>"
        "<CreateTime>1795320030</CreateTime><MsgType>event</MsgType><Event>add_single_waybill</Event>"
        "<ResultCode>0</ResultCode><ResultMsg>OK</ResultMsg></xml>"
    )


CODES = [
    ("order_unknown", 30001),
    ("already_picked_up", 30002),
    ("already_closed", 30003),
    ("not_supported", 30004),
    ("order_already_accepted", -1),
    ("bad_event", -1),
    ("waybill_in_use", -1),
    ("idempotency_mismatch", -1),
]


@pytest.mark.parametrize(("code", "result"), CODES)
def test_b_18_b_21_refusals_are_answered_with_200_and_a_code(code: str, result: int) -> None:
    answer = w.answer(w.secure(w.CANCELLED), refusal=Refusal(code, "中文 / English"))
    told = w.reply(answer.body)
    assert (answer.status, told["ResultCode"], told["ResultMsg"]) == (200, result, f"{code}: 中文 / English")
    assert told["Event"] == "cancel_single_waybill"


def test_fields_are_named_in_wechats_words() -> None:
    answer = w.answer(w.secure(w.CREATED), refusal=Refusal("bad_event", "不全 / incomplete", "sender.phone"))
    assert w.reply(answer.body)["ResultMsg"] == "bad_event: 不全 / incomplete [Sender.Mobile]"
    long = w.as_json(w.event(Sender__Address="路" * 10_000))
    assert w.reply(w.answer(w.secure(long)).body)["ResultMsg"].endswith("[Sender.Address]")


def test_chan_5_a_held_order_is_told_what_it_lacks() -> None:
    answer = w.answer(w.secure(w.CREATED), missing=("sender.phone", "place", "weight_g"))
    told = w.reply(answer.body)
    assert (answer.status, told["ResultCode"]) == (200, -1)
    assert told["ResultMsg"] == (
        "held: 订单已保存,请补充 / the order is kept and waits for Sender.Mobile, Sender.Address, GoodDetail.Weight"
    )


@pytest.mark.parametrize(("code", "status"), [("busy", 503), ("internal_error", 500)])
def test_a_passing_trouble_gets_nothing_so_that_wechat_tries_again(code: str, status: int) -> None:
    assert w.answer(w.secure(w.CREATED), refusal=Refusal(code, "忙 / busy")) == Answer(status, "text/plain", "")
    at_once = WECHAT.answer(Answering(Credential(), [Result(None, Refusal(code, "忙 / busy"))], w.REQUEST, w.NOW))
    assert at_once == Answer(status, "text/plain", "")


STATUSES = [
    ("credential_unknown", 401),
    ("signature_missing", 401),
    ("signature_invalid", 401),
    ("appid_mismatch", 401),
    ("source_not_allowed", 403),
    ("body_empty", 400),
    ("ciphertext_invalid", 400),
    ("xml_dtd_forbidden", 400),
    ("body_too_large", 413),
    ("media_type_unsupported", 415),
    ("encoding_unsupported", 415),
]


@pytest.mark.parametrize(("code", "status"), STATUSES)
def test_what_was_never_opened_is_answered_in_clear(code: str, status: int) -> None:
    for credential in (Credential(), w.SECURE):
        made = Answering(credential, [Result(None, Refusal(code, "中 / E", "x"))], w.REQUEST, w.NOW)
        answer = WECHAT.answer(made)
        assert (answer.status, answer.content_type) == (status, "application/json")
        assert json.loads(answer.body) == {"ResultCode": -1, "ResultMsg": f"{code}: 中 / E [x]"}


def test_b_50_what_cannot_be_read_at_all_is_a_400_and_still_encrypted() -> None:
    answer = w.answer(w.secure("<!DOCTYPE a><xml/>", xml=True))
    told = w.reply(answer.body)
    assert (answer.status, told["ResultCode"]) == (400, "-1")
    assert told["ResultMsg"].startswith("xml_dtd_forbidden")


def test_b_25_an_unknown_event_is_answered_so_that_it_does_not_come_again() -> None:
    told = w.reply(w.answer(w.secure(w.as_json(w.event(Event="debug_demo")))).body)
    assert (told["Event"], told["ResultCode"]) == ("debug_demo", -1)
    told = w.reply(w.answer(w.secure(w.as_json(w.event(Event="query_single_waybill_fee")))).body)
    assert (told["Event"], told["ResultCode"]) == ("query_single_waybill_fee", 30004)


def test_without_secrets_the_answer_is_in_clear() -> None:
    """They may have been taken away between the push and its answer."""
    push = w.opened(w.secure(w.CREATED))
    answer = WECHAT.answer(Answering(Credential(), [Result(None, REFUSED)], w.REQUEST, w.NOW, push))
    assert json.loads(answer.body)["ResultCode"] == 30002


def test_what_they_sent_is_escaped() -> None:
    told = w.event(FromUserName='<"&\u202e', ToUserName="]]>", Event="<script>")
    answer = w.answer(w.plain(w.as_xml(told)), w.PLAIN)
    assert "<script>" not in answer.body
    found = xmltodict.parse(answer.body)["xml"]
    assert (found["ToUserName"], found["FromUserName"]) == ('<"&\u202e', "]]>")


@pytest.mark.parametrize("odd", ["\ud800", "a\x00", "长" * 129, 5, {"a": 1}, [1], None])
def test_a_header_that_cannot_be_repeated_is_left_empty(odd: Any) -> None:
    knock = w.plain(json.dumps(w.event(FromUserName=odd)))
    told = json.loads(w.answer(knock, w.PLAIN).body)
    assert (told["ToUserName"], told["ResultCode"]) == ("", 0)


KNOWN = Known(
    "wx202611220000017",
    "picked_up",
    "55012345678901",
    (
        ("2026-11-22T04:00:00+00:00", "created"),
        ("2026-11-22T04:10:00+00:00", "dispatched"),
        ("2026-11-22T04:20:00+00:00", "accepted"),
        ("2026-11-22T04:30:00+00:00", "transferred"),
        ("2026-11-22T04:40:00.123456+00:00", "accepted"),
        ("2026-11-23T01:42:10+00:00", "confirmed"),
        ("2026-11-23T01:45:00+00:00", "scanned"),
    ),
)


def asked(known: Known | None) -> dict[str, Any]:
    return w.reply(w.answer(w.secure(w.as_json(w.question())), known=known).body)


def test_a_question_is_answered_with_the_path() -> None:
    told = asked(KNOWN)
    assert told == HEADER | {
        "Event": "query_single_waybill",
        "ResultCode": 0,
        "ResultMsg": "OK",
        "WayBillID": "55012345678901",
        "PathInfo": {
            "path_info": [
                {"action_time": 1795320600, "action_type": 90002, "action_msg": "已安排网点"},
                {"action_time": 1795321200, "action_type": 90001, "action_msg": "网点已接单"},
                {"action_time": 1795321800, "action_type": 90003, "action_msg": "已重新安排网点"},
                {"action_time": 1795322400, "action_type": 90001, "action_msg": "网点已接单"},
                {"action_time": 1795398130, "action_type": 100001, "action_msg": "已揽件"},
            ]
        },
        "OnlinePay": 0,
        "PayResult": 0,
    }


ENDS = [
    ("accept_failed", "failed", [400001]),
    ("pickup_failed", "failed", [100002, 400001]),
    ("withdrawn", "withdrawn", [400001]),
    ("picked_up", "withdrawn", []),  # told too late
    ("awaiting_waybill", "confirmed", []),
    ("withdrawn", "scanned", []),
]


@pytest.mark.parametrize(("state", "kind", "types"), ENDS)
def test_how_an_order_ends_in_the_path(state: str, kind: str, types: list[int]) -> None:
    told = asked(Known("wx1", state, None, (("2026-11-22T04:00:00+00:00", kind),)))
    assert [one["action_type"] for one in told["PathInfo"]["path_info"]] == types
    assert "WayBillID" not in told


def test_a_dispatch_after_a_transfer_is_a_change_in_the_path() -> None:
    steps = tuple((f"2026-11-22T04:0{n}:00+00:00", kind) for n, kind in enumerate(("transferred", "dispatched")))
    told = asked(Known("wx1", "waiting", None, steps))
    assert [one["action_type"] for one in told["PathInfo"]["path_info"]] == [90003, 90003]


def test_the_path_in_xml() -> None:
    answer = w.answer(w.secure(w.as_xml(w.question()), xml=True), known=KNOWN)
    path = w.reply(answer.body)["PathInfo"]["path_info"]
    assert [one["action_type"] for one in path] == ["90002", "90001", "90003", "90001", "100001"]


def test_an_order_that_we_do_not_know() -> None:
    told = asked(None)
    assert told["ResultCode"] == 30001 and told["ResultMsg"].startswith("order_unknown")


def test_the_same_push_at_another_time_differs_in_time_only() -> None:
    later = datetime(2026, 11, 22, 5, tzinfo=UTC)
    assert w.reply(w.answer(w.secure(w.CREATED), now=later).body) == DONE | {"CreateTime": 1795323600}


def test_an_answer_needs_nothing_of_the_reading() -> None:
    push = w.opened(w.secure(w.CREATED))
    bare = Opened(push.message_key, push.content, push.words)
    made = WECHAT.answer(Answering(w.SECURE, [Result(None, REFUSED)], w.REQUEST, w.NOW, bare))
    assert w.reply(made.body)["ResultMsg"] == "already_picked_up: 已揽收 / picked up already"
