"""Closes a month of the ledger (LEDGER-1, ROLE-3): what concerns it later is booked into the month that runs."""

from datetime import datetime

from sqlalchemy import Connection

from basics.refusal import Refusal
from penalties.booking.actions import LOCK
from penalties.booking.queries import head
from penalties.closing.queries import closable
from rulebook.book import Book
from storage.locks import lock_names
from storage.tables import penalties as t


def close(conn: Connection, month: str, request_id: int, seen: str, book: Book, now: datetime) -> Refusal | None:
    """Close `2026-05`, which is over and settled with nothing left to post, by an approved request; all before it are
    closed. `seen`: the digest of the dry run that was signed. Refusals and errors as of `closable`.
    """
    lock_names(conn, [LOCK])  # nobody is booking into it meanwhile, and what was booked is read below
    found = closable(conn, month, seen, book, now)
    if isinstance(found, Refusal):
        return found
    row = {"month": month, "closed_at": max(now, head(conn).recorded_at or now), "request_id": request_id}
    conn.execute(t.closed_months.insert().values(row))
    return None
