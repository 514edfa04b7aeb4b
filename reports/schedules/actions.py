"""Schedules: added, ended. Reads, writes; never commits."""

from dataclasses import asdict
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, func, select, update

from reports.schedules.plan import Schedule
from reports.schedules.queries import schedules as running
from storage.sql import insert_ignore
from storage.tables.reports import schedules


def ask_for(
    conn: Connection, kind: str, scope: str, to: tuple[str, str], form: str, every: str, by: str, now: datetime,
    question_id: int | None = None,
) -> bool:  # fmt: skip
    """False when there is one like it; asked for twice at the same moment it is there once."""
    wanted = (kind, scope, to, form, every, question_id)
    if any((one.kind, one.scope, one.to, one.form, one.every, one.question_id) == wanted for one in running(conn, to)):
        return False
    c = schedules.c
    like = (
        c.kind == kind,
        c.scope == scope,
        c.form == form,
        c.every == every,
        c.question_id.is_not_distinct_from(question_id),
        c.ended_at.is_not(None),  # not one that another has just added: it must have the same key
    )
    earlier = conn.scalar(select(func.count()).where(c.to_kind == to[0], c.to_code == to[1], *like))
    key = f"asked:{sha256(repr((*wanted, earlier)).encode()).hexdigest()[:40]}"
    return add(conn, Schedule(key, kind, scope, to, form, every, question_id=question_id), by, now)


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
