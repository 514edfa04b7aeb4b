"""Bad pushes: what each gets, and that none has an effect (RELIABILITY 7, B-01..B-25 and B-60..B-72)."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import Engine

from storage.tables.channels import inbox
from storage.tables.dispatch import orders
from tests.web.door import KEYS, NOON, Door, headers, order, signature, withdrawal
from tests.work import counted, statements

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

KIB = 1024
MOST_CALLS, MOST_STATEMENTS = 300_000, 5  # of one message, among them 100,000 brackets


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine)


def refused(answer: Any) -> tuple[int, str, list[str]]:
    """Status, code and fields of a problem."""
    assert answer.content_type == "application/problem+json"
    problem = answer.json
    assert problem["status"] == answer.status_code and len(problem["request_id"]) == 16
    assert " / " in problem["detail"]  # Chinese, English beside
    assert {one["code"] for one in problem["errors"]} <= {problem["code"]}
    return answer.status_code, problem["code"], [one["field"] for one in problem["errors"]]


def test_b_01_an_unknown_channel(door: Door) -> None:
    for name in ("nobody", "CRM", "crm%20"):
        body = order()
        assert refused(door.knock(body, headers(body, "m", NOON), name)) == (401, "credential_unknown", [])
    assert door.counts() == {}


@pytest.mark.parametrize("gone", ["webhook-id", "webhook-signature"])
def test_b_02_unsigned(door: Door, gone: str) -> None:
    given = headers(order(), "m", NOON)
    del given[gone]
    assert refused(door.knock(order(), given)) == (401, "signature_missing", [])
    assert refused(door.knock(order(), {})) == (401, "signature_missing", [])
    assert door.counts() == {}


def test_b_04_signed_with_another_channels_key(door: Door) -> None:
    given = headers(order(), "m", NOON, KEYS["website"])
    assert refused(door.knock(order(), given)) == (401, "signature_invalid", [])


def test_every_altered_byte_is_seen(door: Door) -> None:
    body, given = order(), headers(order(), "m", NOON)
    for place in range(0, len(body), 7):
        altered = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert refused(door.knock(altered, given)) == (401, "signature_invalid", [])
    assert refused(door.knock(body, given | {"webhook-id": "n"}))[1] == "signature_invalid"
    later = str(int(NOON.timestamp()) + 1)
    assert refused(door.knock(body, given | {"webhook-timestamp": later}))[1] == "signature_invalid"
    assert door.counts() == {}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_b_06_other_methods(door: Door, method: str) -> None:
    answer = door.app.test_client().open("/push/crm", method=method)
    assert refused(answer) == (405, "method_not_allowed", [])
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
def test_b_07_content_type(door: Door, content_type: str | None) -> None:
    answer = door.knock(order(), headers(order(), "m", NOON), content_type=content_type)
    assert refused(answer) == (415, "media_type_unsupported", [])
    assert door.counts() == {}


def test_b_07_a_charset_beside_the_content_type_is_fine(door: Door) -> None:
    given = headers(order(), "m", NOON)
    assert door.knock(order(), given, content_type="application/json; charset=utf-8").status_code == 200


def test_b_08_b_11_b_12_envelope(door: Door) -> None:
    large = order().ljust(256 * KIB)
    assert door.push(large).status_code == 200
    assert refused(door.push(large + b" ", "m2")) == (413, "body_too_large", [])
    chunked: dict[str, Any] = {
        "environ_overrides": {"wsgi.input_terminated": True},
        "content_length": None,
        "data": None,
    }
    for body, status in ((large, 200), (large + b" ", 413)):
        undeclared = door.knock(b"", headers(body, "m1", NOON), input_stream=BytesIO(body), **chunked)
        assert undeclared.status_code == status
    zipped = headers(order(), "m3", NOON) | {"Content-Encoding": "gzip"}
    assert refused(door.knock(order(), zipped)) == (415, "encoding_unsupported", [])
    assert refused(door.push(b"", "m4")) == (400, "body_empty", [])
    assert refused(door.knock(b"", {})) == (400, "body_empty", [])
    assert door.counts()["inbox"] == 2


@pytest.mark.parametrize(
    ("off", "code"), [(-301, "timestamp_out_of_window"), (301, "timestamp_out_of_window"), (-300, ""), (300, "")]
)
def test_b_22_the_window_of_the_timestamp(door: Door, off: int, code: str) -> None:
    answer = door.push(order(), at=NOON + timedelta(seconds=off))
    if code:
        assert refused(answer) == (401, code, [])
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "timestamp", ["1795320000000", "nan", "1e300", "-5", "1795320000.0", "", " 1795320000", "１７"]
)
def test_b_23_nonsense_for_a_timestamp(door: Door, timestamp: str) -> None:
    given = {"webhook-id": "m", "webhook-signature": signature(KEYS["crm"], "m", timestamp, order())}
    answer = door.knock(order(), given | {"webhook-timestamp": timestamp.encode().decode("latin-1")})
    assert refused(answer) == (401, "timestamp_invalid", [])


@pytest.mark.parametrize(
    "given",
    ["garbage", "v1", "v1,", "v1,a,b", "v1,AAA", "v1a,AAAA", ",,", "v1,=", "\xff\xfe", "v1,AAAA " * 1_800],
)
def test_b_24_garbage_for_a_signature(door: Door, engine: Engine, given: str) -> None:
    """However long it is: nothing is asked of the database but whose key it is, and little is done."""
    with statements(engine, but="lanshou-error-log") as sent, counted() as work:
        answer = door.knock(order(), headers(order(), "m", NOON) | {"webhook-signature": given})
    assert refused(answer) == (401, "signature_invalid", [])
    assert len(sent) <= MOST_STATEMENTS and work.calls <= MOST_CALLS


def test_b_24_a_key_may_rotate_but_only_eight_signatures_are_tried(door: Door) -> None:
    good = headers(order(), "m", NOON)
    for before, status in ((7, 200), (8, 401)):
        given = good | {"webhook-signature": "v1,AAAA " * before + good["webhook-signature"]}
        assert door.knock(order(), given).status_code == status


def raw(text: str, **changed: Any) -> bytes:
    """An order whose field `@` is replaced by raw JSON text."""
    return order(**changed).replace(b'"@"', text.encode())


DEEP = "[" * 31 + "]" * 31  # 33 with the two objects around it
REFUSED: list[tuple[str, bytes, int, str, list[str]]] = [
    ("B-12 blank", b" \n ", 400, "body_empty", []),
    ("B-13 bytes that are not UTF-8", order().replace(b"data", b"d\xe4ta"), 400, "encoding_invalid", []),
    ("B-14 GBK", '{"type":"王小二"}'.encode("gbk"), 400, "encoding_invalid", []),
    ("no JSON", b"{", 400, "json_invalid", []),
    ("no object", b"[1]", 400, "json_invalid", []),
    ("a key twice", b'{"type":"x","type":"y"}', 400, "field_repeated", []),
    ("B-15 NUL", order(**{"data.sender.name": "a\x00b"}), 422, "text_invalid", ["data.sender.name"]),
    ("B-15 lone surrogate", order(**{"data.remark": "\ud800"}), 422, "text_invalid", ["data.remark"]),
    ("B-15 C0", order(**{"data.receiver.name": "\x1b[2J"}), 422, "text_invalid", ["data.receiver.name"]),
    ("B-25 unknown type", order(type="pickup.order.eaten"), 422, "event_unknown", ["type"]),
    ("no type", order(type=None), 422, "field_required", ["type"]),
    ("no number", order(**{"data.logistics_order_no": None}), 422, "field_required", ["data.logistics_order_no"]),
    ("bad number", order("IS 1"), 422, "text_invalid", ["data.logistics_order_no"]),
    ("unknown field", order(**{"data.sender.nick": "x"}), 422, "field_unknown", ["data.sender.nick"]),
    ("unknown field on top", order(extra=1), 422, "field_unknown", ["extra"]),
    ("B-60 33 deep", raw(DEEP, **{"data.remark": "@"}), 400, "json_too_deep", []),
    ("B-60 50,000 deep", raw("[" * 50_000 + "]" * 50_000, **{"data.remark": "@"}), 400, "json_too_deep", []),
    ("B-62 NaN", raw("NaN", **{"data.cargo.pieces": "@"}), 400, "json_number_invalid", []),
    ("B-62 Infinity", raw("-Infinity", **{"data.cargo.weight_g": "@"}), 400, "json_number_invalid", []),
    ("B-62 1e400", raw("1e400", **{"data.cargo.weight_g": "@"}), 400, "json_number_invalid", []),
    ("B-63 5,000 digits", raw("9" * 5_000, **{"data.cargo.pieces": "@"}), 400, "json_number_invalid", []),
    ("B-66 many", order(**{"data.cargo.pieces": 10**9}), 422, "number_invalid", ["data.cargo.pieces"]),
    ("B-66 1.5 pieces", order(**{"data.cargo.pieces": 1.5}), 422, "number_invalid", ["data.cargo.pieces"]),
    ("B-66 list", order(**{"data.cargo.pieces": [1]}), 422, "number_invalid", ["data.cargo.pieces"]),
    ("number as text", order(**{"data.cargo.weight_g": "1000"}), 422, "number_invalid", ["data.cargo.weight_g"]),
    ("true", order(**{"data.cargo.pieces": True}), 422, "number_invalid", ["data.cargo.pieces"]),
    ("B-68 long", order(**{"data.sender.address": "路" * 10_000}), 422, "text_too_long", ["data.sender.address"]),
    ("B-72 no datum", order(**{"data.sender.location.datum": None}), 422, "datum_required",
     ["data.sender.location.datum"]),
    ("degrees", order(**{"data.sender.location.lat": "３０"}), 422, "number_invalid", ["data.sender.location.lat"]),
    ("B-73 no offset", order(timestamp="2026-11-22T12:00:00"), 422, "time_invalid", ["timestamp"]),
    ("B-73 no such day", order(timestamp="2026-02-30T12:00:00Z"), 422, "time_invalid", ["timestamp"]),
    ("B-44 window", order(**{"data.appointment.end": "2026-11-23T08:00:00+08:00"}), 422, "window_invalid",
     ["data.appointment.end"]),
    ("withdrawal", withdrawal(nonsense=1), 422, "field_unknown", ["data.nonsense"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [(row[1], row[2:]) for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_signed_and_yet_refused(door: Door, body: bytes, expected: tuple[int, str, list[str]]) -> None:
    """Also what is deep or long costs no more than other nonsense."""
    with counted() as work:
        answer = door.push(body)
    assert refused(answer) == expected
    assert work.calls <= MOST_CALLS
    assert door.counts() == {"inbox": 1}  # kept for a person, no effect
    (kept,) = door.rows(inbox)
    assert (kept.refused, kept.body) == (expected[1], body)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"data.cargo.pieces": 0}, "held"),  # B-66
        ({"data.sender.mobile": "1380013800"}, "held"),  # B-67: ten digits
        ({"data.sender.mobile": "+86 138-0013-8000"}, "waiting"),
        ({"data.sender.mobile": None, "data.sender.phone": "0571-88886666-12"}, "waiting"),
        ({"data.sender.mobile": None}, "held"),
        ({"data.sender.name": "𠮷e\u0301😀\u202e\u200b"}, "waiting"),  # B-15, B-69: kept exactly
    ],
)
def test_b_66_to_b_69_taken_or_held(door: Door, changed: dict[str, Any], state: str) -> None:
    assert door.push(order(**changed)).status_code == 200
    assert door.state() == state


def test_b_67_b_68_only_a_province_is_held(door: Door) -> None:
    nowhere = {"data.sender.location": None, "data.sender.city": None, "data.sender.district": None}
    assert door.push(order(**nowhere, **{"data.sender.address": " "})).status_code == 200
    assert door.state() == "held"


def test_text_is_kept_exactly(door: Door) -> None:
    """B-69"""
    name = "𠮷e\u0301😀\u202e\u200b"
    door.push(order(**{"data.sender.name": name}))
    (row,) = door.rows(orders)
    assert row.content["sender"]["name"] == name
