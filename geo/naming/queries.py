"""Reads named places as people look at them: whose, since when, until when, and who said so."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from storage.tables.geo import named_places

MOST_SHOWN = 500

n = named_places.c


@dataclass(frozen=True, slots=True)
class Named:
    """A row of `named_places`."""

    id: int
    adcode: str
    fragment: str
    station: str
    valid_from: datetime
    valid_until: datetime | None
    by: str
    note: str


_COLUMNS = (n.id, n.adcode, n.fragment, n.station, n.valid_from, n.valid_until, n.by, n.note)


def named_now(conn: Connection, now: datetime) -> list[Named]:
    """Those that hold, newest first."""
    holds = and_(n.valid_from <= now, or_(n.valid_until.is_(None), n.valid_until > now))
    query = select(*_COLUMNS).where(holds).order_by(n.valid_from.desc(), n.id.desc()).limit(MOST_SHOWN)
    return [Named(*row) for row in conn.execute(query)]


def find_named(conn: Connection, place_id: int) -> Named | None:
    """One of them, whether it holds or not."""
    row = conn.execute(select(*_COLUMNS).where(n.id == place_id)).one_or_none()
    return None if row is None else Named(*row)
