"""Pushes that did not reach the inbox are in the error log, within bounds and without a secret (issue 3 point 4)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from channels.actions import set_channel
from channels.errors_seen.actions import TurnedAway, keep_turned_away
from channels.errors_seen.kept import LONGEST, kept, number_in
from storage.session import writing
from storage.tables.channels import inbox, push_errors
from tests.web.door import KEYS, MASTER, NOON, Door, headers, order, whsec
from web import turned_away

WRONG = b"w" * 32


@pytest.fixture(autouse=True)
def _fresh_minute() -> Iterator[None]:
    turned_away._counts.clear()
    yield
    turned_away._counts.clear()


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine)


def test_a_wrong_signature(door: Door) -> None:
    """B-04: time, source, code, number as far as it can be seen, request and our answer."""
    body = order()
    told = door.knock(body, headers(body, "msg_1", NOON, WRONG), environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
    assert told.status_code == 401
    (row,) = door.rows(push_errors)
    assert (row.channel, row.at, row.source, row.code, row.status) == (
        "crm", NOON, "203.0.113.7", "signature_invalid", 401
    )  # fmt: skip
    assert row.logistics_no == "IS202611220000017" and row.request_id == told.headers["X-Request-Id"]
    assert row.answer == told.text and body in row.request and b"webhook-id: msg_1" in row.request
    assert not door.rows(inbox)


def refusals(door: Door) -> list[tuple[str, int]]:
    body = order()
    signed = headers(body, "msg_1", NOON)
    door.knock(body, signed, content_type="text/plain")
    door.knock(body, signed | {"Content-Encoding": "gzip"})
    door.knock(b"x" * (256 * 1024 + 1), signed)
    door.knock(b"", signed)
    door.knock(body, {})
    door.app.test_client().delete("/push/crm")
    return [(row.code, row.status) for row in door.rows(push_errors)]


def test_whatever_turns_it_away(door: Door) -> None:
    """B-02, B-06, B-07, B-08, B-11, B-12"""
    assert refusals(door) == [
        ("media_type_unsupported", 415), ("encoding_unsupported", 415), ("body_too_large", 413), ("body_empty", 400),
        ("signature_missing", 401), ("method_not_allowed", 405),
    ]  # fmt: skip


def test_a_channel_turned_off_and_one_from_elsewhere(door: Door) -> None:
    """B-01, B-29"""
    body = order()
    with writing(door.engine) as conn:
        assert set_channel(conn, MASTER, "crm", {"sources": "198.51.100.0/24"}, NOON) is None
        assert set_channel(conn, MASTER, "website", {"enabled": "off"}, NOON) is None
    door.clock.forward(seconds=3)
    assert door.push(body).status_code == 403
    assert door.push(body, channel="website").status_code == 401
    assert door.knock(body, {}, "nobody").status_code == 401
    found = [(row.channel, row.code) for row in door.rows(push_errors)]
    assert found == [("crm", "source_not_allowed"), ("website", "credential_unknown")]


def test_what_reached_the_inbox_is_there_and_not_here(door: Door) -> None:
    door.push(order(**{"data.cargo.pieces": "1"}))
    assert [row.refused for row in door.rows(inbox)] == ["number_invalid"] and not door.rows(push_errors)


def test_ten_a_minute_of_one_source(door: Door) -> None:
    """B-30: a flood of knocks is no flood of writes; another source is still heard, up to sixty of a channel."""
    body = order()
    for _ in range(12):
        door.knock(body, {})
    assert len(door.rows(push_errors)) == 10
    door.knock(body, {}, environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
    assert len(door.rows(push_errors)) == 11
    for last in range(60):
        door.knock(body, {}, environ_overrides={"REMOTE_ADDR": f"203.0.113.{100 + last}"})
    assert len(door.rows(push_errors)) == 60
    door.clock.forward(minutes=1)
    door.knock(body, {})
    assert len(door.rows(push_errors)) == 61


def test_a_log_that_cannot_be_written_changes_no_answer(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(turned_away, "keep_turned_away", broken)
    told = door.knock(order(), {})
    assert (told.status_code, told.json and told.json["code"]) == (401, "signature_missing")


def test_no_secret_of_ours_is_kept(door: Door) -> None:
    """An integrator who sends the secret along, in whatever form, does not find it in our table."""
    key, secret = KEYS["crm"], whsec(KEYS["crm"])
    body = json.dumps(
        {"secret": secret, "hex": key.hex(), "data": {"logistics_order_no": "IS202611220000017"}}
    ).encode()
    door.knock(body, {"Authorization": "Bearer abcdefgh", "Cookie": "lanshou=abcdefgh"})
    door.knock(body, {}, content_type="text/plain")  # turned away before the channel was looked at
    for row in door.rows(push_errors):
        for form in (secret, secret.removeprefix("whsec_"), key.hex(), "Bearer", "abcdefgh"):
            assert form.encode() not in row.request, form
        assert b"authorization" in row.request or row.code == "media_type_unsupported"
        assert b"IS202611220000017" in row.request


SIGNATURES = [
    "signature=4f0c2b71aa&timestamp=1",
    "msg_signature=4f0c2b71aa&nonce=1",
    "sign=4f0c2b71aa%2B%3D%3D&sign_type=RSA2",
    "data_digest=4f0c2b71aa%3D%3D",
    '{"sign":"4f0c2b71aa==","x":1}',
    '{"a":"{\\"sign\\": \\"4f0c2b71aa\\"}"}',
    "<xml><Sign>4f0c2b71aa</Sign></xml>",
    "webhook-signature: v1,4f0c2b71aa= v1,4f0c2b71bb=",
    "param=%7B%22sign%22%3A%224f0c2b71aa%22%2C%22order%22%3A%22IS202611220000017%22%7D",
]


@pytest.mark.parametrize("written", SIGNATURES)
def test_b_46_no_signature_is_kept(written: str) -> None:
    """WeChat's plain one is good for any body; the rest of the request stays readable."""
    for line, body in ((f"POST /push/wechat?{written} HTTP/1.1", ""), ("POST /push/wechat", f"{written}&end=IS1")):
        request = kept(line, {}, body.encode(), []).decode()
        assert "4f0c2b71" not in request and "****" in request, request
        if body:
            assert request.endswith("&end=IS1")
    if "order" in written:
        assert "IS202611220000017" in request
    assert b"sign_type=RSA2" in kept("POST /", {}, b"sign_type=RSA2", [])


def test_a_week_or_a_thousand_rows_are_kept(engine: Engine) -> None:
    row = {
        "channel": "crm", "source": "", "code": "x", "status": 401, "request_id": "", "request": b"", "answer": "",
    }  # fmt: skip
    old = [row | {"at": NOON - timedelta(days=7, seconds=n + 1)} for n in range(5)]
    recent = [row | {"at": NOON - timedelta(minutes=n + 1), "request_id": str(n)} for n in range(1_200)]
    other = [row | {"channel": "website", "at": NOON - timedelta(days=6)}]
    with writing(engine) as conn:
        conn.execute(insert(push_errors), old + recent + other)
        fresh = TurnedAway("crm", NOON, "", "new", None, 401, "id", None, b"", "")
        keep_turned_away(conn, [fresh], NOON)
    kept_rows = Door(engine).rows(push_errors)
    mine = [one for one in kept_rows if one.channel == "crm"]
    assert len(mine) == 1_000 and len(kept_rows) == 1_001
    assert {one.request_id for one in mine} == {"id", *(str(n) for n in range(999))}


def test_whatever_comes_fits_the_table(engine: Engine) -> None:
    """D12: PostgreSQL takes no NUL in a text and no longer one than its column."""
    with writing(engine) as conn:
        row = TurnedAway(
            "crm", NOON, "s" * 99, "c" * 99, "f\x00" * 300, 401, "id", "n" * 99, b"\x00\xff", "a\x00" * 9_000
        )
        keep_turned_away(conn, [row], NOON)


def test_a_request_is_cut() -> None:
    request = kept("POST /push/crm", {}, b"x" * 100_000, [])
    assert len(request) == LONGEST


@pytest.mark.parametrize("place", range(LONGEST - 80, LONGEST + 20, 7))
def test_a_secret_at_the_cut_is_not_cut_in_two(place: int) -> None:
    request = kept(
        "POST /push/crm", {}, b"x" * place + b"0123456789abcdef0123" + b"y" * 9_000, [b"0123456789abcdef0123"]
    )
    assert b"01234567" not in request


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b'{"data":{"logistics_order_no":"IS202611220000017"}}', "IS202611220000017"),
        (b"logistics_interface=%3CtxLogisticID%3EIS00123456%3C%2F", "IS00123456"),
        (b'{"note":"ISSUE-ISO"}', None),
        (b'{"app_id":"IS2026112200000"}', None),
        (b"\xff\xfe", None),
    ],
)
def test_a_number_in_a_body_that_nobody_read(body: bytes, number: str | None) -> None:
    assert number_in(body, ("IS",)) == number
