"""Pseudonymises orders that ended long ago, a batch in a transaction (RELIABILITY 11.3).

Content, log, what channels and senders were told, and what people wrote about its cases change together: whoever is
killed leaves whole orders of either kind, and the next night finds the rest.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Numeric, bindparam, cast, delete, func, update

from channels.retention.actions import forget_told
from dispatch.pseudonyms import SYSTEM, coarse, event_data, free_text, without_people
from dispatch.retention.queries import logs_of, next_orders
from penalties.retention.actions import mask_reasons
from storage.sql import among
from storage.tables import dispatch as t

PLACE_DIGITS = 3  # of points that decisions about places rest on: about a hundred metres


def pseudonymise(conn: Connection, before: datetime, now: datetime, limit: int, after: int = 0) -> int | None:
    """The next orders after this id that ended before then; the last one's id, None when there was none."""
    rows = next_orders(conn, before, now, limit, after)
    if not rows:
        return None
    ids = [row.id for row in rows]
    log = logs_of(conn, ids)
    mask_reasons(conn, _contents(rows, log))
    forget_told(conn, ids)
    _write_logs(conn, log)
    _coarsen(conn, ids)
    _write_orders(conn, rows, now)
    return int(ids[-1])


def _contents(rows: Sequence[Any], log: Sequence[Any]) -> dict[int, list[Mapping[str, Any]]]:
    """Every content that each order ever had: a name that was corrected is a name too."""
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row.id].append(row.content)
    for line in log:
        if line.data.get("content"):
            found[line.order_id].append(line.data["content"])
    return dict(found)


def _write_logs(conn: Connection, log: Sequence[Any]) -> None:
    e = t.events.c
    changed = [{"_id": line.id, "_data": kept} for line in log if (kept := event_data(line.data)) != line.data]
    if changed:
        data = bindparam("_data", type_=e.data.type)
        conn.execute(update(t.events).where(e.id == bindparam("_id")).values(data=data), changed)


def _coarsen(conn: Connection, ids: Sequence[int]) -> None:
    """What was learnt of places stays, without the door."""
    for table in (t.fragment_votes, t.border_entries):
        c = table.c
        point = {one: func.round(cast(c[one], Numeric(9, 6)), PLACE_DIGITS) for one in ("lng", "lat")}
        conn.execute(update(table).where(among(conn, c.order_id, ids), c.lng.is_not(None)).values(point))


def _write_orders(conn: Connection, rows: Sequence[Any], now: datetime) -> None:
    o = t.orders.c
    values = {
        "content": bindparam("_content", type_=o.content.type), "sender_phone": None, "lng": bindparam("_lng"),
        "lat": bindparam("_lat"), "withdrawal_reason": bindparam("_reason"), "pseudonymised_at": now,
    }  # fmt: skip
    conn.execute(
        update(t.orders).where(o.id == bindparam("_id")).values(values),
        [
            {"_id": row.id, "_content": without_people(row.content), "_lng": coarse(row.lng), "_lat": coarse(row.lat),
             "_reason": row.withdrawal_reason if row.withdrawal_origin == SYSTEM else free_text(row.withdrawal_reason)}
            for row in rows
        ],
    )  # fmt: skip


def forget_waiting(conn: Connection, before: datetime) -> None:
    """Withdrawals and numbers for orders that never came."""
    conn.execute(delete(t.waiting).where(t.waiting.c.told_at < before))
