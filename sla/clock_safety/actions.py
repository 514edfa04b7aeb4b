"""Writes the alarms of clocks (RELIABILITY D9)."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from basics.refusal import Refusal
from sla.clock_safety.queries import OPEN
from storage.sql import insert_ignore
from storage.tables.sla import clock_alarms as t

GONE = timedelta(minutes=2)  # it looks every few seconds


def raise_alarm(conn: Connection, process: str, seconds: float, at: datetime) -> bool:
    """A process doubts its clock, by `seconds`; `at` by the database's clock where it has one. Goes on with the alarm
    that is open. Whether an admin has accepted it."""
    known = conn.execute(select(t).where(t.c.process == process, OPEN)).first()
    if known is None:
        row = {"process": process, "noticed_at": at, "last_at": at, "seconds": seconds, "note": ""}
        insert_ignore(conn, t, [row], ["process", "noticed_at"])
        return False
    conn.execute(update(t).where(t.c.id == known.id).values(last_at=at, seconds=seconds))
    return known.accepted_at is not None


def end_alarm(conn: Connection, process: str, at: datetime) -> None:
    """The clock agrees again, or was accepted: the process goes on."""
    conn.execute(update(t).where(t.c.process == process, OPEN).values(ended_at=at))


def end_silent(conn: Connection, now: datetime) -> None:
    """A process that has not looked at its clock for GONE is there no more, and its alarm is over."""
    conn.execute(update(t).where(OPEN, t.c.last_at < now - GONE).values(ended_at=now))


def accept(conn: Connection, process: str, by: str, note: str, now: datetime) -> Refusal | None:
    """A named admin accepts the clock of a process as it is; it goes on at its next look."""
    waiting = update(t).where(t.c.process == process, OPEN, t.c.accepted_at.is_(None))
    if conn.execute(waiting.values(accepted_by=by, accepted_at=now, note=note)).rowcount:
        return None
    return Refusal("alarm_unknown", "该进程没有待确认的时钟告警 / no open alarm of this process", "process")
