"""Who may push as Kuaidi100 (CHANNELS section 3, B-01..B-25, B-28, B-53..B-55)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basics.refusal import Refusal
from channels.adapter import Credential, Opened
from tests.channels import talk
from tests.channels.kuaidi100 import kd
from tests.channels.kuaidi100.kd import AT, CANCEL, CREATE, CREDENTIAL, KD, form, opened, param, read, verify


def code_of(found: Any) -> str:
    assert isinstance(found, Refusal), found
    return found.code


def test_the_published_signatures() -> None:
    assert kd.sign(CREATE) == kd.CREATE_SIGN and kd.sign(CANCEL) == kd.CANCEL_SIGN  # the helper is right
    for method, text, sign in (("cOrder", CREATE, kd.CREATE_SIGN), ("cancel", CANCEL, kd.CANCEL_SIGN)):
        assert opened(form(method, text, sign=sign)).content == text.encode()


def test_b_53_signature_case_and_the_bytes_received() -> None:
    assert opened(form("cOrder", CREATE, sign=kd.CREATE_SIGN.lower()))
    spaced = json.dumps(json.loads(CREATE), ensure_ascii=False)  # the same JSON, written otherwise
    assert code_of(verify(form("cOrder", spaced, sign=kd.CREATE_SIGN))) == "signature_invalid"
    assert opened(form("cOrder", spaced))


def test_every_signed_part_counts() -> None:
    good = form("cOrder", CREATE)
    for place in range(0, len(good), 11):
        altered = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        found = verify(altered)
        same = isinstance(found, Opened) and found.content == CREATE.encode() and found.words["t"] == kd.T
        assert isinstance(found, Refusal) or same, altered


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sign": None}, "signature_missing"),
        ({"sign": ""}, "signature_missing"),
        ({"key": "Other"}, "credential_unknown"),
        ({"key": None, "sign": "0" * 32}, "credential_unknown"),
        ({"sign": "0" * 32}, "signature_invalid"),
        ({"sign": "é"}, "signature_invalid"),
        ({"sign": kd.sign(CREATE, secret="another-secret-16")}, "signature_invalid"),
        ({"param": None}, "signature_invalid"),
    ],
)
def test_b_01_to_b_04_unverified(changed: dict[str, Any], code: str) -> None:
    refusal = verify(form("cOrder", CREATE, **changed))
    assert code_of(refusal) == code
    answer = talk.answer(KD, None, refusal)
    assert answer.status == 401 and json.loads(answer.body)["result"] is False


@pytest.mark.parametrize(
    "t",
    ["", "nan", "1e300", "-1795348800000", "1795348800", "1795348800000.5", "１７９５３４８８０００００", "0",
     "9999999999999", "17953488000001"],
)  # fmt: skip
def test_b_23_t_that_is_no_time_in_milliseconds(t: str) -> None:
    refusal = verify(form("cOrder", CREATE, t=t))
    assert code_of(refusal) == "timestamp_invalid"
    answer = talk.answer(KD, None, refusal)
    assert (answer.status, json.loads(answer.body)["returnCode"]) == (401, "400")


def test_no_digit_moves_between_param_and_t() -> None:
    """One signature covers `param + t`: 13 digits of t leave no other reading."""
    sign = kd.sign(CREATE)
    assert code_of(verify(form("cOrder", CREATE + "1", t=kd.T[1:], sign=sign))) == "timestamp_invalid"
    assert code_of(verify(form("cOrder", CREATE[:-1], t="}" + kd.T, sign=sign))) == "timestamp_invalid"


def test_b_54_an_old_t_is_taken_and_the_window_is_a_setting() -> None:
    old = form("cOrder", CREATE)
    later = AT + timedelta(hours=1)
    assert isinstance(verify(old, now=later), Opened)
    narrow = Credential(CREDENTIAL.secrets, {"key": kd.KEY, "t_window_minutes": "60"})
    assert isinstance(verify(old, narrow, later), Opened)
    assert code_of(verify(old, narrow, later + timedelta(seconds=1))) == "timestamp_out_of_window"


def test_b_54_a_retry_with_a_new_t_is_the_same_message() -> None:
    first, again = opened(form("cOrder", CREATE)), opened(form("cOrder", CREATE, t="1795352400000"))
    assert (first.message_key, first.content) == (again.message_key, again.content)
    assert len(first.message_key) <= 200 and first.message_key.isascii()
    assert first.message_key != opened(form("cOrder", param(remark="改"))).message_key
    assert first.message_key != opened(form("cancel", CREATE)).message_key
    # `method` is not signed: an old order sent under the other one is a repetition
    assert opened(form("bOrder", CREATE, t="1795352400000")).message_key == first.message_key
    assert opened(form("price", CREATE)).message_key not in (
        first.message_key,
        opened(form("cancel", CREATE)).message_key,
    )


def test_b_55_short_and_empty_secrets() -> None:
    check = KD.out.secrets["secret"]
    for text in ("", " " * 20, "demo-secret-9f", "x" * 15):
        with pytest.raises(ValueError):
            check(text)
    assert check("x" * 16) == b"x" * 16
    assert not Credential({"secret": (b"x" * 16,)}).has(KD.needs)  # the key is needed too
    for salt in (None, "", "  "):
        refusal = read(form("cOrder", param(salt=salt)))
        assert isinstance(refusal, Refusal) and (refusal.code, refusal.field) == ("field_required", "salt")


def test_b_28_two_secrets_during_a_rotation() -> None:
    both = Credential({"secret": (b"n" * 16, kd.SECRET.encode())}, {"key": kd.KEY})
    assert isinstance(verify(form("cOrder", CREATE), both), Opened)
    assert code_of(verify(form("cOrder", CREATE), Credential({"secret": (b"n" * 16,)}, {"key": kd.KEY})))


def test_b_25_unknown_methods_are_kept_for_a_person() -> None:
    found = [opened(form(method, CREATE)) for method in ("price", "取价", "")]
    assert {one.message_key for one in found} == {found[0].message_key}  # an unsigned word fills no inbox
    for one in found:
        refusal = KD.read(one, AT)
        assert isinstance(refusal, Refusal) and (refusal.code, refusal.field) == ("event_unknown", "method")


def test_a_copied_push_under_another_method_says_nothing() -> None:
    """`method` is not signed."""
    assert code_of(read(form("cancel", CREATE))) == "field_required"
    assert code_of(read(form("cOrder", CANCEL))) == "field_required"


@pytest.mark.parametrize("body", [b"", b"=", b"a=1&a=2", b"\xff=1", b"&".join([b"a=1"] * 200), b"method=%ff&key=1"])
def test_b_12_forms_that_cannot_be_read(body: bytes) -> None:
    answer = talk.answer(KD, None, verify(body))
    assert answer.status in (400, 401)


@given(st.binary())
@settings(max_examples=200, deadline=None)
def test_any_form_is_refused(body: bytes) -> None:
    assert isinstance(verify(body), Refusal)
