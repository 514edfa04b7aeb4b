"""Reads of living sessions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from people.sittings import is_alive
from storage.tables.people import sessions, users


@dataclass(frozen=True, slots=True)
class Seat:
    """One living session. `agent` is what the browser says of itself."""

    session_id: int
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime


def seats_of(conn: Connection, user_id: int, now: datetime) -> list[Seat]:
    """The user's living sessions, the latest used first."""
    at = sessions.c
    query = select(at.id, at.address, at.agent, at.created_at, at.last_seen_at, at.expires_at, users.c.role)
    his = query.join_from(sessions, users).where(at.user_id == user_id, at.ended_at.is_(None), at.expires_at > now)
    rows = conn.execute(his.order_by(at.last_seen_at.desc(), at.id.desc()))
    return [Seat(*row[:5]) for row in rows if is_alive(row.role, row.last_seen_at, row.expires_at, now)]
