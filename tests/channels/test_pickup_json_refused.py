"""What the CRM and the website may not say: rows B-12..B-15, B-18, B-21, B-25, B-60..B-73."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basics.refusal import Refusal
from channels.registry import ADAPTERS
from tests.channels import talk
from tests.channels import vectors as v
from tests.channels.vectors import push
from tests.work import counted

CRM = ADAPTERS["crm"]
MOST_CALLS = 5_000


def refused(body: bytes) -> tuple[str, str | None]:
    with counted() as work:
        found = talk.read(CRM, body)
    assert isinstance(found, Refusal), found
    assert work.calls <= MOST_CALLS
    assert found.message
    return found.code, found.field


ENVELOPES: dict[str, tuple[bytes, str]] = {
    "B-12 empty": (b"", "body_empty"),
    "B-12 blank": (b" \n", "body_empty"),
    "B-13 GBK": ('{"type":"王"}'.encode("gbk"), "encoding_invalid"),
    "B-13 cut character": (v.CREATED[:90] + b"\xe7", "encoding_invalid"),
    "no JSON": (b"{", "json_invalid"),
    "byte order mark": (b"\xef\xbb\xbf{}", "json_invalid"),
    "two values": (b"{}{}", "json_invalid"),
    "raw control character": (b'{"type":"a\nb"}', "json_invalid"),
    "a list": (b"[]", "json_invalid"),
    "a text": (b'"x"', "json_invalid"),
    "B-60 33 deep": (b'{"type":' + b"[" * 32 + b"]" * 32 + b"}", "json_too_deep"),
    "B-60 50,000 deep": (b"[" * 50_000, "json_too_deep"),
    "B-60 objects 50,000 deep": (b'{"a":' * 50_000, "json_too_deep"),
    "B-62 NaN": (b'{"a":NaN}', "json_number_invalid"),
    "B-62 Infinity": (b'{"a":-Infinity}', "json_number_invalid"),
    "B-62 1e400": (b'{"a":1e400}', "json_number_invalid"),
    "B-62 1E+0999999999": (b'{"a":1E+0999999999}', "json_number_invalid"),
    "B-63 5,000 digits": (b'{"a":' + b"9" * 5000 + b"}", "json_number_invalid"),
    "B-63 5,000 decimals": (b'{"a":0.' + b"9" * 5000 + b"}", "json_number_invalid"),
    "a field twice": (b'{"type":"a","type":"b"}', "field_repeated"),
    "an escaped quote hides no depth": (b'{"a":"\\"","b":' + b"[" * 40 + b"]" * 40 + b"}", "json_too_deep"),
    "256 KiB of quotes": (b'{"a":"' + b'\\"' * 128_000 + b"[" * 40, "json_invalid"),
}


@pytest.mark.parametrize(("body", "code"), ENVELOPES.values(), ids=ENVELOPES)
def test_what_cannot_be_read_is_400(body: bytes, code: str) -> None:
    found = talk.read(CRM, body)
    assert isinstance(found, Refusal)
    assert found.code == code
    assert talk.answer(CRM, None, found, "r").status == 400


def test_b_60_32_deep_and_brackets_in_texts_are_no_depth() -> None:
    assert refused(b'{"type":"x","data":' + b"[" * 31 + b"]" * 31 + b"}")[0] == "event_unknown"
    assert not isinstance(talk.read(CRM, push(**{"data.remark": "[" * 100 + '\\"{'})), Refusal)


TEXTS = ["\x00", "a\x00", "\ud800", "\udc00 b", "\x1b[31m", "a\rb", "\x07"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", ["data.sender.name", "data.sender.address", "data.receiver.district", "data.remark"])
def test_b_15_texts_that_pass_no_gate(field: str, text: str) -> None:
    assert refused(push(**{field: text})) == ("text_invalid", field)


FIELDS: list[tuple[str, Any, str]] = [
    ("data.sender.nick", "x", "field_unknown"),
    ("data.total", 1, "field_unknown"),
    ("extra", {}, "field_unknown"),
    ("data.sender.location.alt", "1", "field_unknown"),
    ("data.cargo.volume", 1, "field_unknown"),
    ("data.appointment.zone", "x", "field_unknown"),
    ("timestamp", None, "field_required"),
    ("timestamp", "", "field_required"),
    ("data", None, "field_required"),
    ("type", None, "field_required"),
    ("data.logistics_order_no", None, "field_required"),
    ("data.logistics_order_no", "a b", "text_invalid"),
    ("data.logistics_order_no", "IS1\r\nX: y", "text_invalid"),
    ("data.logistics_order_no", "I" * 65, "text_too_long"),
    ("data.logistics_order_no", 17, "text_invalid"),
    ("data.sender", "王小二", "object_expected"),
    ("data.sender", ["王小二"], "object_expected"),
    ("data.sender.name", 5, "text_invalid"),
    ("data.sender.name", "x" * 65, "text_too_long"),
    ("data.sender.address", "x" * 10_000, "text_too_long"),  # B-68
    ("data.sender.adcode", "33011", "text_invalid"),
    ("data.sender.adcode", "３３０１１０", "text_invalid"),
    ("data.business_type", "gift", "value_unknown"),
    ("data.cargo.pieces", 10**9, "number_invalid"),  # B-66
    ("data.cargo.pieces", 1.5, "number_invalid"),
    ("data.cargo.pieces", [1], "number_invalid"),
    ("data.cargo.pieces", "1", "number_invalid"),
    ("data.cargo.pieces", True, "number_invalid"),
    ("data.cargo.weight_g", "heavy", "number_invalid"),
    ("data.cargo.weight_g", {"g": 1}, "number_invalid"),
    ("data.sender.location.lng", "1e5", "number_invalid"),
    ("data.sender.location.lng", "１２０", "number_invalid"),
    ("data.sender.location.lat", "30,28", "number_invalid"),
    ("data.sender.location.lat", None, "field_required"),
    ("data.sender.location.datum", None, "datum_required"),  # B-72
    ("data.sender.location.datum", "WGS84", "value_unknown"),
    ("timestamp", "2026-11-22T12:00:00", "time_invalid"),  # B-73
    ("timestamp", "2026-11-22 12:00:00+08:00", "time_invalid"),
    ("timestamp", "2026-02-30T12:00:00+08:00", "time_invalid"),
    ("timestamp", "2026-11-22T25:00:00+08:00", "time_invalid"),
    ("timestamp", "2026-11-22T12:00:00+99:00", "time_invalid"),
    ("timestamp", "0001-01-01T00:00:00+08:00", "time_invalid"),
    ("timestamp", "9999-12-31T23:59:59-08:00", "time_invalid"),
    ("timestamp", 1795320000, "text_invalid"),
    ("data.appointment.start", "tomorrow", "time_invalid"),
    ("data.appointment.end", "2026-11-23T08:59:59+08:00", "window_invalid"),
]


@pytest.mark.parametrize(("field", "value", "code"), FIELDS)
def test_a_wrong_field_is_422_and_named(field: str, value: Any, code: str) -> None:
    found = talk.read(CRM, push(**{field: value}))
    assert isinstance(found, Refusal)
    assert (found.code, found.field) == (code, field)
    answer = talk.answer(CRM, None, found, "r-1")
    problem = json.loads(answer.body)
    assert (answer.status, answer.content_type) == (422, "application/problem+json")
    assert problem["errors"] == [{"field": field, "code": code}]
    assert (problem["status"], problem["code"], problem["request_id"]) == (422, code, "r-1")
    assert problem["detail"] == found.message


def test_b_62_an_exponent_that_is_none_of_ours_names_its_field() -> None:
    body = v.CREATED.replace(b'"weight_g":1000', b'"weight_g":1e3')
    assert refused(body) == ("number_invalid", "data.cargo.weight_g")


def test_the_name_of_an_unknown_field_is_not_repeated_when_it_could_do_harm() -> None:
    for name in ("\ud800", "a\x00", "<script>", "x" * 65):
        body = v.CREATED.decode().replace('"remark":', f"{json.dumps(name)}:").encode()
        assert refused(body) == ("field_unknown", "data.?")


@pytest.mark.parametrize("kind", ["pickup.order.frobbed", "PICKUP.ORDER.CREATED", "x"])
def test_b_25_unknown_messages(kind: str) -> None:
    assert refused(push(type=kind)) == ("event_unknown", "type")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    )
)
def test_any_json_is_read_or_refused(tree: Any) -> None:
    for body in (tree, {"type": "pickup.order.created", "timestamp": "2026-11-22T04:00Z", "data": tree}):
        found = talk.read(CRM, json.dumps(body).encode())
        if isinstance(found, Refusal):
            talk.answer(CRM, None, found, "r").body.encode()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    talk.read(CRM, body)


CONFLICTS = [
    "idempotency_mismatch",
    "order_already_accepted",
    "already_picked_up",
    "already_closed",
    "waybill_in_use",
]


@pytest.mark.parametrize("code", CONFLICTS)
def test_b_18_b_21_conflicts_are_409(code: str) -> None:
    assert talk.answer(CRM, None, Refusal(code, "…"), "r").status == 409
