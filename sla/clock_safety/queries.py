"""Reads the database's clock, and the alarms (RELIABILITY D9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text

from sla.outages import OURS
from storage.tables.sla import beats
from storage.tables.sla import clock_alarms as t

OPEN = t.c.ended_at.is_(None)


def database_clock(conn: Connection) -> datetime | None:
    """What the database's host says; None where that is our own (SQLite)."""
    if conn.dialect.name != "postgresql":
        return None
    told: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told


def newest_instant(conn: Connection) -> datetime | None:
    """The last instant at which a web process is known to have been well; None in a new installation. What a channel
    met is no word of a clock."""
    found: datetime | None = conn.execute(select(beats.c.last_at).where(beats.c.source == OURS)).scalar_one_or_none()
    return found


def alarms(conn: Connection, limit: int) -> Sequence[Row[Any]]:
    """The open ones first, then the last."""
    return conn.execute(select(t).order_by(OPEN.desc(), t.c.noticed_at.desc(), t.c.id.desc()).limit(limit)).all()
