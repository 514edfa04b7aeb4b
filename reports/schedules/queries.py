"""Reads schedules, and what of them is to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, select

from notify.messages import in_batches
from notify.queries import told_by_keys
from reports.schedules.plan import FROZEN, Schedule, defaults, last_due, period_before
from storage.tables import reports as t
from storage.tables.geo import stations

LATEST = timedelta(days=14)  # what was frozen before then is nobody's news any more
LONGEST_KEY = 150
c, s = t.schedules.c, t.snapshots.c


@dataclass(frozen=True, slots=True)
class Due:
    """One report to send. `number` None: of a kind that is not frozen. `key`: of the message, so that it goes once."""

    key: str
    schedule: Schedule
    period: str
    number: int | None


def schedules(conn: Connection, to: tuple[str, str] | None = None) -> list[Schedule]:
    """Those that run, the ones that everybody has included; of one addressee, or all."""
    rows = conn.execute(select(t.schedules).order_by(c.made_at, c.id)).all()
    ended = {row.key for row in rows if row.ended_at is not None}
    usual = [one for one in defaults(conn.scalars(select(stations.c.province).distinct())) if one.key not in ended]
    own = [
        Schedule(row.key, row.kind, row.scope, (row.to_kind, row.to_code), row.form, row.every, row.made_at,
                 row.made_by, row.question_id, row.id)
        for row in rows if row.ended_at is None
    ]  # fmt: skip
    return [one for one in (*usual, *own) if to is None or one.to == to]


def due(conn: Connection, now: datetime) -> list[Due]:
    """What was not sent yet: of frozen kinds each number of the last fortnight, of others the period that is over."""
    made = conn.execute(select(s.kind, s.period, s.number, s.made_at).where(s.made_at > now - LATEST)).all()
    found = []
    for one in schedules(conn):
        since = one.made_at or datetime.min.replace(tzinfo=now.tzinfo)
        if one.kind in FROZEN:
            fresh = [row for row in made if row.kind == one.kind and row.made_at > since]
            found += [Due(_key(one, row.period, row.number), one, row.period, row.number) for row in fresh]
        elif last_due(one.every, now) >= since:
            period = period_before(one.every, last_due(one.every, now))
            found.append(Due(_key(one, period, None), one, period, None))
    told = _told(conn, [one.key for one in found])
    return [one for one in found if one.key not in told]


def _told(conn: Connection, keys: Sequence[str]) -> set[str]:
    return {row.key for some in in_batches(keys) for row in told_by_keys(conn, some)}


def _key(one: Schedule, period: str, number: int | None) -> str:
    key = f"report:{one.key}:{period}:{'' if number is None else number}"
    return key if len(key) <= LONGEST_KEY else f"report:{sha256(key.encode()).hexdigest()}"
