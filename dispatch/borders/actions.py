"""Writes the border register, in the transaction of the dispatch that decided."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, func, select, update

from dispatch.batch import Batch
from dispatch.borders_rules import dispatched, entries_of
from storage.sql import insert_ignore
from storage.tables.dispatch import border_entries

e = border_entries.c


def record(conn: Connection, batch: Batch) -> None:
    """An entry for each dispatch of the batch that decided a dispute; once an assignment, whatever is retried."""
    rows = [
        {
            "order_id": life.order_id, "region": life.region, "seq": one.seq, "adcode": one.adcode,
            "fragment": one.fragment, "lng": one.lng, "lat": one.lat, "station": one.station,
            "others": list(one.others), "decided_at": one.decided_at, "decided_by": one.decided_by, "note": "",
        }
        for life in batch.touched.values()
        if dispatched(life)
        for one in entries_of(life, batch.read(life.view().content, life.zero))
    ]  # fmt: skip
    insert_ignore(conn, border_entries, rows, ["order_id", "seq"])


def annotate(conn: Connection, notes: Mapping[int, str]) -> None:
    """What HQ said at the dispatch, by order, into the entry that it has just made."""
    last = border_entries.alias("last")
    newest = select(func.max(last.c.seq)).where(last.c.order_id == e.order_id).scalar_subquery()
    statement = update(border_entries).where(e.order_id == bindparam("_order"), e.seq == newest)
    rows = [{"_order": order, "_note": note} for order, note in notes.items() if note]
    if rows:
        conn.execute(statement.values(note=bindparam("_note")), rows)
