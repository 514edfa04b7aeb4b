"""WeChat's envelope: who it is, what is inside (CHANNELS 2.1; B-02, B-04, B-12, B-13, B-24, B-28, B-45..B-51, B-60)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto  # type: ignore[import-untyped]

from basics.refusal import Refusal
from channels.adapter import Answer, Answering, Credential, Knock, Opened, Result
from channels.refusals import status_of
from tests.channels.wechat import weixin as w
from tests.channels.wechat.weixin import WECHAT

# WeChat's page on message push, literally
PAGE_TOKEN, PAGE_KEY, PAGE_APPID = "AAAAA", "A" * 43, "wxba5fad812f8e6fb9"
PAGE = Credential({"token": (b"AAAAA",), "aes_key": (PAGE_KEY.encode(),)}, {"appid": PAGE_APPID})
PAGE_HANDSHAKE = (
    b"signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249&timestamp=1714036504"
    b"&nonce=1514711492"
)
PAGE_PLAIN = b"signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656"
PAGE_SECURE = (
    b"signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445&nonce=415670741"
    b"&openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
)
PAGE_ENCRYPT = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR"
    "8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km3"
    "2IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
PAGE_MESSAGE = (
    b'{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,'
    b'"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)
# Our own vector
OWN_ENCRYPT = (
    "Q3stYC6hdFzMh9T8HCvyDA25z219Mn4xlO00mthCgomSIgkxYEWZgMO9pt7tTjd1uXNcFRQwft8zLbXm32dC3VfYeoWseCcWaO5LDuJ9Y//zSKeg"
    "3IK55/KpFRprmrYdwQKd5G/aSEMEyuLTJteHaSRez/HoBFoeY/aPPhE3JVUYlYIi+Qr25BL+knvAy1doXBKv6nfLRrsREriz0Xnd0YUhhI6yCHl/"
    "hcxmCmM/hIzM0SO2QXGZVKX3p3ewA8iFJAFusuxVvy1z8KaVV2byG23/Vc7cElDQA95Lbgc6GQR3sjJC1ab34T4gp1pqTbrApxevm5ObbWXhkZHB"
    "hkEJL9F0FnNrTvykSKsxoQeVM+rg8qoX9rFAF2VdDgfglabHyn4N2DL5sXNicTu+Vz/Bl80/APgQQy5XajFhl2M8DPY="
)


def at(seconds: int) -> datetime:
    """The published vectors are of fixed times."""
    return datetime.fromtimestamp(seconds, UTC)


def handshake(query: bytes, credential: Credential = PAGE, now: int = 1714036510) -> Any:
    return WECHAT.verify(credential, Knock("GET", query, {}, b""), at(now))


def test_the_pages_handshake() -> None:
    assert handshake(PAGE_HANDSHAKE) == Answer(200, "text/plain; charset=utf-8", "4375120948345356249")
    plain = replace(PAGE, secrets={"token": (b"AAAAA",)})
    assert handshake(PAGE_HANDSHAKE, plain) == handshake(PAGE_HANDSHAKE)


def test_b_45_nothing_is_echoed_to_others() -> None:
    html = b"%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    wrong = PAGE_HANDSHAKE.replace(b"4375120948345356249", html).replace(b"f464b2", b"f464b3")
    found = handshake(wrong)
    assert isinstance(found, Refusal) and found.code == "signature_invalid"
    said = WECHAT.answer(Answering(PAGE, [Result(None, found)], w.REQUEST, w.NOW))
    assert (said.status, "script" in said.body) == (401, False)
    rightly = handshake(PAGE_HANDSHAKE.replace(b"4375120948345356249", html))
    assert (rightly.content_type, rightly.body) == ("text/plain; charset=utf-8", "<script>alert(1)</script>")


@pytest.mark.parametrize("query", [b"", b"echostr=1", PAGE_HANDSHAKE.replace(b"&nonce=1514711492", b"")])
def test_b_02_a_handshake_without_signature(query: bytes) -> None:
    assert handshake(query).code == "signature_missing"


@pytest.mark.parametrize(
    "query", [PAGE_HANDSHAKE + b"&echostr=2", b"%FF=1", b"&".join([b"a%d=1" % n for n in range(101)])]
)
def test_a_handshake_that_is_no_query(query: bytes) -> None:
    found = handshake(query.replace(b"a%d", b"a"))
    assert status_of(found.code) == 400


def test_the_pages_plain_push() -> None:
    body = PAGE_MESSAGE.replace(b"1714112445", b"1714037059")
    plain = Credential({"token": (b"AAAAA",)}, {**PAGE.settings, "mode": "plain"})
    found = w.opened(Knock("POST", PAGE_PLAIN, {}, body), plain, at(1714037060))
    assert (found.message_key, found.content) == (f"debug_demo:{sha256(body).hexdigest()}", body)
    read = WECHAT.read(found, w.NOW)
    assert isinstance(read, Refusal) and (read.code, read.field) == ("event_unknown", "Event")


def test_the_pages_push_in_secure_mode() -> None:
    body = json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": PAGE_ENCRYPT}).encode()
    found = w.opened(Knock("POST", PAGE_SECURE, {}, body), PAGE, at(1714112446))
    assert found.content == PAGE_MESSAGE
    assert found.message_key == f"debug_demo:{sha256(PAGE_MESSAGE).hexdigest()}"


def test_our_own_vector() -> None:
    query = (
        b"signature=9fd0b462751b7b4996daea329a6391936230d1b1&timestamp=1795406400&nonce=20261123&encrypt_type=aes"
        b"&msg_signature=6908722d63edd3777b0e110f3182f59e7abb361f"
    )
    for body in (w.as_json({"Encrypt": OWN_ENCRYPT}), w.as_xml({"Encrypt": OWN_ENCRYPT})):
        found = w.opened(Knock("POST", query, {}, body.encode()), now=at(1795406401))
        assert found.content.decode() == w.CANCELLED


@pytest.mark.parametrize("xml", [False, True])
def test_a_push_of_wechatpy(xml: bool) -> None:
    message = w.as_xml(w.event()) if xml else w.CREATED
    found = w.opened(w.secure(message, xml=xml))
    assert found.content.decode() == message
    assert found.message_key == f"add_single_waybill:{sha256(message.encode()).hexdigest()}"


def test_b_51_a_retry_has_the_same_key() -> None:
    first, again = w.secure(w.CREATED), w.secure(w.CREATED, timestamp="1795320006", nonce="777")
    assert first.body != again.body
    assert w.opened(first).message_key == w.opened(again).message_key
    assert w.opened(w.secure(w.CANCELLED)).message_key != w.opened(first).message_key


def test_b_46_only_msg_signature_counts_in_secure_mode() -> None:
    knock = w.secure(w.CREATED)
    without = Knock("POST", knock.query.split(b"&msg_signature=")[0], {}, knock.body)
    assert w.refused(without) == "signature_missing"
    wrong = Knock("POST", knock.query.replace(b"msg_signature=", b"msg_signature=0"), {}, knock.body)
    assert w.refused(wrong) == "signature_invalid"
    assert w.refused(w.plain(w.CREATED)) == "signature_missing"  # plain mode is refused altogether
    theirs = w.sha1(w.TOKEN, w.TIMESTAMP, w.NONCE)
    assert w.refused(w.plain(w.CREATED, msg_signature=theirs, encrypt_type="aes")) == "signature_missing"
    assert status_of("signature_missing") == status_of("signature_invalid") == 401


def test_secure_mode_needs_its_key_and_plain_mode_can_be_set() -> None:
    for settings_ in ({"appid": w.APPID, "mode": "aes"}, {"appid": w.APPID}):
        keyless = Credential({"token": (w.TOKEN.encode(),)}, settings_)
        assert w.refused(w.secure(w.CREATED), keyless) == "credential_unknown"
        assert w.refused(w.plain(w.CREATED), keyless) == "credential_unknown"  # B-46: only mode=plain takes it
    plainly = replace(w.SECURE, settings={"appid": w.APPID, "mode": "plain"})
    assert w.opened(w.plain(w.CREATED), plainly).content.decode() == w.CREATED


@pytest.mark.parametrize("changed", [b"1", b"x" * 5000, b"%00", b"%FF%FE", b"a,b,c", b"=" * 300])
def test_b_04_b_24_signatures_that_are_none(changed: bytes) -> None:
    knock = w.secure(w.CREATED)
    query = knock.query.split(b"msg_signature=")[0] + b"msg_signature=" + changed
    assert w.refused(Knock("POST", query, {}, knock.body)) == "signature_invalid"
    query = w.plain(w.CREATED).query.replace(b"signature=", b"signature=" + changed)
    assert w.refused(Knock("POST", query, {}, w.CREATED.encode()), w.PLAIN) == "signature_invalid"


def test_b_04_another_ones_token() -> None:
    other = WeChatCrypto("AnotherToken", w.AES_KEY, w.APPID)
    assert w.refused(w.secure(w.CREATED, theirs=other)) == "signature_invalid"
    assert w.refused(w.plain(w.CREATED, token="AnotherToken"), w.PLAIN) == "signature_invalid"


def test_b_28_both_keys_of_a_rotation_open() -> None:
    """B-28: new token with old key, and the other way round."""
    newer = Credential(
        {"token": (b"NewToken", w.TOKEN.encode()), "aes_key": (b"B" * 43, w.AES_KEY.encode())}, w.SECURE.settings
    )
    for token, key in ((w.TOKEN, w.AES_KEY), ("NewToken", "B" * 43), (w.TOKEN, "B" * 43), ("NewToken", w.AES_KEY)):
        knock = w.secure(w.CREATED, theirs=WeChatCrypto(token, key, w.APPID))
        assert w.opened(knock, newer).content.decode() == w.CREATED
    assert w.opened(w.plain(w.CREATED, token="NewToken"), replace(newer, settings={"mode": "plain"}))


def test_b_28_the_answer_is_made_by_the_pair_that_opened_the_push() -> None:
    """In the overlap WeChat reads by what it still has, and the words hold no secret."""
    newer = Credential(
        {"token": (b"NewToken", w.TOKEN.encode()), "aes_key": (b"B" * 43, w.AES_KEY.encode())}, w.SECURE.settings
    )
    for token, key in ((w.TOKEN, w.AES_KEY), ("NewToken", "B" * 43), (w.TOKEN, "B" * 43), ("NewToken", w.AES_KEY)):
        theirs = WeChatCrypto(token, key, w.APPID)
        knock = w.secure(w.CREATED, theirs=theirs)
        assert w.reply(w.answer(knock, newer).body, theirs)["ResultCode"] == 0
        assert not {token, key} & set(w.opened(knock, newer).words.values())


def test_b_48_another_appid_inside() -> None:
    for other in ("wx0123456789abcdee", "", w.APPID + "x"):
        assert w.refused(w.secure(w.CREATED, theirs=WeChatCrypto(w.TOKEN, w.AES_KEY, other))) == "appid_mismatch"
    assert status_of("appid_mismatch") == 401


ENVELOPES = [
    (b"", "body_empty"),
    (b" ", "body_empty"),
    (b"\xff", "encoding_invalid"),
    (b"<xml>\xff</xml>", "encoding_invalid"),
    (b"[]", "json_invalid"),
    (b"{", "json_invalid"),
    (b"x", "json_invalid"),
    (b"<xml>", "xml_invalid"),
    (b'{"Encrypt":NaN}', "json_number_invalid"),
    (b'{"Encrypt":"a","Encrypt":"b"}', "field_repeated"),
    (b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>", "field_repeated"),
    (b'{"a":' * 33 + b"1" + b"}" * 33, "json_too_deep"),
    (b"<a>" * 33 + b"</a>" * 33, "xml_too_deep"),
    (b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>', "xml_dtd_forbidden"),
    (b'<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml/>', "xml_dtd_forbidden"),
]


@pytest.mark.parametrize(("body", "code"), ENVELOPES)
def test_b_12_b_13_b_50_b_60_envelopes_that_are_none(body: bytes, code: str) -> None:
    knock = w.secure(w.CREATED)
    assert w.refused(Knock("POST", knock.query, {}, body)) == code
    assert status_of(code) == 400


@pytest.mark.parametrize("told", [1, True, [], {}, ["a"]])
def test_an_encrypt_that_is_no_text(told: Any) -> None:
    knock = w.secure(w.CREATED)
    assert w.refused(Knock("POST", knock.query, {}, json.dumps({"Encrypt": told}).encode())) == "text_invalid"


def test_b_55_what_can_be_set_up() -> None:
    assert set(WECHAT.out.secrets) == {"token", "aes_key", "app_secret"}
    assert set(WECHAT.out.settings) == {"appid", "mode", "window"}
    assert WECHAT.out.settings["window"]("off") == "off"
    with pytest.raises(ValueError, match="16"):
        WECHAT.out.secrets["token"]("AAAAA")
    with pytest.raises(ValueError, match="one of"):
        WECHAT.out.settings["mode"]("compatible")


@settings(max_examples=150)
@given(query=st.binary(max_size=80), body=st.binary(max_size=200), method=st.sampled_from(["GET", "POST"]))
def test_any_bytes_are_refused_at_the_door(query: bytes, body: bytes, method: str) -> None:
    for credential in (w.PLAIN, w.SECURE, Credential()):
        assert isinstance(WECHAT.verify(credential, Knock(method, query, {}, body), w.NOW), Refusal)


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_inside_are_read_or_refused_and_answered(message: bytes) -> None:
    """Of whoever knows the secrets, too."""
    length = len(message).to_bytes(4, "big")
    found = WECHAT.verify(w.SECURE, w.encrypted(b"r" * 16 + length + message + w.APPID.encode()), w.NOW)
    if isinstance(found, Refusal):
        assert message == b""
        return
    assert isinstance(found, Opened) and found.content == message
    assert found.message_key.isascii() and len(found.message_key) <= 200
    read = WECHAT.read(found, w.NOW)
    assert isinstance(read, Refusal)
    answer = WECHAT.answer(Answering(w.SECURE, [Result(None, read)], w.REQUEST, w.NOW, found))
    told = w.reply(answer.body)
    assert answer.status in (200, 400)
    assert str(told["ResultCode"]) == "-1" and told["ResultMsg"].startswith(read.code)
