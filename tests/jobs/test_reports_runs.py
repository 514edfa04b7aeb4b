"""Runs of reports: tried again, never ended by another process, asked by people, made by a process of its own."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jobs import report_process
from jobs import reports as job
from jobs.environment import Environment
from jobs.tasks import perform
from reports.paper.text import from_json
from reports.runs import actions as runs
from reports.runs.queries import any_waits, document_of, run_of
from reports.schedules.queries import due
from storage.session import reading, run, writing
from tests.jobs.test_reports_job import NINE, env, frozen

__all__ = ["env"]
MICRO = timedelta(microseconds=1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_fails_is_tried_again_and_not_for_ever(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that cannot be frozen at nine is frozen a little later; one that never can holds up no other."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    clock: Any = env.clock
    clock.at = NINE
    perform(env, "reports")
    with monkeypatch.context() as patched:
        patched.setattr(report_process, "freeze", fail)
        for _ in range(2):
            report_process.work(env)
            clock.at += runs.LEASE
    report_process.work(env)
    assert frozen(env) == [("weekly", "2026-W19", 0, 0)]
    with monkeypatch.context() as patched:
        patched.setattr(report_process, "make", fail)
        for _ in range(runs.MOST_TRIES + 2):
            perform(env, "reports")
            report_process.work(env)
            clock.at += runs.LEASE
        with reading(env.engine) as conn:
            assert not any_waits(conn, clock.at) and due(conn, clock.at), "given up, though still to be sent"
    perform(env, "reports")
    with reading(env.engine) as conn:
        assert not any_waits(conn, clock.at), "and no process is begun for it"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_that_was_thought_dead_ends_nothing(env: Environment) -> None:
    """It was slow; another one has taken its run since."""
    now = env.clock()
    run(env.engine, lambda conn: runs.ask(conn, "a", "weekly", {"kind": "weekly", "period": "2026-W19"}, "x", 3, now))
    first = run(env.engine, lambda conn: runs.take(conn, now))
    assert first is not None
    with writing(env.engine) as conn:
        runs.beat(conn, first, now + timedelta(minutes=4))
        assert runs.take(conn, now + runs.LEASE) is None, "it lives"
        later = now + timedelta(minutes=4) + runs.LEASE
        second = runs.take(conn, later)
        assert second is not None and (second.id, second.tries) == (first.id, 2)
        runs.give_up(conn, first, "x", later)
        assert not runs.finish(conn, first, b"{}", later)
        assert runs.finish(conn, second, b"{}", later) and document_of(conn, first.id) == b"{}"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_run_that_somebody_asked_for(env: Environment) -> None:
    now = env.clock()

    def ask(key: str, asked: dict[str, Any]) -> Any:
        return run(env.engine, lambda conn: runs.ask(conn, key, "weekly", asked, "总部赵敏", 3, now))

    good = ask("a", {"kind": "weekly", "period": "2026-W19", "number": "now"})
    assert ask("a", {"kind": "weekly", "period": "2026-W19"}) == good
    bad = ask("b", {"kind": "weekly", "period": "2026-W99"})
    more = [ask(key, {"kind": "weekly", "period": "2026-W19"}) for key in "cdef"]
    assert more[-1] == runs.TOO_MANY and all(isinstance(one, int) for one in more[:-1])
    report_process.work(env)
    with reading(env.engine) as conn:
        row, failed = run_of(conn, good), run_of(conn, bad)
        made = document_of(conn, good)
        assert row is not None and row.state == "done" and made is not None
        assert from_json(made.decode()).period == "2026-W19"
        assert failed is not None and failed.state == "failed" and "2026-W99" in failed.error
    with writing(env.engine) as conn:
        assert runs.forget(conn, now + runs.KEPT - MICRO) == 0
        assert runs.forget(conn, now + runs.KEPT) == 5


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_of_its_own_that_ends_with_us(
    env: Environment, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """polars hangs in a forked child: the work is done in another process, and there is one at a time."""
    monkeypatch.undo()  # the real beginning
    monkeypatch.setattr(job, "_children", {})
    monkeypatch.setattr(job, "_planned", {})
    monkeypatch.setenv("LANSHOU_DATA", str(env.settings.data))
    there = replace(env, settings=replace(env.settings, database_url=database_url))
    asked = {"kind": "weekly", "period": "2026-W19", "number": "now"}
    made = run(env.engine, lambda conn: runs.ask(conn, "a", "weekly", asked, "总部赵敏", 3, env.clock()))
    job.reports(there)
    child = job._children[env.engine]
    job.reports(there)
    assert job._children[env.engine] is child
    assert child.wait(60) == 0
    with reading(env.engine) as conn:
        found = run_of(conn, int(str(made)))
        assert found is not None and found.state == "done" and document_of(conn, found.id)
    code = "import jobs.report_process as p, time; p.Thread(target=p._end_with_parent).start(); time.sleep(60)"
    waits = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert waits.stdin is not None
    waits.stdin.close()
    assert waits.wait(60) == 1
