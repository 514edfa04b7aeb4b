"""Signed pushes a second, durable before they are answered, beside a bare handler with one insert (issue 3, G-01).

PostgreSQL (fsync on), the web processes and the generator share the machine. The jobs run in a process of their own.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import text

from bench.load import Load, http, run
from channels.actions import set_channel
from commands.init import make_secret
from replay.network import load_folder
from sandbox import crm
from storage import migrate
from storage.session import connect, reading, writing
from tests.databases import PostgresServer, postgres, postgres_bin

HERE = Path(__file__).parent.parent
NETWORK = HERE / "tests" / "stories" / "_networks" / "plain"
PUSHES = int(os.environ.get("PUSHES", "10000"))
CONNECTIONS, PROCESSES, THREADS = 64, 4, 32
GOAL = 1_000  # pushes a second
NOWHERE = "redis://127.0.0.1:1/0"  # set, so that the web processes leave the jobs to `lanshou cron`


SHARES = (0.5, 0.99, 0.999)


@dataclass
class Notes:
    """Latencies of all runs, for the text beneath the table."""

    loads: dict[str, list[Load]] = field(default_factory=dict)

    def add(self, who: str, load: Load) -> None:
        self.loads.setdefault(who, []).append(load)

    def lines(self) -> list[str]:
        """Medians over the runs, with least and most."""
        found = [
            "",
            "*Pushes*: fsync on; web processes, PostgreSQL, jobs and generator share the machine. Latencies:",
            "",
        ]
        for who, loads in self.loads.items():
            figures = ", ".join(
                f"p{share * 100:g} {_spread([load.quantile(share) for load in loads])} ms" for share in SHARES
            )
            bad = sum(load.bad for load in loads)
            found.append(f"- {who}: {_spread([load.rate for load in loads])}/s, {figures}, {bad} not taken")
        return found


def _spread(values: list[float]) -> str:
    return f"{median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def rows(notes: Notes) -> Iterator[tuple[str, str, Callable[[], float], str, Callable[[], float]]]:
    """One row: as fast as they are answered. Each run then repeats at the goal's steady rate, for `notes`."""
    programs = postgres_bin()
    if programs is None:
        print("PostgreSQL is not installed: no row for pushes", file=sys.stderr)
        return
    with postgres(programs, durable=True) as server:
        server.make_template()

        def ours() -> float:
            with server.fresh(f"bench_{time.monotonic_ns()}") as url, _installed(url) as env:
                with _serving(_lanshou(env), env) as port:
                    load = run(port, _pushes(1, PUSHES), CONNECTIONS)
                    steady = run(port, _pushes(PUSHES + 1, PUSHES), CONNECTIONS, GOAL)
                notes.add("ours, as fast as answered", load)
                notes.add(f"ours, at {GOAL:,}/s", steady)
                _check(url, 2 * PUSHES)
            return load.rate

        def peer() -> float:
            with _table(server) as url:
                env = {"DATABASE_URL": url}
                with _serving(_bare(), env) as port:
                    load = run(port, _pushes(1, PUSHES), CONNECTIONS)
                    steady = run(port, _pushes(PUSHES + 1, PUSHES), CONNECTIONS, GOAL)
                notes.add("bare handler, as fast as answered", load)
                notes.add(f"bare handler, at {GOAL:,}/s", steady)
            return load.rate

        yield f"signed pushes, PostgreSQL, {PROCESSES} processes", "pushes/s", ours, "Flask, one Core insert", peer


def _pushes(first: int, count: int) -> list[bytes]:
    at = datetime.now(UTC)
    found = []
    for serial in range(first, first + count):
        call = crm.create(crm.number(serial), at, lng="120.07", lat="30.07")
        found.append(http(call.path, call.headers, call.body))
    return found


def _check(url: str, expected: int) -> None:
    """Everything that was answered is there."""
    engine = connect(url)
    with reading(engine) as conn:
        found = conn.execute(text("SELECT count(*) FROM orders")).scalar_one()
    engine.dispose()
    if found != expected:
        raise SystemExit(f"{expected} pushes answered, {found} orders there")


@contextmanager
def _installed(url: str) -> Iterator[dict[str, str]]:
    """The environment of an installation on that database with the CRM set up."""
    with tempfile.TemporaryDirectory() as data:
        secret = Path(data, "secret.key")
        make_secret(secret)
        engine = connect(url)
        migrate.upgrade(engine)
        now = datetime.now(UTC)
        with writing(engine) as conn:
            load_folder(conn, NETWORK, now)
            set_channel(conn, secret.read_bytes().strip(), "crm", crm.SECRETS, now)
        engine.dispose()
        yield {"DATABASE_URL": url, "LANSHOU_DATA": data, "REDIS_URL": NOWHERE}


@contextmanager
def _table(server: PostgresServer) -> Iterator[str]:
    with server.fresh(f"bare_{time.monotonic_ns()}") as url:
        engine = connect(url)
        with writing(engine) as conn:
            conn.execute(text("CREATE TABLE bare (id bigserial PRIMARY KEY, body bytea)"))
        engine.dispose()
        yield url


def _lanshou(env: dict[str, str]) -> list[list[str]]:
    program = [sys.executable, str(HERE / "app.py")]
    return [[*program, "serve", "--workers", str(PROCESSES), "--port", "{port}"], [*program, "cron"]]


def _bare() -> list[list[str]]:
    options = ["-w", str(PROCESSES), "-k", "gthread", "--threads", str(THREADS), "--no-control-socket"]
    return [[sys.executable, "-m", "gunicorn", *options, "-b", "127.0.0.1:{port}", "bench.bare:app"]]


@contextmanager
def _serving(commands: list[list[str]], env: dict[str, str]) -> Iterator[int]:
    """The processes, once the first of them answers on its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with ExitStack() as ending:
        for command in commands:
            words = [word.replace("{port}", str(port)) for word in command]
            process = subprocess.Popen(words, env=os.environ | env | {"PYTHONPATH": str(HERE)}, cwd=HERE)
            ending.callback(_end, process)
        for _ in range(300):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        time.sleep(2)  # every worker up
        yield port


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(30)
    process.kill()
