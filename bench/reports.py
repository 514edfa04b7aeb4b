"""The weekly report's figures: over a year of archived orders and over a month in PostgreSQL, each figure of every
level the same as that of the peers, each in a process of its own (issue 8, RELIABILITY G-11).

`TEN_MILLION=1 make bench ARGS=reports` also takes ten million orders, a few times: 1.6 GB of disk, eight minutes more.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench import reports_database
from tests.databases import PostgresServer, postgres, postgres_bin

HERE = Path(__file__).parent.parent
THEIRS = HERE / ".venv-bench" / "bin" / "python"
SIZES, LARGE, LARGE_RUNS = (1_000_000, 3_000_000), 10_000_000, int(os.environ.get("TEN_MILLION") or 0)
IN_DATABASE = 2_100_000
YEAR = ("2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00")
MAY = ("2026-05-01T00:00:00+08:00", "2026-06-01T00:00:00+08:00")
MEBI = 1024  # ru_maxrss is in KiB
Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer
PEERS = {"polars": "bare polars", "duckdb": "DuckDB", "pandas": "pandas"}
SQL_PEERS = {"sql": "SQL in PostgreSQL", "pandas-sql": "pandas.read_sql"}


@dataclass
class Notes:
    """Seconds and MiB of every run, by what was measured."""

    taken: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    cells: int = 0

    def lines(self) -> Iterator[str]:
        """Markdown. The large archive is measured here."""
        if LARGE_RUNS and THEIRS.exists():
            _large(self)
        yield f"""*Reports*: each measure of the weekly report for the network, each province, station and channel, to
{self.cells:,} figures, and each must be the peer's, else the row fails. The archive holds a year by month and province
and is read with all that the product asks of it: marks against the database, a digest of every file, then the figures.
*Bare polars*, *DuckDB* and *pandas* read the same Parquet and compute the same measures, written by hand; polars ends
with the product's long table, the others with a wide one a frame. In PostgreSQL (its own defaults) lies one month of
{IN_DATABASE:,} orders with holders, clocks and scans, and 50,000 violations; the peers' SQL is written by hand too.
All in processes of their own, whose start and imports are not counted. Seconds (least–most) and the most memory that
the process ever had:"""
        yield ""
        for name, runs in self.taken.items():
            seconds, memory = [one for one, _ in runs], [one for _, one in runs]
            spread = f"{median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"
            yield f"- {name}: {spread}, {max(memory):,.0f} MiB, {len(runs)} runs"
        yield from self._growth()

    def _growth(self) -> Iterator[str]:
        """Whether the cost is linear: microseconds an order."""
        costs = [
            f"{size:,} orders {median(one for one, _ in runs) / size * 1e6:.2f} µs"
            for size in (*SIZES, LARGE)
            if (runs := self.taken.get(_label(size, "ours")))
        ]
        if costs:
            yield ""
            yield f"Cost of an archived order, ours: {', '.join(costs)}."

    def note(self, name: str, told: dict[str, Any]) -> None:
        """One run."""
        self.taken.setdefault(name, []).append((told["seconds"], told["memory"] / MEBI))


def rows(notes: Notes) -> Iterator[Row]:
    """A row for each size and peer, then those of PostgreSQL."""
    if not THEIRS.exists():
        print("the peers' environment is not there: no row for the reports", file=sys.stderr)
        return
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            url = _made(Path(name), size)
            for peer, called in PEERS.items():
                yield _row(
                    f"weekly report, {size:,} archived orders", size, (url, name, *YEAR), (peer, name), called, notes
                )
    programs = postgres_bin()
    if programs is None:
        print("PostgreSQL is not installed: no row for reports from it", file=sys.stderr)
        return
    with postgres(programs, durable=True) as server, _filled(server) as url:
        where = f"host={server.socket_folder} user=postgres dbname=reports"
        for peer, called in SQL_PEERS.items():
            name = f"weekly report, {IN_DATABASE:,} orders in PostgreSQL"
            yield _row(name, IN_DATABASE, (url, "-", *MAY), (peer, where), called, notes)


def _label(size: int, who: str = "") -> str:
    return f"{size:,} archived orders" + (f": {who}" if who else "")


def _large(notes: Notes) -> None:
    """All in turns, a few times."""
    with tempfile.TemporaryDirectory() as name:
        ours = (_made(Path(name), LARGE), name, *YEAR)
        made = [
            _row(f"weekly report, {_label(LARGE)}", LARGE, ours, (peer, name), called, notes)
            for peer, called in PEERS.items()
        ]
        for run in range(LARGE_RUNS):
            made[0][2]()
            told = [f"{called} {peer():,.0f}" for _, _, _, called, peer in made]
            print(f"{LARGE:,} orders: run {run + 1}: {', '.join(told)} orders/s", file=sys.stderr)


def _made(folder: Path, size: int) -> str:
    """By a process of its own: what it leaves in memory is not ours."""
    done = _said([sys.executable, "-m", "bench.reports_facts", str(folder), str(size)])
    return str(done["url"])


@contextmanager
def _filled(server: PostgresServer) -> Iterator[str]:
    server.make_template()
    server.run("CREATE DATABASE reports TEMPLATE lanshou_template")
    reports_database.fill(server.url("reports"), IN_DATABASE)
    yield server.url("reports")


def _row(name: str, size: int, ours: tuple[str, ...], peer: tuple[str, str], called: str, notes: Notes) -> Row:
    found: dict[str, str] = {}

    def work(label: str, command: list[str]) -> float:
        told = _said(command)
        found[label] = told["digest"]
        notes.note(f"{name.removeprefix('weekly report, ')}: {label}", told)
        notes.cells = max(notes.cells, int(told.get("rows", 0)))
        if len(set(found.values())) > 1:
            raise RuntimeError(f"{called} finds other figures than we do")
        return size / float(told["seconds"])

    return (
        name, "orders/s", lambda: work("ours", [sys.executable, "-m", "bench.reports_ours", *ours]),
        called, lambda: work(called, [str(THEIRS), "bench/peers/reports.py", *peer]),
    )  # fmt: skip


def _said(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    told: dict[str, Any] = json.loads(done.stdout)
    return told
