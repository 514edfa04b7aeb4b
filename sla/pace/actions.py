"""Keeps the paces: one day at a time is added to what was counted before."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from sla.pace.queries import NETWORK, counted, owns
from sla.pace.tally import Cells, Wait, common_of, owns_of
from storage.locks import lock_names
from storage.sql import upsert
from storage.tables.sla import paces

LOCK = "paces"


def count(conn: Connection, day: date, waits: Mapping[str, list[Wait]], cells: Cells, now: datetime) -> bool:
    """Add one day's waits, cut into `cells` before. A day counts once, and days are counted in their order: False, and
    nothing is written, when this one or a later one is there already (another process was faster)."""
    lock_names(conn, [LOCK])
    before = counted(conn)
    if before.until is not None and before.until >= day:
        return False
    crowd = before.crowd.older((day - (before.until or day)).days).plus(sum(map(len, waits.values())), cells)
    known = owns(conn, waits, day)
    fresh = owns_of(waits, cells, common_of(crowd))
    rows = [_row(NETWORK, day, crowd.figures(), now)]
    rows += [
        _row(station, day, (known[station].plus(own) if station in known else own).figures(), now)
        for station, own in fresh.items()
    ]
    upsert(conn, paces, rows, ["station"])
    return True


def _row(station: str, day: date, figures: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {"station": station, "counted_at": now, "figures": {"until": day.isoformat(), **figures}}
