"""Writes of the outbox: queued with the step it tells of, claimed, sent outside any transaction, marked (CHAN-4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select, update

from channels.feedback import PARKED, SENT, WAITING, Claimed, Feedback, Outcome, Tried, channel_after, row_after
from channels.queries import sendable
from storage.tables.channels import channels, outbox

LEASE = timedelta(minutes=2)  # longer than one round of sending; after a crash the row is due again


def queue_feedback(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Queue what channels must hear: rows of order_id (None: about no order), region, channel, kind, payload, at; in
    order.

    The caller holds the locks of these orders, so that their numbers follow on; the unique key is the
    second net.
    """
    if not rows:
        return
    of_these = outbox.c.order_id.in_({row["order_id"] for row in rows if row["order_id"] is not None})
    last = select(outbox.c.order_id, func.max(outbox.c.seq)).where(of_these).group_by(outbox.c.order_id)
    seqs: dict[int | None, int] = {row[0]: row[1] for row in conn.execute(last)}
    new = []
    for row in rows:
        seq = seqs[row["order_id"]] = seqs.get(row["order_id"], 0) + 1
        values = {name: row[name] for name in ("order_id", "region", "channel", "kind", "payload")}
        fresh = {"seq": seq, "state": WAITING, "attempts": 0, "next_at": row["at"], "created_at": row["at"]}
        new.append(values | fresh)
    conn.execute(insert(outbox), new)


def claim_due(conn: Connection, now: datetime, limit: int, channel: str | None = None) -> list[Claimed]:
    """Take what may be sent now, oldest first: of each order only the first that is not sent (CHAN-4).

    A parked row holds back the later ones of its order until a person has sent it again. Claimed rows are due
    again after LEASE: a crash between sending and marking repeats the message under the same id.
    """
    before = outbox.alias("before")
    held_back = exists().where(
        before.c.order_id == outbox.c.order_id, before.c.seq < outbox.c.seq, before.c.state != SENT
    )
    query = (
        select(outbox.c.id)
        .join(channels, channels.c.name == outbox.c.channel)
        .where(*sendable(now), ~held_back)
        .order_by(outbox.c.next_at, outbox.c.id)
        .limit(limit)
        .with_for_update(of=outbox, skip_locked=True)
    )
    if channel is not None:
        query = query.where(outbox.c.channel == channel)
    ids = conn.scalars(query).all()
    if not ids:
        return []
    taken = (
        update(outbox)
        .where(outbox.c.id.in_(ids))
        .values(attempts=outbox.c.attempts + 1, next_at=now + LEASE)
        .returning(outbox)
    )
    rows = {row.id: row for row in conn.execute(taken)}
    return [_claimed(rows[row_id]) for row_id in ids]


def _claimed(row: Row[Any]) -> Claimed:
    seq = row.id if row.order_id is None else row.seq
    feedback = Feedback(row.order_id, seq, row.region, row.channel, row.kind, row.payload)
    return Claimed(row.id, feedback, row.attempts, row.created_at)


def mark(conn: Connection, tried: Sequence[Tried], now: datetime) -> None:
    """Write down what a round of attempts came to. An attempt that another has overtaken changes nothing."""
    if not tried:
        return
    names = ("state", "next_at", "sent_at", "last_status", "last_answer")
    statement = (
        update(outbox)
        .where(
            outbox.c.id == bindparam("b_id"),
            outbox.c.attempts == bindparam("b_attempts"),
            outbox.c.state == WAITING,
        )
        .values({name: bindparam(f"b_{name}") for name in names})
    )
    keys = [{"id": one.claimed.id, "attempts": one.claimed.attempts} | row_after(one, now) for one in tried]
    conn.execute(statement, [{f"b_{name}": value for name, value in row.items()} for row in keys])
    failures = {row.name: row.failures for row in conn.execute(select(channels.c.name, channels.c.failures))}
    heard: dict[str, list[Tried]] = {}
    for one in tried:
        heard.setdefault(one.claimed.feedback.channel, []).append(one)
    after = [channel_after(name, failures[name], some, now) | {"b_name": name} for name, some in heard.items()]
    conn.execute(update(channels).where(channels.c.name == bindparam("b_name")), after)
    gone = [one.claimed.feedback.channel for one in tried if one.outcome is Outcome.GONE]
    if gone:
        conn.execute(update(channels).where(channels.c.name.in_(gone)).values(feedback_on=False))


def send_again(conn: Connection, ids: Sequence[int], now: datetime) -> int:
    """A person lets parked messages try again (CHAN-4); how many there were."""
    query = update(outbox).where(outbox.c.id.in_(ids), outbox.c.state == PARKED)
    return conn.execute(query.values(state=WAITING, attempts=0, next_at=now, created_at=now)).rowcount
