"""Schedules: added, ended. Reads, writes; never commits."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, update

from reports.schedules.plan import Schedule
from storage.sql import insert_ignore
from storage.tables.reports import schedules


def add(conn: Connection, one: Schedule, by: str, now: datetime) -> bool:
    """False when its key was used before."""
    return bool(insert_ignore(conn, schedules, [_row(one, by, now)], ["key"], returning=["id"]))


def end(conn: Connection, one: Schedule, by: str, now: datetime) -> bool:
    """Nothing more is sent by it; one that everybody has is written down as ended. False when it had ended."""
    if one.made_at is None:
        row = _row(one, by, now) | {"ended_at": now, "ended_by": by}
        return bool(insert_ignore(conn, schedules, [row], ["key"], returning=["id"]))
    c = schedules.c
    over = update(schedules).where(c.key == one.key, c.ended_at.is_(None)).values(ended_at=now, ended_by=by)
    return conn.execute(over).rowcount == 1


def _row(one: Schedule, by: str, now: datetime) -> dict[str, object]:
    kept = {name: value for name, value in asdict(one).items() if name not in ("id", "to", "made_at", "made_by")}
    return kept | {"to_kind": one.to[0], "to_code": one.to[1], "made_at": now, "made_by": by}
