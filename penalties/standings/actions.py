"""Keeps how the running month stands; the newest count is the one that stays."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, func, select

from penalties.standing import Standing
from storage.locks import lock_names
from storage.sql import upsert
from storage.tables import penalties as t


def refresh(conn: Connection, month: str, counted: Sequence[Standing], now: datetime) -> bool:
    """Write down what `standings.queries.counted` found at `now`: it is read outside the transaction that writes, for a
    whole month takes seconds. False: a later count is there already."""
    lock_names(conn, [f"standings:{month}"])
    last = conn.scalar(select(func.max(t.standings.c.counted_at)).where(t.standings.c.month == month))
    if last is not None and last > now:
        return False
    rows = [
        {"month": month, "station": one.house.station, "province": one.house.province, "figures": asdict(one),
         "counted_at": now}
        for one in counted
    ]  # fmt: skip
    upsert(conn, t.standings, rows, ["month", "station"])
    return True
