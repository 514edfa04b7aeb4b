"""Lets go what channels sent us, and what senders of pseudonymised orders were told (RELIABILITY 11.3)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from basics.retention import PSEUDONYM
from channels.feedback import NOT_SET_UP, TOO_LATE
from channels.retention.queries import old_bodies
from storage.sql import among
from storage.tables.channels import inbox, outbox

GONE = b""
PERSONAL = ("to", "subject", "text")  # of a message to a sender
OURS = (NOT_SET_UP, TOO_LATE, "superseded")  # words of our own among the answers


def forget_bodies(conn: Connection, before: datetime, limit: int, after: int = 0) -> int | None:
    """The bytes of the next messages after this id; the last one's id, None when there was none. Key, digest and our
    answer stay: the same message is known again and gets the first answer (CHAN-6)."""
    ids = old_bodies(conn, before, limit, after)
    if not ids:
        return None
    conn.execute(update(inbox).where(among(conn, inbox.c.id, ids)).values(body=GONE))
    return ids[-1]


def forget_told(conn: Connection, order_ids: Collection[int]) -> None:
    """Of what channels and senders were told of these orders: number, address and words of a message to a sender, what
    a channel wanted to see again, a reason in somebody's words, and the answer."""
    o = outbox.c
    query = select(o.id, o.payload, o.last_answer).where(among(conn, o.order_id, order_ids))
    rows = [
        {"_id": row.id, "_payload": _without_person(row.payload),
         "_answer": row.last_answer if row.last_answer in OURS else None}
        for row in conn.execute(query)
    ]  # fmt: skip
    if rows:
        kept = {"payload": bindparam("_payload", type_=o.payload.type), "last_answer": bindparam("_answer")}
        conn.execute(update(outbox).where(o.id == bindparam("_id")).values(kept), rows)


def _without_person(payload: dict[str, object]) -> dict[str, object]:
    gone = {key: PSEUDONYM for key in PERSONAL if payload.get(key)}
    if payload.get("reason") and not payload.get("reason_text"):
        gone["reason"] = PSEUDONYM  # of a withdrawal; that of a failure is a code
    return payload | gone | ({"echo": {}} if payload.get("echo") else {})
