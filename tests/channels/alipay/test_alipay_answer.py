"""What Alipay is answered, and what it hears by feedback of an order that came to nothing (RELIABILITY section 7)."""

import pytest

from basics.refusal import Refusal
from channels.adapter import Credential, Opened
from channels.alipay import ADAPTER
from channels.messages import OrderPush
from tests.channels import talk
from tests.channels.alipay import side

OPENED = side.opened(side.notification(side.params()))
FINAL = ("order_already_accepted", "already_picked_up", "idempotency_mismatch", "time_invalid", "event_unknown",
         "value_unknown", "bad_event", "text_invalid")  # fmt: skip
UNREADABLE = ("json_invalid", "json_too_deep", "json_number_invalid", "field_repeated", "body_empty")
PASSING = {"busy": 503, "internal_error": 500}
OUTSIDE = {
    "credential_unknown": 401,
    "signature_missing": 401,
    "signature_invalid": 401,
    "timestamp_invalid": 401,
    "source_not_allowed": 403,
    "body_too_large": 413,
    "media_type_unsupported": 415,
    "encoding_unsupported": 415,
    "encoding_invalid": 400,
    "form_invalid": 400,
    "body_empty": 400,
} | PASSING


def answered(refusal: str | None, opened: Opened | None = OPENED) -> tuple[int, str, str]:
    said = talk.read(ADAPTER, OPENED.content, OPENED.words)
    assert isinstance(said, OrderPush)
    why = Refusal(refusal, "不行 / no") if refusal else None
    found = talk.answer(ADAPTER, None if why else said, why, opened=opened)
    return found.status, found.content_type, found.body


def test_chan_3_what_is_taken_is_a_success() -> None:
    assert answered(None) == (200, "text/plain", "success")


def test_chan_5_what_is_held_is_a_success_too() -> None:
    said = talk.read(ADAPTER, OPENED.content, OPENED.words)
    assert isinstance(said, OrderPush)
    assert talk.answer(ADAPTER, said, missing=("sender.phone",), opened=OPENED).body == "success"


@pytest.mark.parametrize("code", FINAL)
def test_what_is_refused_for_good_need_not_be_sent_again(code: str) -> None:
    assert answered(code) == (200, "text/plain", "success")


@pytest.mark.parametrize("code", UNREADABLE)
def test_b_60_what_cannot_be_read_is_400(code: str) -> None:
    assert answered(code) == (400, "text/plain", "fail")


@pytest.mark.parametrize("code", PASSING)
def test_a_passing_trouble_is_a_fail_that_is_sent_again(code: str) -> None:
    assert answered(code) == (PASSING[code], "text/plain", "fail")


@pytest.mark.parametrize("code", OUTSIDE)
def test_what_is_not_verified_is_a_fail_with_its_status(code: str) -> None:
    assert answered(code, None) == (OUTSIDE[code], "text/plain", "fail")


def test_an_empty_credential_is_enough_to_answer() -> None:
    found = talk.answer(ADAPTER, None, Refusal("source_not_allowed", ""), credential=Credential())
    assert (found.status, found.body) == (403, "fail")


def regretted(refusal: Refusal, **changed: str | None) -> object:
    assert ADAPTER.regret is not None
    return ADAPTER.regret(side.opened(side.notification(side.params(**changed))), refusal)


def test_chan_4_a_refused_order_is_told_by_feedback() -> None:
    found = regretted(Refusal("window_invalid", "预约 / window", "appoint_end_time"))
    assert found == {
        "logistics_no": "ali2026112200000017",
        "happened_at": "2026-11-22T12:00:00+08:00",
        "echo": {"product_type_code": "STANDARD"},
        "holder": None,
        "code": "window_invalid",
        "text": "预约 / window",
        "field": "appoint_end_time",
    }


def test_what_the_echo_cannot_hold_is_left_out() -> None:
    for product in ("\x00", "x" * 65, 7, None):
        found = regretted(Refusal("text_invalid", "", None), biz_content=side.biz(product_type_code=product))
        assert isinstance(found, dict)
        assert found["echo"] == {}


NOT_TOLD = {
    "a withdrawal": side.cancel(),
    "no number": side.params(biz_content=side.biz(order_no=None)),
    "no usable number": side.params(biz_content=side.biz(order_no="ali 1")),
    "unreadable": side.params(biz_content="{"),
    "another method": side.params(msg_method="q9.express.order.created"),
}


@pytest.mark.parametrize("given", NOT_TOLD.values(), ids=NOT_TOLD)
def test_nobody_can_be_told_of_these(given: dict[str, str]) -> None:
    assert ADAPTER.regret is not None
    assert ADAPTER.regret(side.opened(side.notification(given)), Refusal("bad_event", "")) is None


@pytest.mark.parametrize("code", PASSING)
def test_a_passing_trouble_is_no_refusal_to_tell(code: str) -> None:
    assert regretted(Refusal(code, "")) is None
