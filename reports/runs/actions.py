"""Runs: put down, taken by one process, worked off, forgotten. Reads, writes; never commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from basics.refusal import Refusal
from storage.sql import insert_ignore
from storage.tables.reports import runs

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LEASE = timedelta(minutes=5)  # a process that says nothing for so long has died
KEPT = timedelta(days=7)
MOST_WAITING = 5  # runs of one person that are not over
TOO_MANY = Refusal("too_many_runs", f"最多同时 {MOST_WAITING} 份,请稍候 / {MOST_WAITING} at a time, please wait")
_LONGEST_STEP, _LONGEST_ERROR = 80, 500
r = runs.c


@dataclass(frozen=True, slots=True)
class Taken:
    """A run to be worked off."""

    id: int
    kind: str
    asked: Mapping[str, Any]
    user_id: int | None


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
    """The one that waits longest, or whose process has died; it is the taker's for LEASE, which `advance` renews."""
    free = or_(r.state == WAITING, (r.state == RUNNING) & (r.beat_at <= now - LEASE))
    query = select(r.id, r.kind, r.asked, r.user_id).where(free).order_by(r.asked_at, r.id).limit(1)
    row = conn.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    begun = {"state": RUNNING, "started_at": now, "beat_at": now, "done": 0, "steps": 0, "step": ""}
    conn.execute(update(runs).where(r.id == row.id).values(begun))
    return Taken(*row)


def advance(conn: Connection, number: int, done: int, steps: int, step: str, now: datetime) -> None:
    """How far it is, and that its process lives."""
    told = {"done": done, "steps": steps, "step": step[:_LONGEST_STEP], "beat_at": now}
    conn.execute(update(runs).where(r.id == number, r.state == RUNNING).values(told))


def finish(conn: Connection, number: int, document: bytes | None, now: datetime) -> None:
    """Keep what came of it; None: it is kept elsewhere."""
    over = {"state": DONE, "document": document, "ended_at": now, "done": r.steps}
    conn.execute(update(runs).where(r.id == number, r.state == RUNNING).values(over))


def give_up(conn: Connection, number: int, error: str, now: datetime) -> None:
    """It cannot be made; `error` is for the person who asked."""
    over = {"state": FAILED, "error": error[:_LONGEST_ERROR], "ended_at": now}
    conn.execute(update(runs).where(r.id == number, r.state == RUNNING).values(over))


def forget(conn: Connection, now: datetime) -> int:
    """Delete what ended long ago: the report can be asked for again. How many."""
    return conn.execute(delete(runs).where(r.ended_at <= now - KEPT)).rowcount
