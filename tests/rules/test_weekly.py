"""The weekly report against a recount in plain Python: REPLAY weekly.csv, PROMISE-1, SETTLE-2."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from basics.days import SHANGHAI, week_of
from basics.words import DATA_CENTRE, CaseState, State, Verdict
from channels.messages import Scan
from penalties.lifecycle import CONFIRM
from reports.queries import CLOCKS, ORDERS, STATIONS, VIOLATIONS, frames
from reports.weekly import COLUMNS, FIGURES, weekly
from storage.session import writing
from tests.rules.courses import t
from tests.rules.scene import Scene, accepts, pushed
from tests.rules.stage import IN_A1, NOWHERE, NUMBER

PROVINCE = {"A": "浙江省", "A1": "浙江省", "B": "江苏省"}
SCHEMAS: dict[str, dict[str, Any]] = {
    "orders": ORDERS, "clocks": CLOCKS, "violations": VIOLATIONS, "stations": STATIONS,
}  # fmt: skip
Rows = dict[str, list[tuple[Any, ...]]]

# Around the turns of two years, where ISO weeks and years part, and around a common Monday.
EDGES = [datetime(2026, 12, 28), datetime(2027, 1, 4), datetime(2021, 1, 4), datetime(2026, 5, 4)]  # noqa: DTZ001
INSTANTS = st.one_of(
    st.builds(
        lambda edge, us: edge.replace(tzinfo=SHANGHAI) + timedelta(microseconds=us),
        st.sampled_from(EDGES), st.sampled_from([-1, 0, 1]),
    ),
    st.datetimes(datetime(2026, 4, 20), datetime(2026, 5, 20)).map(lambda at: at.replace(tzinfo=SHANGHAI)),  # noqa: DTZ001
)  # fmt: skip
HOLDERS = st.sampled_from(["A", "A1", "B"])
ORDER_ROWS = st.tuples(
    st.one_of(HOLDERS, st.just(DATA_CENTRE), st.none()), st.sampled_from([s.value for s in State]), INSTANTS, INSTANTS,
    st.one_of(st.none(), INSTANTS),
)  # fmt: skip
CLOCK_ROWS = st.tuples(
    HOLDERS, st.sampled_from(["accept", "pickup", "transfer"]), st.sampled_from([v.value for v in Verdict]), INSTANTS
)
VIOLATION_ROWS = st.tuples(
    HOLDERS, st.just("V-ACCEPT"), st.sampled_from([c.value for c in CaseState]), INSTANTS, st.integers(0, 50_000)
)
TABLES = st.fixed_dictionaries(
    {
        "orders": st.lists(ORDER_ROWS, max_size=12),
        "clocks": st.lists(CLOCK_ROWS, max_size=12),
        "violations": st.lists(VIOLATION_ROWS, max_size=12),
        "stations": st.just(list(PROVINCE.items())),
    }
)


def recount(rows: Rows) -> list[tuple[Any, ...]]:
    """The same figures, row by row."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for station, state, created, promise, picked_up in rows["orders"]:
        if station not in (None, DATA_CENTRE) and state not in ("withdrawn", "held"):
            row = found[week_of(created), station]
            row["orders"] += 1
            row["promise_kept"] += picked_up is not None and picked_up <= promise
    for station, kind, verdict, due in rows["clocks"]:
        name = {"kept": "on_time", "missed": "late"}.get(verdict)
        if name and kind != "transfer":
            found[week_of(due), station][f"{kind}_{name}"] += 1
    for station, _, state, happened, fen in rows["violations"]:
        if state in ("suspected", "confirmed"):
            found[week_of(happened), station][state] += 1
            found[week_of(happened), station]["fines_fen"] += fen if state == "confirmed" else 0
    told = [(week, PROVINCE[station], station, *row.values()) for (week, station), row in found.items()]
    return sorted(row for row in told if any(row[3:]))


@settings(deadline=None, max_examples=150)
@given(TABLES)
def test_weekly_figures(rows: Rows) -> None:
    given_frames = {name: pl.DataFrame(rows[name], schema=schema, orient="row") for name, schema in SCHEMAS.items()}
    report = weekly(given_frames)
    assert report.columns == list(COLUMNS)
    assert report.rows() == recount(rows)


def test_no_rows_is_an_empty_report() -> None:
    assert weekly({name: pl.DataFrame(schema=schema) for name, schema in SCHEMAS.items()}).rows() == []


# ---- the same from the database


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as conn:
        yield Scene(conn).stations()


def figures(scene: Scene) -> dict[tuple[str, str], dict[str, int]]:
    """(week, station) -> the figures that are not 0."""
    rows = weekly(frames(scene.conn)).iter_rows(named=True)
    return {(row["week"], row["station"]): {k: row[k] for k in FIGURES if row[k]} for row in rows}


PROMISES = [
    ("within 2 h of creation", None, "5 12:00", 1),
    ("a microsecond later", None, "5 12:00:00.000001", 0),
    ("by the end of the window, though much later", "2026-05-06T10:00:00+00:00", "6 18:00", 1),
    ("a microsecond after the window", "2026-05-06T10:00:00+00:00", "6 18:00:00.000001", 0),
    ("the window counts, not the 2 h", "2026-05-05T03:00:00+00:00", "5 11:30", 0),
    ("never", None, None, 0),
]


@pytest.mark.parametrize(
    ("window", "picked_up", "kept"), [c[1:] for c in PROMISES], ids=[f"PROMISE-1 {c[0]}" for c in PROMISES]
)
def test_the_promise_made_to_the_sender(scene: Scene, window: str | None, picked_up: str | None, kept: int) -> None:
    scene.tell("5 10:00", pushed(window_end=window, waybill_no=NUMBER), accepts())
    if picked_up:
        scene.tell(picked_up, Scan(NUMBER, "A", t(picked_up)))
    assert figures(scene)["2026-W19", "A"].get("promise_kept", 0) == kept


def test_promise_1_counts_from_creation_though_the_order_was_held(scene: Scene) -> None:
    """REPLAY fine print 4: after a release the clocks start anew, the promise does not."""
    scene.tell("5 10:00", pushed(sender={}, waybill_no=NUMBER))
    scene.tell("5 11:40", pushed(waybill_no=NUMBER))
    scene.tell("5 12:00:00.000001", Scan(NUMBER, "A", t("5 12:00:00.000001")))
    assert figures(scene)["2026-W19", "A"] == {"orders": 1, "accept_on_time": 1, "pickup_on_time": 1}


def test_who_counts_where_and_when(scene: Scene) -> None:
    """Level 2 on its own row; the data centre, held and withdrawn orders on none; each figure in its own week."""
    scene.tell("3 07:50", pushed("LP1", "3 07:50", where=IN_A1), pushed("LP2", "3 07:50", where=NOWHERE))
    scene.tell("3 19:50", pushed("LP3", "3 19:50", sender={}), pushed("LP4", "3 19:50"))
    scene.sweep("4 12:00")
    assert figures(scene) == {
        ("2026-W18", "A1"): {"orders": 1, "accept_late": 1, "pickup_late": 1, "suspected": 2},
        ("2026-W18", "A"): {"orders": 1},
        ("2026-W19", "A"): {"accept_late": 1, "pickup_late": 1, "suspected": 2},
    }
    scene.review("4 12:00", CONFIRM, scene.suspicions().values())
    assert figures(scene)["2026-W18", "A1"] == {
        "orders": 1, "accept_late": 1, "pickup_late": 1, "confirmed": 2, "fines_fen": 20_000,
    }  # fmt: skip


def test_one_week_of_the_database_is_that_week_of_all(scene: Scene) -> None:
    scene.tell("3 07:50", pushed("LP1", "3 07:50"), pushed("LP2", "3 07:50", where=IN_A1))
    scene.tell("4 10:00", pushed("LP3", "4 10:00"))
    scene.sweep("6 12:00")
    for week, start, end in (("2026-W18", "4 00:00", "4 00:00"), ("2026-W19", "4 00:00", "11 00:00")):
        begins = t(start) - timedelta(days=7) if week == "2026-W18" else t(start)
        part = weekly(frames(scene.conn, begins, t(end))).rows()
        assert part == [row for row in weekly(frames(scene.conn)).rows() if row[0] == week] and part
