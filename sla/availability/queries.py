"""Reads the record of outages (VIO-3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, literal, or_, select

from sla.outages import OURS, TOLERANCE, Availability, Outage
from storage.tables.dispatch import orders
from storage.tables.sla import beats, outages, violations

FRESH = timedelta(seconds=2)
SETTLED = timedelta(minutes=15)  # then whoever was writing an order at the time is done, and so is the sweep


def being_checked(conn: Connection, violation_ids: Sequence[int], now: datetime) -> list[int]:
    """Of these suspicions those whose order is about to be judged again: it is due, or there is news of an outage in
    its time."""
    o, v = outages.c, violations.c
    news = exists().where(
        o.noticed_at > now - SETTLED, or_(o.source == OURS, o.source == orders.c.channel),
        o.started_at < v.happened_at, until(now) > orders.c.created_at,
    )  # fmt: skip
    query = select(v.id).join(orders, orders.c.id == v.order_id).where(v.id.in_(violation_ids))
    return list(conn.scalars(query.where(or_(orders.c.next_at <= now, news))))


def until(now: datetime) -> ColumnElement[datetime]:
    """Up to where an outage may have been counted by anybody."""
    return func.coalesce(outages.c.thought_until, outages.c.ended_at, literal(now, outages.c.ended_at.type))


def listed(conn: Connection, limit: int) -> Sequence[Row[Any]]:
    """The last ones, newest first."""
    return conn.execute(select(outages).order_by(outages.c.started_at.desc(), outages.c.id.desc()).limit(limit)).all()


def last_beats(conn: Connection) -> Sequence[Row[Any]]:
    """Each source whose record is kept: since when, and when it was last well."""
    return conn.execute(select(beats).order_by(beats.c.source)).all()


def _last_beats(conn: Connection) -> dict[str, tuple[datetime, datetime]]:
    return {row.source: (row.since, row.last_at) for row in last_beats(conn)}


def _counting(rows: Sequence[Row[Any]], known: dict[str, tuple[datetime, datetime]], now: datetime) -> list[Outage]:
    """Those longer than TOLERANCE so far; and our own while no web process is well, written down or not. One that is
    said to end later than now goes on."""
    found = [
        Outage(row.source, row.started_at, row.ended_at if row.ended_at and row.ended_at <= now else None)
        for row in rows
        if (row.ended_at or now) - row.started_at > TOLERANCE
    ]
    if OURS in known and now - known[OURS][1] > TOLERANCE:
        found.append(Outage(OURS, known[OURS][1], None))
    return found


@dataclass(slots=True)
class AvailabilityCache:
    """The record as this process knows it, looked at again every few seconds; read in full only when it changed."""

    _read_at: datetime | None = None
    _stamp: object = None
    _rows: Sequence[Row[Any]] = ()
    _known: Availability = field(default_factory=Availability)
    _lock: Lock = field(default_factory=Lock)

    def get(self, conn: Connection, now: datetime) -> Availability:
        """As known now; a clock set back makes it stale too. Until we have a record ourselves it is always read."""
        with self._lock:
            fresh = self._read_at is not None and timedelta(0) <= now - self._read_at < FRESH
            if not fresh or self._known.known_since(OURS) is None:
                self._read(conn, now)
                self._read_at = now
            return self._known

    def _read(self, conn: Connection, now: datetime) -> None:
        c = outages.c
        totals = select(func.count(), func.count(c.ended_at), func.max(c.noticed_at), func.max(c.ended_at))
        known = _last_beats(conn)
        stamp = tuple(conn.execute(totals).one())
        if stamp != self._stamp:
            self._rows, self._stamp = conn.execute(select(outages).where(c.withdrawn_at.is_(None))).all(), stamp
        counting = _counting(self._rows, known, now)
        self._known = Availability({source: since for source, (since, _) in known.items()}, counting)
