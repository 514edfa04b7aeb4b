"""Facts as they are read from both databases: every cell exactly, whatever stands in it, and minutes by arithmetic."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select

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
from storage.tables import penalties as t
from storage.tables.dispatch import assignments, events, orders, scans
from storage.tables.geo import stations
from storage.tables.sla import clocks, violations

MONDAY = datetime(2026, 5, 3, 16, tzinfo=UTC)  # 00:00 in Shanghai
NEXT = MONDAY + timedelta(days=7)
TICK = timedelta(microseconds=1)
ODD = "a'b,\"c%\\\n西"  # a station's code that would end a field, a text and a line
HOURS: Hours = ((None, {"standard": (480, 1200), "xinjiang": (600, 1260)}),)


def station(code: str, province: str, parent: str | None = None, duty: str = "standard") -> dict[str, Any]:
    return {
        "code": code, "name": code, "level": 2 if parent else 1, "parent": parent, "province": province, "duty": duty,
        "accepts": True, "imported_at": MONDAY,
    }  # fmt: skip


def order(number: int, holder: str | None, created: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "region": "浙江省", "channel": "crm", "logistics_no": f"IS{number}", "online": True,
        "business_type": "send_express", "state": "accepted", "station": holder, "routing_cause": "area",
        "candidates": [], "content": {}, "missing": [], "created_at": created, "received_at": created,
        "promise_at": created + timedelta(hours=2), "version": 1, "waybill_no": None, "adcode": None,
        "picked_up_at": None, "ended_at": None, "withdrawal_origin": None, "accepted_at": None, **more,
    }  # fmt: skip


def held(number: int, seq: int, holder: str, since: datetime, **more: Any) -> dict[str, Any]:
    return {
        "order_id": number, "seq": seq, "region": "浙江省", "station": holder, "started_at": since, "ended_at": None,
        "cause": "routing", "by": "system", "outside": False, "accepted_at": None, **more,
    }  # fmt: skip


def event(number: int, seq: int, kind: str, **data: Any) -> dict[str, Any]:
    return {
        "order_id": number, "seq": seq, "region": "", "kind": kind, "happened_at": MONDAY, "recorded_at": MONDAY,
        "by": "x", "data": data,
    }  # fmt: skip


@pytest.fixture
def conn(engine: Engine) -> Connection:  # type: ignore[misc]
    """Three houses, one gone from the network, and orders of every sort."""
    minute = timedelta(minutes=1)
    with engine.begin() as made:
        rows: Mapping[Any, list[dict[str, Any]]] = {
            stations: [station(ODD, "浙江省"), station("B", "新疆", duty="xinjiang"), station("B1", "新疆", "B", "xinjiang")],
            orders: [
                order(1, ODD, MONDAY, accepted_at=MONDAY + 9 * 60 * minute, state="picked_up", waybill_no="W1",
                      picked_up_at=MONDAY + 90 * minute - TICK),
                order(2, "B1", MONDAY - TICK, waybill_no="W2"),
                order(3, None, MONDAY + TICK, state="held", region=""),
                order(4, DATA_CENTRE, MONDAY, state="at_data_centre", region="上海市"),
                order(5, "GONE", NEXT - TICK, state="pickup_failed", ended_at=NEXT - TICK, adcode="330106"),
                order(6, "B", NEXT, state="withdrawn", withdrawal_origin="sender"),
                order(7, "B1", MONDAY + minute, state="accepted", waybill_no="W7"),
                order(8, "B", MONDAY + minute, state="withdrawn", withdrawal_origin="sender", waybill_no="W8"),
            ],
            assignments: [
                held(1, 1, ODD, MONDAY, accepted_at=MONDAY + 9 * 60 * minute),
                held(2, 1, ODD, MONDAY - TICK, ended_at=MONDAY + 70 * minute),
                held(2, 2, "B1", MONDAY + 70 * minute, cause="transfer", accepted_at=MONDAY + 11 * 60 * minute),
                held(4, 1, DATA_CENTRE, MONDAY),
                held(7, 1, ODD, MONDAY + minute, ended_at=MONDAY + 2 * minute),
                held(7, 2, "B", MONDAY + 2 * minute, ended_at=MONDAY + 3 * minute),
                held(7, 3, "B1", MONDAY + 3 * minute, cause="dispatch"),
            ],
            scans: [
                {"waybill_no": one, "station": at, "scanned_at": when, "told_at": when, "operator": "o"}
                for one, at, when in (
                    ("W1", ODD, MONDAY + 89 * minute),
                    ("W2", ODD, MONDAY + 70 * minute),  # the house that held it a moment before
                    ("W7", "B", MONDAY + 4 * minute),  # of the same house
                )
            ],
            events: [
                event(5, 1, "created"), event(5, 2, "failed", stage="pickup", reason="weather"),
                event(8, 1, "withdrawn", code="duplicate"), event(8, 2, "withdrawn", code="too_slow"),
                event(6, 1, "withdrawn", reason="不要了"),
            ],
            clocks: [
                {"order_id": 1, "seq": 1, "kind": kind, "region": "浙江省", "station": ODD, "starts_at": MONDAY,
                 "due_at": due, "verdict": "kept", "edition": "2017-01-01"}
                for kind, due in (("accept", MONDAY), ("pickup", NEXT))
            ],
            violations: [
                {"id": one, "order_id": 2, "seq": one, "kind": "V-PICKUP", "region": "", "station": "B1", "house": "B",
                 "happened_at": MONDAY, "edition": "2017-01-01", "excuse": "", "fine_fen": 10_000, "evidence": {}}
                for one in (1, 2)
            ],
            t.cases: [
                {"violation_id": 1, "region": "", "state": "confirmed", "opened_at": MONDAY, "changed_at": MONDAY,
                 "decided_at": NEXT, "decided_by": "稽核", "steps": 1},
                {"violation_id": 2, "region": "", "state": "cleared", "opened_at": MONDAY, "changed_at": MONDAY,
                 "decided_at": None, "decided_by": None, "steps": 1},
            ],
            t.appeals: [
                {"violation_id": 1, "stage": stage, "state": "open", "station": "B1", "province": "新疆", "text": "",
                 "opened_at": NEXT, "recorded_at": NEXT, "by": "x", "by_mail": False, "closed_by": "", "reason": ""}
                for stage in ("province", "hq")
            ],
            t.postings: [posting(1, "fine:x", 1), posting(2, "fine:x:reversed", 1), posting(3, "goodwill:1", None)],
            t.lines: [
                {"posting_id": one, "account": account, "amount_fen": fen * (-1 if one == 2 else 1)}
                for one in (1, 2, 3)
                for account, fen in (("B", 10_000), ("fines" if one < 3 else "adjustments", -10_000))
            ],
        }  # fmt: skip
        for table, some in rows.items():
            made.execute(insert(table), some)
    with snapshot(engine) as read:
        yield read


def posting(number: int, key: str, violation: int | None) -> dict[str, Any]:
    return {
        "id": number, "seq": number, "key": key, "content_hash": "", "chain": str(number), "happened_at": MONDAY,
        "recorded_at": NEXT, "month": "2026-05", "station": "B1", "logistics_no": "IS2", "rule": "V-PICKUP",
        "edition": "2017-01-01", "why": "", "violation_id": violation, "request_id": None,
    }  # fmt: skip


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
    """90 minutes less a microsecond are 89; duty began at 08:00 for one station and, of an order passed on, at 10:00."""
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


def test_no_customer_is_in_any_frame(conn: Connection) -> None:
    """ROLE-2."""
    told = {
        "content",
        "sender_phone",
        "lng",
        "lat",
        "withdrawal_reason",
        "waybill_no",
        "evidence",
        "text",
        "reason_text",
    }
    assert not told & {column for schema in FRAMES.values() for column in schema}
    assert conn.scalar(select(orders.c.id).limit(1))  # the transaction goes on after a load


INSTANTS = st.datetimes(datetime(2016, 12, 30), datetime(2017, 1, 8), timezones=st.just(UTC))


@given(st.lists(st.tuples(INSTANTS, INSTANTS, st.sampled_from(["standard", "xinjiang", None])), max_size=8))
def test_duty_minutes_are_those_of_a_station(spans: list[tuple[datetime, datetime, str | None]]) -> None:
    """DUTY-1: the closed form of columns and the one of clocks say the same, edges of the day included."""
    hours = HOURS[0][1]
    table = pl.DataFrame(spans, schema={"a": FRAMES["orders"]["created_at"], "b": FRAMES["orders"]["created_at"], "duty": pl.String}, orient="row")  # fmt: skip  # noqa: E501
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
