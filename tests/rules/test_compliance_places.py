"""Best and worst: the Wilson interval by its formula, and who is ranked, to the exact edge."""

from decimal import Decimal, localcontext

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.compliance.figures import week_of
from reports.compliance.places import LEAST, TOP, best, bounds, place, placed, worst
from reports.compliance.tables import best_and_worst
from reports.cube import FIGURES
from reports.paper.document import Share
from tests.rules.compliance_facts import STATIONS

SHARES = (
    st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).map(lambda one: Share(*one))
)


@settings(deadline=None, max_examples=150)
@given(SHARES)
def test_the_interval_is_wilsons(share: Share) -> None:
    """By the formula as books have it, with fifty digits."""
    with localcontext() as context:
        context.prec = 50
        z, n = Decimal("1.96"), Decimal(share.of)
        p = share.part / n
        middle, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)).sqrt()
        low, high = ((middle + sign * half) / (1 + z * z / n) * 1_000_000 for sign in (-1, 1))
        found = bounds(share)
        assert abs(found[0] - low) <= 1 and abs(found[1] - high) <= 1
        assert 0 <= found[0] <= share.part * 1_000_000 / n <= found[1] <= 1_000_000


def test_the_interval_of_all_and_none_reaches_the_end() -> None:
    assert bounds(Share(20, 20))[1] == 1_000_000 and bounds(Share(0, 20))[0] == 0
    assert bounds(Share(8, 10)) == (490_156, 943_320)


def test_one_clock_too_few_is_not_ranked() -> None:
    ranked = placed({"A": Share(LEAST, LEAST), "B": Share(LEAST - 1, LEAST - 1), "C": Share(0, LEAST)})
    assert [one.code for one in ranked] == ["A", "C"]
    assert place(ranked, "B") is None and place(ranked, "C") == 2


def test_a_few_perfect_orders_do_not_beat_many_good_ones() -> None:
    """20 of 20 against 990 of 1000: the larger station is more surely good. And 18 of 20 is not surely bad."""
    ranked = placed({"FEW": Share(20, 20), "MANY": Share(990, 1000), "BAD": Share(700, 1000), "POOR": Share(13, 20)})
    assert [one.code for one in best(ranked)] == ["MANY", "FEW"]
    assert [one.code for one in worst(ranked)] == ["BAD", "POOR"]


def test_ties_go_by_code_and_share_a_place() -> None:
    ranked = placed({code: Share(30, 40) for code in "CAB"} | {"D": Share(39, 40)})
    assert [one.code for one in ranked] == ["D", "A", "B", "C"]
    assert [place(ranked, code) for code in "DABC"] == [1, 2, 2, 2]
    assert [one.code for one in worst(ranked)] == ["B", "C"], "A is among the best: nobody is in both lists"


def test_nobody_perfect_is_worst_and_nobody_who_kept_none_is_best() -> None:
    perfect = placed({code: Share(40, 40) for code in "ABCD"})
    assert len(best(perfect)) == 2 and worst(perfect) == []
    hopeless = placed({code: Share(0, 40) for code in "ABCD"})
    assert best(hopeless) == [] and len(worst(hopeless)) == 2


@pytest.mark.parametrize(("many", "listed"), [(0, 0), (1, 0), (2, 1), (3, 1), (2 * TOP, TOP), (2 * TOP + 5, TOP)])
def test_at_most_half_and_at_most_ten_a_side(many: int, listed: int) -> None:
    ranked = placed({f"S{number:02d}": Share(50 + number, 100) for number in range(many)})
    good, bad = best(ranked), worst(ranked)
    assert (len(good), len(bad)) == (listed, listed)
    assert not {one.code for one in good} & {one.code for one in bad}


def test_the_note_counts_whoever_is_not_ranked() -> None:
    """A: 20 clocks; B: 19; the other four none at all."""
    rows = [("station", "A", "accept_clocks", LEAST), ("station", "B", "accept_clocks", LEAST - 1)]
    week = week_of(pl.DataFrame(rows, schema=FIGURES, orient="row"))
    [section] = [one for one in best_and_worst(week, STATIONS, sorted(STATIONS)) if one.key == "worst_accept"]
    assert section.note.endswith(": 5") and ":5 个" in section.note and section.rows == ()
