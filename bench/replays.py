"""Replays: orders a second from push to verdict, beside a bare insert of the very rows that the replay left behind."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, insert, select, text

from channels.sender_texts import NOBODY
from demo.network import write_network
from demo.traffic import history
from dispatch.batch import World
from geo.queries import load_network
from replay.driver import Driver
from replay.network import load_folder
from rulebook.book import packaged
from storage.schema import complete_metadata, create_all
from storage.session import connect, reading, writing
from tests.databases import postgres, postgres_bin

SHARED = Path(__file__).parent.parent.parent / "shared" / "data" / "replay"
END = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOT = ("orders", "events", "assignments", "clocks", "violations", "cases", "outbox", "scans", "waybills")
NOTES = (
    "*Replay*: every line through the real actions (routing, clocks, log, outbox, verdicts), 2,000 lines in one",
    "transaction; result files are not part of the time. *Bare insert*: the same rows of the same tables, already",
    "made, put into the same kind of database by SQLAlchemy Core `insertmanyvalues`, nothing read, routed or judged:",
    "the limit of that database.",
)


Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer


def rows() -> Iterator[Row]:
    """A row for each history and database."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, events, network in _histories(Path(scratch)):
            with _sqlite() as fresh:
                yield _row(f"replay, {name}, SQLite", events, network, fresh)
            programs = postgres_bin()
            if programs is not None:
                with postgres(programs) as server, _postgres(server) as fresh:
                    yield _row(f"replay, {name}, PostgreSQL", events, network, fresh)


def _histories(scratch: Path) -> Iterator[tuple[str, Path, Path]]:
    network = write_network(scratch / "demo", 1, END.date())
    lines = history(network, END - timedelta(days=10), END, 1, 400)
    events = scratch / "events.jsonl"
    events.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    yield "demo traffic (10 days)", events, scratch / "demo"
    chongqing = SHARED / "chongqing"
    if chongqing.exists():
        yield "Chongqing (1,470 real orders)", chongqing / "events.jsonl.gz", chongqing


Fresh = Callable[[], Engine]


def _row(
    name: str, events: Path, network: Path, fresh: Fresh
) -> tuple[str, str, Callable[[], float], str, Callable[[], float]]:
    left: dict[str, list[dict[str, Any]]] = {}

    def ours() -> float:
        engine = fresh()
        seconds, count = _replay(engine, events, network)
        if not left:
            left.update(_rows_of(engine))
        engine.dispose()
        return count / seconds

    def peer() -> float:
        engine = fresh()
        seconds = _bare(engine, network, left)
        engine.dispose()
        return len(left["orders"]) / seconds

    return name, "orders/s", ours, "bare insert of the same rows", peer


def _replay(engine: Engine, events: Path, network: Path) -> tuple[float, int]:
    with writing(engine) as conn:
        create_all(conn)
        load_folder(conn, network, END)
    with reading(engine) as conn:
        driver = Driver(engine, World(load_network(conn), packaged(), NOBODY))
    started = time.perf_counter()
    driver.run(events, None)
    seconds = time.perf_counter() - started
    with reading(engine) as conn:
        return seconds, conn.execute(text("SELECT count(*) FROM orders")).scalar_one()


def _rows_of(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with reading(engine) as conn:
        return {name: [dict(row._mapping) for row in conn.execute(select(_table(name)))] for name in HOT}


def _bare(engine: Engine, network: Path, left: dict[str, list[dict[str, Any]]]) -> float:
    with writing(engine) as conn:
        create_all(conn)
        load_folder(conn, network, END)
    started = time.perf_counter()
    with writing(engine) as conn:
        for name, found in left.items():
            if found:
                conn.execute(insert(_table(name)), found)
    return time.perf_counter() - started


def _table(name: str) -> Table:
    return complete_metadata().tables[name]


@contextmanager
def _sqlite() -> Iterator[Fresh]:
    with tempfile.TemporaryDirectory() as folder:
        count = iter(range(1000))
        yield lambda: connect(f"sqlite:///{folder}/{next(count)}.db", throw_away=True)


@contextmanager
def _postgres(server: Any) -> Iterator[Fresh]:
    admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    count = iter(range(1000))

    def fresh() -> Engine:
        name = f"bench_{next(count)}"
        with admin.connect() as conn:
            conn.execute(text(f"CREATE DATABASE {name}"))
        return connect(server.url(name))

    yield fresh
    admin.dispose()
