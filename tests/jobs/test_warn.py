"""DO-8 as the processes do it: each step once for each assignment, at its time, and one message however many orders."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import insert, select

from channels.messages import OrderPush
from dispatch.actions import conduct
from dispatch.facts import Accept, Item, Target, Transfer
from jobs import warn
from jobs.environment import Environment
from jobs.tasks import is_task, perform
from jobs.timetable import TIMETABLE
from sla.forecast import SPANS, Pace
from sla.ladder import STEPS
from sla.warnings.actions import called, ring
from sla.warnings.plan import by_house, plan
from sla.warnings.queries import call_list, calls_open, rings_of, running
from storage.session import reading, run, writing
from storage.tables.dispatch import orders
from storage.tables.geo import closures, network_version
from storage.tables.notify import messages
from storage.tables.sla import clocks, rings
from tests.web.conftest import Clock
from tests.web.door import NOON

M, TICK = timedelta(minutes=1), timedelta(microseconds=1)
PLACES = {"HZ01": (120.07, 30.07), "HZ01A": (120.03, 30.03), "HZ02": (120.25, 30.05)}
SLOW = Pace(200, 5_000, 1.0, (1e-6,) * len(SPANS), (1.0,) * 24, (1.0,) * 6, 1.0, 1.0)  # nothing is ever taken
NIGHT = datetime.fromisoformat("2026-11-22T23:00:00+08:00")


def do(env: Environment, *whats: Any) -> None:
    items = [Item(env.clock(), what, "test") for what in whats]
    assert run(env.engine, lambda conn: conduct(conn, items, env.world(conn))) == [None] * len(whats)


def push(env: Environment, number: str, place: str = "HZ01") -> OrderPush:
    lng, lat = PLACES[place]
    sender = {"name": "欧阳明月", "phone": "13812345678"}
    content = {"lng": lng, "lat": lat, "datum": "GCJ-02", "business_type": "send_express", "sender": sender}
    return OrderPush("crm", number, env.clock(), {"online": True, **content})


def log(env: Environment) -> list[tuple[str, int, str]]:
    """(number, assignment, step) of all rings."""
    query = select(orders.c.logistics_no, rings.c.seq, rings.c.step).join(orders, orders.c.id == rings.c.order_id)
    with reading(env.engine) as conn:
        return [(row[0], row[1], row[2]) for row in conn.execute(query.order_by(rings.c.id))]


def told(env: Environment) -> Sequence[Any]:
    with reading(env.engine) as conn:
        return conn.execute(select(messages).order_by(messages.c.key)).all()


def at(env: Environment, clock: Clock, when: datetime) -> set[str]:
    """The steps that one run takes then."""
    clock.at, before = when, log(env)
    perform(env, "warn")
    perform(env, "warn")  # doubled
    return {step for _, _, step in log(env)[len(before) :]}


def test_do_8_is_in_the_timetable() -> None:
    assert {"warn", "presence", "notify"} <= {entry.task for entry in TIMETABLE}
    assert is_task("notify:sms") and not is_task("warn:sms")


def test_do_8_each_step_once_at_its_time(env: Environment, clock: Clock) -> None:
    do(env, push(env, "IS1"))
    assert at(env, clock, NOON + 15 * M - TICK) == set()
    assert at(env, clock, NOON + 15 * M) == {"tint"}
    assert at(env, clock, NOON + 20 * M - TICK) == set() and not told(env)
    assert at(env, clock, NOON + 20 * M) == {"sound", "message"}
    assert at(env, clock, NOON + 25 * M) == {"call_list", "offer_transfer"}
    assert at(env, clock, NOON + 30 * M) == set() and len(log(env)) == 5
    call, late, offer = told(env)
    assert [(one.to_kind, one.to_code, one.kind) for one in (call, offer, late)] == [
        ("province", "浙江省", "call_list"), ("station", "HZ01", "offer_transfer"), ("station", "HZ01", "late_soon"),
    ]  # fmt: skip
    assert late.subject.startswith("1 单即将超时 / ") and late.link == "/desk" and late.created_at == NOON + 20 * M
    assert "西湖网点 HZ01 1 单,最早 12:30 到期:IS1。" in late.text and late.order_id is not None
    with reading(env.engine) as conn:
        kept = {row.step: row for row in rings_of(conn, [late.order_id])}
    assert kept["message"].told == {"messages": [late.key]} and kept["call_list"].told == {"messages": [call.key]}
    assert kept["tint"].told == {"messages": []} and not any(row.ahead for row in kept.values())
    assert {row.due_at for row in kept.values()} == {NOON + 30 * M} and kept["tint"].station == "HZ01"


def test_do_8_nothing_after_the_act_or_the_deadline(env: Environment, clock: Clock) -> None:
    do(env, push(env, "IS1"), push(env, "IS2"))
    assert at(env, clock, NOON + 15 * M) == {"tint"}
    do(env, Accept(Target("IS1"), "HZ01"))
    at(env, clock, NOON + 20 * M)
    assert [number for number, _, step in log(env) if step != "tint"] == ["IS2", "IS2"]
    assert at(env, clock, NOON + 30 * M + TICK) == set(), "warned before a deadline, not after"


def test_do_8_a_late_run_takes_what_it_missed(env: Environment, clock: Clock) -> None:
    do(env, push(env, "IS1"))
    assert at(env, clock, NOON + 29 * M) == set(STEPS)
    assert len(told(env)) == 3


def test_do_8_nobody_is_rung_at_night(env: Environment, clock: Clock) -> None:
    """An order of 23:00 rings nobody before 08:15, and a run at the end of duty does not ring for the morning."""
    clock.at = NIGHT
    do(env, push(env, "IS1"))
    for hours in (0, 4, 8.99):
        assert at(env, clock, NIGHT + timedelta(hours=hours)) == set()
    assert at(env, clock, NIGHT + timedelta(hours=9, minutes=14)) == set()
    assert at(env, clock, NIGHT + timedelta(hours=9, minutes=15)) == {"tint"}


def test_do_8_one_message_however_many_orders(env: Environment, clock: Clock) -> None:
    do(env, *[push(env, f"IS{n}") for n in range(30)], *[push(env, f"IS9{n}A", "HZ01A") for n in range(3)])
    at(env, clock, NOON + 20 * M)
    area, station = told(env)[0], told(env)[1]
    assert len(told(env)) == 2 and (station.to_code, area.to_code) == ("HZ01A", "HZ01")
    assert area.subject.startswith("33 单") and "西湖网点 HZ01 30 单、西湖承包区甲 HZ01A 3 单" in area.text
    assert station.subject.startswith("3 单") and "IS90A、IS91A、IS92A" in station.text and "IS" not in area.text
    assert len(log(env)) == 33 * 3
    assert not any("1381234" in one.text or "欧阳" in one.text for one in told(env)), "no customer in a message"


def test_do_8_the_province_is_told_once_in_a_span(env: Environment, clock: Clock) -> None:
    """Its list has them all; one message for each five minutes of the clock, whatever the runs."""
    for minute in range(6):
        clock.at = NOON + minute * M
        do(env, push(env, f"IS{minute}"))
    for minute in range(25, 31):
        at(env, clock, NOON + minute * M)
    calls = [one for one in told(env) if one.kind == "call_list"]
    assert [one.created_at for one in calls] == [NOON + 25 * M, NOON + 30 * M]
    assert sum(step == "call_list" for _, _, step in log(env)) == 6


def test_do_8_a_new_assignment_has_a_ladder_of_its_own(env: Environment, clock: Clock) -> None:
    do(env, push(env, "IS1"))
    at(env, clock, NOON + 15 * M)
    clock.at = NOON + 16 * M
    do(env, Transfer(Target("IS1"), "HZ01", "HZ02", ""))
    assert at(env, clock, NOON + 25 * M) == set()
    assert at(env, clock, NOON + 31 * M) == {"tint"} and log(env) == [("IS1", 1, "tint"), ("IS1", 2, "tint")]


def test_route_6_a_closed_station_is_not_rung(env: Environment, clock: Clock) -> None:
    do(env, push(env, "IS1"))
    with writing(env.engine) as conn:  # as HQ would have granted it before
        span = {"starts_at": NOON + 5 * M, "ends_at": NOON + 65 * M, "imported_at": NOON - M}
        conn.execute(insert(closures).values(station="HZ01", **span))
        conn.execute(network_version.update().values(version=network_version.c.version + 1))
        conn.execute(moved_to(NOON + 90 * M))
    for minute in (5, 30, 64):
        assert at(env, clock, NOON + minute * M) == set()
    assert at(env, clock, NOON + 75 * M) == {"tint"}


def moved_to(due: datetime) -> Any:
    """The deadline that a closure moved."""
    return clocks.update().where(clocks.c.kind == "accept").values(due_at=due)


def test_do_8_what_is_likely_late_is_warned_of_ahead(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warn, "paces_of", lambda _conn, codes: {code: SLOW for code in codes if code == "HZ01"})
    do(env, push(env, "IS1"), push(env, "IS2", "HZ02"))
    assert at(env, clock, NOON + 1 * M) == {"tint"}
    assert at(env, clock, NOON + 15 * M) == {"sound", "message", "tint"}
    assert [one for one in log(env) if one[0] == "IS2"] == [("IS2", 1, "tint")]
    with reading(env.engine) as conn:
        kept = [row for row in conn.execute(select(rings)) if row.station == "HZ01"]
    assert all(row.ahead and row.risk > 0.99 for row in kept) and "(按本网点速度预测)" in told(env)[0].text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_do_8_two_workers_at_once(env: Environment, clock: Clock) -> None:
    """Both have planned the same steps: each is taken once, and told of once."""
    do(env, *[push(env, f"IS{n}") for n in range(40)])
    clock.at = NOON + 25 * M
    together, done = Barrier(4), []

    def work(number: int) -> None:
        now = clock.at + number * TICK
        with reading(env.engine) as conn:
            clocks, world = running(conn, now), env.world(conn)
        due = plan(clocks, world.book, world.calendar, {}, now)
        together.wait()
        for some in by_house(due, world.network, 10):
            given: dict[str, Any] = {
                "network": world.network,
                "book": world.book,
                "calendar": world.calendar,
                "now": now,
            }
            done.append(run(env.engine, partial(ring, due=some, **given)))

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == len(log(env)) == 200 and len(set(log(env))) == 200
    with reading(env.engine) as conn:
        named = {key for row in conn.execute(select(rings)) for key in row.told["messages"]}
    assert named == {one.key for one in told(env)}


def test_do_8_batches_never_part_a_house(env: Environment, clock: Clock) -> None:
    do(env, *[push(env, f"IS{n}{place}", place) for n in range(4) for place in PLACES])
    clock.at = NOON + 29 * M
    with reading(env.engine) as conn:
        world = env.world(conn)
        due = plan(running(conn, clock.at), world.book, world.calendar, {}, clock.at)
    found = list(by_house(due, world.network, 3))
    assert [{one.of.station for one in some} for some in found] == [{"HZ01", "HZ01A"}, {"HZ02"}]
    assert sorted(map(repr, due)) == sorted(repr(one) for some in found for one in some)


def test_do_8_the_call_list(env: Environment, clock: Clock) -> None:
    do(env, push(env, "IS1"), push(env, "IS2"), push(env, "IS3", "HZ02"))
    at(env, clock, NOON + 26 * M)
    with writing(env.engine) as conn:
        assert [(row.station, row.orders, row.open) for row in call_list(conn, clock.at, None)] == [
            ("HZ01", 2, 2), ("HZ02", 1, 1),
        ]  # fmt: skip
        assert call_list(conn, clock.at, ["XJ01"]) == [] and calls_open(conn, None) == 2 and calls_open(conn, []) == 0
        assert called(conn, "HZ01", "浙江陈平", clock.at) == 2
        assert called(conn, "HZ01", "另一人", clock.at) == 0, "the first call stands"
        assert call_list(conn, clock.at, ["HZ01"])[0].called_by == "浙江陈平"
    clock.at = NOON + 27 * M
    do(env, Accept(Target("IS1"), "HZ01"))
    with reading(env.engine) as conn:
        other, mine = call_list(conn, clock.at, ["HZ01", "HZ02"])
        late = call_list(conn, NOON + 31 * M, None)
    assert (other.station, other.called_by) == ("HZ02", None)
    assert (mine.orders, mine.open, mine.called_by) == (1, 0, "浙江陈平")
    assert [(row.station, row.late, row.due_at) for row in late] == [("HZ02", 1, None), ("HZ01", 1, None)]
