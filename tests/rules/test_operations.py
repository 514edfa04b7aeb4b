"""The operations report beside a naive count: hours, data centre, feedback, forecast (DO-8), presence (DUTY-3)."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, insert, select, update

from basics.days import midnight, shanghai
from basics.words import DATA_CENTRE
from reports.kinds import Asked, NoReport, silent
from reports.operations.backtest import learnt, tried
from reports.operations.counting import (
    CENTRE,
    MESSAGES,
    RINGS,
    at_centre,
    by_hour,
    calibration,
    centre_by,
    feedback,
    presence,
    rank,
)
from reports.operations.queries import document
from reports.paper.document import Document, Points, Section, Share
from rulebook.book import packaged
from sla.forecast import LEAST_ORDERS, risk
from sla.pace.tally import Wait
from storage.session import reading, writing
from storage.tables.channels import outbox
from storage.tables.dispatch import assignments, orders
from storage.tables.sla import clocks, rings, silences
from tests.rules.courses import t
from tests.rules.test_honesty import END, PERIOD, START, play

NOW = t("6 12:00")
INSTANT = st.integers(0, 48 * 3600).map(lambda seconds: t("4 00:00") + timedelta(seconds=seconds))
HELD: dict[str, Any] = {
    "started_at": pl.Datetime("us", "UTC"),
    "accepted_at": pl.Datetime("us", "UTC"),
    "accept_minutes": pl.Int64,
}


def nearest(values: list[int], percent: int) -> int | None:
    return sorted(values)[ceil(len(values) * percent / 100) - 1] if values else None


@given(st.lists(st.integers(0, 9), max_size=25), st.sampled_from([50, 90, 99]))
def test_nearest_rank(values: list[int], percent: int) -> None:
    table = pl.DataFrame({"minutes": [*values, None]}, schema={"minutes": pl.Int64})
    assert table.select(rank("minutes", percent)).item() == nearest(values, percent)


@given(st.lists(st.tuples(INSTANT, st.none() | st.integers(0, 90)), max_size=30))
def test_every_hour_counted_again(held: list[tuple[datetime, int | None]]) -> None:
    rows = [(at, at + timedelta(minutes=gone) if gone is not None else None, gone) for at, gone in held]
    table = by_hour(pl.DataFrame(rows, schema=HELD, orient="row"))
    assert table["hour"].to_list() == list(range(24))
    for hour, assigned, accepted, p50, p90 in table.iter_rows():
        begun = [row for row in rows if shanghai(row[0]).hour == hour]
        minutes = [row[2] for row in begun if row[2] is not None]
        made = [row for row in rows if row[1] is not None and shanghai(row[1]).hour == hour]
        assert (assigned, accepted, p50, p90) == (len(begun), len(made), nearest(minutes, 50), nearest(minutes, 90))


def test_the_hour_begins_with_its_first_instant() -> None:
    tick = timedelta(microseconds=1)
    rows = [(t("4 08:00") - tick, None, None), (t("4 08:00"), None, None), (t("4 00:00"), None, None)]
    assigned = by_hour(pl.DataFrame(rows, schema=HELD, orient="row"))["assigned"].to_list()
    assert (assigned[7], assigned[8], assigned[0]) == (1, 1, 1)


def test_minutes_at_the_data_centre_by_cause() -> None:
    """Whole minutes; one that is still there counts until now; one that was passed on counts for the station's act."""
    rows = [
        ("routing", "no_area", t("4 10:00"), t("4 10:59:59.999999")),
        ("routing", "no_area", t("4 10:00"), t("4 11:00")),
        ("transfer", "area", t("4 23:30"), t("5 08:10")),
        ("routing", "no_district", t("6 11:58:30"), None),
    ]
    table = at_centre(pl.DataFrame(rows, schema=CENTRE, orient="row"), NOW)
    found = {row[0]: row[1:] for row in centre_by(table, "why").iter_rows()}
    assert found == {"no_area": (2, 119, 59, 60, 0), "transfer": (1, 520, 520, 520, 0), "no_district": (1, 1, 1, 1, 1)}
    assert centre_by(table, "hour")["hour"].to_list() == [10, 11, 23]


def test_feedback_by_channel() -> None:
    rows = [
        *(("crm", "sent", t("6 11:00"), t("6 11:00") + timedelta(seconds=one)) for one in range(1, 11)),
        ("crm", "waiting", t("6 11:58"), None),
        ("crm", "waiting", t("6 11:59"), None),
        ("wechat", "parked", t("4 11:00"), None),
        ("wechat", "given_up", t("4 11:00"), None),
    ]
    table = feedback(pl.DataFrame(rows, schema=MESSAGES, orient="row"), NOW)
    assert table.rows() == [
        ("crm", 12, 10, 2, 0, 0, 120, 5, 9),
        ("wechat", 2, 0, 0, 1, 1, None, None, None),
    ]


@given(st.lists(st.tuples(st.integers(0, 1000), st.booleans()), max_size=40))
def test_the_forecast_by_bands(said: list[tuple[int, bool]]) -> None:
    """100 ‰ is of the second band, and certainty of the last."""
    table = calibration(pl.DataFrame([(one / 1000, late) for one, late in said], schema=RINGS, orient="row"))
    naive: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for thousandths, late in said:
        naive[min(thousandths // 100, 9)].append((thousandths, late))
    assert table.rows() == [
        (band, len(own), sum(one for one, _ in own), sum(late for _, late in own))
        for band, own in sorted(naive.items())
    ]


def test_silent_minutes_of_duty_minutes() -> None:
    """A station that was never silent counts for its province; one that is gone counts nowhere."""
    hours = {"A": ("甲", timedelta(hours=12)), "B": ("甲", timedelta(hours=12)), "C": ("乙", timedelta(0))}
    areas, own = presence([("A", 2, 30), ("C", 1, 5), ("gone", 1, 99)], hours)
    assert [(one.province, one.silences, one.silent, one.duty) for one in areas] == [
        ("乙", 1, 5, 0),
        ("甲", 2, 30, 1440),
    ]
    assert [(one.station, one.silent, one.duty) for one in own] == [("C", 5, 0), ("A", 30, 720)]


# ---- all of it, of a period that the real engine lived through


def _made(engine: Engine, scope: str = "network", period: str = PERIOD, **more: Any) -> Document:
    with reading(engine) as conn:
        return document(conn, Asked("operations", period, END, packaged(), scope, **more), silent)


def _rows(made: Document, key: str) -> list[list[Any]]:
    [section] = [one for one in made.sections if one.key == key]
    assert isinstance(section, Section)
    return [[cell.value for cell in row] for row in section.rows]


def _more(engine: Engine) -> None:
    """What a replay does not bring: steps of the ladder, a silence, a message that was sent."""
    day = START + timedelta(days=1, hours=9)
    with writing(engine) as conn:
        decided = conn.execute(select(clocks).where(clocks.c.kind == "accept").order_by(clocks.c.order_id)).all()
        late = [one for one in decided if one.verdict == "missed"][:2]
        kept = [one for one in decided if one.verdict == "kept" and one.order_id != late[0].order_id][:1]
        conn.execute(insert(rings), [
            {"order_id": one.order_id, "seq": one.seq, "step": "tint", "region": one.region, "station": one.station,
             "rung_at": day, "due_at": one.due_at, "risk": risk, "ahead": False, "told": {}}
            for one, risk in zip((*late, *kept), (0.9, 1.0, None), strict=True)
        ])  # fmt: skip
        silence = {"station": "SH310113", "started_at": day, "ended_at": day + timedelta(minutes=72), "noticed_at": day}
        conn.execute(insert(silences), [silence])
        first = select(func.min(outbox.c.id)).where(outbox.c.channel == "crm").scalar_subquery()
        sent = update(outbox).where(outbox.c.id == first)
        conn.execute(sent.values(state="sent", sent_at=outbox.c.created_at, next_at=None))


def test_the_report_of_a_period(engine: Engine, tmp_path: Path) -> None:
    """On both databases, beside a naive count of the tables."""
    play(engine, tmp_path, 1)
    _more(engine)
    with reading(engine) as conn:
        held = conn.execute(select(assignments)).all()
        ends = {one.id: one for one in conn.execute(select(orders.c.id, orders.c.ended_at, orders.c.station)).all()}
        told = conn.scalar(select(func.count()).where(outbox.c.channel == "crm")) or 0
    made = _made(engine)
    own = [one for one in held if one.station != DATA_CENTRE]
    centre = [one for one in held if one.station == DATA_CENTRE]
    _check_hours(made, own)
    minute = timedelta(minutes=1)
    gone = [((one.ended_at or ends[one.order_id].ended_at or END) - one.started_at) // minute for one in centre]
    assert _rows(made, "centre")[-1][1:3] == _rows(made, "centre_hours")[-1][1:3] == [len(gone), sum(gone)]
    assert len(gone) > 3
    came, said = Share(2, 2), Share(1900, 2000)
    assert _rows(made, "forecast") == [["90–100%", 2, said, came, Points(came, said)]]
    channels = {row[0]: row[1:] for row in _rows(made, "feedback")}
    assert channels["客服 CRM"][:3] == [told, 1, told - 1]
    assert channels["客服 CRM"][-1] == 0
    assert _rows(made, "silent") == [["SH310113", "上海市", 1, 72, 6 * 720, Share(72, 6 * 720)]]

    shanghais, alone = _made(engine, "province:上海市"), _made(engine, "station:CD510104")
    _check_hours(shanghais, [one for one in own if one.station[:2] == "SH"])
    _check_hours(alone, [one for one in own if one.station == "CD510104"])
    assert [row[0] for row in _rows(shanghais, "presence")] == ["上海市"]
    assert _rows(alone, "silent") == []
    there = sum(ends[one.order_id].station == "CD510104" for one in centre)
    assert sum(row[1] for row in _rows(alone, "centre")[:-1]) == there

    tested = _rows(_made(engine, period="2026-11-19/2026-11-21"), "backtest")
    since, until = START + timedelta(days=3), START + timedelta(days=6)
    with reading(engine) as conn:
        due = (clocks.c.kind == "accept", clocks.c.due_at >= since, clocks.c.due_at < until)
        looked = conn.scalar(select(func.count()).where(*due, clocks.c.verdict != "running")) or 0
    assert looked < sum(row[1] for row in tested) < 3 * looked, "each at least once, those that waited again"
    assert _rows(made, "backtest") == [], "nothing was learnt before the first day"


def _check_hours(made: Document, own: list[Any]) -> None:
    hours = {row[0]: row[1:] for row in _rows(made, "pace")}
    for hour in range(24):
        assigned = sum(shanghai(one.started_at).hour == hour for one in own)
        accepted = sum(one.accepted_at is not None and shanghai(one.accepted_at).hour == hour for one in own)
        assert hours[f"{hour:02d}:00"] == [assigned, accepted]
    assert hours["合计 total"] == [len(own), sum(one.accepted_at is not None for one in own)]


# ---- the back-test


def wait(begin: float, length: float, late: bool = False) -> Wait:
    return Wait(begin, length, late, False, 480, 1200)


def test_who_still_waits_is_looked_at_and_what_is_ahead() -> None:
    """Taken after exactly 10 minutes: not looked at then; a moment later: looked at once more. The second one has one
    ahead at first, none at minute 10. A station in the middle of nowhere has the network's pace."""
    paces = learnt([{"A": [wait(one / 7, 5 + one % 20) for one in range(300)]}])
    day = date(2026, 5, 4)
    both = {"A": [wait(0, 10), wait(1, 10.001)], "N": [wait(0, 30, late=True)]}
    found = tried(paces, both, day)
    assert [late for _, late in found] == [False, False, False, True, True, True]
    eight = midnight(day) + timedelta(hours=8)
    minute = timedelta(minutes=1)
    expected = [
        risk(paces["A"], 0, 30 * minute, eight),
        risk(paces["A"], 1, 30 * minute, eight + minute),
        risk(paces["A"], 0, 20 * minute, eight + 11 * minute),
        *(risk(paces[""], 0, (30 - gone) * minute, eight + gone * minute) for gone in (0, 10, 20)),
    ]
    assert [said for said, _ in found] == expected
    assert tried(paces, both, day, {"N"}) == found[3:]


def test_of_too_few_nothing_is_said() -> None:
    paces = learnt([{"A": [wait(one, 5) for one in range(LEAST_ORDERS - 1)]}])
    assert tried(paces, {"A": [wait(0, 10)]}, date(2026, 5, 4)) == []


def test_in_a_world_that_stays_the_same_the_risks_are_right() -> None:
    """Ends at random, one in twenty minutes: learnt on 14 days, tried on 3; each band within 4 points of what came."""
    rng = Random(8)

    def made() -> dict[str, list[Wait]]:
        drawn = [(rng.uniform(0, 600), rng.expovariate(1 / 20)) for _ in range(1500)]
        return {"A": [wait(begin, min(gone, 30.0), gone > 30) for begin, gone in drawn]}

    paces = learnt(made() for _ in range(14))
    found = [one for _ in range(3) for one in tried(paces, made(), date(2026, 5, 4))]
    table = calibration(pl.DataFrame(found, schema=RINGS, orient="row"))
    for _, times, said, late in table.iter_rows():
        assert times < 100 or abs(late / times - said / times / 1000) < 0.04


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_to_tell_and_nothing_to_find(engine: Engine) -> None:
    """A period without anything makes a document all the same."""
    made = _made(engine)
    assert _rows(made, "centre") == _rows(made, "forecast") == _rows(made, "feedback") == []
    assert _rows(made, "pace")[-1] == ["合计 total", 0, 0]
    for scope in ("province:nowhere", "station:nobody", "house:A"):
        with pytest.raises(NoReport, match="no such scope"):
            _made(engine, scope)
    with pytest.raises(NoReport, match="never frozen"):
        _made(engine, number=0)
    with pytest.raises(NoReport, match="no such period"):
        _made(engine, period="2026-W54")
