"""Money, the text gate (D12), numbers from text (D13), settings."""

from decimal import Decimal
from pathlib import Path

import pytest

from basics import text
from basics.money import round_half_up, yuan
from basics.settings import Settings, SettingsError, from_environ
from basics.text import TextError, clean, positive_decimal, visible


@pytest.mark.parametrize(
    ("fen", "shown"),
    [(0, "0.00 元"), (5, "0.05 元"), (100_000, "1,000.00 元"), (-50_000, "-500.00 元"), (-1, "-0.01 元")],
)
def test_yuan(fen: int, shown: str) -> None:
    assert yuan(fen) == shown


@pytest.mark.parametrize(
    ("a", "b", "whole"),
    [
        (200 * 130, 5000, 5),
        (200 * 63, 5000, 3),
        (1, 2, 1),
        (3, 2, 2),
        (-1, 2, 0),
        (-3, 2, -1),
        (1, 3, 0),
        (0, 7, 0),
    ],
)
def test_reward_1_round_half_up(a: int, b: int, whole: int) -> None:
    assert round_half_up(a, b) == whole


def test_round_half_up_needs_a_positive_divisor() -> None:
    with pytest.raises(ValueError, match="positive"):
        round_half_up(1, 0)


KEPT = [
    "",
    "王小二",
    "𠮷",
    "👨‍👩‍👧",
    "e\u0301",
    "\u00e9",
    "two\nlines\tand tab",
    "a\u202eb",
    "zero\u200bwidth",
    "x" * 20,
]
REFUSED = ["\x00", "a\x00b", "\ud800", "ok\udfff", "\x1b[31m", "\r\n", "\x0b", "\x1f"]


@pytest.mark.parametrize("text", KEPT)
def test_d12_text_is_kept_exactly(text: str) -> None:
    assert clean(text, 20) == text


@pytest.mark.parametrize("text", [*REFUSED, None, 5, ["a"], b"a"])
def test_d12_text_refused(text: object) -> None:
    with pytest.raises(TextError) as caught:
        clean(text, 20)
    assert caught.value.code == "text_invalid"


def test_d12_length_is_limited() -> None:
    with pytest.raises(TextError) as caught:
        clean("x" * 21, 20)
    assert caught.value.code == "text_too_long"


SEEN = [
    ("a\u202eb", "a[U+202E]b"),
    ("\ufeff", "[U+FEFF]"),
    ("\U000e0041", "[U+E0041]"),
    ("欧 é\n", "欧 é\n"),
    (None, ""),
]


@pytest.mark.parametrize(("text", "shown"), SEEN)
def test_b_15_what_steers_the_drawing_is_shown_marked(text: str | None, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(("raw", "number"), [("1", "1"), ("0.5", "0.5"), ("9999999.999", "9999999.999"), ("007", "7")])
def test_d13_positive_decimal(raw: str, number: str) -> None:
    assert positive_decimal(raw) == Decimal(number)


NONSENSE = [
    "", "0", "0.000", "-1", "+1", "1.", ".5", "1.2345", "12345678", "1e3", "1e1000000", "1_0", "１２３",
    "²", "٣", "NaN", "Infinity", " 1", "1\n", "1,5", None, 5, 1.5, True, ["1"],
]  # fmt: skip


@pytest.mark.parametrize("raw", NONSENSE)
def test_d13_nonsense_numbers(raw: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but a short row of digits reaches Decimal, which nine characters can keep busy for half a minute."""
    reached: list[str] = []

    def watched(digits: str) -> Decimal:
        reached.append(digits)
        return Decimal(digits)

    monkeypatch.setattr(text, "Decimal", watched)
    with pytest.raises(TextError) as caught:
        positive_decimal(raw)
    assert caught.value.code == "number_invalid"
    assert reached == ([raw] if raw in ("0", "0.000") else [])


def test_settings_default_to_one_process_and_sqlite() -> None:
    assert from_environ({}) == Settings(
        "sqlite:///data/lanshou.db", None, Path("data"), Path("data/secret.key"), private_targets=False
    )
    moved = from_environ({"LANSHOU_DATA": "/srv/l", "REDIS_URL": "", "LANSHOU_SECRET_FILE": "/run/key"})
    assert moved.database_url == "sqlite:////srv/l/lanshou.db"
    assert (moved.redis_url, moved.secret_file) == (None, Path("/run/key"))


def test_settings_for_production() -> None:
    settings = from_environ(
        {"DATABASE_URL": "postgres://u@h/d", "REDIS_URL": "redis://h/0", "LANSHOU_PRIVATE_TARGETS": "1"}
    )
    assert settings.database_url == "postgresql://u@h/d"
    assert settings.redis_url == "redis://h/0"
    assert settings.private_targets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u:secret@h/d"),
        ("REDIS_URL", "http://secret"),
        ("LANSHOU_PRIVATE_TARGETS", "secret"),
    ],
)
def test_settings_refuse_by_name_and_keep_the_value_to_themselves(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        from_environ({name: value})
    assert "secret" not in str(caught.value)
