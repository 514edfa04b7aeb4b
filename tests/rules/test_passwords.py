"""RELIABILITY 11.2, B-129: what may be a password; how long sessions last; when guessing waits."""

from datetime import UTC, datetime, timedelta

import pytest

from people import passwords
from people.access import Role
from people.passwords import hash_password, needs_rehash, refuse_password, verify_password
from people.sittings import LONGEST, is_alive, is_throttled, network_of
from tests import quick

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
HASHER, NOBODYS_HASH = quick.REAL
M, H = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("12345678", "password_length"),
        ("elevenchars", "password_length"),
        ("x" * 129, "password_length"),
        ("aaaaaaaaaaaa", "password_too_common"),
        ("123456789012", "password_too_common"),
        ("qwertyuiopas", "password_too_common"),
        ("password1234", "password_too_common"),
        ("Lanshou-2026", "password_too_common"),
        ("lanshouadmin!!", "password_too_common"),
        ("渝中解放碑网点 001122", "password_too_common"),
        ("ChongQing-001", "password_too_common"),
        ("四个 字 的 诗 是 什么 啊", None),
        ("纸船 42 marmalade horse", None),
        ("m" * 3 + "qp9 zk2 " * 10, None),
        ("lanshou quiet river 7", None),
    ],
)
def test_password(password: str, code: str | None) -> None:
    refusal = refuse_password(password, own_words=("渝中解放碑网点", "chongqing-001"))
    assert (refusal.code if refusal else None) == code


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's numbers; other tests have cheap ones."""
    monkeypatch.setattr(passwords, "_HASHER", HASHER)
    monkeypatch.setattr(passwords, "NOBODYS_HASH", NOBODYS_HASH)


@pytest.mark.usefixtures("real")
def test_hash() -> None:
    """B-129: exactly what was typed."""
    stored = hash_password(" 纸船 42 marmalade ")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert verify_password(stored, " 纸船 42 marmalade ")
    assert not verify_password(stored, "纸船 42 marmalade")
    assert not verify_password("no hash", "x")
    assert not verify_password(None, "nobody has this password, and nobody ever will")


@pytest.mark.usefixtures("real")
def test_nobodys_hash_costs_what_others_cost() -> None:
    """B-127"""
    assert not needs_rehash(NOBODYS_HASH)
    assert needs_rehash(NOBODYS_HASH.replace("t=3", "t=2"))


@pytest.mark.parametrize(
    ("role", "idle", "age", "alive"),
    [
        (Role.STATION, 4 * H - timedelta(microseconds=1), 5 * H, True),
        (Role.STATION, 4 * H, 5 * H, False),
        (Role.HQ, 30 * M - timedelta(microseconds=1), H, True),
        (Role.HQ, 30 * M, H, False),
        (Role.PROVINCE, 30 * M, H, False),
        (Role.STATION, timedelta(0), LONGEST - timedelta(microseconds=1), True),
        (Role.STATION, timedelta(0), LONGEST, False),
        ("unheard of", 30 * M, H, False),
    ],
)
def test_session_ends(role: str, idle: timedelta, age: timedelta, alive: bool) -> None:
    assert is_alive(role, NOON - idle, NOON - age + LONGEST, NOON) is alive


@pytest.mark.parametrize(
    ("counts", "waits"),
    [
        ((9, 9, 999), False),
        ((10, 0, 10), True),
        ((0, 10, 10), True),
        ((0, 0, 1000), True),
        ((0, 0, 0), False),
    ],
)
def test_throttle(counts: tuple[int, int, int], waits: bool) -> None:
    """B-126"""
    assert is_throttled(*counts) is waits


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.0/24"), ("::ffff:10.1.2.3", "10.1.2.0/24"), ("", ""),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8::1", "2001:db8::/64"), ("2001:db8::2", "2001:db8::/64"), ("2001:db8:0:0:9::", "2001:db8::/64"),
    ],
)  # fmt: skip
def test_network(address: str, network: str) -> None:
    assert network_of(address) == network
