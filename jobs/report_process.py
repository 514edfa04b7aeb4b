"""The process that makes reports: takes what waits until nothing does, and ends (jobs/reports.py begins it).

`python -m jobs.report_process`. Killed at any moment it leaves either nothing or the whole: a report is frozen in one
transaction and sent in one, and its run is taken up again by the next process.
"""

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode

import polars as pl
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from basics.days import month_bounds, week_bounds
from basics.refusal import Refusal
from jobs.environment import Environment, of_this_process
from jobs.reports import BY, FREEZE, SEND
from notify.actions import notify
from notify.messages import File, Message
from reports.cube import figures
from reports.facts.frames import FRAMES
from reports.facts.queries import load
from reports.kinds import Asked, NoReport, Say
from reports.making.queries import make
from reports.measures import weekly_measures
from reports.paper.document import Document
from reports.paper.pdf import as_pdf
from reports.paper.text import as_json
from reports.paper.xlsx import as_xlsx
from reports.runs import actions as runs
from reports.schedules.queries import schedules
from reports.snapshots.actions import WEEKLY, freeze
from reports.snapshots.parts import Part, parts_of
from storage.session import run, snapshot

NOTED = 1.0  # seconds between two notes of how far it is
BEAT = 30.0  # seconds between two signs of life
CATCH_UP = 60.0  # seconds that a standby is waited for
ARCHIVE = "archive"  # under the data folder, where `lanshou archive` writes
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
log = logging.getLogger("lanshou.jobs")


def main() -> None:
    """Work until nothing waits."""
    logging.basicConfig(level=logging.INFO)
    Thread(target=_end_with_parent, daemon=True).start()
    work(of_this_process())


def _end_with_parent() -> None:
    """Nothing is ever written there: it ends when whoever began this process does."""
    os.read(0, 1)  # not through sys.stdin, whose lock a thread may hold while the process ends
    os._exit(1)


def work(env: Environment) -> None:
    """All runs that wait, one after the other. One that fails is marked so and holds up no other."""
    while taken := run(env.engine, lambda conn: runs.take(conn, env.clock())):
        _perform(env, taken)


def _perform(env: Environment, taken: runs.Taken) -> None:
    if taken.tries > runs.MOST_TRIES:  # each time its process died: it may be what kills it
        _give_up(env, taken, "多次中断,已放弃 / broken off several times, given up", again=False)
        return
    say = _noting(env, taken)
    try:
        with _alive(env, taken):
            if taken.kind == FREEZE:
                _freeze(env, taken, say)
            elif taken.kind == SEND:
                _send(env, taken, say)
            else:
                found = _made(env.replica or env.engine, _asked(env, taken.asked), say)
                run(env.engine, lambda conn: runs.finish(conn, taken, as_json(found).encode(), env.clock()))
    except NoReport as why:
        _give_up(env, taken, str(why), again=False)
    except Exception:
        log.exception("report run %s failed", taken.id)
        ours = "内部错误,请稍后再试 / an error of ours, please try again later"
        _give_up(env, taken, ours, again=taken.user_id is None)


def _give_up(env: Environment, taken: runs.Taken, why: str, again: bool) -> None:
    run(env.engine, lambda conn: runs.give_up(conn, taken, why, env.clock(), again))


@contextmanager
def _alive(env: Environment, taken: runs.Taken) -> Iterator[None]:
    """Says so meanwhile: to read a large month takes longer than a lease."""
    over = Event()

    def beat() -> None:
        while not over.wait(BEAT):
            with suppress(DBAPIError):
                run(env.engine, lambda conn: runs.beat(conn, taken, env.clock()))

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _noting(env: Environment, taken: runs.Taken) -> Say:
    noted = monotonic() - NOTED

    def say(done: int, steps: int, step: str) -> None:
        nonlocal noted
        if monotonic() - noted >= NOTED:
            noted = monotonic()
            run(env.engine, lambda conn: runs.advance(conn, taken, done, steps, step, env.clock()))

    return say


def _asked(env: Environment, told: Mapping[str, Any]) -> Asked:
    more = told.get("more") or {}
    scope = told.get("scope") or "network"
    archive = env.settings.data / ARCHIVE
    return Asked(told["kind"], told["period"], env.clock(), env.book, scope, told.get("number"), archive, more)


def _made(engine: Engine, asked: Asked, say: Say) -> Document:
    with snapshot(engine) as conn:
        return make(conn, asked, say)


def _freeze(env: Environment, taken: runs.Taken, say: Say) -> None:
    """Read from one instant, the standby's where it has caught up; written in one transaction."""
    kind, period = taken.asked["kind"], taken.asked["period"]
    start, end = (week_bounds if kind == WEEKLY else month_bounds)(period)
    measures = weekly_measures()
    read_at = env.clock()
    with snapshot(_caught_up(env)) as conn:
        say(0, len(FRAMES) + 1, "读取 / reading")
        facts: list[Part] = []
        tables = []
        for done, name in enumerate(FRAMES, 1):  # one frame at a time: together a large month's are no machine's
            frame = load(conn, start, end, (name,))[name].collect()
            tables.append(figures({name: frame.lazy()}, [one for one in measures if one.frame == name]))
            facts += parts_of(name, frame)
            say(done, len(FRAMES) + 1, f"读取 / reading {name}")
        provinces = {code: one.province for code, one in env.networks.get(conn).stations.items()}
    table = pl.concat(tables).sort("level", "code", "measure")
    first, last = env.book.at(start).name, env.book.at(end - timedelta(microseconds=1)).name
    edition = first if first == last else f"{first}, {last}"  # a rule may change in the middle of a week

    def write(conn: Connection) -> None:
        made = freeze(conn, kind, period, facts, table, provinces, edition, BY, env.clock(), read_at)
        if isinstance(made, Refusal) and made.code != "already_frozen":
            raise NoReport(made.code, made.message)
        runs.finish(conn, taken, None, env.clock())

    run(env.engine, write)


def _send(env: Environment, taken: runs.Taken, say: Say) -> None:
    """Make the report for its addressee and tell him, once: the file is the copy that is kept."""
    told = taken.asked
    with snapshot(env.engine) as conn:
        one = next((one for one in schedules(conn) if one.key == told["schedule"]), None)
        if one is None:
            raise NoReport("schedule_ended", "订阅已停止 / the schedule was ended")
        archive = env.settings.data / ARCHIVE
        more = {"question_id": one.question_id} if one.question_id is not None else {}
        asked = Asked(one.kind, told["period"], env.clock(), env.book, one.scope, told["number"], archive, more)
        found = make(conn, asked, say)
    query = urlencode({"scope": one.scope, "number": "now" if found.number is None else found.number})
    link = f"/reports/{one.kind}/{told['period']}?{query}"
    subject, files = found.line or found.title_zh, _files(found, one.form)
    message = Message(told["message"], one.to, "report", subject, _letter(found), link, files=files)

    def write(conn: Connection) -> None:
        notify(conn, [message], env.clock())
        runs.finish(conn, taken, None, env.clock())

    run(env.engine, write)


def _letter(found: Document) -> str:
    lines = [f"{found.title_zh} / {found.title_en}", *(f"{label} {value}" for label, value in found.facts)]
    return "\n".join(lines)


def _files(found: Document, form: str) -> tuple[File, ...]:
    name = f"{found.kind}-{found.name}-{found.scope.replace(':', '-')}"
    name = re.sub(r"[^\w.()-]+", "_", name)[:100]
    if form == "pdf":
        return (File(f"{name}.pdf", "application/pdf", as_pdf(found)),)
    return (File(f"{name}.xlsx", XLSX, as_xlsx(found)),) if form == "xlsx" else ()


def _caught_up(env: Environment) -> Engine:
    """The standby once it has all that was committed by now, else the database itself: what is frozen must be whole."""
    if env.replica is None:
        return env.engine
    with suppress(DBAPIError), env.replica.connect() as standby:
        if not standby.scalar(text("SELECT pg_is_in_recovery()")):
            return env.engine  # nobody can say how far it is
        with env.engine.connect() as conn:
            here = conn.scalar(text("SELECT pg_current_wal_lsn()::text"))
        until = monotonic() + CATCH_UP
        reached = text("SELECT pg_last_wal_replay_lsn() >= CAST(:here AS pg_lsn)")
        while monotonic() < until:
            if standby.scalar(reached, {"here": here}):
                return env.replica
            sleep(0.5)
    log.warning("the standby is behind: a report is frozen from the database itself")
    return env.engine


if __name__ == "__main__":
    main()
