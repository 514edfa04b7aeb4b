"""Cells of a report: over random rows each is a plain recount, and what its own rows give; names of cells."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basics.words import DATA_CENTRE, ORIGINS, CaseState, State
from channels.messages import WITHDRAWAL_CODES
from reports.cube import FIGURES, LEVELS, Key, UnknownCell, figures, over, parse, rows
from reports.facts.frames import AT, FRAMES, Facts
from reports.measures import KINDS, RATIOS, Measure, weekly_measures
from tests.oracle import naive_weekly

NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
MEASURES = {one.code: one for one in weekly_measures()}
WHO = {
    "station": st.sampled_from(["", DATA_CENTRE, "甲", "甲.1", "a,\"b'"]),
    "province": st.sampled_from(["", "浙江省", "新疆维吾尔自治区"]),
    "channel": st.sampled_from(["", "crm", "wechat"]),
}
AN_INSTANT = st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours))
MINUTES = st.none() | st.sampled_from([0, 1, 1, 2, 700, -3])
OF: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "orders": {
        "state": st.sampled_from([state.value for state in State]),
        "picked_up_at": st.none() | AN_INSTANT, "promise_at": AN_INSTANT, "pickup_minutes": MINUTES,
        "withdrawal_origin": st.sampled_from(["", *ORIGINS]),
        "withdrawal_code": st.sampled_from(["", *WITHDRAWAL_CODES]), "unscanned": st.booleans(),
    },
    "clocks": {
        "kind": st.sampled_from(["accept", "pickup", "transfer"]),
        "verdict": st.sampled_from(["kept", "missed", "running", "dropped"]),
    },
    "holdings": {"accept_minutes": MINUTES, "reach_minutes": st.integers(0, 3), "misrouted": st.booleans()},
    "violations": {
        "kind": st.sampled_from(list(KINDS)), "excuse": st.sampled_from(["", "closure"]),
        "state": st.sampled_from([state.value for state in CaseState if state is not CaseState.CLEARED]),
        "fine_fen": st.sampled_from([0, 10_000, 50_000]),
    },
    "money": {
        "kind": st.sampled_from(["fine", "reversal", "reward", "refund_1", "refund_2", "other"]),
        "amount_fen": st.sampled_from([-10_000, 10_000, 6_000]), "credit_fen": st.sampled_from([-6_000, 6_000, 20_000]),
    },
}  # fmt: skip
PLAIN = st.fixed_dictionaries(
    {frame: st.lists(st.fixed_dictionaries(WHO | columns), max_size=12) for frame, columns in OF.items()}
)


def frames(told: dict[str, list[dict[str, Any]]]) -> Facts:
    """Frames with these rows; columns that no row names are null."""
    return {
        name: pl.DataFrame(
            {column: [row.get(column) for row in told.get(name, [])] for column in schema}, schema=schema
        ).lazy()
        for name, schema in FRAMES.items()
    }


def cells(facts: Facts, *codes: str, levels: tuple[str, ...] = tuple(LEVELS)) -> dict[tuple[str, str, str], int]:
    found = figures(facts, [MEASURES[code] for code in codes] if codes else weekly_measures(), levels)
    assert found.schema == pl.Schema(FIGURES)
    assert found.rows() == sorted(found.rows())
    return {(level, code, measure): value for level, code, measure, value in found.iter_rows()}


def held(*minutes: int | None) -> Facts:
    row = {"station": "甲", "province": "浙江省", "channel": "crm"}
    return frames({"holdings": [row | {"accept_minutes": one} for one in minutes]})


@settings(max_examples=25, deadline=None)
@given(PLAIN)
def test_each_cell_is_a_plain_recount_and_what_its_rows_give(told: dict[str, list[dict[str, Any]]]) -> None:
    facts = frames(told)
    found = cells(facts)
    assert found == naive_weekly.cells(told)
    for level, code, name in sorted(found)[::7]:  # a walk over all of them is with the replays
        one = MEASURES[name]
        behind = rows(facts, one, Key(name, level, code))
        assert behind.select(over(one)).collect().item() == found[level, code, name]
        assert behind.collect_schema() == pl.Schema(FRAMES[one.frame])


@pytest.mark.parametrize(
    ("minutes", "p50", "p90", "p99"),
    [
        ([7], 7, 7, 7),
        ([1, 2], 1, 2, 2),
        ([3, 1, 2], 2, 3, 3),
        ([5, 5, 5, 9], 5, 9, 9),
        (list(range(1, 11)), 5, 9, 10),
        (list(range(1, 101)), 50, 90, 99),
        (list(range(1, 102)), 51, 91, 100),
        ([None, 4, None], 4, 4, 4),
    ],
)
def test_percentiles_are_by_nearest_rank(minutes: list[int | None], p50: int, p90: int, p99: int) -> None:
    """A value of one of the rows, at place ceil(n·p/100); rows without a value are not counted."""
    found = cells(held(*minutes), "accept_p50", "accept_p90", "accept_p99")
    for level, code in (("network", ""), ("province", "浙江省"), ("station", "甲"), ("channel", "crm")):
        assert [found[level, code, f"accept_{p}"] for p in ("p50", "p90", "p99")] == [p50, p90, p99]


def test_of_nothing_there_is_no_percentile_and_no_zero() -> None:
    assert cells(held(None, None)) == {
        (level, code, "holdings"): 2
        for level, code in (("network", ""), ("province", "浙江省"), ("station", "甲"), ("channel", "crm"))
    }
    assert not cells(held())
    for one in (MEASURES["accept_p50"], MEASURES["reach_minutes"], MEASURES["holdings"]):
        assert not held().get(one.frame, pl.LazyFrame()).select(over(one)).collect().item()


def test_a_percentile_of_zero_minutes_is_shown() -> None:
    assert cells(held(0, 0, 5), "accept_p50", levels=("network",)) == {("network", "", "accept_p50"): 0}


def test_only_what_is_asked_for() -> None:
    assert set(cells(held(1), "holdings", levels=("station", "channel"))) == {
        ("station", "甲", "holdings"), ("channel", "crm", "holdings"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "key",
    [
        Key("orders", "network"),
        Key("fines_fen", "station", "甲@1:2"),
        Key("suspected:V-PICKUP", "province", "浙江省"),
        Key("orders", "province"),
    ],
)
def test_a_cell_is_named_and_found_again(key: Key) -> None:
    assert parse(str(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders",
        "orders@",
        "orders@network",
        "@network:",
        "orders@house:甲",
        "orders@network:甲",
        "orders@station:",
        "orders@channel:",
    ],
)
def test_nonsense_names_no_cell(text: str) -> None:
    with pytest.raises(UnknownCell):
        parse(text)


def test_measures_are_said_and_built_of_known_columns() -> None:
    """Each has both languages and a definition, of columns of its own frame; ratios are of known counts."""
    for one in weekly_measures():
        assert one.zh and one.en and " / " in one.says
        used = {*one.where().meta.root_names(), *([one.value] if one.value else [])}
        assert used <= set(FRAMES[one.frame]) and AT[one.frame] in FRAMES[one.frame]
        assert (one.how == "count") == (one.value == "")
    assert len(MEASURES) == len(weekly_measures())
    for name in ("zh", "en"):
        names = [getattr(one, name) for one in [*weekly_measures(), *RATIOS]]
        assert len(set(names)) == len(names), "two of one name"
    for ratio in RATIOS:
        assert _counted(MEASURES[ratio.part]) and _counted(MEASURES[ratio.of]) and " / " in ratio.says


def _counted(one: Measure) -> bool:
    return one.how in ("count", "sum")
