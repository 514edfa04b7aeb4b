"""Reads what a batch needs: orders with their logs, numbers, scans and waiting messages, in a handful of queries."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from basics.days import iso, parse_instant
from channels.adapter import Known
from channels.messages import Message, OrderPush, Scan, WaybillTold, Withdrawal
from dispatch.batch import Batch, ScanRow, Waiting, World
from dispatch.facts import Confirm, Event, Item, SupplyWaybill
from dispatch.life import Life, replay
from dispatch.stock.queries import issued_to, with_stock
from storage.tables import dispatch as t
from storage.tables.penalties import cases
from storage.tables.sla import violations

_HEAD = (t.orders.c.id, t.orders.c.channel, t.orders.c.logistics_no, t.orders.c.region, t.orders.c.created_at)


def load_batch(conn: Connection, items: Sequence[Item], world: World, waited: Sequence[Waiting]) -> Batch:
    """Everything that these items may touch. The caller has locked their names, and those of what waited for them."""
    numbers, ids, mentioned = named(items)
    batch = Batch(world)
    for waiting in waited:
        batch.waiting.setdefault(waiting.message.logistics_no, []).append(waiting)  # type: ignore[union-attr]
        if isinstance(waiting.message, WaybillTold):
            mentioned.add(waiting.message.waybill_no)
    for life in load_lives(conn, world, numbers, ids, mentioned, _aliases(items)):
        batch.add(life)
    watch(conn, batch)
    _stock(conn, batch, items, waited)
    if mentioned:
        query = select(t.scans).where(t.scans.c.waybill_no.in_(mentioned)).order_by(t.scans.c.id)
        for row in conn.execute(query):
            scan = Scan(row.waybill_no, row.station, row.scanned_at, row.operator)
            batch.scans.setdefault(row.waybill_no, []).append(ScanRow(scan, row.told_at, "", new=False))
    return batch


def _stock(conn: Connection, batch: Batch, items: Sequence[Item], waited: Sequence[Waiting]) -> None:
    """Whose stock the given numbers lie in, and who has any (WAYBILL-1). A scanned number is not given, it is there."""
    told = [*(item.what for item in items), *(waiting.message for waiting in waited)]
    given = {what.waybill_no for what in told if isinstance(what, WaybillTold | SupplyWaybill | Confirm)}
    given |= {what.content.get("waybill_no") for what in told if isinstance(what, OrderPush)}
    batch.issued = issued_to(conn, (number for number in given if number))
    if any(isinstance(what, SupplyWaybill | Confirm) and not what.sure for what in told):
        house_of = batch.world.network.house_of
        holders = {house_of.get(life.view().station or "") for life in batch.lives.values()}
        stations = [station for station, house in house_of.items() if house in holders]
        batch.stocked = {house_of[station] for station in with_stock(conn, stations)}


def named(items: Iterable[Item]) -> tuple[set[str], set[int], set[str]]:
    """Logistics numbers, row ids and waybill numbers that the items name."""
    numbers: set[str] = set()
    ids: set[int] = set()
    waybills: set[str] = set()
    for item in items:
        what = item.what
        if isinstance(what, OrderPush):
            numbers |= {what.logistics_no, what.alias} - {""}
            if what.content.get("waybill_no"):
                waybills.add(what.content["waybill_no"])
        elif isinstance(what, Withdrawal):
            numbers |= {what.logistics_no, what.alias} - {""}
        elif isinstance(what, WaybillTold):
            numbers.add(what.logistics_no)
        elif not isinstance(what, Scan):
            if what.target.order_id is not None:
                ids.add(what.target.order_id)
            else:
                numbers.add(what.target.logistics_no)
        if isinstance(what, Scan | WaybillTold | SupplyWaybill | Confirm) and what.waybill_no:
            waybills.add(what.waybill_no)
    return numbers, ids, waybills


def _aliases(items: Iterable[Item]) -> set[str]:
    return {item.what.alias for item in items if isinstance(item.what, OrderPush | Withdrawal)} - {""}


def load_lives(
    conn: Connection,
    world: World,
    numbers: Iterable[str],
    ids: Iterable[int],
    waybills: Iterable[str],
    aliases: Iterable[str] = (),
) -> list[Life]:
    """Lives of the orders named in any of these ways, locked, ascending by id."""
    o, found = t.orders.c, set(ids)
    # One condition with OR would walk the whole table on PostgreSQL.
    if wanted := set(numbers):
        found.update(conn.scalars(select(o.id).where(o.logistics_no.in_(wanted))))
    if wanted := set(aliases):
        found.update(conn.scalars(select(o.id).where(o.alias.in_(wanted))))
    if wanted := set(waybills):
        found.update(conn.scalars(select(t.waybills.c.order_id).where(t.waybills.c.waybill_no.in_(wanted))))
    if not found:
        return []
    query = select(*_HEAD).where(o.id.in_(found)).order_by(o.id).with_for_update()
    logs = _logs(conn, list(conn.execute(query)))
    return [_fold(world, head, log) for head, log in logs]


def lock_due(conn: Connection, now: datetime, limit: int, last: bool = False) -> Sequence[Row[Any]]:
    """Heads of orders that something falls due for before `now`, taken so that no other sweep takes them
    (RELIABILITY D3). A night's orders share one deadline, so nothing but that deadline orders them.

    `last`: the holds that end at `now` itself, which the end of a replay still does (REPLAY fine print 7).
    """
    o = t.orders.c
    due = and_(o.next_at == now, o.state == "held") if last else o.next_at < now
    query: Select[Any] = select(*_HEAD, o.received_at).where(due).order_by(o.next_at).limit(limit)
    return conn.execute(query.with_for_update(skip_locked=True)).all()


def load_locked(conn: Connection, world: World, heads: Sequence[Row[Any]]) -> tuple[list[Life], dict[int, str]]:
    """The lives of these orders; and those whose log cannot be read, with the error: one of them must not hold up the
    rest (F-15)."""
    lives, broken = [], {}
    for head, log in _logs(conn, heads):
        try:
            lives.append(_fold(world, head, log))
        except Exception as error:
            broken[head.id] = repr(error)
    return lives, broken


def _logs(conn: Connection, heads: Sequence[Row[Any]]) -> list[tuple[Row[Any], list[Event]]]:
    """Each order with its log."""
    if not heads:
        return []
    logs: dict[int, list[Event]] = {}
    e = t.events.c
    query = (
        select(e.order_id, e.kind, e.happened_at, e.recorded_at, e.by, e.data)
        .where(e.order_id.in_([head.id for head in heads]))
        .order_by(e.order_id, e.seq)
    )
    for order_id, *rest in conn.execute(query):
        logs.setdefault(order_id, []).append(Event(*rest))
    return [(head, logs.get(head.id, [])) for head in heads]


def _fold(world: World, head: Row[Any], log: Sequence[Event]) -> Life:
    life = Life(head.channel, head.logistics_no, world.houses, world.book)
    life.order_id, life.region = head.id, head.region
    return replay(life, log)


def watch(conn: Connection, batch: Batch) -> None:
    """Confirmed violations of the batch's orders: news that disproves one is dated at that news (VIO-4)."""
    by_id = {life.order_id: key for key, life in batch.lives.items()}
    if not by_id:
        return
    v = violations.c
    query = (
        select(v.order_id, v.seq, v.kind)
        .join(cases, cases.c.violation_id == v.id)
        .where(v.order_id.in_(list(by_id)), cases.c.state == "confirmed")
    )
    for order_id, seq, kind in conn.execute(query):
        batch.watched.setdefault(by_id[order_id], set()).add((seq, kind))


def load_waiting(conn: Connection, numbers: Iterable[str]) -> list[Waiting]:
    """Messages that wait for orders of these numbers, in the order of telling (CHAN-6)."""
    query = select(t.waiting).where(t.waiting.c.logistics_no.in_(set(numbers))).order_by(t.waiting.c.id)
    return [Waiting(_message(row), row.told_at, row.by, row.id) for row in conn.execute(query)]


def _message(row: Row[Any]) -> Message:
    data, happened = row.data, parse_instant(row.data["happened_at"])
    if row.kind == "waybill":
        return WaybillTold(row.channel, row.logistics_no, data["waybill_no"], happened)
    return Withdrawal(
        row.channel, row.logistics_no, data["origin"], data["reason"], happened, data.get("station"), data.get("code")
    )


def known_numbers(conn: Connection, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of (channel, logistics number) for which there is an order."""
    o = t.orders.c
    query = select(o.channel, o.logistics_no).where(o.logistics_no.in_({number for _, number in keys}))
    return {(row.channel, row.logistics_no) for row in conn.execute(query)} & set(keys)


def known_orders(conn: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """What a channel may be told of its orders when it asks (CHANNELS section 2): state, number and the log's steps.

    `keys` are (channel, number or other name of the order).
    """
    o, e = t.orders.c, t.events.c
    names = {name for _, name in keys}
    columns = select(o.id, o.channel, o.logistics_no, o.alias, o.state, o.waybill_no)
    rows = [*conn.execute(columns.where(o.logistics_no.in_(names))), *conn.execute(columns.where(o.alias.in_(names)))]
    steps: dict[int, list[tuple[str, str]]] = {}
    log = select(e.order_id, e.happened_at, e.kind).where(e.order_id.in_([row.id for row in rows]))
    for order_id, happened_at, kind in conn.execute(log.order_by(e.order_id, e.seq)):
        steps.setdefault(order_id, []).append((iso(happened_at), kind))
    found: dict[tuple[str, str], Known] = {}
    for row in reversed(rows):  # a number goes before another name
        known = Known(row.logistics_no, row.state, row.waybill_no, tuple(steps.get(row.id, ())))
        found |= {(row.channel, name): known for name in (row.logistics_no, row.alias) if name}
    return {key: known for key, known in found.items() if key in set(keys)}
