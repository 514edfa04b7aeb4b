"""DUTY-3 as the processes do it: looks noted, silences opened, told to the province once, ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from jobs.environment import Environment
from jobs.tasks import perform
from sla.availability.actions import beat
from sla.presence.actions import look
from sla.presence.queries import open_silences, seen, silent_minutes
from sla.silence import silent_since
from storage.session import reading, run, writing
from storage.tables.geo import network_version, stations
from storage.tables.notify import messages
from storage.tables.sla import outages, silences
from tests.jobs.test_warn import do, push
from tests.web.conftest import Clock
from tests.web.door import NOON

M, TICK = timedelta(minutes=1), timedelta(microseconds=1)


def local(time: str, day: int = 22) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{time}+08:00")


def looks(env: Environment, at: datetime, *codes: str) -> None:
    run(env.engine, lambda conn: look(conn, codes, at))


def found(env: Environment, clock: Clock, at: datetime) -> Sequence[Any]:
    """All silences after a run, doubled, at that instant: (station, from, until)."""
    clock.at = at
    perform(env, "presence")
    perform(env, "presence")
    with reading(env.engine) as conn:
        query = select(silences.c.station, silences.c.started_at, silences.c.ended_at)
        return [tuple(row) for row in conn.execute(query.order_by(silences.c.started_at, silences.c.station))]


def told(env: Environment) -> list[tuple[str, str]]:
    with reading(env.engine) as conn:
        rows = conn.execute(select(messages.c.to_code, messages.c.text).order_by(messages.c.id))
        return [(row.to_code, row.text) for row in rows]


def test_duty_3_silent_after_twenty_minutes(env: Environment, clock: Clock) -> None:
    looks(env, NOON, "HZ01", "HZ02")
    assert found(env, clock, NOON + 21 * M) == [], "exactly 20:00, and the minute in which no other look is noted"
    assert found(env, clock, NOON + 21 * M + TICK) == [
        ("HZ01", NOON + 21 * M, None), ("HZ02", NOON + 21 * M, None),
    ]  # fmt: skip
    ((to, text),) = told(env)
    assert to == "浙江省" and "西湖网点 HZ01、拱墅一网点 HZ02在班超过 20 分钟" in text
    assert len(found(env, clock, NOON + 90 * M)) == 2 and len(told(env)) == 1, "told once"
    looks(env, NOON + 95 * M, "HZ01")
    assert found(env, clock, NOON + 96 * M)[0] == ("HZ01", NOON + 21 * M, NOON + 95 * M)
    assert found(env, clock, NOON + 117 * M)[2] == ("HZ01", NOON + 116 * M, None) and len(told(env)) == 2


def test_duty_3_it_ends_with_the_duty_and_begins_anew(env: Environment, clock: Clock) -> None:
    looks(env, local("12:00"), "HZ01")
    found(env, clock, local("12:30"))
    assert found(env, clock, local("23:00")) == [("HZ01", local("12:21"), local("20:00"))]
    assert len(found(env, clock, local("08:20", 23))) == 1
    assert found(env, clock, local("08:21", 23))[1:] == [("HZ01", local("08:20", 23), None)]
    assert found(env, clock, local("09:00", 24)) == [
        ("HZ01", local("12:21"), local("20:00")),
        ("HZ01", local("08:20", 23), local("20:00", 23)),
        ("HZ01", local("08:20", 24), None),
    ], "a run that comes a day late"


def test_duty_3_xinjiang_has_its_own_hours(env: Environment, clock: Clock) -> None:
    looks(env, local("20:00", 21), "XJ01", "HZ01")
    assert found(env, clock, local("08:30")) == [("HZ01", local("08:20"), None)]
    assert found(env, clock, local("10:21"))[1:] == [("XJ01", local("10:20"), None)]


def test_duty_3_who_is_never_silent(env: Environment, clock: Clock) -> None:
    """Stations that never looked, that do not accept, and those that have left the network."""
    looks(env, NOON, "HZ09", "GONE", "HZ03")
    assert [one[0] for one in found(env, clock, NOON + 60 * M)] == ["HZ03"]
    with writing(env.engine) as conn:
        conn.execute(stations.update().where(stations.c.code == "HZ03").values(accepts=False))
        conn.execute(network_version.update().values(version=network_version.c.version + 1))
    assert found(env, clock, NOON + 90 * M) == [("HZ03", NOON + 21 * M, NOON + 90 * M)]


def test_duty_3_an_older_look_changes_nothing(env: Environment) -> None:
    looks(env, NOON + M, "HZ01")
    looks(env, NOON, "HZ01", "HZ02")
    with reading(env.engine) as conn:
        assert seen(conn) == {"HZ01": NOON + M, "HZ02": NOON}


@pytest.mark.parametrize("ended", [None, NOON + 50 * M])
def test_duty_3_our_own_outage_is_nobodys_silence(env: Environment, clock: Clock, ended: datetime | None) -> None:
    looks(env, NOON, "HZ01")
    with writing(env.engine) as conn:
        span = {
            "started_at": NOON + 5 * M,
            "ended_at": ended,
            "noticed_at": NOON,
            "by": "system",
            "note": "",
            "looked": 0,
        }
        conn.execute(insert(outages).values(source="web", **span))
        conn.execute(insert(outages).values(source="crm", **span | {"ended_at": None}))
    assert found(env, clock, NOON + 70 * M) == []
    since = [] if ended is None else [("HZ01", NOON + 70 * M, None)]
    assert found(env, clock, NOON + 71 * M) == since


def test_duty_3_who_has_orders_waiting_comes_first(env: Environment, clock: Clock) -> None:
    looks(env, NOON, "HZ01")
    looks(env, NOON + M, "HZ02")
    do(env, push(env, "IS1", "HZ02"), push(env, "IS2", "HZ02"))
    found(env, clock, NOON + 25 * M)
    with reading(env.engine) as conn:
        rows = open_silences(conn)
        assert [(row.station, row.waiting, row.seen_at) for row in rows] == [("HZ02", 2, NOON + M), ("HZ01", 0, NOON)]
        assert [row.station for row in open_silences(conn, ["HZ01"])] == ["HZ01"] and open_silences(conn, []) == []


def test_duty_3_minutes_of_a_week(env: Environment, clock: Clock) -> None:
    looks(env, NOON, "HZ01", "HZ02")
    found(env, clock, NOON + 30 * M)
    looks(env, NOON + 30 * M + TICK, "HZ02")
    with reading(env.engine) as conn:
        assert silent_minutes(conn, NOON, NOON + 50 * M) == [("HZ01", 1, 29), ("HZ02", 1, 10)]
        assert silent_minutes(conn, NOON + 25 * M, NOON + 28 * M, ["HZ02"]) == [("HZ02", 1, 3)]
        assert silent_minutes(conn, NOON, NOON + 21 * M) == []


def test_duty_3_after_all_of_us_were_away(env: Environment, clock: Clock) -> None:
    """The task may run before the web process is back, and before anybody has put the outage down."""
    run(env.engine, lambda conn: beat(conn, NOON))
    looks(env, NOON, "HZ01", "HZ02")
    assert found(env, clock, NOON + 120 * M) == [] and told(env) == []
    run(env.engine, lambda conn: beat(conn, NOON + 120 * M + TICK))
    assert found(env, clock, NOON + 140 * M) == []
    run(env.engine, lambda conn: beat(conn, NOON + 140 * M))


def test_duty_3_minutes_without_those_of_our_own_outage(env: Environment, clock: Clock) -> None:
    looks(env, NOON, "HZ01")
    found(env, clock, NOON + 22 * M)
    span = {"by": "system", "note": "", "looked": 0, "noticed_at": NOON}
    ours: list[dict[str, Any]] = [
        {"source": "web", "started_at": NOON + 23 * M, "ended_at": NOON + 60 * M},
        {"source": "web", "started_at": NOON + 40 * M, "ended_at": NOON + 143 * M},
        {"source": "web", "started_at": NOON + 144 * M, "ended_at": NOON + 200 * M, "withdrawn_at": NOON},
        {"source": "crm", "started_at": NOON, "ended_at": NOON + 200 * M},
    ]
    with writing(env.engine) as conn:
        for one in ours:
            conn.execute(insert(outages).values(**one, **span))
    looks(env, NOON + 145 * M, "HZ01")
    with reading(env.engine) as conn:
        assert silent_minutes(conn, NOON, NOON + 200 * M) == [("HZ01", 1, 4)], "12:21 to 12:23, 14:23 to 14:25"
        assert silent_minutes(conn, NOON + 30 * M, NOON + 60 * M) == [("HZ01", 1, 0)]


def test_duty_3_an_outage_that_was_taken_back_excuses_nobody(env: Environment, clock: Clock) -> None:
    looks(env, NOON, "HZ01")
    span = {"started_at": NOON, "ended_at": NOON + 50 * M, "noticed_at": NOON, "by": "system", "note": "", "looked": 0}
    with writing(env.engine) as conn:
        conn.execute(insert(outages).values(source="web", withdrawn_at=NOON, **span))
    assert found(env, clock, NOON + 22 * M) == [("HZ01", NOON + 21 * M, None)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_duty_3_a_look_beside_the_task(env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes after the looks were read and before the silence is written: nobody was silent, nobody is told."""
    looks(env, NOON, "HZ01", "HZ02")
    clock.at = NOON + 21 * M + TICK

    def meanwhile(*given: Any) -> datetime | None:
        looks(env, clock.at, "HZ01")
        return silent_since(*given)

    monkeypatch.setattr("sla.presence.actions.silent_since", meanwhile)
    assert found(env, clock, clock.at) == [("HZ02", NOON + 21 * M, None)]
    assert ["HZ01" in text for _, text in told(env)] == [False]
