"""What was frozen of a period, as the pages of a report ask for it."""

from collections.abc import Sequence

import polars as pl
from sqlalchemy import Connection

from reports.cube import Key
from reports.facts.frames import Facts
from reports.measures import Measure
from reports.snapshots import queries
from reports.snapshots.queries import Snapshot

FROZEN = ("weekly", "monthly")  # kinds that are


def numbers(conn: Connection, kind: str, period: str) -> list[Snapshot]:
    """Of a period, oldest first; there are few."""
    return queries.numbers(conn, kind, period) if kind in FROZEN else []


def periods(conn: Connection, kind: str, most: int) -> Sequence[str]:
    """The newest that were frozen, newest first."""
    return sorted(queries.frozen_periods(conn, kind), reverse=True)[:most] if kind in FROZEN else []


def behind(
    conn: Connection, kind: str, period: str, number: int | None, key: Key, measure: Measure
) -> tuple[int, int | None, Facts] | None:
    """The number, its figure of a cell and the facts behind it; None when there is no such number, the first frozen one
    where none is said."""
    found = queries.snapshot(conn, kind, period, number or 0) if kind in FROZEN else None
    if found is None:
        return None
    cell = (pl.col("level") == key.level) & (pl.col("code") == key.code) & (pl.col("measure") == measure.code)
    values = queries.figures_of(conn, found).filter(cell)["value"]
    figure = values.item() if len(values) else None if measure.how.startswith("p") else 0
    provinces = [key.code] if key.level == "province" else None  # a station may have been of another one then
    return found.number, figure, queries.facts_of(conn, found, [measure.frame], provinces)
