"""What it costs to count the accept clocks of a whole country's day, beside a bare read of the same rows."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import count as numbers
from random import Random
from typing import Any

from sqlalchemy import Engine, create_engine, insert, select, text

from basics.days import midnight
from sla.duty import Calendar, due_at
from sla.pace import actions, queries
from sla.pace.tally import cells_of
from storage.schema import create_all
from storage.session import connect, reading, writing
from storage.tables.sla import clocks
from tests.databases import postgres, postgres_bin

Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]

ORDERS, STATIONS = 300_000, 10_000
DAY = date(2026, 5, 6)
CALENDAR = Calendar(8 * 60, 20 * 60)
CHUNK = 10_000


def rows() -> Iterator[Row]:
    """A row for each database."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        urls = {"SQLite": f"sqlite:///{folder}/day.db"}
        programs = postgres_bin()
        if programs is not None:
            server = stack.enter_context(postgres(programs))
            server.make_template()
            urls["PostgreSQL"] = stack.enter_context(server.fresh("day"))
        for name, url in urls.items():
            engine = connect(url, throw_away=True)
            stack.callback(engine.dispose)
            _fill(engine, url)
            yield _row(name, engine)


def _row(name: str, engine: Engine) -> Row:
    days = numbers()

    def ours() -> float:
        began = time.perf_counter()
        with reading(engine) as conn:
            waits = queries.waits_on(conn, DAY, lambda _station: CALENDAR)
        cells = cells_of(waits)
        with writing(engine) as conn:
            actions.count(conn, DAY + timedelta(days=next(days)), waits, cells, midnight(DAY))
        return ORDERS / (time.perf_counter() - began)

    def peer() -> float:
        c = clocks.c
        query = select(c.order_id, c.seq, c.kind, c.station, c.starts_at, c.due_at, c.verdict, c.decided_by)
        began = time.perf_counter()
        with reading(engine) as conn:
            conn.execute(query.where(c.kind != "pickup")).all()
        return ORDERS / (time.perf_counter() - began)

    return f"paces: a day of {ORDERS:,} orders counted, {name}", "orders/s", ours, "bare read of those clocks", peer


def _fill(engine: Engine, url: str) -> None:
    """Clocks only: an engine of its own, which asks for no orders behind them."""
    if engine.dialect.name == "sqlite":
        with writing(engine) as conn:
            create_all(conn)
    bare, rng = create_engine(url), Random(1)
    with bare.begin() as conn:
        if engine.dialect.name == "postgresql":
            conn.execute(text("SET session_replication_role = replica"))
        for first in range(1, ORDERS, CHUNK):
            conn.execute(insert(clocks), [row for order in range(first, first + CHUNK) for row in _clocks(order, rng)])
    with bare.connect() as conn:
        conn.execute(text("ANALYZE"))
        conn.commit()
    bare.dispose()


def _clocks(order_id: int, rng: Random) -> Iterator[dict[str, Any]]:
    starts = midnight(DAY) + timedelta(hours=8, minutes=rng.triangular(0, 11.4 * 60, 60))
    wait, station = rng.lognormvariate(1.8, 0.9), f"S{rng.randrange(STATIONS):05d}"
    late = wait > 30
    due = due_at(CALENDAR, starts, timedelta(minutes=30))
    common = {
        "order_id": order_id, "seq": 1, "region": "P", "station": station, "starts_at": starts, "edition": "x",
        "late_kind": None, "late_edition": None, "late_excuse": None, "late_fine_fen": None, "late_evidence": None,
    }  # fmt: skip
    decided = due if late else starts + timedelta(minutes=wait)
    verdict = "missed" if late else "kept"
    yield common | {"kind": "accept", "due_at": due, "verdict": verdict, "decided_by": decided}
    pickup = {"due_at": starts + timedelta(hours=16), "verdict": "kept", "decided_by": starts + timedelta(hours=2)}
    yield common | {"kind": "pickup", **pickup}
    if rng.random() < 0.05:
        yield common | {"kind": "transfer", "due_at": due, "verdict": "dropped", "decided_by": decided}
