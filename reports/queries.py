"""Period -> frames of fixed schema, read by columns in one pass each (never row objects)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, select

from storage.tables.dispatch import orders
from storage.tables.geo import stations
from storage.tables.penalties import cases
from storage.tables.sla import clocks, violations

INSTANT = pl.Datetime("us", "UTC")
ORDERS = {
    "station": pl.String,
    "state": pl.String,
    "created_at": INSTANT,
    "promise_at": INSTANT,
    "picked_up_at": INSTANT,
}
CLOCKS = {"station": pl.String, "kind": pl.String, "verdict": pl.String, "due_at": INSTANT}
VIOLATIONS = {"station": pl.String, "kind": pl.String, "state": pl.String, "happened_at": INSTANT, "fine_fen": pl.Int64}
STATIONS = {"station": pl.String, "province": pl.String}

Schema = dict[str, Any]


def frames(conn: Connection, start: datetime | None = None, end: datetime | None = None) -> dict[str, pl.DataFrame]:
    """Frames `orders`, `clocks`, `violations`, `stations`; those with a time only in [start, end) when given."""
    o, c, v = orders.c, clocks.c, violations.c
    wanted = select(o.station, o.state, o.created_at, o.promise_at, o.picked_up_at)
    found = select(v.station, v.kind, cases.c.state, v.happened_at, v.fine_fen).join(
        cases, cases.c.violation_id == v.id
    )
    names = select(stations.c.code, stations.c.province)
    return {
        "orders": _frame(conn, _within(wanted, o.created_at, start, end), ORDERS),
        "clocks": _frame(conn, _within(select(c.station, c.kind, c.verdict, c.due_at), c.due_at, start, end), CLOCKS),
        "violations": _frame(conn, _within(found, v.happened_at, start, end), VIOLATIONS),
        "stations": _frame(conn, names, STATIONS),
    }


def _within(query: Select[Any], column: Any, start: datetime | None, end: datetime | None) -> Select[Any]:
    if start is not None:
        query = query.where(column >= start)
    if end is not None:
        query = query.where(column < end)
    return query


def _frame(conn: Connection, query: Select[Any], schema: Schema) -> pl.DataFrame:
    rows: Sequence[Any] = conn.execute(query).all()
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in schema]
    series = [pl.Series(name, column, dtype) for (name, dtype), column in zip(schema.items(), columns, strict=True)]
    return pl.DataFrame(series)
