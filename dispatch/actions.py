"""The one conductor: lock, read, let the pure functions decide, write it all in the caller's transaction."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from basics.refusal import Refusal
from channels.messages import OrderPush, Scan, WaybillTold, Withdrawal
from dispatch import acts, calls, changes, intake, routing
from dispatch.again.news import known_already, news
from dispatch.again.queries import load_concerned, newly_cancelled
from dispatch.batch import Batch, World
from dispatch.borders import actions as borders
from dispatch.course import judge, order_row
from dispatch.desks.actions import rise_for
from dispatch.facts import (
    Accept,
    AnswerChange,
    AskChange,
    Call,
    Confirm,
    Dispatch,
    Fail,
    HandleWithdrawal,
    Item,
    SupplyWaybill,
    Transfer,
)
from dispatch.feedback import Heard, payload, standing
from dispatch.queries import load_batch, load_lives, load_locked, load_waiting, lock_due, named
from dispatch.store.actions import write, write_feedback
from dispatch.sweeping import actions as sweeping
from dispatch.sweeping.actions import judge_again
from dispatch.sweeping.queries import batches, moved_by
from storage.locks import lock_names
from storage.sql import upsert
from storage.tables import dispatch as t

Answer = Refusal | None
IN_FULL = 500  # orders of one sweep that are read and judged one by one: half a second
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
    Call: calls.call,
    HandleWithdrawal: acts.handle_withdrawal,
    AskChange: changes.ask,
    AnswerChange: changes.answer,
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
    answers: list[Answer] = []
    for stretch in (stretches := _stretches(batch, items)):
        told_before = len(batch.turned)
        answers += [_take(batch, index, item) for index, item in stretch]
        _tell_the_failed(conn, batch, told_before, stretch is stretches[-1])
    write(conn, batch, items[-1].at)
    borders.record(conn, batch)
    rise_for(conn, batch)
    return answers


def _stretches(batch: Batch, items: Sequence[Item]) -> list[list[tuple[int, Item]]]:
    """The items in turn, each with its place, cut before those about a failed order that was fined: what others had
    told it by then comes first, or two batches would reverse a fine that one would not (VIO-4)."""
    stretches: list[list[tuple[int, Item]]] = [[]]
    for index, item in enumerate(items):
        life = batch.meant(item.what)
        fined = life is not None and life.failed is not None and (life.channel, life.logistics_no) in batch.watched
        if fined and stretches[-1]:
            stretches.append([])
        stretches[-1].append((index, item))
    return stretches


def _take(batch: Batch, index: int, told: Item) -> Answer:
    item = _after_its_last_entry(batch, told)
    push = isinstance(item.what, OrderPush)
    answer = intake.take(batch, item, index) if push else HANDLERS[type(item.what)](batch, item)
    if batch.stirred:
        _note_overturned(batch, item.at)
    return answer


def sweep(conn: Connection, world: World, now: datetime, limit: int = 500, last: bool = False) -> int:
    """Judge what fell due before `now` (D3), and end holds that ran out (CHAN-5). How many orders were looked at.

    Of up to `limit` orders those judged in advance are done set-wise, and up to IN_FULL of the others one by one.
    `last` ends the holds due at `now` itself instead: the end of a replay.
    """
    heads = lock_due(conn, now, limit, last)
    fired = set() if last else sweeping.fire(conn, heads, world, now)
    batch = Batch(world)
    lives, broken = load_locked(conn, world, [head for head in heads if head.id not in fired][:IN_FULL])
    looked_at = len(lives) + len(broken)
    for life in lives:
        try:
            batch.expire(life, now, inclusive=last)
            order_row(life, world, judge(life, world, now).clocks, now)  # as writing will
        except Exception as error:
            broken[life.order_id or 0] = repr(error)
            batch.forget(life)
        else:
            batch.add(life)
            batch.touched[(life.channel, life.logistics_no)] = life
    _set_aside(conn, broken, now)
    write(conn, batch, now)
    rise_for(conn, batch)
    return len(fired) + looked_at


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
        asked.append((index, batch.read(push.content, at), at))
    routes = routing.choose([place for _, place, _ in asked], batch.world.network, [at for _, _, at in asked])
    batch.routes = dict(zip((index for index, _, _ in asked), routes, strict=True))


def _tell_the_failed(conn: Connection, batch: Batch, told_before: int, last: bool) -> None:
    """VIO-2: that a sender ordered again is a fact of the order that was failed as cancelled; its log gets it, dated at
    the telling that made the other one picked up, or not picked up after all; or at the failure that came later."""
    turned, cancelled = batch.turned[told_before:], newly_cancelled(batch) if last else []
    if not turned and not cancelled:
        return
    failed, collected = load_concerned(conn, batch, turned, cancelled)
    for turn in batch.turned[:told_before]:
        collected.turn(turn)  # not stored yet
    for life, event in news(turned, failed, collected, batch.world.book):
        batch.log(life, event)
        if batch.stirred:
            _note_overturned(batch, event.recorded_at)
    for life, event in known_already(cancelled, collected, batch.world.book):
        batch.log(life, event)


def _note_overturned(batch: Batch, at: datetime) -> None:
    """The first instant at which a confirmed violation no longer stands, even if later news of the batch revives it."""
    for key in batch.stirred:
        standing = {(s.seq, s.kind) for s in judge(batch.lives[key], batch.world, at).suspicions}
        for seq, kind in batch.watched[key] - standing:
            batch.overturned.setdefault((key, seq, kind), at)
    batch.stirred.clear()


def tell_again(conn: Connection, keys: Collection[tuple[str, str]], world: World, now: datetime) -> None:
    """Queue how these orders, (channel, number), stand: for a channel that believes a refused change was taken."""
    heard = []
    for life in load_lives(conn, world, {number for _, number in keys}, (), ()):
        view = life.view()
        kind = standing(view.state, view.accepted_at is not None)
        if kind and (life.channel, life.logistics_no) in keys:
            facts = payload(life, kind, now, world.network, world.book.at(life.zero))
            heard.append(Heard(life, kind, now, facts))
    write_feedback(conn, heard)


def look_again(conn: Connection, closed: Sequence[tuple[str, datetime]], now: datetime) -> None:
    """Orders with a clock that a closure, (station, from), can move are due at once, for the next sweep (ROUTE-6)."""
    for batch in batches(moved_by(conn, closed)):
        judge_again(conn, batch, now)
