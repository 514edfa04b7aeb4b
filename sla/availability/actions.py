"""Writes the record of outages: our own from the beats of the web processes, a channel's from what its lane meets, and
those that a person enters (VIO-3, F-41)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, or_, select, update

from basics.refusal import Refusal
from sla.outages import OURS, TOLERANCE, refuse_entry
from storage.sql import insert_ignore
from storage.tables.sla import beats, outages

SYSTEM = "system"
KEY = ["source", "started_at"]


def beat(conn: Connection, now: datetime) -> None:
    """A web process is well. Whatever lies between this beat and the last one of any of them, and is longer than
    TOLERANCE, was an outage of ours; one that was going on is over. A clock set back makes none, and takes back what
    was put down ahead of it."""
    insert_ignore(conn, beats, [{"source": OURS, "since": now, "last_at": now}], ["source"])
    last = _held(conn, OURS).last_at
    if now < last:
        _never_ahead(conn, now)
    if now - last > TOLERANCE:
        insert_ignore(conn, outages, [_row(OURS, last, None, SYSTEM, "", now)], KEY)
    conn.execute(update(outages).where(_going_on(OURS)).values(ended_at=now))
    conn.execute(update(beats).where(beats.c.source == OURS).values(last_at=now))


def known_well(conn: Connection, since: datetime, until: datetime) -> None:
    """The record of ours begins with a span in which we were well: that of a made-up history, as a demo has it."""
    insert_ignore(conn, beats, [{"source": OURS, "since": since, "last_at": until}], ["source"])


def watch(conn: Connection, now: datetime) -> None:
    """To be called before deadlines are judged: when no web process has been well for TOLERANCE, our outage is put down
    as going on."""
    last = conn.execute(select(beats.c.last_at).where(beats.c.source == OURS)).scalar_one_or_none()
    if last is None or now - last <= TOLERANCE:
        return
    last = _held(conn, OURS).last_at  # a beat may have come meanwhile
    if now - last > TOLERANCE:
        insert_ignore(conn, outages, [_row(OURS, last, None, SYSTEM, "", now)], KEY)


def channel_met(conn: Connection, source: str, failing: Collection[int], at: datetime, now: datetime) -> None:
    """What a round of messages to a channel, begun at `at`, met: nothing but technical failures, of these orders; none:
    a sign of life.

    An outage is there when two orders have failed since the last success: one message that they always choke on is
    none. It began with the first failure and ended with the last one, as nobody knows of the time up to the next
    success. A hiccup shorter than TOLERANCE leaves nothing behind. A failure that began before a success that is known
    already says nothing.
    """
    insert_ignore(conn, beats, [{"source": source, "since": at, "last_at": at}], ["source"])
    known = _held(conn, source)
    if not failing:
        _over(conn, source, known.failed_at, now)
        well = {"last_at": now, "failing_at": None, "failed_at": None, "failing_order": None}
        conn.execute(update(beats).where(beats.c.source == source).values(well))
    elif at >= min(known.last_at, now):
        first, order = min(known.failing_at or at, at), known.failing_order or min(failing)
        failed = {"failing_at": first, "failed_at": now, "failing_order": order}
        conn.execute(update(beats).where(beats.c.source == source).values(failed))
        if set(failing) != {order} and conn.execute(select(outages.c.id).where(_going_on(source))).first() is None:
            insert_ignore(conn, outages, [_row(source, first, None, SYSTEM, "", now)], KEY)


def _over(conn: Connection, source: str, failed_at: datetime | None, now: datetime) -> None:
    going_on = _going_on(source)
    conn.execute(delete(outages).where(going_on, outages.c.started_at >= now - TOLERANCE))
    if failed_at is not None:
        ended = {"ended_at": min(failed_at, now), "thought_until": now, "noticed_at": now, "looked": 0}
        conn.execute(update(outages).where(going_on).values(ended))


def enter(
    conn: Connection, source: str, sources: Collection[str], span: tuple[datetime, datetime], by: str, note: str,
    now: datetime,
) -> Refusal | None:  # fmt: skip
    """A person enters an outage [since, until) of one of `sources`. Refused: see `refuse_entry`; and one that begins
    when a known one does, but for one that was taken back."""
    refusal = refuse_entry(source, sources, *span, now)
    if refusal is not None:
        return refusal
    o, row = outages.c, _row(source, *span, by, note, now)
    withdrawn = update(outages).where(o.source == source, o.started_at == span[0], o.withdrawn_at.is_not(None))
    # What it was thought to be is looked at again as well.
    longer = case((o.ended_at > span[1], o.ended_at), else_=None)
    before = {"thought_until": longer, "withdrawn_at": None, "withdrawn_by": None}
    if conn.execute(withdrawn.values(row | before)).rowcount:
        return None
    new = insert_ignore(conn, outages, [row], KEY, returning=["id"])
    return (
        None if new else Refusal("outage_known", "已登记过这一时刻开始的故障 / one that began then is known", "since")
    )


def withdraw(conn: Connection, outage: int, by: str, now: datetime) -> Refusal | None:
    """A person takes back an outage that is over: it never was. Suspicions that it excused are judged again."""
    o = outages.c
    there = update(outages).where(o.id == outage, o.ended_at.is_not(None), o.withdrawn_at.is_(None))
    gone = {"withdrawn_at": now, "withdrawn_by": by, "noticed_at": now, "looked": 0}
    if conn.execute(there.values(gone)).rowcount:
        return None
    return Refusal("outage_unknown", "没有这条已结束的故障 / no such outage, or it goes on", "outage")


def take_news(conn: Connection, ages: Sequence[timedelta], now: datetime) -> list[int]:
    """Outages that have come to the next of these ages since they were put down, changed or taken back: one process
    gets each of them, once an age (VIO-3)."""
    o = outages.c
    reached = [(n, o.noticed_at <= now - age) for n, age in enumerate(ages, 1)]
    due = or_(*(and_(o.looked < n, old) for n, old in reached))
    looked = case(*((old, n) for n, old in reversed(reached)))
    return list(conn.scalars(update(outages).where(due).values(looked=looked).returning(o.id)))


def _row(source: str, since: datetime, until: datetime | None, by: str, note: str, now: datetime) -> dict[str, object]:
    return {
        "source": source, "started_at": since, "ended_at": until, "noticed_at": now,
        "by": by, "note": note, "looked": 0,
    }  # fmt: skip


def _held(conn: Connection, source: str) -> Row[Any]:
    """When a source was last well, and what failed since. Holds its row: one writes at a time."""
    if source == OURS and conn.dialect.name == "postgresql":  # who stands still in here would stop every beat
        conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '3s'")
    return conn.execute(select(beats).where(beats.c.source == source).with_for_update()).one()


def _going_on(source: str) -> ColumnElement[bool]:
    o = outages.c
    return and_(o.source == source, o.by == SYSTEM, o.ended_at.is_(None), o.withdrawn_at.is_(None))


def _never_ahead(conn: Connection, now: datetime) -> None:
    """Of ours, what a clock that was ahead has put down: it would excuse everybody until then."""
    o = outages.c
    ours = and_(o.source == OURS, o.by == SYSTEM, o.withdrawn_at.is_(None))
    empty = {"ended_at": o.started_at, "thought_until": o.ended_at}  # or it would touch every clock of that time
    gone = empty | {"withdrawn_at": now, "withdrawn_by": SYSTEM, "noticed_at": now, "looked": 0}
    conn.execute(update(outages).where(ours, o.started_at > now).values(gone))
    cut = {"ended_at": now, "thought_until": o.ended_at, "noticed_at": now, "looked": 0}
    conn.execute(update(outages).where(ours, o.started_at <= now, o.ended_at > now).values(cut))
