"""Writes the border register, in the transaction of the dispatch that decided."""

from collections.abc import Collection, Mapping
from functools import partial

from sqlalchemy import Connection, bindparam, func, select, update

from dispatch.batch import Batch
from dispatch.borders_rules import dispatched, entries_of
from people.masking import customer_names, mask_text
from storage.sql import insert_ignore
from storage.tables.dispatch import assignments, border_entries, events

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
        for one in entries_of(life, partial(batch.read, zero=life.zero))
    ]  # fmt: skip
    insert_ignore(conn, border_entries, rows, ["order_id", "seq"])


def annotate(conn: Connection, notes: Mapping[int, str]) -> None:
    """What HQ said at the dispatch, by order, into the entry that it has just made; both sides will read it, so
    without the order's customers (ROLE-2)."""
    names = _customers(conn, [order for order, note in notes.items() if note])
    a = assignments.c
    present = select(func.max(a.seq)).where(a.order_id == e.order_id).scalar_subquery()  # no entry: nothing to note
    statement = update(border_entries).where(e.order_id == bindparam("_order"), e.seq == present)
    rows = [{"_order": order, "_note": mask_text(note, names.get(order, ()))} for order, note in notes.items() if note]
    if rows:
        conn.execute(statement.values(note=bindparam("_note")), rows)


def _customers(conn: Connection, orders: Collection[int]) -> dict[int, set[str]]:
    """The names of sender and receiver in all that was told of these orders."""
    v, found = events.c, dict[int, set[str]]()
    if orders:
        told = select(v.order_id, v.data).where(v.order_id.in_(orders), v.kind.in_(("created", "updated", "amended")))
        for order, data in conn.execute(told):
            found[order] = found.get(order, set()) | customer_names(data["content"])
    return found
