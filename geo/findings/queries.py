"""Reads the stored findings about service areas, and whether they are still those of the present areas."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from shapely import Geometry
from sqlalchemy import Connection, and_, exists, func, or_, select

from storage.tables import geo as tables

# Row 0 of a version says when it was checked, so that a network without any finding counts as checked too.
CHECKED = "checked"


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """See `geo.checks.Finding`; `number` counts from 1 in its version."""

    number: int
    kind: str
    station: str | None
    other: str | None
    adcode: str | None
    square_metres: float | None
    geometry: Geometry | None
    cause: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Of which version of the network the findings are, when they were found, and how many of each kind."""

    version: int
    found_at: datetime
    counts: dict[str, int]


def findings(conn: Connection, kind: str | None, station: str | None, after: int, limit: int) -> list[StoredFinding]:
    """Findings with a number above `after`, of one kind and of one station (either side of an overlap) if named."""
    f = tables.area_findings.c
    columns = (f.number, f.kind, f.station, f.other, f.adcode, f.square_metres, f.wkb, f.cause)
    query = select(*columns).where(f.number > after).order_by(f.number).limit(limit)
    if kind is not None:
        query = query.where(f.kind == kind)
    if station is not None:
        query = query.where(or_(f.station == station, f.other == station))
    return [
        StoredFinding(
            row.number, row.kind, row.station, row.other, row.adcode, row.square_metres, _shape(row.wkb), row.cause
        )
        for row in conn.execute(query)
    ]


def _shape(wkb: Any) -> Geometry | None:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def checked(conn: Connection) -> Checked | None:
    """What the stored findings rest on; None before the first check."""
    f = tables.area_findings.c
    head = conn.execute(select(f.network_version, f.found_at).where(f.number == 0)).first()
    if head is None:
        return None
    counted = conn.execute(select(f.kind, func.count()).where(f.number > 0).group_by(f.kind).order_by(f.kind))
    return Checked(head.network_version, head.found_at, {row[0]: row[1] for row in counted})


def is_current(conn: Connection, version: int, now: datetime) -> bool:
    """Whether the findings are those of this version, and no area has begun or ended to hold since they were found."""
    last = checked(conn)
    if last is None or last.version != version:
        return False
    a = tables.areas.c
    begun = and_(a.valid_from > last.found_at, a.valid_from <= now)
    ended = and_(a.valid_until > last.found_at, a.valid_until <= now)
    return not conn.scalar(select(exists().where(or_(begun, ended))))
