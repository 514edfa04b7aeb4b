"""Monday's notice by itself, its supplements, after an outage, and two at once (NOTICE-1)."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, select

from basics.refusal import Refusal
from basics.settings import Settings
from channels.messages import OrderPush
from dispatch.actions import conduct, sweep
from dispatch.facts import Item
from jobs import notices as job
from jobs.environment import Environment
from jobs.tasks import perform
from jobs.timetable import TIMETABLE
from notify.queries import inbox
from penalties.actions import Change, change
from penalties.lifecycle import CONFIRM, OVERTURN
from penalties.noticing.actions import publish_notice
from replay.network import load_folder
from rulebook.book import packaged
from storage.session import reading, run, writing
from storage.tables.penalties import cases, notice_items, notices
from storage.tables.sla import violations
from tests.paths import REPO
from tests.rules.stage import content
from tests.web.conftest import Clock
from tests.web.console.conftest import local

MICRO = timedelta(microseconds=1)
NINE = local("09:00", "2026-05-11")  # the Monday after W19
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture
def env(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Environment:
    monkeypatch.setattr(job, "_looked", {})
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", local("08:00", "2026-04-01"))
    settings = Settings("", None, tmp_path, tmp_path / "key", True)
    return Environment(settings, engine, packaged(), Clock(local("10:00", "2026-05-06")))


def at(env: Environment, when: datetime) -> None:
    assert isinstance(env.clock, Clock)
    env.clock.at = when


def late(env: Environment, number: str, when: datetime, confirmed_at: datetime | None = None) -> int:
    """An order of HZ01 that nobody accepts; its violation, confirmed when said."""
    with writing(env.engine) as conn:
        world = env.world(conn)
        told = Item(when, OrderPush("cainiao", number, when, content((120.07, 30.07))), "test")
        assert conduct(conn, [told], world) == [None]
        sweep(conn, world, when + timedelta(hours=4))
        query = select(violations.c.id).where(violations.c.kind == "V-ACCEPT").order_by(violations.c.id.desc())
        found = int(conn.execute(query).scalars().first() or 0)
    if confirmed_at is not None:
        decide(env, found, confirmed_at)
    return found


def decide(env: Environment, violation: int, when: datetime, act: str = CONFIRM) -> None:
    with writing(env.engine) as conn:
        assert change(conn, [Change(violation, act, when, "总部赵敏", "查实")], when) == [None]


def tick(env: Environment, when: datetime) -> list[tuple[str, int, datetime, str]]:
    """A minute of the timetable; all notices so far."""
    at(env, when)
    perform(env, "notices")
    with reading(env.engine) as conn:
        query = select(notices).order_by(notices.c.id)
        return [(row.week, row.number, row.published_at, row.published_by) for row in conn.execute(query)]


def test_it_is_in_the_timetable_each_minute() -> None:
    assert [entry.every for entry in TIMETABLE if entry.task == "notices"] == [60]


def test_notice_1_on_monday_at_nine_once(env: Environment) -> None:
    late(env, "LP1", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    assert tick(env, NINE - MICRO) == [], "the week is over, the hour has not struck"
    first = tick(env, NINE)
    assert first == [("2026-W19", 0, NINE, "system")]
    for minutes in (1, 16, 60, 60 * 24 * 6):
        assert tick(env, NINE + timedelta(minutes=minutes)) == first


def test_notice_1_nothing_was_ever_confirmed(env: Environment) -> None:
    late(env, "LP1", local("10:00", "2026-05-06"))
    assert tick(env, NINE) == []


def test_notice_1_hq_was_earlier(env: Environment) -> None:
    late(env, "LP1", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    early = local("08:00", "2026-05-11")
    assert run(env.engine, lambda conn: publish_notice(conn, "2026-W19", early, "总部赵敏", 0)) == 0
    late(env, "LP2", local("10:00", "2026-05-07"), NINE - MICRO)
    found = tick(env, NINE)
    assert found == [("2026-W19", 0, early, "总部赵敏"), ("2026-W19", 1, NINE, "system")], "decided since"


def test_notice_1_what_is_decided_after_the_hour_waits_for_the_next_monday(env: Environment) -> None:
    first = late(env, "LP1", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    tick(env, NINE)
    found = late(env, "LP2", local("10:00", "2026-05-07"), NINE)
    assert len(tick(env, NINE + DAY)) == 1
    decide(env, first, NINE + 2 * DAY, OVERTURN)
    after = tick(env, NINE + WEEK)
    assert after[1:] == [("2026-W19", 1, NINE + WEEK, "system"), ("2026-W20", 0, NINE + WEEK, "system")]
    with reading(env.engine) as conn:
        told = conn.execute(select(notice_items).order_by(notice_items.c.notice_id, notice_items.c.violation_id)).all()
        mail = [row.subject for row in inbox(conn, ("station", "HZ01")).rows]
    assert [(row.violation_id, row.state) for row in told] == [
        (first, "confirmed"), (first, "overturned"), (found, "confirmed"),
    ]  # fmt: skip
    assert len(mail) == 2 and "可申诉至5月21日24:00" in mail[0], "W20 tells this station nothing"


def test_notice_1_a_late_confirmation_of_a_week_without_a_notice(env: Environment) -> None:
    """Before the first notice ever: what was decided is published whatever its week, or it could not be appealed."""
    late(env, "LP1", local("10:00", "2026-04-15"), local("12:00", "2026-05-08"))
    late(env, "LP2", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    assert [row[:2] for row in tick(env, NINE)] == [(f"2026-W{week}", 0) for week in (16, 17, 18, 19)]


def test_notice_1_after_an_outage_of_weeks(env: Environment) -> None:
    late(env, "LP1", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    tick(env, NINE)
    late(env, "LP2", local("10:00", "2026-05-13"), local("12:00", "2026-05-14"))
    back = local("23:10", "2026-05-31")  # a Sunday: W21 was due last Monday, W22 is not over
    assert [row[:3] for row in tick(env, back)][1:] == [("2026-W20", 0, back), ("2026-W21", 0, back)]


def test_one_week_that_fails_holds_up_no_other_and_is_tried_again(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    late(env, "LP1", local("10:00", "2026-04-15"), local("12:00", "2026-05-08"))
    late(env, "LP2", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    broken = True

    def fails(conn: Any, week: str, *more: Any) -> int | Refusal:
        if broken and week == "2026-W16":
            raise RuntimeError("disk")
        return publish_notice(conn, week, *more)

    monkeypatch.setattr(job, "publish_notice", fails)
    assert [row[0] for row in tick(env, NINE + timedelta(hours=1))] == ["2026-W17", "2026-W18", "2026-W19"]
    broken = False
    assert [row[0] for row in tick(env, NINE + timedelta(hours=2))][2:] == ["2026-W19", "2026-W16"]


def test_notice_1_a_mistyped_year_is_refused(env: Environment) -> None:
    late(env, "LP1", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    answer = run(env.engine, lambda conn: publish_notice(conn, "2006-W19", NINE, "hq", 0))
    assert isinstance(answer, Refusal) and answer.code == "week_too_old"
    assert run(env.engine, lambda conn: publish_notice(conn, "2006-W19", NINE)) == 0, "a replay may"
    assert [row[0] for row in tick(env, NINE)] == ["2006-W19", "2026-W19"]


def test_two_at_once_publish_one_notice(env: Environment) -> None:
    """A worker and HQ, who both saw that there was none."""
    late(env, "LP1", local("10:00", "2026-05-06"), local("12:00", "2026-05-08"))
    at(env, NINE)
    together, answers = Barrier(4), []

    def one(seen: int | None) -> None:
        together.wait()
        answers.append(run(env.engine, lambda conn: publish_notice(conn, "2026-W19", NINE, "x", seen)))

    threads = [Thread(target=one, args=(0,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.code if isinstance(answer, Refusal) else str(answer) for answer in answers) == [
        "0", "already_published", "already_published", "already_published",
    ]  # fmt: skip
    with reading(env.engine) as conn:
        assert len(conn.execute(select(notices)).all()) == len(conn.execute(select(notice_items)).all()) == 1
        assert len(inbox(conn, ("station", "HZ01")).rows) == len(inbox(conn, ("hq", "")).rows) == 1
        assert conn.execute(select(cases.c.state)).scalars().all() == ["confirmed"]
