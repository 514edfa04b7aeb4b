"""Reports: what Monday and the 5th ask for is put down, and a process of its own makes what waits (DAY-1).

polars hangs in a forked child and holds memory of a large report for good, so neither the web nor a worker ever makes
one: a fresh process does, ends, and can be killed at any moment. It ends by itself when its parent is gone.
"""

import logging
import os
import subprocess
import sys
from datetime import datetime, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select

from basics.days import month_of, week_bounds, week_of
from jobs.environment import Environment
from penalties.noticing.queries import first_week
from reports.runs import actions as runs
from reports.runs.queries import any_waits
from reports.schedules.plan import FROZEN, MONTH, WEEK, last_due, periods_back
from reports.schedules.queries import Due, due
from reports.snapshots.queries import frozen_periods
from storage.session import reading, run
from storage.tables.penalties import cases
from storage.tables.sla import violations

FREEZE, SEND = "freeze", "send"  # kinds of runs that nobody asked for
BACK = {WEEK: 12, MONTH: 3}  # periods that a supplement is looked for; older ones when a case of theirs changed
MOST_PERIODS = 600  # looked back at, after an import of old orders
BY = "system"
log = logging.getLogger("lanshou.jobs")
_children: WeakKeyDictionary[Engine, "subprocess.Popen[bytes]"] = WeakKeyDictionary()
_planned: WeakKeyDictionary[Engine, datetime] = WeakKeyDictionary()  # the last instant whose freezing is put down
_lock = Lock()


def reports(env: Environment) -> None:
    """Put down what is due; begin a process when something waits and none of ours is at it."""
    now = env.clock()
    newest = max(last_due(rhythm, now) for rhythm in (WEEK, MONTH))
    if _planned.get(env.engine) != newest:
        run(env.engine, lambda conn: plan(conn, now))
        _planned[env.engine] = newest
    with reading(env.engine) as conn:
        to_send = due(conn, now)
    if to_send:
        run(env.engine, lambda conn: put_down(conn, to_send, now))
    with reading(env.engine) as conn:
        waits = any_waits(conn, now)
    if waits:  # one that was given up is still to be sent, and no reason to begin
        _begin(env)


def plan(conn: Connection, now: datetime) -> None:
    """Of each rhythm that was due: every period since the first order without a frozen report, and those that may have
    changed since theirs. One put down before stays as it is."""
    begun = first_week(conn)
    runs.forget(conn, now)
    for kind, rhythm in FROZEN.items():
        at = last_due(rhythm, now)
        known = set(frozen_periods(conn, kind))
        for period in _periods(conn, rhythm, at, begun, known):
            asked = {"kind": kind, "period": period}
            runs.ask(conn, f"{FREEZE}:{kind}:{period}:{at.date().isoformat()}", FREEZE, asked, BY, None, now)


def _periods(conn: Connection, rhythm: str, at: datetime, begun: str, known: set[str]) -> list[str]:
    """Oldest first."""
    if not begun:
        return []
    first = begun if rhythm == WEEK else month_of(week_bounds(begun)[0])
    since = [one for one in periods_back(rhythm, at, MOST_PERIODS) if one >= first]
    return sorted(set(since) - known | set(since[: BACK[rhythm]]) | _changed(conn, rhythm, at) & set(since))


def _changed(conn: Connection, rhythm: str, at: datetime) -> set[str]:
    """Periods in which a violation happened whose case has changed since the time before."""
    query = select(violations.c.happened_at).join(cases, cases.c.violation_id == violations.c.id)
    query = query.where(cases.c.changed_at >= last_due(rhythm, at - timedelta(days=1)))
    return {(week_of if rhythm == WEEK else month_of)(one) for one in conn.scalars(query)}


def put_down(conn: Connection, to_send: list[Due], now: datetime) -> None:
    """A run for each report that is to be sent."""
    for one in to_send:
        asked = {"schedule": one.schedule.key, "period": one.period, "number": one.number, "message": one.key}
        runs.ask(conn, f"{SEND}:{one.key}"[:160], SEND, asked, BY, None, now)


def _begin(env: Environment) -> None:
    with _lock:
        child = _children.get(env.engine)
        if child is not None and child.poll() is None:
            return
        ours = {"DATABASE_URL": env.settings.database_url, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        # Its standard input is never written to: it is closed when this process ends, and so the other knows.
        _children[env.engine] = subprocess.Popen(
            [sys.executable, "-m", "jobs.report_process"], stdin=subprocess.PIPE, env=os.environ | ours
        )
