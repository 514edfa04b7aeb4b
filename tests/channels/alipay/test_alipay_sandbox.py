"""The sandbox's Alipay against ours and against python-alipay-sdk: what it sends, and what it makes of our calls."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key

from basics.refusal import Refusal
from channels.adapter import Credential, Knock, Opened, Outgoing, Sending
from channels.alipay import ADAPTER
from channels.alipay_modify import signed_params
from channels.feedback import Outcome, Reply
from channels.messages import OrderPush, Withdrawal
from sandbox import alipay as sandbox
from sandbox.call import Call
from tests.channels import talk
from tests.channels.alipay import side

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
OURS = Credential(
    {name: (ADAPTER.out.secrets[name](sandbox.SECRETS[name]),) for name in ADAPTER.out.secrets},
    {name: check(sandbox.SECRETS[name]) for name, check in ADAPTER.out.settings.items()},
)


def verify(call: Call) -> Any:
    return ADAPTER.verify(OURS, Knock(call.method, call.query.encode(), call.headers, call.body), AT)


def says(call: Call) -> Any:
    found = verify(call)
    assert isinstance(found, Opened), found
    return talk.read(ADAPTER, found.content, found.words)


def listen(call: Outgoing) -> tuple[int, str, str, str]:
    address = urlsplit(call.url)
    return sandbox.listen(address.path, address.query, call.headers, call.body)


def test_its_key_is_that_of_appendix_a() -> None:
    assert OURS.secrets["alipay_public_key"] == (side.spki(side.appendix_a()),)
    app_key = load_der_private_key(OURS.newest("app_private_key"), None)
    assert app_key.private_numbers() != side.appendix_a().private_numbers()  # type: ignore[union-attr]


def test_its_order_is_the_vector() -> None:
    call = sandbox.create(sandbox.number(17), AT)
    assert isinstance(call.content, dict)
    assert call.content["biz_content"] == side.BIZ_CONTENT
    assert says(call) == talk.read(ADAPTER, b"", side.opened(side.notification(side.params())).words)


def test_its_notifications_are_verified_by_the_sdk() -> None:
    params = dict(parse_qsl(sandbox.create("ali1", AT).body.decode()))
    assert side.client(side.another(), side.appendix_a()).verify(params, params.pop("sign"))


def test_what_of_an_order_can_be_changed() -> None:
    place = {"address": "文一路1号", "city": "杭州市", "lng": "1", "lat": "2", "sender_area_code": "330106"}
    rest = {"phone": "13900000000", "remark": "轻放", "weight": "2.5", "receiver_name": None}
    content = says(sandbox.create("ali1", AT, **place, **rest)).content
    assert (content["sender"]["phone"], content["address"], content["adcode"]) == (
        "13900000000",
        "杭州市文一路1号",
        "330106",
    )
    assert (content["remark"], content["weight_g"], "name" in content["receiver"]) == ("轻放", 2500, False)


def test_its_withdrawal() -> None:
    assert says(sandbox.cancel("ali1", AT, "算了")) == Withdrawal("alipay", "ali1", "sender", "算了", AT)


def test_changed_content_can_be_signed_again() -> None:
    call = sandbox.create("ali1", AT)
    assert isinstance(call.content, dict)
    changed = replace(call, content=call.content | {"biz_content": '{"order_no":"ali2"}', "x": "\ud800"})
    assert isinstance(verify(sandbox.sign(replace(changed, content=changed.content), AT)), Opened)
    assert says(sandbox.sign(changed, AT)).logistics_no == "ali2"
    keys = {verify(one).message_key for one in (call, sandbox.sign(call, AT), sandbox.sign(changed, AT))}
    assert len(keys) == 2  # another content is another notification
    assert isinstance(says(call), OrderPush)


def test_a_changed_body_is_not_verified() -> None:
    call = sandbox.create("ali1", AT)
    assert isinstance(verify(replace(call, body=call.body.replace(b"ali1", b"ali2"))), Refusal)


def test_it_knows_our_answers() -> None:
    taken, final, busy = (200, b"success"), (401, b"fail"), (503, b"fail")
    assert [sandbox.accepted(*one) for one in (taken, final, busy)] == [True, False, False]
    assert [sandbox.passing(*one) for one in (taken, final, busy)] == [False, False, True]


TOLD = {
    "accepted": ({"station": "HZ01"}, "accepted X1 余杭网点"),
    "picked_up": ({"waybill_no": "55012345678901", "weight_g": 850}, "collected X1 55012345678901 850"),
    "failed": ({"reason": "wrong_number", "stage": "pickup", "reason_text": {}}, "canceled X1 R04"),
    "withdrawn": ({"origin": "station", "reason": "改期", "by_channel": False}, "canceled X1 R08 改期"),
    "refused": ({"code": "bad_event", "text": "不行", "field": None}, "canceled X1 R08 不行 (bad_event)"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "payload", "line"), [(kind, *one) for kind, one in TOLD.items()], ids=TOLD)
def test_its_gateway_takes_what_we_tell(kind: str, payload: dict[str, Any], line: str) -> None:
    (call,) = talk.write(ADAPTER, OURS, talk.feedback(ADAPTER, kind, **payload))
    status, _, text, said = listen(call)
    assert (status, said) == (200, line)
    assert ADAPTER.out.judge(OURS, Reply(status, text)) is Outcome.DELIVERED


def test_its_gateway_takes_all_of_it_in_the_body_too() -> None:
    (call,) = talk.write(ADAPTER, OURS, talk.feedback(ADAPTER, "accepted", station="HZ01"))
    whole = urlsplit(call.url).query.encode() + b"&" + call.body
    assert sandbox.listen("/", "", {}, whole)[3] == "accepted X1 余杭网点"


def changed(**params: str) -> tuple[int, str, str, str]:
    (call,) = talk.write(ADAPTER, OURS, talk.feedback(ADAPTER, "accepted", station="HZ01"))
    found = side.called(call) | params
    return sandbox.listen("/", "", {}, side.quoted(found))


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ({"app_id": "2"}, "BAD app_id"),
        ({"sign": ""}, "BAD signature"),
        ({"sign": "AAAA"}, "BAD signature"),
        ({"sign_type": "RSA"}, "BAD signature"),
        ({"timestamp": "2026-11-23 09:42:31"}, "BAD signature"),
        ({"biz_content": "{}"}, "BAD signature"),
    ],
)
def test_its_gateway_refuses_a_changed_call(params: dict[str, str], line: str) -> None:
    status, _, text, said = changed(**params)
    assert (status, said) == (200, line)
    assert json.loads(text)[sandbox.NODE]["code"] == "40002"
    assert ADAPTER.out.judge(OURS, Reply(status, text)) is Outcome.REFUSED


@pytest.mark.parametrize(
    "told",
    [
        {"order_no": "ali1", "logis_merch_code": "HTKY", "order_status": "canceled", "refuse_code": "R08"},
        {"order_no": "ali1", "logis_merch_code": "HTKY", "order_status": "canceled", "refuse_code": "R09"},
        {"order_no": "ali1", "logis_merch_code": "HTKY", "order_status": "collected", "way_bill_no": "1"},
        {"order_no": "ali1", "logis_merch_code": "YTO", "order_status": "canceled", "refuse_code": "R01"},
        {"order_no": "ali1", "logis_merch_code": "HTKY", "order_status": "lost"},
        [],
        {},
    ],
)
def test_its_gateway_refuses_what_the_platform_would(told: Any) -> None:
    """CHANNELS section 4.1: what each status must bring."""
    params = signed_params(OURS, told, Sending("", AT))
    status, _, text, said = sandbox.listen("/", "", {}, side.quoted(params))
    assert said.startswith("BAD ")
    assert ADAPTER.out.judge(OURS, Reply(status, text)) is Outcome.REFUSED
