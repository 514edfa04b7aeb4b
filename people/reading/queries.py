"""Reads of what a person chose for reading."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.tables.people import users


@dataclass(frozen=True, slots=True)
class Reading:
    """`language` None: never chosen."""

    language: str | None
    toured: bool


def reading_of(conn: Connection, user_id: int) -> Reading:
    """What this person chose."""
    row = conn.execute(select(users.c.language, users.c.toured_at).where(users.c.id == user_id)).one()
    return Reading(row.language, row.toured_at is not None)
