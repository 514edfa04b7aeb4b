"""Numbers, codes, waiting and permissions of keys, without a database (RELIABILITY 11.2, B-126, B-128, B-129)."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from people.access import Action, Actor, may
from people.keys.rules import NEVER, grantable, is_living, refuse_key
from people.one_time import address_for_app, code_hash, matching_step
from people.passwords import (
    MIN_LENGTH,
    hash_password,
    is_once,
    is_stale,
    needs_rehash,
    new_password,
    once,
    refuse_password,
    verify_password,
)
from people.sittings import is_stepped_up, wait_after_wrong
from web.words_people import ACTIONS

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)  # the beginning of a step
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = int(NOON.timestamp()) // 30
S, M, H, D = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def number(at: datetime = NOON) -> str:
    return pyotp.TOTP(SEED).at(at)


@pytest.mark.parametrize(
    ("later", "fits"),
    [(-31 * S, False), (-30 * S, True), (0 * S, True), (59 * S, True), (60 * S, False), (90 * S, False)],
)
def test_one_step_around(later: timedelta, fits: bool) -> None:
    """B-128: a number of noon counts from a step before until the step after has ended; 90 s old it is worth none."""
    assert (matching_step(SEED, number(), NOON + later, 0) == STEP) is fits


def test_each_step_once() -> None:
    """B-128: neither the same again, nor an older one after a newer one."""
    assert matching_step(SEED, number(), NOON, STEP - 1) == STEP
    assert matching_step(SEED, number(), NOON, STEP) is None
    assert matching_step(SEED, number(NOON - 30 * S), NOON, STEP) is None
    assert matching_step(SEED, number(NOON + 30 * S), NOON, STEP) == STEP + 1


def test_typed_as_people_do() -> None:
    digits = number()
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
    for typed in (f" {digits[:3]} {digits[3:]} ", f"{digits[:3]}-{digits[3:]}", full_width):
        assert matching_step(SEED, typed, NOON, 0) == STEP
    for typed in ("", digits[:5], digits + "0", "x" * 6, "٣" * 6):
        assert matching_step(SEED, typed, NOON, 0) is None
    assert code_hash("ABCD-efgh-2345-6723") == code_hash("abcdefgh 23456723")


def test_address_for_app() -> None:
    """Read by any app: RFC 6238 with its usual numbers, the login beside the product's name."""
    parsed = pyotp.parse_uri(address_for_app(SEED, "王芳@hq"))
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.name, parsed.digits, parsed.interval) == (SEED, "王芳@hq", 6, 30)


@pytest.mark.parametrize(
    ("wrong", "wait"),
    [
        ([4 * M] * 4, None),
        ([4 * M] * 5, M),
        ([4 * M, M, M, M, M], M),  # until the first of five is older than the window
        ([5 * M, M, M, M, M], None),
        ([50 * M] * 19, None),
        ([50 * M] * 20, 10 * M),
        ([23 * H] * 49, None),
        ([23 * H] * 50, H),
        ([24 * H] + [23 * H] * 49, None),
        ([23 * H] * 45 + [4 * M] * 5, H),
    ],
)
def test_wrong_answers_wait(wrong: list[timedelta], wait: timedelta | None) -> None:
    """5 in 5 min, 20 in an hour, 50 in a day; to the exact edge."""
    assert wait_after_wrong(sorted(NOON - ago for ago in wrong), NOON) == wait


def test_step_up_lasts_ten_minutes() -> None:
    assert is_stepped_up(NOON, NOON) and is_stepped_up(NOON, NOON + 10 * M - timedelta(microseconds=1))
    assert not is_stepped_up(NOON, NOON + 10 * M) and not is_stepped_up(None, NOON)
    assert not is_stepped_up(NOON + S, NOON), "of a clock that was set back"


def test_password_given_out() -> None:
    word = new_password()
    assert len(word) >= MIN_LENGTH and refuse_password(word) is None and new_password() != word
    stored = once(hash_password(word), NOON)
    assert is_once(stored) and verify_password(stored, word) and not needs_rehash(stored) and len(stored) <= 256
    assert not is_stale(stored, NOON + 3 * D - S) and is_stale(stored, NOON + 3 * D)
    assert not is_once(hash_password(word)) and not is_stale(hash_password(word), NOON + 99 * D)


@pytest.mark.parametrize(
    ("password", "common"),
    [
        ("sonyericsson", True),
        ("1qaz2wsx3edc", True),
        ("SonyEricsson!!2026", True),
        ("dragonmonkey99", True),
        ("football-baseball", True),
        ("123456123456", True),
        ("dragon monkey football", False),  # three are 27 thousand million
        ("marmalade horse", False),
        ("纸船 42 marmalade horse", False),
    ],
)
def test_commonest_passwords(password: str, common: bool) -> None:
    """B-129: the 3,000 commonest, alone, two in a row, or with digits and signs around."""
    refusal = refuse_password(password)
    assert (refusal is not None and refusal.code == "password_too_common") is common


def test_a_key_may_no_more_than_its_user_and_its_actions() -> None:
    owner = Actor(1, "王芳", "station", "S1", None)
    key = Actor(1, "王芳", "station", "S1", None, only=frozenset({Action.SCAN, Action.REVIEW}))
    assert may(owner, Action.ACCEPT) and not may(key, Action.ACCEPT)
    assert may(key, Action.SCAN)
    assert not may(key, Action.REVIEW), "of another role"


def test_every_permission_has_words() -> None:
    assert set(Action) - NEVER == set(ACTIONS)


def test_keys_that_may_be_made() -> None:
    station, admin = Actor(1, "王芳", "station", "S1", None), Actor(2, "管理员", "admin", None, None)
    assert refuse_key(station, "扫描枪", [Action.SCAN], 730) is None
    codes = [
        (refuse_key(station, "", [Action.SCAN], 1), "name_invalid"),
        (refuse_key(station, "x", [], 1), "actions_missing"),
        (refuse_key(station, "x", [Action.REVIEW], 1), "action_not_grantable"),
        (refuse_key(station, "x", ["no_such_action"], 1), "action_not_grantable"),
        (refuse_key(admin, "x", [Action.MANAGE_USERS], 1), "action_not_grantable"),
        (refuse_key(station, "x", [Action.SCAN], 0), "expiry_invalid"),
        (refuse_key(station, "x", [Action.SCAN], 731), "expiry_invalid"),
    ]
    assert [refusal.code if refusal else "" for refusal, _ in codes] == [code for _, code in codes]
    assert not NEVER & set(grantable(admin)) and Action.SEE_RULEBOOK in grantable(admin)
    assert is_living(NOON, None, NOON - S) and not is_living(NOON, None, NOON) and not is_living(None, NOON, NOON)
