"""Writes the record of outages: our own from the beats of the web processes, a channel's from what its lane meets, and
those that a person enters (VIO-3, F-41)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, delete, literal, select, update

from basics.refusal import Refusal
from sla.outages import OURS, TOLERANCE, refuse_entry
from storage.sql import insert_ignore
from storage.tables.sla import beats, outages

SYSTEM = "system"
KEY = ["source", "started_at"]


def beat(conn: Connection, now: datetime) -> None:
    """A web process is well. Whatever lies between this beat and the last one of any of them, and is longer than
    TOLERANCE, was an outage of ours; one that was going on is over. A clock set back makes none."""
    insert_ignore(conn, beats, [{"source": OURS, "since": now, "last_at": now}], ["source"])
    last = _last(conn, OURS)
    if now - last > TOLERANCE:
        insert_ignore(conn, outages, [_row(OURS, last, None, SYSTEM, "", now)], KEY)
    _end(conn, OURS, now)
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
    last = _last(conn, OURS)  # a beat may have come meanwhile
    if now - last > TOLERANCE:
        insert_ignore(conn, outages, [_row(OURS, last, None, SYSTEM, "", now)], KEY)


def channel_met(conn: Connection, source: str, well: bool, at: datetime, now: datetime) -> None:
    """What a round of messages to a channel, begun at `at`, met: any sign of life, or nothing but technical failures.

    An outage begins with the first failure after the last success and ends with the next success. A hiccup shorter
    than TOLERANCE leaves nothing behind. A failure that began before a success that is known already says nothing.
    """
    insert_ignore(conn, beats, [{"source": source, "since": at, "last_at": at}], ["source"])
    last = _last(conn, source)
    if well:
        going_on = _going_on(source)
        conn.execute(delete(outages).where(going_on, outages.c.started_at >= now - TOLERANCE))
        _end(conn, source, now)
        conn.execute(update(beats).where(beats.c.source == source).values(last_at=now))
    elif at >= last and conn.execute(select(outages.c.id).where(_going_on(source))).first() is None:
        insert_ignore(conn, outages, [_row(source, at, None, SYSTEM, "", now)], KEY)


def enter(
    conn: Connection, source: str, sources: Collection[str], span: tuple[datetime, datetime], by: str, note: str,
    now: datetime,
) -> Refusal | None:  # fmt: skip
    """A person enters an outage [since, until) of one of `sources`. Refused: see `refuse_entry`; and one that begins
    when a known one does."""
    refusal = refuse_entry(source, sources, *span, now)
    if refusal is not None:
        return refusal
    new = insert_ignore(conn, outages, [_row(source, *span, by, note, now)], KEY, returning=["id"])
    return (
        None if new else Refusal("outage_known", "已登记过这一时刻开始的故障 / one that began then is known", "since")
    )


def _row(source: str, since: datetime, until: datetime | None, by: str, note: str, now: datetime) -> dict[str, object]:
    return {"source": source, "started_at": since, "ended_at": until, "noticed_at": now, "by": by, "note": note}


def _last(conn: Connection, source: str) -> datetime:
    """When a source was last well. Holds its row: one writes at a time."""
    found: datetime = conn.execute(
        select(beats.c.last_at).where(beats.c.source == source).with_for_update()
    ).scalar_one()
    return found


def _going_on(source: str) -> ColumnElement[bool]:
    return and_(outages.c.source == source, outages.c.by == SYSTEM, outages.c.ended_at.is_(None))


def _end(conn: Connection, source: str, now: datetime) -> None:
    """Never before it began: the clock may have been set back."""
    instant = literal(now, outages.c.ended_at.type)
    later = case((outages.c.started_at > now, outages.c.started_at), else_=instant)
    conn.execute(update(outages).where(_going_on(source)).values(ended_at=later))
