"""Monday 09:00 and the 5th: reports are frozen and sent once, by a process that may be killed at any moment (DAY-1,
RELIABILITY F-51)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from basics.settings import Settings
from channels.messages import OrderPush
from dispatch.actions import conduct, sweep
from dispatch.facts import Accept, Item, Target
from jobs import report_process
from jobs import reports as job
from jobs.environment import Environment
from jobs.tasks import perform
from notify.actions import add_contact, claim_due, notify
from notify.messages import File, Message
from notify.queries import inbox
from replay.network import load_folder
from reports.runs import actions as runs
from reports.runs.queries import any_waits
from reports.schedules import actions as schedules
from reports.schedules.plan import Schedule, last_due, period_before, periods_back
from reports.schedules.queries import due
from reports.schedules.queries import schedules as running
from rulebook.book import packaged
from storage.session import reading, run, writing
from storage.tables.notify import message_files, messages
from storage.tables.reports import snapshots
from tests.channels.test_letters import Box, post_office
from tests.jobs.test_notify import set_up
from tests.paths import REPO
from tests.rules.stage import content
from tests.web.conftest import Clock
from tests.web.console.conftest import local

__all__ = ["post_office"]
MICRO = timedelta(microseconds=1)
NINE = local("09:00", "2026-05-11")  # the Monday after W19
FIFTH = local("09:00", "2026-06-05")
HQ = ("hq", "")


@pytest.fixture
def env(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    """An order of W19 accepted, one that nobody accepted; what the job begins runs here, when `report_process` does."""
    monkeypatch.setattr(job, "_planned", {})
    monkeypatch.setattr(job, "_begin", lambda env: None)
    with writing(engine) as conn:
        load_folder(conn, REPO / "tests" / "stories" / "_networks" / "plain", local("08:00", "2026-04-01"))
    settings = Settings("", None, tmp_path, tmp_path / "key", True)
    found = Environment(settings, engine, packaged(), Clock(local("10:00", "2026-05-06")))
    with writing(engine) as conn:
        world = found.world(conn)
        when = local("10:00", "2026-05-06")
        for number in ("LP1", "LP2"):
            told = Item(when, OrderPush("cainiao", number, when, content((120.07, 30.07))), "test")
            assert conduct(conn, [told], world) == [None]
        assert conduct(conn, [Item(when + timedelta(minutes=9), Accept(Target("LP1"), "HZ01"), "test")], world) == [
            None
        ]
        sweep(conn, world, when + timedelta(hours=4))
    return found


def go(env: Environment, when: datetime) -> None:
    assert isinstance(env.clock, Clock)
    env.clock.at = when
    perform(env, "reports")
    report_process.work(env)
    perform(env, "reports")  # what was frozen is to be sent
    report_process.work(env)


def frozen(env: Environment) -> list[tuple[str, str, int, int]]:
    with reading(env.engine) as conn:
        query = select(snapshots.c.kind, snapshots.c.period, snapshots.c.number, snapshots.c.changed)
        return [tuple(row) for row in conn.execute(query.order_by(snapshots.c.id))]


def sent(env: Environment) -> list[Any]:
    with reading(env.engine) as conn:
        return list(inbox(conn, HQ).rows)


@pytest.mark.parametrize(
    ("now", "week", "month"),
    [
        (NINE - MICRO, ("2026-05-04", "2026-W18"), ("2026-05-05", "2026-04")),
        (NINE, ("2026-05-11", "2026-W19"), ("2026-05-05", "2026-04")),
        (FIFTH - MICRO, ("2026-06-01", "2026-W22"), ("2026-05-05", "2026-04")),
        (FIFTH, ("2026-06-01", "2026-W22"), ("2026-06-05", "2026-05")),
        (local("08:59", "2027-01-05"), ("2027-01-04", "2026-W53"), ("2026-12-05", "2026-11")),
    ],
)
def test_day_1_when_and_of_what(now: datetime, week: tuple[str, str], month: tuple[str, str]) -> None:
    for every, (day, period) in (("week", week), ("month", month)):
        at = last_due(every, now)
        assert at == local("09:00", day) and period_before(every, at) == period


def test_periods_follow_each_other() -> None:
    assert periods_back("week", local("09:00", "2027-01-11"), 3) == ["2027-W01", "2026-W53", "2026-W52"]
    assert periods_back("month", local("09:00", "2027-02-05"), 3) == ["2027-01", "2026-12", "2026-11"]


def test_day_1_monday_at_nine_and_not_before(env: Environment) -> None:
    go(env, NINE - MICRO)
    assert frozen(env) == [] == sent(env)
    go(env, NINE)
    assert frozen(env) == [("weekly", "2026-W19", 0, 0)]
    [told] = sent(env)
    assert told.kind == "report" and told.link == "/reports/weekly/2026-W19?scope=network&number=0"
    assert "2026-W19" in told.subject
    for minutes in (0, 1, 60):
        go(env, NINE + timedelta(minutes=minutes))
    assert frozen(env) == [("weekly", "2026-W19", 0, 0)] and len(sent(env)) == 1
    with reading(env.engine) as conn:
        told_to = {tuple(row) for row in conn.execute(select(messages.c.to_kind, messages.c.to_code))}
        assert {("hq", ""), ("province", "浙江省")} <= told_to
        kept = conn.execute(select(message_files.c.name, message_files.c.content)).all()
    assert len(kept) == len(told_to) and all(row.content.startswith(b"%PDF") for row in kept)
    assert "weekly-2026-W19-0-network.pdf" in {row.name for row in kept}


def test_what_changed_is_a_supplement_of_the_next_monday(env: Environment) -> None:
    go(env, NINE)
    when = NINE + timedelta(hours=1)
    with writing(env.engine) as conn:
        world = env.world(conn)
        assert conduct(conn, [Item(when, Accept(Target("LP2"), "HZ01"), "test")], world) == [None]
    go(env, when + timedelta(hours=1))
    assert len(frozen(env)) == 1, "not before Monday"
    go(env, NINE + timedelta(days=7))
    kinds = [row[:3] for row in frozen(env)]
    assert kinds == [("weekly", "2026-W19", 0), ("weekly", "2026-W20", 0), ("weekly", "2026-W19", 1)] or set(kinds) == {
        ("weekly", "2026-W19", 0), ("weekly", "2026-W20", 0), ("weekly", "2026-W19", 1)}  # fmt: skip
    assert len(sent(env)) == 3


def test_after_weeks_away_each_week_is_frozen(env: Environment) -> None:
    go(env, FIFTH)
    assert {row[:3] for row in frozen(env)} == {
        ("weekly", f"2026-W{week}", 0) for week in (19, 20, 21, 22)} | {("monthly", "2026-05", 0)}  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_f_51_killed_anywhere_it_is_made_by_the_next_process(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it writes, and after it wrote and before its run was marked: both are of one transaction."""

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    env.clock.at = NINE  # type: ignore[attr-defined]
    perform(env, "reports")
    for name in ("freeze", "figures"):
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(report_process, name, die)
            report_process.work(env)
        assert frozen(env) == []
        report_process.work(env)
        assert frozen(env) == [], "its lease is not over"
        env.clock.at += runs.LEASE  # type: ignore[attr-defined]
        with reading(env.engine) as conn:
            assert any_waits(conn, env.clock())
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(runs, "finish", die)
        report_process.work(env)
    assert frozen(env) == []
    env.clock.at += runs.LEASE  # type: ignore[attr-defined]
    report_process.work(env)
    assert frozen(env) == [("weekly", "2026-W19", 0, 0)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_schedules_end_and_what_everybody_has_too(env: Environment) -> None:
    go(env, NINE)
    with writing(env.engine) as conn:
        usual = {one.key: one for one in running(conn)}
        assert schedules.end(conn, usual["default:weekly:network"], "总部赵敏", env.clock())
        assert not schedules.end(conn, usual["default:weekly:network"], "总部赵敏", env.clock())
        own = Schedule("form-1", "weekly", "station:HZ01", HQ, "line", "week")
        assert schedules.add(conn, own, "总部赵敏", env.clock()) and not schedules.add(conn, own, "x", env.clock())
        assert "default:weekly:network" not in {one.key for one in running(conn)}
        assert due(conn, env.clock()) == [], "what was frozen before it was made is none of its news"
    go(env, NINE + timedelta(days=7))
    told = [row.link for row in sent(env)]
    assert sum("scope=network" in one for one in told) == 1 and sum("station%3AHZ01" in one for one in told) == 1


def test_asked_for_four_times_at_once_it_is_sent_once(env: Environment) -> None:
    """And again after it was ended: once more."""

    def ask(_: int) -> bool:
        return run(env.engine, lambda conn: schedules.ask_for(conn, "weekly", "network", HQ, "line", "week", "x", NINE))

    for round_ in (1, 2):
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(ask, range(4))) == 1, round_
        with writing(env.engine) as conn:
            [own] = [one for one in running(conn, HQ) if one.form == "line"]
            assert schedules.end(conn, own, "x", NINE)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_e_mail_carries_its_file(env: Environment, post_office: Callable[..., tuple[Box, str]]) -> None:
    """Byte for byte, with a name that is not ASCII; one that is too large stays behind the link."""
    box, url = post_office()
    (env.settings.secret_file).write_bytes(b"0123456789abcdef0123456789abcdef")
    content = bytes(range(256)) * 40
    with writing(env.engine) as conn:
        add_contact(conn, HQ, "email", "li@example.com", (), "test", env.clock())
    set_up(env, "email", url)
    files = (File("周报-浙江省.pdf", "application/pdf", content), File("big.pdf", "application/pdf", b"0" * 8_000_000))
    message = Message("report:1", HQ, "report", "一行 / a line", "正文 / text", "/reports", files=files)
    with writing(env.engine) as conn:
        assert notify(conn, [message], env.clock()) == 1 and notify(conn, [message], env.clock()) == 0
        [claimed] = claim_due(conn, "email", 9, env.clock())
        assert [file["name"] for file in claimed.feedback.payload["files"]] == ["周报-浙江省.pdf"]
        assert conn.scalar(select(func.count()).select_from(message_files)) == 2
    env.clock.at += timedelta(hours=1)  # type: ignore[attr-defined]
    perform(env, "notify:email")
    [(_, _, got)] = box.got
    letter = message_from_bytes(got, policy=policy.default)
    [attached] = list(letter.iter_attachments())
    assert attached.get_filename() == "周报-浙江省.pdf" and attached.get_payload(decode=True) == content
    body = letter.get_body()
    assert body is not None and "正文" in body.get_content()
