"""Reads what `news` needs: failed orders of a sender's phone, locked, and its picked up ones."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import Connection, select

from dispatch.again.news import Collected
from dispatch.batch import Batch, Turn
from dispatch.facts_of_life import Again, sender_phone
from dispatch.life import Life
from dispatch.queries import load_lives, watch
from sla.truth import CUSTOMER_CANCELLED
from storage.locks import lock_names
from storage.tables import dispatch as t


def newly_cancelled(batch: Batch) -> list[Life]:
    """Orders that this batch failed as cancelled by the customer."""
    return [
        life
        for life in batch.touched.values()
        if any(e.kind == "failed" and e.data["reason"] == CUSTOMER_CANCELLED for e in life.events[life.stored :])
    ]


def load_concerned(
    conn: Connection, batch: Batch, turned: Sequence[Turn], cancelled: Sequence[Life]
) -> tuple[dict[str, list[Life]], Collected]:
    """For these turns: by phone, the orders failed as cancelled by the customer, added to the batch. And the orders
    that were picked up before the batch: of the phones where one is no longer, and of those just `cancelled`.

    A failure and a pickup of one sender name no order in common: they meet in the phone, of which only a hash is kept.
    """
    longest = max(edition.order_again for edition in batch.world.book.editions)
    phones = {phone for turn in turned for phone in (turn.was, turn.now) if phone}
    new = {phone for life in cancelled if (phone := sender_phone(life.view().content))}
    known = phones | new
    lock_names(conn, (f"sender {phone}" for phone in known))
    ids = _failed(conn, turned, phones, longest) - batch.by_id.keys() if phones else set()
    if ids:
        for life in load_lives(conn, batch.world, (), ids, ()):
            batch.add(life)
        watch(conn, batch)
    failed: dict[str, list[Life]] = {}
    for life in batch.lives.values():
        phone = sender_phone(life.view().content)
        if phone and life.failed and life.failed.reason == CUSTOMER_CANCELLED and phone in known:
            failed.setdefault(phone, []).append(life)
    asked = ({turn.was for turn in turned if turn.was} & failed.keys()) | new
    return failed, _collected(conn, [one for phone in asked for one in failed[phone]], asked, longest)


def _failed(conn: Connection, turned: Sequence[Turn], phones: Collection[str], longest: timedelta) -> set[int]:
    """Ids of stored orders that may be concerned. Locked, so that of two at once the second sees what the first did."""
    o, e = t.orders.c, t.events.c
    created = [turn.life.created_at for turn in turned]
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
        return Collected()
    o = t.orders.c
    query = select(o.sender_phone, o.created_at, o.channel, o.logistics_no).where(
        o.sender_phone.in_(phones),
        o.state == "picked_up",
        o.created_at > min(times),
        o.created_at <= max(times) + longest,
    )
    return Collected((row[0], Again(*row[1:])) for row in conn.execute(query))
