"""Writes of the outbox: queued with the step it tells of, claimed, sent outside any transaction, marked (CHAN-4)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from channels.feedback import (
    AFRESH,
    GIVEN_UP,
    OUTAGE,
    PARKED,
    PAUSED,
    TRIED_OVER,
    WAITING,
    Claimed,
    Feedback,
    Outcome,
    Tried,
    channel_after,
    is_life,
    row_after,
)
from channels.queries import sendable
from channels.registry import OUTBOUND, SENDERS
from storage.tables.channels import channels, outbox

LEASE = timedelta(minutes=2)  # longer than any round of sending; after a crash the row is due again


def queue_feedback(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Queue what channels and senders must hear, in order: rows of order_id (None: about no order), region, channel,
    kind, payload, at; and `parked`, why a row is not to be sent at all, "" or left out otherwise.

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
        why = row.get("parked") or None
        state, next_at = (PARKED, None) if why else (WAITING, row["at"])
        fresh = {"seq": seq, "state": state, "attempts": 0, "next_at": next_at, "last_answer": why}
        new.append(values | fresh | {"created_at": row["at"]})
    conn.execute(insert(outbox), new)


def claim_due(conn: Connection, now: datetime, limit: int, channel: str | None = None) -> list[Claimed]:
    """Take what may be sent now, oldest first: to each channel of each order only the first that is not sent (CHAN-4).

    A parked row holds back the later ones to the same channel of its order until a person has sent it again or given
    it up; not so among messages to senders, who are better told late than never. Claimed rows are due again after
    LEASE: a crash between sending and marking repeats the message under the same id.
    """
    query = (
        select(outbox.c.id, outbox.c.next_at)
        .join(channels, channels.c.name == outbox.c.channel)
        .where(*sendable(now), ~_held_back())
        .order_by(outbox.c.next_at, outbox.c.id)
        .limit(limit)
        .with_for_update(of=outbox, skip_locked=True)
    )
    if channel is not None:
        query = query.where(outbox.c.channel == channel)
    due = {row.id: row.next_at for row in conn.execute(query)}
    if not due:
        return []
    taken = (
        update(outbox)
        .where(outbox.c.id.in_(due))
        .values(attempts=outbox.c.attempts + 1, next_at=now + LEASE, put_off=None)
        .returning(outbox)
    )
    rows = {row.id: row for row in conn.execute(taken)}
    return [_claimed(rows[row_id], due_at) for row_id, due_at in due.items()]


def _held_back() -> ColumnElement[bool]:
    before = outbox.alias("before")
    # As one expression that no index offers itself for: PostgreSQL, whose statistics are old when an outage has filled
    # the table, took that by state and channel, and read all that waited for each row of it.
    in_the_way = case(
        (before.c.channel != outbox.c.channel, 0),
        (before.c.state == WAITING, 1),
        (and_(before.c.state == PARKED, before.c.channel.not_in(list(SENDERS))), 1),
        else_=0,
    )
    return exists().where(before.c.order_id == outbox.c.order_id, before.c.seq < outbox.c.seq, in_the_way == 1)


def _claimed(row: Row[Any], due_at: datetime) -> Claimed:
    seq = row.id if row.order_id is None else row.seq
    feedback = Feedback(row.order_id, seq, row.region, row.channel, row.kind, row.payload)
    return Claimed(row.id, feedback, row.attempts, row.handled_at or row.created_at, due_at)


def release(conn: Connection, claimed: Sequence[Claimed]) -> None:
    """Give back what was taken and not attempted: due as before, and no attempt counted."""
    statement = (
        update(outbox)
        .where(*_still_taken())
        .values(attempts=bindparam("b_attempts") - 1, next_at=bindparam("b_next_at"))
    )
    rows = [{"b_id": one.id, "b_attempts": one.attempts, "b_next_at": one.due_at or one.since} for one in claimed]
    if rows:
        conn.execute(statement, rows)


def _still_taken() -> tuple[ColumnElement[bool], ...]:
    return (outbox.c.id == bindparam("b_id"), outbox.c.attempts == bindparam("b_attempts"), outbox.c.state == WAITING)


def mark(conn: Connection, tried: Sequence[Tried], now: datetime) -> None:
    """Write down what a round of attempts came to. An attempt that another has overtaken changes nothing.

    When a channel lives again after an outage, what was put off meanwhile is due at once (F-48), but for messages that
    the channel itself asked to wait longer than we would.
    """
    if not tried:
        return
    heard: dict[str, list[Tried]] = {}
    for one in tried:
        heard.setdefault(one.claimed.feedback.channel, []).append(one)
    known = select(channels.c.name, channels.c.failures).where(channels.c.name.in_(heard)).order_by(channels.c.name)
    failures = {row.name: row.failures for row in conn.execute(known.with_for_update())}
    back = [name for name, some in heard.items() if failures.get(name, 0) >= OUTAGE and any(map(is_life, some))]
    if back:  # before the rows of this round: what they say now is newer
        _wake(conn, back, outbox.c.put_off == PAUSED, now - TRIED_OVER)
    names = ("state", "attempts", "next_at", "put_off", "sent_at", "last_status", "last_answer")
    statement = update(outbox).where(*_still_taken()).values({name: bindparam(f"a_{name}") for name in names})
    rows = []
    for one in tried:
        after_it = row_after(one, now, one.claimed.feedback.channel in back)
        key = {"b_id": one.claimed.id, "b_attempts": one.claimed.attempts}
        rows.append(key | {f"a_{name}": value for name, value in after_it.items()})
    conn.execute(statement, rows)
    after = [
        channel_after(name, failures[name], heard[name], now, OUTBOUND[name].one_address) | {"b_name": name}
        for name in failures
    ]
    if after:
        conn.execute(update(channels).where(channels.c.name == bindparam("b_name")), after)
    gone = {one.claimed.feedback.channel for one in tried if one.outcome is Outcome.GONE}
    if gone:
        conn.execute(update(channels).where(channels.c.name.in_(gone)).values(feedback_on=False))


def _wake(conn: Connection, names: Collection[str], which: ColumnElement[bool], older: datetime | None = None) -> None:
    """What is put off for these channels is due at once, the oldest first. Attempts made during the outage no longer
    count towards its pauses, but for messages queued before `older`."""
    put_off = (outbox.c.channel.in_(names), outbox.c.state == WAITING, outbox.c.put_off.is_not(None))
    many = outbox.c.attempts > AFRESH
    if older is not None:
        many = and_(many, func.coalesce(outbox.c.handled_at, outbox.c.created_at) > older)
    conn.execute(
        update(outbox)
        .where(*put_off, which)
        .values(
            next_at=outbox.c.created_at,
            put_off=None,
            attempts=case((many, AFRESH), else_=outbox.c.attempts),
        )
    )


def resume(conn: Connection, name: str) -> bool:
    """A person says that a channel can be told again: no pause, and all that was put off is due, even what the channel
    asked to wait. False when there is no such channel."""
    values = {"feedback_on": True, "failures": 0, "paused_until": None}
    known = conn.execute(update(channels).where(channels.c.name == name).values(values)).rowcount == 1
    _wake(conn, [name], true())
    return known


# A person decides (CHAN-4). `by` is who, up to 64 characters; both are kept with the row.


def send_again(conn: Connection, which: ColumnElement[bool], by: str, now: datetime) -> int:
    """Parked messages try again from the start, and those that are put off are due now; how many there were."""
    put_off = and_(outbox.c.state == WAITING, outbox.c.put_off.is_not(None))
    query = update(outbox).where(which, or_(outbox.c.state == PARKED, put_off))
    fresh = {"state": WAITING, "attempts": 0, "next_at": now, "put_off": None}
    return conn.execute(query.values(fresh | {"handled_by": by, "handled_at": now})).rowcount


def give_up(conn: Connection, which: ColumnElement[bool], by: str, now: datetime, *, unsent: bool = False) -> int:
    """Parked messages need not be sent: the later ones of their order flow. How many there were. `unsent`: those that
    wait as well, where nobody is there to be told."""
    states = (PARKED, WAITING) if unsent else (PARKED,)
    query = update(outbox).where(which, outbox.c.state.in_(states))
    return conn.execute(query.values(state=GIVEN_UP, next_at=None, handled_by=by, handled_at=now)).rowcount


def forget_refused(conn: Connection, keys: Collection[tuple[str, str]], now: datetime) -> None:
    """What was still to be said of refused pushes, by (channel, number): an order came of a later one, and it would
    look as if that were refused."""
    if not keys:
        return
    number = outbox.c.payload["logistics_no"].as_string()
    for_good = update(outbox).where(
        outbox.c.order_id.is_(None),
        outbox.c.state.in_((WAITING, PARKED)),
        outbox.c.channel.in_({channel for channel, _ in keys}),
        number.in_([number for _, number in keys]),
    )
    conn.execute(for_good.values(state=GIVEN_UP, next_at=None, handled_at=now, last_answer="superseded"))
