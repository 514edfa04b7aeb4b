"""What was answered under an idempotency key."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from storage.tables.people import api_answers as a


@dataclass(frozen=True, slots=True)
class Answered:
    """`asked_hash` is that of the request; `status` 0 while it is being done."""

    asked_hash: str
    status: int
    answer: Any


def answered(conn: Connection, user_id: int, key: str) -> Answered | None:
    """What this person was answered under the key; None: nothing yet."""
    query = select(a.c.asked_hash, a.c.status, a.c.answer).where(a.c.user_id == user_id, a.c.key == key)
    row = conn.execute(query).one_or_none()
    return Answered(*row) if row else None
