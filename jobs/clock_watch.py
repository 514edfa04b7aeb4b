"""A process looks at its clocks at its start and before whatever writes by them (RELIABILITY D9, F-38)."""

import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, Engine

from basics.days import iso
from basics.now import now
from sla.clock_safety import actions, queries
from sla.clock_safety.watch import Look, Watch
from storage.session import reading, run

log = logging.getLogger("lanshou.clock")


def steady() -> float:
    """Seconds of a clock that nobody sets; where the system has one, of one that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def this_process() -> str:
    """The name under which an alarm is raised. Asked late: a server forks after it was built."""
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(slots=True)
class ClockWatch:
    """The clocks of this process, and whether it may go by them. `name` tells processes apart."""

    clock: Callable[[], datetime] = now
    steady: Callable[[], float] = steady
    name: Callable[[], str] = this_process
    state: Watch = field(default_factory=Watch)
    _alarmed: bool = False
    _lock: Lock = field(default_factory=Lock)

    @property
    def apart(self) -> timedelta | None:
        """By how much the clock is off while the process must not write by it; None: it may."""
        return self.state.apart

    def look(self, engine: Engine) -> bool:
        """Look at the clocks; whether the process may write by its own. Raises what the database raises."""
        with self._lock:
            with reading(engine) as conn:
                seen = self._read(conn)
            at = seen.database or seen.wall
            if not self.state.looked:  # what is open under our name is of a process that had it before, and is gone
                run(engine, lambda conn: actions.end_alarm(conn, self.name(), at))
            apart = self.state.take(seen)
            if apart is None and not self._alarmed:
                return True
            if apart is None:
                run(engine, lambda conn: actions.end_alarm(conn, self.name(), at))
                self._alarmed = False
                log.warning("the clock agrees again")
                return True
            return self._doubted(engine, seen, apart, at)

    def difference(self, conn: Connection) -> timedelta | None:
        """Ours minus the database's; None where both are one."""
        seen = self._read(conn)
        return seen.wall - seen.database if seen.database is not None else None

    def _doubted(self, engine: Engine, seen: Look, apart: timedelta, at: datetime) -> bool:
        if not self._alarmed:
            log.error("the clock is off by %.1f s at %s: writing stops", apart.total_seconds(), iso(seen.wall))
        name = self.name()
        accepted = run(engine, lambda conn: actions.raise_alarm(conn, name, apart.total_seconds(), at))
        self._alarmed = True
        if accepted:
            run(engine, lambda conn: actions.end_alarm(conn, name, at))
            self.state.accept(seen)
            self._alarmed = False
            log.warning("the clock was accepted as it is")
        return accepted

    def _read(self, conn: Connection) -> Look:
        newest = queries.newest_instant(conn) if self.state.unproved else None
        before, began = self.clock(), self.steady()
        told = queries.database_clock(conn)
        half = timedelta(seconds=(self.steady() - began) / 2)
        if told is None:
            return Look(before, began, newest=newest)
        # The answer was given somewhere on its way; the middle is never farther from it than half of the way.
        return Look(before + half, began + half.total_seconds(), told, half)


def may_write(watch: ClockWatch | None, engine: Engine, look: bool = True) -> bool:
    """Whether a process may write by its clock. `look`: look at the clocks now; else what the last look said counts.
    None: a virtual clock, which nobody doubts."""
    if watch is None:
        return True
    return watch.look(engine) if look or not watch.state.looked else watch.apart is None
