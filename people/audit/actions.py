"""Links audit rows into their chain, a moment after they were written (I-22, decision 14)."""

from datetime import datetime

from sqlalchemy import Connection, insert

from people.audit.chain import follow
from people.audit.queries import head_of, unlinked
from storage.locks import lock_names
from storage.tables.people import audit_links

AT_ONCE = 2_000  # rows of a transaction
WRITER = "audit_links"  # the name under which linkers wait for each other


def link(conn: Connection, now: datetime, everywhere: bool = False) -> int:
    """Link what is not linked, lowest number first; how many. `everywhere`: also far below the last one linked, where
    a transaction that took long may have put a row."""
    lock_names(conn, [WRITER])
    head = head_of(conn)
    links = []
    for row in unlinked(conn, AT_ONCE, everywhere):
        head = follow(head, row)
        links.append({"seq": head.seq, "audit_id": row.id, "chain": head.chain, "linked_at": now})
    if links:
        conn.execute(insert(audit_links), links)
    return len(links)
