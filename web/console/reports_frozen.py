"""What was frozen of a period, as the pages of a report ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from reports.cube import Key
from reports.facts.frames import Facts
from reports.measures import Measure
from storage.tables.reports import snapshots

FROZEN = ("weekly", "monthly")  # kinds that are


@dataclass(frozen=True, slots=True)
class Frozen:
    """A number of a period: 0 as it was frozen, 1.. its supplements. `changed`: cells unlike the one before."""

    number: int
    made_at: datetime
    changed: int


def _q() -> Any:
    try:
        return import_module("reports.snapshots.queries")
    except ModuleNotFoundError:
        return None


def numbers(conn: Connection, kind: str, period: str) -> list[Frozen]:
    """Of a period, oldest first; there are few."""
    if kind not in FROZEN:
        return []
    c = snapshots.c
    query = select(c.number, c.made_at, c.changed).where(c.kind == kind, c.period == period).order_by(c.number)
    return [Frozen(*row) for row in conn.execute(query)]


def periods(conn: Connection, kind: str, most: int) -> Sequence[str]:
    """The newest that were frozen, newest first."""
    c = snapshots.c
    query = select(c.period).where(c.kind == kind, c.number == 0).order_by(c.period.desc()).limit(most)
    return list(conn.scalars(query)) if kind in FROZEN else []


def behind(
    conn: Connection, kind: str, period: str, number: int | None, key: Key, measure: Measure
) -> tuple[int, int | None, Facts] | None:
    """The number, its figure of a cell and the facts behind it; None when there is no such number, the first frozen one
    where none is said."""
    found = _q() and kind in FROZEN and _q().snapshot(conn, kind, period, number or 0)
    if not found:
        return None
    cell = (pl.col("level") == key.level) & (pl.col("code") == key.code) & (pl.col("measure") == measure.code)
    values = _q().figures_of(conn, found).filter(cell)["value"]
    figure = values.item() if len(values) else None if measure.how.startswith("p") else 0
    provinces = [key.code] if key.level == "province" else None  # a station may have been of another one then
    return found.number, figure, _q().facts_of(conn, found, [measure.frame], provinces)
