"""What the fairness report may show and say: hidden rows, chi-square against printed tables, intervals of rates."""

from fractions import Fraction
from math import exp, lgamma, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.fairness.chance import EXPECTED, HUNDREDTHS, of_rates, of_shares, per_thousand, tail
from reports.fairness.hiding import LEAST, hidden
from reports.paper.document import Share

# ---- hidden rows


def test_the_threshold_itself_is_shown() -> None:
    assert hidden({"A": LEAST, "B": LEAST + 20, "C": 0}) == frozenset()
    assert hidden({"A": LEAST - 1, "B": 0}) == {"A"}, "the total is as small: it is hidden too"
    assert hidden({}) == frozenset()


def test_one_hidden_row_takes_the_smallest_other_with_it() -> None:
    """Else the total less the others is what was hidden. A row of none is known to be none."""
    assert hidden({"A": 3, "B": 90, "C": 40, "D": 0}) == {"A", "C"}
    assert hidden({"A": 3, "B": 40, "C": 40}) == {"A", "B"}, "ties go by the order of the table"


def test_two_that_are_together_too_few_take_a_third() -> None:
    assert hidden({"A": 1, "B": 3, "C": 40, "D": 50}) == {"A", "B", "C"}
    assert hidden({"A": 2, "B": 3, "C": 40}) == {"A", "B"}, "together they are exactly enough"


def test_what_another_table_hides_is_hidden_though_it_has_no_cases_here() -> None:
    """Fines of a row hidden for few suspicions: to show that none of them was fined would tell of them."""
    assert hidden({"A": 0, "B": 20, "C": 0}, also={"A"}) == {"A", "B"}


@given(st.dictionaries(st.integers(0, 8), st.integers(0, 12), max_size=8), st.sets(st.integers(0, 8), max_size=3))
def test_nothing_small_can_be_computed(cases: dict[int, int], also: set[int]) -> None:
    """Every small row is hidden; of what is hidden there is more than one row and a sum that is not small, or the whole
    table is hidden; and no row is hidden without need."""
    away = hidden(cases, also & set(cases))
    small = {key for key, count in cases.items() if 0 < count < LEAST}
    assert small <= away
    if not small and not also & set(cases):
        assert not away
    rest = {key for key, count in cases.items() if key not in away and count}
    if away and rest:
        assert len(away) > 1 and sum(cases[key] for key in away) >= LEAST
        assert min(cases[key] for key in rest) >= LEAST


# ---- chi-square


@pytest.mark.parametrize(
    ("statistic", "freedom", "p"),
    [
        (3.841, 1, 0.05), (6.635, 1, 0.01), (10.828, 1, 0.001), (5.991, 2, 0.05), (9.210, 2, 0.01), (7.815, 3, 0.05),
        (0.352, 3, 0.95), (11.070, 5, 0.05), (18.307, 10, 0.05), (23.209, 10, 0.01), (35.172, 23, 0.05),
        (43.773, 30, 0.05), (124.342, 100, 0.05), (77.929, 100, 0.95),
    ],
)  # fmt: skip
def test_the_tail_as_printed_in_tables(statistic: float, freedom: int, p: float) -> None:
    assert tail(statistic, freedom) == pytest.approx(p, rel=2e-3)


def test_the_ends_of_the_tail() -> None:
    assert tail(0, 1) == tail(0, 8) == 1.0
    assert tail(1e6, 7) == tail(1e6, 301) == 0.0
    assert tail(1e-9, 40) == pytest.approx(1.0)


@settings(max_examples=40)
@given(st.floats(0.01, 200), st.integers(1, 60))
def test_the_tail_grows_by_its_density(statistic: float, freedom: int) -> None:
    """Q(k + 2) - Q(k) is twice the density of k + 2: another way to the same number."""
    step = exp(freedom / 2 * log(statistic / 2) - statistic / 2 - lgamma(freedom / 2 + 1))
    assert tail(statistic, freedom + 2) - tail(statistic, freedom) == pytest.approx(step, abs=1e-9)


def test_shares_by_hand() -> None:
    """20 of 100 and 40 of 100: (20 - 30)² · 2/30 + 10² · 2/70 = 200/21."""
    found = of_shares([Share(20, 100), Share(40, 100)])
    assert found is not None and found.statistic == Fraction(200, 21) and found.freedom == 1
    assert found.p == pytest.approx(0.002028, rel=1e-3) and found.larger
    same = of_shares([Share(30, 100), Share(60, 200)])
    assert same is not None and (same.statistic, same.p, same.larger) == (Fraction(0), 1.0, False)


def test_rates_by_hand() -> None:
    """30 and 10 fines of 1,000 orders each: 2 · 10²/20 = 10. More fines than orders are no slip."""
    found = of_rates([Share(30, 1000), Share(10, 1000)])
    assert found is not None and (found.statistic, found.groups) == (Fraction(10), 2)
    many = of_rates([Share(30, 10), Share(10, 10)])
    assert many is not None and many.statistic == 10


def test_expected_cases_exactly_enough_and_one_too_few() -> None:
    """10 fines on 100 orders: 50 orders expect five of them, 49 do not, and are put to the next."""
    assert of_rates([Share(2, 50), Share(8, 50)]) is not None
    assert of_rates([Share(2, 49), Share(8, 51)]) is None
    three = of_rates([Share(1, 10), Share(0, 20), Share(40, 200), Share(40, 300)])
    assert three is not None and three.groups == 2, "the small two expect 4.6 together, and take the third"
    rare = of_shares([Share(99, 100), Share(100, 100)])
    assert rare is None, "too few that were not"


def test_nothing_is_said_of_nothing() -> None:
    for groups in ([], [Share(0, 100), Share(0, 50)], [Share(3, 0)], [Share(50, 500)]):
        assert of_rates(groups) is None and of_shares(groups) is None
    assert of_shares([Share(100, 100), Share(90, 90)]) is None, "nothing but ones"


@given(st.lists(st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=8))
def test_small_groups_are_put_together_and_lose_nobody(pairs: list[tuple[int, int]]) -> None:
    groups = [Share(*one) for one in pairs]
    found, again = of_shares(groups), of_shares(groups[::-1])
    assert found == again, "the order of the table is nothing"
    if found is not None:
        parts, cases = (sum(one[side] for one in groups) for side in (0, 1))
        assert 2 <= found.groups <= len(groups) and 0 <= found.p <= 1
        assert min(parts, cases - parts) >= EXPECTED * found.groups
        if all(min(parts, cases - parts) * one.of >= EXPECTED * cases for one in groups):
            naive = sum(
                Fraction((one.part * cases - one.of * parts) ** 2, one.of * parts * (cases - parts)) for one in groups
            )
            assert found.statistic == naive


# ---- intervals of rates


def test_the_interval_of_a_rate_by_hand() -> None:
    """None of 1,000: up to 3.8416; ten of 2,000: (10 + 1.9208 ± 1.96·√10.9604) ÷ 2."""
    assert per_thousand(Share(0, 1_000)) == (0, 385)
    assert per_thousand(Share(10, 2_000)) == (271, 921)


@settings(max_examples=60)
@given(st.integers(0, 500), st.integers(1, 100_000))
def test_its_ends_are_the_roots_of_the_score_equation(events: int, exposure: int) -> None:
    """The true rate is in it when the seen number is within 1.96 deviations: (x - m)² <= z² · m."""
    low, high = per_thousand(Share(events, exposure))

    def inside(hundredths: int) -> bool:
        mean = Fraction(hundredths * exposure, 1_000 * HUNDREDTHS)
        return (events - mean) ** 2 <= Fraction(196, 100) ** 2 * mean

    assert not inside(high + 1) and not (low and inside(low - 1))
    assert inside(high - 1) or high - low < 3
    assert inside(low + 1) or high - low < 3
