"""The sandbox's WeChat is a genuine one: wechatpy reads what it pushes, and it takes nothing false from us."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto  # type: ignore[import-untyped]

from basics.refusal import Refusal
from channels.adapter import Answer, Answering, Credential, Knock, Opened, Result, Sending
from channels.feedback import Outcome, Reply
from channels.messages import OrderPush, Withdrawal
from sandbox import wechat as sandbox
from sandbox.call import Call
from tests.channels import talk
from tests.channels.wechat.weixin import WECHAT, reply

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
REQUEST = "0123456789abcdef"
NUMBER = "wx202611220000017"
THEIRS = WeChatCrypto(sandbox.SECRETS["token"], sandbox.SECRETS["aes_key"], sandbox.SECRETS["appid"])
SET = {part: check(sandbox.SECRETS[part]) for part, check in WECHAT.out.secrets.items()}
OURS = Credential(
    {part: (key,) for part, key in SET.items()}, {"appid": WECHAT.out.settings["appid"](sandbox.SECRETS["appid"])}
)


def opened(call: Call) -> Opened:
    found = WECHAT.verify(OURS, Knock(call.method, call.query.encode(), call.headers, call.body), AT)
    assert isinstance(found, Opened), found
    return found


def said(call: Call) -> Any:
    found = WECHAT.read(opened(call), AT)
    assert not isinstance(found, Refusal), found
    return found.said[0]


def answer(call: Call, refusal: Refusal | None = None) -> Answer:
    return WECHAT.answer(Answering(OURS, [Result(None, refusal)], REQUEST, AT, opened(call)))


def test_its_secrets_are_all_that_is_needed() -> None:
    assert set(sandbox.SECRETS) == {*WECHAT.needs, *WECHAT.out.needs, "aes_key"}
    assert sandbox.number(17) == NUMBER


def test_its_pushes_are_genuine() -> None:
    call = sandbox.create(NUMBER, AT)
    query = dict(pair.split("=") for pair in call.query.split("&"))
    envelope = json.loads(call.body)
    text = THEIRS.decrypt_message(envelope, query["msg_signature"], query["timestamp"], query["nonce"])
    assert text == call.content
    order = said(sandbox.create(NUMBER, AT, address="文一西路1号", remark="快", phone="010-62345678", weight="0.5"))
    assert isinstance(order, OrderPush)
    assert (order.logistics_no, order.created_at) == (NUMBER, AT)
    assert order.content["sender"]["phone"] == "010-62345678"
    assert order.content["address"] == "浙江省杭州市余杭区五常街道文一西路1号"
    assert (order.content["remark"], order.content["weight_g"]) == ("快", 500)
    assert order.content["window_start"] == "2026-11-23T01:00:00+00:00"
    withdrawal = said(sandbox.cancel(NUMBER, AT, "算了"))
    assert isinstance(withdrawal, Withdrawal)
    assert (withdrawal.logistics_no, withdrawal.alias, withdrawal.reason) == (NUMBER, order.alias, "算了 (CancelID 1)")


def test_it_tells_our_answers_apart() -> None:
    call = sandbox.create(NUMBER, AT)
    good, bad = answer(call), answer(call, Refusal("already_closed", "x"))
    busy = answer(call, Refusal("busy", "x"))
    assert sandbox.accepted(good.status, good.body.encode())
    assert not sandbox.accepted(bad.status, bad.body.encode())
    assert not sandbox.accepted(busy.status, busy.body.encode())
    assert [sandbox.passing(one.status, one.body.encode()) for one in (good, bad, busy)] == [False, False, True]
    forged = good.body.replace('"TimeStamp":1', '"TimeStamp":2')
    assert forged != good.body and not sandbox.accepted(200, forged.encode())
    assert not sandbox.accepted(200, b'{"ResultCode":0}') and not sandbox.accepted(200, b"")


def heard(calls: Sequence[Any]) -> list[tuple[Outcome, str]]:
    """What the sandbox makes of our calls, and what we make of its answers."""
    found = []
    for call in calls:
        path, _, query = call.url.removeprefix("https://api.weixin.qq.com").partition("?")
        status, _, text, line = sandbox.listen(path, query, call.headers, call.body)
        found.append((WECHAT.out.judge(OURS, Reply(status, text)), line))
    return found


def test_it_takes_our_feedback() -> None:
    source = WECHAT.out.token
    assert source is not None
    ask = source.ask(OURS, Sending("https://api.weixin.qq.com", AT))
    status, _, text, line = sandbox.listen("/cgi-bin/stable_token", "", ask.headers, ask.body)
    told = source.read(Reply(status, text))
    assert told is not None and line == "stable_token"
    echo = said(sandbox.create(NUMBER, AT)).content["echo"]
    where = {"url": "https://api.weixin.qq.com", "token": told[0]}
    feedback = talk.feedback(WECHAT, "picked_up", echo=echo, waybill_no="55012345678901", weight_g=1)
    ((outcome, line),) = heard(talk.write(WECHAT, OURS, feedback, **where))
    assert outcome is Outcome.DELIVERED
    assert line == f"100001 揽件成功 {echo['token']} 55012345678901 余杭网点已揽件 张三 13700137000"
    failed = talk.feedback(
        WECHAT, "failed", echo=echo, stage="pickup", reason="x", reason_text={"zh": "无人", "en": "nobody"}
    )
    assert [line.split()[0] for _, line in heard(talk.write(WECHAT, OURS, failed, **where))] == ["100002", "400001"]
    calls = talk.write(WECHAT, OURS, feedback, url=where["url"], token="stale")
    assert heard(calls) == [(Outcome.LATER, "BAD access_token")]
    strange = replace(feedback, payload={**feedback.payload, "echo": {"token": "other"}})
    assert heard(talk.write(WECHAT, OURS, strange, **where)) == [(Outcome.REFUSED, "BAD token")]


def test_it_gives_no_token_to_others() -> None:
    source = WECHAT.out.token
    assert source is not None
    other = Credential({"app_secret": (b"x" * 32,)}, OURS.settings)
    ask = source.ask(other, Sending("https://api.weixin.qq.com", AT))
    status, _, text, line = sandbox.listen("/cgi-bin/stable_token", "", ask.headers, ask.body)
    assert (source.read(Reply(status, text)), line) == (None, "BAD secret")


@settings(max_examples=200)
@given(
    st.sampled_from([sandbox.create(NUMBER, AT), sandbox.cancel(NUMBER, AT)]),
    st.integers(0, 700),
    st.integers(0, 12),
    st.sampled_from(["", '"', "{", "}", "[", "9", "-", "\x00", "\ud800", "\\u0000", ",", "null", "王"]),
)
def test_an_event_changed_before_it_was_signed_is_read_or_refused(call: Call, at: int, cut: int, put: str) -> None:
    text = str(call.content)
    changed = sandbox.sign(replace(call, content=text[:at] + put + text[at + cut :]), AT)
    push = opened(changed)
    found = WECHAT.read(push, AT)
    refusal = found if isinstance(found, Refusal) else None
    made = WECHAT.answer(Answering(OURS, [Result(None, refusal)], REQUEST, AT, push))
    assert made.status in (200, 400)
    told = reply(made.body, THEIRS)
    if refusal is None:
        assert (made.status, told["ResultCode"]) == (200, 0)
    else:
        assert told["ResultCode"] == -1 and told["ResultMsg"].startswith(refusal.code)
