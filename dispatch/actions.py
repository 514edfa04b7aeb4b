"""The one conductor: lock, read, let the pure functions decide, write it all in the caller's transaction."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, select, update

from basics.refusal import Refusal
from basics.words import DATA_CENTRE
from channels import actions as channels
from channels.messages import OrderPush, Scan, WaybillTold, Withdrawal
from dispatch import acts, intake, routing
from dispatch.batch import Batch, Heard, Waiting, World
from dispatch.course import assignment_rows, judge, order_row
from dispatch.facts import Accept, Confirm, Dispatch, Event, Fail, HandleWithdrawal, Item, SupplyWaybill, Transfer
from dispatch.life import Life
from dispatch.queries import load_batch, load_due, load_waiting, named
from sla import actions as sla
from sla.clocks import Clock
from sla.suspicions import Suspicion
from storage.locks import lock_names
from storage.sql import insert_ignore, upsert
from storage.tables import dispatch as t
from storage.tables.sla import clocks

Answer = Refusal | None
TRIES, PAUSE = 3, timedelta(minutes=1)  # of an order that cannot be judged
log = logging.getLogger("lanshou.dispatch")
HANDLERS: dict[type, Callable[[Batch, Item], Answer]] = {
    Withdrawal: intake.withdraw,
    WaybillTold: intake.number_told,
    Scan: intake.scan,
    Accept: acts.accept,
    Fail: acts.fail,
    Transfer: acts.transfer,
    Dispatch: acts.dispatch,
    Confirm: acts.confirm,
    SupplyWaybill: acts.supply_waybill,
    HandleWithdrawal: acts.handle_withdrawal,
}


def conduct(conn: Connection, items: Sequence[Item], world: World) -> list[Answer]:
    """Take messages and acts in the order given; an answer for each, None when it was taken.

    `items` ascend by `at`. What is due before an item touches its order is done first, so nothing depends on the
    sweep being on time. A refused item changes nothing, the others are stored.
    """
    if not items:
        return []
    numbers, _, waybills = named(items)
    lock_names(conn, (f"order {n}" for n in numbers))
    waiting = load_waiting(conn, numbers)
    # Numbers after all orders, or two batches wait in a ring; one that waits may be scanned at this moment (CHAN-6).
    waybills |= {w.message.waybill_no for w in waiting if isinstance(w.message, WaybillTold)}
    lock_names(conn, (f"waybill {w}" for w in waybills))
    batch = load_batch(conn, items, world, waiting)
    _route(batch, items)
    answers = []
    for index, told in enumerate(items):
        item = _after_its_last_entry(batch, told)
        if isinstance(item.what, OrderPush):
            answers.append(intake.take(batch, item, index))
        else:
            answers.append(HANDLERS[type(item.what)](batch, item))
        if batch.stirred:
            _note_overturned(batch, item.at)
    _write(conn, batch, items[-1].at)
    return answers


def sweep(conn: Connection, world: World, now: datetime, limit: int = 500, last: bool = False) -> int:
    """Judge what fell due before `now` (D3), and end holds that ran out (CHAN-5). How many orders were looked at.

    `last` ends the holds due at `now` itself instead: the end of a replay.
    """
    batch = Batch(world)
    lives, broken = load_due(conn, world, now, limit, last)
    for life in lives:
        try:
            batch.expire(life, now, inclusive=last)
            order_row(life, world, judge(life, world, now)[0], now)  # as writing will
        except Exception as error:
            broken[life.order_id or 0] = repr(error)
            batch.forget(life)
        else:
            batch.add(life)
            batch.touched[(life.channel, life.logistics_no)] = life
    _set_aside(conn, broken, now)
    _write(conn, batch, now)
    return len(lives) + len(broken)


def _set_aside(conn: Connection, broken: Mapping[int, str], now: datetime) -> None:
    """An order that cannot be judged waits a little longer each time, and after three tries for a person (F-15)."""
    if not broken:
        return
    c, o = t.troubles.c, t.orders.c
    known = {row.order_id: row.tries for row in conn.execute(select(t.troubles).where(c.order_id.in_(broken)))}
    rows = [
        {"order_id": order, "tries": known.get(order, 0) + 1, "last_at": now, "error": error[:500]}
        for order, error in broken.items()
    ]
    upsert(conn, t.troubles, rows, ["order_id"])
    pauses = [{"_id": r["order_id"], "_at": None if r["tries"] >= TRIES else now + PAUSE * r["tries"]} for r in rows]
    conn.execute(update(t.orders).where(o.id == bindparam("_id")).values(next_at=bindparam("_at")), pauses)
    log.error("orders that cannot be judged: %s", ", ".join(str(order) for order in broken))


def _after_its_last_entry(batch: Batch, item: Item) -> Item:
    """An item whose clock was read before it got the lock, or was set back, counts from the last entry (F-37)."""
    life = batch.meant(item.what)
    latest = life.events[-1].recorded_at if life is not None else item.at
    return item if latest <= item.at else replace(item, at=latest)


def _route(batch: Batch, items: Sequence[Item]) -> None:
    """Routes of all pushes of the batch at once. Closures are looked up when the assignment starts: at creation for
    the first push of a number, at its arrival for an update (REPLAY fine print 5)."""
    asked: list[tuple[int, routing.Place, datetime]] = []
    seen: set[tuple[str, str]] = set(batch.lives)
    for index, item in enumerate(items):
        push = item.what
        if not isinstance(push, OrderPush):
            continue
        key = (push.channel, push.logistics_no)
        at = item.at if key in seen else min(push.created_at, item.at)
        seen.add(key)
        asked.append((index, intake.place_of(push.content, batch.world.book.at(at)), at))
    routes = routing.choose([place for _, place, _ in asked], batch.world.network, [at for _, _, at in asked])
    batch.routes = dict(zip((index for index, _, _ in asked), routes, strict=True))


def _note_overturned(batch: Batch, at: datetime) -> None:
    """The first instant at which a confirmed violation no longer stands, even if later news of the batch revives it."""
    for key in batch.stirred:
        standing = {(s.seq, s.kind) for s in judge(batch.lives[key], batch.world, at)[1]}
        for seq, kind in batch.watched[key] - standing:
            batch.overturned.setdefault((key, seq, kind), at)
    batch.stirred.clear()


# ---- writing --------------------------------------------------------------------------------------------------


def _write(conn: Connection, batch: Batch, now: datetime) -> None:
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
    _write_feedback(conn, batch.heard)


def _overturned(batch: Batch, life: Life) -> dict[tuple[int, str], datetime]:
    key = (life.channel, life.logistics_no)
    return {(seq, kind): at for (owner, seq, kind), at in batch.overturned.items() if owner == key}


def _write_orders(
    conn: Connection,
    batch: Batch,
    lives: Sequence[Life],
    verdicts: dict[int, tuple[list[Clock], list[Suspicion]]],
    now: datetime,
) -> None:
    new, old = [], []
    for life in lives:
        if life.order_id is None:
            life.region = _region(batch, life)
        row = order_row(life, batch.world, verdicts[id(life)][0], now)
        if life.order_id is None:
            new.append(row)
        else:
            old.append({f"_{name}": value for name, value in row.items()} | {"_id": life.order_id})
    for row in insert_ignore(conn, t.orders, new, ["channel", "logistics_no"], ["id", "channel", "logistics_no"]):
        batch.lives[(row.channel, row.logistics_no)].order_id = row.id
    if old:
        values: dict[str, Any] = {name[1:]: bindparam(name) for name in old[0] if name != "_id"}
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
        "logistics_no": message.logistics_no,
        "kind": "waybill" if isinstance(message, WaybillTold) else "withdrawal",
        "digest": sha256(repr(message).encode()).hexdigest(),
        "told_at": waiting.told_at,
        "by": waiting.by,
        "data": data,
    }


def _write_feedback(conn: Connection, heard: Iterable[Heard]) -> None:
    """CHAN-4: one outbox row a step, in order for each order, in the transaction of the step itself."""
    rows = [
        {"order_id": one.life.order_id, "region": one.life.region, "channel": one.life.channel, "kind": one.kind,
         "payload": one.payload, "at": one.recorded_at}
        for one in heard
    ]  # fmt: skip
    channels.queue_feedback(conn, rows)


def look_again(conn: Connection, closed: Sequence[tuple[str, datetime]], now: datetime) -> None:
    """Orders with a clock that a closure, (station, from), can move are due at once, for the next sweep (ROUTE-6)."""
    late = select(clocks.c.order_id).where(clocks.c.station == bindparam("_at"), clocks.c.due_at > bindparam("_from"))
    soon = case((t.orders.c.next_at < now, t.orders.c.next_at), else_=now)
    if closed:
        again = update(t.orders).where(t.orders.c.id.in_(late)).values(next_at=soon)
        conn.execute(again, [{"_at": station, "_from": since} for station, since in closed])
