"""Reads kept filters."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.tables.people import saved_filters


@dataclass(frozen=True, slots=True)
class Kept:
    """`query`: of the list's address, without its question mark."""

    id: int
    name: str
    query: str


def kept_filters(conn: Connection, user_id: int, screen: str) -> list[Kept]:
    """Of this person and screen, by name."""
    c = saved_filters.c
    query = select(c.id, c.name, c.query).where(c.user_id == user_id, c.screen == screen).order_by(c.name)
    return [Kept(*row) for row in conn.execute(query)]
