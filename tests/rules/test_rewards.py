"""REWARD-1 and REWARD-2: places of a province, candidates, their order, and what is missing to the next place."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penalties.rewards import HouseMonth, orders_to_pass, places, ranking


@pytest.mark.parametrize(
    ("stations", "everywhere", "of_edition", "expected"),
    [
        (130, 5_000, 200, 5),  # 5.2, the rulebook's own example
        (63, 5_000, 200, 3),  # 2.52
        (62, 5_000, 200, 2),  # 2.48
        (4, 60, 6, 0),  # 0.4
        (5, 60, 6, 1),  # 0.5: halves go up
        (25, 60, 6, 3),  # 2.5
        (1, 1, 200, 200),
        (12, 5_000, 200, 0),  # 0.48
        (13, 5_000, 200, 1),  # 0.52
    ],
)
def test_reward_1_places_of_a_province(stations: int, everywhere: int, of_edition: int, expected: int) -> None:
    found = places({"here": stations, "elsewhere": everywhere - stations}, of_edition)
    assert found["here"] == expected


def test_reward_1_the_sum_may_differ_from_the_editions_places() -> None:
    halves = dict.fromkeys("abcd", 1)  # 1.5 each of 6
    assert sum(places(halves, 6).values()) == 8
    assert sum(places({"a": 9, "b": 9, "c": 9, "d": 33}, 4).values()) == 5  # 0.6 three times, 2.2
    assert sum(places({"a": 7, "b": 7, "c": 7, "d": 39}, 4).values()) == 3  # 0.47 three times, 2.6
    assert places({}, 200) == {}


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 5_000), min_size=1), st.integers(0, 500))
def test_reward_1_each_province_is_within_half_a_place_of_its_share(level_1: dict[str, int], of_edition: int) -> None:
    for province, found in places(level_1, of_edition).items():
        share = Fraction(of_edition * level_1[province], sum(level_1.values()))
        assert -Fraction(1, 2) < found - share <= Fraction(1, 2)


def house(code: str, send_express: int, kept: int = 0, missed: int = 0, dirty: bool = False) -> HouseMonth:
    return HouseMonth(code, "东省", send_express, 0, kept, missed, dirty)


RANKED = [
    # (name of the case, houses, the order of the candidates)
    ("most orders first", [house("A", 3), house("B", 5), house("C", 4)], "BCA"),
    ("one order is enough", [house("A", 1), house("B", 0)], "A"),
    ("a dirty month is none", [house("A", 9, dirty=True), house("B", 1)], "B"),
    ("ties by the share of clocks kept", [house("A", 3, 9, 1), house("B", 3, 10, 0), house("C", 3, 1, 1)], "BAC"),
    ("no clock at all counts as all kept", [house("A", 3, 99, 1), house("B", 3)], "BA"),
    ("missed only", [house("A", 3, 0, 1), house("B", 3, 1, 99)], "BA"),
    ("the share, not the number", [house("A", 3, 90, 10), house("B", 3, 10, 1)], "BA"),
    (
        "equal shares: the station code",
        [house("B", 3, 2, 2), house("A10", 3, 1, 1), house("A9", 3, 50, 50)], ["A10", "A9", "B"],
    ),
    ("compared exactly, not as floats", [house("A", 3, 10**17, 1), house("B", 3, 10**17 + 1, 1)], "BA"),
    ("codes by code point", [house("a", 3), house("B", 3), house("中", 3)], ["B", "a", "中"]),
]  # fmt: skip


@pytest.mark.parametrize(("houses", "expected"), [case[1:] for case in RANKED], ids=[case[0] for case in RANKED])
def test_reward_2_ranking(houses: list[HouseMonth], expected: str | list[str]) -> None:
    assert [one.station for one in ranking(houses)["东省"]] == list(expected)
    assert ranking(houses[::-1]) == ranking(houses), "in whatever order they come"


def test_reward_2_ranked_in_its_province_only() -> None:
    found = ranking([HouseMonth("A", "东省", 1), HouseMonth("B", "西省", 9), HouseMonth("C", "南省", 0)])
    assert {province: [one.station for one in order] for province, order in found.items()} == {
        "东省": ["A"], "西省": ["B"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("behind", "ahead", "expected"),
    [
        (house("A", 3), house("B", 5), 2),  # as many and the better code
        (house("C", 3), house("B", 5), 3),
        (house("C", 3, 9, 0), house("B", 5, 8, 1), 2),
        (house("A", 3, 8, 1), house("B", 5, 9, 0), 3),
        (house("C", 5), house("B", 5), 1),
        (house("C", 0), house("B", 5), 6),
    ],
)
def test_reward_2_orders_to_the_next_place(behind: HouseMonth, ahead: HouseMonth, expected: int) -> None:
    assert orders_to_pass(behind, ahead) == expected

    def first(more: int) -> str:
        grown = HouseMonth(behind.station, "东省", behind.send_express + more, 0, behind.kept, behind.missed)
        return ranking([grown, ahead])["东省"][0].station

    assert first(expected) == behind.station and first(expected - 1) == ahead.station
