"""The hourly count of how the running month stands (REWARD-2): the month before too, until it is settled."""

from sqlalchemy import select

from jobs.environment import Environment
from jobs.tasks import perform
from jobs.timetable import TIMETABLE
from penalties.settling.actions import settle
from penalties.standings.queries import standing_of
from storage.session import reading, run, writing
from storage.tables.penalties import standings
from tests.rules.months import Months, at
from tests.web.conftest import Clock


def test_reward_2_counted_every_hour_until_the_month_is_settled(env: Environment, clock: Clock) -> None:
    assert {entry.task: entry.every for entry in TIMETABLE}["standings"] == 3600
    clock.at = at("6-01 00:10")
    with writing(env.engine) as conn:
        months = Months(conn)
        months.order("A", "5-31 23:59")
        months.order("A", "5-31 23:59")
    perform(env, "standings")
    with reading(env.engine) as conn:
        assert set(conn.execute(select(standings.c.month).distinct()).scalars()) == {"2026-05", "2026-06"}
        may = standing_of(conn, "2026-05", "A")
    assert may is not None and (may[0].reward, may[0].house.send_express, may[1]) == (20_000, 2, clock.at)
    run(env.engine, lambda conn: settle(conn, "2026-05", env.book, clock.at))
    clock.forward(hours=1)
    perform(env, "standings")
    with reading(env.engine) as conn:
        june, may = (standing_of(conn, month, "A") for month in ("2026-06", "2026-05"))
    assert june is not None and june[1] == clock.at and june[0].rank is None
    assert may is not None and may[1] < clock.at
