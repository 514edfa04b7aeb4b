"""Reads whether a month can be closed (LEDGER-1, ROLE-3)."""

from datetime import datetime

from sqlalchemy import Connection

from basics.refusal import Refusal
from penalties import byhand
from penalties.requests.queries import month_states
from penalties.settlement import DryRun
from penalties.settling.queries import dry_run
from rulebook.book import Book


def closable(conn: Connection, month: str, seen: str, book: Book, now: datetime) -> Refusal | DryRun:
    """The dry run of a month that can be closed, which posts nothing; `seen`: its digest as the people saw it (B-103).

    ValueError when there is no such month. Refusals: `month_not_over`, `closed_already`, `earlier_month_open`,
    `month_not_settled`, `version_conflict`, `settle_first`.
    """
    found = dry_run(conn, month, book, now, also=False)
    if isinstance(found, Refusal):
        return found
    (state,) = month_states(conn, [month])
    refused = byhand.refuse_close(state.settled, state.closed, state.earlier_open)
    if refused is not None:
        return refused
    if found.digest != seen:
        return byhand.refuse("version_conflict")
    return byhand.refuse("settle_first", "month") if found.items else found
