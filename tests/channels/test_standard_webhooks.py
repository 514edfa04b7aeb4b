"""Who may push: CHANNELS section 6, rows B-02, B-04, B-22..B-24, B-28."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from basics.refusal import Refusal
from channels.standard_webhooks import read_secret, sign, verify
from tests.channels import vectors as v
from tests.work import counted

KEY = read_secret(v.SECRET)
OTHER = read_secret(v.PUBLISHED_SECRET)


def headers(**changed: str | None) -> dict[str, str]:
    """The own vector's headers; an underscore stands for a dash, None takes a header away."""
    found = {
        "webhook-id": v.CREATED_ID,
        "webhook-timestamp": str(int(v.CREATED_AT.timestamp())),
        "webhook-signature": v.CREATED_SIGNATURE,
    }
    for name, value in changed.items():
        found.pop(name.replace("_", "-"), None)
        if value is not None:
            found[name.replace("_", "-")] = value
    return found


def code(found: str | Refusal) -> str:
    return found.code if isinstance(found, Refusal) else "taken"


def test_the_published_vector() -> None:
    signed = sign(read_secret(v.PUBLISHED_SECRET), v.PUBLISHED_ID, v.PUBLISHED_AT, v.PUBLISHED_BODY)
    assert signed["webhook-signature"] == v.PUBLISHED_SIGNATURE
    assert verify([OTHER], signed, v.PUBLISHED_BODY, v.PUBLISHED_AT) == v.PUBLISHED_ID


def test_the_own_vector() -> None:
    assert verify([KEY], headers(), v.CREATED, v.CREATED_AT) == v.CREATED_ID
    assert sign(KEY, v.CREATED_ID, v.CREATED_AT, v.CREATED) == headers()


@given(st.binary(min_size=24, max_size=64), st.text(max_size=200))
def test_the_reference_library_agrees(key: bytes, body: str) -> None:
    ours = sign(key, "msg_1", v.CREATED_AT, body.encode())
    assert Webhook(key).sign("msg_1", v.CREATED_AT, body) == ours["webhook-signature"]


WINDOW = [(0, "taken"), (300, "taken"), (-300, "taken"), (301, "timestamp_out_of_window")]
WINDOW += [(-301, "timestamp_out_of_window"), (86_400, "timestamp_out_of_window")]


@pytest.mark.parametrize(("seconds", "expected"), WINDOW)
def test_b_22_the_window_is_300_seconds_inclusive(seconds: int, expected: str) -> None:
    now = v.CREATED_AT + timedelta(seconds=seconds)
    assert code(verify([KEY], headers(), v.CREATED, now)) == expected


def test_b_22_a_second_is_cut_not_rounded() -> None:
    now = v.CREATED_AT + timedelta(seconds=300, microseconds=999_999)
    assert code(verify([KEY], headers(), v.CREATED, now)) == "taken"


TIMESTAMPS = ["1795320000000", "nan", "1e300", "-1795320000", "1795320000.0", "", " 1795320000",
              "１７９５３２００００",
              "1_795_320_000", "+1795320000", "1795320000\n", "0x6b02", "9" * 5000, None]  # fmt: skip


@pytest.mark.parametrize("timestamp", TIMESTAMPS)
def test_b_23_timestamps_that_are_none(timestamp: str | None) -> None:
    given_headers = headers(webhook_timestamp=timestamp)
    assert code(verify([KEY], given_headers, v.CREATED, v.CREATED_AT)) == "timestamp_invalid"


@pytest.mark.parametrize("name", ["webhook_signature", "webhook_id"])
@pytest.mark.parametrize("value", [None, ""])
def test_b_02_no_signature(name: str, value: str | None) -> None:
    found = verify([KEY], headers(**{name: value}), v.CREATED, v.CREATED_AT)
    assert code(found) == "signature_missing"


GOOD = v.CREATED_SIGNATURE
SIGNATURES = {
    "garbage": "garbage",
    "no comma": GOOD.replace(",", ""),
    "two commas": GOOD.replace(",", ",,"),
    "odd base64": GOOD[:-1],
    "no base64": "v1,***",
    "not ASCII": "v1,签名",
    "lone surrogate": "v1,\udcff",
    "other version": GOOD.replace("v1", "v1a"),
    "altered": GOOD.replace("w", "x", 1),
    "ten thousand": " ".join(["v1,AAAA"] * 10_000),
    "the ninth": " ".join(["v1,AAAA"] * 8 + [GOOD]),
    "a tab between": f"v1,AAAA\t{GOOD}",
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES)
def test_b_24_signatures_that_are_none(signature: str) -> None:
    """Of ten thousand no more is done than of nine."""
    with counted() as work:
        found = verify([KEY], headers(webhook_signature=signature), v.CREATED, v.CREATED_AT)
    assert code(found) == "signature_invalid"
    assert work.calls <= 60


def test_any_of_eight_signatures_is_enough() -> None:
    many = " ".join(["v1a,AAAA", "v1,AAAA", *["junk"] * 5, GOOD])
    assert code(verify([KEY], headers(webhook_signature=many), v.CREATED, v.CREATED_AT)) == "taken"


def test_b_28_two_secrets_are_valid_at_a_time() -> None:
    assert code(verify([OTHER, KEY], headers(), v.CREATED, v.CREATED_AT)) == "taken"


def test_b_28_in_a_rotation_both_secrets_sign_the_newest_first() -> None:
    """The reference library verifies with either, so a receiver that has not changed yet hears us."""
    now = datetime.now(UTC)  # the library looks at the wall clock
    signed = sign(OTHER, "msg_1", now, b'{"a":1}', [KEY])
    newest, older = (sign(one, "msg_1", now, b'{"a":1}')["webhook-signature"] for one in (OTHER, KEY))
    assert signed["webhook-signature"] == f"{newest} {older}"
    for key in (KEY, OTHER):
        assert Webhook(key).verify(b'{"a":1}', signed) == {"a": 1}


def test_no_more_signatures_than_a_receiver_tries() -> None:
    many = sign(KEY, "msg_1", v.CREATED_AT, b"{}", [OTHER] * 20)["webhook-signature"].split(" ")
    assert len(many) == 8 and many[0] == sign(KEY, "msg_1", v.CREATED_AT, b"{}")["webhook-signature"]


def test_b_04_another_key_or_none() -> None:
    assert code(verify([OTHER], headers(), v.CREATED, v.CREATED_AT)) == "signature_invalid"
    assert code(verify([], headers(), v.CREATED, v.CREATED_AT)) == "signature_invalid"


@given(st.integers(0, len(v.CREATED) - 1), st.integers(1, 255))
def test_one_altered_byte_is_seen(place: int, change: int) -> None:
    body = bytearray(v.CREATED)
    body[place] ^= change
    assert code(verify([KEY], headers(), bytes(body), v.CREATED_AT)) == "signature_invalid"


def test_id_and_timestamp_are_signed_too() -> None:
    for changed in (headers(webhook_id="msg_2"), headers(webhook_timestamp="1795320001")):
        assert code(verify([KEY], changed, v.CREATED, v.CREATED_AT)) == "signature_invalid"


@pytest.mark.parametrize("message_id", ["a.b", "a b", "é", "x" * 129, "a\n"])
def test_a_message_id_that_could_not_be_told_apart(message_id: str) -> None:
    signed = sign(KEY, message_id, v.CREATED_AT, b"{}")
    assert code(verify([KEY], signed, b"{}", v.CREATED_AT)) == "signature_invalid"


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "short", "whsec_c2hvcnQ=", "whsec_" + "QUFB" * 30, "whsec_é", v.SECRET + "!"]
)
def test_b_55_secrets_that_are_none(secret: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_secret(secret)


def test_a_secret_may_come_without_its_prefix() -> None:
    assert read_secret(v.SECRET.removeprefix("whsec_")) == KEY == bytes(range(32))


def test_the_clock_is_an_argument() -> None:
    assert code(verify([KEY], headers(), v.CREATED, datetime(2026, 1, 1, tzinfo=UTC))) == "timestamp_out_of_window"
