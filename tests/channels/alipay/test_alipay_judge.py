"""What the gateway's answer means for a next attempt (CHAN-4, F-46, F-47; CHANNELS section 4.1)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapter import Credential
from channels.alipay import ADAPTER
from channels.feedback import Outcome, Reply
from tests.channels.alipay import side

NODE = "alipay_eco_logistics_express_order_modify_response"
SUCCESS = '{"code":"10000","msg":"Success"}'


def judged(text: str, status: int | None = 200, known: Credential | None = None) -> Outcome:
    return ADAPTER.out.judge(known or side.credential(), Reply(status, text))


def signature(raw: str) -> str:
    """Of Alipay over the raw node, by the SDK."""
    made: str = side.client(side.appendix_a(), side.appendix_a())._sign(raw)
    return made


def signed(raw: str, name: str = NODE) -> str:
    return f'{{"{name}":{raw},"sign":"{signature(raw)}"}}'


def node(code: str, sub_code: str | None = None, **more: Any) -> str:
    found = {"code": code, "msg": "…"} | ({"sub_code": sub_code} if sub_code else {}) | more
    return json.dumps(found, ensure_ascii=False)


def test_chan_4_a_success_that_alipay_signed() -> None:
    assert judged(signed(SUCCESS)) is Outcome.DELIVERED
    sdk = side.client(side.another(), side.appendix_a())
    assert sdk._verify_and_return_sync_response(signed(SUCCESS), NODE) == {"code": "10000", "msg": "Success"}


@pytest.mark.parametrize(
    "raw",
    [
        '{ "code" : "10000",\n "msg":"Success" }',
        '{"msg":"好的","code":"10000"}',
        '{"code":"10000","msg":"}, \\"sign\\":\\"x","more":{"a":[{}]}}',
    ],
)
def test_the_signature_covers_the_node_as_it_was_written(raw: str) -> None:
    assert judged(signed(raw)) is Outcome.DELIVERED
    assert judged(signed(raw).replace(raw, json.dumps(json.loads(raw), indent=1))) is Outcome.LATER


def test_the_parts_of_an_answer_come_in_any_order() -> None:
    text = f'\n{{ "alipay_cert_sn" : "a5b5",\t"sign":"{signature(SUCCESS)}" , "{NODE}" : {SUCCESS} }}\r\n'
    assert judged(text) is Outcome.DELIVERED


def test_escaped_slashes_are_signed_without_the_escape() -> None:
    raw = '{"code":"10000","msg":"a/b"}'
    assert judged(signed(raw).replace("a/b", "a\\/b")) is Outcome.DELIVERED
    assert judged(signed(raw).replace("a/b", "a\\\\b")) is Outcome.LATER


UNBELIEVED = {
    "no signature": f'{{"{NODE}":{SUCCESS}}}',
    "an empty signature": f'{{"{NODE}":{SUCCESS},"sign":""}}',
    "a signature of something else": f'{{"{NODE}":{SUCCESS},"sign":"{side.NOTIFY_SIGN}"}}',
    "garbage for a signature": f'{{"{NODE}":{SUCCESS},"sign":"签名\\ud800"}}',
    "a number for a signature": f'{{"{NODE}":{SUCCESS},"sign":17}}',
}


@pytest.mark.parametrize("text", UNBELIEVED.values(), ids=UNBELIEVED)
def test_a_success_that_nobody_signed_is_none(text: str) -> None:
    assert judged(text) is Outcome.LATER


def test_an_answer_that_says_two_things_says_nothing() -> None:
    assert judged(f'{{"{NODE}":{node("40004")},{signed(SUCCESS)[1:]}') is Outcome.LATER


def test_a_success_signed_with_another_key_is_none() -> None:
    assert judged(signed(SUCCESS), known=side.credential(side.another())) is Outcome.LATER
    assert judged(signed(SUCCESS), known=side.credential(side.another(), side.appendix_a())) is Outcome.DELIVERED
    assert judged(signed(SUCCESS), known=Credential()) is Outcome.LATER


def test_the_success_of_another_method_is_none() -> None:
    assert judged(signed(SUCCESS, "alipay_trade_query_response")) is Outcome.LATER
    assert judged(signed(SUCCESS, "error_response")) is not Outcome.DELIVERED


LATER = [("20000", None), ("20000", "isp.unknow-error"), ("40004", "isp.order-busy"), ("40004", "aop.unknow-error"),
         ("40004", "ACQ.SYSTEM_ERROR"), ("40005", "isv.app-call-limited")]  # fmt: skip
REFUSED = [("40004", "isv.order-not-exist"), ("40004", None), ("40002", "isv.invalid-signature"), ("40001", None),
           ("40006", "isv.insufficient-isv-permissions"), ("20001", "aop.invalid-auth-token"), ("", None)]  # fmt: skip


@pytest.mark.parametrize(("code", "sub_code"), LATER)
@pytest.mark.parametrize("name", [NODE, "error_response"])
def test_a_passing_trouble_of_the_gateway(code: str, sub_code: str | None, name: str) -> None:
    raw = node(code, sub_code)
    assert judged(signed(raw, name)) is Outcome.LATER
    assert judged(f'{{"{name}":{raw}}}') is Outcome.LATER


@pytest.mark.parametrize(("code", "sub_code"), REFUSED)
@pytest.mark.parametrize("name", [NODE, "error_response"])
def test_f_47_a_refusal_is_one_with_or_without_a_signature(code: str, sub_code: str | None, name: str) -> None:
    """Some errors of the gateway come without one; the SDK shows such an answer with `"sign": ""`."""
    raw = node(code, sub_code)
    assert judged(signed(raw, name)) is Outcome.REFUSED
    assert judged(f'{{"{name}":{raw},"alipay_cert_sn":"a5b5","sign":""}}') is Outcome.REFUSED
    assert judged(f'{{"{name}":{raw}}}') is Outcome.REFUSED


def test_a_refusal_with_a_wrong_signature_is_nobodys_word() -> None:
    assert judged(f'{{"{NODE}":{node("40004")},"sign":"{side.NOTIFY_SIGN}"}}') is Outcome.LATER


@pytest.mark.parametrize("status", [None, 100, 301, 302, 408, 425, 429, 500, 502, 503, 504])
def test_f_46_by_status_again_later(status: int | None) -> None:
    assert judged(signed(SUCCESS), status) is Outcome.LATER
    assert judged("", status) is Outcome.LATER


@pytest.mark.parametrize(
    "text", ["", "<html>维护中</html>", "null", "[]", '{"code":"10000"}', f'{{"{NODE}":"x"}}', "{"]
)
def test_an_answer_that_is_none_of_the_gateways(text: str) -> None:
    assert judged(text) is Outcome.LATER
    assert judged(text, 404) is Outcome.REFUSED
    assert judged(text, 410) is Outcome.GONE


def test_an_answer_cut_off_or_bottomless_is_none() -> None:
    assert judged(signed(SUCCESS)[:-1]) is Outcome.LATER
    assert judged(signed(SUCCESS) + "x") is Outcome.LATER
    assert judged('{"a":' + "[" * 60_000) is Outcome.LATER
    assert judged('{"a":' + "9" * 60_000 + "}") is Outcome.LATER


@given(text=st.one_of(st.text(), st.builds(lambda inner: f'{{"{NODE}":{inner},"sign":"AAAA"}}', st.text())))
def test_any_answer_is_judged_and_none_is_a_delivery(text: str) -> None:
    assert judged(text) in (Outcome.LATER, Outcome.REFUSED)
