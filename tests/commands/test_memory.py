"""`lanshou memory count|list|misrouting`, and the task of the timetable that counts."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from basics.settings import from_environ
from commands import memory
from dispatch.memory.actions import decline
from jobs import tasks
from jobs.environment import Environment
from rulebook.book import packaged
from storage.session import reading
from storage.tables.dispatch import proposals
from tests.rules.memory_town import NOON, YH2, Town

WEEK = "2026-W11"


@pytest.fixture
def town(engine: Engine) -> Town:
    return Town(engine, seed=1)


@pytest.fixture
def run(town: Town, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """A command, ten days after the first."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    env = Environment(from_environ(os.environ), town.engine, packaged(), lambda: NOON + timedelta(days=10))
    monkeypatch.setattr(memory, "of_this_process", lambda: env)
    return lambda *words: CliRunner().invoke(memory.memory_group, words)


def test_the_task_is_one_of_the_timetable() -> None:
    assert tasks.is_task("memory")


def test_count_and_list(town: Town, run: Callable[..., Result]) -> None:
    for number in range(10):
        town.moved(f"IS{number}", number)
    assert run("list").stdout.splitlines() == ["id,adcode,district,fragment,station,for,against,state,by,note"]
    assert "2 proposals wait" in run("count").stdout
    assert "2 proposals wait" in run("count").stdout
    lines = run("list").stdout.splitlines()
    assert lines[1:] == [
        "1,330110,浙江省杭州市余杭区,五常大道,YH2,10,0,open,,",
        "2,330110,浙江省杭州市余杭区,翡翠城,YH2,10,0,open,,",
    ]
    assert town.do_it(decline, 1, "赵敏", "=HYPERLINK(1)") is None
    assert run("list", "--decided").stdout.splitlines()[1:] == [
        "1,330110,浙江省杭州市余杭区,五常大道,YH2,10,0,declined,赵敏,'=HYPERLINK(1)"
    ]


def test_misrouting(town: Town, run: Callable[..., Result]) -> None:
    assert run("misrouting").exit_code == 1
    for number in range(3):
        town.moved(f"IS{number}", 7)
    town.push("IS9", 7)
    town.pick_up("IS9", 7, "YH1")
    answer = run("misrouting", "--weeks", "2")
    assert answer.stdout.splitlines() == [
        "adcode,district,week,orders,misrouted,share,unsure",
        f",*,{WEEK},4,3,0.7500,0",
        f"330110,浙江省杭州市余杭区,{WEEK},4,3,0.7500,0",
    ]
    assert run("misrouting", "--weeks", "53").exit_code == 2
    assert YH2 not in answer.stdout


def test_misrouting_reads_week_by_week(town: Town, run: Callable[..., Result]) -> None:
    """However many weeks are asked for, a week is one statement; districts add up over them."""
    for number in range(10):
        town.moved(f"IS{number}", number)
    rows = run("misrouting").stdout.splitlines()[1:]
    assert rows == [
        ",*,2026-W10,7,7,1.0000,0",
        f",*,{WEEK},3,3,1.0000,0",
        "330110,浙江省杭州市余杭区,2026-W10,7,7,1.0000,0",
        f"330110,浙江省杭州市余杭区,{WEEK},3,3,1.0000,0",
    ]


def test_the_task_counts_all_and_forgets_what_is_old(
    town: Town, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        town.moved(f"IS{number}", number)
    monkeypatch.setattr("dispatch.memory.actions.MOST_OPEN", 1)
    monkeypatch.setattr("dispatch.memory.queries.MOST_OPEN", 1)
    run("count")
    town.push("IS91", 10)
    town.pick_up("IS91", 10, "YH1")
    monkeypatch.setattr("dispatch.memory.actions.OLD", 3)
    monkeypatch.setattr("dispatch.memory.actions.KEPT", timedelta(days=5))  # those of five days are older
    run("count")
    with reading(town.engine) as conn:
        query = select(proposals.c.votes_for, proposals.c.votes_against).order_by(proposals.c.id)
        assert [tuple(row) for row in conn.execute(query)] == [(10, 1)] * 2
    assert len(town.votes()) == 6


def test_a_run_goes_on_batch_by_batch(town: Town, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """What one run leaves, the next counts."""
    for number in range(10):
        town.moved(f"IS{number}", number)
    monkeypatch.setattr("dispatch.memory.actions.BATCH", 7)
    monkeypatch.setattr(tasks, "VOTE_ROUNDS", 2)
    for _ in range(4):
        run("count")
    assert len(town.votes()) == 10
