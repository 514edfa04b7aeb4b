"""Runs: put down, taken by one process, worked off, forgotten. Reads, writes; never commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from basics.refusal import Refusal
from storage.sql import insert_ignore
from storage.tables.reports import runs

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LEASE = timedelta(minutes=5)  # a process that says nothing for so long has died
KEPT = timedelta(days=7)
MOST_WAITING = 5  # runs of one person that are not over
MOST_TRIES = 5  # after so many that died or failed it is given up
TOO_MANY = Refusal("too_many_runs", f"最多同时 {MOST_WAITING} 份,请稍候 / {MOST_WAITING} at a time, please wait")
_LONGEST_STEP, _LONGEST_ERROR = 80, 500
r = runs.c


@dataclass(frozen=True, slots=True)
class Taken:
    """A run to be worked off. `started_at` tells its taker from another one after it; `tries`: this one included."""

    id: int
    kind: str
    asked: Mapping[str, Any]
    user_id: int | None
    started_at: datetime
    tries: int


def ask(
    conn: Connection, key: str, kind: str, asked: Mapping[str, Any], by: str, user_id: int | None, now: datetime
) -> Refusal | int:
    """Put a run down; its number. `key` from its cause: what was asked before is not made twice."""
    known = conn.scalar(select(r.id).where(r.key == key))
    if known is not None:
        return int(known)
    if user_id is not None:
        open_ = select(func.count()).where(r.user_id == user_id, r.state.in_((WAITING, RUNNING)))
        if (conn.scalar(open_) or 0) >= MOST_WAITING:
            return TOO_MANY
    row = {
        "key": key, "kind": kind, "asked": dict(asked), "asked_by": by, "user_id": user_id, "asked_at": now,
        "state": WAITING, "done": 0, "steps": 0, "step": "", "error": "",
    }  # fmt: skip
    insert_ignore(conn, runs, [row], ["key"])
    return int(conn.execute(select(r.id).where(r.key == key)).scalar_one())


def take(conn: Connection, now: datetime) -> Taken | None:
    """The one that waits longest, or whose process has died; it is the taker's for LEASE, which `advance` and `beat`
    renew."""
    free = or_(r.state == WAITING, (r.state == RUNNING) & (r.beat_at <= now - LEASE))
    query = select(r.id, r.kind, r.asked, r.user_id).where(free).order_by(r.asked_at, r.id).limit(1)
    row = conn.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    tries = int(row.asked.get("tries", 0)) + 1
    begun = {"state": RUNNING, "started_at": now, "beat_at": now, "done": 0, "steps": 0, "step": ""}
    conn.execute(update(runs).where(r.id == row.id).values(begun | {"asked": {**row.asked, "tries": tries}}))
    return Taken(row.id, row.kind, row.asked, row.user_id, now, tries)


def _own(taken: Taken) -> ColumnElement[bool]:
    """As long as no other process has taken it since."""
    return and_(r.id == taken.id, r.state == RUNNING, r.started_at == taken.started_at)


def advance(conn: Connection, taken: Taken, done: int, steps: int, step: str, now: datetime) -> None:
    """How far it is, and that its process lives."""
    told = {"done": done, "steps": steps, "step": step[:_LONGEST_STEP], "beat_at": now}
    conn.execute(update(runs).where(_own(taken)).values(told))


def beat(conn: Connection, taken: Taken, now: datetime) -> None:
    """Its process lives."""
    conn.execute(update(runs).where(_own(taken)).values(beat_at=now))


def finish(conn: Connection, taken: Taken, document: bytes | None, now: datetime) -> bool:
    """Keep what came of it; None: it is kept elsewhere. False: another process has taken it since."""
    over = {"state": DONE, "document": document, "ended_at": now, "done": r.steps}
    return conn.execute(update(runs).where(_own(taken)).values(over)).rowcount == 1


def give_up(conn: Connection, taken: Taken, error: str, now: datetime, again: bool = False) -> None:
    """It cannot be made; `error` is for the person who asked. `again`: perhaps it can after LEASE, a few times."""
    if again and taken.tries < MOST_TRIES:
        told = {"beat_at": now, "step": "失败,稍后重试 / failed, tried again later"}
        conn.execute(update(runs).where(_own(taken)).values(told))
        return
    over = {"state": FAILED, "error": error[:_LONGEST_ERROR], "ended_at": now}
    conn.execute(update(runs).where(_own(taken)).values(over))


def forget(conn: Connection, now: datetime) -> int:
    """Delete what ended long ago: the report can be asked for again. How many."""
    return conn.execute(delete(runs).where(r.ended_at <= now - KEPT)).rowcount
