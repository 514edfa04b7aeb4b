"""Postings of two lines a second, durable, beside other ledgers; and how fast the chain is verified (G-18).

PostgreSQL with fsync on. Ours goes 20,000 at a time through the one door of the ledger, keys looked up, content hashed
and linked; peers and ours one by one, each in a transaction of its own, as their documentation shows.
"""

import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from penalties.booking.actions import post
from penalties.ledger import FINES, Posting
from rulebook.book import packaged
from storage import migrate
from storage.session import connect, snapshot, writing
from tests.databases import PostgresServer, postgres, postgres_bin
from verify.books.queries import book_findings

Place = Callable[[], AbstractContextManager[str]]  # a database of its own, by its URL
Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer
HOME = Path(__file__).parent.parent
PYTHON = HOME / ".venv-bench" / "bin" / "python"
PEERS = ("django-hordak", "django-ledger")
MANY, ROUNDS = 20_000, 3  # postings in a call, calls in a run
ONE_BY_ONE = int(os.environ.get("ONE_BY_ONE", "500"))
CHAIN = int(os.environ.get("CHAIN", "1000000"))
AT = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Notes:
    """How long the chain of CHAIN postings took to verify, by database."""

    measured: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Markdown."""
        return [
            "*Postings*: two lines each, fsync on; ours with key, content hash and link of the chain, which the peers",
            "do not keep. One call a posting is one transaction each.",
            "",
            *(f"- {line}" for line in self.measured),
        ]


def rows(notes: Notes) -> Iterator[Row]:
    """Set-wise on both databases beside one call a posting and beside the peers that are there."""
    name = "postings, 20,000 in a call"
    with tempfile.TemporaryDirectory() as folder:
        here = partial(_sqlite, Path(folder))
        yield f"{name}, SQLite", "postings/s", partial(_many, here), "ours, one a call", partial(_single, here)
    programs = postgres_bin()
    if programs is None:
        return
    with postgres(programs, durable=True) as server:
        server.make_template()
        there = partial(_postgres, server)
        ours = partial(_many, there)
        yield f"{name}, PostgreSQL", "postings/s", ours, "ours, one a call", partial(_single, there)
        for peer in PEERS:
            if PYTHON.exists() and _peer(server, peer, 1) is not None:
                yield f"{name}, PostgreSQL", "postings/s", ours, peer, partial(_theirs, server, peer)
        notes.measured += _verified(there, "PostgreSQL")
    with tempfile.TemporaryDirectory() as folder:
        notes.measured += _verified(partial(_sqlite, Path(folder)), "SQLite")


def _postings(first: int, count: int) -> list[Posting]:
    return [
        Posting(
            f"fine:cainiao/LP{n}:1:V-ACCEPT", AT + timedelta(seconds=n), f"S{n % 5_000}", f"LP{n}", "V-ACCEPT",
            "2017-01-01", ((f"S{n % 5_000}", 10_000), (FINES, -10_000)),
        )
        for n in range(first, first + count)
    ]  # fmt: skip


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    file = folder / f"{time.monotonic_ns()}.db"
    url = f"sqlite:///{file}"
    engine = connect(url)
    migrate.upgrade(engine)
    engine.dispose()
    yield url
    file.unlink()


@contextmanager
def _postgres(server: PostgresServer) -> Iterator[str]:
    with server.fresh(f"postings_{time.monotonic_ns()}") as url:
        yield url


def _many(place: Place) -> float:
    return _run(place, [_postings(MANY * number, MANY) for number in range(ROUNDS)])


def _single(place: Place) -> float:
    return _run(place, [_postings(number, 1) for number in range(ONE_BY_ONE)])


def _run(place: Place, batches: list[list[Posting]]) -> float:
    """Postings a second, each batch one transaction."""
    with place() as url:
        engine = connect(url)
        started = time.perf_counter()
        for batch in batches:
            with writing(engine) as conn:
                post(conn, batch, AT)
        seconds = time.perf_counter() - started
        engine.dispose()
    return sum(map(len, batches)) / seconds


def _theirs(server: PostgresServer, name: str) -> float:
    seconds = _peer(server, name, ONE_BY_ONE)
    if seconds is None:
        raise SystemExit(f"{name} was there and is gone")
    return ONE_BY_ONE / seconds


def _peer(server: PostgresServer, name: str, count: int) -> float | None:
    """Seconds for so many; None where it is not installed."""
    database = f"peer_{time.monotonic_ns()}"
    server.run(f"CREATE DATABASE {database}")
    env = {"LEDGER_HOST": str(server.socket_folder), "LEDGER_DB": database, "LEDGER_N": str(count)}
    command = [str(PYTHON), str(HOME / "bench" / "peers" / "ledgers.py"), name]
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=False)
    server.run(f"DROP DATABASE {database} WITH (FORCE)")
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return None if "missing" in answer else float(answer["seconds"])


def _verified(place: Place, name: str) -> list[str]:
    """G-18: the ledger read a second time, chain, causes and balances. Its fines have no violations here, so each is a
    finding: that is counted into the time."""
    with place() as url:
        engine = connect(url)
        for start in range(0, CHAIN, MANY):
            with writing(engine) as conn:
                post(conn, _postings(start, min(MANY, CHAIN - start)), AT)
        before, took = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
        for _ in range(3):
            started = time.perf_counter()
            with snapshot(engine) as conn:
                found = sum(one.invariant == "I-13" for one in book_findings(conn, packaged(), ()))
            took.append(time.perf_counter() - started)
        engine.dispose()
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    spread = f"{median(took):,.1f} s ({min(took):,.1f}–{max(took):,.1f})"
    return [
        f"Chain of {CHAIN:,} postings verified, {name}: {spread}, {found} breaks, {more} MiB more memory (G-18: 60 s)."
    ]
