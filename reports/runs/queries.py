"""Reads runs: those of a person, one of them, and whether any waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, or_, select

from reports.runs.actions import LEASE, RUNNING, WAITING
from storage.tables.reports import runs

PAGE = 30
r = runs.c
_SHOWN = tuple(column for column in runs.columns if column.name != "document")


def run_of(conn: Connection, number: int) -> Row[Any] | None:
    """All but its document."""
    return conn.execute(select(*_SHOWN).where(r.id == number)).one_or_none()


def document_of(conn: Connection, number: int) -> bytes | None:
    """What came of it, as JSON; None: nothing yet, or forgotten."""
    return conn.scalar(select(r.document).where(r.id == number))


def runs_of(conn: Connection, user_id: int | None, limit: int = PAGE) -> Sequence[Row[Any]]:
    """What a person asked for, newest first; None: those of schedules and of the timetable."""
    whose = r.user_id.is_(None) if user_id is None else r.user_id == user_id
    return conn.execute(select(*_SHOWN).where(whose).order_by(r.asked_at.desc(), r.id.desc()).limit(limit)).all()


def any_waits(conn: Connection, now: datetime) -> bool:
    """Whether there is something to take."""
    free = or_(r.state == WAITING, (r.state == RUNNING) & (r.beat_at <= now - LEASE))
    return bool(conn.scalar(select(exists().where(free))))


def ended_keys(conn: Connection, keys: Sequence[str]) -> set[str]:
    """Those that were put down before, whatever came of them."""
    return set(conn.scalars(select(r.key).where(r.key.in_(keys))))
