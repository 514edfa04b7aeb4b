"""What Kuaidi100 is answered (CHANNELS section 3, RELIABILITY 7), whatever it said."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basics.refusal import Refusal
from channels.adapter import Answer, Answering, Credential, Opened, Result
from channels.messages import OrderPush
from tests.channels import talk
from tests.channels.kuaidi100 import kd
from tests.channels.kuaidi100.kd import AT, CANCEL, CREATE, KD, NUMBER, form, opened, param, read


def shown(answer: Answer) -> dict[str, Any]:
    assert answer.content_type == "application/json"
    return dict(json.loads(answer.body))


def test_recorded_answers() -> None:
    said = read(form("cOrder", CREATE))
    assert not isinstance(said, Refusal)
    answer = talk.answer(KD, said, opened=opened(form("cOrder", CREATE)))
    assert (answer.status, answer.body) == (
        200,
        '{"result":true,"returnCode":"200","message":"提交成功",'
        f'"data":{{"taskId":"{kd.TASK}","orderId":"{NUMBER}","kuaidinum":""}}}}',
    )
    assert answer == talk.answer(KD, said, request_id="another_request_")
    cancelled = read(form("cancel", CANCEL))
    assert not isinstance(cancelled, Refusal)
    assert talk.answer(KD, cancelled).body == '{"result":true,"returnCode":"200","message":"提交成功"}'


def test_chan_5_a_held_order_is_told_in_their_names() -> None:
    said = read(form("cOrder", param(sendManMobile="")))
    assert isinstance(said, OrderPush)
    told = shown(talk.answer(KD, said, missing=("sender.phone", "place", "weight_g")))
    assert (told["result"], told["returnCode"], told["data"]["orderId"]) == (False, "400", NUMBER)
    for field in ("sendManMobile", "sendManPrintAddr", "weight", "已保存", "held"):
        assert field in told["message"]


@pytest.mark.parametrize(
    ("code", "status", "return_code"),
    [
        ("credential_unknown", 401, "600"),
        ("signature_missing", 401, "503"),
        ("signature_invalid", 401, "503"),
        ("timestamp_invalid", 401, "400"),
        ("json_invalid", 400, "400"),
        ("field_required", 422, "400"),
        ("target_forbidden", 422, "400"),
        ("event_unknown", 422, "400"),
        ("order_already_accepted", 409, "501"),
        ("idempotency_mismatch", 409, "501"),
        ("already_picked_up", 409, "400"),
        ("already_closed", 409, "400"),
        ("source_not_allowed", 403, "400"),
        ("media_type_unsupported", 415, "400"),
        ("body_too_large", 413, "400"),
        ("busy", 503, "500"),
    ],
)
def test_refusals_by_class(code: str, status: int, return_code: str) -> None:
    answer = talk.answer(KD, None, Refusal(code, "中文 / English", "sender.phone"))
    told = shown(answer)
    assert (answer.status, told["result"], told["returnCode"]) == (status, False, return_code)
    assert code in told["message"] and "sendManMobile" in told["message"] and "data" not in told


def test_an_error_of_ours_looks_passing() -> None:
    answer = talk.answer(KD, None, Refusal("internal_error", "x"))
    assert answer.status >= 500 and shown(answer)["returnCode"] == "500"


FIELDS = (*json.loads(CREATE), "orderId", "cancelMsg", "com")
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)


def never_fails(method: str, content: bytes, words: dict[str, str]) -> None:
    found = KD.read(Opened("key", content, {"method": method, **words}), AT)
    result = [Result(None, found)] if isinstance(found, Refusal) else [Result(found.said[0])]  # type: ignore[arg-type]
    made = KD.answer(Answering(Credential(), result, talk.REQUEST, AT, None, None))
    assert made.status < 500 and json.loads(made.body)["returnCode"]


@given(st.sampled_from(("cOrder", "bOrder", "cancel", "price")), st.binary(), st.text())
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(method: str, content: bytes, t: str) -> None:
    never_fails(method, content, {"t": t})
    never_fails(method, content, {})


@given(st.sampled_from(("cOrder", "cancel")), st.dictionaries(st.sampled_from(FIELDS), VALUES))
@settings(max_examples=300, deadline=None)
def test_any_values_are_read_or_refused(method: str, changed: dict[str, Any]) -> None:
    told = {**json.loads(CREATE), "orderId": "KD1", **changed}
    never_fails(method, json.dumps(told).encode(), {"t": kd.T})
