"""Facts as they are read from both databases: every cell exactly, whatever stands in it, and minutes by arithmetic."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert

from basics.words import DATA_CENTRE
from dispatch.lists.queries import unscanned
from dispatch.memory.misrouted.queries import misrouting
from people.access import EVERYWHERE
from reports.facts.derive import Hours, duty_minutes
from reports.facts.frames import FRAMES
from reports.facts.queries import load
from reports.measures import columns_of, weekly_measures
from sla.duty import Calendar, duty_between
from storage.session import snapshot
from tests.rules.facts_scene import MONDAY, NEXT, ODD, TICK, of_cases, of_orders

SOME_DAY = datetime(2016, 12, 30, tzinfo=UTC)
HOURS: Hours = ((None, {"standard": (480, 1200), "xinjiang": (600, 1260)}),)


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    """Three houses, one gone from the network, and orders of every sort."""
    with engine.begin() as made:
        for table, rows in (*of_orders(), *of_cases()):
            made.execute(insert(table), rows)
    with snapshot(engine) as read:
        yield read


def week(conn: Connection, name: str, *columns: str, **more: Any) -> list[tuple[Any, ...]]:
    frame = load(conn, MONDAY, NEXT, [name], **more)[name].collect()
    assert frame.schema == pl.Schema(FRAMES[name])
    return sorted(frame.select(columns).rows(), key=str)


def test_whose_a_row_is_and_of_which_week(conn: Connection) -> None:
    """SETTLE-2: the first instant of the week belongs to it and the first of the next does not. ROUTE-2: the data
    centre's has its region; a held one is nobody's; a station that is gone is its own house, of no province."""
    assert week(conn, "orders", "order_id", "province", "house", "station", "withdrawal_code", "adcode") == [
        (1, "浙江省", ODD, ODD, "", ""),
        (3, "", "", "", "", ""),
        (4, "上海市", DATA_CENTRE, DATA_CENTRE, "", ""),
        (5, "", "GONE", "GONE", "", "330106"),
        (7, "新疆", "B", "B1", "", ""),
        (8, "新疆", "B", "B", "too_slow", ""),
    ]
    assert [kind for (kind,) in week(conn, "clocks", "kind")] == ["accept"]
    everything = load(conn, only=["orders", "clocks"])
    assert [everything[name].collect().height for name in ("orders", "clocks")] == [8, 2]


def test_instants_to_the_microsecond_and_minutes_cut(conn: Connection) -> None:
    """90 minutes less a microsecond are 89; duty began at 08:00 for one station and at 10:00 for another."""
    (first, *_) = week(conn, "orders", "order_id", "created_at", "picked_up_at", "pickup_minutes", "confirmed_at")
    assert first == (1, MONDAY, MONDAY + timedelta(minutes=90) - TICK, 89, None)
    assert week(conn, "holdings", "order_id", "seq", "accept_minutes", "reach_minutes") == [
        (1, 1, 60, 0),
        (2, 2, 60, 70),
        (4, 1, None, 0),
        (7, 1, None, 0),
        (7, 2, None, 1),
        (7, 3, None, 2),
    ]


def test_misrouted_as_routing_has_it(conn: Connection) -> None:
    """The last word of routing counts, and who has the order now; by order it is dispatch's own figure."""
    found = week(conn, "holdings", "order_id", "seq", "misrouted")
    assert [(number, seq) for number, seq, wrong in found if wrong] == [(7, 2)]
    weeks = [("2026-W18", MONDAY - timedelta(days=7), MONDAY), ("2026-W19", MONDAY, NEXT)]
    assert sum(district.total.misrouted for district in misrouting(conn, weeks)) == 2
    every = load(conn, only=["holdings"])["holdings"].filter(pl.col("misrouted")).collect()
    assert sorted(every["order_id"].to_list()) == [2, 7]


def test_unscanned_as_the_list_has_it(conn: Connection) -> None:
    """DO-5: a scan of the house that held the order then counts, of whoever has it now, and of no one else."""
    every = load(conn, only=["orders"])["orders"].filter(pl.col("unscanned")).collect()
    listed = [row.id for row in unscanned(conn, EVERYWHERE).rows]
    assert every["order_id"].to_list() == listed == [2]


def test_failures_violations_and_money(conn: Connection) -> None:
    """Cleared suspicions are left out; one appealed twice is one row; of a posting only the station's side is there."""
    assert week(conn, "failures", "order_id", "station", "stage", "reason", "failed_at") == [
        (5, "GONE", "pickup", "weather", NEXT - TICK)
    ]
    assert week(conn, "violations", "violation_id", "house", "reviewer", "decided_at", "appealed", "created_at") == [
        (1, "B", "稽核", NEXT, True, MONDAY - TICK)
    ]
    assert week(conn, "money", "posting_id", "kind", "order_id", "channel", "house", "station", "credit_fen") == [
        (1, "fine", 2, "crm", "B", "B1", -10_000),
        (2, "reversal", 2, "crm", "B", "B1", 10_000),
        (3, "other", 0, "", "B", "B1", -10_000),
    ]


def test_of_some_stations_only(conn: Connection) -> None:
    assert week(conn, "orders", "order_id", stations=[ODD]) == [(1,)]
    assert week(conn, "orders", "order_id", stations=["", "B1"]) == [(3,), (7,)]
    assert week(conn, "orders", "order_id", stations=[]) == []
    assert week(conn, "failures", "order_id", stations=["GONE"]) == [(5,)]


def test_only_what_measures_read(conn: Connection) -> None:
    """Less is read, and what is read is the same."""
    measures = weekly_measures()
    for name in {one.frame for one in measures}:
        columns = columns_of(name, measures)
        less = load(conn, MONDAY, NEXT, [name], measures=measures)[name].collect()
        assert less.columns == list(columns) and len(columns) < len(FRAMES[name])
        whole = load(conn, MONDAY, NEXT, [name])[name].select(columns).collect()
        assert less.sort(columns).equals(whole.sort(columns))


def test_no_customer_is_in_any_frame() -> None:
    """ROLE-2."""
    told = {"content", "sender_phone", "lng", "lat", "withdrawal_reason", "waybill_no", "evidence", "text", "by"}
    assert not told & {column for schema in FRAMES.values() for column in schema}


INSTANTS = st.integers(0, 9 * 24 * 3600 * 10**6).map(lambda ticks: SOME_DAY + ticks * TICK)


@given(st.lists(st.tuples(INSTANTS, INSTANTS, st.sampled_from(["standard", "xinjiang", None])), max_size=8))
def test_duty_minutes_are_those_of_a_station(spans: list[tuple[datetime, datetime, str | None]]) -> None:
    """DUTY-1: the closed form of columns and the one of clocks say the same, edges of the day included."""
    hours = HOURS[0][1]
    instant = FRAMES["orders"]["created_at"]
    table = pl.DataFrame(spans, schema={"a": instant, "b": instant, "duty": pl.String}, orient="row")
    found = table.select(duty_minutes("a", "b", HOURS))
    assert found.to_series().to_list() == [
        duty_between(Calendar(*hours[duty or "standard"]), since, until) // timedelta(minutes=1)
        for since, until, duty in spans
    ]


def test_duty_by_the_edition_in_force_when_it_began() -> None:
    """A later edition's hours hold for what began under it, its first instant included."""
    since = datetime(2017, 1, 1, tzinfo=UTC)
    hours: Hours = (*HOURS, (since, {"standard": (0, 1440), "xinjiang": (0, 1440)}))
    table = pl.DataFrame({"a": [since - TICK, since], "b": [since + timedelta(days=1)] * 2, "duty": ["standard"] * 2})
    assert table.select(duty_minutes("a", "b", hours)).to_series().to_list() == [720, 1440]
