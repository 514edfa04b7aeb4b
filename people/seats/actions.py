"""Writes of living sessions."""

from datetime import datetime

from sqlalchemy import Connection, update

from people.actions import new_token
from people.sittings import ASKED, GIVEN
from people.tokens import hash_token
from storage.tables.people import sessions


def end_seat(conn: Connection, user_id: int, session_id: int, now: datetime) -> bool:
    """End one session of this user; False when he has none such."""
    this = (sessions.c.id == session_id) & (sessions.c.user_id == user_id) & sessions.c.ended_at.is_(None)
    return bool(conn.execute(update(sessions).where(this).values(ended_at=now)).rowcount)


def end_others(conn: Connection, user_id: int, kept: int, now: datetime) -> int:
    """End all of the user's sessions but one; how many there were."""
    others = (sessions.c.user_id == user_id) & (sessions.c.id != kept) & sessions.c.ended_at.is_(None)
    return conn.execute(update(sessions).where(others).values(ended_at=now)).rowcount


def step_up(conn: Connection, session_id: int, now: datetime) -> None:
    """The person proved just now that it is he who sits there."""
    conn.execute(update(sessions).where(sessions.c.id == session_id).values(stepped_up_at=now))


def owe_second_factor(conn: Connection, user_id: int) -> None:
    """All of the user's sessions must show one before they go on: what they had shown is worth nothing any more."""
    his = (sessions.c.user_id == user_id) & sessions.c.ended_at.is_(None)
    conn.execute(update(sessions).where(his).values(second_factor=ASKED))


def second_factor_given(conn: Connection, session_id: int, now: datetime) -> str:
    """The session's new token: with the one from before, nobody is let in (B-123)."""
    token = new_token()
    values = {"token_hash": hash_token(token), "second_factor": GIVEN, "stepped_up_at": now}
    conn.execute(update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None)).values(values))
    return token
