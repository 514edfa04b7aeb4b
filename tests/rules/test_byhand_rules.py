"""ROLE-3 in tables: what can be asked of the ledger, typed how; which months settle and close (D13, B-104, B-105)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from basics.days import SHANGHAI
from basics.refusal import Refusal
from penalties import byhand
from penalties.byhand import Account, Asked, fen, refuse_asked, refuse_payout, settle_until, signed_fen
from tests.rules.byhand_scene import NOW, code
from tests.rules.courses import BOOK, t

AMOUNTS = [
    ("0.01", 1), ("120", 12_000), ("120.5", 12_050), ("120.50", 12_050), ("120.500", 12_050), ("1000000", 100_000_000),
    ("1000000.01", "amount_too_large"), ("9999999", "amount_too_large"),
    ("0", "amount_invalid"), ("0.00", "amount_invalid"), ("-0", "amount_invalid"), ("−0", "amount_invalid"),
    ("-5", "amount_invalid"), ("+5", "amount_invalid"), ("0.001", "amount_invalid"), ("1.005", "amount_invalid"),
    ("1e9", "amount_invalid"), ("1E2", "amount_invalid"), ("10000000", "amount_invalid"), ("1,000", "amount_invalid"),
    ("五百", "amount_invalid"), ("５００", "amount_invalid"), ("1_0", "amount_invalid"), ("²", "amount_invalid"),
    ("NaN", "amount_invalid"), ("Infinity", "amount_invalid"), ("", "amount_invalid"), (" 5", "amount_invalid"),
    ("5\n", "amount_invalid"), ("0x10", "amount_invalid"), ("5.", "amount_invalid"), (".5", "amount_invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "expected"), AMOUNTS)
def test_d13_an_amount_is_read_by_its_pattern_first(typed: str, expected: int | str) -> None:
    found = fen(typed)
    assert (found.code if isinstance(found, Refusal) else found) == expected


@pytest.mark.parametrize(
    ("kind", "direction", "expected"),
    [
        ("adjustment", "charge", 5), ("adjustment", "credit", -5), ("change", "charge", 5), ("change", "credit", -5),
        ("goodwill", "charge", -5), ("goodwill", "", -5), ("payout", "credit", 5), ("payout", "", 5),
    ],
)  # fmt: skip
def test_who_owes_more_afterwards(kind: str, direction: str, expected: int) -> None:
    """Goodwill is a credit and a pay-out uses one up, whatever the form says."""
    assert signed_fen(kind, direction, 5) == expected


HOUSE = Account("A", 1, -60_000, {"2026-04"}, ("2026-04", t("1 00:00"), {"A", "fines"}))
PLAIN = Asked("adjustment", "k", "对账差错", "A", -100)
CASES: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({}, {}, None),
    ({"amount_fen": 100_000_000}, {}, None),
    ({"amount_fen": 100_000_001}, {}, "amount_too_large"),
    ({"amount_fen": -100_000_001}, {}, "amount_too_large"),
    ({"amount_fen": 0}, {}, "amount_invalid"),
    ({"kind": "settlement"}, {}, "kind_unknown"),
    ({"kind": "gift"}, {}, "kind_unknown"),
    ({}, {"house": None}, "station_unknown"),
    ({"station": "A1"}, {"level": 2}, None),
    ({"kind": "payout", "amount_fen": 60_000}, {}, None),
    ({"kind": "payout", "amount_fen": 60_001}, {}, "credit_too_small"),
    ({"kind": "payout", "amount_fen": -60_000}, {}, "amount_invalid"),
    ({"kind": "payout", "amount_fen": 1}, {"balance_fen": -50_000}, "not_payable"),
    ({"kind": "payout", "amount_fen": 1}, {"balance_fen": -50_001}, None),
    ({"kind": "payout", "amount_fen": 1}, {"balance_fen": 60_000}, "not_payable"),
    ({"kind": "payout", "amount_fen": 1, "station": "A1"}, {"level": 2}, "not_a_house"),
    ({"kind": "payout", "amount_fen": 1, "month": "2026-05"}, {}, "month_invalid"),
    ({"kind": "goodwill"}, {}, None),
    ({"kind": "goodwill", "amount_fen": 100}, {}, "amount_invalid"),
    ({"reason": ""}, {}, "reason_required"),
    ({"reason": " \u200b\n "}, {}, "reason_required"),
    ({"reason": "长" * 500}, {}, None),
    ({"reason": "长" * 501}, {}, "text_too_long"),
    ({"reason": "a\x00b"}, {}, "text_invalid"),
    ({"month": "2026-05"}, {}, None),
    ({"month": "2026-04"}, {}, "month_closed"),
    ({"month": "2026-06"}, {}, "month_ahead"),
    ({"month": "2026-13"}, {}, "month_invalid"),
    ({"month": "26-05"}, {}, "month_invalid"),
    ({"kind": "change", "month": "2026-04", "about": "x"}, {}, None),
    ({"kind": "change", "about": "x"}, {}, "month_invalid"),
    ({"kind": "change", "month": "2026-05", "about": "x"}, {}, "month_not_closed"),
    ({"kind": "change", "month": "2026-04", "about": "x"}, {"posting": None}, "posting_unknown"),
    (
        {"kind": "change", "month": "2026-04", "about": "x"},
        {"posting": ("2026-03", t("1 00:00"), {"A"})},
        "posting_elsewhere",
    ),
    (
        {"kind": "change", "month": "2026-04", "about": "x"},
        {"posting": ("2026-04", t("1 00:00"), {"B"})},
        "posting_elsewhere",
    ),
]


@pytest.mark.parametrize(("changed", "account", "expected"), CASES)
def test_role_3_what_can_be_asked(changed: dict[str, Any], account: dict[str, Any], expected: str | None) -> None:
    assert code(refuse_asked(replace(PLAIN, **changed), replace(HOUSE, **account), BOOK, NOW)) == expected


def test_role_3_a_credit_at_the_editions_sum_is_not_above_it() -> None:
    above = BOOK.at(NOW).payout_above
    assert above == 50_000, "500 yuan"
    assert [code(refuse_payout("payout", 1, -credit, above)) for credit in (above, above + 1)] == ["not_payable", None]


def test_day_1_a_month_is_settled_until_the_end_of_the_5th() -> None:
    assert settle_until("2026-04", BOOK) == t("6 00:00")
    assert settle_until("2026-12", BOOK) == datetime(2027, 1, 6, tzinfo=SHANGHAI)


def test_b_105_a_month_that_runs_or_comes_is_not_settled() -> None:
    at = t("31 23:59:59")
    months = ("2026-04", "2026-05", "2026-06", "x", "1900-01", "2016-12")
    assert [code(byhand.refuse_month(month, BOOK, at)) for month in months] == [
        None, "month_open", "month_open", "month_invalid", "month_invalid", "month_invalid",
    ]  # fmt: skip
    june = datetime(2026, 6, 1, tzinfo=SHANGHAI)
    assert byhand.refuse_month("2026-05", BOOK, june) is None


@pytest.mark.parametrize(
    ("settled", "closed", "earlier_open", "expected"),
    [
        (0, False, False, "month_not_settled"),
        (1, False, False, None),
        (3, False, False, None),
        (1, True, False, "closed_already"),
        (1, False, True, "earlier_month_open"),
    ],
)
def test_ledger_1_what_closes_was_settled_and_closes_once(
    settled: int, closed: bool, earlier_open: bool, expected: str | None
) -> None:
    assert code(byhand.refuse_close(settled, closed, earlier_open)) == expected
