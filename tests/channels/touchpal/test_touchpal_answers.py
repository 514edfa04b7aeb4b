"""Who may push as TouchPal, and what it is answered (CHANNELS section 5, RELIABILITY 7)."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basics.refusal import Refusal
from channels.adapter import Answer, Answering, Credential, Opened, Result
from channels.messages import OrderPush
from tests.channels import talk
from tests.channels.touchpal import tp
from tests.channels.touchpal.tp import (
    AT,
    CANCEL,
    CREATE,
    NAMED,
    ORDER,
    TP,
    UPDATE,
    WITHDRAWAL,
    form,
    opened,
    read,
    verify,
    xml,
)

PUSHED = OrderPush("touchpal", tp.NUMBER, AT, {})
XML_ONLY = Credential(settings={"format": "xml"})


def test_the_published_signatures() -> None:
    for service, text, sign in ((CREATE, ORDER, tp.ORDER_SIGN), (CANCEL, WITHDRAWAL, tp.WITHDRAWAL_SIGN)):
        found = verify(form(service, text, sign=sign))
        assert isinstance(found, Opened) and found.content == text.encode()
    assert isinstance(verify(form(CREATE, ORDER, sign=tp.ORDER_SIGN.upper())), Opened)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sign": None}, "signature_missing"),
        ({"sign": tp.WITHDRAWAL_SIGN}, "signature_invalid"),
        ({"sign": tp.sign(ORDER, "another-partner-key")}, "signature_invalid"),
        ({"bizData": ORDER + " "}, "signature_invalid"),
        ({"bizData": None}, "signature_invalid"),
        ({"partnerID": "OTHER"}, "credential_unknown"),
        ({"partnerID": None}, "credential_unknown"),
    ],
)
def test_b_01_to_b_04_unverified(changed: dict[str, Any], code: str) -> None:
    refusal = verify(form(CREATE, ORDER, **changed), NAMED)
    assert isinstance(refusal, Refusal) and refusal.code == code
    answer = talk.answer(TP, None, refusal)
    assert answer.status == 401 and json.loads(answer.body)["errorCode"] == code


def test_any_partner_when_none_is_set() -> None:
    assert isinstance(verify(form(CREATE, ORDER, partnerID=None)), Opened)
    assert isinstance(verify(form(CREATE, ORDER), NAMED), Opened)


def test_b_28_two_keys_during_a_rotation() -> None:
    both = Credential({"secret": (b"n" * 16, tp.KEY.encode())})
    assert isinstance(verify(form(CREATE, ORDER), both), Opened)
    assert isinstance(verify(form(CREATE, ORDER), Credential({"secret": (b"n" * 16,)})), Refusal)


def test_chan_3_the_key_of_a_message() -> None:
    first = opened(CREATE, ORDER).message_key
    assert first == opened(CREATE, ORDER).message_key and len(first) <= 200 and first.isascii()
    assert len({first, opened(CANCEL, ORDER).message_key, opened(CREATE, ORDER + " ").message_key}) == 3
    # an unsigned word fills no inbox
    assert opened("X", ORDER).message_key == opened("取价", ORDER).message_key


def shown(answer: Answer) -> dict[str, str]:
    """An answer in either form."""
    if answer.content_type.startswith("application/xml"):
        root = ElementTree.fromstring(answer.body)
        assert root.tag == "response"
        return {child.tag: child.text or "" for child in root}
    assert answer.content_type == "application/json"
    told = json.loads(answer.body)
    assert isinstance(told["result"], bool)
    return {**told, "result": str(told["result"]).lower()}


def test_recorded_answers_in_the_form_of_the_push() -> None:
    answer = talk.answer(TP, PUSHED, opened=opened(CREATE, ORDER))
    assert (answer.status, answer.body) == (200, '{"result":true,"remark":"","errorCode":"","errorDescription":""}')
    answer = talk.answer(TP, PUSHED, opened=opened(CREATE, xml(ORDER)))
    assert (answer.status, answer.body) == (
        200,
        "<response><result>true</result><remark></remark><errorCode></errorCode>"
        "<errorDescription></errorDescription></response>",
    )
    assert answer.content_type == "application/xml; charset=utf-8"


@pytest.mark.parametrize("text", [ORDER, xml(ORDER)])
def test_chan_5_a_held_order_is_told_in_their_names(text: str) -> None:
    missing = ("sender.phone", "place", "pieces", "weight_g")
    answer = talk.answer(TP, PUSHED, opened=opened(CREATE, text), missing=missing)
    told = shown(answer)
    assert (answer.status, told["result"], told["errorCode"]) == (200, "false", "held")
    for field in ("sender.mobile", "sender.address", "items.item.number", "itemWeight", "已保存"):
        assert field in told["errorDescription"]


@pytest.mark.parametrize("credential", [Credential(), XML_ONLY])
@pytest.mark.parametrize(
    ("code", "status", "shown_code"),
    [
        ("signature_invalid", 401, "signature_invalid"),
        ("json_invalid", 400, "json_invalid"),
        ("xml_dtd_forbidden", 400, "xml_dtd_forbidden"),
        ("field_required", 422, "field_required"),
        ("order_already_accepted", 409, "order_already_accepted"),
        ("already_picked_up", 409, "already_picked_up"),
        ("body_too_large", 413, "body_too_large"),
        ("busy", 503, "retry"),
    ],
)
def test_refusals_by_class(credential: Credential, code: str, status: int, shown_code: str) -> None:
    answer = talk.answer(TP, None, Refusal(code, "中文 / <English>", "sender.phone"), credential=credential)
    told = shown(answer)
    assert (answer.status, told["result"], told["errorCode"]) == (status, "false", shown_code)
    assert code in told["errorDescription"] and "sender.mobile" in told["errorDescription"]
    assert answer.content_type.startswith("application/xml" if credential is XML_ONLY else "application/json")


def test_b_59_nonsense_is_refused_in_its_form() -> None:
    for text, kind in (("nonsense", "application/json"), ("<nonsense", "application/xml")):
        refusal = read(CREATE, text)
        assert isinstance(refusal, Refusal)
        answer = talk.answer(TP, None, refusal, opened=opened(CREATE, text))
        assert answer.status == 400 and answer.content_type.startswith(kind) and shown(answer)["result"] == "false"


def test_an_error_of_ours_looks_passing() -> None:
    answer = talk.answer(TP, None, Refusal("internal_error", "x"))
    assert answer.status >= 500 and shown(answer)["errorCode"] == "retry"


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)
SERVICES = st.sampled_from((CREATE, CANCEL, UPDATE, "X"))


def never_fails(service: str, content: bytes) -> None:
    got = Opened("key", content, {"serviceType": service})
    found = TP.read(got, AT)
    result = [Result(None, found)] if isinstance(found, Refusal) else [Result(found.said[0])]  # type: ignore[arg-type]
    made = TP.answer(Answering(Credential(), result, talk.REQUEST, AT, got, None))
    assert made.status < 500 and shown(made)["result"] in ("true", "false")


@given(SERVICES, st.binary(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(service: str, content: bytes, as_xml: bool) -> None:
    never_fails(service, b"<" + content if as_xml else content)


@given(SERVICES, st.dictionaries(st.sampled_from([*json.loads(ORDER), "reason", "params", "mailNo"]), VALUES))
@settings(max_examples=300, deadline=None)
def test_any_values_are_read_or_refused(service: str, changed: dict[str, Any]) -> None:
    told = {**json.loads(ORDER), **changed}
    never_fails(service, json.dumps(told).encode())
    never_fails(service, json.dumps({"params": told, "txLogisticId": "CT_H_1"}).encode())


@given(st.binary())
@settings(max_examples=200, deadline=None)
def test_any_form_is_refused(body: bytes) -> None:
    assert isinstance(verify(body), Refusal)
