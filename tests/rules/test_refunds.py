"""REFUND-1: what of a house's fines of a month comes back, month by month, as pure arithmetic."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penalties.refunds import first_part, rest
from penalties.rewards import HouseMonth
from penalties.settlement import REFUND_1, REFUND_2, Fined, targets, terms
from rulebook.book import Book
from tests.rules.courses import BOOK, EDITION

MAY = terms(BOOK, "2026-05")


@pytest.mark.parametrize(
    ("fines", "percent", "first", "second"),
    [
        (10_000, 60, 6_000, 4_000),
        (50_000, 60, 30_000, 20_000),
        (1, 60, 0, 1),  # rounded down to the fen, the rest is the rest
        (2, 60, 1, 1),
        (33_333, 60, 19_999, 13_334),
        (0, 60, 0, 0),
        (10_001, 33, 3_300, 6_701),
        (10_000, 0, 0, 10_000),
        (10_000, 100, 10_000, 0),
    ],
)
def test_refund_1_sixty_percent_rounded_down_then_the_rest(fines: int, percent: int, first: int, second: int) -> None:
    assert (first_part(fines, percent), rest(fines, percent)) == (first, second)


@given(st.integers(0, 10**12), st.integers(0, 100))
def test_refund_1_both_parts_are_all_of_it(fines: int, percent: int) -> None:
    first = first_part(fines, percent)
    assert first + rest(fines, percent) == fines and 0 <= fines * percent - 100 * first < 100


CLEAN = HouseMonth("A", "东省", online=1)
DIRTY, IDLE = replace(CLEAN, dirty=True), replace(CLEAN, online=0)
CASES = [
    # May as it was, fines of April and March, did April end it: refund_1, refund_2 of May
    ("April's first part", CLEAN, Fined(10_000), 6_000, 0),
    ("March's rest after a clean April", CLEAN, Fined(0, 10_000), 0, 4_000),
    ("both: but April's violation ended March's", CLEAN, Fined(10_000, 50_000, ended=True), 6_000, 0),
    ("a dirty May earns neither", DIRTY, Fined(10_000, 0, ended=True), 0, 0),
    ("a dirty May earns no rest", DIRTY, Fined(0, 10_000), 0, 0),
    ("no online order pays nothing", IDLE, Fined(10_000), 0, 0),
    ("no online order pays no rest", IDLE, Fined(0, 10_000), 0, 0),
    ("nothing fined", CLEAN, Fined(), 0, 0),
]


@pytest.mark.parametrize(
    ("house", "fined", "refund_1", "refund_2"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_refund_1_of_a_month(house: HouseMonth, fined: Fined, refund_1: int, refund_2: int) -> None:
    found = targets([house], {"A": fined}, {"东省": 1}, MAY)
    assert (found["A", REFUND_1].amount_fen, found["A", REFUND_2].amount_fen) == (refund_1, refund_2)


def test_refund_1_the_months_fines_are_one_sum_not_each_rounded() -> None:
    found = targets([CLEAN], {"A": Fined(3 * 33)}, {"东省": 1}, MAY)
    assert found["A", REFUND_1].amount_fen == 59, "60 % of 99, not three times 60 % of 33 (57)"


def test_refund_1_both_parts_go_by_the_edition_of_the_fined_month() -> None:
    """The percent changes on 1 May: April's fines keep 60 in May and June, May's have 50."""
    later = replace(
        EDITION, name="2026-05-01", effective=date(2026, 5, 1), refund_first_month_percent=50, reward_amount=1,
        reward_places=7,
    )  # fmt: skip
    book = Book([EDITION, later])
    may, june = terms(book, "2026-05"), terms(book, "2026-06")
    assert (may.last_percent, may.last_edition, may.before_last_percent) == (60, "2017-01-01", 60)
    assert (june.before_last_percent, june.before_last_edition) == (60, "2017-01-01")
    assert (june.last_percent, june.last_edition) == (50, "2026-05-01")
    assert (may.reward, may.places, may.edition) == (1, 7, "2026-05-01"), "rewards: the settled month's own"
    first = targets([CLEAN], {"A": Fined(10_000)}, {"东省": 1}, may)["A", REFUND_1].amount_fen
    second = targets([CLEAN], {"A": Fined(0, 10_000)}, {"东省": 1}, june)["A", REFUND_2].amount_fen
    assert (first, second) == (6_000, 4_000)
