"""Reads what `news` needs: failed orders of a sender's phone, locked, and its picked up ones."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Connection, select

from dispatch.again.news import Collected
from dispatch.batch import Batch
from dispatch.facts_of_life import sender_phone
from dispatch.life import Life
from dispatch.queries import load_lives, watch
from sla.truth import CUSTOMER_CANCELLED
from storage.tables import dispatch as t


def load_concerned(conn: Connection, batch: Batch) -> tuple[dict[str, list[Life]], Collected]:
    """For the batch's turns: by phone, the orders failed as cancelled by the customer, added to the batch; and the
    orders of those phones that were picked up before the batch, where that is needed."""
    longest = max(edition.order_again for edition in batch.world.book.editions)
    phones = {phone for turn in batch.turned for phone in (turn.was, turn.now) if phone}
    ids = _failed(conn, batch, phones, longest) - batch.by_id.keys()
    if ids:
        for life in load_lives(conn, batch.world, (), ids, ()):
            batch.add(life)
        watch(conn, batch)
    failed: dict[str, list[Life]] = {}
    for life in batch.lives.values():
        phone = sender_phone(life.view().content)
        if phone in phones and phone and life.failed and life.failed.reason == CUSTOMER_CANCELLED:
            failed.setdefault(phone, []).append(life)
    fallen = {turn.was for turn in batch.turned if turn.was is not None} & failed.keys()
    return failed, _collected(conn, [one for phone in fallen for one in failed[phone]], fallen, longest)


def _failed(conn: Connection, batch: Batch, phones: Collection[str], longest: timedelta) -> set[int]:
    """Ids of stored orders that may be concerned. Locked, so that of two at once the second sees what the first did."""
    o, e = t.orders.c, t.events.c
    created = [turn.life.created_at for turn in batch.turned]
    query = (
        select(o.id, e.data)
        .join(t.events, (e.order_id == o.id) & (e.kind == "failed"))
        .where(o.sender_phone.in_(phones), o.state.in_(("accept_failed", "pickup_failed")))
        .where(o.ended_at >= min(created) - longest, o.ended_at < max(created))
        .order_by(o.id)
        .with_for_update(of=t.orders)
    )
    return {row.id for row in conn.execute(query) if row.data.get("reason") == CUSTOMER_CANCELLED}


def _collected(conn: Connection, failed: Collection[Life], phones: Collection[str], longest: timedelta) -> Collected:
    times = [life.failed.at for life in failed if life.failed is not None]
    if not times:
        return {}
    o = t.orders.c
    query = select(o.channel, o.logistics_no, o.sender_phone, o.created_at).where(
        o.sender_phone.in_(phones),
        o.state == "picked_up",
        o.created_at > min(times),
        o.created_at <= max(times) + longest,
    )
    return {(row.channel, row.logistics_no): (row.sender_phone, row.created_at) for row in conn.execute(query)}
