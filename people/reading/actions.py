"""Writes of what a person chose for reading."""

from datetime import datetime

from sqlalchemy import Connection, update

from storage.tables.people import users


def choose_language(conn: Connection, user_id: int, language: str) -> None:
    """`zh` or `en`, for this person on every device from the next log-in on."""
    conn.execute(update(users).where(users.c.id == user_id).values(language=language))


def end_tour(conn: Connection, user_id: int, now: datetime) -> None:
    """The first-run tour was walked or put away; it does not come again by itself. The first time stands."""
    conn.execute(update(users).where(users.c.id == user_id, users.c.toured_at.is_(None)).values(toured_at=now))
