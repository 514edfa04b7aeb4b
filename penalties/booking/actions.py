"""Appends to the ledger: one writer at a time, for each posting carries a link of the chain (LEDGER-1, decision 13)."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Connection, Table, Text, bindparam, cast, column, func, select

from basics.days import day_of, midnight
from penalties.booking.queries import Head, closed_months, hashes_of, head, last_day
from penalties.ledger import Posting, link
from storage.locks import lock_names
from storage.tables import penalties as t

LOCK = "ledger"


def post(conn: Connection, postings: Sequence[Posting], now: datetime) -> int:
    """Append postings; those whose key is there already are left out. How many were new.

    ValueError when a key is there, or comes twice, with other content: that is a bug, and no money may hide it
    (RELIABILITY D5). Holds the ledger until the transaction ends: let it be the last lock that yours takes.
    """
    if not postings:
        return 0
    lock_names(conn, [LOCK])
    known = hashes_of(conn, [one.key for one in postings])
    fresh: list[tuple[Posting, str]] = []
    for one in postings:
        content = one.content_hash()
        if one.key not in known:
            known[one.key] = content
            fresh.append((one, content))
        elif known[one.key] != content:
            raise ValueError(f"posting {one.key} is there with other content")
    if fresh:
        _append(conn, fresh, now)
    return len(fresh)


def _append(conn: Connection, fresh: Sequence[tuple[Posting, str]], now: datetime) -> None:
    closed, last = closed_months(conn), head(conn)
    # Who waited for the ledger read his time before: along the chain, after a closing, and after a day that was
    # reported, it never goes back.
    reported = last_day(conn, day_of(now))
    over = [midnight(reported + timedelta(days=1))] if reported else []
    at = max([now, *closed.values(), *([last.recorded_at] if last.recorded_at else []), *over])
    rows = list(_rows(fresh, last, set(closed), at))
    _insert(conn, t.postings, rows)
    lines = [
        {"posting_id": row["id"], "account": account, "amount_fen": amount}
        for row, (one, _) in zip(rows, fresh, strict=True)
        for account, amount in one.lines
    ]
    _insert(conn, t.lines, lines)


def _insert(conn: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """All rows by one statement. To PostgreSQL they go as one value: row by row it takes half as many a second."""
    if conn.dialect.name != "postgresql":
        conn.execute(table.insert(), rows)
        return
    names = list(rows[0])
    value = cast(bindparam(None, json.dumps(rows, default=_instant), Text), JSON)
    typed = [column(name, table.c[name].type) for name in names]
    found = func.json_to_recordset(value).table_valued(*typed).render_derived(with_types=True)
    conn.execute(table.insert().from_select(names, select(*(found.c[name] for name in names))))


def _instant(at: datetime) -> str:
    if at.tzinfo is None:  # the server would read it as its own local time
        raise ValueError("an instant needs an offset")
    return at.isoformat()


def _rows(
    fresh: Sequence[tuple[Posting, str]], last: Head, closed: set[str], now: datetime
) -> Iterator[dict[str, Any]]:
    """Numbered here, under the lock, and not by the database, whose numbers have gaps after a rollback."""
    row_id, seq, chain = last.id, last.seq, last.chain
    for one, content in fresh:
        row_id, seq, month = row_id + 1, seq + 1, one.booked_in(closed, now)
        chain = link(chain, seq, one.key, content, now, month, one.why, one.violation_id, one.request_id)
        yield {
            "id": row_id, "seq": seq, "key": one.key, "content_hash": content, "chain": chain,
            "happened_at": one.happened_at, "recorded_at": now, "month": month, "station": one.station,
            "logistics_no": one.logistics_no, "rule": one.rule, "edition": one.edition, "why": one.why,
            "violation_id": one.violation_id, "request_id": one.request_id,
        }  # fmt: skip
