"""A night's orders due at one instant: the sweep beside what else fires timers (issue 5, point 8; RELIABILITY G-05).

PostgreSQL keeps its promises (fsync on); it, the sweep, the peers and the pushes share the machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, text

from bench import sweep_live
from bench.sweep_night import DEADLINE, HERE, MOMENT, copied, environment, make
from jobs.tasks import perform
from storage.session import connect
from tests.databases import PostgresServer, postgres, postgres_bin
from tests.jobs.conftest import redis_program

NIGHT = int(os.environ.get("NIGHT", "100000"))  # orders due at once
GOAL = 10  # seconds
SMALL, MILLION = NIGHT // 10, bool(os.environ.get("MILLION"))
LIVE_RUNS = int(os.environ.get("LIVE_RUNS", "3"))
PYTHON = HERE / ".venv-bench" / "bin" / "python"
# The peer, its program (bench/peers/timers.py), and how many timers it gets: what it does in a few seconds.
NEEDS = {"orm": "sqlalchemy", "celery": "celery, redis", "rq": "rq, redis", "apscheduler": "apscheduler, sqlalchemy"}
PEERS = (
    ("ORM sweep, a commit a row", "orm", 1_000),
    ("Celery ETA, Redis, 4 processes", "celery", 2_000),
    ("RQ scheduler, 4 simple workers", "rq", 3_000),
    ("APScheduler, SQL job store, 4 threads", "apscheduler", 500),
)
Row = tuple[str, str, Callable[[], float], str, Callable[[], float]]  # name, unit, ours, the peer's name, the peer


@dataclass
class Notes:
    """Seconds of all our runs, and what was left out, for the text beneath the table."""

    taken: list[float] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Markdown. The measurements beside the peers are made here, in databases of their own."""
        yield f"*Sweep*: {NIGHT:,} orders whose clocks ran out at 08:30, decided with violation, case and evidence;"
        yield "one order was taken by the real actions, the others are copies of its rows. A night takes"
        yield f"{spread(self.taken, 1)} s (goal: {GOAL} s), in four lanes of 2,000 orders a transaction."
        sizes = "; ".join(f"{peer}: {count:,}" for peer, _, count in PEERS)
        yield f"*Peers* get fewer timers ({sizes});"
        yield "each marks a row and inserts two, a commit each, which is less than ours do. Registering timers is not"
        yield "part of the time, their workers are running when they fall due. RQ's are its simple ones, which do their"
        yield "jobs themselves: with a process for each job, as its plain workers have, it fires a dozen a second."
        yield from (f"Not measured: {name}." for name in self.missing)
        yield ""
        with server() as running:
            yield from _alone(running)
            yield from sweep_live.beside_pushes(running, LIVE_RUNS, f"night_{NIGHT}")
            yield from sweep_live.lag(running, f"night_{NIGHT}")


def rows(notes: Notes) -> Iterator[Row]:
    """A row for each peer that is there."""
    if postgres_bin() is None:
        print("PostgreSQL is not installed: no row for the sweep", file=sys.stderr)
        return
    with server() as running, tempfile.TemporaryDirectory(dir="/tmp") as folder, ExitStack() as ending:
        night(running, NIGHT)

        def ours() -> float:
            notes.taken.append(swept(running, NIGHT))
            return NIGHT / notes.taken[-1]

        env = peers(running, Path(folder), ending)
        for name, program, count in PEERS:
            if not _is_there(program):
                notes.missing.append(name)
            else:
                yield (
                    f"{NIGHT:,} deadlines at one instant, PostgreSQL",
                    "orders/s",
                    ours,
                    name,
                    lambda program=program, count=count: count / ask(program, env, count),  # type: ignore[misc]
                )


@contextmanager
def server() -> Iterator[PostgresServer]:
    """PostgreSQL with our tables in its template."""
    programs = postgres_bin()
    assert programs is not None
    with postgres(programs, durable=True) as running:
        running.make_template()
        yield running


def night(running: PostgresServer, count: int) -> None:
    """The database `night_COUNT`, to be copied."""
    running.run(f"CREATE DATABASE night_{count} TEMPLATE lanshou_template")
    make(running.url(f"night_{count}"), count)


def swept(running: PostgresServer, count: int) -> float:
    """Seconds of one run of the task over a copy of that night."""
    with copied(running, f"night_{count}") as url:
        engine = connect(url)
        env = environment(engine, DEADLINE + MOMENT)
        perform(environment(engine, DEADLINE), "sweep")  # at 08:30 itself nothing is late; the network is read
        started = time.perf_counter()
        perform(env, "sweep")
        taken = time.perf_counter() - started
        _check(engine, count)
        engine.dispose()
    return taken


def _check(engine: Engine, count: int) -> None:
    """Everything is decided, once."""
    told = text(
        "SELECT (SELECT count(*) FROM clocks WHERE verdict = 'missed'),"
        " (SELECT count(*) FROM violations JOIN cases ON violation_id = id WHERE state = 'suspected'),"
        " (SELECT count(*) FROM orders WHERE next_at <= :now)"
    )
    with engine.connect() as conn:
        found = tuple(conn.execute(told, {"now": DEADLINE + MOMENT}).one())
    if found != (count, count, 0):
        raise SystemExit(f"{count} were due; missed, suspected, still due: {found}")


def peers(running: PostgresServer, folder: Path, ending: ExitStack) -> dict[str, str]:
    """The environment of the peers: a database and a Redis of their own."""
    running.run("CREATE DATABASE timers")
    program, socket = redis_program(), folder / "s"
    if program is not None:
        words = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
        redis = subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=folder)
        ending.callback(redis.wait)
        ending.callback(redis.terminate)
    return os.environ | {
        "TIMERS_URL": f"postgresql://postgres@/timers?host={running.socket_folder}",
        "TIMERS_HOST": str(running.socket_folder),
        "TIMERS_DATABASE": "timers",
        "TIMERS_REDIS": f"unix://{socket}",
        "PYTHONPATH": str(HERE),
    }


def _is_there(program: str) -> bool:
    """Whether a peer's packages are."""
    try:
        done = subprocess.run([str(PYTHON), "-c", f"import psycopg, {NEEDS[program]}"], check=False)
    except OSError:
        return False
    return done.returncode == 0 and (program in ("orm", "apscheduler") or redis_program() is not None)


def ask(program: str, env: dict[str, str], count: int) -> float:
    """Seconds of one run of a peer."""
    words = [str(PYTHON), "-m", "bench.peers.timers", program]
    told = env | {"TIMERS_N": str(count)}
    done = subprocess.run(words, env=told, cwd=HERE, stdout=subprocess.PIPE, text=True, check=True, timeout=180)
    return float(json.loads(done.stdout)["seconds"])


def _alone(running: PostgresServer) -> Iterator[str]:
    """Whether the cost grows in step, and one lane or four."""
    sizes = [SMALL, NIGHT, *([1_000_000] if MILLION else [])]
    told = []
    for size in sizes:
        night(running, size)
        taken = [swept(running, size) for _ in range(LIVE_RUNS if size <= NIGHT else 1)]
        told.append(f"{size:,} in {spread(taken, 1)} s ({median(taken) / size * 1e6:.0f} µs an order)")
    yield f"- linear: {'; '.join(told)}{'' if MILLION else '; `MILLION=1` measures a million too'}"


def spread(values: list[float], digits: int = 0) -> str:
    """Median (least–most)."""
    if not values:
        return "–"
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"
