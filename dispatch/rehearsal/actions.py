"""Rehearsals that people asked for: put down, taken by one process, worked off, kept with their figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from basics.days import day_of
from basics.refusal import Refusal
from rulebook.book import Edition
from storage.sql import insert_ignore
from storage.tables.dispatch import rehearsals

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
FIRST_YEAR = 1901  # months before are none (basics/days.py)
MOST_DAYS = 93  # RELIABILITY B-107
LEASE = timedelta(minutes=10)  # a process that says nothing for so long has died
NOT_A_PERIOD = Refusal(
    "period_invalid", "请填写已结束的起止日期 / give the first and last day of a period that is over"
)
TOO_WIDE = Refusal("range_too_wide", f"最多 {MOST_DAYS} 天 / {MOST_DAYS} days at most")
r = rehearsals.c


@dataclass(frozen=True, slots=True)
class Taken:
    """A rehearsal to be worked off."""

    id: int
    text: str
    first: date
    last: date


def refuse_period(first: date, last: date, now: datetime) -> Refusal | None:
    """Whole Shanghai days, the last one over."""
    if last < first or last >= day_of(now) or first.year < FIRST_YEAR:
        return NOT_A_PERIOD
    return TOO_WIDE if (last - first).days >= MOST_DAYS else None


def ask(
    conn: Connection, key: str, draft: Edition, text: str, first: date, last: date, by: str, now: datetime
) -> Refusal | int:
    """Put a rehearsal down; its number. `key`: of the form, so that one sent twice asks once."""
    refused = refuse_period(first, last, now)
    if refused is not None:
        return refused
    row = {
        "key": key, "asked_by": by, "asked_at": now, "first_day": first.isoformat(), "last_day": last.isoformat(),
        "edition": draft.name, "text": text, "sha256": draft.text_sha256, "state": WAITING, "done": 0, "total": 0,
        "figures": {},
    }  # fmt: skip
    insert_ignore(conn, rehearsals, [row], ["key"])
    return int(conn.execute(select(r.id).where(r.key == key)).scalar_one())


def take(conn: Connection, now: datetime) -> Taken | None:
    """The one that waits longest, or whose process has died; it is this process's for LEASE, which `advance` renews."""
    free = or_(r.state == WAITING, (r.state == RUNNING) & (r.taken_at <= now - LEASE))
    query = select(r.id, r.text, r.first_day, r.last_day).where(free).order_by(r.asked_at, r.id).limit(1)
    row = conn.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    conn.execute(update(rehearsals).where(r.id == row.id).values(state=RUNNING, taken_at=now, done=0))
    return Taken(row.id, row.text, date.fromisoformat(row.first_day), date.fromisoformat(row.last_day))


def advance(conn: Connection, number: int, done: int, total: int, now: datetime) -> None:
    """How many orders it has looked at."""
    conn.execute(update(rehearsals).where(r.id == number).values(done=done, total=total, taken_at=now))


def finish(conn: Connection, number: int, figures: Mapping[str, Any], now: datetime) -> None:
    """Keep its figures."""
    conn.execute(update(rehearsals).where(r.id == number).values(state=DONE, figures=figures, ended_at=now))


def give_up(conn: Connection, number: int, now: datetime) -> None:
    """It cannot be done; the log of the process says why."""
    conn.execute(update(rehearsals).where(r.id == number).values(state=FAILED, ended_at=now))
