"""Writes what came of a batch: orders, logs, holders, numbers, scans, clocks and what channels must hear."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, delete, update

from basics.words import DATA_CENTRE
from channels.messages import WaybillTold, Withdrawal
from channels.outbox.actions import queue_feedback
from dispatch.batch import Batch, Waiting
from dispatch.course import Judgement, assignment_rows, judge, order_row
from dispatch.facts import Event
from dispatch.feedback import Heard
from dispatch.life import Life
from sla import actions as sla
from storage.sql import insert_ignore, upsert
from storage.tables import dispatch as t


def write(conn: Connection, batch: Batch, now: datetime) -> None:
    """Everything that the touched orders of a batch changed, as things stand at `now`."""
    lives = list(batch.touched.values())
    verdicts = {id(life): judge(life, batch.world, now) for life in lives}
    fresh = {id(life) for life in lives if life.order_id is None}
    _write_orders(conn, batch, lives, verdicts, now)
    _write_logs(conn, lives)
    _write_numbers(conn, lives)
    _write_scans(conn, batch)
    _write_waiting(conn, batch)
    judged = [
        sla.Judged(life.order_id or 0, life.region, id(life) in fresh, *verdicts[id(life)], _overturned(batch, life))
        for life in lives
    ]
    sla.record(conn, judged, batch.world.network.house_of, now)
    write_feedback(conn, batch.heard)


def _overturned(batch: Batch, life: Life) -> dict[tuple[int, str], datetime]:
    key = (life.channel, life.logistics_no)
    return {(seq, kind): at for (owner, seq, kind), at in batch.overturned.items() if owner == key}


def _write_orders(
    conn: Connection,
    batch: Batch,
    lives: Sequence[Life],
    verdicts: dict[int, Judgement],
    now: datetime,
) -> None:
    new, old = [], []
    for life in lives:
        if life.order_id is None:
            life.region = _region(batch, life)
        row = order_row(life, batch.world, verdicts[id(life)].clocks, now)
        if life.order_id is None:
            new.append(row)
        else:
            old.append({f"_{name}": value for name, value in row.items()} | {"_id": life.order_id})
    for row in insert_ignore(conn, t.orders, new, ["channel", "logistics_no"], ["id", "channel", "logistics_no"]):
        batch.lives[(row.channel, row.logistics_no)].order_id = row.id
    if old:
        values: dict[str, Any] = {name[1:]: bindparam(name) for name in old[0] if name != "_id"}
        values["pseudonymised_at"] = None  # news may hold people again; the next night looks (RELIABILITY 11.3)
        conn.execute(update(t.orders).where(t.orders.c.id == bindparam("_id")).values(values), old)


def _region(batch: Batch, life: Life) -> str:
    """The province where the order was first routed; "" while held or when no station was certain. By its first event
    alone: what else came in the same batch changes nothing."""
    route = life.events[0].data.get("route")
    if route is None or route["station"] == DATA_CENTRE:
        return ""
    return batch.world.network.stations[route["station"]].province


def _write_logs(conn: Connection, lives: Sequence[Life]) -> None:
    """New events, and the holders that follow from them."""
    rows = [
        {
            "order_id": life.order_id, "seq": seq, "region": life.region, "kind": event.kind, "by": event.by,
            "happened_at": event.happened_at, "recorded_at": event.recorded_at, "data": event.data,
        }
        for life in lives
        for seq, event in enumerate(life.events[life.stored :], start=life.stored + 1)
    ]  # fmt: skip
    if not rows:
        return
    conn.execute(t.events.insert(), rows)
    moved = [life for life in lives if any(_moves(event) for event in life.events[life.stored :])]
    upsert(conn, t.assignments, [row for life in moved for row in assignment_rows(life)], ["order_id", "seq"])
    fallen = [
        {"_o": life.order_id, "_n": len(life.view().assignments)}
        for life in moved
        if len(life.view().assignments) < len(life.assignments)
    ]
    if fallen:
        a = t.assignments.c
        conn.execute(delete(t.assignments).where(a.order_id == bindparam("_o"), a.seq > bindparam("_n")), fallen)


def _moves(event: Event) -> bool:
    return event.kind not in ("numbered", "withdrawal_handled", "reminded")


def _write_numbers(conn: Connection, lives: Sequence[Life]) -> None:
    """Present numbers; the primary key is the second net under WAYBILL-1."""
    changed = [life for life in lives if any(e.kind == "numbered" for e in life.events[life.stored :])]
    old = [life.order_id for life in changed if life.stored]
    if old:
        conn.execute(delete(t.waybills).where(t.waybills.c.order_id.in_(old)))
    rows = [
        {"waybill_no": life.number.waybill_no, "order_id": life.order_id} for life in changed if life.number is not None
    ]
    if rows:
        conn.execute(t.waybills.insert(), rows)


def _write_scans(conn: Connection, batch: Batch) -> None:
    rows = [
        {"waybill_no": row.scan.waybill_no, "station": row.scan.station, "scanned_at": row.scan.scanned_at,
         "told_at": row.told_at, "operator": row.scan.operator}
        for found in batch.scans.values()
        for row in found
        if row.new
    ]  # fmt: skip
    insert_ignore(conn, t.scans, rows, ["waybill_no", "station", "scanned_at"])


def _write_waiting(conn: Connection, batch: Batch) -> None:
    done = [w.row_id for w in batch.arrived if w.row_id is not None]
    if done:
        conn.execute(delete(t.waiting).where(t.waiting.c.id.in_(done)))
    new = [_waiting_row(w) for found in batch.waiting.values() for w in found if w.row_id is None]
    insert_ignore(conn, t.waiting, new, ["channel", "logistics_no", "digest"])


def _waiting_row(waiting: Waiting) -> dict[str, Any]:
    message = waiting.message
    assert isinstance(message, Withdrawal | WaybillTold)
    data: dict[str, Any] = {"happened_at": message.happened_at.isoformat()}
    if isinstance(message, WaybillTold):
        data["waybill_no"] = message.waybill_no
    else:
        data |= {"origin": message.origin, "reason": message.reason, "station": message.station, "code": message.code}
    return {
        "channel": message.channel,
        "logistics_no": (isinstance(message, Withdrawal) and message.alias) or message.logistics_no,
        "kind": "waybill" if isinstance(message, WaybillTold) else "withdrawal",
        "digest": sha256(repr(message).encode()).hexdigest(),
        "told_at": waiting.told_at,
        "by": waiting.by,
        "data": data,
    }


def write_feedback(conn: Connection, heard: Iterable[Heard]) -> None:
    """CHAN-4: one outbox row a step, in order for each order, in the transaction of the step itself."""
    rows = [
        {"order_id": one.life.order_id, "region": one.life.region, "channel": one.channel or one.life.channel,
         "kind": one.kind, "payload": one.payload, "at": one.recorded_at, "parked": one.parked}
        for one in heard
    ]  # fmt: skip
    queue_feedback(conn, rows)
