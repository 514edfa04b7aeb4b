"""Settling a month of the country: places, ranking, refunds, postings, beside polars over the same rows (SETTLE-1).

`NINE_MILLION=1 make bench ARGS=settlement` also settles a month of nine million orders, once and again: the size of
issue 6. That takes 12 GiB of disk and ten minutes more.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from basics.days import month_bounds
from basics.refusal import Refusal
from bench.settlement_month import AFTER, HOUSES, MONTH, make
from bench.sweep_night import copied
from penalties.settling.actions import settle
from penalties.settling.queries import dry_run
from rulebook.book import packaged
from storage.session import connect, reading, writing
from storage.tables.dispatch import orders
from storage.tables.sla import clocks
from tests.databases import PostgresServer, postgres, postgres_bin

ORDERS, LARGE = 500_000, 9_000_000
NINE_MILLION = bool(os.environ.get("NINE_MILLION"))
GOAL = 180  # seconds for the large one
Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer


@dataclass
class Notes:
    """Seconds of all our runs, first and second settlement, for the text beneath the table."""

    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    postings: int = 0

    def lines(self) -> Iterator[str]:
        """Markdown. The large month is measured here, in a server of its own."""
        if not self.first:
            yield "Not measured: PostgreSQL is not installed."
            return
        yield f"*Settlement*: {ORDERS:,} orders of one month with an accept and a pickup clock each, {HOUSES:,} level-1"
        yield "stations, each with a contracted area, confirmed violations of three months; the server makes the rows."
        yield "PostgreSQL with fsync and its own defaults. Ours reads a row a station, ranks, posts into the chained"
        yield f"ledger and commits: {median(self.first):.1f} s for {self.postings:,} postings; settled again"
        yield f"{median(self.again):.1f} s, and nothing is posted. *polars* reads the same orders and clocks by columns"
        yield "and counts them; it neither ranks nor posts."
        if NINE_MILLION:
            yield from _large()


def rows(notes: Notes) -> Iterator[Row]:
    """One row, on PostgreSQL."""
    programs = postgres_bin()
    if programs is None:
        print("PostgreSQL is not installed: no row for the settlement", file=sys.stderr)
        return
    with postgres(programs, durable=True) as server:
        _make(server, ORDERS)
        name = f"settle a month of {ORDERS:,} orders, PostgreSQL"
        yield name, "orders/s", lambda: _settled(server, notes), "the same counts by polars", lambda: _counted(server)


def _make(server: PostgresServer, count: int) -> None:
    server.make_template()
    server.run("CREATE DATABASE settled TEMPLATE lanshou_template")
    make(server.url("settled"), count)


def _large() -> Iterator[str]:
    programs = postgres_bin()
    assert programs is not None
    with postgres(programs, durable=True) as server:
        _make(server, LARGE)
        engine = connect(server.url("settled"))
        (first, posted), (again, nothing) = _settle(engine), _settle(engine)
        began = time.perf_counter()
        with reading(engine) as conn:
            dry_run(conn, MONTH, packaged(), AFTER)
        dry = time.perf_counter() - began
        engine.dispose()
    yield ""
    yield f"A month of {LARGE:,} orders, once: {first:.1f} s for {posted:,} postings (goal: {GOAL} s), again"
    yield f"{again:.1f} s for {nothing}; the dry run {dry:.1f} s."


def _settled(server: PostgresServer, notes: Notes) -> float:
    """Orders a second of the first settlement, the next one's time noted too."""
    with copied(server, "settled") as url:
        engine = connect(url)
        first, posted = _settle(engine)
        again, nothing = _settle(engine)
        engine.dispose()
    if nothing or not posted:
        raise RuntimeError(f"{posted} postings, then {nothing}")
    notes.first.append(first)
    notes.again.append(again)
    notes.postings = posted
    return ORDERS / first


def _settle(engine: Engine) -> tuple[float, int]:
    """Seconds and postings."""
    began = time.perf_counter()
    with writing(engine) as conn:
        items = settle(conn, MONTH, packaged(), AFTER)
    if isinstance(items, Refusal):
        raise RuntimeError(items.code)
    return time.perf_counter() - began, len(items)


def _counted(server: PostgresServer) -> float:
    engine = connect(server.url("settled"))
    o, c = orders.c, clocks.c
    start, end = month_bounds(MONTH)
    began = time.perf_counter()
    with reading(engine) as conn:
        wanted = select(o.id, o.station, o.business_type, o.online, o.state)
        found = _frame(conn.execute(wanted.where(o.created_at >= start, o.created_at < end)).all())
        decided = _frame(conn.execute(select(c.order_id, c.station, c.verdict).where(c.kind == "accept")).all())
    counts = found.filter(pl.col("column_4") != "withdrawn").group_by("column_1", "column_2", "column_3").len()
    ours = decided.join(found.select(pl.col("column_0")), on="column_0", how="semi").group_by("column_1", "column_2")
    if not counts.height or not ours.len().height:
        raise RuntimeError("nothing was counted")
    taken = time.perf_counter() - began
    engine.dispose()
    return ORDERS / taken


def _frame(found: Sequence[Any]) -> pl.DataFrame:
    return pl.DataFrame({f"column_{n}": column for n, column in enumerate(zip(*found, strict=True))})
