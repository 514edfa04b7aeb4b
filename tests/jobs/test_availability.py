"""F-41, VIO-3: our outage across deadlines, and a channel's, from the beats and lanes to the excuse and the review."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, update

from channels.feedback import Claimed, Feedback, Outcome, Reply, Tried
from dispatch import actions as dispatch
from dispatch.outage_news import actions as outage_news
from jobs.availability import Beats, beat, met
from jobs.clock_watch import ClockWatch
from jobs.environment import Environment
from jobs.tasks import perform
from penalties.actions import Change, change
from penalties.lifecycle import CONFIRM
from penalties.queries import open_suspicions
from sla.availability import actions
from sla.availability.actions import enter, withdraw
from storage.session import reading, run
from storage.tables.channels import channels
from storage.tables.sla import beats, outages, violations
from tests.jobs.conftest import Listener, connect_channel
from tests.jobs.test_feedback import queue
from tests.jobs.test_sweep import take
from tests.web.conftest import Clock
from tests.web.door import NOON

MINUTE = timedelta(minutes=1)


def excuses(env: Environment) -> list[tuple[str, str, int | None]]:
    """Kind, excuse, and the seconds that our outage took of its clock."""
    with reading(env.engine) as conn:
        rows = conn.execute(select(violations).order_by(violations.c.id)).all()
    return [(row.kind, row.excuse, figures(row, "our_outage").get("seconds")) for row in rows]


def figures(row: Any, name: str) -> dict[str, Any]:
    [found] = [one["figures"] for one in row.evidence["checks"] if one["name"] == name]
    return dict(found)


def start(env: Environment, clock: Clock, count: int = 1) -> None:
    """Well since 11:00; orders of noon, due at 12:30."""
    clock.at = NOON - timedelta(hours=1)
    assert beat(env)
    clock.at = NOON
    with_beats(env, clock, 0)
    run(env.engine, lambda conn: conn.execute(outages.delete()))  # the hour in which this test sent no beats
    take(env, count)


def with_beats(env: Environment, clock: Clock, minutes: int) -> None:
    """Time passes and the console is well."""
    for _ in range(minutes * 3):
        assert beat(env)
        clock.forward(seconds=20)
    assert beat(env)


def test_f_41_the_console_is_away_across_the_deadline(env: Environment, clock: Clock) -> None:
    """Stopped at 12:10, started again at 12:50: 20 of the 30 minutes were ours. It is in no bulk confirmation."""
    start(env, clock)
    with_beats(env, clock, 10)
    clock.forward(minutes=40)
    perform(env, "sweep")  # before the first beat after the restart
    assert excuses(env) == [("V-ACCEPT", "our_outage", 1200)]
    assert beat(env)
    with reading(env.engine) as conn:
        [row] = conn.execute(select(outages)).all()
        assert (row.started_at, row.ended_at, row.by) == (NOON + 10 * MINUTE, NOON + 50 * MINUTE, "system")
        assert open_suspicions(conn) == []
    clock.forward(minutes=20)
    perform(env, "sweep")
    assert excuses(env) == [("V-ACCEPT", "our_outage", 1200)]


def test_f_41_without_an_outage_nothing_is_excused(env: Environment, clock: Clock) -> None:
    start(env, clock)
    with_beats(env, clock, 31)
    perform(env, "sweep")
    assert excuses(env) == [("V-ACCEPT", "", 0)]


def test_f_41_workers_away_are_no_outage(env: Environment, clock: Clock) -> None:
    """Nobody swept for two hours, but stations could act."""
    start(env, clock)
    with_beats(env, clock, 120)
    perform(env, "sweep")
    assert excuses(env) == [("V-ACCEPT", "", 0)]


def test_f_41_workers_go_on_while_the_console_is_away(env: Environment, clock: Clock) -> None:
    """A suspicion found before anybody could know of the outage is judged again; one that is decided stays."""
    start(env, clock, 2)
    with_beats(env, clock, 29)
    perform(env, "sweep")
    clock.forward(seconds=61)  # the console has been away for a minute, of which 60 s were before the deadline
    run(env.engine, lambda conn: conn.execute(update(beats).values(last_at=clock.at)))
    perform(env, "sweep")
    assert excuses(env) == [("V-ACCEPT", "", 0)] * 2
    run(env.engine, lambda conn: change(conn, [Change(1, CONFIRM, clock.at, "hq", "属实")], clock.at))
    run(env.engine, lambda conn: conn.execute(update(beats).values(last_at=NOON + 29 * MINUTE)))
    clock.forward(seconds=10)
    perform(env, "sweep")
    for _ in range(4):
        clock.forward(seconds=30)
        perform(env, "sweep")
    assert excuses(env) == [("V-ACCEPT", "", 0), ("V-ACCEPT", "our_outage", 60)]


def test_vio_3_an_outage_entered_afterwards(env: Environment, clock: Clock) -> None:
    """Of the order's channel, in the middle of its clock; another channel's changes nothing."""
    start(env, clock)
    with_beats(env, clock, 31)
    perform(env, "sweep")
    for source, excuse in (("alipay", ""), ("crm", "channel_outage")):
        span = (NOON + MINUTE, NOON + 3 * MINUTE)
        said = run(env.engine, lambda conn: enter(conn, source, [source], span, "总部", "公告", clock.at))  # noqa: B023
        assert said is None
        for _ in range(8):
            with_beats(env, clock, 1)
            perform(env, "sweep")
        [(_, found, _)] = excuses(env)
        assert found == excuse
    with reading(env.engine) as conn:
        [row] = conn.execute(select(violations)).all()
    assert figures(row, "channel_outage") == {"seconds": 120}


def test_vio_3_an_outage_taken_back_excuses_nobody(env: Environment, clock: Clock) -> None:
    start(env, clock)
    with_beats(env, clock, 31)
    perform(env, "sweep")
    span = (NOON + MINUTE, NOON + 3 * MINUTE)
    assert run(env.engine, lambda conn: enter(conn, "crm", ["crm"], span, "总部", "公告", clock.at)) is None
    with_beats(env, clock, 2)
    perform(env, "sweep")
    with_beats(env, clock, 1)
    perform(env, "sweep")
    assert [one[1] for one in excuses(env)] == ["channel_outage"]
    with reading(env.engine) as conn:
        [one] = conn.scalars(select(outages.c.id)).all()
    assert run(env.engine, lambda conn: withdraw(conn, one, "总部", clock.at)) is None
    with_beats(env, clock, 1)
    perform(env, "sweep")
    with_beats(env, clock, 1)
    perform(env, "sweep")
    assert [one[1] for one in excuses(env)] == [""]


def test_vio_3_news_of_a_hundred_outages_is_one_judgement_in_all_processes(
    env: Environment, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each order is due once, and of four processes one looks; an order that is due already is not written."""
    start(env, clock, 5)
    with_beats(env, clock, 31)
    perform(env, "sweep")
    written: list[int] = []

    def count(conn: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        if statement.startswith("UPDATE orders SET next_at"):
            written.append(context.cursor.rowcount)

    def enter_all(conn: Connection) -> None:
        for n in range(100):
            span = (NOON + n * timedelta(seconds=15), NOON + n * timedelta(seconds=15) + MINUTE)
            assert enter(conn, "crm", ["crm"], span, "总部", "公告", clock.at) is None

    run(env.engine, enter_all)
    clock.forward(seconds=6)
    monkeypatch.setattr(outage_news, "BATCH", 2)
    monkeypatch.setattr(dispatch, "sweep", lambda *_: 0)
    event.listen(env.engine, "after_cursor_execute", count)
    for _ in range(4):
        fresh = Environment(env.settings, env.engine, env.shipped, clock)
        perform(fresh, "sweep")
    event.remove(env.engine, "after_cursor_execute", count)
    assert written == [2, 2, 1]


def test_vio_3_what_is_known_in_advance_rests_on_no_outage_without_an_end(env: Environment, clock: Clock) -> None:
    """An order comes while a beat is late; the beat had only waited, so there was no outage at all."""
    start(env, clock, 0)
    late = NOON - timedelta(seconds=31)
    run(env.engine, lambda conn: conn.execute(update(beats).values(last_at=late)))
    take(env, 1)
    run(env.engine, lambda conn: actions.beat(conn, NOON - timedelta(seconds=2)))
    with_beats(env, clock, 31)
    perform(env, "sweep")
    assert excuses(env) == [("V-ACCEPT", "", 0)]
    with reading(env.engine) as conn:
        assert conn.execute(select(outages)).all() == []


def test_a_beat_fails_quietly_and_a_doubted_process_makes_none(env: Environment, clock: Clock) -> None:
    doubted = Environment(
        env.settings, env.engine, env.shipped, clock, watch=ClockWatch(clock, lambda: 0.0, lambda: "a")
    )
    if env.engine.dialect.name == "postgresql":
        assert not beat(doubted), "years off the database's clock"
        return
    assert beat(doubted)
    clock.forward(minutes=10)
    assert not beat(doubted)
    clock.forward(minutes=-10)
    assert beat(doubted)
    with reading(env.engine) as conn:
        assert conn.execute(select(outages)).all() == []


def test_the_first_beat_comes_before_the_first_request(env: Environment) -> None:
    thread = Beats(env)
    with reading(env.engine) as conn:
        assert [row.source for row in conn.execute(select(beats))] == ["web"]
    thread.close()


def failed(channel: str, reply: Reply) -> list[Tried]:
    """Of two orders."""
    told = [Claimed(n, Feedback(n, 1, "浙江省", channel, "accepted", {}), 1, NOON) for n in (1, 2)]
    return [Tried(one, Outcome.LATER, reply) for one in told]


def spans(env: Environment) -> list[tuple[str, timedelta, timedelta | None]]:
    with reading(env.engine) as conn:
        rows = conn.execute(select(outages).order_by(outages.c.id)).all()
    return [(r.source, r.started_at - NOON, r.ended_at - NOON if r.ended_at else None) for r in rows]


@pytest.mark.parametrize(
    ("status", "away"), [(500, True), (503, True), (429, False), (400, False), (200, False)], ids=str
)
def test_vio_3_what_a_lane_meets(
    env: Environment, clock: Clock, listen: Callable[[], Listener], status: int, away: bool
) -> None:
    """Errors of theirs are an outage; refusals, and asking for patience, are none."""
    crm = listen()
    connect_channel(env, "crm", crm.url)
    crm.answer = lambda *_: (status, {}, "no")
    queue(env, [1], ["accepted", "picked_up"])
    perform(env, "feedback:crm")
    assert spans(env) == [], "one order alone proves nothing"
    queue(env, [2], ["accepted"])
    for _ in range(3):
        run(env.engine, lambda conn: conn.execute(update(channels).values(paused_until=None)))
        perform(env, "feedback:crm")
        clock.forward(minutes=1)
    assert spans(env) == ([("crm", timedelta(0), None)] if away else [])
    crm.answer = lambda *_: (200, {}, "ok")
    clock.forward(hours=5)
    queue(env, [3], ["accepted"])
    perform(env, "feedback:crm")
    if away:
        assert spans(env) == [("crm", timedelta(0), timedelta(minutes=2))], "nobody tried in the five hours after it"


def test_vio_3_a_channel_that_nobody_answers_for(
    env: Environment, clock: Clock, listen: Callable[[], Listener]
) -> None:
    crm = listen()
    connect_channel(env, "crm", crm.url)
    crm.server.shutdown()
    crm.server.server_close()
    queue(env, [1, 2], ["accepted"])
    perform(env, "feedback:crm")
    assert spans(env) == [("crm", timedelta(0), None)]


@pytest.mark.parametrize(("channel", "away"), [("kuaidi100", False), ("sms", False), ("cainiao", True)])
def test_a_channel_whose_orders_bring_their_own_address_has_no_outage(
    env: Environment, clock: Clock, channel: str, away: bool
) -> None:
    """One dead address is not the channel; nor is a sender's telephone."""
    run(env.engine, lambda conn: met(conn, channel, failed(channel, Reply(502, "")), NOON, clock.at))
    assert bool(spans(env)) is away


@pytest.mark.parametrize(("text", "away"), [("Timeout", True), ("no address", False), ("not set up: appid", False)])
def test_what_never_left_us_is_no_outage_of_theirs(env: Environment, clock: Clock, text: str, away: bool) -> None:
    run(env.engine, lambda conn: met(conn, "crm", failed("crm", Reply(None, text)), NOON, clock.at))
    assert bool(spans(env)) is away
