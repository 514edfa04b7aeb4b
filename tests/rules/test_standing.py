"""REWARD-2 and REFUND-1 while the month runs: rank, orders to the next place, and what one violation now costs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from basics.days import month_bounds
from basics.refusal import Refusal
from penalties.rewards import HouseMonth, ranking
from penalties.settlement import REFUND_1, REFUND_2, REWARD, DryRun, Fined, terms
from penalties.settling.queries import dry_run
from penalties.standing import Stake, Standing, ahead, at_stake, to_place
from penalties.standings.actions import refresh
from penalties.standings.queries import counted, standing_of, to_count
from rulebook.book import Book
from storage.session import writing
from tests.rules.courses import BOOK, EDITION
from tests.rules.months import Months, at

THREE = Book([replace(EDITION, reward_places=3)])  # two in the east, one in the west
MAY = terms(BOOK, "2026-05")


def house(code: str, orders: int, dirty: bool = False) -> HouseMonth:
    return HouseMonth(code, "东省", orders, 1, dirty=dirty)


RACE = [house("A", 9), house("B", 7), house("C", 7), house("D", 2), house("E", 0), house("F", 99, dirty=True)]
PLACES = [
    # (places, house, orders to a place, orders ahead of the first one without)
    (2, "A", None, 3),  # C needs three more: the code decides for A
    (2, "B", None, 1),
    (2, "C", 1, None),
    (2, "D", 6, None),
    (2, "E", 8, None),
    (2, "F", None, None),  # dirty: no order helps
    (1, "B", 3, None),
    (4, "D", None, None),  # nobody is left without a place
    (4, "E", 3, None),
    (5, "E", 1, None),  # fewer candidates than places: one order is enough
    (0, "A", None, None),
]


@pytest.mark.parametrize(("places", "code", "missing", "lead"), PLACES)
def test_reward_2_orders_to_the_next_place_and_ahead(
    places: int, code: str, missing: int | None, lead: int | None
) -> None:
    order = ranking(RACE)["东省"]
    own = next(one for one in RACE if one.station == code)
    rank = {one.station: n for n, one in enumerate(order, 1)}.get(code)
    assert (to_place(own, order, rank, places), ahead(own, order, rank, places)) == (missing, lead)


STAKES = [
    # (dirty, online, fined, reward, over) -> (reward, refund_1, refund_2, rest)
    ("all of it", False, 1, Fined(10_000), 20_000, False, (20_000, 6_000, 0, 4_000)),
    ("March's rest too", False, 1, Fined(0, 10_000), 0, False, (0, 0, 4_000, 0)),
    ("March was ended by April", False, 1, Fined(10_000, 50_000, True), 0, False, (0, 6_000, 0, 4_000)),
    ("online orders may come yet", False, 0, Fined(10_000), 0, False, (0, 6_000, 0, 4_000)),
    ("none came: May's part has lapsed, June's has not", False, 0, Fined(10_000), 0, True, (0, 0, 0, 4_000)),
    ("none came: March's rest has lapsed", False, 0, Fined(0, 10_000), 0, True, (0, 0, 0, 0)),
    ("dirty already", True, 1, Fined(10_000, 0, True), 0, False, (0, 0, 0, 0)),
    ("nothing to lose", False, 1, Fined(), 0, False, (0, 0, 0, 0)),
]


@pytest.mark.parametrize(
    ("dirty", "online", "fined", "reward", "over", "expected"), [case[1:] for case in STAKES],
    ids=[case[0] for case in STAKES],
)  # fmt: skip
def test_refund_1_what_a_violation_now_would_lose(
    dirty: bool, online: int, fined: Fined, reward: int, over: bool, expected: tuple[int, int, int, int]
) -> None:
    found = at_stake(HouseMonth("A", "东省", 1, online, dirty=dirty), fined, reward, MAY, over)
    assert found == Stake(*expected) and found.lost == sum(expected)


@pytest.fixture
def months(engine: Engine) -> Iterator[Months]:
    with writing(engine) as conn:
        yield Months(conn, THREE)


def quarter(months: Months) -> None:
    """East, two places: A first, then B (fined in March and April), C third; D dirty."""
    for code in "AAABBCDDDDW":
        months.order(code, "5-10")
    months.fine("A", "3-10", 33_333)
    months.fine("B", "3-10")
    months.fine("B", "4-10", 50_000)
    months.fine("D", "5-11")


def kept(months: Months, now: str, month: str = "2026-05") -> dict[str, Standing]:
    assert refresh(months.conn, month, counted(months.conn, month, months.book, at(now)), at(now))
    found = {code: standing_of(months.conn, month, code) for code in "ABCDW"}
    return {code: one[0] for code, one in found.items() if one is not None}


def test_reward_2_and_refund_1_a_running_month(months: Months) -> None:
    quarter(months)
    found = kept(months, "5-20")
    assert {code: (one.rank, one.candidates, one.places) for code, one in found.items()} == {
        "A": (1, 3, 2), "B": (2, 3, 2), "C": (3, 3, 2), "D": (None, 3, 2), "W": (1, 1, 1),
    }  # fmt: skip
    assert [(one.to_place, one.ahead) for one in found.values()] == [
        (None, 3), (None, 2), (2, None), (None, None), (None, None),
    ]  # fmt: skip
    assert found["A"].stake == Stake(20_000, 0, 13_334, 0)
    assert found["B"].stake == Stake(20_000, 30_000, 0, 20_000)
    assert found["B"].costs["V-FALSE-WAYBILL"] == 50_000 + 70_000 and found["B"].costs["V-ACCEPT"] == 80_000
    assert found["D"].stake.lost == 0 and found["D"].costs["V-ACCEPT"] == 10_000
    assert standing_of(months.conn, "2026-05", "A1") is None and standing_of(months.conn, "2026-04", "A") is None


def test_settle_1_on_the_last_day_the_standing_is_the_settlement(months: Months) -> None:
    quarter(months)
    end = month_bounds("2026-05")[1]
    assert kept(months, "5-31 23:59:59").keys() == set("ABCDW")
    found = kept(months, "6-01 00:00")
    run = dry_run(months.conn, "2026-05", months.book, end)
    assert isinstance(run, DryRun)
    paid = {
        (code, kind): fen
        for code, one in found.items()
        for kind, fen in ((REWARD, one.reward), (REFUND_1, one.refund_1), (REFUND_2, one.refund_2))
        if fen
    }
    assert paid == {(one.station, one.kind): one.amount_fen for one in run.items} and len(paid) == 5
    winners = {winner.station: winner.rank for province in run.provinces for winner in province.winners}
    assert winners == {code: one.rank for code, one in found.items() if one.reward}
    for one in counted(months.conn, "2026-05", months.book, end - timedelta(microseconds=1)):
        same = found[one.house.station]
        assert (one.rank, one.reward, one.refund_1, one.refund_2) == (
            same.rank, same.reward, same.refund_1, same.refund_2,
        )  # fmt: skip


def test_settle_1_a_standing_after_the_settlement_goes_by_its_network_too(months: Months) -> None:
    quarter(months)
    months.items("2026-05", "6-05")
    assert {code: one.places for code, one in kept(months, "6-05").items()}["A"] == 2
    assert not isinstance(dry_run(months.conn, "2026-05", months.book, at("6-05")), Refusal)


def test_an_older_count_does_not_overwrite_a_newer_one(months: Months) -> None:
    quarter(months)
    old = counted(months.conn, "2026-05", months.book, at("5-20 10:00"))
    months.order("C", "5-20")
    months.order("C", "5-20")
    assert kept(months, "5-20 11:00")["C"].rank == 2
    assert not refresh(months.conn, "2026-05", old, at("5-20 10:00"))
    found = standing_of(months.conn, "2026-05", "C")
    assert found is not None and (found[0].rank, found[1]) == (2, at("5-20 11:00"))


def test_which_months_are_counted(months: Months) -> None:
    assert to_count(months.conn, at("6-01 00:00")) == ["2026-05", "2026-06"]
    assert to_count(months.conn, at("5-31 23:59:59")) == ["2026-04", "2026-05"]
    months.items("2026-05", "6-05")
    assert to_count(months.conn, at("6-05")) == ["2026-06"]
